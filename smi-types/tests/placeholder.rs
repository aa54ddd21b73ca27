//! What a conversion webhook answers for an object that it cannot convert, and what becomes of a body that somebody writes over that.
// Helpers of tests are tests: `unwrap` says at the right line what failed.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use smi_types::Version;
use smi_types::convert::{self, CARRIER_ANNOTATION, ConvertOptions};
use smi_types::hub::{self, Ports};
use smi_types::review::{self, AdmissionOptions};
use smi_types::validate::{self, Contexts, Severity};

fn object(api_version: &str, kind: &str, spec: Value) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "it", "namespace": "shop"}, "spec": spec})
}

/// The object in another version, as the webhook answers it.
fn answered(object: &Value, to: &str) -> Value {
    let group = object["apiVersion"].as_str().unwrap().split_once('/').unwrap().0;
    let review = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "ConversionReview",
        "request": {"uid": "u", "desiredAPIVersion": format!("{group}/{to}"), "objects": [object]},
    });
    let answer = review::conversion(&review, &ConvertOptions::default()).unwrap();
    assert_eq!(answer.failure, None);
    answer.review["response"]["convertedObjects"][0].clone()
}

fn has_error(object: &Value) -> bool {
    validate::object(object, &Contexts::default()).iter().any(|finding| finding.severity == Severity::Error)
}

fn annotated(mut object: Value, data: Value) -> Value {
    let annotation = json!({"v": 1, "from": "v1alpha1", "data": data}).to_string();
    object["metadata"]["annotations"] = json!({CARRIER_ANNOTATION: annotation});
    object
}

fn read(object: &Value) -> hub::Object {
    convert::read(object).unwrap().object
}

const FIREFOX: &str = "firefox";

fn conditional_split(version: &str, backends: Value) -> Value {
    let matches = json!([{"kind": "HTTPRouteGroup", "name": FIREFOX}]);
    let api_version = format!("split.smi-spec.io/{version}");
    object(&api_version, "TrafficSplit", json!({"service": "web", "matches": matches, "backends": backends}))
}

/// A writer of an early version mends the backends, as Flagger and Argo Rollouts do. It has never seen the condition.
#[test]
fn a_condition_stays_in_force_on_a_body_that_is_written_over_it() {
    let refs = json!([{"kind": "HTTPRouteGroup", "name": FIREFOX}]);
    let bad = || json!([{"service": "a", "weight": -1}]);
    let carried = json!({"matches": {"service": "web", "refs": refs}});
    let without = |version: &str, backends| {
        let api_version = format!("split.smi-spec.io/{version}");
        object(&api_version, "TrafficSplit", json!({"service": "web", "backends": backends}))
    };
    for stored in [
        conditional_split("v1alpha4", bad()),
        conditional_split("v1alpha3", bad()),
        // Wrong types next to it.
        conditional_split("v1alpha4", json!([{"service": 7, "weight": 1}, {"service": "b", "weight": [1]}])),
        conditional_split("v1alpha4", json!("none")),
        // In the annotation already.
        annotated(without("v1alpha2", bad()), carried.clone()),
        annotated(without("v1alpha1", json!([{"service": "a", "weight": "-1"}])), carried),
    ] {
        let own = stored["apiVersion"].as_str().unwrap().split_once('/').unwrap().1;
        for writer in ["v1alpha1", "v1alpha2", "v1alpha3", "v1alpha4"] {
            if writer == own {
                continue;
            }
            let placeholder = answered(&stored, writer);
            assert!(placeholder.get("spec").is_none() && has_error(&placeholder), "{placeholder}");
            assert_eq!(answered(&placeholder, own), stored);
            let mut mended = placeholder;
            mended["spec"] = json!({"service": "web", "backends": [{"service": "a", "weight": 1}]});
            for over in ["v1alpha4", "v1alpha3", "v1alpha2", "v1alpha1"] {
                let written = answered(&mended, over);
                let hub::Object::TrafficSplit(split) = read(&written) else { panic!("{written}") };
                let conditions = split.matches.unwrap_or_default();
                assert_eq!(conditions[0].name, FIREFOX, "{stored} over {writer} in {over}");
                assert!(over == writer || !written.to_string().contains("unconverted"), "{written}");
                assert_eq!(convert::read(&written).unwrap().losses, []);
            }
        }
    }
}

