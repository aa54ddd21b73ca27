//! The text around objects: what stays as it was written, and what a conversion cannot keep.

use smi_translate::SourceSpan;

/// A document as it was written: a span starts at the first character, but its line may be indented, and so may those that follow.
pub(super) fn verbatim(text: &str, place: SourceSpan) -> String {
    let before = &text[..place.start];
    let indent = before.len() - before.trim_end_matches([' ', '\t']).len();
    let line = before.len() - indent;
    let start = if line == 0 || before[..line].ends_with(['\n', '\r']) { line } else { place.start };
    format!("{}\n", &text[start..place.end])
}

/// The comment lines in the text before an object.
pub(super) fn comments_before(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| line.starts_with('#'));
    lines.map(|line| format!("{line}\n")).collect()
}

/// Whether a line holds a comment, as far as that can be told without parsing: quotes before the mark must pair up.
pub(super) fn has_comments(text: &str) -> bool {
    text.lines().any(|line| {
        line.trim_start().starts_with('#')
            || line.match_indices(" #").any(|(at, _)| {
                ['"', '\''].iter().all(|quote| line[..at].matches(*quote).count().is_multiple_of(2))
            })
    })
}
