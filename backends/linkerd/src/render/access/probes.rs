//! The kubelet's probes, which come without an identity: a route of their own on every port that has routes (`linkerd.md` 7.6).
//!
//! A Server without routes lets the probes of its pods through by itself. With the first route that ends, and pods become unready.

use std::collections::BTreeSet;

use smi_translate::OneOrMore;
use smi_translate::backend::about;
use smi_translate::diagnostic::{Diagnostic, Severity};
use smi_translate::facts::ProbeRequest;
use smi_translate::intent::AccessIntent;

use super::servers::Guarded;
use crate::LinkerdOptions;
use crate::clause::{is_plain_path, is_plain_value};
use crate::options::Cidr;
use crate::resources::authorization::{Network, NetworkAuthenticationSpec};
use crate::resources::http_route::{
    Comparison, HeaderMatch, HttpRouteMatch, HttpRouteRule, HttpRouteSpec, ParentRef, PathMatch, limits,
};
use crate::resources::server::ProxyProtocol;

/// Matches that one route has room for.
const MATCHES: usize = limits::RULES * limits::MATCHES_PER_RULE;

/// What a kubelet calls itself.
const KUBELET: &str = "^(kube-probe/.*)$";

/// What kubelets send to a port, those of the pods and those that the installation names, as far as Linkerd can see it.
pub(super) fn of(server: &Guarded, options: &LinkerdOptions) -> BTreeSet<HttpRouteMatch> {
    let named = options.probe_paths.iter().map(|path| {
        let request = ProbeRequest::Http { path: path.to_string(), user_agent: None };
        said(&request)
    });
    named.chain(server.probes.iter().map(said)).flatten().collect()
}

/// The match that only this probe satisfies; `None` where Linkerd has no words for it.
///
/// The header keeps what is opened small, and makes the match win over one that looks at no header.
fn said(request: &ProbeRequest) -> Option<HttpRouteMatch> {
    let (path, method, user_agent) = match request {
        ProbeRequest::Http { path, user_agent } => (path.as_str(), "GET", user_agent.as_deref()),
        ProbeRequest::Grpc => ("/grpc.health.v1.Health/Check", "POST", None),
        ProbeRequest::Https => return None,
    };
    let (comparison, value) = match is_plain_path(path) {
        true => (Comparison::Exact, path.to_owned()),
        false => (Comparison::RegularExpression, format!("^({})$", regex::escape(path))),
    };
    let header = |comparison, value: &str| HeaderMatch {
        name: "user-agent".to_owned(),
        comparison,
        value: value.to_owned(),
    };
    let headers = match user_agent {
        None => vec![header(Comparison::RegularExpression, KUBELET)],
        // A probe with an empty name for itself sends none.
        Some("") => Vec::new(),
        Some(own) if is_plain_value(own) => vec![header(Comparison::Exact, own)],
        Some(_) => return None,
    };
    let path = PathMatch { comparison, value };
    (path.value.len() <= limits::PATH_BYTES).then(|| HttpRouteMatch {
        path: Some(path),
        headers,
        method: Some(method),
    })
}

/// The routes of a Server for these requests.
pub(super) fn routes(server: &str, matches: &BTreeSet<HttpRouteMatch>) -> Vec<HttpRouteSpec> {
    let matches: Vec<HttpRouteMatch> = matches.iter().cloned().collect();
    matches.chunks(MATCHES).filter_map(|matches| route(server, matches)).collect()
}

fn route(server: &str, matches: &[HttpRouteMatch]) -> Option<HttpRouteSpec> {
    let rules = matches.chunks(limits::MATCHES_PER_RULE).filter_map(|chunk| OneOrMore::new(chunk.to_vec()));
    let rules = rules.map(|matches| HttpRouteRule { matches: Some(matches), backend_refs: None });
    let rules = OneOrMore::new(rules.collect())?;
    Some(HttpRouteSpec { parent_refs: OneOrMore::one(ParentRef::server(server)), rules })
}

/// Where probes come from: nodes, whose addresses nobody knows in advance.
pub(super) fn networks(cidrs: &BTreeSet<Cidr>) -> Option<NetworkAuthenticationSpec> {
    let networks = cidrs.iter().map(|cidr| Network { cidr: cidr.to_string() }).collect();
    OneOrMore::new(networks).map(|networks| NetworkAuthenticationSpec { networks })
}

