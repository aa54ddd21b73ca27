//! From bytes of a source to what people and programs read: file, line, column, and the line itself.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use smi_translate::SourceSpan;
use smi_translate::read::Sources;

/// A place in the input.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The file as the user named it; `<stdin>` for standard input.
    pub(crate) file: String,
    /// Line and column of the first character, counted from 1; columns count characters.
    pub(crate) start: (usize, usize),
    /// Line and column after the last character.
    pub(crate) end: (usize, usize),
    /// The first line, or the interesting part of a very long one.
    pub(crate) text: String,
    /// Whether `text` is the whole line.
    pub(crate) is_whole_line: bool,
    /// What of `text` is meant.
    pub(crate) range: Range<usize>,
}

/// Longer lines are shown in part: minified JSON is one line of any length.
const LONGEST_LINE: usize = 400;
/// How much of a long line is shown before and after the place.
const CONTEXT: usize = 60;

/// Finds places; each text is divided into lines once.
pub(super) struct Places<'s> {
    sources: &'s Sources,
    texts: BTreeMap<usize, Lines>,
}

/// A text, and where its lines start.
struct Lines {
    text: Arc<str>,
    starts: Vec<usize>,
    /// The place that was looked up last: its line, offset and column. Findings come in order, and one line can be a whole file, so
    /// columns are counted on from here.
    last: (usize, usize, usize),
}

impl Lines {
    fn new(text: Arc<str>) -> Lines {
        let lines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let starts = std::iter::once(0).chain(lines).collect();
        Lines { text, starts, last: (1, 0, 1) }
    }

    /// Line and column of an offset at the boundary of a character.
    fn position(&mut self, offset: usize) -> (usize, usize) {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let (last_line, last_offset, last_column) = self.last;
        let (from, column) = match last_line == line && last_offset <= offset {
            true => (last_offset, last_column),
            false => (self.starts[line - 1], 1),
        };
        let column = column + self.text[from..offset].chars().count();
        self.last = (line, offset, column);
        (line, column)
    }

    /// A line without its end.
    fn line(&self, line: usize) -> &str {
        let end = self.starts.get(line).map_or(self.text.len(), |next| next - 1);
        self.text[self.starts[line - 1]..end].trim_end_matches('\r')
    }
}

impl<'s> Places<'s> {
    pub(super) fn new(sources: &'s Sources) -> Places<'s> {
        Places { sources, texts: BTreeMap::new() }
    }

    pub(super) fn find(&mut self, span: SourceSpan) -> Place {
        let lines =
            self.texts.entry(span.source).or_insert_with(|| Lines::new(self.sources.text(span.source)));
        let start = floor(&lines.text, span.start.min(lines.text.len()));
        let end = floor(&lines.text, span.end.clamp(start, lines.text.len()));
        let (start_position, end_position) = (lines.position(start), lines.position(end));
        let line_start = lines.starts[start_position.0 - 1];
        let line = lines.line(start_position.0);
        let from = (start - line_start).min(line.len());
        let to = (end - line_start).clamp(from, line.len());
        let (text_shown, range) = window(line, from..to);
        Place {
            file: self.sources.name(span.source).to_owned(),
            start: start_position,
            end: end_position,
            is_whole_line: text_shown.len() == line.len(),
            text: text_shown,
            range,
        }
    }
}

/// The part of a line around `range`, and where `range` is in it.
fn window(line: &str, range: Range<usize>) -> (String, Range<usize>) {
    if line.len() <= LONGEST_LINE {
        return (line.to_owned(), range);
    }
    let from = floor(line, range.start.saturating_sub(CONTEXT));
    let to = floor(line, (range.end.min(range.start + CONTEXT) + CONTEXT).min(line.len()));
    (line[from..to].to_owned(), range.start - from..range.end.min(to) - from)
}

/// The boundary of a character at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_lines_are_whole_and_long_ones_are_cut_between_characters() {
        assert_eq!(window("weight: 5", 8..9), ("weight: 5".to_owned(), 8..9));
        let long = "ü".repeat(1000);
        let (text, range) = window(&long, 1000..1004);
        assert!(text.len() < 140, "{}", text.len());
        assert_eq!(&text[range], "üü");
    }
}
