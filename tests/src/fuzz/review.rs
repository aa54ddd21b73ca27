//! The webhooks: every body is answered in the form that an API server takes, or refused with a reason.

use serde_json::{Value, json};
use smi_types::convert::{self, CARRIER_ANNOTATION, ConvertOptions, Converted, LossClass, ObjectProblem};
use smi_types::review::{self, AdmissionOptions, ReviewError};
use smi_types::validate::{Contexts, Severity, object as findings};
use smi_types::{Kind, Version};

use super::objects::objects;
use super::validation::is_for_people;

/// Reviews, or objects to be put into reviews, see [`super`].
pub fn review(data: &[u8]) {
    let objects = objects(data);
    for object in &objects {
        conversion(object);
        admission(object);
        if object["kind"].as_str().is_some_and(|kind| kind.ends_with("Review")) {
            continue;
        }
        for operation in ["CREATE", "UPDATE", "DELETE"] {
            judged(object, operation);
        }
    }
    for kind in [Kind::TrafficSplit, Kind::TrafficTarget, Kind::HTTPRouteGroup] {
        for to in Version::ALL {
            converted(&objects, &format!("{}/{to}", kind.group()));
        }
    }
}

/// Any value as the body of a ConversionReview.
fn conversion(body: &Value) {
    match review::conversion(body, &ConvertOptions::default()) {
        Err(error) => refused(body, "ConversionReview", &error),
        Ok(answer) => {
            answered(body, &answer.review);
            let response = &answer.review["response"];
            let objects = response["convertedObjects"].as_array().expect("an answer has objects");
            let asked = body["request"]["objects"].as_array().map_or(&[][..], Vec::as_slice);
            match (response["result"]["status"].as_str(), &answer.failure) {
                (Some("Success"), None) => {
                    assert_eq!(objects.len(), asked.len());
                    for (asked, object) in asked.iter().zip(objects) {
                        assert_eq!(object["apiVersion"], body["request"]["desiredAPIVersion"]);
                        assert_eq!(object["kind"], asked["kind"]);
                        if asked["metadata"]["annotations"].is_object() {
                            assert_eq!(unchanged(object), unchanged(asked));
                        }
                    }
                }
                (Some("Failure"), Some(failure)) => {
                    assert!(objects.is_empty());
                    assert_eq!(response["result"]["message"], *failure);
                    assert!(!failure.is_empty() && failure.len() < 2000, "{failure}");
                }
                other => panic!("{body} is answered with {other:?}"),
            }
        }
    }
}

/// The metadata that an API server wants back as they were.
fn unchanged(object: &Value) -> Value {
    let mut metadata = object["metadata"].clone();
    if let Some(annotations) = metadata.get_mut("annotations") {
        if let Some(annotations) = annotations.as_object_mut() {
            annotations.remove(CARRIER_ANNOTATION);
        }
        if annotations.is_null() || *annotations == json!({}) {
            metadata.as_object_mut().map(|metadata| metadata.remove("annotations"));
        }
    }
    if metadata.is_null() { json!({}) } else { metadata }
}

/// Objects in a ConversionReview: the answer is what converting each of them gives.
fn converted(objects: &[Value], desired: &str) {
    let body = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "ConversionReview",
        "request": {"uid": "u", "desiredAPIVersion": desired, "objects": objects},
    });
    conversion(&body);
    let answer = review::conversion(&body, &ConvertOptions::default()).expect("it is a review");
    let Some((group, version)) = desired.split_once('/') else { return };
    let to = Version::parse(version).expect("it is one of all versions");
    if answer.failure.is_none() {
        let objects = objects
            .iter()
            .zip(answer.review["response"]["convertedObjects"].as_array().into_iter().flatten());
        for (object, converted) in objects.filter(|(object, _)| carrier(object).is_none()) {
            match convert::object(object, to, &ConvertOptions::default()) {
                Ok(alone) if alone.object == *converted => {}
                // What is left out of it may be a condition.
                Ok(Converted { losses, .. }) => {
                    assert!(losses.iter().any(|loss| loss.class == LossClass::Widening && !loss.carried));
                    assert!(!answer.unconverted.is_empty(), "{object}: {converted}");
                    given_back(object, converted);
                }
                Err(error) => {
                    assert!(!answer.unconverted.is_empty(), "{object}: {error}");
                    given_back(object, converted);
                }
            }
        }
    } else {
        let is_fine = |object: &Value| {
            let of_group =
                object["apiVersion"].as_str().is_some_and(|api| api.split('/').next() == Some(group));
            of_group && !is_list(object) && convert::object(object, to, &ConvertOptions::default()).is_ok()
        };
        assert!(!objects.iter().all(is_fine), "{body} fails: {:?}", answer.failure);
    }
}

