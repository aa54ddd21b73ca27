//! Findings as one JSON document: `--report json`. The form is stable (DESIGN, section 7).

use serde::Serialize;
use smi_translate::Severity;
use smi_translate::diagnostic::{Code, Diagnostic};

use super::{Finding, Findings};

/// The document.
#[derive(Serialize)]
pub(crate) struct Document<'a> {
    diagnostics: Vec<Entry<'a>>,
}

#[derive(Serialize)]
struct Entry<'a> {
    code: Code,
    severity: Severity,
    object: Option<String>,
    path: String,
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    message: &'a str,
    effect: &'a str,
    help: Option<&'a str>,
}

/// The findings as a document.
pub(crate) fn document(findings: &Findings) -> Document<'_> {
    Document { diagnostics: findings.iter().map(entry).collect() }
}

/// The text of the document.
pub(super) fn render(findings: &Findings) -> String {
    let text = serde_json::to_string_pretty(&document(findings)).expect("strings and numbers are JSON");
    text + "\n"
}

fn entry(finding: &Finding) -> Entry<'_> {
    let Finding { diagnostic, place } = finding;
    let Diagnostic { code, severity, object, path, span: _, message, effect, help } = diagnostic;
    Entry {
        code: *code,
        severity: *severity,
        object: object.as_ref().map(ToString::to_string),
        path: path.to_string(),
        file: place.as_ref().map(|place| place.file.as_str()),
        line: place.as_ref().map(|place| place.start.0),
        column: place.as_ref().map(|place| place.start.1),
        message,
        effect,
        help: help.as_deref(),
    }
}
