//! SMI objects: decoded, and lifted to the hub.

use std::collections::BTreeSet;

use serde::Deserialize;
use smi_types::convert::{Converted, Convertible};
use smi_types::{
    Body, FieldPath, Kind, Layout, Metadata, Object as Typed, Version, access, hub, specs, split,
};

use super::messages::{
    carrier, elsewhere, matches_at_the_root, mistyped, mistyped_match, nameless, not_a_list, unknown_field,
};
use super::{Document, EMPTY, Read, name_of, refused, unknown_keys};
use crate::diagnostic::{Diagnostic, Severity};
use crate::inventory::{Object, STAYS_CLOSED, group_layout};
use crate::reference::ObjectRef;
use crate::yaml::{self, Decoded, Node, Value};

/// Metadata that say nothing about what an object means, and often are the larger part of it.
const BOOKKEEPING: [&str; 7] =
    ["labels", "managedFields", "ownerReferences", "finalizers", "uid", "resourceVersion", "generation"];

const ROOT_FIELDS: [&str; 5] = ["apiVersion", "kind", "metadata", "status", "spec"];
const ROOT_FIELDS_WITH_MATCHES: [&str; 5] = ["apiVersion", "kind", "metadata", "status", "matches"];
impl<'n> Document<'n, 'n> {
    pub(super) fn smi_object(&self, kind: Kind, version: Version) -> Read {
        let Some((namespace, name)) = name_of(self.node, self.options) else {
            return match kind {
                Kind::TrafficMetrics | Kind::TrafficMetricsList => Read::default(),
                Kind::TrafficTarget => {
                    let reference = self.unnamed(kind.as_str());
                    let diagnostics =
                        vec![Diagnostic { effect: STAYS_CLOSED.into(), ..nameless(kind).on(&reference) }];
                    let object = Some(Object::UnreadableTarget(reference.clone(), self.destinations()));
                    Read { reference: Some(reference), object, diagnostics }
                }
                _ => refused(nameless(kind)),
            };
        };
        let reference = ObjectRef::new(kind.as_str(), namespace, name);
        let mut diagnostics = Vec::new();
        let object = match kind {
            Kind::TrafficSplit => self.traffic_split(version, &mut diagnostics).map(Object::TrafficSplit),
            Kind::HTTPRouteGroup => self
                .route_group(version, &mut diagnostics)
                .map(|(group, broken)| Object::HTTPRouteGroup(group, broken)),
            Kind::TrafficTarget => match self.traffic_target(version, &mut diagnostics) {
                Some(target) => Some(Object::TrafficTarget(target)),
                None => Some(Object::UnreadableTarget(reference.clone(), self.destinations())),
            },
            Kind::IdentityBinding => self
                .hub::<access::v1alpha4::IdentityBindingSpec>(kind, &mut diagnostics)
                .map(Object::IdentityBinding),
            Kind::TCPRoute => self.tcp_route(version, &mut diagnostics).map(Object::TCPRoute),
            Kind::UDPRoute => {
                self.hub::<specs::v1alpha4::UDPRouteSpec>(kind, &mut diagnostics).map(Object::UDPRoute)
            }
            Kind::TrafficMetrics | Kind::TrafficMetricsList => None,
        };
        for diagnostic in &mut diagnostics {
            diagnostic.object = Some(reference.clone());
            if kind == Kind::TrafficTarget && diagnostic.code.0 == "SMI-READ-5" {
                diagnostic.effect = STAYS_CLOSED.into();
            }
        }
        Read { reference: Some(reference), object, diagnostics }
    }

    fn traffic_split(
        &self,
        version: Version,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<hub::TrafficSplit> {
        let kind = Kind::TrafficSplit;
        match version {
            Version::V1Alpha1 => self.hub::<split::v1alpha1::TrafficSplitSpec>(kind, diagnostics),
            Version::V1Alpha2 => self.hub::<split::v1alpha2::TrafficSplitSpec>(kind, diagnostics),
            Version::V1Alpha3 => self.hub::<split::v1alpha3::TrafficSplitSpec>(kind, diagnostics),
            Version::V1Alpha4 => self.hub::<split::v1alpha4::TrafficSplitSpec>(kind, diagnostics),
        }
    }

    fn traffic_target(
        &self,
        version: Version,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<hub::TrafficTarget> {
        let kind = Kind::TrafficTarget;
        let target = match version {
            Version::V1Alpha1 => self.hub::<access::v1alpha1::TrafficTargetSpec>(kind, diagnostics),
            Version::V1Alpha2 => self.hub::<access::v1alpha2::TrafficTargetSpec>(kind, diagnostics),
            Version::V1Alpha3 => self.hub::<access::v1alpha3::TrafficTargetSpec>(kind, diagnostics),
            Version::V1Alpha4 => self.hub::<access::v1alpha4::TrafficTargetSpec>(kind, diagnostics),
        }?;
        // The layout of another version: what it means can be seen, and not be granted.
        if target.destination == hub::Subject::default() && !self.destinations().is_empty() {
            diagnostics.push(elsewhere(version));
            return None;
        }
        Some(target)
    }
    fn tcp_route(&self, version: Version, diagnostics: &mut Vec<Diagnostic>) -> Option<hub::TCPRoute> {
        let kind = Kind::TCPRoute;
        match version {
            Version::V1Alpha1 => self.hub::<specs::v1alpha1::TCPRouteSpec>(kind, diagnostics),
            Version::V1Alpha2 => self.hub::<specs::v1alpha2::TCPRouteSpec>(kind, diagnostics),
            Version::V1Alpha3 => self.hub::<specs::v1alpha3::TCPRouteSpec>(kind, diagnostics),
            Version::V1Alpha4 => self.hub::<specs::v1alpha4::TCPRouteSpec>(kind, diagnostics),
        }
    }

    /// The destinations of a TrafficTarget that cannot be read, wherever a version has them: what it protects stays protected.
    pub(super) fn destinations(&self) -> Vec<hub::Subject> {
        let places = [self.node.get("spec"), Some(self.node)];
        let found = places.into_iter().flatten().filter_map(|place| place.get("destination"));
        let text = |node: &Node<'_>, key| node.get(key).and_then(Node::as_str).map(str::to_owned);
        found
            .map(|node| hub::Subject {
                kind: text(node, "kind").unwrap_or_default(),
                name: text(node, "name").unwrap_or_default(),
                namespace: text(node, "namespace"),
                group: None,
            })
            .collect()
    }

    /// Decodes metadata and body, and lifts them to the hub.
    fn hub<B: Body + Convertible + Deserialize<'n>>(
        &self,
        kind: Kind,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<B::Hub> {
        let metadata = self.metadata(diagnostics)?;
        let decoded = self.body::<B>();
        let unknown = decoded.unknown.iter().map(|path| unknown_field(kind, B::VERSION, path));
        diagnostics.extend(unknown);
        let spec = decoded.value.map_err(|error| diagnostics.push(mistyped(&error))).ok()?;
        if diagnostics.iter().any(|d| d.severity == Severity::Error) {
            return None;
        }
        Some(to_hub(kind, metadata, spec, diagnostics))
    }

    /// The body, and the fields nobody knows: inside it, and beside it.
    fn body<B: Body + Deserialize<'n>>(&self) -> Decoded<B> {
        let mut decoded = match B::LAYOUT {
            Layout::Root => yaml::decode_fields(
                self.node,
                &["apiVersion", "kind", "metadata", "status"],
                &FieldPath::root(),
            ),
            Layout::Spec => match self.node.get("spec") {
                Some(spec) => yaml::decode_at(spec, &FieldPath::of("spec")),
                None => yaml::decode_at(&EMPTY, &FieldPath::of("spec")),
            },
        };
        if B::LAYOUT == Layout::Spec {
            decoded
                .unknown
                .extend(unknown_keys(self.node, &ROOT_FIELDS).map(|key| FieldPath::of(key.to_owned())));
        }
        decoded
    }

    fn metadata(&self, diagnostics: &mut Vec<Diagnostic>) -> Option<Metadata> {
        let node = self.node.get("metadata")?;
        let decoded: Decoded<Metadata> = yaml::decode_fields(node, &BOOKKEEPING, &FieldPath::of("metadata"));
        let mut metadata = decoded.value.map_err(|error| diagnostics.push(mistyped(&error))).ok()?;
        if metadata.namespace.as_deref().unwrap_or_default().is_empty() {
            metadata.namespace = Some(self.options.namespace.clone());
        }
        Some(metadata)
    }

    /// A route group is read match by match: one that cannot be read matches nothing, and the others stand.
    fn route_group(
        &self,
        version: Version,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<(hub::HTTPRouteGroup, BTreeSet<usize>)> {
        let metadata = self.metadata(diagnostics)?;
        let (list, base) = self.match_list(version, diagnostics)?;
        let mut matches = Vec::new();
        let mut broken = BTreeSet::new();
        for (index, node) in list.iter().enumerate() {
            let decoded: Decoded<specs::HTTPMatch> = yaml::decode_at(node, &base.clone().index(index));
            let unknown =
                decoded.unknown.iter().map(|path| unknown_field(Kind::HTTPRouteGroup, version, path));
            let before = diagnostics.len();
            diagnostics.extend(unknown);
            let value = decoded.value.map_err(|error| diagnostics.push(mistyped_match(&error))).ok();
            if diagnostics[before..].iter().any(|d| d.severity == Severity::Error) {
                broken.insert(index);
            }
            // Its name stays known: that it matches nothing is another matter than that it is not there.
            let nameless = || {
                let name = node.get("name").and_then(Node::as_str).unwrap_or_default().to_owned();
                specs::HTTPMatch { name, ..specs::HTTPMatch::default() }
            };
            matches.push(value.unwrap_or_else(nameless));
        }
        let (kind, count) = (Kind::HTTPRouteGroup, matches.len());
        let matches = Some(matches);
        let group = match version {
            Version::V1Alpha1 => {
                to_hub(kind, metadata, specs::v1alpha1::HTTPRouteGroupSpec { matches }, diagnostics)
            }
            Version::V1Alpha2 => {
                to_hub(kind, metadata, specs::v1alpha2::HTTPRouteGroupSpec { matches }, diagnostics)
            }
            Version::V1Alpha3 => {
                to_hub(kind, metadata, specs::v1alpha3::HTTPRouteGroupSpec { matches }, diagnostics)
            }
            Version::V1Alpha4 => {
                to_hub(kind, metadata, specs::v1alpha4::HTTPRouteGroupSpec { matches }, diagnostics)
            }
        };
        // Where the annotation left some out, nobody knows which of the others could not be read.
        if group.matches.len() < count && !broken.is_empty() {
            broken.extend(0..group.matches.len());
        }
        Some((group, broken))
    }

    /// The list of matches and where it stands.
    ///
    /// From v1alpha3 on it belongs under `spec`. Examples of the specification itself leave it at the root; that is accepted where
    /// there is no `spec` (D-S7).
    fn match_list(
        &self,
        version: Version,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<(&'n [Node<'n>], FieldPath)> {
        let (body, base, known): (_, _, &[&str]) = match (group_layout(version), self.node.get("spec")) {
            (Layout::Spec, Some(spec)) => (spec, FieldPath::of("spec"), &ROOT_FIELDS),
            (Layout::Spec, None) => {
                if self.node.get("matches").is_some() {
                    diagnostics.push(matches_at_the_root(version));
                }
                (self.node, FieldPath::root(), &ROOT_FIELDS_WITH_MATCHES)
            }
            (Layout::Root, _) => (self.node, FieldPath::root(), &ROOT_FIELDS_WITH_MATCHES),
        };
        let beside = unknown_keys(self.node, known).map(|key| FieldPath::of(key.to_owned()));
        let under_spec = match base.is_root() {
            true => None,
            false => {
                Some(unknown_keys(body, &["matches"]).map(|key| FieldPath::of("spec").key(key.to_owned())))
            }
        };
        for path in beside.chain(under_spec.into_iter().flatten()) {
            diagnostics.push(unknown_field(Kind::HTTPRouteGroup, version, &path));
        }
        if diagnostics.iter().any(|d| d.severity == Severity::Error) {
            return None;
        }
        match body.get("matches").map(|matches| &matches.value) {
            None | Some(Value::Null) => Some((&[], base.key("matches"))),
            Some(Value::Seq(list)) => Some((list, base.key("matches"))),
            Some(_) => {
                diagnostics.push(not_a_list(base.key("matches")));
                None
            }
        }
    }
}

/// Lifts an object to the hub; what an earlier conversion carried along and cannot be read is reported.
fn to_hub<B: Convertible>(
    kind: Kind,
    metadata: Metadata,
    spec: B,
    diagnostics: &mut Vec<Diagnostic>,
) -> B::Hub {
    let Converted { object, losses } = B::into_hub(Typed { metadata, spec });
    diagnostics.extend(losses.into_iter().map(|loss| carrier(kind, loss)));
    object
}
