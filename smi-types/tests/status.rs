//! The status of objects: as the definitions have it when it is written, and whatever it is when it is read.
// Helpers of tests are tests: `unwrap` says at the right line what failed.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::{Value, json};
use smi_types::crd;
use smi_types::status::{Condition, ConditionStatus, ConditionType, MeshStatus, Reason, Status};
use smi_types::{Kind, Version};

fn condition(type_: &str, status: ConditionStatus, generation: Option<i64>) -> Condition {
    Condition {
        type_: type_.into(),
        status,
        reason: Reason::Invalid,
        message: String::new(),
        last_transition_time: "2026-11-21T17:00:00Z".to_owned(),
        observed_generation: generation,
    }
}

fn full() -> Status {
    let conditions = vec![
        condition("Accepted", ConditionStatus::True, Some(0)),
        condition("ResolvedRefs", ConditionStatus::False, Some(1)),
        condition("example.com/Audited", ConditionStatus::Unknown, Some(7)),
    ];
    let meshes = vec![MeshStatus { name: "istio".to_owned(), conditions: conditions.clone() }];
    Status { conditions, meshes, observed_generation: Some(7) }
}

fn read(value: &Value) -> Status {
    serde_json::from_value(value.clone()).unwrap()
}

#[test]
fn what_is_written_is_read_again() {
    assert_eq!(read(&serde_json::to_value(full()).unwrap()), full());
    assert_eq!(serde_json::to_value(Status::default()).unwrap(), json!({}));
}

/// Every field that the definitions have, none that they drop, and those that they require even where there is nothing to say.
#[test]
fn what_is_written_is_what_the_definitions_have() {
    fn check(schema: &Value, written: &Value, is_full: bool) {
        match written {
            Value::Object(fields) => {
                let known = schema["properties"].as_object().unwrap();
                for (key, value) in fields {
                    check(known.get(key).unwrap_or_else(|| panic!("{key} is unknown")), value, is_full);
                }
                for required in schema["required"].as_array().into_iter().flatten() {
                    assert!(
                        fields.contains_key(required.as_str().unwrap()),
                        "{required} is missing: {written}"
                    );
                }
                assert!(!is_full || fields.len() == known.len(), "{written} lacks one of {known:?}");
            }
            Value::Array(list) => list.iter().for_each(|element| check(&schema["items"], element, is_full)),
            Value::String(text) => {
                let names = schema["enum"].as_array();
                assert!(names.is_none_or(|names| names.contains(&text.as_str().into())), "{text}");
                assert_eq!(schema["type"], "string");
            }
            other => assert!(other.is_u64() && schema["type"] == "integer", "{other}"),
        }
    }
    let schema = crd::schema(Kind::TrafficSplit, Version::V1Alpha4).unwrap()["properties"]["status"].clone();
    check(&schema, &serde_json::to_value(full()).unwrap(), true);
    let empty = json!({"conditions": [{}], "meshes": [{}, {"conditions": [{}]}]});
    check(&schema, &serde_json::to_value(read(&empty)).unwrap(), false);
}

#[test]
fn names_of_others_are_kept() {
    let other = json!({"conditions": [{
        "type": "traefik.io/Ready", "status": "True", "reason": "ByHand", "message": "m", "lastTransitionTime": "t",
    }]});
    let status = read(&other);
    let ready = status.condition("traefik.io/Ready").unwrap();
    assert_eq!(ready.type_, ConditionType::Other("traefik.io/Ready".to_owned()));
    assert_eq!((ready.reason.as_str(), ready.reason.to_string().as_str()), ("ByHand", "ByHand"));
    assert_eq!(serde_json::to_value(&status).unwrap(), other);
    assert_eq!(ConditionType::from("Programmed"), ConditionType::Programmed);
    assert_eq!(Reason::from("NoEffectiveBackend"), Reason::NoEffectiveBackend);
}

