//! Findings for people: the line of the input underlined, what it means for traffic, what to do.

use std::collections::BTreeMap;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str};
use smi_translate::Severity;
use smi_translate::diagnostic::Diagnostic;

use super::{Finding, Findings, counted};
use crate::terminal::{self, Terminal};

/// A code that a part of a cluster's manifests makes by the dozen.
const ASSUMED: &str = "SMI-REF-1";
/// A code that every object of a kind has.
const UNTRANSLATED: &str = "SMI-KIND-1";

/// Every finding the user wants to see, with an empty line after each.
pub(super) fn render(
    findings: &Findings,
    terminal: Terminal,
    is_wanted: impl Fn(&Diagnostic) -> bool,
) -> String {
    let renderer = if terminal.color { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    let mut folded = 0;
    let mut untranslated: BTreeMap<&str, usize> = BTreeMap::new();
    for kind in findings.iter().filter_map(|finding| kind_of_untranslated(&finding.diagnostic)) {
        *untranslated.entry(kind).or_default() += 1;
    }
    untranslated.retain(|_, n| *n > 1 && !terminal.verbose);
    for finding in findings.iter() {
        let severity = finding.diagnostic.severity;
        if !is_wanted(&finding.diagnostic) {
            continue;
        }
        if kind_of_untranslated(&finding.diagnostic).is_some_and(|kind| untranslated.contains_key(kind)) {
            continue;
        }
        if !terminal.verbose && finding.diagnostic.code.0 == ASSUMED && severity == Severity::Info {
            folded += 1;
            continue;
        }
        text.push_str(&renderer.render(&[group(finding)]));
        text.push_str("\n\n");
    }
    let mut one_line = |level: Level<'_>, code: &str, message: String| {
        let title = level.primary_title(message).id(code).elements(Vec::<Origin<'_>>::new());
        text.push_str(&renderer.render(&[title]));
        text.push_str("\n\n");
    };
    for (kind, n) in untranslated {
        let message = format!(
            "{n} {kind}s are not translated by this version: they have no effect, and who may call whom stays as the mesh has it \
             (-v shows each)"
        );
        one_line(Level::ERROR, UNTRANSLATED, message);
    }
    if folded > 0 {
        let message = format!(
            "Services of {} are not in the input: they are assumed to exist, with every port asked of them (-v shows each)",
            counted(folded, "split")
        );
        one_line(Level::INFO, ASSUMED, message);
    }
    text
}

/// The kind of an object that is refused because of its kind.
fn kind_of_untranslated(diagnostic: &Diagnostic) -> Option<&str> {
    let is_untranslated = diagnostic.code.0 == UNTRANSLATED && diagnostic.severity == Severity::Error;
    diagnostic.object.as_ref().filter(|_| is_untranslated).map(|object| &*object.kind)
}

fn group(finding: &Finding) -> Group<'_> {
    let Finding { diagnostic, place } = finding;
    let Diagnostic { code, severity, object, path, span: _, message, effect, help } = diagnostic;
    let mut group =
        level(*severity).primary_title(message.as_str()).id(code.0).elements(Vec::<Origin<'_>>::new());
    if let Some(place) = place {
        let file = terminal::name(&place.file);
        let mark = AnnotationKind::Primary.span(place.range.clone());
        let snippet = Snippet::source(place.text.as_str()).line_start(place.start.0).annotation(mark);
        // The column of a place is counted in the text shown, which is not the whole line where that is very long.
        group = if place.is_whole_line {
            group.element(snippet.path(file))
        } else {
            let (line, column) = place.start;
            group.element(Origin::path(file).line(line).char_column(column)).element(snippet)
        };
    }
    if let Some(object) = object {
        let field = if path.is_root() { String::new() } else { format!(", {path}") };
        group = group.element(labelled("object", &format!("{object}{field}")));
    }
    group = group.element(labelled("effect", effect));
    if let Some(help) = help {
        group = group.element(Level::HELP.message(normalize_untrusted_str(help)));
    }
    group
}

fn labelled<'a>(label: &'a str, text: &str) -> annotate_snippets::Message<'a> {
    Level::NOTE.with_name(label).message(normalize_untrusted_str(text))
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Loss => Level::ERROR.with_name("loss"),
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    }
}
