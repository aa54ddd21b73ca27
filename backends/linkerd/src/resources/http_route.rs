//! HTTPRoute, of the Gateway API and of Linkerd's own group: for clients with a Service as its parent, for workloads with Servers.

use serde::Serialize;
use smi_translate::OneOrMore;

/// `apiVersion` and `kind` of the Gateway API's HTTPRoute.
pub(crate) const GATEWAY_HTTP_ROUTE: (&str, &str) = ("gateway.networking.k8s.io/v1", "HTTPRoute");
/// `apiVersion` and `kind` of Linkerd's own HTTPRoute.
pub(crate) const POLICY_HTTP_ROUTE: (&str, &str) = ("policy.linkerd.io/v1beta3", "HTTPRoute");

/// Rules that one object takes, matches that a rule takes, and so on: the least of Linkerd's group and of all bundles of the Gateway
/// API (`linkerd.md` 3.3).
pub(crate) mod limits {
    pub(crate) const RULES: usize = 16;
    pub(crate) const MATCHES_PER_RULE: usize = 8;
    pub(crate) const BACKENDS: usize = 16;
    pub(crate) const PARENTS: usize = 32;
    pub(crate) const HEADERS: usize = 16;
    pub(crate) const PATH_BYTES: usize = 1024;
    pub(crate) const HEADER_BYTES: usize = 4096;
    pub(crate) const WEIGHT: u32 = 1_000_000;
}

/// The `spec` of an HTTPRoute.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HttpRouteSpec {
    pub(crate) parent_refs: OneOrMore<ParentRef>,
    pub(crate) rules: OneOrMore<HttpRouteRule>,
}

/// What a route is attached to. Group and kind are always written: their defaults differ between the two groups.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ParentRef {
    group: &'static str,
    kind: &'static str,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
}

impl ParentRef {
    /// One port of a Service. Without a port the route would apply to all of them (`linkerd.md` 6.2).
    pub(crate) fn service(name: &str, port: u16) -> ParentRef {
        ParentRef { group: "", kind: "Service", name: name.to_owned(), port: Some(port) }
    }

    /// A Server. Linkerd drops the whole route if a port is written here (`linkerd.md` 3.3).
    pub(crate) fn server(name: &str) -> ParentRef {
        ParentRef { group: "policy.linkerd.io", kind: "Server", name: name.to_owned(), port: None }
    }
}

/// One rule: requests that satisfy one of the matches, or all requests without any, go to the backends.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HttpRouteRule {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) matches: Option<OneOrMore<HttpRouteMatch>>,
    /// None on the server's side, where Linkerd ignores them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) backend_refs: Option<OneOrMore<BackendRef>>,
}

/// One alternative: all its fields must hold. Without any it accepts every request.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub(crate) struct HttpRouteMatch {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<PathMatch>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) headers: Vec<HeaderMatch>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) method: Option<&'static str>,
}

/// How a value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub(crate) enum Comparison {
    /// Byte by byte.
    Exact,
    /// By a regular expression.
    RegularExpression,
    /// By whole segments; for paths only, and only `/`.
    PathPrefix,
}

/// A condition on the path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub(crate) struct PathMatch {
    #[serde(rename = "type")]
    pub(crate) comparison: Comparison,
    pub(crate) value: String,
}

/// A condition on a header.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub(crate) struct HeaderMatch {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) comparison: Comparison,
    pub(crate) value: String,
}

/// A Service and its weight.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct BackendRef {
    pub(crate) group: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    /// Left out where it is that of the route.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) namespace: Option<String>,
    pub(crate) port: u16,
    pub(crate) weight: u32,
}