#[test]
fn a_port_and_a_group_stay_in_force_on_a_body_that_is_written_over_them() {
    let account = |name: &str| json!({"kind": "ServiceAccount", "name": name});
    let mut destination = account("api");
    destination["port"] = json!(8080);
    let spec = json!({"destination": destination, "rules": [], "sources": "everybody"});
    let placeholder = answered(&object("access.smi-spec.io/v1alpha2", "TrafficTarget", spec), "v1alpha4");
    let mut mended = placeholder;
    let rules = json!([{"kind": "TCPRoute", "name": "tcp"}]);
    mended["spec"] = json!({"destination": account("api"), "rules": rules, "sources": [account("web")]});
    let hub::Object::TrafficTarget(target) = read(&mended) else { panic!("{mended}") };
    assert!(target.ports().contains(8080) && !target.ports().contains(9090));

    let mut other = account("web");
    other["group"] = json!("other.io");
    let spec = json!({"destination": account("api"), "rules": [{"kind": 7}], "sources": [other]});
    let mut mended = answered(&object("access.smi-spec.io/v1alpha4", "TrafficTarget", spec), "v1alpha3");
    mended["spec"] = json!({"destination": account("api"), "rules": rules, "sources": [account("web")]});
    let hub::Object::TrafficTarget(target) = read(&mended) else { panic!("{mended}") };
    assert_eq!(target.sources[0].subject.group(), "other.io");
}

/// Without a body it would mean all ports.
#[test]
fn a_route_that_cannot_be_converted_means_no_port() {
    for (api, spec, to) in [
        ("v1alpha4", json!({"matches": {"ports": "8080"}}), "v1alpha3"),
        ("v1alpha4", json!({"ports": [8080]}), "v1alpha1"),
        ("v1alpha3", json!({"matches": {"ports": [8080]}}), "v1alpha4"),
    ] {
        let stored = object(&format!("specs.smi-spec.io/{api}"), "TCPRoute", spec);
        let placeholder = answered(&stored, to);
        let hub::Object::TCPRoute(route) = read(&placeholder) else { panic!("{placeholder}") };
        assert!(route.ports != Ports::All && (0..=u16::MAX).all(|port| !route.ports.contains(port)));
        assert!(has_error(&placeholder));
        assert_eq!(answered(&placeholder, api), stored);
    }
}

/// An API server with our definitions drops such fields before it asks; others may not.
#[test]
fn a_field_with_a_condition_that_the_version_does_not_have_is_not_laundered() {
    let account = |name: &str| json!({"kind": "ServiceAccount", "name": name});
    let mut destination = account("api");
    destination["port"] = json!(8080);
    let target = json!({"destination": destination, "rules": [{"kind": "TCPRoute", "name": "tcp"}], "sources": [account("web")]});
    for (stored, to) in [
        (object("access.smi-spec.io/v1alpha3", "TrafficTarget", target), "v1alpha4"),
        (conditional_split("v1alpha2", json!([{"service": "a", "weight": 1}])), "v1alpha4"),
    ] {
        assert!(has_error(&stored));
        let placeholder = answered(&stored, to);
        assert!(placeholder.get("spec").is_none() && has_error(&placeholder), "{placeholder}");
        let own = stored["apiVersion"].as_str().unwrap().split_once('/').unwrap().1;
        assert_eq!(answered(&placeholder, own), stored);
    }
}

