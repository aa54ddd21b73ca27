//! TrafficTarget v1alpha3, of August 2020: without a port, since TCPRoutes have ports.

use serde::{Deserialize, Serialize};

use super::Rule;
use crate::missing_body::body_or_none;
use crate::null::null_default;
use crate::object::{Body, Layout};
use crate::version::{ACCESS_GROUP, Version};

/// The fields of a TrafficTarget v1alpha3, which stand under `spec`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::without_defaults))]
#[cfg_attr(feature = "kube", derive(kube::CustomResource))]
#[cfg_attr(
    feature = "kube",
    kube(
        group = "access.smi-spec.io",
        version = "v1alpha3",
        kind = "TrafficTarget",
        plural = "traffictargets",
        shortname = "tt",
        category = "smi",
        namespaced,
        status = "crate::status::Status",
        derive = "PartialEq",
        doc = "Grants to one destination: which sources may send which traffic.",
        printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
        storage = false
    )
)]
#[serde(remote = "Self")]
pub struct TrafficTargetSpec {
    /// The workload that is protected.
    #[serde(default, deserialize_with = "null_default")]
    pub destination: Subject,
    /// The traffic that is allowed (SMI-ACCESS-20). Nothing where it is absent or empty (SMI-ACCESS-12).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<Vec<Rule>>,
    /// Who may call. Nobody where it is absent or empty (SMI-ACCESS-12).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<Vec<Subject>>,
}

/// A workload identity in a TrafficTarget v1alpha3.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::without_defaults))]
pub struct Subject {
    /// `ServiceAccount`; an unknown kind matches nobody (D-A7).
    #[serde(default, deserialize_with = "null_default")]
    pub kind: String,
    /// Name of the object.
    #[serde(default, deserialize_with = "null_default")]
    pub name: String,
    /// Its namespace; absent and empty mean the TrafficTarget's own (SMI-ACCESS-7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

body_or_none!(TrafficTargetSpec);

impl Body for TrafficTargetSpec {
    const GROUP: &'static str = ACCESS_GROUP;
    const VERSION: Version = Version::V1Alpha3;
    const KIND: &'static str = "TrafficTarget";
    const PLURAL: &'static str = "traffictargets";
    const LAYOUT: Layout = Layout::Spec;
}
