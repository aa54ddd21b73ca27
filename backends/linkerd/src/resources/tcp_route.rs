//! TCPRoute (`gateway.networking.k8s.io/v1alpha2`): the only version that Linkerd watches (`linkerd.md` 3.4).

use serde::Serialize;
use smi_translate::OneOrMore;

use super::http_route::{BackendRef, ParentRef};

/// `apiVersion` and `kind` of a TCPRoute.
pub(crate) const TCP_ROUTE: (&str, &str) = ("gateway.networking.k8s.io/v1alpha2", "TCPRoute");

/// The `spec` of a TCPRoute.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TcpRouteSpec {
    parent_refs: OneOrMore<ParentRef>,
    /// Exactly one: Linkerd refuses any other number.
    rules: [TcpRouteRule; 1],
}

/// Where connections go.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct TcpRouteRule {
    backend_refs: OneOrMore<BackendRef>,
}

impl TcpRouteSpec {
    /// A route of one port to some backends.
    pub(crate) fn new(parent: ParentRef, backend_refs: OneOrMore<BackendRef>) -> Self {
        TcpRouteSpec { parent_refs: OneOrMore::one(parent), rules: [TcpRouteRule { backend_refs }] }
    }
}
