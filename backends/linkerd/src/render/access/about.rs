//! Diagnostics about the destination, which belong to all TrafficTargets of the unit and are said once, on the first of them.

use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::intent::AccessIntent;
use smi_types::FieldPath;
use smi_types::access::destination_path;

/// A diagnostic about the destination.
pub(crate) fn destination(
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
