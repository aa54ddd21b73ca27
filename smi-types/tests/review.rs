//! The webhooks: reviews in, answered reviews out, and what a hostile or mistaken body gets.
// Helpers of tests are tests: `unwrap` says at the right line what failed.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use smi_types::convert::{CARRIER_ANNOTATION, ConvertOptions, LossClass};
use smi_types::review::{self, Admission, AdmissionOptions, Conversion};
use smi_types::validate::{Finding, Severity};
use smi_types::{ApiVersion, FieldPath, Kind, Version, crd, hub};

fn split(version: &str, name: &str, backends: Value) -> Value {
    json!({
        "apiVersion": format!("split.smi-spec.io/{version}"), "kind": "TrafficSplit",
        "metadata": {"name": name, "namespace": "shop", "uid": "o", "resourceVersion": "7", "generation": 2},
        "spec": {"service": "web", "backends": backends},
    })
}

fn good(version: &str) -> Value {
    let weight = if version == "v1alpha1" { json!("1") } else { json!(1) };
    split(version, "web", json!([{"service": "a", "weight": weight}, {"service": "b", "weight": weight}]))
}

#[path = "review/admission.rs"]
mod admission;
#[path = "review/conversion.rs"]
mod conversion;