/// Paths that a message names.
const NAMED: usize = 5;

/// Says that somebody else may be taken for a kubelet.
pub(super) fn open(access: &AccessIntent, matches: &BTreeSet<HttpRouteMatch>) -> Diagnostic {
    let paths: BTreeSet<&str> =
        matches.iter().filter_map(|one| one.path.as_ref()).map(|path| path.value.as_str()).collect();
    let mut named: Vec<&str> = paths.iter().take(NAMED).copied().collect();
    if paths.len() > NAMED {
        named.push("…");
    }
    about::destination(
        access,
        ("LINKERD-PROBE-1", Severity::Info),
        format!("the probes of the pods stay open on ports where HTTP is granted: {}", named.join(", ")),
        "whoever reaches the pods and says to be a kubelet may ask them",
    )
}

/// Says that nothing is known of the probes of the pods, which are denied.
pub(super) fn unknown(access: &AccessIntent, options: &LinkerdOptions) -> Diagnostic {
    let help = match options.probe_networks.is_empty() {
        true => "name the networks that probes come from, or probe another port",
        false => "add the workloads to the input, or name the paths with --linkerd-probe-path",
    };
    about::destination(
        access,
        ("LINKERD-PROBE-2", Severity::Warning),
        "where HTTP is granted on a port, Linkerd no longer lets the kubelet's httpGet probes through by itself, and nothing is known of those of the pods",
        "pods that are probed by HTTP on such a port become unready",
    )
    .help(help)
}

/// Says which probes of a port are denied.
pub(super) fn denied(
    access: &AccessIntent,
    server: &Guarded,
    options: &LinkerdOptions,
) -> Option<Diagnostic> {
    let has_routes = !server.http.is_empty();
    let why = |request: &ProbeRequest| match request {
        ProbeRequest::Https => Some("it is sent over TLS without an identity of the mesh"),
        _ if server.proxy_protocol() == ProxyProtocol::Opaque => Some("the port is opaque to Linkerd"),
        _ if has_routes && options.probe_networks.is_empty() => {
            Some("no network is named that probes come from")
        }
        _ if has_routes && said(request).is_none() => Some("no match of a route says it"),
        _ => None,
    };
    let (request, why) = server.probes.iter().find_map(|request| Some((request, why(request)?)))?;
    let port = server.port;
    let probe = match request {
        ProbeRequest::Http { path, .. } => format!("the probe of {path:?} on port {port}"),
        ProbeRequest::Https => format!("a probe over HTTPS on port {port}"),
        ProbeRequest::Grpc => format!("the gRPC probe on port {port}"),
    };
    let message = format!("Linkerd denies {probe}, because {why}");
    let diagnostic = about::destination(
        access,
        ("LINKERD-PROBE-3", Severity::Warning),
        message,
        "pods that are probed so become unready",
    );
    Some(diagnostic.help("probe by tcpSocket or exec, or over HTTP on a port that is not opaque"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(path: &str, user_agent: Option<&str>) -> serde_json::Value {
        let user_agent = user_agent.map(str::to_owned);
        serde_json::to_value(said(&ProbeRequest::Http { path: path.to_owned(), user_agent })).unwrap()
    }

    #[test]
    fn only_the_probe_itself_is_let_through() {
        let kubelet = json!([{"name": "user-agent", "type": "RegularExpression", "value": KUBELET}]);
        let health = json!({"type": "Exact", "value": "/healthz"});
        assert_eq!(of("/healthz", None), json!({"path": health, "headers": kubelet, "method": "GET"}));
        let own = json!([{"name": "user-agent", "type": "Exact", "value": "check"}]);
        assert_eq!(of("/healthz", Some("check")), json!({"path": health, "headers": own, "method": "GET"}));
        assert_eq!(of("/healthz", Some("")), json!({"path": health, "method": "GET"}));
        assert_eq!(of("/a%20b", None)["path"], json!({"type": "RegularExpression", "value": "^(/a%20b)$"}));
        assert_eq!(of("/healthz", Some("\u{e9}")), json!(null));
        assert_eq!(of(&format!("/{}", "a".repeat(2_000)), None), json!(null));
    }
}
