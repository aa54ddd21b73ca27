//! A reading position in the source of a regular expression.

/// The source and how far it has been read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    source: &'a str,
    position: usize,
}

impl<'a> Cursor<'a> {
    pub(super) const fn new(source: &'a str) -> Cursor<'a> {
        Cursor { source, position: 0 }
    }

    /// Byte offset of what comes next.
    pub(super) const fn offset(self) -> usize {
        self.position
    }

    /// What has not been read.
    pub(super) fn rest(self) -> &'a str {
        &self.source[self.position..]
    }

    /// What has been read since `offset`.
    pub(super) fn since(self, offset: usize) -> &'a str {
        &self.source[offset..self.position]
    }

    /// All that begins at `offset`, read or not.
    pub(super) fn from(self, offset: usize) -> &'a str {
        &self.source[offset..]
    }

    pub(super) fn peek(self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.position += c.len_utf8();
        Some(c)
    }

    /// Reads `text` if it comes next.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.position += text.len();
        }
        found
    }

    /// Reads up to `end` and `end` itself, and returns what came before it.
    pub(super) fn through(&mut self, end: &str) -> Option<&'a str> {
        let (before, _) = self.rest().split_once(end)?;
        self.position += before.len() + end.len();
        Some(before)
    }

    /// Reads all that is left.
    pub(super) fn remainder(&mut self) -> &'a str {
        let rest = self.rest();
        self.position = self.source.len();
        rest
    }
}
