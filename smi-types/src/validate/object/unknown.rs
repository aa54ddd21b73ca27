//! Which fields of a JSON object its type does not have: those that are gone once it has been read and written.

use serde_json::Value;

use crate::FieldPath;

/// The paths of unknown fields, given the object and what its type knows of it. A field that is `null` says nothing, whether it is
/// known or not.
///
/// What is known is written back where it was, list by list and element by element: no type of this crate leaves out a known field
/// that has a value. Header conditions are the exception: they hold no field, and a list of them is tidied.
pub(super) fn paths(object: &Value, known: &Value) -> Vec<FieldPath> {
    let mut paths = Vec::new();
    let Value::Object(fields) = object else { return paths };
    for (key, value) in fields {
        // Metadata are read by anybody, and a status is written by controllers.
        if !matches!(key.as_str(), "metadata" | "status") {
            compare(FieldPath::of(key.clone()), value, known.get(key), &mut paths);
        }
    }
    paths
}

fn compare(path: FieldPath, value: &Value, known: Option<&Value>, unknown: &mut Vec<FieldPath>) {
    match (value, known) {
        (Value::Null, _) => {}
        (_, None) => unknown.push(path),
        (Value::Object(fields), Some(Value::Object(known))) => {
            for (key, value) in fields {
                let known = known.get(key);
                if key != "headers" || known.is_none() {
                    compare(path.clone().key(key.clone()), value, known, unknown);
                }
            }
        }
        (Value::Array(items), Some(Value::Array(known))) => {
            for (index, item) in items.iter().enumerate() {
                compare(path.clone().index(index), item, known.get(index), unknown);
            }
        }
        (_, Some(_)) => {}
    }
}
