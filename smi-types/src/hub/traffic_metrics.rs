//! TrafficMetrics and TrafficMetricsList without their version.

use crate::metrics::{Backend, Direction, LabelSelector, Metric, MetricName, ObjectReference, Side, Window};
use crate::quantity::Quantity;
use crate::{Metadata, Version};

/// How the traffic of one resource went.
///
/// Kinds are spelled as Kubernetes spells them (D-M2), latencies are in milliseconds (D-M1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrafficMetrics {
    /// Name and namespace of the resource, and when the answer was made.
    pub metadata: Metadata,
    /// The version the object was written in.
    pub version: Version,
    /// End of the measured window, RFC 3339.
    pub timestamp: Option<String>,
    /// Length of the measured window.
    pub window: Option<Window>,
    /// What was measured.
    pub resource: ObjectReference,
    /// The other side of the traffic.
    pub edge: Option<Edge>,
    /// The backend of a TrafficSplit, if that is what was measured.
    pub backend: Option<Backend>,
    /// The numbers as they came; [`value`](Self::value) finds one.
    pub metrics: Vec<Metric>,
}

impl TrafficMetrics {
    /// The number of this name: a latency in milliseconds, or a count of requests. `None` where it is not there, or is in a unit
    /// that is not known.
    ///
    /// ```
    /// use smi_types::metrics::MetricName;
    /// use smi_types::{convert, hub};
    ///
    /// let object = serde_json::json!({
    ///     "apiVersion": "metrics.smi-spec.io/v1alpha1", "kind": "TrafficMetrics",
    ///     "resource": {"kind": "Statefulset", "namespace": "shop", "name": "db"},
    ///     "metrics": [
    ///         {"name": "p99_response_latency", "unit": "seconds", "value": "10m"}, {"name": "success_count", "value": 100},
    ///     ],
    /// });
    /// let hub::Object::TrafficMetrics(metrics) = convert::read(&object)?.object else { panic!("another kind") };
    /// assert_eq!(metrics.resource.kind.as_deref(), Some("StatefulSet"));
    /// assert_eq!(metrics.value(MetricName::P99ResponseLatency), Some(10.into()));
    /// assert_eq!(metrics.value(MetricName::FailureCount), None);
    /// # Ok::<(), convert::ObjectError>(())
    /// ```
    #[must_use]
    pub fn value(&self, name: MetricName) -> Option<Quantity> {
        let metric = self.metrics.iter().find(|metric| metric.name == name.as_str())?;
        let is_understood = !name.is_latency() || metric.unit.as_deref() == Some("ms");
        is_understood.then_some(metric.value)
    }
}

/// The other side of the measured traffic.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Edge {
    /// Which way the traffic goes, seen from the resource.
    pub direction: Direction,
    /// Whose proxy measured.
    pub side: Side,
    /// The peer; an empty reference means all peers.
    pub peer: ObjectReference,
}

/// Several TrafficMetrics: those of all resources of a kind, all edges of a resource, or all backends of a split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrafficMetricsList {
    /// Metadata of the list.
    pub metadata: Metadata,
    /// The version the list was written in.
    pub version: Version,
    /// What the items have in common.
    pub resource: ObjectReference,
    /// The labels that the items were selected by, if they were.
    pub selector: Option<LabelSelector>,
    /// The items.
    pub items: Vec<TrafficMetrics>,
}
