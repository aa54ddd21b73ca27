//! Objects of any kind, given as JSON: `convert::object`, `convert::read` and `validate::object`.
// Helpers of tests are tests: `unwrap` says at the right line what failed.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use smi_types::convert::{self, CARRIER_ANNOTATION, ConvertOptions, LossClass, ObjectError, ObjectProblem};
use smi_types::validate::{self, Contexts, Severity};
use smi_types::{ApiVersion, HeaderStyle, Kind, Version};

use Version::{V1Alpha1, V1Alpha2, V1Alpha3, V1Alpha4};

fn convert_to(object: &Value, to: Version) -> Result<convert::Converted<Value>, ObjectError> {
    convert::object(object, to, &ConvertOptions::default())
}

fn error(object: &Value, to: Version) -> (ObjectProblem, String, Option<String>) {
    let error = convert_to(object, to).unwrap_err();
    (error.problem, error.to_string(), error.help)
}

/// `E SMI-VAL-41 path: message` for each finding.
fn lines(object: &Value) -> Vec<String> {
    let letter = |severity| match severity {
        Severity::Error => 'E',
        Severity::Warning => 'W',
        Severity::Info => 'I',
    };
    let findings = validate::object(object, &Contexts::default());
    findings.iter().map(|f| format!("{} {} {f}", letter(f.severity), f.code)).collect()
}

fn measured(name: &str) -> Value {
    json!({
        "timestamp": "2026-11-21T17:00:00Z", "window": "30s",
        "resource": {"apiVersion": "apps/v1", "kind": "Deployment", "namespace": "shop", "name": name},
        "edge": {"direction": "to", "side": "server", "resource": {"kind": "Pod", "namespace": "shop", "name": "db-0"}},
        "backend": {"apex": "web", "name": "web-v1", "weight": 500},
        "metrics": [
            {"name": "p99_response_latency", "unit": "ms", "value": "10123m"}, {"name": "success_count", "value": "1k"},
        ],
    })
}

/// An object of the kind and version that is complete and right.
fn example(ApiVersion { kind, version }: ApiVersion) -> Value {
    let account = |name: &str| json!({"kind": "ServiceAccount", "name": name, "namespace": "shop"});
    let rules = json!([{"kind": "HTTPRouteGroup", "name": "routes"}]);
    let is_old = version.is_deprecated();
    let (fields, at_root) = match kind {
        Kind::TrafficTarget if version == V1Alpha1 => {
            (json!({"destination": account("api"), "specs": rules, "sources": [account("web")]}), true)
        }
        Kind::TrafficTarget => {
            (json!({"destination": account("api"), "rules": rules, "sources": [account("web")]}), false)
        }
        Kind::IdentityBinding => (json!({"schemes": {"serviceAccount": "api"}}), false),
        Kind::HTTPRouteGroup => {
            (json!({"matches": [{"name": "api", "pathRegex": "/api", "methods": ["GET"]}]}), is_old)
        }
        Kind::TCPRoute if is_old => (json!({}), true),
        Kind::TCPRoute if version == V1Alpha3 => (json!({}), false),
        Kind::TCPRoute | Kind::UDPRoute => (json!({"matches": {"ports": [8080]}}), false),
        Kind::TrafficSplit => {
            let weight = if version == V1Alpha1 { json!("1") } else { json!(1) };
            let backend = |name: &str| json!({"service": name, "weight": weight});
            (json!({"service": "web", "backends": [backend("web-v1"), backend("web-v2")]}), false)
        }
        Kind::TrafficMetrics => (measured("web"), true),
        Kind::TrafficMetricsList => {
            let mut item = measured("web");
            item["apiVersion"] = format!("{}/{version}", kind.group()).into();
            item["kind"] = json!("TrafficMetrics");
            item["metadata"] = json!({"name": "web"});
            let resource = json!({"kind": "Deployment", "namespace": "shop"});
            let selector = json!({"matchLabels": {"app": "web"}, "matchExpressions": [{"key": "a", "operator": "Exists"}]});
            (json!({"resource": resource, "selector": selector, "items": [item]}), true)
        }
    };
    let mut object = json!({
        "apiVersion": format!("{}/{version}", kind.group()), "kind": kind.as_str(),
        "metadata": {
            "name": "it", "namespace": "shop", "uid": "u", "resourceVersion": "7", "generation": 3, "creationTimestamp": null,
            "labels": {"a": "b"}, "annotations": {"c": "d"}, "finalizers": ["f"], "selfLink": "",
            "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "o"}],
            "managedFields": [{"manager": "m", "fieldsV1": {"f:spec": {}}}],
        },
        "status": {"conditions": [{"type": "Accepted", "status": "True"}]},
    });
    if at_root {
        object.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    } else {
        object["spec"] = fields;
    }
    object
}