#[test]
fn a_condition_is_about_one_generation() {
    let with = |own, whole| Status {
        conditions: vec![condition("Programmed", ConditionStatus::True, own)],
        meshes: vec![MeshStatus {
            name: "istio".to_owned(),
            conditions: vec![condition("Programmed", ConditionStatus::True, own)],
        }],
        observed_generation: whole,
    };
    // Of the condition, of the status, of the object; for the object, and for the mesh.
    for (own, whole, generation, for_object, for_mesh) in [
        (Some(3), None, Some(3), true, true),
        (Some(2), Some(3), Some(3), false, false),
        (Some(3), Some(2), Some(3), true, true),
        (None, Some(3), Some(3), true, false),
        (None, Some(2), Some(3), false, false),
        (None, None, Some(3), false, false),
        (None, None, None, false, false),
        (Some(3), Some(3), None, false, false),
        (Some(4), None, Some(3), false, false),
    ] {
        let status = with(own, whole);
        let seen = |condition: Option<&Condition>| condition.is_some_and(Condition::is_true);
        let current = seen(status.current(ConditionType::Programmed, generation));
        let in_mesh = seen(status.mesh("istio").unwrap().current(ConditionType::Programmed, generation));
        assert_eq!((current, in_mesh), (for_object, for_mesh), "{own:?} {whole:?} {generation:?}");
        assert_eq!(status.conditions[0].is_about(generation), for_mesh);
    }
    assert_eq!(with(Some(3), None).current(ConditionType::Accepted, 3), None);
}

#[test]
fn what_has_another_form_is_not_there() {
    for garbage in [json!(null), json!("ready"), json!(true), json!(-1), json!(1.5), json!([]), json!([[1]])]
    {
        assert_eq!(read(&garbage), Status::default(), "{garbage}");
        let inside =
            json!({"conditions": garbage, "meshes": garbage, "observedGeneration": "1", "phase": {}});
        assert_eq!(read(&inside), Status::default(), "{garbage}");
    }
    let status = read(&json!({
        "conditions": [null, "Accepted", {"type": "Accepted", "status": true, "observedGeneration": -1, "reason": {}}, 5],
        "meshes": {"istio": {}}, "observedGeneration": 1.5,
    }));
    assert_eq!(status.conditions.len(), 1);
    let accepted = status.condition(ConditionType::Accepted).unwrap();
    assert_eq!((accepted.status, accepted.observed_generation), (ConditionStatus::Unknown, None));
    assert_eq!((accepted.reason.as_str(), accepted.last_transition_time.as_str()), ("", ""));
    assert!(!accepted.is_true());
    assert_eq!((status.meshes.len(), status.observed_generation), (0, None));
    let many =
        read(&json!({"conditions": [{"type": "A", "status": "False"}, {"type": "A", "status": "True"}]}));
    assert!(!many.condition("A").unwrap().is_true(), "the first counts");
}

/// serde_json reads nothing into memory that is nested deeper than 128, and no number beyond those of a float.
#[test]
fn neither_depth_nor_numbers_are_in_the_way() {
    let deep = "[".repeat(5000) + &"]".repeat(5000);
    for (text, conditions) in [
        (format!(r#"{{"conditions": [{deep}, {{"type": "A", "message": {deep}}}], "x": {deep}}}"#), 1),
        (deep.clone(), 0),
        (r#"{"x": 1e999, "conditions": [{"x": 1e999}]}"#.to_owned(), 1),
        (r#"{"observedGeneration": 18446744073709551615, "meshes": 99999999999999999999}"#.to_owned(), 0),
    ] {
        let status: Status = serde_json::from_str(&text).unwrap();
        assert_eq!((status.conditions.len(), status.observed_generation), (conditions, None));
    }
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "True|Accepted|.{0,5}".prop_map(Value::from),
    ];
    let key = prop::sample::select(
        &[
            "conditions",
            "meshes",
            "observedGeneration",
            "name",
            "type",
            "status",
            "reason",
            "message",
            "lastTransitionTime",
            "x",
        ][..],
    );
    leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|fields| fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    /// Whatever is stored, and what is then written is stable.
    #[test]
    fn every_value_is_read(value in json_value()) {
        let status = read(&value);
        let written = serde_json::to_value(&status).unwrap();
        prop_assert_eq!(read(&written), status);
    }
}
