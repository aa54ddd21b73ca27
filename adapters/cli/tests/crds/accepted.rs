//! Whatever an upstream schema accepted for a version, ours accepts for that version (reference, section 1.4).
//!
//! Compared are the schemas that API servers applied: those of `apiextensions.k8s.io/v1` version by version, and those of v1beta1,
//! which all versions share, for the versions that were served.

use serde_json::Value;
use smi_types::crd::{KINDS, schema};
use smi_types::{Kind, Version};

use crate::upstream;

/// Fields that an upstream schema has and ours have not, on purpose. Objects that hold them are taken, and the fields dropped.
const EXCEPTIONS: [(&str, &str, &str); 2] = [
    // sdk v0.3.0 described the fields one level too high: no object with a `spec` fulfilled its schema.
    ("smi-sdk-go-v0.3.0", "service", "TrafficSplit"),
    ("smi-sdk-go-v0.3.0", "backends", "TrafficSplit"),
];

#[test]
fn whatever_upstream_accepted_is_accepted() {
    let Some(folder) = upstream::folder() else { return };
    let mut problems = Vec::new();
    let mut compared = 0;
    for set in upstream::sets(&folder) {
        for definition in upstream::definitions(&folder.join(&set)) {
            let spec = &definition["spec"];
            let kind = KINDS.into_iter().find(|kind| spec["names"]["kind"] == kind.as_str()).unwrap();
            for (version, theirs) in schemas(&definition) {
                // UDPRoute and IdentityBinding were never released in another version than v1alpha4.
                let Some(ours) = schema(kind, version) else { continue };
                compared += 1;
                let found = refused(theirs, &ours, "");
                let is_exception = |problem: &&(String, String)| {
                    EXCEPTIONS.contains(&(set.as_str(), problem.0.as_str(), kind.as_str()))
                };
                problems.extend(
                    found
                        .iter()
                        .filter(|problem| !is_exception(problem))
                        .map(|(field, problem)| format!("{set}: {kind} {version}: {field} {problem}")),
                );
            }
        }
    }
    assert_eq!(problems, Vec::<String>::new());
    assert!(compared >= 50, "{compared}");
}

/// The versions with schemas.
fn schemas(definition: &Value) -> Vec<(Version, &Value)> {
    let is_beta = definition["apiVersion"] == "apiextensions.k8s.io/v1beta1";
    let shared = definition.pointer("/spec/validation/openAPIV3Schema");
    let versions = definition["spec"]["versions"].as_array().unwrap().iter();
    versions
        .filter(|version| !is_beta || version["served"] == true)
        .filter_map(|version| {
            let schema = version.pointer("/schema/openAPIV3Schema").or(shared)?;
            Some((Version::parse(version["name"].as_str().unwrap()).unwrap(), schema))
        })
        .collect()
}

/// What of `theirs` `ours` refuses, or drops: fields and reasons.
fn refused(theirs: &Value, ours: &Value, field: &str) -> Vec<(String, String)> {
    let mut problems = Vec::new();
    let mut problem = |text: String| problems.push((field.to_owned(), text));
    let keys = |schema: &Value| schema.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    if field != "status" && !field.starts_with("status.") {
        // Everything else that a schema can hold is a restriction.
        let harmless = [
            "description",
            "type",
            "properties",
            "items",
            "additionalProperties",
            "nullable",
            "x-kubernetes-list-type",
            "x-kubernetes-preserve-unknown-fields",
        ];
        for key in keys(ours).iter().filter(|key| !harmless.contains(&key.as_str())) {
            problem(format!("has {key}"));
        }
        if ours.get("x-kubernetes-list-type").is_some_and(|list| list != "atomic") {
            problem("must not hold equal elements".to_owned());
        }
    }
    if ours["x-kubernetes-preserve-unknown-fields"] == true {
        if ours.get("type").is_some() {
            problem("is not open".to_owned());
        }
        return problems;
    }
    let wider = match (theirs["type"].as_str(), ours["type"].as_str()) {
        (Some(theirs), Some(ours)) => theirs == ours || (theirs == "integer" && ours == "number"),
        // v1beta1 let types be omitted; what has fields is an object.
        (None, Some("object")) => theirs.get("properties").is_some(),
        _ => false,
    };
    if !wider {
        problem(format!("is {} and not {}", ours["type"], theirs["type"]));
    }
    for (key, schema) in theirs["properties"].as_object().into_iter().flatten() {
        let path = if field.is_empty() { key.clone() } else { format!("{field}.{key}") };
        match ours["properties"].get(key) {
            Some(ours) => problems.extend(refused(schema, ours, &path)),
            None => problems.push((path, "is dropped".to_owned())),
        }
    }
    for (key, mark) in [("items", "[]"), ("additionalProperties", "{}")] {
        if let Some(schema) = theirs.get(key) {
            problems.extend(refused(schema, &ours[key], &format!("{field}{mark}")));
        }
    }
    problems
}

/// The comparison finds what it is for.
#[test]
fn a_stricter_schema_is_found() {
    let theirs = schema(Kind::TrafficSplit, Version::V1Alpha4).unwrap();
    let spec = |change: fn(&mut Value)| {
        let mut ours = theirs.clone();
        change(&mut ours["properties"]["spec"]);
        refused(&theirs, &ours, "")
    };
    let found = |field: &str, problem: &str| vec![(field.to_owned(), problem.to_owned())];
    assert_eq!(spec(|_| {}), []);
    assert_eq!(spec(|spec| spec["required"] = serde_json::json!(["service"])), found("spec", "has required"));
    assert_eq!(
        spec(|spec| drop(spec["properties"].as_object_mut().unwrap().remove("matches"))),
        found("spec.matches", "is dropped")
    );
    let weight = |spec: &mut Value| {
        spec["properties"]["backends"]["items"]["properties"]["weight"]["type"] = "integer".into()
    };
    assert_eq!(spec(weight), found("spec.backends[].weight", r#"is "integer" and not "number""#));
}
