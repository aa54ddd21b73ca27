//! The conversion tables of the reference, section 6, row by row and by name; and the cases in which the conversions of the Go SDKs go
//! wrong. What a row means in detail is in `convert.rs` and `convert_access.rs`, that it holds for every object in the laws.
// Helpers of tests are tests: `unwrap` says at the right line what failed.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use smi_types::convert::{self, CARRIER_ANNOTATION, ConvertOptions};
use smi_types::{ApiVersion, Kind, Version};

use Version::{V1Alpha1, V1Alpha2, V1Alpha3, V1Alpha4};

/// One row of a table: an object of each `from`, in each `to`.
struct Row {
    /// Section of the reference, the row, and the rules it cites.
    id: &'static str,
    kind: Kind,
    from: &'static [Version],
    to: &'static [Version],
    /// The body in a version.
    before: fn(Version) -> Value,
    /// The body it becomes in a version.
    after: fn(Version) -> Value,
    /// `class path` of each loss, with `(carried)` where the annotation keeps it; paths begin after `spec`, where there is one.
    losses: &'static [&'static str],
    /// The keys of what is carried.
    carried: &'static [&'static str],
}

const OLD: &[Version] = &[V1Alpha1, V1Alpha2];
const NEW: &[Version] = &[V1Alpha3, V1Alpha4];

fn account(name: &str) -> Value {
    json!({"kind": "ServiceAccount", "name": name, "namespace": "shop"})
}

fn with(mut object: Value, key: &str, value: Value) -> Value {
    object[key] = value;
    object
}

/// The fields of a TrafficTarget, with the name that its rules have in the version.
fn target(version: Version, destination: Value, rule: Value, source: Value) -> Value {
    let rules = if version == V1Alpha1 { "specs" } else { "rules" };
    json!({"destination": destination, rules: [rule], "sources": [source]})
}

fn http() -> Value {
    json!({"kind": "HTTPRouteGroup", "name": "routes", "matches": ["api"]})
}

fn plain_target(version: Version) -> Value {
    target(version, account("api"), http(), account("web"))
}

fn with_port(version: Version) -> Value {
    let port = if version == V1Alpha1 { json!("8080") } else { json!(8080) };
    target(version, with(account("api"), "port", port), http(), account("web"))
}

fn with_integer_port(version: Version) -> Value {
    target(version, with(account("api"), "port", json!(8080)), http(), account("web"))
}

fn with_source_port(version: Version) -> Value {
    target(version, account("api"), http(), with(account("web"), "port", json!(9090)))
}

fn with_udp(version: Version) -> Value {
    target(version, account("api"), json!({"kind": "UDPRoute", "name": "udp"}), account("web"))
}

fn with_binding(version: Version) -> Value {
    let binding = json!({"kind": "IdentityBinding", "name": "ids"});
    let group = json!("access.smi-spec.io");
    let binding = if version == V1Alpha4 { with(binding, "group", group) } else { binding };
    target(version, account("api"), http(), binding)
}

fn with_group(version: Version) -> Value {
    let source = account("web");
    let source = if version == V1Alpha4 { with(source, "group", json!("apps")) } else { source };
    target(version, account("api"), http(), source)
}

fn requests(_: Version) -> Value {
    json!({"matches": [{"name": "api", "pathRegex": "/api", "methods": ["GET"]}]})
}

fn requests_with_headers(_: Version) -> Value {
    json!({"matches": [{"name": "api", "headers": {"x-debug": "1"}}]})
}

fn requests_with_list(_: Version) -> Value {
    json!({"matches": [{"name": "api", "headers": [{"x-debug": "1"}]}]})
}

fn nothing(_: Version) -> Value {
    json!({})
}

fn all_ports(_: Version) -> Value {
    json!({"matches": {"ports": []}})
}

fn ports(_: Version) -> Value {
    json!({"matches": {"ports": [8301], "name": "serf"}})
}

fn split_of(weights: [Value; 2]) -> Value {
    let [first, second] = weights;
    json!({"service": "web", "backends": [{"service": "web-v1", "weight": first}, {"service": "web-v2", "weight": second}]})
}

