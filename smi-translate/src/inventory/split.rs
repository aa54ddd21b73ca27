//! A TrafficSplit in the inventory: names read and weights computed once.

use std::sync::Arc;

use smi_types::service_name::{self, ServiceName, ServiceNameProblem};
use smi_types::{SPECS_GROUP, hub, validate};

use super::group::from_finding;
use crate::diagnostic::{Diagnostic, Severity};
use crate::options::{BackendNamespaces, Options};
use crate::reference::{ObjectRef, ServiceRef};

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

/// A backend whose name is the name of a Service: of the split's namespace, unless the options allow others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SplitBackend {
    /// Its index in the object.
    pub(crate) index: usize,
    /// The Service.
    pub(crate) service: ServiceRef,
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
        let elsewhere: Vec<Option<ServiceRef>> =
            object.backends.iter().map(|backend| elsewhere(&backend.service, &reference, options)).collect();
        let findings: Vec<Diagnostic> = validate::traffic_split(&object, &options.validation())
            .into_iter()
            .filter(|finding| finding.code != "SMI-VAL-42" || !is_about(&finding.path, &elsewhere))
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
            .zip(elsewhere)
            .enumerate()
            .filter_map(|(index, ((backend, weight), elsewhere))| {
                let own = || match parse(&backend.service)? {
                    ServiceName::Own(name) => Some(ServiceRef::new(&reference.namespace, name)),
                    ServiceName::Host(_) | ServiceName::Other { .. } => None,
                };
                let service = elsewhere.or_else(own)?;
                Some(SplitBackend { index, service, weight: u64::try_from(weight).ok()? })
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

    /// The Services of the split's own namespace that it names.
    pub(super) fn service_names(&self) -> impl Iterator<Item = &str> {
        let root = self.root.iter().map(RootName::unit_name);
        let own = self.backends.iter().filter(|b| b.service.namespace == self.reference.namespace);
        root.chain(own.map(|backend| backend.service.name.as_str()))
    }

    /// The Services of its namespace between which it leads, its root first; none where it has no effect.
    pub(super) fn ways(&self) -> impl Iterator<Item = &str> {
        self.service_names().filter(|_| self.applied)
    }

    /// The backends in other namespaces.
    pub(super) fn remote_services(&self) -> impl Iterator<Item = &ServiceRef> {
        let services = self.backends.iter().map(|backend| &backend.service);
        services.filter(|service| service.namespace != self.reference.namespace)
    }
}

/// A backend written `namespace/name`, where the options allow it.
fn elsewhere(text: &str, split: &ObjectRef, options: &Options) -> Option<ServiceRef> {
    if options.backend_namespaces == BackendNamespaces::Own {
        return None;
    }
    let error = service_name::parse(text, &split.namespace, &options.cluster_domain).err()?;
    let ServiceNameProblem::NamespaceSlashName { namespace, name } = error.problem else { return None };
    match service_name::parse(&name, &namespace, &options.cluster_domain).ok()? {
        ServiceName::Own(name) => Some(ServiceRef::new(namespace, name)),
        ServiceName::Host(_) | ServiceName::Other { .. } => None,
    }
}

/// Whether a path leads into a backend that has been read in another way.
fn is_about(path: &smi_types::FieldPath, elsewhere: &[Option<ServiceRef>]) -> bool {
    path.segments().iter().any(|segment| match segment {
        smi_types::Segment::Index(index) => elsewhere.get(*index).is_some_and(Option::is_some),
        smi_types::Segment::Key(_) => false,
    })
}
