//! The shared check that nothing of an intent is dropped silently: a backend ticks off what it dealt with, and the rest is a loss.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::facts::{ServicePort, Transport};
use crate::intent::{AccessIntent, Condition, Intent, Ports, Root, RoutingIntent};

/// The kind of traffic a part is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// HTTP requests.
    Http,
    /// TCP connections that are not HTTP.
    Tcp,
    /// HTTP requests that enter through gateways: a part only where the backend [requires](Accounts::require) it, because only it
    /// knows which splits bind to gateways.
    Gateway,
}

/// A part of a routing intent: one rule on one port, for one kind of traffic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Part {
    /// Index of the rule.
    pub rule: usize,
    /// Port of the root; `None` where its ports are not known.
    pub port: Option<u16>,
    /// The kind of traffic.
    pub layer: Layer,
}

/// A part of an access intent: one grant to one selection of workloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GrantPart {
    /// Index of the selection.
    pub selection: usize,
    /// Index of the grant.
    pub grant: usize,
}

/// What a backend has dealt with, by rendering it or by a diagnostic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accounts {
    settled: BTreeMap<Part, usize>,
    required: BTreeMap<Part, usize>,
    granted: BTreeMap<GrantPart, usize>,
}

impl Accounts {
    /// Ticks off `alternatives` alternatives of a part: the number of matches dealt with, or one for an unconditional rule.
    pub fn settle(&mut self, part: Part, alternatives: usize) {
        *self.settled.entry(part).or_default() += alternatives;
    }

    /// Ticks off `alternatives` alternatives of a grant: the number of matches dealt with, or one for TCP and UDP.
    pub fn settle_grant(&mut self, part: GrantPart, alternatives: usize) {
        *self.granted.entry(part).or_default() += alternatives;
    }

    /// Puts a part on the account that does not follow from the intent alone.
    pub fn require(&mut self, part: Part, alternatives: usize) {
        *self.required.entry(part).or_default() += alternatives;
    }

    /// Ticks off every part of an intent; for a backend that refuses the unit with an error.
    pub fn settle_all(&mut self, intent: &Intent) {
        match intent {
            Intent::Routing(routing) => self.settled = self.parts(routing).collect(),
            Intent::Access(access) => self.granted = grant_parts(access).collect(),
            Intent::Namespace(_) => {}
        }
    }

    /// The parts of an intent that were not dealt with, as diagnostics.
    #[must_use]
    pub fn unsettled(&self, intent: &Intent, backend: &str) -> Vec<Diagnostic> {
        match intent {
            Intent::Routing(routing) => self
                .parts(routing)
                .filter(|(part, alternatives)| {
                    self.settled.get(part).copied().unwrap_or_default() < *alternatives
                })
                .map(|(part, _)| not_rendered(routing, part, backend))
                .collect(),
            Intent::Access(access) => grant_parts(access)
                .filter(|(part, alternatives)| {
                    self.granted.get(part).copied().unwrap_or_default() < *alternatives
                })
                .map(|(part, _)| not_granted(access, part, backend))
                .collect(),
            Intent::Namespace(_) => Vec::new(),
        }
    }

    /// The parts of an intent, and those that the backend put on the account.
    fn parts<'a>(&'a self, intent: &'a RoutingIntent) -> impl Iterator<Item = (Part, usize)> + 'a {
        parts(intent).chain(self.required.iter().map(|(part, alternatives)| (*part, *alternatives)))
    }
}

