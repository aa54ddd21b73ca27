//! What Linkerd's webhooks and CRDs refuse, as a check of rendered objects (`linkerd.md` 4).
//!
//! The webhooks may be switched off or out of reach, and Linkerd then stores objects without complaint that it does not follow. So the
//! rules that matter for what we write are here, and stricter where Linkerd accepts what has no effect.

mod authorization;
mod routes;

use serde_json::Value;

/// What Linkerd would refuse about an object, or accept and never follow. Kinds that this project does not write are not looked at.
///
/// ```
/// let profile = serde_json::json!({
///     "apiVersion": "linkerd.io/v1alpha2", "kind": "ServiceProfile",
///     "metadata": {"name": "web.shop.svc.cluster.local", "namespace": "shop"},
///     "spec": {"dstOverrides": [{"authority": "v1.shop.svc.cluster.local", "weight": 429_497}]},
/// });
/// assert_eq!(smi_linkerd::admission::check(&profile), ["dstOverrides: the sum of the weights wraps around in 32 bits"]);
/// ```
#[must_use]
pub fn check(object: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let spec = &object["spec"];
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    if !is_subdomain(name) {
        problems.push(format!("metadata.name: {name:?} is no DNS subdomain"));
    }
    let group = object["apiVersion"].as_str().and_then(|version| version.split('/').next());
    match (group.unwrap_or_default(), object["kind"].as_str().unwrap_or_default()) {
        ("linkerd.io", "ServiceProfile") => profile(spec, &mut problems),
        (group, "HTTPRoute") => routes::http_route(group, spec, &mut problems),
        ("gateway.networking.k8s.io", "TCPRoute") => routes::tcp_route(spec, &mut problems),
        ("policy.linkerd.io", "Server") => authorization::server(spec, &mut problems),
        ("policy.linkerd.io", "AuthorizationPolicy") => authorization::policy(spec, &mut problems),
        ("policy.linkerd.io", "MeshTLSAuthentication") => authorization::mesh_tls(spec, &mut problems),
        ("policy.linkerd.io", "NetworkAuthentication") => authorization::network(spec, &mut problems),
        _ => {}
    }
    problems
}

/// Whether a text is a name as Kubernetes takes it for most objects.
pub(crate) fn is_subdomain(name: &str) -> bool {
    name.len() <= 253 && name.split('.').all(is_part)
}

/// Whether a text is a name as Kubernetes takes it for a namespace.
pub(crate) fn is_label(label: &str) -> bool {
    label.len() <= 63 && is_part(label)
}

/// Kubernetes bounds a part of a name by the whole name only.
fn is_part(part: &str) -> bool {
    !part.is_empty()
        && !part.starts_with('-')
        && !part.ends_with('-')
        && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// The items of a list; a problem where there is none.
fn items<'v>(list: &'v Value, name: &str, problems: &mut Vec<String>) -> &'v [Value] {
    let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
    if items.is_empty() {
        problems.push(format!("{name}: empty"));
    }
    items
}

fn only_fields(object: &Value, fields: &[&str], name: &str, problems: &mut Vec<String>) {
    for key in object.as_object().into_iter().flat_map(serde_json::Map::keys) {
        if !fields.contains(&key.as_str()) {
            problems.push(format!("{name}: unknown field {key:?}"));
        }
    }
}

fn profile(spec: &Value, problems: &mut Vec<String>) {
    only_fields(spec, &["dstOverrides"], "spec", problems);
    let mut sum: u64 = 0;
    for destination in items(&spec["dstOverrides"], "dstOverrides", problems) {
        only_fields(destination, &["authority", "weight"], "dstOverrides", problems);
        let authority = destination["authority"].as_str().unwrap_or_default();
        if !is_subdomain(authority) {
            problems.push(format!("dstOverrides: {authority:?} is no authority without a port"));
        }
        match destination["weight"].as_u64() {
            Some(weight) => sum = sum.saturating_add(weight),
            None => problems.push("dstOverrides: a weight is no whole number".to_owned()),
        }
    }
    if sum == 0 {
        problems.push("dstOverrides: no weight is positive".to_owned());
    }
    if sum.saturating_mul(10_000) > u64::from(u32::MAX) {
        problems.push("dstOverrides: the sum of the weights wraps around in 32 bits".to_owned());
    }
}
