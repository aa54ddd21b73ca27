//! ConversionReview.

use super::*;

fn request(desired: &str, objects: Value) -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "ConversionReview",
        "request": {"uid": "705ab4f5", "desiredAPIVersion": desired, "objects": objects},
    })
}

fn answer(review: &Value) -> Conversion {
    review::conversion(review, &ConvertOptions::default()).unwrap()
}

/// Every check that an API server makes of the answer (`k8s.io/apiextensions-apiserver`, `pkg/apiserver/conversion`).
fn accepted_by_the_api_server(asked: &Value, answer: &Value) -> Vec<Value> {
    assert_eq!((&answer["apiVersion"], &answer["kind"]), (&asked["apiVersion"], &asked["kind"]));
    let response = &answer["response"];
    assert_eq!(response["uid"], asked["request"]["uid"]);
    assert_eq!(response["result"]["status"], "Success", "{}", response["result"]);
    let converted = response["convertedObjects"].as_array().unwrap();
    let originals = asked["request"]["objects"].as_array().unwrap();
    assert_eq!(converted.len(), originals.len());
    for (original, converted) in originals.iter().zip(converted) {
        assert_eq!(converted["apiVersion"], asked["request"]["desiredAPIVersion"]);
        assert_eq!(converted["kind"], original["kind"]);
        let without = |object: &Value| {
            let mut metadata = object["metadata"].as_object().unwrap().clone();
            metadata.remove("labels");
            metadata.remove("annotations");
            metadata
        };
        assert_eq!(without(converted), without(original));
        let annotations = &converted["metadata"]["annotations"];
        assert!(
            annotations.as_object().is_none_or(|map| map.values().all(Value::is_string)),
            "{annotations}"
        );
    }
    converted.clone()
}

#[test]
fn objects_come_back_in_order_and_in_the_desired_version() {
    let objects = json!([
        good("v1alpha4"),
        split("v1alpha2", "two", json!([{"service": "a", "weight": 1500}])),
        split("v1alpha1", "three", json!([{"service": "a", "weight": "1k"}, {"service": "b"}])),
    ]);
    let asked = request("split.smi-spec.io/v1alpha1", objects);
    let answer = answer(&asked);
    let converted = accepted_by_the_api_server(&asked, &answer.review);
    assert_eq!(converted[1]["spec"]["backends"][0]["weight"], "1500");
    assert_eq!(converted[2], asked["request"]["objects"][2]);
    assert_eq!((answer.losses, answer.failure), (vec![], None));
}

#[test]
fn no_object_is_no_problem_and_old_reviews_are_answered_in_kind() {
    for objects in [json!([]), Value::Null] {
        let mut asked = request("split.smi-spec.io/v1alpha1", objects);
        asked["apiVersion"] = json!("apiextensions.k8s.io/v1beta1");
        let answer = answer(&asked).review;
        assert_eq!(answer["apiVersion"], "apiextensions.k8s.io/v1beta1");
        assert_eq!(answer["response"]["convertedObjects"], json!([]));
    }
}

#[test]
fn losses_are_no_failure() {
    let mut conditional = good("v1alpha4");
    conditional["spec"]["matches"] = json!([{"kind": "HTTPRouteGroup", "name": "g"}]);
    let asked = request("split.smi-spec.io/v1alpha2", json!([conditional]));
    let answer = answer(&asked);
    let converted = accepted_by_the_api_server(&asked, &answer.review);
    assert!(converted[0]["metadata"]["annotations"][CARRIER_ANNOTATION].is_string());
    let loss = &answer.losses[0];
    assert_eq!((loss.object.as_str(), loss.loss.class), ("TrafficSplit shop/web", LossClass::Widening));
    // And back: nothing is left of the detour.
    let back = request("split.smi-spec.io/v1alpha4", json!(converted));
    let answer = super::conversion::answer(&back);
    assert_eq!(accepted_by_the_api_server(&back, &answer.review), [conditional]);
}

