//! The kubelet's probes, which come without an identity: a route of their own on every port where Linkerd sees requests (`linkerd.md`
//! 7.6).
//!
//! To a Server without routes Linkerd adds one for the httpGet probes of its pods, which lets in whoever asks for their path. With the first
//! route that ends, and pods become unready.

use std::collections::BTreeSet;

use smi_translate::OneOrMore;
use smi_translate::backend::about;
use smi_translate::diagnostic::{Diagnostic, Severity};
use smi_translate::facts::ProbeRequest;
use smi_translate::intent::AccessIntent;
use smi_translate::pattern::{Inclusion, Pattern, Scope};

use super::servers::Guarded;
use crate::LinkerdOptions;
use crate::clause::{Clause, is_header_name, is_plain_path, is_plain_value};
use crate::options::Cidr;
use crate::resources::authorization::{Network, NetworkAuthenticationSpec};
use crate::resources::http_route::{
    Comparison, HeaderMatch, HttpRouteMatch, HttpRouteRule, HttpRouteSpec, ParentRef, PathMatch, limits,
};
use crate::resources::server::ProxyProtocol;

/// Matches that one route has room for.
const MATCHES: usize = limits::RULES * limits::MATCHES_PER_RULE;

const USER_AGENT: &str = "user-agent";

/// What a kubelet calls itself.
const KUBELET: &str = "^(kube-probe/.*)$";

/// The headers that a kubelet sends by itself, over HTTP and gRPC.
const KUBELET_HEADERS: [&str; 6] =
    [USER_AGENT, "accept", "accept-encoding", "connection", "content-type", "te"];

/// A probe, and the match that only it satisfies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Asked {
    pub(super) said: HttpRouteMatch,
    /// As it is sent.
    path: String,
    /// The names of the headers that it is sent with, those left out that no match asks for by name.
    headers: BTreeSet<String>,
}

/// What kubelets send to a port, those of the pods and those that the installation names, as far as Linkerd can see it.
pub(super) fn of(server: &Guarded, options: &LinkerdOptions) -> BTreeSet<Asked> {
    let named = options.probe_paths.iter().map(|path| {
        let request = ProbeRequest::Http { path: path.to_string(), headers: Vec::new() };
        asked(&request)
    });
    named.chain(server.probes.iter().map(asked)).flatten().collect()
}

/// `None` where Linkerd has no words for the probe.
///
/// The headers keep what is opened small, and make the match win over one that looks at no header.
fn asked(request: &ProbeRequest) -> Option<Asked> {
    let none = Vec::new();
    let (path, method, own) = match request {
        ProbeRequest::Http { path, headers } => (sent(path)?, "GET", headers),
        ProbeRequest::Grpc => ("/grpc.health.v1.Health/Check".to_owned(), "POST", &none),
        ProbeRequest::Https => return None,
    };
    let (comparison, value) = match is_plain_path(&path) {
        true => (Comparison::Exact, path.clone()),
        false => (Comparison::RegularExpression, format!("^({})$", regex::escape(&path))),
    };
    if value.len() > limits::PATH_BYTES {
        return None;
    }
    let header = |name: &str, comparison, value: &str| HeaderMatch {
        name: name.to_owned(),
        comparison,
        value: value.to_owned(),
    };
    let is_named = own.iter().any(|(name, _)| name == USER_AGENT);
    let mut headers = Vec::new();
    headers.extend((!is_named).then(|| header(USER_AGENT, Comparison::RegularExpression, KUBELET)));
    // What no condition can say is left out: the others still hold.
    let sayable =
        own.iter().filter(|(name, value)| is_header_name(name) && name != "host" && is_plain_value(value));
    headers.extend(
        sayable.take(limits::HEADERS - 1).map(|(name, value)| header(name, Comparison::Exact, value)),
    );
    let sent = own
        .iter()
        .filter(|(name, value)| name != USER_AGENT || !value.is_empty())
        .map(|(name, _)| name.clone());
    let kubelets =
        KUBELET_HEADERS.iter().map(|name| (*name).to_owned()).filter(|name| !is_named || name != USER_AGENT);
    Some(Asked {
        said: HttpRouteMatch { path: Some(PathMatch { comparison, value }), headers, method: Some(method) },
        path,
        headers: sent.chain(kubelets).collect(),
    })
}

