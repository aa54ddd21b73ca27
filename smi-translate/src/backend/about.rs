//! Diagnostics about the destination, which belong to all TrafficTargets of the unit and are said once, on the first of them.

use smi_types::FieldPath;
use smi_types::access::destination_path;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::intent::AccessIntent;

/// A diagnostic about the destination.
#[must_use]
pub fn destination(
    intent: &AccessIntent,
    (code, severity): (&'static str, Severity),
    message: impl Into<String>,
    effect: &'static str,
) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code(code), severity, message, effect);
    let Some(target) = intent.targets.first() else { return diagnostic };
    let written = intent.grants.iter().find(|grant| grant.target == *target);
    let path = written.map_or_else(FieldPath::root, |grant| destination_path(grant.object.version));
    diagnostic.on(target).at(path)
}
