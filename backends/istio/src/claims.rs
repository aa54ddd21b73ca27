//! Which Services a user's own object already routes in the mesh.
//!
//! Sidecars follow one VirtualService per host and port, the oldest one; a second one is silently without effect (IST0109).

use serde_json::Value;
use smi_translate::ServiceRef;
use smi_translate::inventory::Foreign;

/// Kinds that route the hosts of the mesh.
pub(crate) const FOREIGN_KINDS: [(&str, &str); 2] =
    [("networking.istio.io", "VirtualService"), ("gateway.networking.k8s.io", "HTTPRoute")];

/// The Services that `foreign` routes.
pub(crate) fn claims(foreign: &Foreign, cluster_domain: &str) -> Vec<ServiceRef> {
    let spec = &foreign.body["spec"];
    match foreign.object.kind.as_str() {
        "VirtualService" if binds_to_mesh(spec) => strings(&spec["hosts"])
            .filter_map(|host| service_of(host, &foreign.object.namespace, cluster_domain))
            .collect(),
        "HTTPRoute" => spec["parentRefs"]
            .as_array()
            .into_iter()
            .flatten()
            .filter(|parent| parent["kind"] == "Service")
            .filter_map(|parent| {
                let namespace = parent["namespace"].as_str().unwrap_or(&foreign.object.namespace);
                Some(ServiceRef::new(namespace, parent["name"].as_str()?))
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Without `gateways` a VirtualService belongs to the mesh; with them only if they name it.
fn binds_to_mesh(spec: &Value) -> bool {
    spec["gateways"]
        .as_array()
        .is_none_or(|gateways| gateways.is_empty() || gateways.iter().any(|g| g == "mesh"))
}

/// The Service a host means: a name without a dot belongs to the namespace of its VirtualService. `svc.ns` and `svc.ns.svc` are
/// not completed by Istio, yet take requests whose Host header is spelled so, which is enough to spoil the shares.
fn service_of(host: &str, namespace: &str, cluster_domain: &str) -> Option<ServiceRef> {
    let mut parts = host.splitn(4, '.');
    let name = parts.next().filter(|name| !name.is_empty() && *name != "*")?;
    match (parts.next(), parts.next(), parts.next()) {
        (None, ..) => Some(ServiceRef::new(namespace, name)),
        (Some(namespace), None | Some("svc"), None) => Some(ServiceRef::new(namespace, name)),
        (Some(namespace), Some("svc"), Some(domain)) if domain == cluster_domain => {
            Some(ServiceRef::new(namespace, name))
        }
        _ => None,
    }
}

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}
