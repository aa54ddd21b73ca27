//! What findings mean for admission: errors deny, everything else warns.

use serde_json::{Value, json};

use super::warnings;
use crate::validate::{Finding, Severity};
use crate::{ApiVersion, Kind};

/// Errors that an answer lists one by one.
const LISTED: usize = 20;

/// The answer that lets the request pass.
pub(super) fn allowed(warnings: Vec<String>) -> Value {
    with_warnings(json!({"allowed": true}), warnings)
}

/// The answer that refuses the object, with every error as a cause that kubectl prints.
pub(super) fn denied(
    api: Option<ApiVersion>,
    object: &Value,
    errors: &[&Finding],
    warnings: Vec<String>,
) -> Value {
    let mut lines: Vec<String> = errors.iter().take(LISTED).map(|finding| line(finding)).collect();
    if errors.len() > LISTED {
        lines.push(format!("and {} more", errors.len() - LISTED));
    }
    let cause = |finding: &&Finding| json!({"reason": "FieldValueInvalid", "field": finding.path.to_string(), "message": text(finding)});
    let causes: Vec<Value> = errors.iter().take(LISTED).map(cause).collect();
    let mut details = json!({"name": object["metadata"]["name"], "causes": causes});
    if let Some(ApiVersion { kind, .. }) = api {
        details["group"] = kind.group().into();
        details["kind"] = Kind::as_str(kind).into();
    }
    let status = json!({
        "status": "Failure", "code": 422, "reason": "Invalid", "message": lines.join("; "), "details": details,
    });
    with_warnings(json!({"allowed": false, "status": status}), warnings)
}

/// The answer to a request that is none: the API server never sends it.
pub(super) fn malformed(message: &str) -> Value {
    json!({"allowed": false, "status": {
        "status": "Failure", "code": 400, "reason": "BadRequest", "message": message,
    }})
}

fn with_warnings(mut response: Value, warnings: Vec<String>) -> Value {
    if !warnings.is_empty() {
        response["warnings"] = warnings.into();
    }
    response
}

/// The warnings for what does not deny.
pub(super) fn warnings(findings: &[Finding]) -> impl Iterator<Item = String> {
    let tolerated = findings.iter().filter(|finding| finding.severity == Severity::Warning);
    tolerated.map(|finding| warnings::shortened(&warning(finding)))
}

fn warning(finding: &Finding) -> String {
    format!("{finding} ({}); {}", finding.code, effect(finding))
}

/// What it means for traffic; of an effect that is none, what is said beside that.
fn effect(finding: &Finding) -> &str {
    finding.effect.strip_prefix("none; ").unwrap_or(&finding.effect)
}

fn line(finding: &Finding) -> String {
    match finding.path.is_root() {
        true => text(finding),
        false => format!("{}: {}", finding.path, text(finding)),
    }
}

fn text(finding: &Finding) -> String {
    let Finding { code, message, help, .. } = finding;
    let text = format!("{message} ({code})");
    match help {
        Some(help) => format!("{text}, {help}"),
        None => format!("{text}, {}", effect(finding)),
    }
}
