//! `smi crds --check`: definitions of files, as they are written or as `kubectl get` exports them.

use std::collections::BTreeSet;
use std::path::PathBuf;

use smi_translate::diagnostic::{Code, Diagnostic};
use smi_translate::read::{Input, ReadOptions, Reader};
use smi_translate::yaml::{self, Limits, Node};
use smi_translate::{ObjectRef, Options, Severity, SourceSpan};
use smi_types::Kind;
use smi_types::crd::{self, Checked};
use smi_types::validate::{self, Finding};

use crate::command::convert::is_syntax;
use crate::exit::{Exit, Outcome};
use crate::input;
use crate::report::{Findings, Reporter, counted};

/// Reads the files, and says what their definitions lack.
pub(super) fn run(files: &[PathBuf], reporter: &Reporter) -> Outcome {
    let texts = input::read(files)?;
    let mut reader = Reader::new(ReadOptions::default());
    for text in &texts {
        reader.add(&text.name, &text.bytes);
    }
    let Input { inventory: _, sources, diagnostics } = reader.finish(Options::default());
    let mut check = Check { found: BTreeSet::new(), checked: 0, diagnostics: Vec::new() };
    // Of what the reader says about SMI objects nothing matters here, but what cannot be read may hold definitions.
    check.diagnostics.extend(diagnostics.into_iter().filter(is_syntax));
    for source in 0..texts.len() {
        let text = sources.text(source);
        for document in yaml::read(&text, &Limits::default()) {
            if let Ok(node) = &document.content {
                check.document(source, node);
            }
        }
    }
    check.diagnostics.extend(crd::missing(&check.found).map(|finding| diagnostic(finding, None)));
    let findings = Findings::new(&sources, check.diagnostics);
    let definitions = match check.checked {
        0 => "no definition of an SMI kind".to_owned(),
        n => counted(n, "definition"),
    };
    let summary = match findings.tally().as_slice() {
        [] => format!("{definitions} checked: a controller misses nothing"),
        words => format!("{definitions} checked: {}", words.join(", ")),
    };
    reporter.publish(&findings, &summary, true, Exit::Clean)
}

struct Check {
    /// The kinds that have definitions.
    found: BTreeSet<Kind>,
    /// How many definitions were looked at.
    checked: usize,
    diagnostics: Vec<Diagnostic>,
}

impl Check {
    fn document(&mut self, source: usize, node: &Node<'_>) {
        let kind = node.get("kind").and_then(Node::as_str).unwrap_or_default();
        let items = node.get("items").and_then(Node::as_seq);
        // What `jq .items` leaves of a list.
        let items = items.or(node.as_seq());
        match (kind, items) {
            ("" | "List", Some(items)) => items.iter().for_each(|item| self.definition(source, item, None)),
            // API servers leave out of such a list what its items are.
            ("CustomResourceDefinitionList", Some(items)) => {
                let api_version = node.get("apiVersion").and_then(Node::as_str);
                items.iter().for_each(|item| self.definition(source, item, api_version));
            }
            _ => self.definition(source, node, None),
        }
    }

    /// Checks one definition; `api_version` is that of the list it stands in.
    fn definition(&mut self, source: usize, node: &Node<'_>, api_version: Option<&str>) {
        let kind = node.get("kind").and_then(Node::as_str);
        if kind.or(api_version.map(|_| DEFINITION)) != Some(DEFINITION) {
            return;
        }
        let mut definition = node.to_json();
        if let (Some(api_version), None, Some(fields)) = (api_version, kind, definition.as_object_mut()) {
            fields.insert("apiVersion".to_owned(), api_version.into());
            fields.insert("kind".to_owned(), DEFINITION.into());
        }
        let Some(Checked { kind, findings }) = crd::check(&definition) else { return };
        self.checked += 1;
        self.found.extend(kind);
        let name = node.get("metadata").and_then(|metadata| metadata.get("name")).and_then(Node::as_str);
        let object = ObjectRef::new(DEFINITION, "", name.unwrap_or_default());
        for finding in findings {
            let span = node.locate(&finding.path).unwrap_or(node.span);
            let mut diagnostic = diagnostic(finding, Some(&object));
            diagnostic.span = Some(SourceSpan { source, start: span.start, end: span.end });
            self.diagnostics.push(diagnostic);
        }
    }
}

const DEFINITION: &str = "CustomResourceDefinition";

fn diagnostic(finding: Finding, object: Option<&ObjectRef>) -> Diagnostic {
    let Finding { code, severity, path, message, effect, help } = finding;
    let severity = match severity {
        validate::Severity::Error => Severity::Error,
        validate::Severity::Warning => Severity::Warning,
        validate::Severity::Info => Severity::Info,
    };
    let mut diagnostic = Diagnostic::new(Code(code), severity, message, effect).at(path);
    diagnostic.object = object.cloned();
    diagnostic.help = help.map(Into::into);
    diagnostic
}
