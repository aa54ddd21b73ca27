//! The YAML parser's errors in words for people.

use granit_parser::{ErrorKind, ScanError};

use super::chunk::error_offset;
use super::scalar::Tag;
use super::{ReadError, ReadErrorKind, Span};

/// The namespace of `!!str` and its like.
pub(super) const YAML_TAGS: &str = "tag:yaml.org,2002:";

/// What an explicit tag asks for.
pub(super) fn tag(tag: &granit_parser::Tag) -> Tag {
    match tag.suffix_in_namespace(YAML_TAGS).as_deref() {
        Some("null") => Tag::Null,
        Some("bool") => Tag::Bool,
        Some("int") => Tag::Int,
        Some("float") => Tag::Float,
        Some("str") => Tag::Str,
        Some("binary") => Tag::Binary,
        Some("timestamp") => Tag::Timestamp,
        _ => Tag::Other,
    }
}

/// The error, in words, at a place in the whole text; `piece` is the part that the parser saw.
#[cold]
pub(super) fn error(text: &str, piece: Span, error: &ScanError) -> ReadError {
    // Nothing outside the piece has to do with it, whatever stands there.
    let text = &text[..piece.end];
    let offset = error_offset(piece.start, error).min(text.trim_end().len().max(piece.start));
    let span = place(text, offset);
    let refused = |kind, message: &str| ReadError::new(kind, span, message);
    let syntax = |message: &str, help: &str| ReadError::new(ReadErrorKind::Syntax, span, message).help(help);
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => {
            refused(ReadErrorKind::Limit, "too many lists and maps inside each other")
        }
        ErrorKind::DirectiveDisallowed => {
            refused(ReadErrorKind::Unsupported, "kubectl does not accept directives such as %YAML")
                .help("remove the line")
        }
        ErrorKind::UnknownAnchor => {
            let name: String = text[span.start..span.end]
                .chars()
                .take_while(|c| !c.is_whitespace() && !matches!(c, ',' | ']' | '}'))
                .collect();
            syntax(
                &format!("the alias {name} refers to an anchor that does not exist"),
                "put the text in quotes if it is not meant as an alias",
            )
        }
        ErrorKind::MappingValueNotAllowed => syntax(
            "a `key: value` pair cannot stand here",
            "check the indentation of this line and the one before it, and quote text that contains \": \"",
        ),
        ErrorKind::ExpectedBlockMappingKey => match dash_before(text, span.start) {
            Some(dash) => {
                let message = "a list entry (-) stands among the keys of a mapping";
                ReadError::new(ReadErrorKind::Syntax, Span::new(dash, span.end), message)
                    .help("a key before it is indented too little or too much: indent all that belongs to one list entry alike")
            }
            None => syntax(
                "this line does not fit into the mapping around it",
                "the keys of one mapping must start in the same column",
            ),
        },
        ErrorKind::ExpectedBlockSequenceEntry => syntax(
            "a list entry (-) was expected here",
            "a key at the level of the list's dashes is neither part of an entry nor of the list: indent it under the entry",
        ),
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => syntax(
            "this line is not a `key: value` pair",
            "a colon followed by a space is missing, or the line is indented too little",
        ),
        ErrorKind::BlockSequenceEntryNotAllowed => {
            syntax("a list entry (-) cannot stand here", "a list starts on the line below its key")
        }
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => {
            ReadError::new(ReadErrorKind::Syntax, tab(text, span), "a tab cannot stand here")
                .help("indent with spaces")
        }
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => {
            syntax("a quote that is opened is never closed", "add the closing quote")
        }
        ErrorKind::InvalidQuotedScalarIndent if text[offset..].trim_end().is_empty() => {
            syntax("a quote that is opened is never closed", "add the closing quote")
        }
        ErrorKind::InvalidQuotedScalarIndent => syntax(
            "text in quotes goes on in a line that is indented too little",
            "add the closing quote that is missing, or indent the line more",
        ),
        ErrorKind::MismatchedFlowCollectionEnd { open, close } => syntax(
            &format!("the bracket {open} is closed by {close}"),
            "close brackets in the order in which they were opened",
        ),
        ErrorKind::MisplacedFlowCollectionEnd => syntax(
            "a closing bracket without an opening one",
            "put the text in quotes if the bracket is part of it",
        ),
        ErrorKind::CommentNotSeparated => {
            syntax("a comment needs a space before its #", "put the text in quotes if # is part of it")
        }
        ErrorKind::InvalidBlockScalarHeader => syntax(
            "behind | or > nothing but a comment can stand in the same line",
            "start the text in the next line, or put it in quotes",
        ),
        ErrorKind::PlainScalarStartsWithDashFlowIndicator => {
            syntax("a value cannot start with - and a bracket or comma", "put it in quotes")
        }
        ErrorKind::UnclosedFlowCollection { open } => syntax(
            &format!("the bracket {open} is never closed"),
            "add the closing bracket, or put the text in quotes if the bracket is part of it",
        ),
        ErrorKind::ExpectedFlowMappingSeparator => syntax(
            "a comma or } was expected here",
            "a template placeholder such as {{ name }} must be filled in first, or quoted",
        ),
        ErrorKind::ExpectedFlowSequenceSeparator => {
            syntax("a comma or ] was expected here", "put text with brackets in quotes")
        }
        ErrorKind::UnknownQuotedScalarEscape => {
            let (span, escape) = unknown_escape(text, span);
            let message = format!("the backslash escape {escape} does not exist");
            ReadError::new(ReadErrorKind::Syntax, span, message).help(
                "in double quotes write \\\\ for a backslash, or use single quotes (for regular expressions)",
            )
        }
        ErrorKind::UnexpectedCharacter { character } => {
            syntax(&format!("a value cannot start with {character}"), "put it in quotes")
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            syntax(
                "there is text behind the closing quote",
                "put the whole value in quotes, or remove the quotes",
            )
        }
        ErrorKind::BomInsideDocument => syntax("a byte order mark in the middle of a document", "remove it"),
        ErrorKind::InvalidIndentation => syntax(
            "this line does not fit the indentation of those before it",
            "indent it like the others of its level",
        ),
        ErrorKind::ExpectedDocumentStart => syntax(
            "this line does not belong to the document before it",
            "indent it like the first line of the document, or write --- before it",
        ),
        ErrorKind::UndeclaredTagHandle => {
            syntax("this tag has a prefix that is not declared", "remove the tag")
        }
        kind => {
            let message = kind.to_string();
            let message = message.strip_suffix('.').unwrap_or(&message);
            ReadError::new(ReadErrorKind::Syntax, span, message)
        }
    }
}

