//! What `kubectl apply` was given, before the API server dropped the fields that the kind does not have.
//!
//! A field that carries a condition is among them now and then, and the object means more without it (A-35, SMI-VAL-46). The
//! annotation of kubectl is the only place where admission can still see it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::convert;
use crate::validate::{self, Finding, Severity};
use crate::{ApiVersion, FieldPath, Segment};

const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What was dropped from what this request applies. Nothing where the request does not come from `kubectl apply`: the annotation is
/// then as old as the stored object's, describes another object, or names what the object has by now.
///
/// Where the same was applied before, and dropped then, it is a warning: nothing changes but metadata.
pub(super) fn dropped_conditions(api: ApiVersion, object: &Value, old: Option<&Value>) -> Vec<Finding> {
    let Some(text) = annotation(object).filter(|text| old.and_then(annotation) != Some(text)) else {
        return Vec::new();
    };
    let before = old.and_then(annotation).and_then(|text| serde_json::from_str::<Value>(text).ok());
    let Ok(applied) = serde_json::from_str::<Value>(text) else { return Vec::new() };
    let Ok(applied_api) = convert::api_version(&applied) else { return Vec::new() };
    if applied_api.kind != api.kind || !is_same_object(&applied, object) {
        return Vec::new();
    }
    let dropped = validate::unknown_fields(applied_api, &applied)
        .into_iter()
        .filter(|finding| finding.severity == Severity::Error && value_at(object, &finding.path).is_none());
    let was_applied = before.is_some_and(|before| says(&before) == says(&applied));
    dropped
        .map(|finding| Finding {
            severity: if was_applied { Severity::Warning } else { Severity::Error },
            message: format!(
                "kubectl was given {}, which the API server dropped: {}",
                finding.path, finding.message
            ),
            path: FieldPath::of("metadata").key("annotations").key(ANNOTATION),
            ..finding
        })
        .collect()
}

fn annotation(object: &Value) -> Option<&str> {
    object.get("metadata")?.get("annotations")?.get(ANNOTATION)?.as_str()
}

/// Whether the two have one name, and one namespace where what was applied names one.
fn is_same_object(applied: &Value, object: &Value) -> bool {
    let text = |of: &'_ Value, key: &str| -> Option<String> {
        let text = of.get("metadata")?.get(key)?.as_str()?;
        Some(text.to_owned()).filter(|text| !text.is_empty())
    };
    let namespace = text(applied, "namespace");
    text(applied, "name") == text(object, "name")
        && (namespace.is_none() || namespace == text(object, "namespace"))
}

/// Everything but what stands around the object.
fn says(object: &Value) -> BTreeMap<&String, &Value> {
    let fields = object.as_object().into_iter().flatten();
    fields.filter(|(key, _)| !matches!(key.as_str(), "metadata" | "status")).collect()
}

fn value_at<'v>(object: &'v Value, path: &FieldPath) -> Option<&'v Value> {
    path.segments().iter().try_fold(object, |value, segment| match segment {
        Segment::Key(key) => value.get(key.as_ref()),
        Segment::Index(index) => value.get(*index),
    })
}
