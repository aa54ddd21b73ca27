//! Facts: what the cluster holds besides SMI objects, as far as the meaning of SMI depends on it.

mod pods;
mod probe;
mod service;
mod workload;

pub use pods::Pods;
pub use probe::{Probe, ProbeRequest};
pub(crate) use service::ServiceSpec;
pub use service::{Addressing, Service, ServicePort, TargetPort, Transport};
pub use workload::{ContainerPort, Labels, Runs, TemplateUser, Workload, selects};
pub(crate) use workload::{PodTemplate, WorkloadLayout, workload_layout};

/// A Namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Namespace {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
    /// Its annotations, which meshes pass on to the pods of the namespace.
    pub annotations: Labels,
}