/// A port of the wrong type is one that nobody can be let in at.
#[test]
fn an_unreadable_port_grants_nothing_on_a_body_that_is_written_over_it() {
    let account = |name: &str| json!({"kind": "ServiceAccount", "name": name});
    let mut destination = account("api");
    destination["port"] = json!([8080]);
    let spec = json!({"destination": destination, "rules": [], "sources": []});
    let stored = object("access.smi-spec.io/v1alpha2", "TrafficTarget", spec);
    // Handed on from one version to the next.
    let mut mended = answered(&answered(&stored, "v1alpha3"), "v1alpha4");
    let rules = json!([{"kind": "TCPRoute", "name": "tcp"}]);
    mended["spec"] = json!({"destination": account("api"), "rules": rules, "sources": [account("web")]});
    let hub::Object::TrafficTarget(target) = read(&mended) else { panic!("{mended}") };
    assert!((0..=u16::MAX).all(|port| !target.ports().contains(port)), "{target:?}");
    assert!(has_error(&mended), "{mended}");
}

fn annotation(object: &Value) -> &str {
    object["metadata"]["annotations"][CARRIER_ANNOTATION].as_str().unwrap()
}

fn size_of_annotations(object: &Value) -> usize {
    let annotations = object["metadata"]["annotations"].as_object().unwrap();
    annotations.iter().map(|(key, value)| key.len() + value.as_str().unwrap().len()).sum()
}

/// What an API server takes of annotations is not exceeded: a body and what restricts in it may be too much together, and then what
/// restricts is kept, if that has room. If not, nothing that is written over it means anything.
#[test]
fn a_placeholder_fits_into_its_annotations() {
    for (own, has_body, has_matches) in
        [(10_000, true, true), (100_000, false, true), (220_000, false, false), (262_120, false, false)]
    {
        let matches: Vec<Value> =
            (0..2000).map(|n| json!({"kind": "HTTPRouteGroup", "name": format!("group-{n}")})).collect();
        let spec =
            json!({"service": "web", "matches": matches, "backends": [{"service": "a", "weight": -1}]});
        let mut stored = object("split.smi-spec.io/v1alpha4", "TrafficSplit", spec);
        stored["metadata"]["annotations"] = json!({"own": "x".repeat(own)});
        let mut placeholder = answered(&stored, "v1alpha1");
        assert!(size_of_annotations(&placeholder) <= 256 * 1024);
        let carrier: Value = serde_json::from_str(annotation(&placeholder)).unwrap();
        assert_eq!(carrier["data"]["unconverted"]["body"].is_object(), has_body);
        assert_eq!(carrier["data"].get("matches").is_some(), has_matches);
        assert_eq!(carrier["data"]["closed"] == json!(true), !has_matches);
        assert!(has_error(&placeholder));
        placeholder["spec"] = json!({"service": "web", "backends": [{"service": "a", "weight": "1"}]});
        if !has_matches {
            means_nothing(&placeholder, "v1alpha4");
        }
    }
}

