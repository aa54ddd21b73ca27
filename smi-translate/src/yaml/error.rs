//! Why a document could not be read.

use std::fmt;

use super::Span;

/// What sort of problem a [`ReadError`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReadErrorKind {
    /// The text is not YAML (or JSON).
    Syntax,
    /// The document exceeds one of the [`Limits`](super::Limits).
    Limit,
    /// One mapping has the same key twice.
    DuplicateKey,
    /// It is YAML, but kubectl does not take it, or it has no equivalent in JSON.
    Unsupported,
    /// Bytes that are not text: invalid UTF-8, control characters.
    Encoding,
}

/// A document that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// What sort of problem it is.
    pub kind: ReadErrorKind,
    /// The offending place, in bytes of the text given to [`read`](super::read).
    pub span: Span,
    /// What is wrong: lower case, no final full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl ReadError {
    pub(super) fn new(kind: ReadErrorKind, span: Span, message: impl Into<String>) -> Self {
        ReadError { kind, span, message: message.into(), help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn too_deep(span: Span, limit: usize) -> Self {
        ReadError::new(
            ReadErrorKind::Limit,
            span,
            format!("more than {limit} lists and maps inside each other"),
        )
    }

    pub(super) fn too_many_nodes(span: Span, limit: usize) -> Self {
        ReadError::new(ReadErrorKind::Limit, span, format!("more than {limit} values in one document"))
            .help("split it into several documents")
    }

    pub(super) fn too_long(span: Span, limit: usize) -> Self {
        ReadError::new(ReadErrorKind::Limit, span, format!("the document has more than {limit} bytes"))
            .help("split it into several documents")
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ReadError {}