#[test]
fn a_status_comes_through() {
    let mut object = good("v1alpha4");
    object["status"] =
        json!({"conditions": [{"type": "Programmed", "status": "True"}], "observedGeneration": 2});
    let asked = request("split.smi-spec.io/v1alpha1", json!([object]));
    assert_eq!(accepted_by_the_api_server(&asked, &answer(&asked).review)[0]["status"], object["status"]);
}

#[test]
fn what_an_api_server_would_never_ask_fails_and_is_named() {
    for (desired, objects, message) in [
        (
            "split.smi-spec.io/v1alpha4",
            json!([null]),
            "objects[0], object without a name: this is not a Kubernetes object: it is no map",
        ),
        (
            "split.smi-spec.io/v1alpha4",
            json!([{"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a\nb"}}]),
            r#"objects[0], Service "a\nb": "Service" of "v1" is no kind of SMI"#,
        ),
        (
            "specs.smi-spec.io/v1alpha4",
            json!([good("v1alpha1")]),
            r#"objects[0], TrafficSplit shop/web: TrafficSplit is not a kind of group "specs.smi-spec.io""#,
        ),
        (
            "specs.smi-spec.io/v1alpha1",
            json!([{"apiVersion": "specs.smi-spec.io/v1alpha4", "kind": "UDPRoute", "metadata": {"name": "u"}}]),
            "objects[0], UDPRoute u: apiVersion: UDPRoute has no version v1alpha1; it has v1alpha4",
        ),
        (
            "split.smi-spec.io/v1alpha5",
            json!([good("v1alpha1")]),
            r#"desiredAPIVersion "split.smi-spec.io/v1alpha5" is no version of an SMI group"#,
        ),
        ("", json!([]), r#"desiredAPIVersion "" is no version of an SMI group"#),
        (
            "split.smi-spec.io/v1alpha4",
            json!({"0": good("v1alpha1")}),
            "the objects of the request are no list",
        ),
    ] {
        let answer = answer(&request(desired, objects));
        assert_eq!(answer.failure.as_deref(), Some(message));
        let response = &answer.review["response"];
        assert_eq!((&response["uid"], &response["convertedObjects"]), (&json!("705ab4f5"), &json!([])));
        assert_eq!(
            (&response["result"]["status"], &response["result"]["message"]),
            (&json!("Failure"), &json!(message))
        );
    }
}

