//! Routes: limits of both groups, matches that Linkerd compiles, parents that it follows.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{items, only_fields};

pub(super) fn http_route(group: &str, spec: &Value, problems: &mut Vec<String>) {
    only_fields(spec, &["parentRefs", "rules"], "spec", problems);
    parents(spec, problems);
    let rules = items(&spec["rules"], "rules", problems);
    let number = |rule: &Value| rule["matches"].as_array().map_or(1, Vec::len);
    if rules.len() > 16 || rules.iter().map(number).sum::<usize>() > 128 {
        problems.push("rules: more than 16, or more than 128 matches".to_owned());
    }
    for rule in rules {
        only_fields(rule, &["matches", "backendRefs"], "rules", problems);
        if let Some(matches) = rule["matches"].as_array() {
            if matches.is_empty() || matches.len() > 8 {
                problems.push(format!("matches: {}", matches.len()));
            }
            matches.iter().for_each(|one| http_match(one, problems));
        }
        if !rule["backendRefs"].is_null() {
            backends(&rule["backendRefs"], problems);
        }
        if group == "gateway.networking.k8s.io" && rule["backendRefs"].is_null() {
            problems.push("rules: without backends, answered with 500".to_owned());
        }
    }
}

pub(super) fn tcp_route(spec: &Value, problems: &mut Vec<String>) {
    only_fields(spec, &["parentRefs", "rules"], "spec", problems);
    parents(spec, problems);
    let rules = items(&spec["rules"], "rules", problems);
    if rules.len() != 1 {
        problems.push(format!("rules: {} in a TCPRoute", rules.len()));
    }
    rules.iter().for_each(|rule| backends(&rule["backendRefs"], problems));
}

fn parents(spec: &Value, problems: &mut Vec<String>) {
    let parents = items(&spec["parentRefs"], "parentRefs", problems);
    if parents.len() > 32 {
        problems.push(format!("parentRefs: {}", parents.len()));
    }
    for parent in parents {
        let has_port = !parent["port"].is_null();
        match (parent["group"].as_str(), parent["kind"].as_str()) {
            (Some(""), Some("Service")) if has_port => {}
            (Some("policy.linkerd.io"), Some("Server")) if !has_port && parent["namespace"].is_null() => {}
            _ => problems.push(format!("parentRefs: {parent} is not followed")),
        }
    }
}

fn backends(refs: &Value, problems: &mut Vec<String>) {
    let backends = items(refs, "backendRefs", problems);
    let weight = |backend: &Value| backend["weight"].as_u64().unwrap_or(1);
    let sum: u64 = backends.iter().map(weight).sum();
    if backends.len() > 16 || backends.iter().any(|one| weight(one) > 1_000_000) || sum > u64::from(u32::MAX)
    {
        problems.push("backendRefs: more than 16, or weights too large".to_owned());
    }
    if backends.iter().any(|backend| weight(backend) == 0) {
        problems.push("backendRefs: a weight of zero".to_owned());
    }
    if backends.iter().any(|backend| backend["port"].as_u64().is_none_or(|port| port == 0)) {
        problems.push("backendRefs: no port".to_owned());
    }
}

fn http_match(one: &Value, problems: &mut Vec<String>) {
    only_fields(one, &["path", "headers", "method"], "matches", problems);
    if !one["path"].is_null() {
        let value = one["path"]["value"].as_str().unwrap_or_default();
        match one["path"]["type"].as_str() {
            Some("Exact" | "PathPrefix") if value.starts_with('/') => {}
            Some("RegularExpression") => expression(value, problems),
            _ => problems.push(format!("path: {}", one["path"])),
        }
        if value.len() > 1024 {
            problems.push("path: too long".to_owned());
        }
    }
    let headers = one["headers"].as_array().map(Vec::as_slice).unwrap_or_default();
    let names: BTreeSet<_> = headers.iter().map(|header| header["name"].as_str()).collect();
    if headers.len() > 16 || names.len() != headers.len() {
        problems.push("headers: more than 16, or a name twice".to_owned());
    }
    for header in headers {
        let value = header["value"].as_str().unwrap_or_default();
        if value.is_empty() || value.len() > 4096 {
            problems.push(format!("headers: a value of {} bytes", value.len()));
        }
        if header["type"] == "RegularExpression" {
            expression(value, problems);
        }
        let name = header["name"].as_str().unwrap_or_default();
        if name.is_empty()
            || !name.bytes().all(|b| b.is_ascii_graphic() && !b"\"(),/:;<=>?@[\\]{}".contains(&b))
        {
            problems.push(format!("headers: {name:?} is no name"));
        }
    }
    let methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];
    if !one["method"].is_null() && !methods.iter().any(|method| one["method"] == *method) {
        problems.push(format!("method: {}", one["method"]));
    }
}

/// Linkerd's dialect, and a hit that spans the whole value whatever is inside.
fn expression(value: &str, problems: &mut Vec<String>) {
    if regex::Regex::new(value).is_err() {
        problems.push(format!("{value:?} is no regular expression to Linkerd"));
    }
    if !value.starts_with('^') || !value.ends_with('$') || !value.contains('(') {
        problems.push(format!("{value:?} is not wrapped as ^(…)$"));
    }
}
