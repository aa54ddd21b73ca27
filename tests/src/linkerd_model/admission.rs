//! What CRDs and webhooks refuse (4), besides what cannot be read at all.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use super::resource::authorization::{AuthorizationPolicy, is_subdomain};
use super::resource::profile::ServiceProfile;
use super::resource::route::{Backend, HttpRoute, Match, Parent, Path, Text};
use super::resource::{GATEWAY, Metadata, POLICY, Resource};

/// Why an object would not be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Kind, namespace and name of the object.
    pub object: String,
    /// The reason.
    pub message: String,
}

impl Refusal {
    pub(super) fn new(object: &Value, message: String) -> Refusal {
        let part = |value: &Value| value.as_str().unwrap_or("?").to_owned();
        let metadata = &object["metadata"];
        let (kind, namespace, name) =
            (part(&object["kind"]), part(&metadata["namespace"]), part(&metadata["name"]));
        Refusal { object: format!("{kind} {namespace}/{name}"), message }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.object, self.message)
    }
}

/// The methods that both groups of HTTPRoute know.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/// The longest lists of both groups: rules, parents, backends of a rule and headers of a match. Of matches, those of the policy group and of
/// old Gateway bundles.
const RULES: usize = 16;
const PARENTS: usize = 32;
const BACKENDS: usize = 16;
const HEADERS: usize = 16;
const MATCHES: usize = 8;

pub(super) fn check(resource: &Resource) -> Result<(), String> {
    match resource {
        Resource::Profile(profile) => named(&profile.metadata).and_then(|()| check_profile(profile)),
        Resource::Http(route) => named(&route.metadata).and_then(|()| check_http(route)),
        Resource::Tcp(route) => {
            named(&route.metadata)?;
            let [backends] = route.rules.as_slice() else {
                return Err(format!("{} rules, and not one", route.rules.len()));
            };
            check_parents(&route.parents)?;
            if backends.is_empty() {
                return Err("a rule without backends".to_owned());
            }
            check_backends(backends, GATEWAY)
        }
        Resource::Policy(policy) => named(&policy.metadata).and_then(|()| check_policy(policy)),
        Resource::Server(server) => named(&server.metadata),
        Resource::MeshTls(one) => named(&one.metadata),
        Resource::Networks(one) => named(&one.metadata),
        Resource::Ignored => Ok(()),
    }
}

fn named(metadata: &Metadata) -> Result<(), String> {
    match is_subdomain(&metadata.name) {
        true => Ok(()),
        false => Err(format!("the name {:?}", metadata.name)),
    }
}

/// Negative weights and authorities that are nothing are stored (15).
fn check_profile(profile: &ServiceProfile) -> Result<(), String> {
    match profile.overrides.iter().find(|one| one.port == Some(0)) {
        Some(one) => Err(format!("port 0 of {} is not modelled", one.host)),
        None => Ok(()),
    }
}

fn check_http(route: &HttpRoute) -> Result<(), String> {
    check_parents(&route.parents)?;
    within(&route.rules, 1..=RULES, "rules")?;
    within(&route.hostnames, 0..=16, "hostnames")?;
    for host in &route.hostnames {
        if !is_subdomain(host.strip_prefix("*.").unwrap_or(host)) {
            return Err(format!("host name {host:?}"));
        }
    }
    for rule in &route.rules {
        within(&rule.matches, 0..=MATCHES, "matches")?;
        check_backends(&rule.backends, route.metadata.group)?;
        rule.matches.iter().try_for_each(|one| check_match(one, route.metadata.group))?;
    }
    Ok(())
}

fn within<T>(list: &[T], limits: std::ops::RangeInclusive<usize>, what: &str) -> Result<(), String> {
    match limits.contains(&list.len()) {
        true => Ok(()),
        false => Err(format!("{} {what}", list.len())),
    }
}

