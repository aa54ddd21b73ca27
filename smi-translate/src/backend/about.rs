//! Diagnostics that every mesh has: about the destination, which belong to all TrafficTargets of the unit and are said in full on the first of
//! them, and about what no mesh carries.

use std::borrow::Cow;

use smi_types::FieldPath;
use smi_types::access::{destination_path, rules_path};

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::intent::{AccessIntent, Grant};
use crate::reference::{ObjectRef, ServiceRef};

/// A diagnostic about the destination.
#[must_use]
pub fn destination(
    intent: &AccessIntent,
    (code, severity): (&'static str, Severity),
    message: impl Into<String>,
    effect: impl Into<Cow<'static, str>>,
) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code(code), severity, message, effect);
    let Some(target) = intent.targets.first() else { return diagnostic };
    diagnostic.on(target).at(destination_of(intent, target))
}

/// Where a TrafficTarget of an intent says its destination.
pub(crate) fn destination_of(intent: &AccessIntent, target: &ObjectRef) -> FieldPath {
    let mut written = intent.targets.iter().zip(&intent.versions);
    let written = written.find(|(own, _)| *own == target);
    written.map_or_else(FieldPath::root, |(_, version)| destination_path(*version))
}

/// UDP is granted, and the mesh looks at none.
#[must_use]
pub fn udp(code: &'static str, mesh: &str, grant: &Grant) -> Diagnostic {
    Diagnostic::new(
        Code(code),
        Severity::Warning,
        format!("the target grants UDP, which {mesh} neither carries nor denies"),
        "UDP passes beside the mesh, whoever sends it",
    )
    .on(&grant.target)
    .at(rules_path(grant.object.version))
    .help("restrict UDP by a NetworkPolicy")
}

/// A Service that stands for a host elsewhere takes part in a split.
#[must_use]
pub fn external_name(code: &'static str, service: &ServiceRef) -> Diagnostic {
    Diagnostic::new(
        Code(code),
        Severity::Error,
        format!("{service} is an ExternalName Service, which has no endpoints in the mesh"),
        "nothing is rendered for this root: the root Service answers",
    )
    .help("use a Service that selects pods")
}
