//! Laws for objects of any kind given as JSON, tried on generated and on broken ones: nothing panics, what is converted is valid for an
//! API server, and what is said to be unknown is. And the round-trip laws of TrafficMetrics.
// Helpers of tests are tests: `unwrap` says at the right line what failed.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use smi_types::convert::{self, CARRIER_ANNOTATION, ConvertOptions};
use smi_types::review::{self, AdmissionOptions};
use smi_types::validate::{self, Contexts, Severity};
use smi_types::{ApiVersion, Kind, Version, hub};

fn version() -> impl Strategy<Value = Version> {
    prop::sample::select(&Version::ALL[..])
}

fn api() -> impl Strategy<Value = ApiVersion> {
    prop::sample::select(&Kind::ALL[..]).prop_flat_map(|kind| {
        prop::sample::select(kind.versions()).prop_map(move |version| ApiVersion { kind, version })
    })
}

/// Any JSON, with the keys and values that objects have.
fn json() -> impl Strategy<Value = Value> {
    let key = prop::sample::select(vec![
        "spec",
        "matches",
        "backends",
        "service",
        "weight",
        "rules",
        "specs",
        "sources",
        "destination",
        "port",
        "ports",
        "kind",
        "name",
        "namespace",
        "headers",
        "methods",
        "pathRegex",
        "schemes",
        "podLabelSelector",
        "matchLabels",
        "metrics",
        "edge",
        "items",
        "resource",
        "window",
        "value",
        "unit",
        "metadata",
        "annotations",
        "status",
        "other",
        CARRIER_ANNOTATION,
    ]);
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec![
            "", "web", "TCPRoute", "500m", "30s", "-1", "ms", "GET", "8080", "{", "to"
        ])
        .prop_map(Value::from),
        Just(json!(
            r#"{"v":1,"from":"v1alpha2","data":{"matches":{"service":"a","refs":[]},"ports":[1],"destinationPort":{"port":1}}}"#
        )),
    ];
    scalar.prop_recursive(4, 32, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..5).prop_map(|map| json!(map)),
        ]
    })
}

/// An object with everything that its kind has.
fn full(ApiVersion { kind, version }: ApiVersion) -> Value {
    let account = json!({"kind": "ServiceAccount", "name": "api", "namespace": "shop"});
    let matches = json!([{"name": "m", "pathRegex": "/api", "methods": ["GET"], "headers": {"x": "1"}}]);
    let metric = json!({"name": "p99_response_latency", "unit": "seconds", "value": "10m"});
    let measured = json!({
        "timestamp": "2026-11-21T17:00:00Z", "window": "30s", "resource": {"kind": "Pod", "name": "a"},
        "edge": {"direction": "to", "resource": {}}, "backend": {"apex": "a", "name": "b", "weight": 1}, "metrics": [metric],
    });
    let body = match kind {
        Kind::TrafficTarget => {
            let rules = json!([{"kind": "HTTPRouteGroup", "name": "r", "matches": ["m"]}]);
            let list = if version == Version::V1Alpha1 { "specs" } else { "rules" };
            json!({"destination": account, list: rules, "sources": [account]})
        }
        Kind::IdentityBinding => {
            json!({"schemes": {"spiffeIdentities": ["spiffe://td/a"], "podLabelSelector": {"matchLabels": {"a": "b"}}}})
        }
        Kind::HTTPRouteGroup => json!({"matches": matches}),
        Kind::TCPRoute | Kind::UDPRoute if version == Version::V1Alpha4 => {
            json!({"matches": {"ports": [80], "name": "m"}})
        }
        Kind::TCPRoute | Kind::UDPRoute => json!({}),
        Kind::TrafficSplit => {
            let reference = json!({"apiGroup": "specs.smi-spec.io", "kind": "HTTPRouteGroup", "name": "g"});
            let mut spec = json!({"service": "web", "backends": [{"service": "a", "weight": "1"}, {"service": "b", "weight": 2}]});
            if !version.is_deprecated() {
                spec["matches"] = json!([reference]);
            }
            spec
        }
        Kind::TrafficMetrics => measured,
        Kind::TrafficMetricsList => {
            json!({"resource": {}, "selector": {"matchLabels": {"a": "b"}}, "items": [measured]})
        }
    };
    let mut object = json!({
        "apiVersion": format!("{}/{version}", kind.group()), "kind": kind.as_str(),
        "metadata": {"name": "it", "namespace": "shop", "annotations": {"a": "b"}, "generation": 3},
    });
    let at_root = match kind {
        Kind::TrafficTarget => version == Version::V1Alpha1,
        Kind::HTTPRouteGroup | Kind::TCPRoute => version.is_deprecated(),
        Kind::TrafficMetrics | Kind::TrafficMetricsList => true,
        Kind::IdentityBinding | Kind::UDPRoute | Kind::TrafficSplit => false,
    };
    if at_root {
        object.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    } else {
        object["spec"] = body;
    }
    object
}

