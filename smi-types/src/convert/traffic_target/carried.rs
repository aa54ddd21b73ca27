//! What the carrier of a TrafficTarget holds. Each item names the subject it belongs to (SMI-CONV-7).

use std::collections::{BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::Port;
use crate::convert::carrier::RESTORED;
use crate::hub::{Source, Subject};

/// What a subject takes in memory besides its texts.
const SUBJECT: usize = 48;

type IdentityKey<'a> = (&'a str, &'a str, Option<&'a str>);

/// A subject without what is carried.
#[derive(Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Identity {
    kind: String,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
}

impl Identity {
    pub(super) fn of(subject: &Subject) -> Identity {
        let Subject { kind, name, namespace, group: _ } = subject;
        Identity { kind: kind.clone(), name: name.clone(), namespace: namespace.clone() }
    }

    fn key(Subject { kind, name, namespace, group: _ }: &Subject) -> IdentityKey<'_> {
        (kind, name, namespace.as_deref())
    }

    fn as_key(&self) -> IdentityKey<'_> {
        (&self.kind, &self.name, self.namespace.as_deref())
    }
}

/// The destination port (SMI-CONV-12). Restrictive: it stays in force whatever else is edited.
#[derive(Serialize, Deserialize)]
pub(super) struct CarriedPort {
    pub(super) port: Port,
    /// The destination it was written for. With another one it is in force all the same: without it, every port would be open.
    #[serde(default)]
    destination: Identity,
}

impl CarriedPort {
    pub(super) fn of(port: &Port, destination: &Subject) -> CarriedPort {
        CarriedPort { port: port.clone(), destination: Identity::of(destination) }
    }

    pub(super) fn is(&self, port: &Port, destination: &Subject) -> bool {
        self.port == *port && self.destination.as_key() == Identity::key(destination)
    }
}

/// A group that contradicts the kind of its subject, which makes the subject match nobody (SMI-VAL-14). Restrictive.
#[derive(Serialize, Deserialize)]
pub(super) struct CarriedGroup {
    /// Position of the source; absent for the destination.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<usize>,
    pub(super) subject: Identity,
    pub(super) group: String,
}

impl CarriedGroup {
    pub(super) fn of(source: Option<usize>, subject: &Subject) -> CarriedGroup {
        CarriedGroup { source, subject: Identity::of(subject), group: subject.group().to_owned() }
    }

    /// What the group takes in one subject, in bytes.
    fn size(&self) -> usize {
        self.group.len() + SUBJECT
    }
}

/// Gives the groups back to their subjects, unless these have one of their own. A source is looked for where it was, then elsewhere;
/// failing both, whatever stands in its place has it. Where nothing does, the name of the source is returned. A group in the wrong place
/// makes a subject match nobody, and never somebody else.
///
/// Many sources may be the same: those for which the groups would be too large are returned, to be left out. With the group they
/// would match nobody.
pub(super) fn restore_groups<'g>(
    groups: &'g [CarriedGroup],
    destination: &mut Subject,
    sources: &mut [Source],
) -> (BTreeSet<usize>, BTreeSet<&'g str>) {
    let mut orphans = BTreeSet::new();
    let mut places: Vec<(usize, &CarriedGroup)> = Vec::new();
    let mut left_out = BTreeSet::new();
    let mut size = 0;
    let mut same: HashMap<_, Vec<usize>> = HashMap::new();
    for (index, source) in sources.iter().enumerate() {
        same.entry(Identity::key(&source.subject)).or_default().push(index);
    }
    // Sources that are the same get the same group: that of the first item.
    let mut are_done: HashSet<_> = HashSet::new();
    for group in groups {
        let Some(index) = group.source else {
            set(destination, &group.group);
            continue;
        };
        let key = group.subject.as_key();
        let equal = same.get(&key).map_or(&[][..], Vec::as_slice);
        let own = match equal {
            [] if index < sources.len() => std::slice::from_ref(&index),
            equal if equal.binary_search(&index).is_ok() => std::slice::from_ref(&index),
            [] => {
                orphans.insert(group.subject.name.as_str());
                continue;
            }
            equal if are_done.insert(key) => equal,
            _ => continue,
        };
        let grown = own.len().saturating_mul(group.size()).saturating_add(size);
        if grown <= RESTORED {
            size = grown;
            places.extend(own.iter().map(|index| (*index, group)));
        } else {
            left_out.extend(own);
        }
    }
    let places: Vec<(usize, &str)> =
        places.into_iter().map(|(index, group)| (index, group.group.as_str())).collect();
    for (index, group) in places {
        set(&mut sources[index].subject, group);
    }
    (left_out, orphans)
}

fn set(subject: &mut Subject, group: &str) {
    if subject.group.as_deref().unwrap_or_default().is_empty() {
        subject.group = Some(group.to_owned());
    }
}

/// A port of a source. Descriptive: it has no effect (D-A4), and is dropped where its source has changed.
#[derive(Serialize, Deserialize)]
pub(super) struct CarriedSourcePort {
    source: usize,
    pub(super) subject: Identity,
    pub(super) port: Port,
}

impl CarriedSourcePort {
    pub(super) fn of(source: usize, subject: &Subject, port: &Port) -> CarriedSourcePort {
        CarriedSourcePort { source, subject: Identity::of(subject), port: port.clone() }
    }

    pub(super) fn restore(self, sources: &mut [Source]) {
        if let Some(source) = sources
            .get_mut(self.source)
            .filter(|source| self.subject.as_key() == Identity::key(&source.subject))
        {
            source.port.get_or_insert(self.port);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(name: &str) -> Source {
        Source { subject: Subject { name: name.to_owned(), ..Subject::default() }, port: None }
    }

    fn carried(index: usize, name: &str, group: &str) -> CarriedGroup {
        CarriedGroup {
            source: Some(index),
            subject: Identity::of(&source(name).subject),
            group: group.to_owned(),
        }
    }

    /// An object of some kilobytes must not become one of some gigabytes.
    #[test]
    fn what_is_restored_is_bounded() {
        let mut sources = vec![source("web"); 5000];
        let groups = [carried(usize::MAX, "web", &"g".repeat(200_000)), carried(usize::MAX, "web", "h")];
        let (left_out, _) = restore_groups(&groups, &mut Subject::default(), &mut sources);
        assert_eq!(left_out.len(), 5000, "none of them matches anybody");
        assert!(sources.iter().all(|source| source.subject.group.is_none()));
        let groups = [carried(usize::MAX, "web", "g"), carried(usize::MAX, "web", "h")];
        assert!(restore_groups(&groups, &mut Subject::default(), &mut sources).0.is_empty());
        assert!(sources.iter().all(|source| source.subject.group.as_deref() == Some("g")));
    }
}
