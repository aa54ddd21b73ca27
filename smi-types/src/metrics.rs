//! Traffic metrics, `metrics.smi-spec.io`: how the traffic of a resource went. An API server of its own serves them; they are never
//! stored.
//!
//! A TrafficMetrics object states five numbers about one resource over a [window](Window) that ends at `timestamp`: three
//! latencies and two counts ([`MetricName`]). Where it has an [`Edge`], they concern the traffic with one peer only.
//!
//! | path below `/apis/metrics.smi-spec.io/v1alpha2` | answer |
//! | --- | --- |
//! | `/namespaces/shop/deployments/web` | TrafficMetrics of the deployment: what it received from everybody |
//! | `/namespaces/shop/deployments/web/edges` | TrafficMetricsList: one item for each peer and direction |
//! | `/namespaces/shop/deployments` | TrafficMetricsList: one item for each deployment |
//! | `/namespaces/shop/trafficsplits/web` | TrafficMetricsList: one item for each [`Backend`] of the split |
//!
//! # Units
//!
//! The prose writes latencies in `seconds`, the Go SDK and every server in `ms`. Both are read; the version-free form and whatever
//! is written have milliseconds, exactly (D-M1). Counts are requests.
//!
//! # Versions
//!
//! v1alpha1 is in the prose, v1alpha2 in the Go SDK only. The prose of v1alpha1 grew `edge.side` and `backend` in 2020, which the Go types
//! have in v1alpha2 only; both are read and written in both versions (D-M3), so that the two differ in `apiVersion` alone.

pub mod v1alpha1;
pub mod v1alpha2;

mod edge;
mod items;
mod metric;
mod resource;
mod selector;
mod window;

pub use edge::{Backend, Direction, Edge, Side};
pub(crate) use items::{read_items, write_items};
pub use metric::{Metric, MetricName};
pub use resource::{ObjectReference, ResourceKind};
pub use selector::{LabelSelector, Requirement};
pub use window::{Window, WindowError};
