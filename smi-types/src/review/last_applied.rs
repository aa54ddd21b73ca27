//! What `kubectl apply` was given, before the API server dropped the fields that the kind does not have.
//!
//! A field that carries a condition is among them now and then, and the object means more without it (A-35, SMI-VAL-46). The
//! annotation of kubectl is the only place where admission can still see it.

use serde_json::Value;

use crate::convert;
use crate::validate::{self, Finding, Severity};

const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The errors for fields that were dropped from what this request applies. Nothing where the request does not come from
/// `kubectl apply`: the annotation is then as old as the stored object's.
pub(super) fn dropped_conditions(object: &Value, old: Option<&Value>) -> Vec<Finding> {
    let annotation = |object: &'_ Value| -> Option<String> {
        object.get("metadata")?.get("annotations")?.get(ANNOTATION)?.as_str().map(str::to_owned)
    };
    let Some(text) = annotation(object).filter(|text| old.and_then(annotation).as_ref() != Some(text)) else {
        return Vec::new();
    };
    let Ok(applied) = serde_json::from_str::<Value>(&text) else { return Vec::new() };
    let Ok(api) = convert::api_version(&applied) else { return Vec::new() };
    let mut findings = validate::unknown_fields(api, &applied);
    findings.retain(|finding| finding.severity == Severity::Error);
    findings
}