/// A path as a kubelet sends it; `None` where it changes more than the slash in front: what begins with two is a host to it, and it
/// percent-encodes.
fn sent(path: &str) -> Option<String> {
    let is_sent = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/%[]".contains(&byte);
    let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
    (path.bytes().all(is_sent) && !path.starts_with("//")).then_some(path)
}

impl Asked {
    /// Whether everything that Linkerd takes for this probe satisfies a match of a grant.
    pub(super) fn is_within(&self, clause: &Clause) -> bool {
        let kubelet = Pattern::new("kube-probe/.*", Scope::Full).expect("it is a pattern");
        let holds = |(name, pattern): &(String, Pattern)| {
            let own = self.said.headers.iter().find(|own| own.name == *name);
            own.is_some_and(|own| match own.comparison {
                Comparison::Exact => pattern.is_match(&own.value),
                _ => kubelet.inclusion(pattern) == Inclusion::Subset,
            })
        };
        (clause.method.is_none() || clause.method == self.said.method)
            && clause.path.as_ref().is_none_or(|path| path.is_match(&self.path))
            && clause.headers.iter().all(holds)
    }

    /// Whether Linkerd may take a match of a grant for this probe, which then lacks the identity that the grant asks for. A tie is decided
    /// by the age of the objects.
    pub(super) fn may_lose_to(&self, clause: &Clause) -> bool {
        let is_method = clause.method.is_none() || clause.method == self.said.method;
        let is_path = clause.path.as_ref().is_none_or(|path| path.is_match(&self.path));
        let is_sent = clause.headers.iter().all(|(name, _)| self.headers.contains(name));
        let (own, other) = (self.said.headers.len(), clause.headers.len());
        let wins = own >= other && (own > other || clause.method.is_none());
        is_method && is_path && is_sent && !wins
    }
}

