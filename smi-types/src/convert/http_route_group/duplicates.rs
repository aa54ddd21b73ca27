//! What the carrier of an HTTPRouteGroup holds: conditions on a header that a map has no place for, because it has a condition on the same
//! header already. They go back to the matches they belong to in one pass, however many there are, and never grow beyond what an
//! API server takes: the annotation is written by anybody who may write the object.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::convert::carrier::{Carrier, Key, RESTORED};
use crate::convert::{Loss, LossClass};
use crate::hub::HTTPMatch;
use crate::quote::quoted;
use crate::specs::matches_path;
use crate::{Headers, Metadata, Version};

/// Carrier key of this kind.
pub(super) const DUPLICATE_HEADERS: &str = "duplicateHeaders";
pub(in crate::convert) const KEYS: &[Key] = &[Key::restrictive::<Vec<DuplicateHeader>>(DUPLICATE_HEADERS)];

/// The longest name of a match that is carried in full, in bytes. It stands in every item.
const NAME: usize = 253;

/// What an entry takes in memory besides its text.
const ENTRY: usize = 48;

/// Conditions on a header. Restrictive: they stay in force whatever else is edited (SMI-CONV-7).
#[derive(Serialize, Deserialize)]
pub(super) struct DuplicateHeader {
    /// Name of the match; the beginning of a long one.
    #[serde(rename = "match")]
    name: String,
    /// Its position, which identifies it where names do not.
    index: usize,
    header: String,
    patterns: BTreeSet<String>,
}

impl DuplicateHeader {
    pub(super) fn of(name: &str, index: usize, header: String, patterns: BTreeSet<String>) -> Self {
        DuplicateHeader { name: carried_name(name).to_owned(), index, header, patterns }
    }

    /// What the conditions take in one match, in bytes: each of them names the header.
    fn size(&self) -> usize {
        let DuplicateHeader { name: _, index: _, header, patterns } = self;
        patterns.iter().map(|pattern| header.len() + pattern.len() + ENTRY).sum()
    }
}

fn carried_name(name: &str) -> &str {
    let end = (0..=NAME).rev().find(|end| name.is_char_boundary(*end)).unwrap_or_default();
    if name.len() <= NAME { name } else { &name[..end] }
}

/// The carried conditions of each match and header, for a group that is written in its own version.
pub(super) struct Held(HashMap<(String, String), BTreeSet<String>>);

impl Held {
    pub(super) fn by(metadata: &Metadata) -> Held {
        let items: Vec<DuplicateHeader> = Carrier::of(metadata).item(DUPLICATE_HEADERS).unwrap_or_default();
        let mut held: HashMap<_, BTreeSet<String>> = HashMap::new();
        for DuplicateHeader { name, index: _, header, patterns } in items {
            held.entry((name, header)).or_default().extend(patterns);
        }
        Held(held)
    }

    /// Whether it is of this match that the annotation says so.
    pub(super) fn has(&self, name: &str, header: &str, patterns: &BTreeSet<String>) -> bool {
        let key = (carried_name(name).to_owned(), header.to_owned());
        self.0.get(&key).is_some_and(|held| held.is_superset(patterns))
    }
}

/// Adds the carried conditions to the matches they belong to, and says of which that cannot be done.
///
/// Where the conditions would be too large, the matches that should have them select nothing: they are left out.
pub(super) fn restore(
    matches: &mut Vec<HTTPMatch>,
    carried: &[DuplicateHeader],
    version: Version,
) -> Vec<Loss> {
    let mut losses = Vec::new();
    let mut restored: BTreeMap<usize, Vec<&DuplicateHeader>> = BTreeMap::new();
    let mut left_out: BTreeSet<usize> = BTreeSet::new();
    let mut too_large: HashSet<&str> = HashSet::new();
    let mut size = 0;
    let places = Places::of(matches);
    // One without patterns says nothing.
    for item in carried.iter().filter(|item| !item.patterns.is_empty()) {
        let own = places.of_item(item);
        if own.is_empty() {
            losses.push(orphaned(version, item));
            continue;
        }
        let is_shared = own.len() > 1;
        if is_shared && too_large.contains(item.name.as_str()) {
            continue;
        }
        let grown = own.len().saturating_mul(item.size()).saturating_add(size);
        if grown <= RESTORED {
            size = grown;
            own.iter().for_each(|index| restored.entry(*index).or_default().push(item));
            continue;
        }
        if is_shared {
            too_large.insert(&item.name);
        }
        let told = left_out.len();
        left_out.extend(own);
        if left_out.len() > told {
            losses.push(beyond_all_measure(version, &item.name));
        }
    }
    drop(places);
    for (index, items) in restored {
        add(&mut matches[index].headers.get_or_insert_default().entries, &items);
    }
    let mut index = 0;
    matches.retain(|_| {
        index += 1;
        !left_out.contains(&(index - 1))
    });
    losses
}

