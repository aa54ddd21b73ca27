//! What a conversion returns as it came: metadata and status.

use serde_json::{Map, Value};

use crate::convert::CARRIER_ANNOTATION;

/// Puts the metadata and status of the original into its converted form.
///
/// An API server refuses a conversion that changes metadata other than labels and annotations, and writes what it gets back: an
/// update through an old version would lose a status that was left out.
pub(super) fn with_kept_parts(original: &Value, mut converted: Value) -> Value {
    let carrier = converted["metadata"]["annotations"].get_mut(CARRIER_ANNOTATION).map(Value::take);
    converted["metadata"] = with_carrier(original.get("metadata"), carrier);
    // A status that is a text is a leftover of the first SDKs, which no version declares.
    if let Some(status @ Value::Object(_)) = original.get("status") {
        converted["status"] = status.clone();
    }
    converted
}

/// The metadata with the carrier annotation as it is now, and nothing else changed.
fn with_carrier(metadata: Option<&Value>, carrier: Option<Value>) -> Value {
    let mut metadata = match metadata {
        Some(Value::Object(metadata)) => metadata.clone(),
        _ => Map::new(),
    };
    match (carrier, metadata.get_mut("annotations")) {
        (Some(carrier), Some(Value::Object(annotations))) => {
            annotations.insert(CARRIER_ANNOTATION.to_owned(), carrier);
        }
        (Some(carrier), _) => {
            let annotations = Map::from_iter([(CARRIER_ANNOTATION.to_owned(), carrier)]);
            metadata.insert("annotations".to_owned(), Value::Object(annotations));
        }
        (None, Some(Value::Object(annotations))) => {
            if annotations.remove(CARRIER_ANNOTATION).is_some() && annotations.is_empty() {
                metadata.remove("annotations");
            }
        }
        (None, _) => {}
    }
    Value::Object(metadata)
}
