//! One piece of a text between two separator lines, read as YAML. As a rule it holds one document; `...` can end one in it.

use granit_parser::{ErrorKind, Event, Parser, ScanError, StrInput};

use super::documents::trimmed;
use super::position::LineCounter;
use super::tree::Tree;
use super::{Document, Limits, Node, ReadError, ReadErrorKind, Span, explain, text};

pub(super) struct Chunk<'s> {
    text: &'s str,
    span: Span,
    limits: Limits,
    /// `None` when there is nothing left to read.
    parser: Option<Parser<'s, StrInput<'s>>>,
    /// Why the piece is not even looked at.
    refused: Option<ReadError>,
    /// Where the next document starts.
    next: usize,
    /// The last syntax error, to notice when recovery does not get further.
    last_error: Option<usize>,
}

impl<'s> Chunk<'s> {
    pub(super) fn new(text: &'s str, span: Span, limits: &Limits) -> Self {
        let piece = &text[span.start..span.end];
        let refused = if piece.len() > limits.max_document_bytes {
            Some(ReadError::too_long(span, limits.max_document_bytes))
        } else {
            unreadable(piece, span.start)
        };
        // Above ours, so that ours is the one that speaks: the scanner runs up to 1024 characters ahead.
        let depth = limits.depth() + 1100;
        let options = granit_parser::options! {
            disallow_directives: true,
            emit_comments: false,
            flow_nesting_limit: depth,
            block_nesting_limit: depth,
        };
        let parser = refused.is_none().then(|| Parser::new_from_str_with_options(piece, options));
        let next = if piece.starts_with("---") { span.start + 3 } else { span.start };
        Chunk { text, span, limits: *limits, parser, refused, next, last_error: None }
    }

    pub(super) fn next(&mut self, lines: &LineCounter<'_>) -> Option<Document<'s>> {
        if let Some(error) = self.refused.take() {
            let span = trimmed(self.text, self.span.start, self.span.end);
            return Some(Document { span, content: Err(error) });
        }
        loop {
            let parser = self.parser.as_mut()?;
            let (content, end) = match parser.next_event() {
                None | Some(Ok((Event::StreamEnd, _))) => {
                    self.parser = None;
                    return None;
                }
                Some(Ok((Event::DocumentStart(..), _))) => {
                    match Tree::new(self.text, self.span, &self.limits, lines).build(parser) {
                        Ok((node, end)) => match parser.peek().and_then(Result::err).filter(is_rest) {
                            Some(error) => (Err(explain::error(self.text, self.span, &error)), None),
                            None => (Ok(node), Some(end)),
                        },
                        Err(error) => (Err(error), None),
                    }
                }
                Some(Ok(_)) => continue,
                Some(Err(error)) => (Err(explain::error(self.text, self.span, &error)), None),
            };
            let document = match content {
                Ok(node) => self.read(node, end),
                Err(error) => self.recover(error),
            };
            if document.is_some() {
                return document;
            }
        }
    }

    /// The document is read; `null` is no document.
    fn read(&mut self, node: Node<'s>, end: Option<usize>) -> Option<Document<'s>> {
        let start = self.next;
        let end = end.unwrap_or(self.span.end).clamp(start, self.span.end);
        self.next = end;
        if node.value == super::Value::Null {
            return None;
        }
        let end = if self.text[end..self.span.end].trim().is_empty() { self.span.end } else { end };
        Some(Document { span: trimmed(self.text, start, end), content: Ok(node) })
    }

    /// The document is broken; goes to the next one, if the piece has another.
    fn recover(&mut self, error: ReadError) -> Option<Document<'s>> {
        let start = self.next;
        let at = error.span.start;
        let stuck = self.last_error.is_some_and(|last| at <= last);
        self.last_error = Some(at);
        let more = !stuck
            && self.parser.as_mut().is_some_and(|parser| {
                matches!(parser.proceed_next_document(), Ok(true))
                    && parser.peek().and_then(Result::err).is_none_or(|error| !is_rest(&error))
            });
        let mut end = self.span.end;
        if more {
            if let Some(Some(Ok((_, span)))) = self.parser.as_mut().map(Parser::peek) {
                end = (self.span.start + span.start.byte_offset().unwrap_or(0)).clamp(start, self.span.end);
            }
            self.next = end;
        } else {
            self.parser = None;
        }
        Some(Document { span: trimmed(self.text, start, end), content: Err(error) })
    }
}

/// Whether what follows a document is the rest of it, indented less: without it, the document may mean more.
fn is_rest(error: &ScanError) -> bool {
    *error.kind() == ErrorKind::ExpectedDocumentStart
}

/// The first character that YAML does not allow: control characters, and line breaks that only old YAML knows.
fn unreadable(piece: &str, base: usize) -> Option<ReadError> {
    // One branch-free pass tells almost every document from those worth a closer look.
    let suspicious = piece.as_bytes().chunks(4096).any(|block| {
        block.iter().fold(false, |found, byte| {
            found
                | ((*byte < 0x20) & (*byte != b'\n') & (*byte != b'\r') & (*byte != b'\t'))
                | (*byte >= 0x7F)
        })
    });
    if !suspicious {
        return None;
    }
    let (at, character) = piece.char_indices().find(|(_, character)| {
        !matches!(character, '\t' | '\n' | '\r' | ' '..='~' | '\u{A0}'..='\u{2027}' | '\u{202A}'..='\u{FFFD}' | '\u{10000}'..)
    })?;
    let span = Span::new(base + at, base + at + character.len_utf8());
    let error = match character {
        text::INVALID => {
            ReadError::new(ReadErrorKind::Encoding, span, "this is not text: a byte that is not valid UTF-8")
                .help("save the file as UTF-8")
        }
        '\u{85}' | '\u{2028}' | '\u{2029}' => ReadError::new(
            ReadErrorKind::Unsupported,
            span,
            format!(
                "the character U+{:04X} is a line break to kubectl and none to other readers",
                u32::from(character)
            ),
        )
        .help(format!("write it as \"\\u{:04x}\" in double quotes, or remove it", u32::from(character))),
        _ => ReadError::new(
            ReadErrorKind::Encoding,
            span,
            format!("the control character U+{:04X} is not allowed in YAML", u32::from(character)),
        )
        .help("remove it, or write it as an escape in double quotes"),
    };
    Some(error)
}

/// The offset that a syntax error points at, in the whole text.
pub(super) fn error_offset(base: usize, error: &ScanError) -> usize {
    base + error.marker().byte_offset().unwrap_or(0)
}
