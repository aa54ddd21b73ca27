//! HTTPRouteGroup between versions (reference, section 6.5): one shape, at the root or under `spec`. What can be lost are header
//! conditions.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::carrier::{self, Carrier, Data};
use super::{ConvertOptions, Converted, Convertible, Invalid, Loss, LossClass};
use crate::hub::{HTTPMatch, HTTPRouteGroup};
use crate::specs::{matches_path, v1alpha1, v1alpha2, v1alpha3, v1alpha4};
use crate::{Body, FieldPath, HeaderStyle, Headers, Metadata, Object, Version};

mod duplicates;

pub(super) use duplicates::KEYS;
use duplicates::{DUPLICATE_HEADERS, DuplicateHeader, Held};

macro_rules! convertible {
    ($($version:ident)*) => {$(
        impl Convertible for $version::HTTPRouteGroupSpec {
            type Hub = HTTPRouteGroup;

            fn into_hub(object: Object<Self>) -> Converted<HTTPRouteGroup> {
                let Object { metadata, spec: $version::HTTPRouteGroupSpec { matches } } = object;
                into_hub(Self::VERSION, metadata, matches.unwrap_or_default())
            }

            fn from_hub(
                hub: &HTTPRouteGroup,
                options: &ConvertOptions,
            ) -> Result<Converted<Object<Self>>, Invalid> {
                Ok(from_hub(hub, Self::VERSION, options).map(|(metadata, matches)| Object {
                    metadata,
                    spec: $version::HTTPRouteGroupSpec { matches: Some(matches) },
                }))
            }
        }
    )*};
}

convertible!(v1alpha1 v1alpha2 v1alpha3 v1alpha4);

fn into_hub(version: Version, metadata: Metadata, mut matches: Vec<HTTPMatch>) -> Converted<HTTPRouteGroup> {
    let carrier = Carrier::of(&metadata);
    let mut losses = carrier.losses(version, KEYS);
    let carried: Vec<DuplicateHeader> = carrier.item(DUPLICATE_HEADERS).unwrap_or_default();
    if carrier.is_closed() {
        matches.clear();
    }
    losses.extend(duplicates::restore(&mut matches, &carried, version));
    Converted { object: HTTPRouteGroup { metadata, version, matches }, losses }
}

fn from_hub(
    hub: &HTTPRouteGroup,
    to: Version,
    options: &ConvertOptions,
) -> Converted<(Metadata, Vec<HTTPMatch>)> {
    let HTTPRouteGroup { metadata, version, matches } = hub;
    let from = *version;
    let mut metadata = metadata.clone();
    let held = Held::by(&metadata);
    let mut losses = Vec::new();
    let mut duplicates = Vec::new();
    let mut converted = Vec::with_capacity(matches.len());
    for (index, entry) in matches.iter().enumerate() {
        let HTTPMatch { name, path_regex, methods, headers } = entry.clone();
        let headers = headers.map(|headers| {
            let path = matches_path(from).index(index).key("headers");
            if to == Version::V1Alpha1 && from != to && !headers.is_empty() {
                losses.push(headers_in_v1alpha1(path.clone(), from));
            }
            let style = match options.header_style {
                Some(style) => style,
                None if from == to => headers.style,
                None => HeaderStyle::default(),
            };
            match style {
                HeaderStyle::List => Headers { style, ..headers },
                HeaderStyle::Map => {
                    let is_same = headers.style == HeaderStyle::Map && from == to;
                    let (headers, extra) = as_map(headers);
                    for (header, patterns) in extra {
                        if !(is_same && held.has(&name, &header, &patterns)) {
                            losses.push(second_condition(path.clone().key(header.clone()), from, to));
                        }
                        duplicates.push(DuplicateHeader::of(&name, index, header, patterns));
                    }
                    headers
                }
            }
        });
        converted.push(HTTPMatch { name, path_regex, methods, headers });
    }
    let mut data = Data::new();
    if !duplicates.is_empty() {
        data.insert(DUPLICATE_HEADERS.to_owned(), carrier::item(&duplicates));
    }
    // Where nothing changes version and nothing is carried, the annotation is not ours to judge.
    if to != from || !data.is_empty() {
        carrier::write(&mut metadata, from, data, KEYS);
    }
    Converted { object: (metadata, converted), losses }
}

/// The conditions a map can hold, the first of each name, and the other patterns of each name.
fn as_map(headers: Headers) -> (Headers, Vec<(String, BTreeSet<String>)>) {
    let Headers { style: _, entries } = headers;
    let mut kept: Vec<(String, String)> = Vec::with_capacity(entries.len());
    let mut positions: HashMap<String, usize> = HashMap::new();
    let mut extra: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for (name, pattern) in entries {
        match positions.get(&name) {
            None => {
                positions.insert(name.clone(), kept.len());
                kept.push((name, pattern));
            }
            Some(position) if kept[*position].1 == pattern => {}
            Some(position) => {
                extra.entry(*position).or_default().insert(pattern);
            }
        }
    }
    let extra = extra.into_iter().map(|(position, patterns)| (kept[position].0.clone(), patterns)).collect();
    (Headers { style: HeaderStyle::Map, entries: kept }, extra)
}

fn headers_in_v1alpha1(path: FieldPath, from: Version) -> Loss {
    let text = "headers are written in v1alpha1 too, but programs that know v1alpha1 only drop them and admit more requests";
    let to = Version::V1Alpha1;
    Loss { path, from, to, class: LossClass::Widening, text: text.to_owned(), carried: false }
}

fn second_condition(path: FieldPath, from: Version, to: Version) -> Loss {
    let text = "a map holds one condition for each header; a reader that does not know the annotation misses the others";
    Loss { path, from, to, class: LossClass::Widening, text: text.to_owned(), carried: true }
}
