//! The model against every fact that the reference lists as observed (sections 3 to 7 and 15).

mod admission;
mod inbound;
mod matching;
mod outbound;

use serde_json::{Value, json};

use super::*;

const SHOP: &str = "shop";

fn object(version: &str, kind: &str, name: &str, spec: Value) -> Value {
    json!({
        "apiVersion": version, "kind": kind, "metadata": {"namespace": SHOP, "name": name}, "spec": spec,
    })
}

fn in_namespace(namespace: &str, mut object: Value) -> Value {
    object["metadata"]["namespace"] = json!(namespace);
    object
}

fn created(at: &str, mut object: Value) -> Value {
    object["metadata"]["creationTimestamp"] = json!(format!("2026-01-01T00:00:{at}Z"));
    object
}

fn profile(overrides: &[(&str, Value)]) -> Value {
    let overrides: Vec<Value> = overrides
        .iter()
        .map(
            |(name, weight)| json!({"authority": format!("{name}.shop.svc.cluster.local"), "weight": weight}),
        )
        .collect();
    object(
        "linkerd.io/v1alpha2",
        "ServiceProfile",
        "web.shop.svc.cluster.local",
        json!({"dstOverrides": overrides}),
    )
}

/// An HTTPRoute of the Gateway API for port 80 of the Service `web`.
fn gateway_route(name: &str, rules: Value) -> Value {
    let parent = json!({"group": "", "kind": "Service", "name": "web", "port": 80});
    object("gateway.networking.k8s.io/v1", "HTTPRoute", name, json!({"parentRefs": [parent], "rules": rules}))
}

/// An HTTPRoute of Linkerd's own for the Server `api`.
fn server_route(name: &str, rules: Value) -> Value {
    let parent = json!({"group": "policy.linkerd.io", "kind": "Server", "name": "api"});
    object("policy.linkerd.io/v1beta3", "HTTPRoute", name, json!({"parentRefs": [parent], "rules": rules}))
}

fn tcp_route(name: &str, port: u16, backends: Value) -> Value {
    let parent = json!({"group": "", "kind": "Service", "name": "web", "port": port});
    let rules = json!([{"backendRefs": backends}]);
    let spec = json!({"parentRefs": [parent], "rules": rules});
    object("gateway.networking.k8s.io/v1alpha2", "TCPRoute", name, spec)
}

fn to(name: &str, weight: i64) -> Value {
    json!({"group": "", "kind": "Service", "name": name, "port": 80, "weight": weight})
}

fn services() -> Vec<Service> {
    let opaque = |number, app_protocol: &str| Port {
        app_protocol: Some(app_protocol.to_owned()),
        ..Port::new(number)
    };
    let ports = vec![
        Port::new(80),
        Port::new(81),
        Port::new(3306),
        opaque(443, "https"),
        opaque(90, "linkerd.io/opaque"),
        opaque(91, "http"),
        Port { udp: true, ..Port::new(53) },
    ];
    vec![
        Service::new(SHOP, "web", ports),
        Service::tcp(SHOP, "v1", &[80, 81, 3306, 443, 90, 91]),
        Service::tcp(SHOP, "v2", &[80, 81, 3306, 443, 90, 91]),
        Service::tcp("lab", "web", &[80]),
        Service { addressing: Addressing::Headless, ..Service::tcp(SHOP, "headless", &[80]) },
        Service { addressing: Addressing::ExternalName, ..Service::tcp(SHOP, "external", &[80]) },
    ]
}

fn mesh(objects: &[Value]) -> Mesh {
    Mesh::new(objects, &services(), &Installation::default()).unwrap()
}

fn refusal(object: Value) -> String {
    let refusals = Mesh::new(&[object], &services(), &Installation::default()).unwrap_err();
    refusals.iter().map(|refusal| refusal.message.clone()).collect::<Vec<_>>().join("; ")
}

fn get(target: &str, headers: &[(&str, &str)]) -> Payload {
    Payload::get(target, headers)
}

fn post(target: &str) -> Payload {
    Payload::Http { method: "POST".to_owned(), target: target.to_owned(), headers: Vec::new() }
}

fn call(port: u16, payload: Payload) -> Call {
    Call::new(SHOP, SHOP, "web", port, payload)
}

fn all(name: &str) -> Outcome {
    Outcome::all(SHOP, name, 80)
}

fn shares(shares: &[(&str, u64, u64)]) -> Outcome {
    let share = |(name, numerator, denominator): &(&str, u64, u64)| {
        (Target::service(SHOP, name, 80), Fraction::new(*numerator, *denominator))
    };
    Outcome::Shares(shares.iter().map(share).collect())
}
