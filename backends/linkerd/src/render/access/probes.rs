//! The kubelet's probes, which come without an identity: a route of their own on every port that has routes (`linkerd.md` 7.6).
//!
//! A Server without routes lets the probes of its pods through by itself. With the first route that ends, and pods become unready.

use std::collections::BTreeSet;

use smi_translate::OneOrMore;
use smi_translate::backend::about;
use smi_translate::diagnostic::{Diagnostic, Severity};
use smi_translate::intent::AccessIntent;

use crate::options::{Cidr, ProbePath};
use crate::resources::authorization::{Network, NetworkAuthenticationSpec};
use crate::resources::http_route::{
    Comparison, HeaderMatch, HttpRouteMatch, HttpRouteRule, HttpRouteSpec, ParentRef, PathMatch, limits,
};

/// Paths that one route has room for.
const PATHS: usize = limits::RULES * limits::MATCHES_PER_RULE;

/// The routes of a Server for probes of these paths.
///
/// The header keeps what is opened small, and makes the match win over one that looks at no header.
pub(super) fn routes(server: &str, paths: &BTreeSet<ProbePath>) -> Vec<HttpRouteSpec> {
    let matches: Vec<HttpRouteMatch> = paths.iter().map(probe).collect();
    matches.chunks(PATHS).filter_map(|matches| route(server, matches)).collect()
}

fn route(server: &str, matches: &[HttpRouteMatch]) -> Option<HttpRouteSpec> {
    let rules = matches.chunks(limits::MATCHES_PER_RULE).filter_map(|chunk| OneOrMore::new(chunk.to_vec()));
    let rules = rules.map(|matches| HttpRouteRule { matches: Some(matches), backend_refs: None });
    let rules = OneOrMore::new(rules.collect())?;
    Some(HttpRouteSpec { parent_refs: OneOrMore::one(ParentRef::server(server)), rules })
}

fn probe(path: &ProbePath) -> HttpRouteMatch {
    let user_agent = HeaderMatch {
        name: "user-agent".to_owned(),
        comparison: Comparison::RegularExpression,
        value: "^(kube-probe/.*)$".to_owned(),
    };
    HttpRouteMatch {
        path: Some(PathMatch { comparison: Comparison::Exact, value: path.to_string() }),
        headers: vec![user_agent],
        method: Some("GET"),
    }
}

/// Where probes come from: nodes, whose addresses nobody knows in advance.
pub(super) fn networks(cidrs: &BTreeSet<Cidr>) -> Option<NetworkAuthenticationSpec> {
    let networks = cidrs.iter().map(|cidr| Network { cidr: cidr.to_string() }).collect();
    OneOrMore::new(networks).map(|networks| NetworkAuthenticationSpec { networks })
}

/// Says that somebody else may be taken for a kubelet.
pub(super) fn open(access: &AccessIntent) -> Diagnostic {
    about::destination(
        access,
        ("LINKERD-PROBE-1", Severity::Info),
        "the paths of probes stay open on ports where HTTP is granted",
        "whoever reaches the pods and says to be a kubelet may GET them",
    )
}

/// Says that probes are denied where no path is named.
pub(super) fn denied(access: &AccessIntent) -> Diagnostic {
    about::destination(
        access,
        ("LINKERD-PROBE-2", Severity::Warning),
        "where HTTP is granted on a port, Linkerd no longer lets the kubelet's httpGet probes through by itself, and no path of a probe is named",
        "pods that are probed by HTTP on such a port become unready",
    )
    .help("name the paths with --linkerd-probe-path, or probe another port")
}