/// A failure would keep everybody from listing the kind, and the object from being deleted.
#[test]
fn an_object_that_cannot_be_converted_has_no_body_elsewhere() {
    let mut group = json!({
        "apiVersion": "specs.smi-spec.io/v1alpha4", "kind": "HTTPRouteGroup", "metadata": {"name": "g", "namespace": "shop"},
        "spec": {"matches": [{"name": "m", "headers": "x-debug"}]},
    });
    group["status"] = json!({"observedGeneration": 1});
    let mut carrying = split("v1alpha1", "carrying", json!([{"service": "a", "weight": "-1"}]));
    carrying["metadata"]["annotations"] = json!({
        "own": "kept",
        CARRIER_ANNOTATION: r#"{"v":1,"from":"v1alpha4","data":{"matches":{"service":"web","refs":[{"kind":"HTTPRouteGroup","name":"g"}]}}}"#,
    });
    for (original, reason) in [
        (
            split("v1alpha1", "bad", json!([{"service": "a", "weight": "-1"}])),
            r#"spec.backends[0].weight: cannot convert v1alpha1 to v1alpha4: the weight -1 of backend "a" is negative"#,
        ),
        // A quantity in v1alpha1, and no weight in its own version.
        (
            split("v1alpha2", "half", json!([{"service": "a", "weight": 0.5}])),
            r#"spec.backends[0].weight: cannot convert v1alpha2 to v1alpha4: the weight "0.5" of backend "a" is not a whole number"#,
        ),
        (
            split("v1alpha1", "text", json!("a")),
            r#"spec.backends: invalid type: string "a", expected a list"#,
        ),
        (carrying, r#"the weight -1 of backend "a" is negative"#),
        (group, "spec.matches[0].headers"),
    ] {
        let (api, group) =
            (original["apiVersion"].as_str().unwrap(), original["apiVersion"].as_str().unwrap());
        let group = group.split('/').next().unwrap();
        let mut object = original.clone();
        for version in ["v1alpha4", "v1alpha2", "v1alpha1", "v1alpha3"] {
            let desired = format!("{group}/{version}");
            if desired == api {
                continue;
            }
            let asked = request(&desired, json!([good("v1alpha1"), object]));
            let asked = if group.starts_with("split") { asked } else { request(&desired, json!([object])) };
            let answer = answer(&asked);
            let converted = accepted_by_the_api_server(&asked, &answer.review).last().unwrap().clone();
            assert_eq!(answer.unconverted.len(), 1, "{converted}");
            if version == "v1alpha4" {
                assert!(answer.unconverted[0].1.contains(reason), "{}", answer.unconverted[0].1);
            }
            let body = ["spec", "matches", "destination"].map(|key| converted.get(key).is_none());
            assert_eq!(body, [true; 3], "{converted}");
            let findings = smi_types::validate::object(&converted, &Default::default());
            assert!(
                findings
                    .iter()
                    .any(|finding| finding.severity == Severity::Error || finding.code == "SMI-VAL-40"),
                "{findings:?}"
            );
            assert_eq!(converted.get("status"), original.get("status"));
            object = converted;
        }
        let back = request(api, json!([object]));
        assert_eq!(accepted_by_the_api_server(&back, &answer(&back).review), std::slice::from_ref(&original));
        // A body that somebody writes takes the place of the one that is carried.
        if group.starts_with("split") {
            object["spec"] = json!({"service": "web", "backends": [{"service": "a", "weight": 1}]});
            let back = request("split.smi-spec.io/v1alpha4", json!([object]));
            let answered = accepted_by_the_api_server(&back, &answer(&back).review);
            assert_eq!(answered[0]["spec"]["backends"][0]["weight"], 1);
        }
    }
}

/// What is not carried must not be written over what is stored.
#[test]
fn a_body_that_is_too_large_to_be_carried_is_only_read() {
    let mut object = good("v1alpha4");
    let matches: Vec<Value> =
        (0..6000).map(|n| json!({"kind": "HTTPRouteGroup", "name": format!("group-{n}")})).collect();
    object["spec"]["matches"] = json!(matches);
    let asked = request("split.smi-spec.io/v1alpha2", json!([object]));
    let answered = answer(&asked);
    let read = accepted_by_the_api_server(&asked, &answered.review);
    assert!(answered.unconverted[0].1.starts_with("what v1alpha2 cannot say would need annotations of"));
    assert!(read[0].get("spec").is_none());
    let elsewhere = request("split.smi-spec.io/v1alpha1", json!(read));
    assert_eq!(answer(&elsewhere).failure, None);
    let written = answer(&request("split.smi-spec.io/v1alpha4", json!(read)));
    assert_eq!(
        written.failure.as_deref(),
        Some(
            "objects[0], TrafficSplit shop/web: its body is too large to be written in v1alpha2: write it in v1alpha4"
        )
    );
}

#[test]
fn what_is_no_review_is_an_error() {
    for (review, message) in [
        (json!(null), "not a ConversionReview: the body is no map"),
        (json!([]), "not a ConversionReview: the body is no map"),
        (json!({}), r#"not a ConversionReview: kind is """#),
        (json!({"kind": "AdmissionReview"}), r#"not a ConversionReview: kind is "AdmissionReview""#),
        (
            json!({"kind": "ConversionReview", "apiVersion": "apiextensions.k8s.io/v2"}),
            r#"not a ConversionReview: apiVersion is "apiextensions.k8s.io/v2", not apiextensions.k8s.io/v1 or apiextensions.k8s.io/v1beta1"#,
        ),
        (
            json!({"kind": "ConversionReview", "apiVersion": "apiextensions.k8s.io/v1", "request": []}),
            "not a ConversionReview: it has no request",
        ),
        (
            json!({"kind": "ConversionReview", "apiVersion": "apiextensions.k8s.io/v1", "request": {"uid": ""}}),
            "not a ConversionReview: its request has no uid",
        ),
    ] {
        let error = review::conversion(&review, &ConvertOptions::default()).unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}
