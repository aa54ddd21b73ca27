//! The pieces of structural schemas.

use serde_json::{Map, Value, json};

/// A field of an object.
pub(super) type Field = (&'static str, Value);

/// An object with these fields and no others: an API server drops what it does not know.
pub(super) fn object(description: &str, fields: impl IntoIterator<Item = Field>) -> Value {
    let properties: Map<String, Value> =
        fields.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    let mut schema = json!({"description": description, "type": "object"});
    if !properties.is_empty() {
        schema["properties"] = properties.into();
    }
    schema
}

/// A list that has one owner. Not a map: two matches or backends of one name are wrong, or add up, but upstream schemas take them.
pub(super) fn list(description: &str, items: Value) -> Value {
    json!({"description": description, "type": "array", "items": items, "x-kubernetes-list-type": "atomic"})
}

/// A list whose elements each have an owner, and are told apart by one field.
pub(super) fn list_by(key: &str, description: &str, items: Value) -> Value {
    json!({
        "description": description,
        "type": "array",
        "items": items,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": [key],
    })
}

/// A map from any key to a string.
pub(super) fn strings_by_key(description: &str) -> Value {
    json!({"description": description, "type": "object", "additionalProperties": {"type": "string"}})
}

/// A list of strings.
pub(super) fn strings(description: &str) -> Value {
    list(description, json!({"type": "string"}))
}

pub(super) fn string(description: &str) -> Value {
    json!({"description": description, "type": "string"})
}

pub(super) fn number(description: &str) -> Value {
    json!({"description": description, "type": "number"})
}

/// What has several types on the wire. A structural schema can say neither "or" nor that a type is left open, except in this way.
pub(super) fn open(description: &str) -> Value {
    json!({"description": description, "x-kubernetes-preserve-unknown-fields": true})
}

/// The schema, and null. Without this an API server drops nulls, which is how SMI reads them as well.
pub(super) fn nullable(mut schema: Value) -> Value {
    schema["nullable"] = true.into();
    schema
}