fn everything() -> impl Iterator<Item = ApiVersion> {
    let versions =
        |kind: Kind| kind.versions().iter().map(move |version| ApiVersion { kind, version: *version });
    Kind::ALL.into_iter().flat_map(versions)
}

#[test]
fn every_kind_in_every_version_reads_converts_and_is_found_right() {
    for api in everything() {
        let object = example(api);
        let is_stored = api.kind.group() != smi_types::METRICS_GROUP;
        let expected = match is_stored && api.version.is_deprecated() {
            true => vec![format!("W SMI-VAL-4 apiVersion: {} of {} is deprecated", api.version, api.kind)],
            false => vec![],
        };
        assert_eq!(lines(&object), expected, "{api} {}", api.kind);
        assert_eq!(convert::read(&object).unwrap().object.api_version(), api);
        for to in api.kind.versions() {
            let converted = convert_to(&object, *to).unwrap().object;
            let mut expected = example(ApiVersion { version: *to, ..api });
            let carrier = converted["metadata"]["annotations"].get(CARRIER_ANNOTATION);
            if let Some(carrier) = carrier {
                expected["metadata"]["annotations"][CARRIER_ANNOTATION] = carrier.clone();
            }
            if api.kind == Kind::TCPRoute && *to == V1Alpha4 && api.version != V1Alpha4 {
                expected["spec"]["matches"]["ports"] = json!([]);
            }
            assert_eq!(converted, expected, "{api} {} to {to}", api.kind);
            assert_eq!(convert_to(&converted, *to).unwrap().object, converted);
            assert_eq!(convert_to(&converted, api.version).unwrap().object, object, "{api} {}", api.kind);
        }
    }
}

/// What an API server checks in the answer of a conversion webhook.
#[test]
fn metadata_and_status_stay_byte_for_byte() {
    let text = r#"{"name":"web","labels":null,"annotations":{"x":null,"y":"1"},"generation":12345678901234567890,"x":[1.50]}"#;
    let metadata: Value = serde_json::from_str(text).unwrap();
    let mut object = example(ApiVersion { kind: Kind::TrafficSplit, version: V1Alpha4 });
    object["metadata"] = metadata.clone();
    for to in [V1Alpha1, V1Alpha2, V1Alpha3] {
        let converted = convert_to(&object, to).unwrap().object;
        assert_eq!((&converted["metadata"], &converted["status"]), (&metadata, &object["status"]));
    }
    // An annotation that is not needed any more goes, and the map with it if it was the only one.
    object["spec"]["matches"] = json!([{"kind": "HTTPRouteGroup", "name": "g"}]);
    object["metadata"] = json!({"name": "web"});
    let old = convert_to(&object, V1Alpha2).unwrap().object;
    assert_eq!(
        old["metadata"]["annotations"].as_object().unwrap().keys().collect::<Vec<_>>(),
        [CARRIER_ANNOTATION]
    );
    assert_eq!(convert_to(&old, V1Alpha4).unwrap().object, object);
    // A status that is a text is a leftover of the first SDKs.
    object["status"] = json!("ok");
    assert_eq!(convert_to(&object, V1Alpha2).unwrap().object.get("status"), None);
    object.as_object_mut().unwrap().remove("metadata");
    assert_eq!(convert_to(&object, V1Alpha3).unwrap().object["metadata"], json!({}));
}

