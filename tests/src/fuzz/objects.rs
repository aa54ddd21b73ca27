//! SMI objects out of bytes: written as YAML or JSON, or chosen field by field.

use serde_json::{Map, Value, json};
use smi_translate::yaml::{self, Limits};
use smi_types::convert::CARRIER_ANNOTATION;
use smi_types::{Kind, Version};

use super::choices::Choices;

/// The objects of an input. One that begins with a control character is an object of choices, all others are text.
pub(super) fn objects(data: &[u8]) -> Vec<Value> {
    if data.first().is_some_and(|first| *first < b'\t') {
        return vec![chosen(&mut Choices::new(&data[1..]))];
    }
    let text = yaml::decode_text(data);
    let documents = yaml::read(&text.text, &Limits::default()).take(16);
    documents.filter_map(|document| Some(document.content.ok()?.to_json())).collect()
}

/// An object of any kind and version; most of its fields are well-formed.
pub(super) fn chosen(choices: &mut Choices<'_>) -> Value {
    let kind = choices.of(&Kind::ALL);
    let version = choices.of(kind.versions());
    let mut object = json!({"apiVersion": format!("{}/{version}", kind.group()), "kind": kind.as_str()});
    let mut body = body(kind, version, choices);
    let at_the_root = match kind {
        Kind::TrafficTarget => version == Version::V1Alpha1,
        Kind::HTTPRouteGroup => matches!(version, Version::V1Alpha1 | Version::V1Alpha2),
        Kind::TrafficMetrics | Kind::TrafficMetricsList => true,
        _ => false,
    };
    object["metadata"] = metadata(choices);
    if at_the_root {
        object.as_object_mut().expect("it was made as one").append(&mut body);
    } else {
        object["spec"] = body.into();
    }
    if choices.once_in(8) {
        object["status"] = choices.of(&[json!({"conditions": []}), json!("done"), json!(null)]);
    }
    if choices.once_in(16) {
        spoil(&mut object, choices);
    }
    object
}

/// Puts something strange somewhere.
pub(super) fn spoil(value: &mut Value, choices: &mut Choices<'_>) {
    let deeper = !choices.once_in(3);
    let inner = match value {
        Value::Object(fields) if deeper && !fields.is_empty() => {
            let place = choices.below(fields.len());
            fields.values_mut().nth(place)
        }
        Value::Array(items) if deeper && !items.is_empty() => {
            let place = choices.below(items.len());
            items.get_mut(place)
        }
        _ => None,
    };
    match inner {
        Some(inner) => spoil(inner, choices),
        None => *value = choices.strange(),
    }
}

fn metadata(choices: &mut Choices<'_>) -> Value {
    let mut metadata = json!({"name": name(choices), "namespace": choices.of(&["shop", "bank", ""])});
    match choices.below(6) {
        0 => metadata["annotations"] = json!({"a": "b"}),
        1 => metadata["annotations"] = json!({CARRIER_ANNOTATION: carrier(choices), "a": "b"}),
        2 => metadata["annotations"] = json!({CARRIER_ANNOTATION: carrier(choices)}),
        3 => metadata["annotations"] = Value::Null,
        _ => {}
    }
    if choices.once_in(4) {
        metadata["finalizers"] = json!(["keep"]);
        metadata["generation"] = json!(3);
        metadata["labels"] = json!({"app": null});
    }
    metadata
}

/// What an earlier conversion may have left, or somebody may have written there.
fn carrier(choices: &mut Choices<'_>) -> String {
    let keys = [
        "matches",
        "quantities",
        "destinationPort",
        "groups",
        "sourcePorts",
        "ports",
        "matches.name",
        "duplicateHeaders",
        "other",
    ];
    let data: Map<String, Value> = choices
        .list(3, |choices| {
            let key = choices.of(&keys);
            (key.to_owned(), carried(key, choices))
        })
        .into_iter()
        .collect();
    let from = choices.of(&["v1alpha1", "v1alpha2", "v1alpha3", "v1alpha4", "v1"]);
    let carrier = json!({"v": choices.of(&[1, 1, 1, 2]), "from": from, "data": data}).to_string();
    match choices.once_in(16) {
        true => carrier.chars().take(choices.below(256)).collect(),
        false => carrier,
    }
}

