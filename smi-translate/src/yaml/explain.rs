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
        _ => Tag::Other,
    }
}

/// The error, in words, at a place in the whole text.
#[cold]
pub(super) fn error(text: &str, base: usize, error: &ScanError) -> ReadError {
    let span = place(text, error_offset(base, error));
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
        ErrorKind::ExpectedBlockMappingKey => syntax(
            "a key was expected here",
            "the keys of one mapping must start in the same column, and list entries (-) need to stand under their own key",
        ),
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
        | ErrorKind::TabInPlainScalar => syntax("a tab cannot stand here", "indent with spaces"),
        ErrorKind::UnclosedQuotedScalar | ErrorKind::DocumentIndicatorInQuotedScalar => {
            syntax("a quote that is opened is never closed", "add the closing quote")
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
        ErrorKind::UnknownQuotedScalarEscape => syntax(
            "this backslash escape does not exist",
            "in double quotes write \\\\ for a backslash, or use single quotes (for regular expressions)",
        ),
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

/// From the offset to the end of what is written in its line.
fn place(text: &str, offset: usize) -> Span {
    let mut start = offset.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let line = text[start..].find('\n').map_or(&text[start..], |end| &text[start..start + end]);
    Span::new(start, start + line.trim_end().len())
}