fn add(entries: &mut Vec<(String, String)>, items: &[&DuplicateHeader]) {
    let mut present: HashSet<(&str, &str)> =
        entries.iter().map(|(header, pattern)| (header.as_str(), pattern.as_str())).collect();
    let mut added = Vec::new();
    for DuplicateHeader { name: _, index: _, header, patterns } in items {
        let new = patterns.iter().filter(|pattern| present.insert((header, pattern)));
        added.extend(new.map(|pattern| (header.clone(), pattern.clone())));
    }
    entries.extend(added);
}

/// Where names and headers stand.
struct Places<'m> {
    names: HashMap<&'m str, Vec<usize>>,
    headers: HashSet<(usize, &'m str)>,
}

impl<'m> Places<'m> {
    fn of(matches: &'m [HTTPMatch]) -> Self {
        let mut names: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut headers = HashSet::new();
        for (index, entry) in matches.iter().enumerate() {
            names.entry(carried_name(&entry.name)).or_default().push(index);
            let entries = entry.headers.iter().flat_map(|Headers { style: _, entries }| entries);
            headers.extend(entries.map(|(header, _)| (index, header.as_str())));
        }
        Places { names, headers }
    }

    /// The match where it was, else every match of that name, else the renamed match where it was.
    fn of_item<'p>(&'p self, item: &'p DuplicateHeader) -> &'p [usize] {
        let DuplicateHeader { name, index, header, patterns: _ } = item;
        let named = self.names.get(name.as_str()).map_or(&[][..], Vec::as_slice);
        let is_there = match named {
            [] => self.headers.contains(&(*index, header.as_str())),
            named => named.binary_search(index).is_ok(),
        };
        if is_there { std::slice::from_ref(index) } else { named }
    }
}

fn orphaned(version: Version, DuplicateHeader { name, header, .. }: &DuplicateHeader) -> Loss {
    Loss {
        path: matches_path(version),
        from: version,
        to: version,
        class: LossClass::Widening,
        text: format!(
            "a carried condition on the header {} belongs to the match {}, which is gone",
            quoted(header),
            quoted(name)
        ),
        carried: false,
    }
}

fn beyond_all_measure(version: Version, name: &str) -> Loss {
    let text = format!(
        "the carried conditions of the match {} would be more than {RESTORED} bytes where they belong; the matches that should have \
         them select nothing",
        quoted(name)
    );
    Loss {
        path: matches_path(version),
        from: version,
        to: version,
        class: LossClass::Narrowing,
        text,
        carried: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(name: &str, index: usize, header: &str, patterns: &[&str]) -> DuplicateHeader {
        let patterns = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
        DuplicateHeader::of(name, index, header.to_owned(), patterns)
    }

    fn named(name: &str) -> HTTPMatch {
        HTTPMatch { name: name.to_owned(), ..HTTPMatch::default() }
    }

    fn size(matches: &[HTTPMatch]) -> usize {
        let entries =
            matches.iter().filter_map(|entry| entry.headers.as_ref()).flat_map(|headers| &headers.entries);
        entries.map(|(header, pattern)| header.len() + pattern.len() + ENTRY).sum()
    }

    /// An object of some kilobytes must not become one of some gigabytes.
    #[test]
    fn what_is_restored_is_bounded() {
        let items: Vec<_> = (0..400).map(|n| item("m", usize::MAX, &format!("h{n}"), &[""])).collect();
        let mut matches: Vec<_> = (0..10_000).map(|_| named("m")).chain([named("n")]).collect();
        let losses = restore(&mut matches, &items, Version::V1Alpha4);
        assert!(size(&matches) <= RESTORED);
        assert_eq!(matches, [named("n")], "no match selects more than it did");
        let lines: Vec<_> = losses.iter().map(|loss| format!("{} {}", loss.class, loss.text)).collect();
        assert_eq!(
            lines,
            [
                "narrowing the carried conditions of the match \"m\" would be more than 3145728 bytes where they belong; the matches \
              that should have them select nothing"
            ]
        );
        // One place, and a long name that every pattern repeats.
        let patterns: Vec<String> = (0..5000).map(|n| n.to_string()).collect();
        let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
        let mut matches = vec![named("m")];
        let losses =
            restore(&mut matches, &[item("m", 0, &"h".repeat(50_000), &patterns)], Version::V1Alpha4);
        assert_eq!((matches.len(), losses.len()), (0, 1));
    }

    /// Many names for one place: whoever may belong there is in force on it.
    #[test]
    fn several_matches_of_a_name_share_the_condition() {
        let mut matches = vec![named("x"), named("m"), named("m")];
        assert_eq!(restore(&mut matches, &[item("m", 0, "h", &["1"])], Version::V1Alpha4), []);
        let headers =
            matches.iter().map(|entry| entry.headers.as_ref().map_or(0, |headers| headers.entries.len()));
        assert_eq!(headers.collect::<Vec<_>>(), [0, 1, 1]);
    }

    #[test]
    fn the_name_of_a_match_is_carried_in_short() {
        let long = "ü".repeat(100_000);
        let item = item(&long, 3, "h", &["1"]);
        assert_eq!(item.name.len(), 252);
        let mut matches = vec![named(&long)];
        assert_eq!(restore(&mut matches, &[item], Version::V1Alpha4), []);
        assert!(matches[0].headers.is_some());
    }
}
