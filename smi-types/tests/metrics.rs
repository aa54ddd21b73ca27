//! TrafficMetrics: what other writers wrote, and what is written (reference, sections 2.6, 2.7, 3.4, 6.8 and 12.3).
// Helpers of tests are tests: `unwrap` says at the right line what failed.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use smi_types::convert::{self, ConvertOptions, ObjectError};
use smi_types::metrics::{Direction, Metric, MetricName, ObjectReference, ResourceKind, Side, Window};
use smi_types::quantity::Quantity;
use smi_types::validate::{self, Contexts};
use smi_types::{Metadata, Version, hub};

use Version::{V1Alpha1, V1Alpha2};

fn metrics(version: &str, fields: Value) -> Value {
    let mut object =
        json!({"apiVersion": format!("metrics.smi-spec.io/{version}"), "kind": "TrafficMetrics"});
    object.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    object
}

fn read(object: &Value) -> hub::TrafficMetrics {
    match convert::read(object).unwrap().object {
        hub::Object::TrafficMetrics(metrics) => metrics,
        other => panic!("{other:?}"),
    }
}

fn convert_to(object: &Value, to: Version) -> Value {
    let converted = convert::object(object, to, &ConvertOptions::default()).unwrap();
    assert_eq!(converted.losses, []);
    converted.object
}

/// The first example of the prose, which has neither apiVersion nor metadata, and latencies in seconds.
fn prose() -> Value {
    let latency = |name: &str| json!({"name": name, "unit": "seconds", "value": "10m"});
    metrics(
        "v1alpha1",
        json!({
            "resource": {"name": "foo-775b9cbd88-ntxsl", "namespace": "foobar", "kind": "Pod"},
            "edge": {
                "direction": "to", "side": "client",
                "resource": {"name": "baz-577db7d977-lsk2q", "namespace": "foobar", "kind": "Pod"},
            },
            "timestamp": "2019-04-08T22:25:55Z", "window": "30s",
            "metrics": [
                latency("p99_response_latency"), latency("p90_response_latency"), latency("p50_response_latency"),
                {"name": "success_count", "value": 100}, {"name": "failure_count", "value": 100},
            ],
        }),
    )
}

#[test]
fn the_prose_is_read() {
    let read = read(&prose());
    assert_eq!(
        read.value(MetricName::P99ResponseLatency),
        Some(Quantity::from(10)),
        "seconds are milliseconds"
    );
    assert_eq!(read.value(MetricName::SuccessCount), Some(Quantity::from(100)), "a number is a quantity");
    let edge = read.edge.unwrap();
    assert_eq!(
        (edge.direction, edge.side, edge.peer.resource_kind()),
        (Direction::To, Side::Client, Some(ResourceKind::Pod))
    );
    assert_eq!(
        (read.window, read.timestamp.as_deref()),
        (Some(Window::default()), Some("2019-04-08T22:25:55Z"))
    );
    assert_eq!(validate::object(&prose(), &Contexts::default()), []);
}

/// What the Go server of the project wrote (section 7.3): v1alpha1 without sides, null for nothing, its own spelling of kinds.
#[test]
fn the_go_server_is_read() {
    let written = metrics(
        "v1alpha1",
        json!({
            "metadata": {
                "name": "web", "namespace": "shop", "creationTimestamp": "2020-10-23T12:00:00Z",
                "selfLink": "/apis/metrics.smi-spec.io/v1alpha1/namespaces/shop/daemonsets/web",
            },
            "timestamp": "2020-10-23T12:00:00Z", "window": "30s",
            "resource": {"kind": "Daemonset", "namespace": "shop", "name": "web"},
            "edge": {"direction": "from", "resource": null},
            "metrics": [
                {"name": "p99_response_latency", "unit": "ms", "value": "73492m"}, {"name": "success_count", "value": "1k"},
            ],
        }),
    );
    let new = convert_to(&written, V1Alpha2);
    assert_eq!(new["resource"]["kind"], "DaemonSet");
    assert_eq!(new["edge"], json!({"direction": "from", "side": "server", "resource": {}}));
    assert_eq!((&new["metrics"], &new["metadata"]), (&written["metrics"], &written["metadata"]));
    assert_eq!(new.get("backend"), None);

    // An edge it made without saying which way, and one that is not there.
    let mut unset = written;
    unset["edge"] = json!({"direction": "", "side": "", "resource": {"kind": "Pod"}});
    let edge = read(&unset).edge.unwrap();
    assert_eq!(
        (edge.direction, edge.side, edge.peer.kind.as_deref()),
        (Direction::From, Side::Server, Some("Pod"))
    );
    unset["edge"] = Value::Null;
    assert_eq!(read(&unset).edge, None);
    unset["edge"] = json!({"direction": "to"});
    assert_eq!(read(&unset).edge.unwrap().side, Side::Client);
}

