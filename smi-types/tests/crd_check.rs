//! What is said of definitions that differ from ours in one place.
// Helpers of tests are tests: `unwrap` says at the right line what failed.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use smi_types::Kind;
use smi_types::crd::{self, Endpoint, Serving, Webhook};

/// Our definition of a kind, changed; and what is said of it beyond what is said of ours.
fn changed(kind: Kind, change: impl FnOnce(&mut Value)) -> Vec<String> {
    let ours = crd::definition(kind, &Serving::OneVersion).unwrap();
    let mut theirs = ours.clone();
    change(&mut theirs);
    let lines = |definition: &Value| -> Vec<String> {
        let findings = crd::check(definition).unwrap().findings;
        findings.iter().map(|f| format!("{} {}: {}", f.severity, f.code, f.message)).collect()
    };
    let known = lines(&ours);
    lines(&theirs).into_iter().filter(|line| !known.contains(line)).collect()
}

/// A part of the schema of the one version, by the names of fields.
fn schema<'d>(definition: &'d mut Value, fields: &[&str]) -> &'d mut Value {
    let mut schema = &mut definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
    for field in fields {
        schema = if *field == "[]" { &mut schema["items"] } else { &mut schema["properties"][*field] };
    }
    schema
}

#[test]
fn defaults_widen() {
    let with = |kind, fields: &'static [&str], default: Value| {
        changed(kind, |definition| schema(definition, fields)["default"] = default)
    };
    assert_eq!(
        with(Kind::TrafficTarget, &["spec", "rules"], json!([{"kind": "TCPRoute", "name": "all"}])),
        [
            r#"error SMI-CRD-DEFAULT: spec.rules of TrafficTarget v1alpha4 is filled in with [{"kind":"TCPRoute","name":"all"}] where it is left out"#
        ]
    );
    assert_eq!(
        with(Kind::TrafficTarget, &["spec", "sources", "[]", "namespace"], json!("default")),
        [
            "error SMI-CRD-DEFAULT: spec.sources[].namespace of TrafficTarget v1alpha4 is filled in with default where it is left out"
        ]
    );
    assert_eq!(
        with(Kind::TrafficSplit, &["spec", "backends", "[]", "weight"], json!(100)),
        [
            "error SMI-CRD-DEFAULT: spec.backends[].weight of TrafficSplit v1alpha4 is filled in with 100 where it is left out"
        ]
    );
}

