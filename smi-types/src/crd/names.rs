//! How a cluster calls the kinds (reference, section 1.1).

use crate::Kind;

/// The name of a definition: `trafficsplits.split.smi-spec.io`. `None` for a kind that has no definition.
#[must_use]
pub fn name(kind: Kind) -> Option<String> {
    Some(format!("{}.{}", plural(kind)?, kind.group()))
}

/// The name of the resource, `trafficsplits`; `None` for a kind that has no definition.
#[must_use]
pub const fn plural(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::TrafficTarget => Some("traffictargets"),
        Kind::IdentityBinding => Some("identitybindings"),
        Kind::HTTPRouteGroup => Some("httproutegroups"),
        Kind::TCPRoute => Some("tcproutes"),
        Kind::UDPRoute => Some("udproutes"),
        Kind::TrafficSplit => Some("trafficsplits"),
        Kind::TrafficMetrics | Kind::TrafficMetricsList => None,
    }
}

/// What people type instead, `ts`; `None` for a kind that has no definition.
#[must_use]
pub const fn short_name(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::TrafficTarget => Some("tt"),
        Kind::IdentityBinding => Some("ib"),
        Kind::HTTPRouteGroup => Some("htr"),
        Kind::TCPRoute => Some("tr"),
        Kind::UDPRoute => Some("ur"),
        Kind::TrafficSplit => Some("ts"),
        Kind::TrafficMetrics | Kind::TrafficMetricsList => None,
    }
}

/// The category of every kind: `kubectl get smi` lists them all.
#[must_use]
pub const fn category() -> &'static str {
    "smi"
}