/// Written over a placeholder that does not hold all that restricted the object: nobody grants or routes by it, admission refuses it and
/// says why, and no conversion makes it mean something, nor loses it.
fn means_nothing(written: &Value, stored_in: &str) {
    let before = match read(written) {
        hub::Object::TrafficSplit(split) => split.backends.is_empty(),
        hub::Object::TrafficTarget(target) => target.sources.is_empty(),
        hub::Object::HTTPRouteGroup(group) => group.matches.is_empty(),
        other => panic!("{other:?}"),
    };
    assert!(before, "{written}");
    let findings = validate::object(written, &Contexts::default());
    // Nothing is said of what it lacks because it is closed.
    let closed = findings.iter().find(|finding| finding.code == "SMI-CONV-6").unwrap();
    assert!(findings.iter().all(|finding| finding.code == "SMI-CONV-6"), "{findings:?}");
    assert_eq!(closed.severity, Severity::Error);
    assert_eq!(
        closed.to_string(),
        format!(
            "metadata.annotations[{CARRIER_ANNOTATION:?}]: something restricts the object that the annotation does not hold, because it \
             cannot be read or had no room; the object grants, routes and selects nothing"
        )
    );
    let review = json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "request": {"uid": "u", "operation": "UPDATE", "object": written, "oldObject": {}},
    });
    assert!(!review::admission(&review, &AdmissionOptions::default()).unwrap().allowed);
    let stored = answered(written, stored_in);
    assert!(stored.get("spec").is_none() && has_error(&stored), "{stored}");
    let own = written["apiVersion"].as_str().unwrap().split_once('/').unwrap().1;
    if !annotation(&stored).contains(r#""body":null"#) {
        assert_eq!(answered(&stored, own), *written);
    }
    let error =
        convert::object(written, Version::parse(stored_in).unwrap(), &ConvertOptions::default()).unwrap_err();
    assert!(error.to_string().contains("grants, routes and selects nothing"), "{error}");
    // Whoever removes the annotation says that the object says it all.
    let mut lifted = written.clone();
    lifted["metadata"]["annotations"].as_object_mut().unwrap().remove(CARRIER_ANNOTATION);
    assert!(!has_error(&lifted), "{lifted}");
}

/// A part of the wrong type says something that nobody can read, and may have been a restriction.
#[test]
fn restrictions_that_cannot_be_read_close_what_is_written_over_them() {
    let account = |name: &str| json!({"kind": "ServiceAccount", "name": name});
    let split = json!({"service": "web", "backends": [{"service": "a", "weight": 1}]});
    let rules = json!([{"kind": "TCPRoute", "name": "tcp"}]);
    let target = json!({"destination": account("api"), "rules": rules, "sources": [account("web")]});
    let group = json!({"matches": [{"name": "m", "methods": ["GET"]}]});

    let of_split = |version: &str, matches: Value| {
        let mut spec = split.clone();
        spec["matches"] = matches;
        object(&format!("split.smi-spec.io/{version}"), "TrafficSplit", spec)
    };
    let grouped = |value: Value| {
        let mut spec = target.clone();
        spec["sources"][0]["group"] = value;
        object("access.smi-spec.io/v1alpha4", "TrafficTarget", spec)
    };
    let mut many = of_split("v1alpha4", json!([{"kind": "HTTPRouteGroup", "name": FIREFOX}]));
    many["spec"]["backends"] = (0..65).map(|_| json!({"service": 7})).collect();
    let mut port = target.clone();
    port["destination"]["port"] = json!(8080);
    let mut headers = group.clone();
    headers["matches"][0]["headers"] = json!([{"x": "1"}, {"x": 2}]);
    for (stored, to, over) in [
        (many, "v1alpha2", &split),
        (of_split("v1alpha4", json!("firefox")), "v1alpha2", &split),
        (of_split("v1alpha4", json!([{"kind": 7, "name": "firefox"}])), "v1alpha2", &split),
        // Conditions in fields that the version does not have.
        (of_split("v1alpha2", json!([{"kind": "HTTPRouteGroup", "name": "firefox"}])), "v1alpha3", &split),
        (object("access.smi-spec.io/v1alpha3", "TrafficTarget", port), "v1alpha4", &target),
        (grouped(json!(7)), "v1alpha3", &target),
        (object("specs.smi-spec.io/v1alpha4", "HTTPRouteGroup", headers), "v1alpha3", &group),
    ] {
        let own = stored["apiVersion"].as_str().unwrap().split_once('/').unwrap().1;
        let mut placeholder = answered(&stored, to);
        assert_eq!(answered(&placeholder, own), stored);
        placeholder["spec"] = over.clone();
        means_nothing(&placeholder, own);
    }
    // What is no restriction may have any type.
    let mut named = of_split("v1alpha4", json!([{"kind": "HTTPRouteGroup", "name": FIREFOX}]));
    named["spec"]["service"] = json!(7);
    assert!(!annotation(&answered(&named, "v1alpha2")).contains("closed"));
}
