//! Which Services a user's own object already routes.
//!
//! Linkerd follows either a ServiceProfile or routes; of two routes the matches compete, and a GRPCRoute puts HTTPRoutes of the same Service
//! out of force (`linkerd.md` 6.2, 6.4).

use serde_json::Value;
use smi_translate::ServiceRef;
use smi_translate::intent::Root;
use smi_translate::inventory::Foreign;

/// Kinds that route Services, and those that decide about requests.
pub(crate) const FOREIGN_KINDS: [(&str, &str); 9] = [
    ("linkerd.io", "ServiceProfile"),
    ("gateway.networking.k8s.io", "HTTPRoute"),
    ("gateway.networking.k8s.io", "GRPCRoute"),
    ("gateway.networking.k8s.io", "TLSRoute"),
    ("gateway.networking.k8s.io", "TCPRoute"),
    ("policy.linkerd.io", "HTTPRoute"),
    ("policy.linkerd.io", "Server"),
    ("policy.linkerd.io", "AuthorizationPolicy"),
    ("policy.linkerd.io", "ServerAuthorization"),
];

/// The roots that `foreign` routes.
///
/// Objects in another namespace than the Service's are for the clients of that namespace only; they do not keep all others from
/// following the split.
pub(crate) fn claims(foreign: &Foreign, cluster_domain: &str) -> Vec<Root> {
    let spec = &foreign.body["spec"];
    let namespace = &foreign.object.namespace;
    match &*foreign.object.kind {
        "ServiceProfile" => {
            let own = profiled(&foreign.object.name, cluster_domain)
                .filter(|service| service.namespace == *namespace && has_effect(spec));
            own.map(Root::Service).into_iter().collect()
        }
        "HTTPRoute" | "GRPCRoute" | "TLSRoute" | "TCPRoute" => {
            let parents = spec["parentRefs"].as_array().into_iter().flatten();
            let services = parents.filter(|parent| is_service(parent)).filter_map(|parent| {
                let of = parent["namespace"].as_str().unwrap_or(namespace);
                let service = ServiceRef::new(of, parent["name"].as_str()?);
                (of == namespace).then_some(Root::Service(service))
            });
            services.collect()
        }
        _ => Vec::new(),
    }
}

/// The Service that a profile is named after.
fn profiled(name: &str, cluster_domain: &str) -> Option<ServiceRef> {
    let (service, namespace) = name.strip_suffix(cluster_domain)?.strip_suffix(".svc.")?.split_once('.')?;
    Some(ServiceRef::new(namespace, service))
}

/// Whether a profile keeps proxies from following routes: it has routes of its own, or destinations.
fn has_effect(spec: &Value) -> bool {
    let is_filled = |list: &Value| list.as_array().is_some_and(|items| !items.is_empty());
    is_filled(&spec["routes"]) || is_filled(&spec["dstOverrides"])
}

fn is_service(parent: &Value) -> bool {
    parent["kind"] == "Service" && (parent["group"] == "" || parent["group"] == "core")
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use smi_translate::ObjectRef;

    use super::*;

    fn claimed(kind: &'static str, name: &str, spec: &Value) -> Vec<Root> {
        let object = ObjectRef::new(kind, "shop", name);
        claims(&Foreign { object, body: json!({ "spec": spec }) }, "cluster.local")
    }

    #[test]
    fn profiles_with_routes_or_destinations_claim_their_service() {
        let web = vec![Root::Service(ServiceRef::new("shop", "web"))];
        let name = "web.shop.svc.cluster.local";
        assert_eq!(claimed("ServiceProfile", name, &json!({"routes": [{"name": "r"}]})), web);
        assert_eq!(claimed("ServiceProfile", name, &json!({"dstOverrides": [{}]})), web);
        assert_eq!(claimed("ServiceProfile", name, &json!({"retryBudget": {}})), []);
        // In the namespace of a client it is for that client.
        let elsewhere = "web.other.svc.cluster.local";
        assert_eq!(claimed("ServiceProfile", elsewhere, &json!({"dstOverrides": [{}]})), []);
        assert_eq!(claimed("ServiceProfile", "nonsense", &json!({"dstOverrides": [{}]})), []);
    }

    #[test]
    fn routes_claim_the_services_that_are_their_parents() {
        let web = vec![Root::Service(ServiceRef::new("shop", "web"))];
        let parent = |parent: Value| json!({ "parentRefs": [parent] });
        for group in ["", "core"] {
            let spec = parent(json!({"group": group, "kind": "Service", "name": "web", "port": 80}));
            assert_eq!(claimed("GRPCRoute", "r", &spec), web);
        }
        let elsewhere = json!({"group": "", "kind": "Service", "name": "web", "namespace": "other"});
        assert_eq!(claimed("HTTPRoute", "r", &parent(elsewhere)), []);
        let gateway = json!({"kind": "Gateway", "name": "web"});
        assert_eq!(claimed("HTTPRoute", "r", &parent(gateway)), []);
        let server = json!({"group": "policy.linkerd.io", "kind": "Server", "name": "web"});
        assert_eq!(claimed("HTTPRoute", "r", &parent(server)), []);
    }
}
