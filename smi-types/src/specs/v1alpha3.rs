//! Traffic specs v1alpha3, of July 2020: matches stand under `spec`.

use serde::{Deserialize, Serialize};

use super::HTTPMatch;
use crate::missing_body::body_or_none;
use crate::object::{Body, Layout};
use crate::version::{SPECS_GROUP, Version};

/// The fields of an HTTPRouteGroup v1alpha3, which stand under `spec`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "kube", derive(kube::KubeSchema))]
#[cfg_attr(all(feature = "schemars", not(feature = "kube")), derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::without_defaults))]
#[cfg_attr(feature = "kube", derive(kube::CustomResource))]
#[cfg_attr(
    feature = "kube",
    kube(
        group = "specs.smi-spec.io",
        version = "v1alpha3",
        kind = "HTTPRouteGroup",
        plural = "httproutegroups",
        shortname = "htr",
        category = "smi",
        namespaced,
        status = "crate::status::Status",
        derive = "PartialEq",
        doc = "A named set of HTTP requests, which other SMI objects refer to.",
        printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
        storage = false
    )
)]
#[serde(remote = "Self")]
pub struct HTTPRouteGroupSpec {
    /// The alternatives, OR-ed. An empty group selects nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matches: Option<Vec<HTTPMatch>>,
}

body_or_none!(HTTPRouteGroupSpec, TCPRouteSpec);

impl Body for HTTPRouteGroupSpec {
    const GROUP: &'static str = SPECS_GROUP;
    const VERSION: Version = Version::V1Alpha3;
    const KIND: &'static str = "HTTPRouteGroup";
    const PLURAL: &'static str = "httproutegroups";
    const LAYOUT: Layout = Layout::Spec;
}

/// A TCPRoute v1alpha3. Its `spec` has no field, and the route means all ports (SMI-L4-2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "kube", derive(kube::KubeSchema))]
#[cfg_attr(all(feature = "schemars", not(feature = "kube")), derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::without_defaults))]
#[cfg_attr(feature = "kube", derive(kube::CustomResource))]
#[cfg_attr(
    feature = "kube",
    kube(
        group = "specs.smi-spec.io",
        version = "v1alpha3",
        kind = "TCPRoute",
        plural = "tcproutes",
        shortname = "tr",
        category = "smi",
        namespaced,
        status = "crate::status::Status",
        derive = "PartialEq",
        doc = "All TCP traffic, to which other SMI objects refer.",
        printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
        storage = false
    )
)]
#[serde(remote = "Self")]
pub struct TCPRouteSpec {}

impl Body for TCPRouteSpec {
    const GROUP: &'static str = SPECS_GROUP;
    const VERSION: Version = Version::V1Alpha3;
    const KIND: &'static str = "TCPRoute";
    const PLURAL: &'static str = "tcproutes";
    const LAYOUT: Layout = Layout::Spec;
}