fn carried(key: &str, choices: &mut Choices<'_>) -> Value {
    if choices.once_in(10) {
        return choices.strange();
    }
    match key {
        "matches" => json!({"service": name(choices), "refs": choices.list(2, reference)}),
        "quantities" => choices
            .list(3, |choices| json!({"service": name(choices), "quantity": quantity(choices)}))
            .into(),
        "destinationPort" => json!({"port": port(choices), "destination": subject(choices)}),
        "groups" => choices
            .list(2, |choices| {
                json!({"source": choices.of(&[Some(0), Some(1), None]), "subject": subject(choices), "group": "apps"})
            })
            .into(),
        "sourcePorts" => choices
            .list(2, |choices| json!({"source": choices.below(3), "subject": subject(choices), "port": port(choices)}))
            .into(),
        "ports" => choices.list(3, port).into(),
        "duplicateHeaders" => choices
            .list(2, |choices| {
                let patterns = choices.list(2, name);
                json!({"match": name(choices), "index": choices.below(3), "header": name(choices), "patterns": patterns})
            })
            .into(),
        _ => json!(name(choices)),
    }
}

fn body(kind: Kind, version: Version, choices: &mut Choices<'_>) -> Map<String, Value> {
    let body = match kind {
        Kind::TrafficSplit => {
            let backends =
                choices.list(4, |choices| json!({"service": name(choices), "weight": weight(choices)}));
            let mut body = json!({"service": name(choices), "backends": backends});
            if choices.once_in(2) {
                body["matches"] = choices.list(2, reference).into();
            }
            body
        }
        Kind::TrafficTarget => {
            let rule = |choices: &mut Choices<'_>| {
                let kind = choices.of(&["HTTPRouteGroup", "TCPRoute", "UDPRoute", "GRPCRoute"]);
                let mut rule = json!({"kind": kind, "name": name(choices)});
                if choices.once_in(2) {
                    rule["matches"] = choices.list(2, name).into();
                }
                rule
            };
            let rules = if version == Version::V1Alpha1 { "specs" } else { "rules" };
            json!({"destination": subject(choices), rules: choices.list(3, rule), "sources": choices.list(3, subject)})
        }
        Kind::HTTPRouteGroup => json!({"matches": choices.list(3, http_match)}),
        Kind::TCPRoute | Kind::UDPRoute => match choices.below(4) {
            0 => json!({}),
            1 => json!({"matches": null}),
            2 => json!({"matches": {"ports": choices.list(3, port)}}),
            _ => json!({"matches": {"name": name(choices), "ports": choices.list(3, port)}}),
        },
        Kind::IdentityBinding => {
            let labels: Map<_, _> =
                choices.list(2, |choices| (name(choices), json!("x"))).into_iter().collect();
            let ids = choices
                .list(2, |choices| choices.of(&["cluster.local/ns/a/sa/b", "spiffe://td/x", "td", ""]));
            json!({"schemes": {
                "podLabelSelector": {"matchLabels": labels}, "spiffeIdentities": ids, "serviceAccount": name(choices),
            }})
        }
        Kind::TrafficMetrics => metrics(choices),
        Kind::TrafficMetricsList => {
            json!({"resource": resource(choices), "items": choices.list(2, metrics)})
        }
    };
    match body {
        Value::Object(body) => body,
        _ => Map::new(),
    }
}

fn name(choices: &mut Choices<'_>) -> String {
    match choices.below(12) {
        0 => String::new(),
        1 => choices.text(),
        2 => "web.shop".to_owned(),
        3 => "web.shop.svc.cluster.local".to_owned(),
        _ => choices.of(&["a", "b", "web", "web-v2"]).to_owned(),
    }
}