/// What cannot be converted is hidden in the other version, and comes back in its own.
fn given_back(object: &Value, hidden: &Value) {
    let is_map = |value: Option<&Value>| value.is_none_or(Value::is_object);
    if !object["metadata"].is_object() || !is_map(object["metadata"].get("annotations")) {
        // An API server sends no such object.
        return;
    }
    let body = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "ConversionReview",
        "request": {"uid": "u", "desiredAPIVersion": object["apiVersion"], "objects": [hidden]},
    });
    let answer = review::conversion(&body, &ConvertOptions::default()).expect("it is a review");
    let mut expected = object.clone();
    expected["metadata"] = unchanged(object);
    let mut back = answer.review["response"]["convertedObjects"][0].clone();
    back["metadata"] = unchanged(&back);
    assert_eq!(back, expected, "{object} became {hidden}");
}

/// The annotation that carries what a version cannot say.
fn carrier(object: &Value) -> Option<&Value> {
    object["metadata"]["annotations"].get(CARRIER_ANNOTATION)
}

fn is_list(object: &Value) -> bool {
    object["kind"].as_str().is_some_and(|kind| kind.ends_with("List"))
}

/// Any value as the body of an AdmissionReview.
fn admission(body: &Value) {
    match review::admission(body, &AdmissionOptions::default()) {
        Err(error) => refused(body, "AdmissionReview", &error),
        Ok(answer) => {
            answered(body, &answer.review);
            answer.findings.iter().for_each(is_for_people);
            let response = &answer.review["response"];
            assert_eq!(response["allowed"], answer.allowed);
            let status = &response["status"];
            assert_eq!(status.is_null(), answer.allowed, "{body}: {response}");
            if !answer.allowed {
                assert!(matches!(status["code"].as_u64(), Some(400 | 422)), "{body}: {status}");
                assert!(status["message"].as_str().is_some_and(|message| !message.is_empty()), "{body}");
                assert!(status["message"].as_str().unwrap_or_default().len() < 30_000, "{body}");
            }
            let warnings = response["warnings"].as_array().map_or(&[][..], Vec::as_slice);
            assert!(warnings.len() <= 16);
            for warning in warnings {
                let warning = warning.as_str().expect("a warning is text");
                assert!(!warning.is_empty() && warning.chars().count() <= 256, "{warning}");
                assert!(!warning.contains(char::is_control), "{warning:?}");
            }
        }
    }
}

/// One object in an AdmissionReview: it passes where nothing is wrong with it.
fn judged(object: &Value, operation: &str) {
    let body = json!({
        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "request": {"uid": "u", "operation": operation, "object": object, "oldObject": {}},
    });
    admission(&body);
    let answer = review::admission(&body, &AdmissionOptions::default()).expect("it is a review");
    let mut same = body.clone();
    same["request"]["oldObject"] = object.clone();
    admission(&same);
    let is_smi = !matches!(convert::read(object), Err(error) if error.problem == ObjectProblem::NotSmi);
    let errors: Vec<_> = findings(object, &Contexts::default())
        .into_iter()
        .filter(|one| one.severity == Severity::Error)
        .collect();
    match operation {
        "DELETE" => assert!(answer.allowed),
        _ if answer.allowed => {
            let generated = |code: &str| code == "SMI-VAL-2";
            let excused = !is_smi || errors.iter().all(|finding| generated(finding.code));
            assert!(excused, "{body} passes: {errors:?}");
        }
        // Conditions that the API server dropped, and splits without a share at their creation, are refused here alone.
        _ => {
            let codes: Vec<_> = answer.findings.iter().map(|finding| finding.code).collect();
            let own = codes.iter().any(|code| matches!(*code, "SMI-VAL-44" | "SMI-VAL-46" | "SMI-CONV-6"));
            let nameless = object["kind"].as_str().unwrap_or_default().is_empty()
                || object["apiVersion"].as_str().unwrap_or_default().is_empty();
            assert!(own || nameless || !errors.is_empty(), "{body} is refused: {}", answer.review);
        }
    }
}

/// What every answer repeats.
fn answered(body: &Value, answer: &Value) {
    assert_eq!(answer["apiVersion"], body["apiVersion"]);
    assert_eq!(answer["kind"], body["kind"]);
    assert_eq!(answer["response"]["uid"], body["request"]["uid"]);
    assert!(answer["response"]["uid"].as_str().is_some_and(|uid| !uid.is_empty()));
    assert!(answer["request"].is_null());
}

/// There is no answer only to what is no review, or has no `uid` to answer to.
fn refused(body: &Value, kind: &str, error: &ReviewError) {
    assert!(error.to_string().starts_with("not a"), "{error}");
    assert!(error.to_string().len() < 500, "{error}");
    let has_uid = body["request"]["uid"].as_str().is_some_and(|uid| !uid.is_empty());
    let versions = ["apiextensions.k8s.io/v1", "apiextensions.k8s.io/v1beta1", "admission.k8s.io/v1"];
    let is_known = body["apiVersion"].as_str().is_some_and(|version| versions.contains(&version));
    let of_group = (body["apiVersion"] == versions[2]) == (kind == "AdmissionReview");
    assert!(body["kind"] != kind || !has_uid || !is_known || !of_group, "{body}: {error}");
}