fn whole(version: Version) -> Value {
    let weight = |weight: i64| if version == V1Alpha1 { json!(weight.to_string()) } else { json!(weight) };
    split_of([weight(75), weight(25)])
}

fn thousand(version: Version) -> Value {
    if version == V1Alpha1 {
        split_of([json!("1k"), json!("500")])
    } else {
        split_of([json!(1000), json!(500)])
    }
}

fn one_and_half(version: Version) -> Value {
    if version == V1Alpha1 {
        split_of([json!("1"), json!("500m")])
    } else {
        split_of([json!(1000), json!(500)])
    }
}

fn without_weight(_: Version) -> Value {
    split_of([Value::Null, json!(100)])
}

fn zero_weight(version: Version) -> Value {
    match version {
        V1Alpha1 => split_of([json!("0"), json!("100")]),
        _ => split_of([json!(0), json!(100)]),
    }
}

fn conditional(version: Version) -> Value {
    let matches = json!([{"apiGroup": "specs.smi-spec.io", "kind": "HTTPRouteGroup", "name": "firefox"}]);
    with(whole(version), "matches", matches)
}

fn measured(_: Version) -> Value {
    json!({
        "timestamp": "2026-11-21T17:00:00Z", "window": "30s", "resource": {"kind": "Pod", "namespace": "shop", "name": "web"},
        "edge": {"direction": "to", "side": "client", "resource": {}},
        "metrics": [{"name": "p99_response_latency", "unit": "ms", "value": "10"}, {"name": "success_count", "value": "5"}],
    })
}

fn measured_in_seconds(version: Version) -> Value {
    let mut body = measured(version);
    body["metrics"][0] = json!({"name": "p99_response_latency", "unit": "seconds", "value": "10m"});
    body
}

fn measured_by_nobody(version: Version) -> Value {
    with(measured(version), "edge", json!({"direction": "to", "resource": null}))
}

