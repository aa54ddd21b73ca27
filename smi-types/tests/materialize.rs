//! A destination port as a TCPRoute (SMI-CONV-12), case by case. That the grant stays the same is a law in `laws_access.rs`.
// Helpers of tests are tests: `unwrap` says at the right line what failed.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use smi_types::convert::{self, ConvertOptions, MaterializeError, Materialized};
use smi_types::hub::{TCPRoute, TrafficTarget};
use smi_types::{Metadata, Version};

fn target_named(name: &str, port: Value, rules: Value) -> TrafficTarget {
    let object = json!({
        "apiVersion": "access.smi-spec.io/v1alpha2", "kind": "TrafficTarget",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {
            "destination": {"kind": "ServiceAccount", "name": "api", "port": port}, "rules": rules,
            "sources": [{"kind": "ServiceAccount", "name": "web"}],
        },
    });
    convert::read_traffic_target(Version::V1Alpha2, object).unwrap().object
}

fn target(rules: Value) -> TrafficTarget {
    target_named("api", json!("8080"), rules)
}

fn route(name: &str, namespace: &str, matches: Value) -> TCPRoute {
    let object = json!({
        "apiVersion": "specs.smi-spec.io/v1alpha4", "kind": "TCPRoute",
        "metadata": {"name": name, "namespace": namespace}, "spec": {"matches": matches},
    });
    convert::read_tcp_route(Version::V1Alpha4, object).unwrap().object
}

fn rule(kind: &str, name: &str) -> Value {
    json!({"kind": kind, "name": name})
}

fn rules_of(target: &TrafficTarget) -> Vec<String> {
    target.rules.iter().map(|rule| format!("{} {}", rule.kind, rule.name)).collect()
}

#[test]
fn a_route_and_a_rule_are_added() {
    let before = target(json!([rule("HTTPRouteGroup", "http"), rule("UDPRoute", "udp")]));
    let Materialized { target, route } = convert::materialize(&before, &[]).unwrap();
    assert_eq!(rules_of(&target), ["HTTPRouteGroup http", "UDPRoute udp", "TCPRoute api-port-8080"]);
    assert_eq!(target.port, None);
    let written = convert::tcp_route(&route.unwrap(), Version::V1Alpha4, &ConvertOptions::default()).unwrap();
    assert_eq!(
        written.object,
        json!({
            "apiVersion": "specs.smi-spec.io/v1alpha4", "kind": "TCPRoute",
            "metadata": {"name": "api-port-8080", "namespace": "shop"},
            "spec": {"matches": {"ports": [8080]}},
        })
    );
    // Nothing is left for a carrier.
    let new = convert::traffic_target(&target, Version::V1Alpha4, &ConvertOptions::default()).unwrap();
    assert_eq!((new.losses, new.object["metadata"].get("annotations")), (vec![], None));
    // Doing it again changes nothing.
    assert_eq!(convert::materialize(&target, &[]), Ok(Materialized { target, route: None }));
}

#[test]
fn tcp_routes_that_have_the_port_are_replaced() {
    let routes = [route("all", "shop", json!({})), route("some", "shop", json!({"ports": [8080, 9090]}))];
    for (rules, expected) in [
        (json!([rule("TCPRoute", "all")]), &["TCPRoute api-port-8080"][..]),
        (json!([rule("TCPRoute", "some")]), &["TCPRoute api-port-8080"]),
        (
            json!([
                rule("UDPRoute", "u"),
                rule("TCPRoute", "gone"),
                rule("HTTPRouteGroup", "h"),
                rule("TCPRoute", "all")
            ]),
            &["UDPRoute u", "TCPRoute api-port-8080", "HTTPRouteGroup h"],
        ),
    ] {
        let Materialized { target, route } = convert::materialize(&target(rules), &routes).unwrap();
        assert_eq!(rules_of(&target), expected);
        assert!(route.is_some());
    }
}

#[test]
fn where_no_rule_is_restricted_no_route_is_made() {
    for rules in [json!([]), json!([rule("UDPRoute", "udp")]), json!([rule("GRPCRoute", "grpc")])] {
        let before = target(rules);
        let Materialized { target, route } = convert::materialize(&before, &[]).unwrap();
        assert_eq!((target.port, route), (None, None));
        assert_eq!(target.rules, before.rules);
    }
}

#[test]
fn the_carried_port_goes() {
    let old = target(json!([rule("HTTPRouteGroup", "http")]));
    let new = convert::traffic_target(&old, Version::V1Alpha4, &ConvertOptions::default()).unwrap().object;
    let new = convert::read_traffic_target(Version::V1Alpha4, new).unwrap().object;
    let Materialized { target, .. } = convert::materialize(&new, &[]).unwrap();
    assert_eq!(target.metadata, Metadata::named("shop", "api"));
    // What else is carried stays.
    let mut other = new.clone();
    let annotation = other.metadata.annotations.values_mut().next().unwrap();
    *annotation = annotation.replace(r#""data":{"#, r#""data":{"sourcePorts":[],"#);
    let Materialized { target, .. } = convert::materialize(&other, &[]).unwrap();
    assert_eq!(
        target.metadata.annotations[convert::CARRIER_ANNOTATION],
        r#"{"v":1,"from":"v1alpha2","data":{"sourcePorts":[]}}"#
    );
}

#[test]
fn what_would_grant_something_else_is_an_error() {
    let tcp = || json!([rule("TCPRoute", "r")]);
    let error =
        |target: &TrafficTarget, routes: &[TCPRoute]| convert::materialize(target, routes).unwrap_err();
    for routes in [
        vec![],
        vec![route("r", "bank", json!({}))],
        vec![route("r", "shop", json!({"ports": [9090]}))],
        vec![route("r", "shop", json!({"ports": [0]}))],
    ] {
        assert_eq!(error(&target(tcp()), &routes), MaterializeError::NoPortLeft { port: 8080 });
    }
    // A rule with names needs a route with such a name (SMI-L4-5).
    let named = target(json!([{"kind": "TCPRoute", "name": "r", "matches": ["m"]}]));
    assert_eq!(
        error(&named, &[route("r", "shop", json!({}))]).to_string(),
        "the TCPRoutes of the target do not have its destination port 8080; it grants no TCP traffic"
    );
    assert!(convert::materialize(&named, &[route("r", "shop", json!({"name": "m"}))]).is_ok());

    assert_eq!(
        error(&target_named("api", json!("80abc"), tcp()), &[]).to_string(),
        r#"the destination port is invalid: "80abc" is no port number"#
    );
    let http = || json!([rule("HTTPRouteGroup", "h")]);
    let long = "a".repeat(250);
    assert!(matches!(error(&target_named(&long, json!(8080), http()), &[]), MaterializeError::Name { .. }));
    let taken = |ports: Value| [route("api-port-8080", "shop", json!({"ports": ports}))];
    assert_eq!(
        error(&target(http()), &taken(json!([9090]))).to_string(),
        r#"a TCPRoute "api-port-8080" exists and has other ports than the destination port"#
    );
    // One with this port alone is used as it is.
    let [mut existing] = taken(json!([8080]));
    existing.metadata.labels.insert("team".into(), "a".into());
    let materialized = convert::materialize(&target(http()), std::slice::from_ref(&existing)).unwrap();
    assert_eq!(materialized.route, Some(existing));
}
