//! A TrafficSplit in the inventory: names read and weights computed once.

use std::sync::Arc;

use smi_types::service_name::{self, ServiceName};
use smi_types::{SPECS_GROUP, hub, validate};

use super::group::from_finding;
use crate::diagnostic::{Diagnostic, Severity};
use crate::options::Options;
use crate::reference::ObjectRef;

/// The root of a split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RootName {
    /// A Service in the split's namespace.
    Service(String),
    /// Another host name; only where the options allow it.
    Host(String),
}

impl RootName {
    /// The name of the root in a [`UnitKey`](crate::UnitKey).
    #[must_use]
    pub fn unit_name(&self) -> &str {
        match self {
            RootName::Service(name) | RootName::Host(name) => name,
        }
    }
}

/// A backend whose name is the name of a Service of the split's namespace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SplitBackend {
    /// Its index in the object.
    pub(crate) index: usize,
    /// Plain name of the Service.
    pub(crate) service: String,
    /// Hub integer (SMI-CONV-41).
    pub(crate) weight: u64,
}

/// A TrafficSplit, its root, its backends and what it says about itself.
#[derive(Clone, Debug)]
pub struct Split {
    reference: ObjectRef,
    object: Arc<hub::TrafficSplit>,
    root: Option<RootName>,
    backends: Vec<SplitBackend>,
    applied: bool,
    findings: Vec<Diagnostic>,
}

/// The checks whose failure leaves a split without any effect (section 4.5 of the reference).
const FATAL: [&str; 3] = ["SMI-VAL-2", "SMI-VAL-41", "SMI-VAL-43"];

impl Split {
    pub(super) fn new(object: hub::TrafficSplit, options: &Options) -> Split {
        let reference = ObjectRef::new("TrafficSplit", object.metadata.namespace(), object.metadata.name());
        let findings: Vec<Diagnostic> = validate::traffic_split(&object, &options.validation())
            .into_iter()
            .map(|finding| from_finding(finding, &reference))
            .collect();
        let fatal = findings.iter().any(|f| f.severity == Severity::Error && FATAL.contains(&f.code.0));
        let parse =
            |text: &str| service_name::parse(text, &reference.namespace, &options.cluster_domain).ok();
        let root = parse(&object.service).and_then(|name| match name {
            ServiceName::Own(name) => Some(RootName::Service(name)),
            ServiceName::Host(host) if options.host_roots => Some(RootName::Host(host)),
            ServiceName::Host(_) | ServiceName::Other { .. } => None,
        });
        let weights = object.weights().unwrap_or_default();
        let backends: Vec<SplitBackend> = object
            .backends
            .iter()
            .zip(weights)
            .enumerate()
            .filter_map(|(index, (backend, weight))| match parse(&backend.service)? {
                ServiceName::Own(service) => {
                    Some(SplitBackend { index, service, weight: u64::try_from(weight).ok()? })
                }
                ServiceName::Host(_) | ServiceName::Other { .. } => None,
            })
            .collect();
        let applied = !fatal && root.is_some() && !backends.is_empty();
        Split { reference, object: Arc::new(object), root, backends, applied, findings }
    }

    /// Names the object.
    #[must_use]
    pub fn reference(&self) -> &ObjectRef {
        &self.reference
    }

    /// The object.
    #[must_use]
    pub fn object(&self) -> &hub::TrafficSplit {
        &self.object
    }

    pub(crate) fn shared(&self) -> &Arc<hub::TrafficSplit> {
        &self.object
    }

    /// The root; `None` where the name cannot be used.
    #[must_use]
    pub fn root(&self) -> Option<&RootName> {
        self.root.as_ref()
    }

    /// Whether the split has any effect, as far as the object alone can tell.
    #[must_use]
    pub fn is_applied(&self) -> bool {
        self.applied
    }

    /// What the split says about itself.
    #[must_use]
    pub fn check(&self) -> Vec<Diagnostic> {
        self.findings.clone()
    }

    pub(crate) fn backends(&self) -> &[SplitBackend] {
        &self.backends
    }

    /// Orders splits of one root: oldest first, ties by name, objects that are in no cluster yet last (SMI-SPLIT-16).
    ///
    /// Kubernetes writes creation times in UTC with whole seconds, so their text sorts like the time.
    pub(crate) fn age(&self) -> (bool, Option<&str>, &str) {
        let time = self.object.metadata.creation_timestamp.as_deref();
        (time.is_none(), time, &self.reference.name)
    }

    /// Whether an entry of `matches` names something that can be a condition (SMI-VAL-47, D-P6).
    pub(crate) fn condition_resolves(&self, index: usize) -> bool {
        let entry = self.object.matches.as_deref().unwrap_or_default().get(index);
        entry.is_some_and(|entry| {
            let group = entry.api_group.as_deref().unwrap_or_default();
            let known = group.is_empty() || group.split('/').next() == Some(SPECS_GROUP);
            entry.kind == "HTTPRouteGroup" && known
        })
    }

    pub(super) fn group_names(&self) -> impl Iterator<Item = &str> {
        self.object.matches.iter().flatten().map(|entry| entry.name.as_str())
    }

    pub(super) fn service_names(&self) -> impl Iterator<Item = &str> {
        let root = self.root.iter().map(RootName::unit_name);
        root.chain(self.backends.iter().map(|backend| backend.service.as_str()))
    }
}
