//! Facts: what the cluster holds besides SMI objects, as far as the meaning of SMI depends on it.

mod service;
mod workload;

pub(crate) use service::ServiceSpec;
pub use service::{Addressing, Service, ServicePort, TargetPort, Transport};
pub use workload::{ContainerPort, Labels, Workload, selects};
pub(crate) use workload::{PodTemplate, WorkloadLayout, workload_layout};
