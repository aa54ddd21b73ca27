//! The routing of one root: ordered rules, and which backends take part on which port.

use std::collections::BTreeSet;
use std::sync::Arc;

use smi_types::hub;

use super::{Condition, UnitKey};
use crate::diagnostic::Code;
use crate::facts::{Addressing, Labels, ServicePort, Transport};
use crate::reference::{ObjectRef, ServiceRef};
use crate::weights::Share;

/// Where requests to one root go.
///
/// Rules are tried in order (SMI-SPLIT-16): conditional ones first, then at most one unconditional rule. A request that no rule
/// takes goes to the root itself, that is, to the endpoints of the root Service (SMI-SPLIT-18).
#[derive(Clone, Debug)]
pub struct RoutingIntent {
    /// DNS domain of the cluster, which completes the names of Services.
    pub cluster_domain: String,
    /// Namespace of the root and its splits.
    pub namespace: String,
    /// What clients call.
    pub root: Root,
    /// The ports the root has.
    pub ports: Ports,
    /// The rules, in the order in which they are tried.
    pub rules: Vec<Rule>,
    /// The objects this comes from, sorted.
    pub sources: Vec<ObjectRef>,
    /// Facts about the root Service; `None` for hosts and for Services that are not in the input.
    pub root_facts: Option<BackendFacts>,
}

/// What clients call to be split.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Root {
    /// A Service in the namespace of the splits.
    Service(ServiceRef),
    /// Another host name, where the options allow it (SMI-SPLIT-1).
    Host(String),
}

/// The ports of the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ports {
    /// The root Service is in the input; these are its ports.
    Known(Vec<ServicePort>),
    /// It is not, and is assumed to have whatever port is asked of it.
    Assumed,
}

/// What is known about a Service that takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendFacts {
    /// Its ports.
    pub ports: Vec<ServicePort>,
    /// How it finds its endpoints.
    pub addressing: Addressing,
    /// Whether it selects pods.
    pub has_selector: bool,
    /// Its annotations.
    pub annotations: Arc<Labels>,
}

/// One split, resolved.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The TrafficSplit.
    pub split: ObjectRef,
    /// The TrafficSplit as it was read, for annotations that address a backend.
    pub object: Arc<hub::TrafficSplit>,
    /// When it applies.
    pub when: Condition,
    /// Its backends: repeated ones merged (SMI-SPLIT-7), excluded ones gone (SMI-SPLIT-11), zero weights kept.
    pub backends: Vec<WeightedBackend>,
}

/// One backend of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeightedBackend {
    /// The Service.
    pub service: ServiceRef,
    /// Weight relative to the other backends of the rule: the hub integer (SMI-CONV-41), or the sum of several (SMI-SPLIT-7).
    pub weight: u128,
    /// What is known about it; `None` where it is assumed to exist with every port.
    pub facts: Option<BackendFacts>,
}

impl WeightedBackend {
    /// Whether it takes part on a port of the root: it must expose the same number over the same transport (SMI-SPLIT-9).
    #[must_use]
    pub fn exposes(&self, port: &ServicePort) -> bool {
        self.facts.as_ref().is_none_or(|facts| {
            facts.ports.iter().any(|own| own.port == port.port && own.transport() == port.transport())
        })
    }
}

/// The backends of a rule that take part on one port; at least one has a positive weight.
#[derive(Clone, Debug)]
pub struct Effective<'a> {
    backends: Vec<&'a WeightedBackend>,
    total: u128,
}

impl<'a> Effective<'a> {
    /// The backends, zero weights included, in written order.
    #[must_use]
    pub fn backends(&self) -> &[&'a WeightedBackend] {
        &self.backends
    }

    /// The share of one of the backends (SMI-SPLIT-2).
    #[must_use]
    pub fn share(&self, backend: &WeightedBackend) -> Share {
        Share::new(backend.weight, self.total)
    }
}

impl RoutingIntent {
    /// The TCP ports of the root, each once; nothing but `None` where its ports are not known.
    #[must_use]
    pub fn tcp_ports(&self) -> Vec<Option<&ServicePort>> {
        let Ports::Known(ports) = &self.ports else { return vec![None] };
        let mut numbers = BTreeSet::new();
        let tcp = ports.iter().filter(|port| port.transport() == Transport::Tcp);
        tcp.filter(|port| numbers.insert(port.port)).map(Some).collect()
    }

    /// The backends of a rule that get a share on at least one TCP port.
    pub fn taking_part<'r>(&'r self, rule: &'r Rule) -> impl Iterator<Item = &'r WeightedBackend> {
        let ports = self.tcp_ports();
        rule.backends.iter().filter(move |backend| {
            backend.weight > 0 && ports.iter().any(|port| port.is_none_or(|port| backend.exposes(port)))
        })
    }
}

impl Rule {
    /// The backends that take part on `port`, or on every port where the root's ports are not known (`None`).
    ///
    /// `None` is the answer where no backend has a positive weight there: the split has no effect on that port (SMI-SPLIT-8).
    #[must_use]
    pub fn effective(&self, port: Option<&ServicePort>) -> Option<Effective<'_>> {
        let backends: Vec<_> =
            self.backends.iter().filter(|b| port.is_none_or(|port| b.exposes(port))).collect();
        let total: u128 = backends.iter().map(|b| b.weight).sum();
        (total > 0).then_some(Effective { backends, total })
    }

    /// Whether the split has an effect on `port`, see [`effective`](Self::effective).
    #[must_use]
    pub fn has_effect(&self, port: Option<&ServicePort>) -> bool {
        self.backends.iter().any(|b| b.weight > 0 && port.is_none_or(|port| b.exposes(port)))
    }

    /// Whether the split allows a loss of its own, by annotation.
    #[must_use]
    pub fn allows(&self, code: Code) -> bool {
        super::annotation_allows(&self.object.metadata, code)
    }

    /// An annotation of the split.
    #[must_use]
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.object.metadata.annotations.get(key).map(String::as_str)
    }
}

impl RoutingIntent {
    /// The unit this is the intent of.
    #[must_use]
    pub fn key(&self) -> UnitKey {
        let root = match &self.root {
            Root::Service(service) => service.name.clone(),
            Root::Host(host) => host.clone(),
        };
        UnitKey::Routing { namespace: self.namespace.clone(), root }
    }
}