#[rustfmt::skip]
const TABLE: &[Row] = &[
    // 6.3 TrafficTarget
    Row { id: "6.3 v1alpha1 → v1alpha2: the fields move under spec, specs is rules, the port is an integer",
        kind: Kind::TrafficTarget, from: &[V1Alpha1], to: &[V1Alpha2], before: with_port, after: with_integer_port, losses: &[], carried: &[] },
    Row { id: "6.3 v1alpha2 → v1alpha1: reverse",
        kind: Kind::TrafficTarget, from: &[V1Alpha2], to: &[V1Alpha1], before: with_port, after: with_integer_port, losses: &[], carried: &[] },
    Row { id: "6.3 v1alpha1, v1alpha2 → v1alpha3, v1alpha4: the port is carried (SMI-CONV-12)",
        kind: Kind::TrafficTarget, from: OLD, to: NEW, before: with_port, after: plain_target,
        losses: &["carried destination.port (carried)"], carried: &["destinationPort"] },
    Row { id: "6.3 v1alpha1, v1alpha2 → v1alpha3, v1alpha4: sources[].port is carried",
        kind: Kind::TrafficTarget, from: OLD, to: NEW, before: with_source_port, after: plain_target,
        losses: &["carried sources[0].port (carried)"], carried: &["sourcePorts"] },
    Row { id: "6.3 v1alpha3, v1alpha4 → v1alpha2, v1alpha1: UDPRoute rules stay, for readers that may not know them",
        kind: Kind::TrafficTarget, from: NEW, to: OLD, before: with_udp, after: with_udp,
        losses: &["narrowing rules[0].kind"], carried: &[] },
    Row { id: "6.3 v1alpha3 → v1alpha4: group is set from the kind",
        kind: Kind::TrafficTarget, from: &[V1Alpha3], to: &[V1Alpha4], before: with_binding, after: with_binding, losses: &[], carried: &[] },
    Row { id: "6.3 v1alpha4 → v1alpha3, v1alpha2, v1alpha1: group goes, IdentityBinding subjects stay",
        kind: Kind::TrafficTarget, from: &[V1Alpha4], to: &[V1Alpha3, V1Alpha2, V1Alpha1], before: with_binding, after: with_binding,
        losses: &["narrowing sources[0].kind"], carried: &[] },
    Row { id: "6.3 v1alpha4 → v1alpha3, v1alpha2, v1alpha1: a group that the kind does not imply is carried",
        kind: Kind::TrafficTarget, from: &[V1Alpha4], to: &[V1Alpha3, V1Alpha2, V1Alpha1], before: with_group, after: with_group,
        losses: &["widening sources[0].group (carried)"], carried: &["groups"] },

    // 6.5 HTTPRouteGroup
    Row { id: "6.5 v1alpha1 → v1alpha2: same shape",
        kind: Kind::HTTPRouteGroup, from: &[V1Alpha1], to: &[V1Alpha2], before: requests_with_headers, after: requests_with_headers, losses: &[], carried: &[] },
    Row { id: "6.5 v1alpha2 → v1alpha1: headers are written, for readers that ignore them (SMI-CONV-21)",
        kind: Kind::HTTPRouteGroup, from: &[V1Alpha2], to: &[V1Alpha1], before: requests_with_headers, after: requests_with_headers,
        losses: &["widening matches[0].headers"], carried: &[] },
    Row { id: "6.5 v1alpha1, v1alpha2 → v1alpha3, v1alpha4: matches move under spec",
        kind: Kind::HTTPRouteGroup, from: OLD, to: NEW, before: requests_with_headers, after: requests_with_headers, losses: &[], carried: &[] },
    Row { id: "6.5 v1alpha3, v1alpha4 → v1alpha2: matches move to the root",
        kind: Kind::HTTPRouteGroup, from: NEW, to: &[V1Alpha2], before: requests_with_headers, after: requests_with_headers, losses: &[], carried: &[] },
    Row { id: "6.5 v1alpha3 → v1alpha4 and back: identical",
        kind: Kind::HTTPRouteGroup, from: NEW, to: NEW, before: requests, after: requests, losses: &[], carried: &[] },
    Row { id: "6.5 v1alpha3, v1alpha4 → v1alpha1: root, and headers are written (SMI-CONV-21)",
        kind: Kind::HTTPRouteGroup, from: NEW, to: &[V1Alpha1], before: requests_with_headers, after: requests_with_headers,
        losses: &["widening matches[0].headers"], carried: &[] },
    Row { id: "6.5 the style of headers is the target's, a map unless asked otherwise (SMI-CONV-20)",
        kind: Kind::HTTPRouteGroup, from: &[V1Alpha3], to: &[V1Alpha4, V1Alpha2], before: requests_with_list, after: requests_with_headers, losses: &[], carried: &[] },

    // 6.6 TCPRoute
    Row { id: "6.6 v1alpha1, v1alpha2 → v1alpha3: add spec",
        kind: Kind::TCPRoute, from: OLD, to: &[V1Alpha3], before: nothing, after: nothing, losses: &[], carried: &[] },
    Row { id: "6.6 v1alpha1..v1alpha3 → v1alpha4: all ports, and said so",
        kind: Kind::TCPRoute, from: &[V1Alpha1, V1Alpha2, V1Alpha3], to: &[V1Alpha4], before: nothing, after: all_ports, losses: &[], carried: &[] },
    Row { id: "6.6 v1alpha3 → v1alpha1, v1alpha2: drop the empty spec",
        kind: Kind::TCPRoute, from: &[V1Alpha3], to: OLD, before: nothing, after: nothing, losses: &[], carried: &[] },
    Row { id: "6.6 v1alpha4 → v1alpha1..v1alpha3: all ports are all ports",
        kind: Kind::TCPRoute, from: &[V1Alpha4], to: &[V1Alpha1, V1Alpha2, V1Alpha3], before: all_ports, after: nothing, losses: &[], carried: &[] },
    Row { id: "6.6 v1alpha4 → v1alpha1..v1alpha3: ports and matches.name are carried",
        kind: Kind::TCPRoute, from: &[V1Alpha4], to: &[V1Alpha1, V1Alpha2, V1Alpha3], before: ports, after: nothing,
        losses: &["widening matches.ports (carried)", "narrowing matches.name (carried)"], carried: &["matches.name", "ports"] },

    // 6.7 TrafficSplit
    Row { id: "6.7 v1alpha1 → v1alpha2, v1alpha3, v1alpha4: whole quantities are integers (SMI-CONV-41)",
        kind: Kind::TrafficSplit, from: &[V1Alpha1], to: &[V1Alpha2, V1Alpha3, V1Alpha4], before: whole, after: whole, losses: &[], carried: &[] },
    Row { id: "6.7 v1alpha1 → v1alpha2, v1alpha3, v1alpha4: canonical quantities need no carrier (SMI-CONV-41)",
        kind: Kind::TrafficSplit, from: &[V1Alpha1], to: &[V1Alpha2, V1Alpha3, V1Alpha4], before: thousand, after: thousand, losses: &[], carried: &[] },
    Row { id: "6.7 v1alpha1 → v1alpha2, v1alpha3, v1alpha4: fractions are scaled by one factor, and carried (SMI-CONV-41, 42)",
        kind: Kind::TrafficSplit, from: &[V1Alpha1], to: &[V1Alpha2, V1Alpha3, V1Alpha4], before: one_and_half, after: one_and_half,
        losses: &["carried backends (carried)"], carried: &["quantities"] },
    Row { id: "6.7 a missing weight is 0 in every version (SMI-CONV-43)",
        kind: Kind::TrafficSplit, from: &[V1Alpha2, V1Alpha3, V1Alpha4], to: &[V1Alpha1, V1Alpha2, V1Alpha3, V1Alpha4], before: without_weight, after: zero_weight, losses: &[], carried: &[] },
    Row { id: "6.7 v1alpha2 → v1alpha3, v1alpha4: copy",
        kind: Kind::TrafficSplit, from: &[V1Alpha2], to: NEW, before: whole, after: whole, losses: &[], carried: &[] },
    Row { id: "6.7 v1alpha3 → v1alpha4 and back: copy",
        kind: Kind::TrafficSplit, from: NEW, to: NEW, before: conditional, after: conditional, losses: &[], carried: &[] },
    Row { id: "6.7 v1alpha3, v1alpha4 → v1alpha2: matches are carried",
        kind: Kind::TrafficSplit, from: NEW, to: &[V1Alpha2], before: conditional, after: whole,
        losses: &["widening matches (carried)"], carried: &["matches"] },
    Row { id: "6.7 v1alpha2..v1alpha4 → v1alpha1: integers are canonical quantities",
        kind: Kind::TrafficSplit, from: &[V1Alpha2, V1Alpha3, V1Alpha4], to: &[V1Alpha1], before: thousand, after: thousand, losses: &[], carried: &[] },
    Row { id: "6.7 v1alpha3, v1alpha4 → v1alpha1: matches are carried",
        kind: Kind::TrafficSplit, from: NEW, to: &[V1Alpha1], before: conditional, after: whole,
        losses: &["widening matches (carried)"], carried: &["matches"] },

    // 6.8 TrafficMetrics
    Row { id: "6.8 v1alpha1 → v1alpha2: copy",
        kind: Kind::TrafficMetrics, from: &[V1Alpha1], to: &[V1Alpha2], before: measured, after: measured, losses: &[], carried: &[] },
    Row { id: "6.8 v1alpha1 → v1alpha2: side follows from direction",
        kind: Kind::TrafficMetrics, from: &[V1Alpha1], to: &[V1Alpha2], before: measured_by_nobody, after: measured, losses: &[], carried: &[] },
    Row { id: "6.8 v1alpha2 → v1alpha1: copy, side included",
        kind: Kind::TrafficMetrics, from: &[V1Alpha2], to: &[V1Alpha1], before: measured, after: measured, losses: &[], carried: &[] },
    Row { id: "6.8 units become ms in both directions",
        kind: Kind::TrafficMetrics, from: OLD, to: OLD, before: measured_in_seconds, after: measured, losses: &[], carried: &[] },
];

