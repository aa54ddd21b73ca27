//! Findings for people: the line of the input underlined, what it means for traffic, what to do.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str};
use smi_translate::Severity;
use smi_translate::diagnostic::Diagnostic;

use super::{Finding, Findings, counted};
use crate::terminal::{self, Terminal};

/// A code that a part of a cluster's manifests makes by the dozen.
const ASSUMED: &str = "SMI-REF-1";
/// A code that old manifests make, each of them.
const DEPRECATED: &str = "SMI-VAL-4";

/// Every finding the user wants to see, with an empty line after each.
pub(super) fn render(
    findings: &Findings,
    terminal: Terminal,
    is_wanted: impl Fn(&Diagnostic) -> bool,
) -> String {
    let renderer = if terminal.color { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    let wanted = || findings.iter().filter(|finding| is_wanted(&finding.diagnostic));
    let (mut assumed, mut deprecated) = (0, 0);
    if !terminal.verbose {
        let of = |code: &str| wanted().filter(|finding| is_common(&finding.diagnostic, code)).count();
        (assumed, deprecated) = (of(ASSUMED), of(DEPRECATED));
    }
    for finding in wanted() {
        let is_folded = (assumed > 0 && is_common(&finding.diagnostic, ASSUMED))
            || (deprecated > 1 && is_common(&finding.diagnostic, DEPRECATED));
        if is_folded {
            continue;
        }
        let rendered = renderer.render(&[group(finding)]);
        match finding.place {
            Some(_) => text.push_str(&rendered),
            // There is no line of the input to lead away from.
            None => text.push_str(&without_gutter(&rendered)),
        }
        text.push_str("\n\n");
    }
    let mut one_line = |level: Level<'_>, code: &str, message: String| {
        let title = level.primary_title(message).id(code).elements(Vec::<Origin<'_>>::new());
        text.push_str(&renderer.render(&[title]));
        text.push_str("\n\n");
    };
    if deprecated > 1 {
        let message =
            format!("{deprecated} objects have deprecated versions, and work as they are (-v shows each)");
        one_line(Level::WARNING, DEPRECATED, message);
    }
    if assumed > 0 {
        let message = format!(
            "Services of {} are not in the input: they are assumed to exist, with every port asked of them (-v shows each)",
            counted(assumed, "split")
        );
        one_line(Level::INFO, ASSUMED, message);
    }
    text
}

/// Whether a finding has this code, and no more than its usual severity.
fn is_common(diagnostic: &Diagnostic, code: &str) -> bool {
    let usual = if code == ASSUMED { Severity::Info } else { Severity::Warning };
    diagnostic.code.0 == code && diagnostic.severity == usual
}

/// The same without its second line, which is empty but for the gutter.
fn without_gutter(rendered: &str) -> String {
    // Colours are sequences that begin with an escape character and end with `m`.
    let uncoloured = |line: &str| -> String {
        let mut pieces = line.split('\u{1b}');
        let first = pieces.next().unwrap_or_default().to_owned();
        pieces.filter_map(|piece| piece.split_once('m')).fold(first, |text, (_, rest)| text + rest)
    };
    let is_gutter = |(line, _): &(&str, &str)| uncoloured(line).trim() == "|";
    match rendered.split_once('\n') {
        Some((title, rest)) => match rest.split_once('\n').filter(is_gutter) {
            Some((_, rest)) => format!("{title}\n{rest}"),
            None => rendered.to_owned(),
        },
        None => rendered.to_owned(),
    }
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
