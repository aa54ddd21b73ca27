//! Which Services a user's own object already routes in the mesh.
//!
//! Sidecars follow one VirtualService per host and port, the oldest one; a second one is silently without effect (IST0109).

use serde_json::Value;
use smi_translate::ServiceRef;
use smi_translate::intent::Root;
use smi_translate::inventory::Foreign;

use crate::interference::POLICY_KINDS;

/// Kinds that route the hosts of the mesh, and those that decide about requests.
pub(crate) const FOREIGN_KINDS: [(&str, &str); 8] = [
    POLICY_KINDS[0],
    POLICY_KINDS[1],
    POLICY_KINDS[2],
    ("networking.istio.io", "VirtualService"),
    ("gateway.networking.k8s.io", "HTTPRoute"),
    ("gateway.networking.k8s.io", "GRPCRoute"),
    ("gateway.networking.k8s.io", "TLSRoute"),
    ("gateway.networking.k8s.io", "TCPRoute"),
];

/// The roots that `foreign` routes.
pub(crate) fn claims(foreign: &Foreign, cluster_domain: &str) -> Vec<Root> {
    let spec = &foreign.body["spec"];
    let namespace = &foreign.object.namespace;
    if POLICY_KINDS.iter().any(|(_, kind)| *kind == foreign.object.kind) {
        return Vec::new();
    }
    if foreign.object.kind == "VirtualService" {
        let mesh = binds_to_mesh(spec);
        let hosts = strings(&spec["hosts"]);
        return hosts.filter_map(|host| root_of(host, namespace, cluster_domain, mesh)).collect();
    }
    let parents =
        spec["parentRefs"].as_array().into_iter().flatten().filter(|parent| parent["kind"] == "Service");
    let services = parents.filter_map(|parent| {
        let namespace = parent["namespace"].as_str().unwrap_or(namespace);
        Some(Root::Service(ServiceRef::new(namespace, parent["name"].as_str()?)))
    });
    services.collect()
}

/// What a host of a VirtualService takes over: a Service where the object belongs to the mesh, another host wherever it belongs,
/// because gateways put the routes of several objects in an order that nobody wrote.
fn root_of(host: &str, namespace: &str, cluster_domain: &str, mesh: bool) -> Option<Root> {
    match service_of(host, namespace, cluster_domain) {
        Some(service) if mesh => Some(Root::Service(service)),
        None if !host.starts_with('*') => Some(Root::Host(host.to_owned())),
        _ => None,
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