#[test]
fn the_two_versions_say_the_same() {
    let full = metrics(
        "v1alpha1",
        json!({
            "metadata": {"name": "web", "namespace": "shop"},
            "timestamp": "2026-11-21T17:00:00Z", "window": "1m30s",
            "resource": {"apiVersion": "split.smi-spec.io/v1alpha4", "kind": "TrafficSplit", "namespace": "shop", "name": "web"},
            "edge": {"direction": "from", "side": "client", "resource": {}},
            "backend": {"apex": "web", "name": "web-v1", "weight": 500},
            "metrics": [{"name": "p50_response_latency", "unit": "ms", "value": "0"}, {"name": "failure_count", "value": "3"}],
        }),
    );
    let new = convert_to(&full, V1Alpha2);
    let mut expected = full.clone();
    expected["apiVersion"] = json!("metrics.smi-spec.io/v1alpha2");
    assert_eq!(new, expected);
    assert_eq!(convert_to(&new, V1Alpha1), full);
}

#[test]
fn units_become_milliseconds_and_stay_exact() {
    let converted = |unit: Value, value: &str| {
        let object = metrics(
            "v1alpha1",
            json!({"metrics": [{"name": "p90_response_latency", "unit": unit, "value": value}]}),
        );
        let metric = convert_to(&object, V1Alpha2)["metrics"][0].clone();
        (metric["unit"].clone(), metric["value"].clone(), read(&object).value(MetricName::P90ResponseLatency))
    };
    let milli = |value: &str| (json!("ms"), json!(value), Some(value.parse().unwrap()));
    assert_eq!(converted(json!("seconds"), "10m"), milli("10"));
    assert_eq!(converted(json!("s"), "1.5"), milli("1500"));
    assert_eq!(converted(json!("us"), "1"), milli("1m"));
    assert_eq!(converted(json!("us"), "1500"), milli("1500m"));
    assert_eq!(converted(json!(null), "7"), milli("7"));
    assert_eq!(converted(json!(""), "7"), milli("7"));
    assert_eq!(converted(json!("ms"), "247.199"), milli("247199m"));
    // What is not known, or would not be exact, is not touched, and not taken for milliseconds.
    assert_eq!(converted(json!("min"), "1"), (json!("min"), json!("1"), None));
    assert_eq!(converted(json!("us"), "1n"), (json!("us"), json!("1n"), None));
    assert_eq!(converted(json!("s"), "1e27"), (json!("s"), json!("1000000000E"), None));
    // Counts have no unit to scale.
    let count =
        metrics("v1alpha1", json!({"metrics": [{"name": "success_count", "unit": "s", "value": "2"}]}));
    assert_eq!(convert_to(&count, V1Alpha2)["metrics"][0], count["metrics"][0]);
}

/// Section 12.3: the bytes are those of a Go server.
#[test]
fn measured_numbers_are_written_as_kubernetes_writes_them() {
    use MetricName::{P99ResponseLatency, SuccessCount};
    for (name, number, value) in [
        (SuccessCount, "0", "0"),
        (SuccessCount, "294", "294"),
        (P99ResponseLatency, "10.123456", "10123m"),
        (P99ResponseLatency, "247.199", "247199m"),
        (SuccessCount, "1000", "1k"),
        (SuccessCount, "1500", "1500"),
        (SuccessCount, "999.5", "1k"),
        (P99ResponseLatency, "0.0004999", "0"),
        (P99ResponseLatency, "0.0005", "1m"),
    ] {
        let metric = Metric::measured(name, number.parse().unwrap());
        let unit = name.is_latency().then_some("ms");
        let mut expected = json!({"name": name.as_str(), "value": value});
        if let Some(unit) = unit {
            expected["unit"] = json!(unit);
        }
        assert_eq!(serde_json::to_value(&metric).unwrap(), expected);
    }
}

