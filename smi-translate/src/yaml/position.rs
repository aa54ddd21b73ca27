//! Byte offsets as line and column.

use std::cell::Cell;

/// The line and column of a byte offset, both counted from 1; columns count characters. A carriage return belongs to the line
/// break. For many offsets of one text, use a [`LineIndex`].
#[must_use]
pub fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let offset = offset.min(text.len());
    let before = &text.as_bytes()[..offset];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    (line, column(text, start, offset))
}

/// The line starts of a text, for many lookups.
#[derive(Clone, Debug)]
pub struct LineIndex<'s> {
    text: &'s str,
    starts: Vec<usize>,
}

impl<'s> LineIndex<'s> {
    /// Finds the lines of `text`.
    #[must_use]
    pub fn new(text: &'s str) -> Self {
        let mut starts = vec![0];
        starts.extend(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1));
        LineIndex { text, starts }
    }

    /// The same as [`line_column`].
    #[must_use]
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.text.len());
        let line = self.starts.partition_point(|start| *start <= offset);
        (line, column(self.text, self.starts[line - 1], offset))
    }

    /// The text of a line (counted from 1) without its line break.
    #[must_use]
    pub fn line(&self, line: usize) -> Option<&'s str> {
        let start = *self.starts.get(line.checked_sub(1)?)?;
        let end = self.starts.get(line).copied().unwrap_or(self.text.len());
        Some(self.text[start..end].trim_end_matches(['\n', '\r']))
    }
}

/// Line numbers of offsets that mostly go forward: a lookup costs the distance to the one before.
pub(super) struct LineCounter<'s> {
    text: &'s str,
    last: Cell<(usize, usize)>,
}

impl<'s> LineCounter<'s> {
    pub(super) fn new(text: &'s str) -> Self {
        LineCounter { text, last: Cell::new((0, 1)) }
    }

    pub(super) fn line(&self, offset: usize) -> usize {
        let count = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == b'\n').count();
        let bytes = self.text.as_bytes();
        let (at, line) = self.last.get();
        let line =
            if offset >= at { line + count(&bytes[at..offset]) } else { line - count(&bytes[offset..at]) };
        self.last.set((offset, line));
        line
    }
}

/// Characters between the start of a line and an offset, plus one: an offset in the middle of a character counts as its start,
/// one behind a carriage return as before it.
fn column(text: &str, start: usize, offset: usize) -> usize {
    let bytes = text.as_bytes();
    let end = if offset > start && bytes[offset - 1] == b'\r' && bytes.get(offset) == Some(&b'\n') {
        offset - 1
    } else {
        offset
    };
    let begun = bytes[start..end].iter().filter(|byte| !is_continuation(**byte)).count();
    let inside = bytes.get(end).is_some_and(|byte| is_continuation(*byte));
    if inside { begun.max(1) } else { begun + 1 }
}

const fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}