/// The places of all values in an object, the object itself left out.
fn places(value: &Value, here: &str, found: &mut Vec<String>) {
    let mut visit = |step: &str, inner: &Value| {
        let place = format!("{here}/{}", step.replace('~', "~0").replace('/', "~1"));
        places(inner, &place, found);
        found.push(place);
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, inner)| visit(key, inner)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, inner)| visit(&index.to_string(), inner))
        }
        _ => {}
    }
}

/// A full object in which some values are something else.
fn broken() -> impl Strategy<Value = Value> {
    (api(), prop::collection::vec((any::<Index>(), json()), 0..3)).prop_map(|(api, changes)| {
        let mut object = full(api);
        for (index, value) in changes {
            let mut found = Vec::new();
            places(&object, "", &mut found);
            let place = index.get(&found).clone();
            *object.pointer_mut(&place).unwrap() = value;
        }
        object
    })
}

fn without_carrier(metadata: &Value) -> Value {
    let mut metadata = metadata.clone();
    if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
        annotations.remove(CARRIER_ANNOTATION);
        if annotations.is_empty() {
            metadata.as_object_mut().unwrap().remove("annotations");
        }
    }
    metadata
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_given_is_answered(object in prop_oneof![3 => broken(), 1 => json()], to in version()) {
        let read = convert::read(&object);
        let findings = validate::object(&object, &Contexts::default());
        let is_list = object["items"].is_array() && object["kind"] != "TrafficMetricsList";
        if read.is_err() && !is_list {
            prop_assert!(findings.iter().any(|finding| finding.severity == Severity::Error), "{object}");
        }
        let converted = convert::object(&object, to, &ConvertOptions::default());
        if let (Ok(converted), Ok(read)) = (&converted, &read) {
            prop_assert_eq!(&converted.object["kind"], &object["kind"]);
            prop_assert_eq!(&converted.object["apiVersion"], &format!("{}/{to}", read.object.kind().group()));
            let metadata = object.get("metadata").filter(|metadata| !metadata.is_null()).cloned().unwrap_or(json!({}));
            if read.object.version() != to {
                prop_assert_eq!(without_carrier(&converted.object["metadata"]), without_carrier(&metadata));
                // What came out can be read, and comes back.
                let back = convert::object(&converted.object, read.object.version(), &ConvertOptions::default());
                prop_assert!(back.is_ok(), "{:?} of {object}", back);
            }
        }
    }

    #[test]
    fn a_review_of_anything_is_answered(objects in prop::collection::vec(prop_oneof![broken(), json()], 0..3), to in version(), old in json()) {
        let group = objects.first().and_then(|object| object["apiVersion"].as_str()?.split('/').next().map(str::to_owned));
        let desired = format!("{}/{to}", group.unwrap_or_default());
        let review = json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "ConversionReview",
            "request": {"uid": "u", "desiredAPIVersion": desired, "objects": objects},
        });
        let answer = review::conversion(&review, &ConvertOptions::default()).unwrap();
        let response = &answer.review["response"];
        prop_assert_eq!(&response["uid"], "u");
        let converted = response["convertedObjects"].as_array().unwrap();
        match &answer.failure {
            None => {
                prop_assert_eq!(converted.len(), objects.len());
                prop_assert!(converted.iter().all(|object| object["apiVersion"] == desired.as_str()));
            }
            Some(message) => prop_assert_eq!(&response["result"]["message"], message),
        }
        for object in objects {
            for operation in ["CREATE", "UPDATE", "DELETE", "?"] {
                let review = json!({
                    "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
                    "request": {"uid": "u", "operation": operation, "object": object, "oldObject": old},
                });
                let answer = review::admission(&review, &AdmissionOptions::default()).unwrap();
                let response = &answer.review["response"];
                prop_assert_eq!((&response["uid"], &response["allowed"]), (&json!("u"), &json!(answer.allowed)));
                prop_assert_eq!(answer.allowed, response.get("status").is_none());
                for warning in response["warnings"].as_array().into_iter().flatten() {
                    prop_assert!(warning.as_str().unwrap().chars().count() <= 256);
                }
            }
        }
        // A body that is anything.
        let _ = review::conversion(&old, &ConvertOptions::default());
        let _ = review::admission(&old, &AdmissionOptions::default());
    }

    /// A field nobody knows is found wherever it stands, and nothing that is known is taken for one.
    #[test]
    fn unknown_fields_are_exactly_those_that_were_added(api in api(), index in any::<Index>(), value in json()) {
        let known = full(api);
        let codes = |object: &Value| -> Vec<String> {
            let findings = validate::object(object, &Contexts::default());
            findings.iter().filter(|f| ["SMI-VAL-3", "SMI-VAL-46"].contains(&f.code)).map(ToString::to_string).collect()
        };
        let before = codes(&known);
        // In v1alpha1 `headers` are known, and reported all the same.
        prop_assert!(before.iter().all(|line| line.starts_with("matches[0].headers")), "{before:?}");
        let mut maps = vec![String::new()];
        places(&known, "", &mut maps);
        maps.retain(|place| {
            let is_free = ["/metadata", "/headers", "/matchLabels"].iter().any(|free| place.contains(free));
            known.pointer(place).unwrap().is_object() && !is_free
        });
        let place = maps[index.index(maps.len())].as_str();
        let mut object = known.clone();
        object.pointer_mut(place).unwrap()["xyzzy"] = value.clone();
        let added = codes(&object).len() - before.len();
        prop_assert_eq!(added, usize::from(!value.is_null()), "{}", object);
    }
}