/// The routes of a Server for these requests.
pub(super) fn routes(server: &str, probes: &BTreeSet<Asked>) -> Vec<HttpRouteSpec> {
    let matches: Vec<HttpRouteMatch> = probes.iter().map(|probe| probe.said.clone()).collect();
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
pub(super) fn open(access: &AccessIntent, options: &LinkerdOptions, probes: &BTreeSet<Asked>) -> Diagnostic {
    let paths: BTreeSet<&str> = probes.iter().map(|probe| probe.path.as_str()).collect();
    let mut named: Vec<&str> = paths.iter().take(NAMED).copied().collect();
    if paths.len() > NAMED {
        named.push("…");
    }
    about::destination(
        access,
        ("LINKERD-PROBE-1", Severity::Info),
        format!("the probes of the pods stay open: {}", named.join(", ")),
        match options.is_open_to_probes_from_anywhere() {
            true => "whoever reaches the pods and says to be a kubelet may ask them",
            false => {
                "whoever says to be a kubelet may ask them, from the networks that probes come from only"
            }
        },
    )
}

/// Says that Linkerd lets probes through that nobody knows of.
pub(super) fn open_unknown(access: &AccessIntent) -> Diagnostic {
    about::destination(
        access,
        ("LINKERD-PROBE-1", Severity::Info),
        "where nothing is granted over HTTP, the httpGet probes of the pods stay open, and nothing is known of them",
        "whoever reaches the pods may ask for the path of a probe",
    )
    .help("add the workloads to the input, or use --linkerd-probe-network none")
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
        "where a port has a route, Linkerd no longer lets the kubelet's httpGet probes through by itself, and nothing is known of those of the pods",
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
    let has_routes = server.needs_probe_routes(options) || !server.http.is_empty();
    let why = |request: &ProbeRequest| match request {
        ProbeRequest::Https => Some("it is sent over TLS without an identity of the mesh"),
        _ if server.proxy_protocol() == ProxyProtocol::Opaque => Some("the port is opaque to Linkerd"),
        _ if has_routes && options.probe_networks.is_empty() => {
            Some("no network is named that probes come from")
        }
        _ if has_routes && asked(request).is_none() => Some("no match of a route says it"),
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

/// Says that a match of a grant may be taken for a probe.
pub(super) fn shadowed(access: &AccessIntent) -> Diagnostic {
    about::destination(
        access,
        ("LINKERD-PROBE-3", Severity::Warning),
        "a match that is granted may be taken for a probe of the pods, because it looks at more headers than the probe is known by",
        "pods that are probed so may become unready",
    )
    .help("leave --linkerd-per-identity-routes on, or let the match look at fewer headers")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(path: &str, headers: &[(&str, &str)]) -> Option<Asked> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        asked(&ProbeRequest::Http { path: path.to_owned(), headers })
    }

    fn said(path: &str, headers: &[(&str, &str)]) -> serde_json::Value {
        serde_json::to_value(of(path, headers).unwrap().said).unwrap()
    }

    #[test]
    fn only_the_probe_itself_is_let_through() {
        let kubelet = json!([{"name": "user-agent", "type": "RegularExpression", "value": KUBELET}]);
        let health = json!({"type": "Exact", "value": "/healthz"});
        assert_eq!(said("/healthz", &[]), json!({"path": health, "headers": kubelet, "method": "GET"}));
        let own = json!([{"name": "user-agent", "type": "Exact", "value": "check"}]);
        assert_eq!(
            said("/healthz", &[("user-agent", "check")]),
            json!({"path": health, "headers": own, "method": "GET"})
        );
        assert_eq!(said("/healthz", &[("user-agent", "")]), json!({"path": health, "method": "GET"}));
        let more = said("/healthz", &[("host", "x"), ("x-health", "yes"), ("x-odd", "\u{e9}")]);
        let names: Vec<_> =
            more["headers"].as_array().unwrap().iter().map(|header| &header["name"]).collect();
        assert_eq!(names, ["user-agent", "x-health"]);
        assert_eq!(said("/a%20b", &[])["path"], json!({"type": "RegularExpression", "value": "^(/a%20b)$"}));
        assert_eq!(of(&format!("/{}", "a".repeat(2_000)), &[]), None);
        assert_eq!(said("healthz", &[])["path"], health);
        assert_eq!((of("/a b", &[]), of("//host/ready", &[])), (None, None));
    }

    #[test]
    fn a_probe_loses_to_a_match_that_looks_at_as_much_of_it() {
        let clause = |path: &str, method, headers: &[&str]| Clause {
            path: Some(Pattern::new(path, Scope::Start).unwrap()),
            headers: headers
                .iter()
                .map(|name| ((*name).to_owned(), Pattern::new(".*", Scope::Full).unwrap()))
                .collect(),
            method,
        };
        let probe = of("/healthz", &[]).unwrap();
        for (clause, loses) in [
            (clause("/", Some("GET"), &[]), false),
            (clause("/", None, &["accept"]), false),
            (clause("/", Some("GET"), &["accept"]), true),
            (clause("/", None, &["accept", "user-agent"]), true),
            (clause("/", Some("GET"), &["accept", "user-agent"]), true),
            (clause("/", Some("POST"), &["accept", "user-agent"]), false),
            (clause("/api", Some("GET"), &["accept", "user-agent"]), false),
            (clause("/", Some("GET"), &["accept", "x-own"]), false),
        ] {
            assert_eq!(probe.may_lose_to(&clause), loses, "{clause:?}");
        }
    }
}