/// The field, what is filled in, and what that means: the severity and the effect; nothing where a missing field means the same.
#[test]
fn what_a_default_means_for_traffic() {
    let said = |version: &str, kind: Kind, fields: &[&str], default: &Value| -> Vec<String> {
        let mut definition = crd::definition(kind, &Serving::OneVersion).unwrap();
        let endpoint = Endpoint::Url("https://smi.example/convert".to_owned());
        let webhook = Webhook { endpoint, ca_bundle: None };
        let every = Serving::EveryVersion { webhook, old_tcp_routes: false };
        let of_version = crd::definition(kind, &every).unwrap();
        let versions = of_version["spec"]["versions"].as_array().unwrap();
        definition["spec"]["versions"] =
            versions.iter().filter(|given| given["name"] == version).cloned().collect();
        let target = schema(&mut definition, fields);
        target["default"] = default.clone();
        let findings = crd::check(&definition).unwrap().findings;
        let findings = findings.into_iter().filter(|finding| finding.code == "SMI-CRD-DEFAULT");
        findings.map(|finding| format!("{} {}", finding.severity, finding.effect)).collect()
    };
    let target = Kind::TrafficTarget;
    let port: &[&str] = &["spec", "destination", "port"];
    let group: &[&str] = &["spec", "sources", "[]", "group"];
    let weight: &[&str] = &["spec", "backends", "[]", "weight"];
    let api_group: &[&str] = &["spec", "matches", "[]", "apiGroup"];
    for (version, kind, fields, default, expected) in [
        (
            "v1alpha2",
            target,
            port,
            json!(0),
            "error targets without a port, which mean every port, grant nothing",
        ),
        (
            "v1alpha2",
            target,
            port,
            json!(""),
            "error targets without a port, which mean every port, grant nothing",
        ),
        (
            "v1alpha2",
            target,
            port,
            json!(8080),
            "error targets without a port, which mean every port, mean this one alone",
        ),
        (
            "v1alpha2",
            target,
            &["spec"],
            json!({"destination": {"port": 0}}),
            "error targets without a port, which mean every port, grant nothing",
        ),
        (
            "v1alpha4",
            target,
            port,
            json!(0),
            "error objects have a field that SMI does not have there: the target grants nothing, because without its port it would open every port",
        ),
        (
            "v1alpha4",
            Kind::TrafficSplit,
            &["spec", "mesh"],
            json!(true),
            "info none: SMI does not have the field there, and it is ignored; objects are stored with it",
        ),
        ("v1alpha4", target, group, json!(""), ""),
        (
            "v1alpha4",
            target,
            group,
            json!("access.smi-spec.io"),
            "error subjects that are ServiceAccounts and leave the group out match nobody",
        ),
        (
            "v1alpha4",
            target,
            &["spec", "sources", "[]", "kind"],
            json!("ServiceAccount"),
            "error subjects and rules without it, which mean nothing, grant what their authors did not write",
        ),
        ("v1alpha4", target, &["spec", "rules", "[]", "matches"], json!([]), ""),
        ("v1alpha4", Kind::TrafficSplit, weight, json!(0), ""),
        ("v1alpha1", Kind::TrafficSplit, weight, json!("0m"), ""),
        (
            "v1alpha4",
            Kind::TrafficSplit,
            weight,
            json!(1),
            "error backends without a weight, which mean a weight of 0, do not mean that",
        ),
        (
            "v1alpha4",
            Kind::TrafficSplit,
            api_group,
            json!("specs.smi-spec.io"),
            "info none: the group is implied; objects are stored with it",
        ),
        (
            "v1alpha4",
            Kind::TrafficSplit,
            api_group,
            json!(""),
            "error conditions that leave it out never match",
        ),
        (
            "v1alpha4",
            Kind::TrafficSplit,
            api_group,
            json!("v1"),
            "error conditions that leave it out never match",
        ),
        ("v1alpha4", Kind::TCPRoute, &["spec"], json!({"matches": {"ports": []}}), ""),
        (
            "v1alpha4",
            Kind::TCPRoute,
            &["spec"],
            json!({"matches": {"ports": [0]}}),
            "error routes that leave the ports out, which mean every port, mean these alone",
        ),
        (
            "v1alpha4",
            Kind::HTTPRouteGroup,
            &["spec", "matches", "[]", "methods"],
            json!(["*"]),
            "info none: * means every method, as no method does",
        ),
        (
            "v1alpha4",
            Kind::HTTPRouteGroup,
            &["spec", "matches", "[]", "methods"],
            json!(["GET"]),
            "error matches without such a condition have one, and take fewer requests than they say",
        ),
        (
            "v1alpha4",
            Kind::IdentityBinding,
            &["spec", "schemes", "podLabelSelector"],
            json!({}),
            "error bindings without a selector have one: with a serviceAccount they match nobody, and the others other pods than they say",
        ),
    ] {
        let expected: &[&str] = if expected.is_empty() { &[] } else { &[expected] };
        assert_eq!(said(version, kind, fields, &default), expected, "{kind} {version} {fields:?} {default}");
    }
}

#[test]
fn header_conditions_are_dropped_by_maps_without_entries() {
    let with = |headers: Value| {
        changed(Kind::HTTPRouteGroup, |definition| {
            *schema(definition, &["spec", "matches", "[]", "headers"]) = headers;
        })
    };
    let dropped = |field: &str| {
        format!(
            "error SMI-CRD-DROPPED: spec.matches[].{field} of HTTPRouteGroup v1alpha4 is dropped on every write"
        )
    };
    assert!(with(json!({"type": "object"})).contains(&dropped("headers{}")));
    assert!(with(json!({"type": "array", "items": {"type": "object"}})).contains(&dropped("headers[]{}")));
    for kept in [
        json!({"type": "object", "additionalProperties": {"type": "string"}}),
        json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true}),
        json!({"type": "array", "items": {"type": "object", "additionalProperties": {"type": "string"}}}),
    ] {
        assert!(!with(kept.clone()).iter().any(|line| line.contains("SMI-CRD-DROPPED")), "{kept}");
    }
}

#[test]
fn formats_of_integers_are_no_conditions_on_ports() {
    let with = |format: &str| {
        changed(Kind::TCPRoute, |definition| {
            schema(definition, &["spec", "matches", "ports", "[]"])["format"] = json!(format);
        })
    };
    assert_eq!(with("int64"), [""; 0]);
    assert_eq!(with("int32"), ["info SMI-CRD-STRICT: the schema checks spec.matches.ports[] itself"]);
}

#[test]
fn a_condition_on_the_whole_object_is_named_so() {
    let lines = changed(Kind::TrafficSplit, |definition| {
        schema(definition, &[])["x-kubernetes-validations"] = json!([{"rule": "false"}]);
    });
    assert_eq!(
        lines,
        [
            r#"warning SMI-CRD-STRICT: the object has the condition x-kubernetes-validations: [{"rule":"false"}] in v1alpha4"#
        ]
    );
}

