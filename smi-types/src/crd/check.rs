//! What a controller would miss in a cluster that has other definitions than ours: those of retired meshes, of the SDKs, or older ones.

mod conversion;
mod defaults;
mod given;
mod names;
mod schema;
mod strict;
mod taken;
mod versions;

use std::collections::BTreeSet;

use serde_json::Value;

use super::{KINDS, names as ours};
use crate::quote::quoted;
use crate::validate::{Finding, Severity};
use crate::{ApiVersion, FieldPath, Kind, Version};
use given::Given;

/// What there is to say about one definition.
#[derive(Clone, Debug, PartialEq)]
pub struct Checked {
    /// The kind that it defines; `None` where that is none of [`KINDS`].
    pub kind: Option<Kind>,
    /// What a controller would miss. Paths are those of the definition.
    pub findings: Vec<Finding>,
}

/// Says what `definition` lacks, as it is written in a file or as an API server returns it; `None` for what is not a definition of a
/// kind in a group of SMI.
///
/// ```
/// use smi_types::Kind;
/// use smi_types::crd::{self, Serving};
///
/// let mut split = crd::definition(Kind::TrafficSplit, &Serving::OneVersion).unwrap();
/// split["spec"]["versions"][0]["subresources"] = serde_json::json!({});
/// let checked = crd::check(&split).unwrap();
/// assert!(checked.findings.iter().any(|finding| finding.code == "SMI-CRD-STATUS"));
/// ```
#[must_use]
pub fn check(definition: &Value) -> Option<Checked> {
    let text = |pointer: &str| definition.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    if text("/kind") != "CustomResourceDefinition"
        || !text("/apiVersion").starts_with("apiextensions.k8s.io/")
    {
        return None;
    }
    let (group, kind) = (text("/spec/group"), text("/spec/names/kind"));
    let known = KINDS.into_iter().find(|known| known.group() == group && known.as_str() == kind);
    match known {
        Some(kind) => {
            let given = Given::read(kind, definition);
            let mut findings = Vec::new();
            findings.extend(names::check(&given));
            findings.extend(taken::check(&given));
            findings.extend(versions::check(&given));
            findings.extend(conversion::check(&given));
            findings.extend(schema::check(&given));
            Some(Checked { kind: Some(kind), findings })
        }
        None if group == "smi-spec.io" || group.ends_with(".smi-spec.io") => {
            Some(Checked { kind: None, findings: vec![unknown(group, kind)] })
        }
        None => None,
    }
}

/// Says which kinds have no definition at all, where these have one.
#[must_use]
pub fn missing(found: &BTreeSet<Kind>) -> Option<Finding> {
    let missing: Vec<String> =
        KINDS.iter().filter(|kind| !found.contains(kind)).filter_map(|kind| ours::name(*kind)).collect();
    (!missing.is_empty()).then(|| {
        Finding::warning(
            "SMI-CRD-MISSING",
            FieldPath::root(),
            format!("there is no definition of {}", joined(&missing)),
            "a cluster with these definitions alone takes no objects of such a kind",
        )
        .help(INSTALL)
    })
}

const INSTALL: &str = "install the definitions that `smi crds` prints";

/// A definition of a kind that SMI does not have, or that is not stored.
fn unknown(group: &str, kind: &str) -> Finding {
    let effect = "nothing that knows SMI reads objects of this kind";
    let path = || FieldPath::of("spec");
    if Kind::parse(kind).is_some_and(|kind| kind.group() == group) {
        let message = format!("{kind} is served by an API server of its own, and never stored");
        return Finding::warning("SMI-CRD-UNKNOWN", path().key("names").key("kind"), message, effect)
            .help("remove the definition: it hides the one that serves the kind");
    }
    // Groups that SMI does not have, such as the misspelt `spec.smi-spec.io`, and kinds of another group.
    match ApiVersion::parse(&format!("{group}/{}", Version::V1Alpha4), kind) {
        Err(finding) => {
            let path = if finding.path == FieldPath::of("kind") {
                path().key("names").key("kind")
            } else {
                path().key("group")
            };
            let finding = Finding::warning("SMI-CRD-UNKNOWN", path, finding.message, effect);
            if Kind::parse(kind).is_some() { finding.help(INSTALL) } else { finding }
        }
        Ok(_) => {
            let message = format!("SMI has no kind {} in group {}", quoted(kind), quoted(group));
            Finding::warning("SMI-CRD-UNKNOWN", path().key("names").key("kind"), message, effect)
        }
    }
}

fn info(
    code: &'static str,
    path: FieldPath,
    message: impl Into<String>,
    effect: impl Into<String>,
) -> Finding {
    Finding { severity: Severity::Info, ..Finding::error(code, path, message, effect) }
}

/// `a, b and c`.
fn joined<T: AsRef<str>>(words: &[T]) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.split_last() {
        None => String::new(),
        Some((only, [])) => (*only).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

/// `v1alpha1, v1alpha2 and v1alpha3`, oldest first.
fn versions_joined<'v>(versions: impl IntoIterator<Item = &'v Version>) -> String {
    let versions: BTreeSet<&Version> = versions.into_iter().collect();
    joined(&versions.into_iter().map(|version| version.as_str()).collect::<Vec<_>>())
}