/// Where the body of a kind stands.
fn is_at_root(kind: Kind, version: Version) -> bool {
    match kind {
        Kind::TrafficTarget => version == V1Alpha1,
        Kind::HTTPRouteGroup | Kind::TCPRoute => version.is_deprecated(),
        Kind::TrafficMetrics | Kind::TrafficMetricsList => true,
        Kind::IdentityBinding | Kind::UDPRoute | Kind::TrafficSplit => false,
    }
}

fn object(kind: Kind, version: Version, body: Value) -> Value {
    let api = ApiVersion { kind, version };
    let metadata = json!({"name": "web", "namespace": "shop", "uid": "u", "finalizers": ["f"], "annotations": {"a": "b"}});
    let mut object = json!({"apiVersion": api.to_string(), "kind": kind.as_str(), "metadata": metadata});
    if is_at_root(kind, version) {
        object.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    } else {
        object["spec"] = body;
    }
    object
}

#[test]
fn every_row_of_the_tables() {
    for Row { id, kind, from, to, before, after, losses, carried } in TABLE {
        let pairs = from.iter().flat_map(|from| to.iter().map(move |to| (*from, *to)));
        for (from, to) in pairs.filter(|(from, to)| from != to) {
            let name = format!("{id} ({kind}, {from} to {to})");
            let original = object(*kind, from, before(from));
            let converted = convert::object(&original, to, &ConvertOptions::default()).unwrap();
            let mut expected = object(*kind, to, after(to));
            if let Some(text) = converted.object["metadata"]["annotations"].get(CARRIER_ANNOTATION) {
                let carrier: Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
                assert_eq!((&carrier["v"], &carrier["from"]), (&json!(1), &json!(from.as_str())), "{name}");
                let keys: Vec<_> = carrier["data"].as_object().unwrap().keys().cloned().collect();
                assert_eq!(keys, *carried, "{name}");
                expected["metadata"]["annotations"][CARRIER_ANNOTATION] = text.clone();
            } else {
                assert!(carried.is_empty(), "{name}");
            }
            assert_eq!(converted.object, expected, "{name}");
            let line = |loss: &convert::Loss| {
                let path = loss.path.to_string();
                let path = path.strip_prefix("spec.").unwrap_or(&path).to_owned();
                assert_eq!((loss.from, loss.to), (from, to), "{name}");
                format!("{} {path}{}", loss.class, if loss.carried { " (carried)" } else { "" })
            };
            assert_eq!(converted.losses.iter().map(line).collect::<Vec<_>>(), *losses, "{name}");

            // SMI-CONV-5: back to the value it was.
            let back = convert::object(&converted.object, from, &ConvertOptions::default()).unwrap().object;
            let value = |object: &Value| convert::read(object).unwrap().object;
            let same = convert::write(&value(&original), from, &ConvertOptions::default()).unwrap().object;
            let again = convert::write(&value(&back), from, &ConvertOptions::default()).unwrap().object;
            if !id.contains("missing weight") && !id.contains("style of headers") {
                assert_eq!(again, same, "{name}");
            }
        }
    }
}

