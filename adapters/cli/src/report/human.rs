//! Findings for people: the line of the input underlined, what it means for traffic, what to do.

use std::collections::BTreeSet;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet, normalize_untrusted_str};
use smi_translate::Severity;
use smi_translate::diagnostic::Diagnostic;

use super::{Finding, Findings, counted};
use crate::terminal::{self, Terminal};

/// A finding that comes by the dozen, and says the same each time.
struct Common {
    code: &'static str,
    /// Its usual severity; where it is graver it stands alone.
    severity: Severity,
    /// From how many objects on they share a line.
    from: usize,
    /// That line, for so many objects.
    line: fn(usize) -> String,
}

/// In the order in which their lines stand.
const COMMON: [Common; 7] = [
    Common {
        code: "SMI-VAL-4",
        severity: Severity::Warning,
        from: 2,
        line: |n| format!("{n} objects have deprecated versions, and work as they are"),
    },
    Common {
        code: "LINKERD-OPEN-1",
        severity: Severity::Warning,
        from: 2,
        line: |n| {
            format!(
                "ports of {n} destinations that are not known stay open, and all their ports for a moment when a pod starts, unless \
                 config.linkerd.io/default-inbound-policy denies"
            )
        },
    },
    Common {
        code: "LINKERD-PROBE-1",
        severity: Severity::Info,
        from: 2,
        line: |n| {
            format!(
                "probes of {n} destinations stay open, to whoever reaches the pods and says to be a kubelet"
            )
        },
    },
    Common {
        code: "LINKERD-PROFILE-1",
        severity: Severity::Info,
        from: 2,
        line: |n| {
            format!(
                "{n} splits become ServiceProfiles: clients that call a root already follow its split once they were idle or are \
                 restarted"
            )
        },
    },
    Common {
        code: "LINKERD-PORT-7",
        severity: Severity::Info,
        from: 2,
        line: |n| {
            format!(
                "{n} splits become routes on ports that are named for HTTP, and connections that are not HTTP are not split"
            )
        },
    },
    Common {
        code: "LINKERD-HEADER-2",
        severity: Severity::Info,
        from: 2,
        line: |n| {
            format!(
                "conditions of {n} objects look at headers, of which Linkerd compares values of visible ASCII characters only"
            )
        },
    },
    Common {
        code: "SMI-REF-1",
        severity: Severity::Info,
        from: 1,
        line: |n| {
            let splits = counted(n, "split");
            format!(
                "Services of {splits} are not in the input: they are assumed to exist, with every port asked of them"
            )
        },
    },
];

impl Common {
    fn is(&self, diagnostic: &Diagnostic) -> bool {
        diagnostic.code.0 == self.code && diagnostic.severity == self.severity
    }
}

/// Every finding the user wants to see, with an empty line after each.
pub(super) fn render(
    findings: &Findings,
    terminal: Terminal,
    is_wanted: impl Fn(&Diagnostic) -> bool,
) -> String {
    let renderer = if terminal.color { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    let wanted = || findings.iter().filter(|finding| is_wanted(&finding.diagnostic));
    let objects = |common: &Common| {
        let of = wanted().map(|finding| &finding.diagnostic).filter(|diagnostic| common.is(diagnostic));
        of.map(|diagnostic| &diagnostic.object).collect::<BTreeSet<_>>().len()
    };
    let counts = COMMON.iter().map(|common| (common, if terminal.verbose { 0 } else { objects(common) }));
    let folded: Vec<(&Common, usize)> = counts.filter(|(common, n)| *n >= common.from).collect();
    for finding in wanted() {
        if folded.iter().any(|(common, _)| common.is(&finding.diagnostic)) {
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
    for (common, n) in folded {
        let line = format!("{} (-v shows each)", (common.line)(n));
        let title = level(common.severity).primary_title(line).id(common.code);
        text.push_str(&renderer.render(&[title.elements(Vec::<Origin<'_>>::new())]));
        text.push_str("\n\n");
    }
    text
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
