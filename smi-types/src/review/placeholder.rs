//! Objects that cannot be converted, and stand in a cluster all the same: upstream definitions let in weights that are no shares, and
//! stored objects are older than any check.
//!
//! A conversion that fails breaks lists and watches of the whole kind, for everybody, and the object cannot even be deleted. So such an
//! object is answered in the other version without a body: that means nothing, grants nothing, and is refused by every validation. The
//! body travels in the carrier annotation and is given back in its own version.
//!
//! Somebody may write a body of another version over it, without having seen what it stands for. So what restricts traffic in the object is
//! carried as after any conversion, and stays in force on that body (SMI-CONV-7). Where that has no room, or cannot be told, that body
//! means nothing: every reader of the annotation says so, admission refuses it, and it is not converted.

use serde_json::{Map, Value, json};

use super::annotations;
use crate::convert::{self, CARRIER_ANNOTATION, Data, PORTS, UNCONVERTED};
use crate::{ApiVersion, Kind, Version};

/// The longest body that is carried: an API server takes 256 KiB of annotations.
const CARRIED: usize = 128 * 1024;

/// What a placeholder stands for.
pub(super) struct Original {
    /// The object in its own version; without it a placeholder stands for nothing that could be given back.
    pub(super) object: Option<Value>,
    pub(super) version: Version,
}

/// The object in another version, without a body.
pub(super) fn of(object: &Value, api: ApiVersion, to: Version) -> Value {
    let carried = object["metadata"]["annotations"].get(CARRIER_ANNOTATION);
    let body: Map<String, Value> = fields(object).map(|(key, value)| (key.clone(), value.clone())).collect();
    let body = Value::Object(body);
    let restrictions = convert::restrictions(api, object);
    let versions = (api.version, to);
    let fits = |placeholder: &Value| annotations::excess(placeholder).is_none();
    if body.to_string().len() <= CARRIED {
        let item = json!({"body": body, "carrier": carried});
        let whole = written(object, api, versions, item, restrictions.clone());
        if fits(&whole) {
            return whole;
        }
    }
    // What restricts is small as a rule, however large the body is.
    let read_only = json!({"body": null});
    let restricting = written(object, api, versions, read_only.clone(), restrictions);
    if fits(&restricting) {
        return restricting;
    }
    let closed = written(object, api, versions, read_only.clone(), convert::closed());
    if fits(&closed) {
        return closed;
    }
    // Everybody's lists of the kind would fail for the annotations of one object. What is read only can do without them.
    let mut bare = object.clone();
    bare["metadata"]["annotations"] = json!({});
    written(&bare, api, versions, read_only, convert::closed())
}

/// The same placeholder in another version.
pub(super) fn again(placeholder: &Value, api: ApiVersion, from: Version, to: Version) -> Value {
    let (item, restrictions) = item(placeholder).map(|(_, item, data)| (item, data)).unwrap_or_default();
    written(placeholder, api, (from, to), item, restrictions)
}

fn written(
    object: &Value,
    api: ApiVersion,
    (from, to): (Version, Version),
    item: Value,
    mut data: Data,
) -> Value {
    let mut out = head(object, &ApiVersion { version: to, ..api });
    data.insert(UNCONVERTED.to_owned(), item);
    // Without a body a TCPRoute would mean all ports. This is no port, and means none (SMI-VAL-39).
    if api.kind == Kind::TCPRoute {
        data.insert(PORTS.to_owned(), json!([0]));
    }
    // A string, as an annotation is.
    let carrier = json!({"v": 1, "from": from.to_string(), "data": data}).to_string();
    annotate(&mut out, Some(carrier.into()));
    out
}

/// What `object` stands for, if it is a placeholder that nobody has given a body since.
pub(super) fn original(object: &Value, api: ApiVersion) -> Option<Original> {
    let is_empty = |value: &Value| value.is_null() || value.as_object().is_some_and(Map::is_empty);
    if !fields(object).all(|(_, value)| is_empty(value)) {
        return None;
    }
    let (version, item, _) = item(object)?;
    let restored = |body: &Map<String, Value>| {
        let mut out = head(object, &ApiVersion { version, ..api });
        annotate(&mut out, Some(item["carrier"].clone()).filter(|carrier| !carrier.is_null()));
        let own =
            body.iter().filter(|(key, _)| !is_head(key)).map(|(key, value)| (key.clone(), value.clone()));
        out.as_object_mut().into_iter().for_each(|out| out.extend(own.clone()));
        out
    };
    Some(Original { object: item["body"].as_object().map(restored), version })
}

/// The version of a placeholder's body, the carrier's item with it, and what else is carried.
fn item(object: &Value) -> Option<(Version, Value, Data)> {
    let carrier = object.get("metadata")?.get("annotations")?.get(CARRIER_ANNOTATION)?.as_str()?;
    let mut carrier: Value = serde_json::from_str(carrier).ok()?;
    let version = Version::parse(carrier["from"].as_str()?)?;
    let is_known = carrier["v"] == 1;
    let mut data: Data = serde_json::from_value(carrier.get_mut("data")?.take()).ok()?;
    let item = data.remove(UNCONVERTED)?;
    (is_known && item.is_object()).then_some((version, item, data))
}

/// Everything of an object that is not its body.
fn head(object: &Value, api: &ApiVersion) -> Value {
    let kept = object.as_object().into_iter().flatten().filter(|(key, _)| is_head(key));
    let mut out: Map<String, Value> = kept.map(|(key, value)| (key.clone(), value.clone())).collect();
    out.insert("apiVersion".to_owned(), api.to_string().into());
    Value::Object(out)
}

fn fields(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flatten().filter(|(key, _)| !is_head(key))
}

fn is_head(key: &str) -> bool {
    matches!(key, "apiVersion" | "kind" | "metadata" | "status")
}

/// Sets the carrier annotation, or takes it away.
fn annotate(object: &mut Value, carrier: Option<Value>) {
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
    if !annotations.is_object() {
        *annotations = json!({});
    }
    let Some(annotations) = annotations.as_object_mut() else { return };
    match carrier {
        Some(carrier) => drop(annotations.insert(CARRIER_ANNOTATION.to_owned(), carrier)),
        None => drop(annotations.remove(CARRIER_ANNOTATION)),
    }
    if annotations.is_empty() {
        metadata.remove("annotations");
    }
}