/// The dash of a list entry, if it stands just before `offset` in its line, or there.
fn dash_before(text: &str, offset: usize) -> Option<usize> {
    if text[offset..].starts_with("- ") {
        return Some(offset);
    }
    let before = text[..offset].trim_end_matches(' ');
    (before.len() < offset && before.ends_with('-')).then(|| before.len() - 1)
}

/// The tab nearest to the place: just before it, or in this line or the next.
fn tab(text: &str, span: Span) -> Span {
    if text[..span.start].ends_with('\t') {
        return Span::new(span.start - 1, span.start);
    }
    let two_lines = text[span.start..].split_inclusive('\n').take(2).map(str::len).sum::<usize>();
    match text[span.start..span.start + two_lines].find('\t') {
        Some(tab) => Span::new(span.start + tab, span.start + tab + 1),
        None => span,
    }
}

/// The first escape in a text in double quotes that YAML does not know.
fn unknown_escape(text: &str, span: Span) -> (Span, &str) {
    let mut from = span.start;
    while let Some(found) = text[from..].find('\\') {
        let at = from + found;
        let Some(letter) = text[at + 1..].chars().next() else { break };
        let end = at + 1 + letter.len_utf8();
        if !"0abt\tnvfre \"/\\N_LPxuU\r\n".contains(letter) {
            return (Span::new(at, end), &text[at..end]);
        }
        from = end;
    }
    (span, "here")
}

/// From the offset to the end of what is written in its line.
fn place(text: &str, offset: usize) -> Span {
    let mut start = offset.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let line = text[start..].find('\n').map_or(&text[start..], |end| &text[start..start + end]);
    Span::new(start, start + line.trim_end().len())
}
