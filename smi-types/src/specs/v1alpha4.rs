//! Traffic specs v1alpha4, of August 2020, the last version: TCPRoute has ports, and there is UDPRoute.
//!
//! ```
//! use serde_json::json;
//! use smi_types::specs::{HTTPMatch, PortMatch, v1alpha4::{HTTPRouteGroupSpec, TCPRouteSpec}};
//! use smi_types::{Headers, Metadata, Object};
//!
//! let read = HTTPMatch {
//!     name: "read".into(),
//!     path_regex: Some("/orders".into()),
//!     methods: Some(vec!["GET".into(), "HEAD".into()]),
//!     headers: Some(Headers::map([("x-tenant", "[a-z]+")])),
//! };
//! let group = Object {
//!     metadata: Metadata::named("shop", "orders"),
//!     spec: HTTPRouteGroupSpec { matches: Some(vec![read]) },
//! };
//! assert_eq!(serde_json::to_value(&group)?["spec"], json!({"matches": [
//!     {"name": "read", "pathRegex": "/orders", "methods": ["GET", "HEAD"], "headers": {"x-tenant": "[a-z]+"}},
//! ]}));
//!
//! let route = Object {
//!     metadata: Metadata::named("shop", "http"),
//!     spec: TCPRouteSpec { matches: Some(PortMatch { name: None, ports: Some(vec![8080.into()]) }) },
//! };
//! assert_eq!(serde_json::to_value(&route)?["spec"], json!({"matches": {"ports": [8080]}}));
//! # Ok::<(), serde_json::Error>(())
//! ```

use serde::{Deserialize, Serialize, Serializer};

use super::{HTTPMatch, PortMatch};
use crate::missing_body::body_or_none;
use crate::object::{Body, Layout};
use crate::version::{SPECS_GROUP, Version};

/// The fields of an HTTPRouteGroup v1alpha4, which stand under `spec`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "kube", derive(kube::KubeSchema))]
#[cfg_attr(all(feature = "schemars", not(feature = "kube")), derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::without_defaults))]
#[cfg_attr(feature = "kube", derive(kube::CustomResource))]
#[cfg_attr(
    feature = "kube",
    kube(
        group = "specs.smi-spec.io",
        version = "v1alpha4",
        kind = "HTTPRouteGroup",
        plural = "httproutegroups",
        shortname = "htr",
        category = "smi",
        namespaced,
        status = "crate::status::Status",
        derive = "PartialEq",
        doc = "A named set of HTTP requests, which other SMI objects refer to.",
        printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
    )
)]
#[serde(remote = "Self")]
pub struct HTTPRouteGroupSpec {
    /// The alternatives, OR-ed. An empty group selects nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matches: Option<Vec<HTTPMatch>>,
}

body_or_none!(HTTPRouteGroupSpec, TCPRouteSpec, UDPRouteSpec);

impl Body for HTTPRouteGroupSpec {
    const GROUP: &'static str = SPECS_GROUP;
    const VERSION: Version = Version::V1Alpha4;
    const KIND: &'static str = "HTTPRouteGroup";
    const PLURAL: &'static str = "httproutegroups";
    const LAYOUT: Layout = Layout::Spec;
}

/// The `spec` of a TCPRoute v1alpha4.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "kube", derive(kube::KubeSchema))]
#[cfg_attr(all(feature = "schemars", not(feature = "kube")), derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::without_defaults))]
#[cfg_attr(feature = "kube", derive(kube::CustomResource))]
#[cfg_attr(
    feature = "kube",
    kube(
        group = "specs.smi-spec.io",
        version = "v1alpha4",
        kind = "TCPRoute",
        plural = "tcproutes",
        shortname = "tr",
        category = "smi",
        namespaced,
        status = "crate::status::Status",
        derive = "PartialEq",
        doc = "A set of TCP ports, to which other SMI objects refer.",
        printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
    )
)]
#[serde(remote = "Self")]
pub struct TCPRouteSpec {
    /// The ports. Always written, because the upstream schema wants them (D-S5).
    #[serde(default, serialize_with = "always")]
    pub matches: Option<PortMatch>,
}

impl Body for TCPRouteSpec {
    const GROUP: &'static str = SPECS_GROUP;
    const VERSION: Version = Version::V1Alpha4;
    const KIND: &'static str = "TCPRoute";
    const PLURAL: &'static str = "tcproutes";
    const LAYOUT: Layout = Layout::Spec;
}

/// The `spec` of a UDPRoute v1alpha4, the only version of the kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "kube", derive(kube::KubeSchema))]
#[cfg_attr(all(feature = "schemars", not(feature = "kube")), derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::without_defaults))]
#[cfg_attr(feature = "kube", derive(kube::CustomResource))]
#[cfg_attr(
    feature = "kube",
    kube(
        group = "specs.smi-spec.io",
        version = "v1alpha4",
        kind = "UDPRoute",
        plural = "udproutes",
        shortname = "ur",
        category = "smi",
        namespaced,
        status = "crate::status::Status",
        derive = "PartialEq",
        doc = "A set of UDP ports, to which other SMI objects refer.",
        printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
    )
)]
#[serde(remote = "Self")]
pub struct UDPRouteSpec {
    /// The ports. Always written, because the upstream schema wants them (D-S5).
    #[serde(default, serialize_with = "always")]
    pub matches: Option<PortMatch>,
}

impl Body for UDPRouteSpec {
    const GROUP: &'static str = SPECS_GROUP;
    const VERSION: Version = Version::V1Alpha4;
    const KIND: &'static str = "UDPRoute";
    const PLURAL: &'static str = "udproutes";
    const LAYOUT: Layout = Layout::Spec;
}

fn always<S: Serializer>(matches: &Option<PortMatch>, serializer: S) -> Result<S::Ok, S::Error> {
    match matches {
        Some(matches) => matches.serialize(serializer),
        None => PortMatch::default().serialize(serializer),
    }
}