fn reference(choices: &mut Choices<'_>) -> Value {
    let kind = choices.of(&["HTTPRouteGroup", "HTTPRouteGroup", "TCPRoute"]);
    json!({"apiGroup": choices.of(&[None, Some("specs.smi-spec.io")]), "kind": kind, "name": name(choices)})
}

fn subject(choices: &mut Choices<'_>) -> Value {
    let kind = choices.of(&["ServiceAccount", "ServiceAccount", "IdentityBinding", "Group", ""]);
    let mut subject = json!({"kind": kind, "name": name(choices)});
    if choices.once_in(2) {
        subject["namespace"] = json!(choices.of(&["shop", "bank", ""]));
    }
    if choices.once_in(4) {
        subject["group"] = json!(choices.of(&["", "access.smi-spec.io", "apps"]));
    }
    if choices.once_in(3) {
        subject["port"] = port(choices);
    }
    subject
}

fn port(choices: &mut Choices<'_>) -> Value {
    match choices.below(10) {
        0 => json!(0),
        1 => json!("8080"),
        2 => json!(80.0),
        3 => json!(70000),
        4 => choices.strange(),
        _ => json!(1 + choices.below(4)),
    }
}

fn quantity(choices: &mut Choices<'_>) -> String {
    let number = choices.of(&["1", "0", "500", "1000", "0.5", "33.25", "9223372036854775807", "007"]);
    format!("{number}{}", choices.of(&["", "m", "k", "u", "n", "E", "Ki", "Ei", "e3", "e-2"]))
}

fn weight(choices: &mut Choices<'_>) -> Value {
    match choices.below(10) {
        0 => choices.strange(),
        1 => json!(i64::MAX),
        2 => json!(50.0),
        3..6 => json!(quantity(choices)),
        _ => json!(choices.byte()),
    }
}

fn http_match(choices: &mut Choices<'_>) -> Value {
    let mut one = json!({"name": name(choices)});
    if choices.once_in(2) {
        one["pathRegex"] = json!(choices.of(&["/", "/api", "/api/.*", "(", ""]));
    }
    if choices.once_in(2) {
        let method = |choices: &mut Choices<'_>| choices.of(&["GET", "POST", "*", "get", ""]);
        one["methods"] = choices.list(2, method).into();
    }
    let pair = |choices: &mut Choices<'_>| {
        let name = choices.of(&["x", "X", "host", "user-agent", ":path"]);
        (name.to_owned(), json!(choices.of(&["1", "2", ".*", ""])))
    };
    match choices.below(4) {
        0 => one["headers"] = choices.list(3, pair).into_iter().collect::<Map<_, _>>().into(),
        1 => {
            let pairs = choices.list(3, pair).into_iter();
            one["headers"] = pairs.map(|pair| Value::Object(Map::from_iter([pair]))).collect();
        }
        2 => one["headers"] = Value::Null,
        _ => {}
    }
    one
}

fn resource(choices: &mut Choices<'_>) -> Value {
    json!({"kind": choices.of(&["Pod", "Deployment", "pods", ""]), "namespace": "shop", "name": name(choices)})
}

fn metrics(choices: &mut Choices<'_>) -> Value {
    let metric = |choices: &mut Choices<'_>| {
        let name = choices.of(&["p99_response_latency", "success_count", "other"]);
        json!({"name": name, "unit": choices.of(&["ms", "s", "", "seconds"]), "value": quantity(choices)})
    };
    let mut metrics = json!({
        "kind": "TrafficMetrics", "resource": resource(choices), "timestamp": "2019-04-08T22:25:55Z",
        "window": choices.of(&["30s", "1m", "", "x"]), "metrics": choices.list(2, metric),
    });
    if choices.once_in(2) {
        metrics["edge"] = json!({"direction": choices.of(&["to", "from"]), "resource": resource(choices)});
    }
    if choices.once_in(4) {
        metrics["edge"] =
            json!({"direction": "to", "side": choices.of(&["client", "server"]), "resource": null});
    }
    metrics
}
