//! The Istio objects we write, with exactly the fields we write (`networking.istio.io/v1`).

pub(crate) mod authorization;
pub(crate) mod envoy_filter;

use std::collections::BTreeMap;

use serde::Serialize;

/// `apiVersion` and `kind` of a VirtualService.
pub(crate) const VIRTUAL_SERVICE: (&str, &str) = ("networking.istio.io/v1", "VirtualService");

/// The `spec` of a VirtualService.
///
/// `exportTo`, `timeout` and `retries` stay unset: the defaults of the mesh apply with or without a VirtualService.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct VirtualServiceSpec {
    pub(crate) hosts: Vec<String>,
    /// Empty means the mesh, that is, all sidecars.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) gateways: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) http: Vec<HttpRoute>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tcp: Vec<TcpRoute>,
}

/// One entry of `http`. Entries are tried top to bottom; without `match` an entry takes everything.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct HttpRoute {
    pub(crate) name: String,
    #[serde(rename = "match", skip_serializing_if = "Vec::is_empty")]
    pub(crate) matches: Vec<HttpMatchRequest>,
    pub(crate) route: Vec<RouteDestination>,
}

/// One alternative of an HTTP route: all its fields must hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct HttpMatchRequest {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) gateways: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) port: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) uri: Option<StringMatch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) method: Option<StringMatch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) authority: Option<StringMatch>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) headers: BTreeMap<String, StringMatch>,
}

impl HttpMatchRequest {
    /// Whether it accepts everything: an alternative without a field must be written as no `match` at all.
    pub(crate) fn is_empty(&self) -> bool {
        *self == HttpMatchRequest::default()
    }
}

/// One entry of `tcp`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct TcpRoute {
    #[serde(rename = "match", skip_serializing_if = "Vec::is_empty")]
    pub(crate) matches: Vec<L4Match>,
    pub(crate) route: Vec<RouteDestination>,
}

/// One alternative of a TCP route.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct L4Match {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) gateways: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) port: Option<u16>,
}

/// A comparison with a text. `regex` must match the whole text.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StringMatch {
    Exact(String),
    Prefix(String),
    Regex(String),
}

/// A destination and its relative weight.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct RouteDestination {
    pub(crate) destination: Destination,
    /// Left out for a destination that stands alone, which gets everything whatever its weight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) weight: Option<u32>,
}

/// A Service, and the port of it that traffic goes to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Destination {
    pub(crate) host: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) port: Option<PortSelector>,
}

/// A port by number.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct PortSelector {
    pub(crate) number: u16,
}