#[test]
fn what_no_api_server_takes_or_serves() {
    let kind = Kind::TrafficSplit;
    assert_eq!(
        changed(kind, |definition| definition["metadata"]["name"] = json!("splits.split.smi-spec.io")),
        [
            r#"error SMI-CRD-KIND: the definition is named "splits.split.smi-spec.io", and not trafficsplits.split.smi-spec.io"#
        ]
    );
    assert_eq!(
        changed(kind, |definition| drop(
            definition["spec"]["versions"][0].as_object_mut().unwrap().remove("schema")
        )),
        ["error SMI-CRD-API: TrafficSplit v1alpha4 has no schema"]
    );
    let conditions = json!([{"type": "NamesAccepted", "status": "False", "message": "ts is taken"}]);
    assert_eq!(
        changed(kind, |definition| definition["status"] = json!({"conditions": conditions})),
        [r#"error SMI-CRD-KIND: the API server does not accept the names of TrafficSplit: "ts is taken""#]
    );
}

#[test]
fn schemas_and_webhooks_that_no_api_server_takes() {
    let kind = Kind::TrafficSplit;
    let said = |change: &dyn Fn(&mut Value)| changed(kind, change);
    fn of_schema(fields: &[&str], change: impl Fn(&mut Value)) -> Vec<String> {
        changed(Kind::TrafficSplit, |definition| change(schema(definition, fields)))
    }
    let refused = |what: &str| vec![format!("error SMI-CRD-API: {what}")];
    for (stored, count) in
        [(json!(false), "no version of TrafficSplit has"), (json!(true), "2 versions of TrafficSplit have")]
    {
        let findings = said(&|definition| {
            let mut second = definition["spec"]["versions"][0].clone();
            second["name"] = json!("v1alpha3");
            second["storage"] = stored.clone();
            definition["spec"]["versions"][0]["storage"] = stored.clone();
            definition["spec"]["versions"].as_array_mut().unwrap().push(second);
        });
        let expected = format!("error SMI-CRD-API: {count} storage: true, and exactly one must");
        assert!(findings.contains(&expected), "{findings:?}");
    }
    assert_eq!(
        said(&|definition| definition["spec"]["preserveUnknownFields"] = json!(true)),
        ["warning SMI-CRD-API: the definition of TrafficSplit keeps fields that it does not know"]
    );
    let untyped = |schema: &mut Value| drop(schema.as_object_mut().unwrap().remove("type"));
    assert_eq!(
        of_schema(&["spec", "backends", "[]", "service"], untyped),
        refused("the schema of TrafficSplit v1alpha4 has no type here")
    );
    assert_eq!(
        of_schema(&[], |schema| schema["type"] = json!("array"))[0],
        "error SMI-CRD-API: the schema of TrafficSplit v1alpha4 is not one of an object"
    );
    assert_eq!(
        of_schema(&["spec", "backends"], |schema| drop(schema.as_object_mut().unwrap().remove("items"))),
        refused("the schema of TrafficSplit v1alpha4 does not say here what is in the list")
    );
    assert_eq!(
        of_schema(&["spec"], |schema| schema["additionalProperties"] = json!({"type": "string"})),
        refused("the schema of TrafficSplit v1alpha4 has both properties and additionalProperties here")
    );
    for (fields, what) in [
        (
            &["spec"] as &'static [&str],
            "has additionalProperties: false here, which Kubernetes does not have",
        ),
        (&[], "has additionalProperties at its root"),
    ] {
        let findings = of_schema(fields, |schema| schema["additionalProperties"] = json!(false));
        assert_eq!(findings, refused(&format!("the schema of TrafficSplit v1alpha4 {what}")));
    }
    assert_eq!(
        of_schema(&["metadata"], |schema| schema["properties"] = json!({"labels": {"type": "object"}})),
        refused("the schema of TrafficSplit v1alpha4 says something about metadata other than names")
    );
    assert_eq!(
        of_schema(&["metadata"], |schema| {
            schema["properties"] = json!({"name": {"type": "string", "maxLength": 3}});
        }),
        ["warning SMI-CRD-STRICT: metadata.name has the condition maxLength: 3 in v1alpha4"]
    );
    let webhook = |webhook: Value| {
        let conversion = json!({"strategy": "Webhook", "webhook": webhook});
        let findings = said(&|definition| definition["spec"]["conversion"] = conversion.clone());
        findings.into_iter().filter(|line| line.contains("SMI-CRD-API")).collect::<Vec<_>>()
    };
    let service = json!({"namespace": "smi", "name": "webhook"});
    assert_eq!(
        webhook(json!({"clientConfig": {"service": service}, "conversionReviewVersions": ["v1"]})),
        [""; 0]
    );
    assert_eq!(
        webhook(json!({"conversionReviewVersions": ["v1"]})),
        refused("the conversion webhook of TrafficSplit is at neither a Service nor a URL, or at both")
    );
    assert_eq!(
        webhook(json!({"clientConfig": {"url": "https://smi/"}})),
        refused("the conversion webhook of TrafficSplit has no conversionReviewVersions")
    );
}