#[test]
fn the_names_are_five_in_their_order() {
    let names = MetricName::ALL.map(MetricName::as_str);
    assert_eq!(
        names,
        [
            "p99_response_latency",
            "p90_response_latency",
            "p50_response_latency",
            "success_count",
            "failure_count"
        ]
    );
    assert!(MetricName::ALL.into_iter().all(|name| MetricName::parse(name.as_str()) == Some(name)));
    assert_eq!(MetricName::parse("P99_response_latency"), None);
    assert_eq!(MetricName::ALL.map(MetricName::is_latency), [true, true, true, false, false]);
}

#[test]
fn kinds_are_read_in_any_spelling() {
    for (text, kind) in [
        ("Daemonset", ResourceKind::DaemonSet),
        ("STATEFULSET", ResourceKind::StatefulSet),
        ("trafficsplit", ResourceKind::TrafficSplit),
        ("Namespace", ResourceKind::Namespace),
    ] {
        assert_eq!(ResourceKind::parse(text), Some(kind));
    }
    for kind in ResourceKind::ALL {
        assert_eq!(ResourceKind::parse(kind.as_str()), Some(kind));
        assert_eq!(ResourceKind::parse_plural(kind.plural()), Some(kind));
        assert_eq!(kind.plural(), format!("{}s", kind.as_str().to_lowercase()));
        assert_eq!(ObjectReference::to(kind, "shop", "web").namespace.is_some(), kind.is_namespaced());
    }
    // A kind that is not known is left as it is.
    let object = metrics("v1alpha2", json!({"resource": {"kind": "Unknown"}}));
    assert_eq!(read(&object).resource.kind.as_deref(), Some("Unknown"));
}

#[test]
fn lists_are_read_and_converted_with_their_items() {
    let mut item = prose();
    for key in ["apiVersion", "kind"] {
        item.as_object_mut().unwrap().remove(key);
    }
    let list = json!({
        "apiVersion": "metrics.smi-spec.io/v1alpha1", "kind": "TrafficMetricsList",
        "metadata": {"selfLink": "/apis/metrics.smi-spec.io/v1alpha1/pods"},
        "resource": {"kind": "pod"}, "selector": {"matchLabels": {"app": "foo"}}, "items": [item, prose()],
    });
    let new = convert_to(&list, V1Alpha2);
    assert_eq!(new["apiVersion"], "metrics.smi-spec.io/v1alpha2");
    assert_eq!((&new["resource"], &new["selector"]), (&json!({"kind": "Pod"}), &list["selector"]));
    assert_eq!(new["metadata"], list["metadata"]);
    for item in new["items"].as_array().unwrap() {
        assert_eq!((&item["apiVersion"], &item["kind"]), (&new["apiVersion"], &json!("TrafficMetrics")));
        assert_eq!(item["metrics"][0], json!({"name": "p99_response_latency", "unit": "ms", "value": "10"}));
    }
    assert_eq!(validate::object(&list, &Contexts::default()), []);
    for items in [json!([]), Value::Null] {
        let mut empty = list.clone();
        empty["items"] = items;
        assert_eq!(convert_to(&empty, V1Alpha2)["items"], json!([]));
    }
}

