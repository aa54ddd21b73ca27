//! Why a text is not a regular expression that every mesh reads alike.

use std::fmt;

/// A regular expression that is refused (SMI-VAL-31): it is not RE2 as both Envoy and Go read it, or it is too long or too large.
///
/// Its [`Display`](fmt::Display) form is the message alone: lower case, no final full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PatternError {
    /// What is wrong, as a clause without a full stop.
    pub message: String,
    /// Byte offset into the source where it is wrong.
    pub offset: usize,
    /// What to write instead, where that can be said.
    pub help: Option<String>,
}

impl PatternError {
    pub(super) fn new(offset: usize, message: impl Into<String>) -> PatternError {
        PatternError { message: message.into(), offset, help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> PatternError {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for PatternError {}
