//! TrafficSplit v1alpha2, of October 2019: weights are whole numbers.

use serde::{Deserialize, Serialize};

use crate::missing_body::body_or_none;
use crate::null::null_default;
use crate::object::{Body, Layout};
use crate::version::{SPLIT_GROUP, Version};
use crate::weight::Weight;

/// The `spec` of a TrafficSplit v1alpha2.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "kube", derive(kube::KubeSchema))]
#[cfg_attr(all(feature = "schemars", not(feature = "kube")), derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::without_defaults))]
#[cfg_attr(feature = "kube", derive(kube::CustomResource))]
#[cfg_attr(
    feature = "kube",
    kube(
        group = "split.smi-spec.io",
        version = "v1alpha2",
        kind = "TrafficSplit",
        plural = "trafficsplits",
        shortname = "ts",
        category = "smi",
        namespaced,
        status = "crate::status::Status",
        derive = "PartialEq",
        doc = "Shares of the traffic to one root Service for several backend Services.",
        printcolumn(name = "Service", type_ = "string", json_path = ".spec.service"),
        printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
        storage = false,
        deprecated = "split.smi-spec.io/v1alpha2 is deprecated; use v1alpha4"
    )
)]
#[serde(remote = "Self")]
pub struct TrafficSplitSpec {
    /// The root Service, in the split's namespace (SMI-SPLIT-1).
    #[serde(default, deserialize_with = "null_default")]
    pub service: String,
    /// The backends and their weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backends: Option<Vec<TrafficSplitBackend>>,
}

/// One backend of a TrafficSplit v1alpha2.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::without_defaults))]
pub struct TrafficSplitBackend {
    /// The backend Service, in the split's namespace.
    #[serde(default, deserialize_with = "null_default")]
    pub service: String,
    /// Relative share; absent is 0 (SMI-CONV-43).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<Weight>,
}

impl TrafficSplitBackend {
    /// A backend Service with its weight.
    ///
    /// ```
    /// use smi_types::split::v1alpha2::TrafficSplitBackend;
    ///
    /// let backend = TrafficSplitBackend::new("web-v1", 90);
    /// assert_eq!(serde_json::to_value(&backend)?, serde_json::json!({"service": "web-v1", "weight": 90}));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn new(service: impl Into<String>, weight: impl Into<Weight>) -> Self {
        TrafficSplitBackend { service: service.into(), weight: Some(weight.into()) }
    }
}

body_or_none!(TrafficSplitSpec);

impl Body for TrafficSplitSpec {
    const GROUP: &'static str = SPLIT_GROUP;
    const VERSION: Version = Version::V1Alpha2;
    const KIND: &'static str = "TrafficSplit";
    const PLURAL: &'static str = "trafficsplits";
    const LAYOUT: Layout = Layout::Spec;
}
