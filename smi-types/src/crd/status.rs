//! The schema of status, which is the same for every kind (reference, section 10).

use serde_json::{Value, json};

use super::schema::{list_by, object, string};

/// What controllers say about an object. Upstream never defined it, so no user writes it, and it may be as strict as Kubernetes is.
pub(crate) fn schema() -> Value {
    let meshes = list_by("name", "The same by mesh, where several have a controller.", mesh());
    object(
        "What controllers say about the object.",
        [
            ("conditions", conditions()),
            ("meshes", meshes),
            ("observedGeneration", generation("The generation of the object that the conditions are about.")),
        ],
    )
}

pub(crate) fn mesh() -> Value {
    let mut mesh = object(
        "What the controller of one mesh says.",
        [("name", string("Name of the mesh.")), ("conditions", conditions())],
    );
    mesh["required"] = json!(["name"]);
    mesh
}

fn conditions() -> Value {
    list_by("type", "The state of the object: Accepted, ResolvedRefs, Programmed.", condition())
}

/// A `metav1.Condition`.
pub(crate) fn condition() -> Value {
    let mut condition = object(
        "One aspect of the state of the object.",
        [
            ("type", condition_type()),
            ("status", condition_status()),
            ("reason", reason()),
            ("message", json!({"description": "Why, for people.", "type": "string", "maxLength": 32768})),
            (
                "lastTransitionTime",
                json!({"description": "When the status changed last.", "type": "string", "format": "date-time"}),
            ),
            ("observedGeneration", generation("The generation of the object that the condition is about.")),
        ],
    );
    condition["required"] = json!(["lastTransitionTime", "message", "reason", "status", "type"]);
    condition
}

pub(crate) fn condition_type() -> Value {
    text("Accepted, ResolvedRefs or Programmed.", 316, TYPE)
}

pub(crate) fn condition_status() -> Value {
    json!({"description": "Whether it holds.", "type": "string", "enum": ["True", "False", "Unknown"]})
}

pub(crate) fn reason() -> Value {
    let mut reason = text("Why, in one word.", 1024, REASON);
    reason["minLength"] = 1.into();
    reason
}

const TYPE: &str = "^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$";
const REASON: &str = "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$";

fn text(description: &str, longest: u32, pattern: &str) -> Value {
    json!({"description": description, "type": "string", "maxLength": longest, "pattern": pattern})
}

fn generation(description: &str) -> Value {
    json!({"description": description, "type": "integer", "format": "int64", "minimum": 0})
}