/// Rows without a pair of versions: 6.4 and the UDPRoute row of 6.6.
#[test]
fn kinds_of_one_version_stay_as_they_are() {
    for (kind, body) in [
        (
            Kind::IdentityBinding,
            json!({"schemes": {"spiffeIdentities": ["td/a"], "podLabelSelector": {"matchLabels": null}}}),
        ),
        (Kind::UDPRoute, json!({"matches": {"ports": [8301]}})),
    ] {
        let object = object(kind, V1Alpha4, body);
        let converted = convert::object(&object, V1Alpha4, &ConvertOptions::default()).unwrap();
        assert_eq!((converted.object, converted.losses), (object.clone(), vec![]));
        for to in [V1Alpha1, V1Alpha2, V1Alpha3] {
            assert!(convert::object(&object, to, &ConvertOptions::default()).is_err(), "{kind} {to}");
        }
    }
}

/// What the hub conversions of smi-sdk-go (sdk#101, never released) and smi-controller-sdk do instead, and what it would mean.
mod where_the_official_conversions_are_wrong {
    use super::*;

    fn converted(object: &Value, to: Version) -> Value {
        convert::object(object, to, &ConvertOptions::default()).unwrap().object
    }

    fn weights(object: &Value) -> [Value; 2] {
        let backends = object["spec"]["backends"].as_array().unwrap();
        [backends[0]["weight"].clone(), backends[1]["weight"].clone()]
    }