fn check_parents(parents: &[Parent]) -> Result<(), String> {
    within(parents, 0..=PARENTS, "parentRefs")?;
    for (index, parent) in parents.iter().enumerate() {
        if parent.port == Some(0) {
            return Err("port 0 of a parent".to_owned());
        }
        // The standard channel tells them apart by their section alone.
        let same = |other: &Parent| {
            Parent { port: None, ..other.clone() } == Parent { port: None, ..parent.clone() }
        };
        if parents[..index].iter().any(same) {
            return Err(format!("the parent {} twice", parent.name));
        }
    }
    Ok(())
}

fn check_backends(backends: &[Backend], group: &str) -> Result<(), String> {
    within(backends, 0..=BACKENDS, "backendRefs")?;
    for backend in backends {
        if !(0..=1_000_000).contains(&backend.weight) {
            return Err(format!("weight {}", backend.weight));
        }
        if !matches!(backend.group.as_str(), "" | "core") || backend.kind != "Service" {
            return Err(format!("a backend of kind {} is not modelled", backend.kind));
        }
        if backend.port == Some(0) || (backend.port.is_none() && group == GATEWAY) {
            return Err(format!("backend {} has no port", backend.name));
        }
    }
    Ok(())
}

fn check_match(one: &Match, group: &str) -> Result<(), String> {
    if one.method.as_ref().is_some_and(|method| !METHODS.contains(&method.as_str())) {
        return Err(format!("method {:?}", one.method));
    }
    if let Path::Exact(path) | Path::Prefix(path) = &one.path {
        check_path(path, group)?;
    }
    within(&one.headers, 0..=HEADERS, "headers")?;
    within(&one.queries, 0..=16, "queryParams")?;
    let mut names = BTreeSet::new();
    for (name, text) in &one.headers {
        if !is_token(name) || name.len() > 256 {
            return Err(format!("header name {name:?}"));
        }
        // No header for HTTP/2, and another one for HTTP/1 (5).
        if name.eq_ignore_ascii_case("host") {
            return Err("a condition on the header host is not modelled".to_owned());
        }
        // Two that differ in case are stored (15).
        if !names.insert(name) {
            return Err(format!("header {name} twice"));
        }
        if matches!(text, Text::Exact(value) if value.is_empty() || value.len() > 4096) {
            return Err(format!("the value of header {name}"));
        }
    }
    Ok(())
}

fn check_path(path: &str, group: &str) -> Result<(), String> {
    let refuse = || Err(format!("path {path:?}"));
    if !path.starts_with('/') || path.len() > 1024 {
        return refuse();
    }
    if group == POLICY {
        return Ok(());
    }
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/%".contains(&b);
    let are_escapes = path
        .split('%')
        .skip(1)
        .all(|rest| rest.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)));
    let forbidden = ["//", "/./", "/../", "%2f", "%2F", "#"].iter().any(|part| path.contains(part));
    match !forbidden
        && are_escapes
        && path.bytes().all(is_plain)
        && !path.ends_with("/..")
        && !path.ends_with("/.")
    {
        true => Ok(()),
        false => refuse(),
    }
}

fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// An empty list of requirements is taken, and means anyone (3.5).
fn check_policy(policy: &AuthorizationPolicy) -> Result<(), String> {
    let target = &policy.target;
    let known = [(POLICY, "Server"), (POLICY, "HTTPRoute"), (GATEWAY, "HTTPRoute"), (GATEWAY, "GRPCRoute")];
    let is_namespace = target.is("", "Namespace") && target.name == policy.metadata.namespace;
    if !is_namespace && !known.iter().any(|(group, kind)| target.is(group, kind)) {
        return Err(format!("a target of kind {}", target.kind));
    }
    let number = |group: &str, kind: &str| policy.required.iter().filter(|one| one.is(group, kind)).count();
    let (tls, accounts, networks) = (
        number(POLICY, "MeshTLSAuthentication"),
        number("", "ServiceAccount"),
        number(POLICY, "NetworkAuthentication"),
    );
    if tls + accounts + networks < policy.required.len() {
        return Err("an authentication of an unknown kind".to_owned());
    }
    match tls + accounts <= 1 && networks <= 1 {
        true => Ok(()),
        false => Err("more than one authentication of a kind".to_owned()),
    }
}
