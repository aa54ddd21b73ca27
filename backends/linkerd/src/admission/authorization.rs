//! Servers, policies and authentications: nothing empty, nothing that means everybody by accident.

use serde_json::Value;

use super::{is_subdomain, items, only_fields};

pub(super) fn server(spec: &Value, problems: &mut Vec<String>) {
    only_fields(spec, &["podSelector", "port", "proxyProtocol", "accessPolicy"], "spec", problems);
    if spec["podSelector"]["matchLabels"].as_object().is_none_or(serde_json::Map::is_empty) {
        problems.push("podSelector: selects the whole namespace".to_owned());
    }
    if spec["port"].as_u64().is_none_or(|port| port == 0 || port > 65_535) {
        problems.push(format!("port: {} is no number of a port", spec["port"]));
    }
    let protocols = ["unknown", "HTTP/1", "HTTP/2", "gRPC", "opaque", "TLS"];
    if !protocols.iter().any(|protocol| spec["proxyProtocol"] == *protocol) {
        problems.push(format!("proxyProtocol: {}", spec["proxyProtocol"]));
    }
    if spec["accessPolicy"] != "deny" {
        problems.push(format!("accessPolicy: {} does not deny", spec["accessPolicy"]));
    }
}

pub(super) fn policy(spec: &Value, problems: &mut Vec<String>) {
    only_fields(spec, &["targetRef", "requiredAuthenticationRefs"], "spec", problems);
    let target = &spec["targetRef"];
    let is_ours = target["group"] == "policy.linkerd.io"
        && (target["kind"] == "Server" || target["kind"] == "HTTPRoute");
    if !is_ours || target["name"].as_str().is_none_or(str::is_empty) {
        problems.push(format!("targetRef: {target}"));
    }
    // Empty lets in everybody.
    let required = items(&spec["requiredAuthenticationRefs"], "requiredAuthenticationRefs", problems);
    for kind in ["MeshTLSAuthentication", "NetworkAuthentication"] {
        if required.iter().filter(|reference| reference["kind"] == kind).count() > 1 {
            problems.push(format!("requiredAuthenticationRefs: more than one {kind}"));
        }
    }
    for reference in required {
        let is_known =
            reference["kind"] == "MeshTLSAuthentication" || reference["kind"] == "NetworkAuthentication";
        if !is_known
            || reference["group"] != "policy.linkerd.io"
            || reference["name"].as_str().is_none_or(str::is_empty)
        {
            problems.push(format!("requiredAuthenticationRefs: {reference}"));
        }
    }
}

pub(super) fn mesh_tls(spec: &Value, problems: &mut Vec<String>) {
    only_fields(spec, &["identities", "identityRefs"], "spec", problems);
    if spec["identities"].is_null() == spec["identityRefs"].is_null() {
        problems.push("exactly one of identities and identityRefs".to_owned());
    }
    if !spec["identities"].is_null() {
        for identity in items(&spec["identities"], "identities", problems) {
            let identity = identity.as_str().unwrap_or_default();
            if !is_subdomain(identity) && !identity.starts_with("spiffe://") {
                problems.push(format!("identities: {identity:?}"));
            }
        }
    }
    if !spec["identityRefs"].is_null() {
        for reference in items(&spec["identityRefs"], "identityRefs", problems) {
            // A star would become a wildcard.
            let is_plain = |key: &str| reference[key].as_str().is_some_and(is_subdomain);
            if reference["kind"] != "ServiceAccount" || !is_plain("name") || !is_plain("namespace") {
                problems.push(format!("identityRefs: {reference}"));
            }
        }
    }
}

pub(super) fn network(spec: &Value, problems: &mut Vec<String>) {
    only_fields(spec, &["networks"], "spec", problems);
    for network in items(&spec["networks"], "networks", problems) {
        let is_cidr = network["cidr"].as_str().and_then(|cidr| cidr.split_once('/')).is_some_and(
            |(address, length)| {
                address.parse::<std::net::IpAddr>().is_ok()
                    && length.parse::<u8>().is_ok_and(|length| length <= 128)
            },
        );
        if !is_cidr {
            problems.push(format!("networks: {network}"));
        }
    }
}
