//! The shared check that nothing of an intent is dropped silently: a backend ticks off what it dealt with, and the rest is a loss.

use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::facts::{ServicePort, Transport};
use crate::intent::{Condition, Intent, Ports, Root, RoutingIntent};

/// The kind of traffic a part is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// HTTP requests.
    Http,
    /// TCP connections that are not HTTP.
    Tcp,
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

/// What a backend has dealt with, by rendering it or by a diagnostic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accounts(BTreeMap<Part, usize>);

impl Accounts {
    /// Ticks off `alternatives` alternatives of a part: the number of matches dealt with, or one for an unconditional rule.
    pub fn settle(&mut self, part: Part, alternatives: usize) {
        *self.0.entry(part).or_default() += alternatives;
    }

    /// Ticks off every part of an intent; for a backend that refuses the unit with an error.
    pub fn settle_all(&mut self, intent: &Intent) {
        let Intent::Routing(routing) = intent;
        self.0 = parts(routing).collect();
    }

    /// The parts of an intent that were not dealt with, as diagnostics.
    #[must_use]
    pub fn unsettled(&self, intent: &Intent, backend: &str) -> Vec<Diagnostic> {
        let Intent::Routing(routing) = intent;
        parts(routing)
            .filter(|(part, alternatives)| self.0.get(part).copied().unwrap_or_default() < *alternatives)
            .map(|(part, _)| not_rendered(routing, part, backend))
            .collect()
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

fn not_rendered(intent: &RoutingIntent, part: Part, backend: &str) -> Diagnostic {
    let layer = match part.layer {
        Layer::Http => "HTTP",
        Layer::Tcp => "TCP",
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
