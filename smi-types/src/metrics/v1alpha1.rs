//! Traffic metrics v1alpha1, of May 2019, as the prose has it since March 2020: TrafficMetrics and TrafficMetricsList.

use serde::{Deserialize, Serialize};

use super::{Backend, Edge, LabelSelector, Metric, ObjectReference, Window, read_items, write_items};
use crate::null::null_default;
use crate::object::{Body, Layout, Object};
use crate::version::{METRICS_GROUP, Version};

/// The fields of a TrafficMetrics v1alpha1, which stand at the root.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::without_defaults))]
pub struct TrafficMetricsSpec {
    /// End of the measured window, RFC 3339 in UTC and whole seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// Length of the measured window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// What was measured.
    #[serde(default, deserialize_with = "null_default")]
    pub resource: ObjectReference,
    /// The other side of the traffic; absent where a list or an early server leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edge: Option<Edge>,
    /// The backend of a TrafficSplit, if that is what was measured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backend: Option<Backend>,
    /// The numbers.
    #[serde(default, deserialize_with = "null_default")]
    pub metrics: Vec<Metric>,
}

impl Body for TrafficMetricsSpec {
    const GROUP: &'static str = METRICS_GROUP;
    const VERSION: Version = Version::V1Alpha1;
    const KIND: &'static str = "TrafficMetrics";
    const PLURAL: &'static str = "";
    const LAYOUT: Layout = Layout::Root;
}

/// The fields of a TrafficMetricsList v1alpha1, which stand at the root.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::without_defaults))]
pub struct TrafficMetricsListSpec {
    /// What the items have in common: kind and namespace of a list, or the one resource whose edges they are.
    #[serde(default, deserialize_with = "null_default")]
    pub resource: ObjectReference,
    /// The labels that the items were selected by, if they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selector: Option<LabelSelector>,
    /// The items. They need not say their `apiVersion` and `kind` when they are read.
    #[serde(default, deserialize_with = "read_items", serialize_with = "write_items")]
    #[cfg_attr(feature = "schemars", schemars(with = "Vec<TrafficMetricsSpec>"))]
    pub items: Vec<Object<TrafficMetricsSpec>>,
}

impl Body for TrafficMetricsListSpec {
    const GROUP: &'static str = METRICS_GROUP;
    const VERSION: Version = Version::V1Alpha1;
    const KIND: &'static str = "TrafficMetricsList";
    const PLURAL: &'static str = "";
    const LAYOUT: Layout = Layout::Root;
}
