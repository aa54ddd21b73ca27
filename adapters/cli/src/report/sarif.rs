//! Findings as SARIF 2.1.0, which code scanning services read: `--report sarif`.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use smi_translate::Severity;
use smi_translate::diagnostic::{CodeDoc, Diagnostic};

use super::{Finding, Findings, Place};
use crate::codes;
use crate::input::STDIN;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The text of the log. Its rules are the codes that occur.
pub(super) fn render(findings: &Findings) -> String {
    let mut index: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in findings.iter() {
        index.insert(finding.diagnostic.code.0, 0);
    }
    for (position, at) in index.values_mut().enumerate() {
        *at = position;
    }
    let known = codes::all();
    let rules: Vec<Value> =
        index.keys().map(|code| rule(code, known.iter().find(|doc| doc.code.0 == *code))).collect();
    let results: Vec<Value> = findings.iter().map(|f| result(f, index[f.diagnostic.code.0])).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "smi", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    let text = serde_json::to_string_pretty(&log).expect("strings and numbers are JSON");
    text + "\n"
}

fn rule(code: &str, doc: Option<&CodeDoc>) -> Value {
    match doc {
        Some(CodeDoc { code, severity, meaning, remedy }) => json!({
            "id": code.0,
            "shortDescription": {"text": meaning},
            "help": {"text": remedy},
            "defaultConfiguration": {"level": level(*severity)},
        }),
        None => json!({"id": code}),
    }
}

fn result(finding: &Finding, rule_index: usize) -> Value {
    let Finding { diagnostic, place } = finding;
    let Diagnostic { code, severity, object, path, span: _, message, effect, help } = diagnostic;
    let help = help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    let mut location = serde_json::Map::new();
    if let Some(place) = place {
        location.insert("physicalLocation".to_owned(), physical(place));
    }
    if let Some(object) = object {
        let name = if path.is_root() { object.to_string() } else { format!("{object} {path}") };
        location.insert("logicalLocations".to_owned(), json!([{"fullyQualifiedName": name}]));
    }
    let locations: Vec<_> = std::iter::once(location).filter(|location| !location.is_empty()).collect();
    json!({
        "ruleId": code.0,
        "ruleIndex": rule_index,
        "level": level(*severity),
        "message": {"text": format!("{message}\neffect: {effect}{help}")},
        "locations": locations,
        "properties": {"severity": severity.as_str()},
    })
}

fn physical(place: &Place) -> Value {
    let Place { file, start, end, text: _, is_whole_line: _, range: _ } = place;
    json!({
        "artifactLocation": {"uri": uri(file)},
        "region": {"startLine": start.0, "startColumn": start.1, "endLine": end.0, "endColumn": end.1},
    })
}

/// SARIF has no word for losses; `properties.severity` has ours.
fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Loss | Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// A path as a URI reference: absolute ones as `file://`, relative ones as they are.
fn uri(file: &str) -> String {
    if file == STDIN {
        return "stdin".to_owned();
    }
    let slashed = file.replace('\\', "/");
    let path = slashed.strip_prefix("./").unwrap_or(&slashed);
    let mut uri = String::new();
    if path.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte))
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("./shop/a b.yaml"), "shop/a%20b.yaml");
        assert_eq!(uri("/x/ü.yaml"), "file:///x/%C3%BC.yaml");
        assert_eq!(uri("<stdin>"), "stdin");
    }
}
