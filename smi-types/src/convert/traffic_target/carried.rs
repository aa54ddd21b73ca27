//! What the carrier of a TrafficTarget holds. Each item names the subject it belongs to (SMI-CONV-7).

use serde::{Deserialize, Serialize};

use crate::Port;
use crate::hub::{Source, Subject};

/// A subject without what is carried.
#[derive(Default, Serialize, Deserialize)]
struct Identity {
    kind: String,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
}

impl Identity {
    fn of(subject: &Subject) -> Identity {
        let Subject { kind, name, namespace, group: _ } = subject;
        Identity { kind: kind.clone(), name: name.clone(), namespace: namespace.clone() }
    }

    fn is(&self, subject: &Subject) -> bool {
        let Subject { kind, name, namespace, group: _ } = subject;
        self.kind == *kind && self.name == *name && self.namespace == *namespace
    }
}

/// The destination port (SMI-CONV-12). Restrictive: it stays in force whatever else is edited.
#[derive(Serialize, Deserialize)]
pub(super) struct CarriedPort {
    pub(super) port: Port,
    /// The destination it was written for.
    #[serde(default)]
    destination: Identity,
}

impl CarriedPort {
    pub(super) fn of(port: &Port, destination: &Subject) -> CarriedPort {
        CarriedPort { port: port.clone(), destination: Identity::of(destination) }
    }
}

/// A group that contradicts the kind of its subject, which makes the subject match nobody (SMI-VAL-14). Restrictive.
#[derive(Serialize, Deserialize)]
pub(super) struct CarriedGroup {
    /// Position of the source; absent for the destination.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<usize>,
    subject: Identity,
    group: String,
}

impl CarriedGroup {
    pub(super) fn of(source: Option<usize>, subject: &Subject) -> CarriedGroup {
        CarriedGroup { source, subject: Identity::of(subject), group: subject.group().to_owned() }
    }

    /// Gives the group back to its subject, unless that has one of its own. A source is looked for where it was, then elsewhere;
    /// failing both, whatever stands in its place has it.
    pub(super) fn restore(&self, destination: &mut Subject, sources: &mut [Source]) {
        let set = |subject: &mut Subject| {
            if subject.group.as_deref().unwrap_or_default().is_empty() {
                subject.group = Some(self.group.clone());
            }
        };
        let Some(index) = self.source else { return set(destination) };
        if let Some(source) = sources.get_mut(index).filter(|source| self.subject.is(&source.subject)) {
            return set(&mut source.subject);
        }
        if sources.iter().any(|source| self.subject.is(&source.subject)) {
            let same = sources.iter_mut().filter(|source| self.subject.is(&source.subject));
            return same.for_each(|source| set(&mut source.subject));
        }
        if let Some(source) = sources.get_mut(index) {
            set(&mut source.subject);
        }
    }
}

/// A port of a source. Descriptive: it has no effect (D-A4), and is dropped where its source has changed.
#[derive(Serialize, Deserialize)]
pub(super) struct CarriedSourcePort {
    source: usize,
    subject: Identity,
    port: Port,
}

impl CarriedSourcePort {
    pub(super) fn of(source: usize, subject: &Subject, port: &Port) -> CarriedSourcePort {
        CarriedSourcePort { source, subject: Identity::of(subject), port: port.clone() }
    }

    pub(super) fn restore(self, sources: &mut [Source]) {
        if let Some(source) = sources.get_mut(self.source).filter(|source| self.subject.is(&source.subject)) {
            source.port.get_or_insert(self.port);
        }
    }
}