fn quantity() -> impl Strategy<Value = Value> {
    let suffix = prop::sample::select(vec!["", "n", "u", "m", "k", "M", "Ki", "e3", "e-3"]);
    let text = ("-?[0-9]{1,6}(\\.[0-9]{0,4})?", suffix)
        .prop_map(|(number, suffix)| json!(format!("{number}{suffix}")));
    prop_oneof![3 => text, 1 => any::<i32>().prop_map(Value::from), 1 => Just(Value::Null)]
}

fn reference() -> impl Strategy<Value = Value> {
    let kind = prop::option::of(prop::sample::select(vec![
        "Pod",
        "Daemonset",
        "DaemonSet",
        "trafficsplit",
        "Unknown",
        "",
    ]));
    let text = || prop::option::of("[a-c]{1,2}");
    (kind, text(), text(), text())
        .prop_map(|(kind, namespace, name, uid)| json!({"kind": kind, "namespace": namespace, "name": name, "uid": uid}))
}

fn metrics(version: Version) -> impl Strategy<Value = Value> {
    let metric = (
        prop::sample::select(vec!["p99_response_latency", "p50_response_latency", "success_count", "other"]),
        prop::option::of(prop::sample::select(vec!["ms", "s", "seconds", "us", "min", ""])),
        quantity(),
    );
    let metric = metric.prop_map(|(name, unit, value)| json!({"name": name, "unit": unit, "value": value}));
    let direction = prop::sample::select(vec![json!("to"), json!("from"), json!(""), Value::Null]);
    let side = prop::sample::select(vec![json!("client"), json!("server"), json!(""), Value::Null]);
    let edge = (direction, side, prop::option::of(reference()))
        .prop_map(|(direction, side, peer)| json!({"direction": direction, "side": side, "resource": peer}));
    let window = prop::option::of((0_u32..100_000, prop::sample::select(vec!["s", "ms", "m"])));
    let backend =
        prop::option::of(any::<u32>().prop_map(|weight| json!({"apex": "a", "name": "b", "weight": weight})));
    (prop::option::of(edge), window, reference(), prop::collection::vec(metric, 0..6), backend).prop_map(
        move |(edge, window, resource, metrics, backend)| {
            let window = window.map(|(number, unit)| format!("{number}{unit}"));
            json!({
                "apiVersion": format!("metrics.smi-spec.io/{version}"), "kind": "TrafficMetrics",
                "metadata": {"name": "web", "creationTimestamp": null}, "timestamp": "2026-11-21T17:00:00Z",
                "window": window, "edge": edge, "resource": resource, "metrics": metrics, "backend": backend,
            })
        },
    )
}

fn measurement() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![Version::V1Alpha1, Version::V1Alpha2]).prop_flat_map(|version| {
        let list = prop::collection::vec(metrics(version), 0..3).prop_map(move |items| {
            json!({"apiVersion": format!("metrics.smi-spec.io/{version}"), "kind": "TrafficMetricsList", "items": items})
        });
        prop_oneof![metrics(version), list]
    })
}

/// What an object says, whatever its version.
fn meaning(object: &Value) -> (Value, Vec<hub::TrafficMetrics>) {
    let unversioned =
        |metrics: hub::TrafficMetrics| hub::TrafficMetrics { version: Version::V1Alpha1, ..metrics };
    match convert::read(object).unwrap().object {
        hub::Object::TrafficMetrics(metrics) => (Value::Null, vec![unversioned(metrics)]),
        hub::Object::TrafficMetricsList(list) => {
            let rest = json!([list.metadata, list.resource, list.selector]);
            (rest, list.items.into_iter().map(unversioned).collect())
        }
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn metrics_say_the_same_in_both_versions(object in measurement()) {
        for to in [Version::V1Alpha1, Version::V1Alpha2] {
            let there = convert::object(&object, to, &ConvertOptions::default()).unwrap();
            prop_assert_eq!(&there.losses, &[]);
            prop_assert_eq!(meaning(&there.object), meaning(&object));
            // Written once, nothing is left to respell: there and back is the same text.
            for over in [Version::V1Alpha1, Version::V1Alpha2] {
                let other = convert::write(&convert::read(&there.object).unwrap().object, over, &ConvertOptions::default()).unwrap();
                let back = convert::write(&convert::read(&other.object).unwrap().object, to, &ConvertOptions::default()).unwrap();
                let again = convert::write(&convert::read(&there.object).unwrap().object, to, &ConvertOptions::default()).unwrap();
                prop_assert_eq!(&back.object, &again.object);
            }
        }
    }
}