#[test]
fn the_same_version_is_the_identity_whatever_stands_in_it() {
    for api in everything() {
        let mut object = example(api);
        object["unknown"] = json!({"a": [null]});
        object["spec"] = json!("of the wrong type");
        let same = convert_to(&object, api.version).unwrap();
        assert_eq!((same.object, same.losses), (object, vec![]));
    }
    let mut group = example(ApiVersion { kind: Kind::HTTPRouteGroup, version: V1Alpha4 });
    group["spec"]["matches"][0]["headers"] = json!({"x": "1"});
    let list = ConvertOptions { header_style: Some(HeaderStyle::List) };
    let respelled = convert::object(&group, V1Alpha4, &list).unwrap().object;
    assert_eq!(respelled["spec"]["matches"][0]["headers"], json!([{"x": "1"}]));
}

#[test]
fn lists_are_converted_item_by_item() {
    let split = |name: &str, weight: Value| {
        let mut split = example(ApiVersion { kind: Kind::TrafficSplit, version: V1Alpha1 });
        split["metadata"] = json!({"name": name});
        split["spec"]["backends"] = json!([{"service": "a", "weight": weight}]);
        split
    };
    let service = json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}});
    let list = json!({
        "apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""},
        "items": [split("one", json!("1")), service, split("two", json!("500m"))],
    });
    let converted = convert_to(&list, V1Alpha4).unwrap();
    let items = converted.object["items"].as_array().unwrap();
    let names: Vec<_> = items.iter().map(|item| item["metadata"]["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["one", "web", "two"]);
    assert_eq!(items[2]["spec"]["backends"][0]["weight"], 500);
    assert_eq!(converted.losses[0].path.to_string(), "items[2].spec.backends");
    assert_eq!(converted.object["metadata"], json!({"resourceVersion": ""}));

    // Items of an API server's list do not always say what they are.
    let mut bare = split("one", json!("1"));
    bare.as_object_mut().unwrap().retain(|key, _| key != "apiVersion" && key != "kind");
    let list = json!({
        "apiVersion": "split.smi-spec.io/v1alpha1", "kind": "TrafficSplitList", "items": [bare, split("two", json!("2"))],
    });
    let converted = convert_to(&list, V1Alpha4).unwrap().object;
    assert_eq!(converted["apiVersion"], "split.smi-spec.io/v1alpha4");
    assert_eq!(converted["items"][0]["apiVersion"], "split.smi-spec.io/v1alpha4");
    assert_eq!(converted["items"][1]["spec"]["backends"][0]["weight"], 2);

    let broken = json!({"apiVersion": "v1", "kind": "List", "items": [service, split("bad", json!("-1"))]});
    let (problem, message, _) = error(&broken, V1Alpha4);
    assert_eq!(problem, ObjectProblem::Invalid);
    assert_eq!(
        message,
        r#"items[1].spec.backends[0].weight: cannot convert v1alpha1 to v1alpha4: the weight -1 of backend "a" is negative"#
    );
    assert_eq!(
        lines(&broken),
        [
            "W SMI-VAL-4 items[1].apiVersion: v1alpha1 of TrafficSplit is deprecated",
            "W SMI-VAL-45 items[1].spec.backends: the split has a single backend",
            r#"E SMI-VAL-43 items[1].spec.backends[0].weight: the weight -1 of backend "a" is negative"#,
        ]
    );
}

#[test]
fn what_cannot_be_converted_says_why() {
    use ObjectProblem::{NoSuchVersion, NotAnObject, NotSmi, UnknownApi, WrongType};

    for (object, problem, message, help) in [
        (json!(null), NotAnObject, "this is not a Kubernetes object: it is no map", None),
        (json!([]), NotAnObject, "this is not a Kubernetes object: it is no map", None),
        (json!({}), NotSmi, "this is no SMI object: it has neither apiVersion nor kind", None),
        (
            json!({"apiVersion": 1, "kind": []}),
            NotSmi,
            "this is no SMI object: it has neither apiVersion nor kind",
            None,
        ),
        (
            json!({"apiVersion": "v1", "kind": "Service"}),
            NotSmi,
            r#""Service" of "v1" is no kind of SMI"#,
            None,
        ),
        (
            json!({"apiVersion": "spec.smi-spec.io/v1alpha4", "kind": "TCPRoute"}),
            UnknownApi,
            "apiVersion: group spec.smi-spec.io does not exist",
            Some("write apiVersion: specs.smi-spec.io/v1alpha4"),
        ),
        (
            json!({"apiVersion": "specs.smi-spec.io/v1alpha4", "kind": "UDPRoute"}),
            NoSuchVersion,
            "apiVersion: UDPRoute has no version v1alpha2; it has v1alpha4",
            None,
        ),
        (
            json!({"apiVersion": "split.smi-spec.io/v1alpha4", "kind": "TrafficSplit", "spec": {"backends": "web"}}),
            WrongType,
            r#"spec.backends: invalid type: string "web", expected a list"#,
            None,
        ),
    ] {
        let expected = (problem, message.to_owned(), help.map(str::to_owned));
        assert_eq!(error(&object, V1Alpha2), expected);
    }
}

#[test]
fn a_wrong_type_is_found_where_it_stands() {
    let with = |kind: Kind, version: Version, path: &[&str], value: Value| {
        let mut object = example(ApiVersion { kind, version });
        let place = path.iter().fold(&mut object, |place, step| match step.parse::<usize>() {
            Ok(index) => &mut place[index],
            Err(_) => &mut place[*step],
        });
        *place = value;
        object
    };
    for (object, message) in [
        (
            with(Kind::TrafficSplit, V1Alpha1, &["spec", "backends", "1", "weight"], json!({"a": [1]})),
            r#"spec.backends[1].weight: invalid type: map, expected a weight: an integer, or a quantity such as "500m""#,
        ),
        (
            with(Kind::TrafficSplit, V1Alpha3, &["spec", "backends", "1"], json!("web")),
            r#"spec.backends[1]: invalid type: string "web", expected a map"#,
        ),
        (
            with(Kind::TrafficTarget, V1Alpha1, &["sources", "0", "name"], json!(7)),
            "sources[0].name: invalid type: integer `7`, expected a string",
        ),
        (
            with(
                Kind::HTTPRouteGroup,
                V1Alpha4,
                &["spec", "matches", "0", "headers"],
                json!({"a": "1", "x-n": 1}),
            ),
            "spec.matches[0].headers.x-n: invalid type: integer `1`, expected a string",
        ),
        (
            with(
                Kind::HTTPRouteGroup,
                V1Alpha2,
                &["matches", "0", "headers"],
                json!([{"a": "1"}, {"b": true}]),
            ),
            "matches[0].headers[1].b: invalid type: boolean `true`, expected a string",
        ),
        (
            with(Kind::TCPRoute, V1Alpha4, &["spec", "matches", "ports"], json!([80, true])),
            "spec.matches.ports[1]: invalid type: boolean `true`, expected a port number",
        ),
        (
            with(Kind::UDPRoute, V1Alpha4, &["metadata", "annotations"], json!({"a": {}})),
            "metadata.annotations.a: invalid type: map, expected a string",
        ),
        (
            with(Kind::IdentityBinding, V1Alpha4, &["spec"], json!([])),
            "spec: invalid type: list, expected a map",
        ),
    ] {
        let findings = lines(&object);
        assert_eq!(findings.last().unwrap(), &format!("E SMI-READ-5 {message}"));
        assert_eq!(convert::read(&object).unwrap_err().to_string(), message);
    }
    let huge = with(Kind::TrafficSplit, V1Alpha4, &["spec"], json!("x".repeat(100_000)));
    assert!(convert::read(&huge).unwrap_err().to_string().len() < 300);
}

#[test]
fn fields_that_do_not_exist_are_found_with_what_they_mean() {
    let split = json!({
        "apiVersion": "split.smi-spec.io/v1alpha2", "kind": "TrafficSplit", "metadata": {"name": "web", "uid": "u"}, "extra": 1,
        "spec": {
            "service": "web", "paused": null, "headers": {"x": "1"}, "matches": [{"kind": "HTTPRouteGroup", "name": "g"}],
            "backends": [{"service": "a", "weight": 1}, {"service": "b", "weight": 1, "port": 80, "matches": []}],
        },
    });
    let unknown: Vec<String> = lines(&split).into_iter().filter(|line| !line.contains("VAL-4 ")).collect();
    assert_eq!(
        unknown,
        [
            "W SMI-VAL-3 extra: TrafficSplit v1alpha2 has no field extra",
            "E SMI-VAL-46 spec.backends[1].matches: conditions of single backends do not exist; only version 0.3.0 of the \
             SMI SDK for Go wrote them",
            "W SMI-VAL-3 spec.backends[1].port: TrafficSplit v1alpha2 has no field spec.backends[1].port",
            "E SMI-VAL-3 spec.headers: TrafficSplit v1alpha2 has no field spec.headers, which looks like a condition",
            "E SMI-VAL-3 spec.matches: TrafficSplit v1alpha2 has no conditions",
        ]
    );
    let group = json!({
        "apiVersion": "specs.smi-spec.io/v1alpha4", "kind": "HTTPRouteGroup", "metadata": {"name": "g"},
        "spec": {"matches": [
            {"name": "a", "pathRegex": "/", "headers": [{"x": "1"}, {}, null, {"y": "2"}]}, {"name": "b", "pathRegexp": "/"},
        ]},
    });
    assert_eq!(
        lines(&group),
        [
            "E SMI-VAL-3 spec.matches[1].pathRegexp: a match of HTTPRouteGroup v1alpha4 has no field pathRegexp",
            "W SMI-VAL-34 spec.matches[1]: the match has no path, method or header condition",
        ]
    );
    let binding = json!({
        "apiVersion": "access.smi-spec.io/v1alpha4", "kind": "IdentityBinding", "metadata": {"name": "b"},
        "spec": {"schemes": {
            "spiffeIdentities": [], "serviceAccount": null,
            "podLabelSelector": {"matchLabels": {"headers": "1"}, "matchExpressions": [{"key": "a", "operator": "Exists"}]},
        }},
    });
    assert!(lines(&binding).contains(
        &"E SMI-VAL-3 spec.schemes.podLabelSelector.matchExpressions: a podLabelSelector has matchLabels only".to_owned()
    ));
}

#[test]
fn an_unreadable_carrier_is_a_warning() {
    let mut object = example(ApiVersion { kind: Kind::TrafficSplit, version: V1Alpha4 });
    object["metadata"]["annotations"] = json!({CARRIER_ANNOTATION: "{"});
    assert_eq!(
        lines(&object),
        [format!(
            "W SMI-CONV-1 metadata.annotations[{CARRIER_ANNOTATION:?}]: the annotation cannot be read and is ignored, with \
             whatever it carries"
        )]
    );
}

/// What is refused must not become something that is not.
#[test]
fn fields_that_a_version_does_not_have_are_losses() {
    let account = |name: &str| json!({"kind": "ServiceAccount", "name": name});
    let metadata = json!({"name": "it", "namespace": "shop"});
    let of = |api: &str, kind: &str, body: Value| {
        let mut object = json!({"apiVersion": api, "kind": kind, "metadata": metadata});
        object.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        object
    };
    let mut destination = account("api");
    destination["port"] = json!(8080);
    let rules = json!([{"kind": "HTTPRouteGroup", "name": "g"}]);
    let target = json!({"spec": {"destination": destination, "rules": rules, "sources": [account("web")]}});
    let misspelt = json!([{"kind": "HTTPRouteGroup", "name": "g", "match": ["m"]}]);
    let rule =
        json!({"spec": {"destination": account("api"), "rules": misspelt, "sources": [account("web")]}});
    let backends = json!([{"service": "a", "weight": 1}]);
    let conditions = json!([{"kind": "HTTPRouteGroup", "name": "g"}]);
    let early = json!({"spec": {"service": "web", "backends": backends, "matches": conditions}});
    let backend = json!([{"service": "a", "weight": 1, "matches": conditions}]);
    let group = |matches: Value| json!({"spec": {"matches": matches}});
    for (object, to, path) in [
        (of("access.smi-spec.io/v1alpha3", "TrafficTarget", target), "v1alpha4", "spec.destination.port"),
        (of("access.smi-spec.io/v1alpha4", "TrafficTarget", rule), "v1alpha3", "spec.rules[0].match"),
        (of("split.smi-spec.io/v1alpha2", "TrafficSplit", early), "v1alpha4", "spec.matches"),
        (
            of(
                "split.smi-spec.io/v1alpha4",
                "TrafficSplit",
                json!({"spec": {"service": "web", "backends": backend}}),
            ),
            "v1alpha3",
            "spec.backends[0].matches",
        ),
        (
            of("specs.smi-spec.io/v1alpha3", "TCPRoute", json!({"spec": {"matches": {"ports": [80]}}})),
            "v1alpha4",
            "spec.matches",
        ),
        (
            of(
                "specs.smi-spec.io/v1alpha4",
                "HTTPRouteGroup",
                group(json!([{"name": "m", "pathRegx": "/a"}])),
            ),
            "v1alpha2",
            "spec.matches[0].pathRegx",
        ),
        (
            of(
                "specs.smi-spec.io/v1alpha4",
                "HTTPRouteGroup",
                group(json!([{"name": "m", "header": {"a": "b"}}])),
            ),
            // A mere respelling.
            "v1alpha4",
            "spec.matches[0].header",
        ),
    ] {
        let errors = |object: &Value| {
            let findings = validate::object(object, &Contexts::default());
            findings.iter().filter(|finding| finding.severity == Severity::Error).count()
        };
        assert_eq!(errors(&object), 1, "{object}");
        let options = ConvertOptions { header_style: Some(HeaderStyle::Map) };
        let converted = convert::object(&object, Version::parse(to).unwrap(), &options).unwrap();
        assert_eq!(errors(&converted.object), 0);
        let lines: Vec<_> = converted
            .losses
            .iter()
            .map(|loss| format!("{} {} {} {} {}", loss.class, loss.carried, loss.path, loss.from, loss.to))
            .collect();
        let own = object["apiVersion"].as_str().unwrap().split_once('/').unwrap().1;
        assert_eq!(lines, [format!("widening false {path} {own} {to}")]);
    }
    let mut noise = of("split.smi-spec.io/v1alpha4", "TrafficSplit", json!({"spec": {"service": "web"}}));
    noise["spec"]["comment"] = json!("hello");
    let losses = convert::object(&noise, Version::V1Alpha2, &ConvertOptions::default()).unwrap().losses;
    assert_eq!(losses[0].class, LossClass::Cosmetic);
    assert_eq!(
        losses[0].to_string(),
        "spec.comment: TrafficSplit v1alpha4 has no field spec.comment; it is left out"
    );
}

/// Go writes null for a list without items.
#[test]
fn a_list_of_null_is_empty() {
    for (api, kind) in [("v1", "List"), ("split.smi-spec.io/v1alpha2", "TrafficSplitList")] {
        let list = json!({"apiVersion": api, "kind": kind, "metadata": {}, "items": null});
        assert_eq!(validate::object(&list, &Contexts::default()), []);
        let converted = convert::object(&list, Version::V1Alpha4, &ConvertOptions::default()).unwrap();
        let mut expected = list;
        if kind != "List" {
            expected["apiVersion"] = json!("split.smi-spec.io/v1alpha4");
        }
        assert_eq!((converted.object, converted.losses), (expected, vec![]));
    }
}

#[test]
fn a_list_inside_a_list_is_refused() {
    for inner in [
        json!({"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "split.smi-spec.io/v1alpha4", "kind": "TrafficSplit"}]}),
        json!({"apiVersion": "split.smi-spec.io/v1alpha4", "kind": "TrafficSplitList", "items": []}),
    ] {
        let list = json!({"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "ConfigMapList", "items": []}, inner]});
        let findings = validate::object(&list, &Contexts::default());
        let lines: Vec<_> = findings.iter().map(|finding| format!("{} {finding}", finding.code)).collect();
        assert_eq!(lines, ["SMI-READ-10 items[1]: a list stands inside a list"]);
        assert_eq!(findings[0].help.as_deref(), Some("put its items into the outer list"));
        let error = convert::object(&list, Version::V1Alpha2, &ConvertOptions::default()).unwrap_err();
        assert_eq!(
            (error.problem, error.to_string().as_str()),
            (ObjectProblem::ListInList, "items[1]: a list stands inside a list")
        );
    }
}
