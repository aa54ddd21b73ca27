//! A text as documents, each read on its own.
//!
//! The text is cut before every line that starts with `---`, as kubectl does it; what such a piece holds is read without regard
//! to the others.

use std::fmt;

use super::chunk::Chunk;
use super::json::{self, Failure, Open};
use super::position::LineCounter;
use super::{Limits, Node, ReadError, Span};

/// One document of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Document<'s> {
    /// The text of the document, without its separator and the blank lines around it.
    pub span: Span,
    /// What it says, or why it cannot be read.
    pub content: Result<Node<'s>, ReadError>,
}

/// Reads the documents of a text, YAML or JSON, one at a time.
///
/// Documents without content (nothing, comments, `null`) are left out, as in kubectl. An error ends its document, never the
/// stream. JSON values may follow each other without separator.
#[must_use]
pub fn read<'s>(text: &'s str, limits: &Limits) -> Documents<'s> {
    let at = if text.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
    Documents { text, limits: *limits, lines: LineCounter::new(text), at, chunk: None, open: Open::default() }
}

/// The documents of a text, see [`read`].
pub struct Documents<'s> {
    text: &'s str,
    limits: Limits,
    lines: LineCounter<'s>,
    /// What is before this has been read, or is being read by `chunk`.
    at: usize,
    chunk: Option<Box<Chunk<'s>>>,
    open: Open<'s>,
}

impl fmt::Debug for Documents<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Documents")
            .field("at", &self.at)
            .field("of", &self.text.len())
            .finish_non_exhaustive()
    }
}

impl<'s> Iterator for Documents<'s> {
    type Item = Document<'s>;

    fn next(&mut self) -> Option<Document<'s>> {
        loop {
            if let Some(chunk) = &mut self.chunk {
                if let Some(document) = chunk.next(&self.lines) {
                    return Some(document);
                }
                self.chunk = None;
            }
            if self.at >= self.text.len() {
                return None;
            }
            if let Some(document) = self.json() {
                return Some(document);
            }
            let end = next_marker(self.text, after_line(self.text, self.at));
            self.chunk = Some(Box::new(Chunk::new(self.text, Span::new(self.at, end), &self.limits)));
            self.at = end;
        }
    }
}

impl<'s> Documents<'s> {
    /// The next document, if it is JSON.
    fn json(&mut self) -> Option<Document<'s>> {
        let from = if is_marker(self.text, self.at) { self.at + 3 } else { self.at };
        let start = skip_blank(self.text, from);
        if !matches!(self.text.as_bytes().get(start), Some(b'{' | b'[')) {
            return None;
        }
        let (content, end) = match json::value(self.text, start, &self.limits, &self.lines, &mut self.open) {
            Ok((node, end)) => (Ok(node), Some(end)),
            Err(Failure::Refused(error, end)) => (Err(*error), end),
            Err(Failure::NotJson) => return None,
        };
        let Some(end) = end else {
            let end = next_marker(self.text, start);
            self.at = end;
            return Some(Document { span: trimmed(self.text, start, end), content });
        };
        let next = skip_blank(self.text, end);
        let rest = self.text.as_bytes().get(next);
        if !(matches!(rest, None | Some(b'{' | b'[')) || is_marker(self.text, next)) {
            return None;
        }
        self.at = next;
        Some(Document { span: Span::new(start, end), content })
    }
}

/// Whether a line with a document separator starts here: `---` and then white space or the end.
fn is_marker(text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    (at == 0 || bytes[at - 1] == b'\n' || (at == 3 && text.starts_with('\u{FEFF}')))
        && bytes[at..].starts_with(b"---")
        && matches!(bytes.get(at + 3), None | Some(b' ' | b'\t' | b'\r' | b'\n'))
}

/// The first separator line at or after `from`, or the end of the text.
fn next_marker(text: &str, from: usize) -> usize {
    if is_marker(text, from) {
        return from;
    }
    let mut at = from;
    while let Some(found) = text[at..].find("\n---") {
        at += found + 1;
        if is_marker(text, at) {
            return at;
        }
    }
    text.len()
}

/// Where the line after the one at `at` starts.
fn after_line(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |newline| at + newline + 1)
}

/// Skips white space and comments.
fn skip_blank(text: &str, from: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        match bytes.get(at) {
            Some(b' ' | b'\t' | b'\r' | b'\n') => at += 1,
            Some(b'#') if at == 0 || bytes[at - 1].is_ascii_whitespace() => at = after_line(text, at),
            _ => return at,
        }
    }
}

/// `start..end` without blank lines around it. What is indented stays so: its other lines are as well.
pub(super) fn trimmed(text: &str, start: usize, end: usize) -> Span {
    let part = &text[start..end];
    let first = end - part.trim_start_matches(is_blank).len();
    let last = start + trimmed_end(part).len();
    let line = start + text[start..first].trim_end_matches(' ').len();
    let is_line = first < last && (line == 0 || text[..line].ends_with('\n'));
    Span::new(if is_line { line } else { first }, last.max(first))
}

/// A text without the blanks at its end.
pub(super) fn trimmed_end(text: &str) -> &str {
    text.trim_end_matches(is_blank)
}

/// White space beyond these is text to YAML.
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}