#[test]
fn what_is_no_measurement_says_where() {
    let message = |object: &Value| -> String {
        let error: ObjectError = convert::read(object).unwrap_err();
        error.to_string()
    };
    for (fields, text) in [
        (
            json!({"window": "half a minute"}),
            r#"window: "half a minute" is not a duration such as 30s or 1m30s"#,
        ),
        (json!({"window": 30}), "window: invalid type: integer `30`, expected a string"),
        (
            json!({"edge": {"direction": "up"}}),
            "edge.direction: unknown variant `up`, expected `to` or `from`",
        ),
        (
            json!({"metrics": [{"name": "x", "value": "much"}]}),
            r#"metrics[0].value: "much" is not a quantity: it does not start with a number"#,
        ),
        (
            json!({"metrics": [{"name": "x", "value": true}]}),
            r#"metrics[0].value: invalid type: boolean `true`, expected a quantity such as "500m""#,
        ),
        (json!({"resource": "pod"}), r#"resource: invalid type: string "pod", expected a map"#),
        (
            json!({"backend": {"weight": 0.5}}),
            "backend.weight: invalid type: floating point `0.5`, expected i64",
        ),
    ] {
        assert_eq!(message(&metrics("v1alpha2", fields)), text);
    }
    let list = |items: Value| json!({"apiVersion": "metrics.smi-spec.io/v1alpha2", "kind": "TrafficMetricsList", "items": items});
    assert_eq!(message(&list(json!({}))), "items: invalid type: map, expected a list of TrafficMetrics");
    assert_eq!(
        message(&list(json!([prose()]))),
        r#"items[0]: apiVersion is "metrics.smi-spec.io/v1alpha1", not "metrics.smi-spec.io/v1alpha2""#
    );
    assert_eq!(
        message(&metrics("v1alpha3", json!({}))),
        r#"apiVersion: TrafficMetrics has no version "v1alpha3""#
    );
}

#[test]
fn unknown_fields_are_found() {
    let mut object = prose();
    object["route"] = json!("/api");
    object["metrics"][0]["route"] = json!("/api");
    let findings: Vec<String> =
        validate::object(&object, &Contexts::default()).iter().map(|f| format!("{} {f}", f.code)).collect();
    assert_eq!(
        findings,
        [
            "SMI-VAL-3 metrics[0].route: TrafficMetrics v1alpha1 has no field metrics[0].route",
            "SMI-VAL-3 route: TrafficMetrics v1alpha1 has no field route",
        ]
    );
}

/// What a server of this project writes, from its own values to bytes.
#[test]
fn an_answer_is_made_from_the_version_free_form() {
    let metrics = hub::TrafficMetrics {
        metadata: Metadata::named("shop", "web"),
        version: V1Alpha2,
        timestamp: Some("2026-11-21T17:00:00Z".to_owned()),
        window: Some(Window::default()),
        resource: ObjectReference::to(ResourceKind::Deployment, "shop", "web"),
        edge: Some(hub::Edge {
            direction: Direction::From,
            side: Side::Server,
            peer: ObjectReference::default(),
        }),
        backend: None,
        metrics: MetricName::ALL.map(|name| Metric::measured(name, Quantity::default())).to_vec(),
    };
    let written = convert::traffic_metrics(&metrics, V1Alpha1, &ConvertOptions::default()).unwrap().object;
    let latency = |name: &str| json!({"name": name, "unit": "ms", "value": "0"});
    assert_eq!(
        written,
        json!({
            "apiVersion": "metrics.smi-spec.io/v1alpha1", "kind": "TrafficMetrics",
            "metadata": {"name": "web", "namespace": "shop"},
            "timestamp": "2026-11-21T17:00:00Z", "window": "30s",
            "resource": {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "shop", "name": "web"},
            "edge": {"direction": "from", "side": "server", "resource": {}},
            "metrics": [
                latency("p99_response_latency"), latency("p90_response_latency"), latency("p50_response_latency"),
                {"name": "success_count", "value": "0"}, {"name": "failure_count", "value": "0"},
            ],
        })
    );
    for to in [Version::V1Alpha3, Version::V1Alpha4] {
        let error = convert::traffic_metrics(&metrics, to, &ConvertOptions::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "apiVersion: cannot convert v1alpha2 to {to}: TrafficMetrics has no version {to}; it has v1alpha1, v1alpha2"
            )
        );
    }
}

#[test]
fn names_are_read_by_from_str() {
    assert_eq!("daemonset".parse(), Ok(ResourceKind::DaemonSet));
    assert_eq!("p99_response_latency".parse(), Ok(MetricName::P99ResponseLatency));
    let error = "p95".parse::<MetricName>().unwrap_err();
    assert!(
        error.to_string().starts_with(r#""p95" is no metric of SMI; there are p99_response_latency, "#),
        "{error}"
    );
    let error = "ConfigMap".parse::<ResourceKind>().unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with(r#""ConfigMap" is no kind that can be measured; there are Namespace, "#),
        "{error}"
    );
}
