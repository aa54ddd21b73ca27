//! What Istio's webhook refuses (7.2), and the one thing it lets pass that Envoy then refuses.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use super::hosts;
use super::matching::Text;
use super::resource::{Destination, HttpMatch, VirtualService};

/// Why an object would not be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Namespace and name of the object.
    pub object: String,
    /// The reason, with the number of the rule where it is one of the webhook's.
    pub message: String,
}

impl Refusal {
    pub(super) fn new(object: &Value, message: String) -> Refusal {
        let part = |field: &str| object["metadata"][field].as_str().unwrap_or("?").to_owned();
        Refusal { object: format!("{}/{}", part("namespace"), part("name")), message }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.object, self.message)
    }
}

/// Checks an object that could be read.
pub(super) fn check(vs: &VirtualService) -> Vec<Refusal> {
    let mut messages = Vec::new();
    check_hosts(vs, &mut messages);
    if vs.http.is_empty() && vs.tcp.is_empty() {
        messages.push("7.2 (2): neither http nor tcp".to_owned());
    }
    for (index, route) in vs.http.iter().enumerate() {
        match (&route.route, &route.direct_response) {
            (Some(destinations), None) => check_destinations(destinations, &mut messages),
            (None, Some(_)) => {}
            _ => messages.push("7.2 (2): not exactly one of route and directResponse".to_owned()),
        }
        // The webhook only warns, but a rendering in which this happens is wrong.
        if route.matches.is_empty() && index + 1 < vs.http.len() {
            messages.push("7.2 (9): a match-less route is not the last".to_owned());
        }
        route.matches.iter().for_each(|condition| check_match(condition, &mut messages));
    }
    for (index, route) in vs.tcp.iter().enumerate() {
        check_destinations(&route.route, &mut messages);
        if route.matches.is_empty() && index + 1 < vs.tcp.len() {
            messages.push("7.2 (9): a match-less route is not the last".to_owned());
        }
        for condition in &route.matches {
            check_source(
                condition.port,
                &condition.gateways,
                condition.source_namespace.as_deref(),
                &mut messages,
            );
        }
    }
    let object = format!("{}/{}", vs.namespace, vs.name);
    messages.into_iter().map(|message| Refusal { object: object.clone(), message }).collect()
}

fn check_hosts(vs: &VirtualService, messages: &mut Vec<String>) {
    if vs.hosts.is_empty() {
        messages.push("7.2 (1): no hosts".to_owned());
    }
    let mut seen = BTreeSet::new();
    for host in &vs.hosts {
        if !hosts::is_valid(host) {
            messages.push(format!("7.2 (1): host {host}"));
        }
        if host.starts_with('*') {
            messages.push(format!("wildcard host {host} is not modelled"));
        }
        if !seen.insert(host) {
            messages.push(format!("7.2 (1): host {host} twice"));
        }
    }
    let mut seen = BTreeSet::new();
    let exports = vs.export_to.iter().flatten();
    if !exports.clone().all(|to| seen.insert(to)) || (seen.len() > 1 && exports.clone().any(|to| to == "*")) {
        messages.push("7.2 (8): exportTo".to_owned());
    }
    vs.gateways.iter().flatten().for_each(|gateway| check_gateway(gateway, messages));
}

fn check_destinations(destinations: &[Destination], messages: &mut Vec<String>) {
    if destinations.is_empty() {
        messages.push("7.2 (2, 7): a route without destinations".to_owned());
    }
    for destination in destinations {
        if !hosts::is_valid(destination.host()) || destination.host().starts_with('*') {
            messages.push(format!("7.2 (3): destination host {}", destination.host()));
        }
        if destination.port() == Some(0) {
            messages.push("7.2 (3): destination port 0".to_owned());
        }
        if destination.weight < 0 {
            messages.push(format!("7.2 (4): weight {}", destination.weight));
        }
    }
    let total: i64 = destinations.iter().map(|destination| i64::from(destination.weight)).sum();
    if destinations.len() > 1 && total == 0 {
        messages.push("7.2 (4): total destination weight = 0".to_owned());
    }
    // The webhook's sum wraps; Envoy then refuses the whole route table of the port (section 11).
    if total > i64::from(i32::MAX) {
        messages.push(format!("weights add up to {total}, more than 2^31 - 1"));
    }
}

fn check_match(condition: &HttpMatch, messages: &mut Vec<String>) {
    let HttpMatch { uri: _, method, authority, headers, port, gateways, source_namespace } = condition;
    check_source(*port, gateways, source_namespace.as_deref(), messages);
    for (name, text) in headers {
        // Pseudo headers are legal for Istio, but other fields say the same, and `host` is not a header for Envoy.
        if !is_token(name) || name.eq_ignore_ascii_case("host") {
            messages.push(format!("7.2 (6): header name {name:?}, or one that is not modelled"));
        }
        check_prefix(text, messages);
    }
    [method, authority].into_iter().flatten().for_each(|text| check_prefix(text, messages));
}

fn check_prefix(text: &Text, messages: &mut Vec<String>) {
    if matches!(text, Text::Prefix(prefix) if prefix.is_empty()) {
        messages.push("7.2 (6): empty prefix".to_owned());
    }
}

fn check_source(port: Option<u16>, gateways: &[String], namespace: Option<&str>, messages: &mut Vec<String>) {
    if port == Some(0) {
        messages.push("7.2 (5): match port 0".to_owned());
    }
    if namespace.is_some_and(|namespace| !hosts::is_label(namespace)) {
        messages.push("7.2 (5): sourceNamespace".to_owned());
    }
    gateways.iter().for_each(|gateway| check_gateway(gateway, messages));
}

fn check_gateway(gateway: &str, messages: &mut Vec<String>) {
    let name = gateway
        .split_once('/')
        .map_or(Some(gateway), |(namespace, name)| hosts::is_label(namespace).then_some(name));
    if !name.is_some_and(|name| name.split('.').all(hosts::is_label)) {
        messages.push(format!("7.2 (5): gateway {gateway:?}"));
    }
}

/// RFC 7230 token.
fn is_token(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}