/// Every part of an intent that has an effect, with the number of its alternatives.
fn parts(intent: &RoutingIntent) -> impl Iterator<Item = (Part, usize)> + '_ {
    let ports: Vec<Option<&ServicePort>> = match &intent.ports {
        Ports::Assumed => vec![None],
        Ports::Known(ports) => ports.iter().filter(|p| p.transport() == Transport::Tcp).map(Some).collect(),
    };
    ports.into_iter().flat_map(move |port| {
        intent.rules.iter().enumerate().filter(move |(_, rule)| rule.has_effect(port)).flat_map(
            move |(index, rule)| {
                let part = move |layer| Part { rule: index, port: port.map(|p| p.port), layer };
                let (http, tcp) = match &rule.when {
                    // A TCP connection names no host.
                    Condition::Always if matches!(intent.root, Root::Host(_)) => {
                        ((part(Layer::Http), 1), None)
                    }
                    Condition::Always => ((part(Layer::Http), 1), Some((part(Layer::Tcp), 1))),
                    Condition::Http(matches) => ((part(Layer::Http), matches.len()), None),
                };
                [http].into_iter().chain(tcp)
            },
        )
    })
}

/// Every grant that reaches a selection, with the number of its alternatives.
fn grant_parts(intent: &AccessIntent) -> impl Iterator<Item = (GrantPart, usize)> + '_ {
    intent.selections.iter().enumerate().flat_map(move |(selection, selected)| {
        let part = move |grant: &usize| GrantPart { selection, grant: *grant };
        selected.grants.iter().map(move |grant| (part(grant), intent.grants[*grant].traffic.alternatives()))
    })
}

fn not_granted(intent: &AccessIntent, part: GrantPart, backend: &str) -> Diagnostic {
    let grant = &intent.grants[part.grant];
    let protocol = grant.traffic.protocol().to_ascii_uppercase();
    Diagnostic::new(
        Code("SMI-LOSS-1"),
        Severity::Loss,
        format!("the {backend} backend did not say what it makes of the {protocol} traffic that this target grants"),
        "that traffic may be denied",
    )
    .on(&grant.target)
    .help("this is a defect of the backend: please report it with the objects that show it")
}

fn not_rendered(intent: &RoutingIntent, part: Part, backend: &str) -> Diagnostic {
    let layer = match part.layer {
        Layer::Http => "HTTP",
        Layer::Tcp => "TCP",
        Layer::Gateway => "gateway",
    };
    let port = part.port.map(|port| format!(" on port {port}")).unwrap_or_default();
    Diagnostic::new(
        Code("SMI-LOSS-1"),
        Severity::Loss,
        format!("the {backend} backend did not say what it makes of the {layer} traffic{port} of this split"),
        "that traffic would be routed as if the split did not exist",
    )
    .on(&intent.rules[part.rule].split)
    .help("this is a defect of the backend: please report it with the objects that show it")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Options;
    use crate::read::{ReadOptions, Reader};
    use crate::resolve::resolve;

    #[test]
    fn what_is_not_settled_is_a_loss() {
        let mut reader = Reader::new(ReadOptions::default());
        let split = "apiVersion: split.smi-spec.io/v1alpha4\nkind: TrafficSplit\nmetadata: {name: canary}\n\
            spec: {service: web, backends: [{service: v1, weight: 1}]}\n";
        reader.add("split.yaml", split.as_bytes());
        let inventory = reader.finish(Options::default()).inventory;
        let key = inventory.units().next().unwrap();
        let intent = resolve(&inventory, &key).intent;
        let part = |layer| Part { rule: 0, port: None, layer };
        let mut accounts = Accounts::default();
        let missing = |accounts: &Accounts| accounts.unsettled(&intent, "test").len();
        assert_eq!(missing(&accounts), 2, "HTTP and TCP");
        accounts.settle(part(Layer::Http), 1);
        accounts.settle(part(Layer::Tcp), 1);
        assert_eq!(missing(&accounts), 0);
        accounts.require(part(Layer::Gateway), 1);
        let losses = accounts.unsettled(&intent, "test");
        assert_eq!(losses.len(), 1);
        assert_eq!((losses[0].code.0, losses[0].severity), ("SMI-LOSS-1", Severity::Loss));
        assert!(losses[0].message.contains("gateway traffic"), "{}", losses[0].message);
        accounts.settle(part(Layer::Gateway), 1);
        assert_eq!(missing(&accounts), 0);
    }
}