    /// They take the digits of each quantity without its unit (SMI-CONV-42): 0.2 % of the traffic instead of two thirds.
    #[test]
    fn quantities() {
        for (quantities, theirs, ours) in [
            (["1", "500m"], [1, 500], [1000, 500]),
            (["1k", "1"], [1, 1], [1000, 1]),
            (["1.5", "500m"], [15, 500], [1500, 500]),
            (["1", "0.5"], [1, 5], [1000, 500]),
        ] {
            let old = object(Kind::TrafficSplit, V1Alpha1, split_of(quantities.map(Value::from)));
            for to in [V1Alpha2, V1Alpha3, V1Alpha4] {
                let new = weights(&converted(&old, to));
                assert_eq!(new, ours.map(Value::from), "{quantities:?}");
                assert_ne!(new, theirs.map(Value::from), "{quantities:?}");
            }
        }
        // A missing weight makes them panic.
        let old = object(Kind::TrafficSplit, V1Alpha1, split_of([Value::Null, json!("1")]));
        assert_eq!(weights(&converted(&old, V1Alpha4)), [json!(0), json!(1)]);
    }

    /// They drop the port without a trace (SMI-CONV-13): every port is open, and stays so on the way back.
    #[test]
    fn destination_ports() {
        for from in [V1Alpha1, V1Alpha2] {
            let old = object(Kind::TrafficTarget, from, with_port(from));
            for to in [V1Alpha3, V1Alpha4] {
                let new = converted(&old, to);
                let hub = convert::read_traffic_target(to, new.clone()).unwrap().object;
                assert!(hub.ports().contains(8080) && !hub.ports().contains(9090));
                let back = converted(&new, from);
                let destination =
                    if from == V1Alpha1 { &back["destination"] } else { &back["spec"]["destination"] };
                assert_eq!(destination["port"], 8080);
            }
        }
    }

    /// The same care for what else an old version has no place for.
    #[test]
    fn ports_of_routes_and_conditions_of_splits() {
        let route = object(Kind::TCPRoute, V1Alpha4, ports(V1Alpha4));
        let split = object(Kind::TrafficSplit, V1Alpha4, conditional(V1Alpha4));
        for to in [V1Alpha1, V1Alpha2] {
            let old = convert::read_tcp_route(to, converted(&route, to)).unwrap().object;
            assert!(old.ports.contains(8301) && !old.ports.contains(8300));
            assert_eq!(converted(&converted(&route, to), V1Alpha4), route);
            assert!(convert::read_traffic_split(to, converted(&split, to)).unwrap().object.is_conditional());
            assert_eq!(converted(&converted(&split, to), V1Alpha4), split);
        }
    }

    /// They drop header conditions in v1alpha1 (SMI-CONV-21): the match then admits every request of its path.
    #[test]
    fn header_conditions() {
        let new = object(Kind::HTTPRouteGroup, V1Alpha4, requests_with_headers(V1Alpha4));
        let old = converted(&new, V1Alpha1);
        assert_eq!(old["matches"][0]["headers"], json!({"x-debug": "1"}));
        assert_eq!(converted(&old, V1Alpha4), new);
    }

    /// They write the bare version (SMI-CONV-2), which an API server refuses.
    #[test]
    fn api_versions() {
        let split = object(Kind::TrafficSplit, V1Alpha1, whole(V1Alpha1));
        assert_eq!(converted(&split, V1Alpha4)["apiVersion"], "split.smi-spec.io/v1alpha4");
    }
}
