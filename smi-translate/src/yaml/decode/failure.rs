//! serde's errors, in words for people, with the place of the innermost value.

use std::fmt::{self, Display};

use serde::de::{self, Expected, Unexpected};
use smi_types::FieldPath;

use super::{DecodeError, Path};
use crate::yaml::{Node, Span, Value};

/// The error while it travels up; boxed, because it is rare.
#[derive(Debug)]
pub(super) struct Failure(Box<Inner>);

#[derive(Debug)]
struct Inner {
    message: String,
    fix: Fix,
    help: Option<String>,
    place: Option<(FieldPath, Span)>,
}

/// What would make the value fit.
#[derive(Debug)]
enum Fix {
    Nothing,
    /// A string is wanted and a scalar stands there.
    Quote,
    /// A number or boolean is wanted, and a string stands there that has this text.
    Unquote(String),
}

impl Failure {
    fn new(message: String, fix: Fix) -> Self {
        Failure(Box::new(Inner { message, fix, help: None, place: None }))
    }

    /// Says where it happened, unless that is known from further down.
    pub(super) fn at(mut self, path: &Path<'_>, node: Option<&Node<'_>>, place: Span) -> Self {
        let inner = &mut *self.0;
        if inner.place.is_none() {
            inner.place = Some((path.to_field_path(), place));
            inner.help = match (&inner.fix, node) {
                (Fix::Quote, Some(node)) => quoting(node),
                (Fix::Unquote(text), _) => Some(format!("remove the quotes: {text}")),
                _ => None,
            };
        }
        self
    }

    pub(super) fn into_error(self) -> DecodeError {
        let Inner { message, help, place, .. } = *self.0;
        let (path, span) = match place {
            Some((path, span)) => (path, Some(span)),
            None => (FieldPath::root(), None),
        };
        DecodeError { path, span, message, help }
    }
}

/// How to quote the scalar. The text is at hand only as far as the length of its span gives it away: `0777` is 511.
fn quoting(node: &Node<'_>) -> Option<String> {
    let length = node.span.end.saturating_sub(node.span.start);
    let text = match (&node.value, length) {
        (Value::Bool(true), 4) => "true".to_owned(),
        (Value::Bool(true), 3) => "yes".to_owned(),
        (Value::Bool(true), 2) => "on".to_owned(),
        (Value::Bool(true), 1) => "y".to_owned(),
        (Value::Bool(false), 5) => "false".to_owned(),
        (Value::Bool(false), 3) => "off".to_owned(),
        (Value::Bool(false), 2) => "no".to_owned(),
        (Value::Bool(false), 1) => "n".to_owned(),
        (Value::Int(value), _) => value.to_string(),
        (Value::UInt(value), _) => value.to_string(),
        (Value::Float(value), _) => value.to_string(),
        _ => return None,
    };
    Some(if text.len() == length {
        format!("quote it: \"{text}\"")
    } else {
        "put the value in quotes".to_owned()
    })
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Failure {}

impl de::Error for Failure {
    fn custom<T: Display>(message: T) -> Self {
        Failure::new(message.to_string(), Fix::Nothing)
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = expected.to_string();
        let fix = match found {
            Unexpected::Bool(_) | Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_)
                if is_text(&expected) =>
            {
                Fix::Quote
            }
            Unexpected::Str(text) if would_fit(text, &expected) => Fix::Unquote(text.to_owned()),
            _ => Fix::Nothing,
        };
        let kind = if is_integer(&expected) { "an integer".to_owned() } else { wanted(&expected) };
        Failure::new(format!("invalid type: expected {kind}, found {}", shown(found)), fix)
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Failure::new(
            format!("invalid value: expected {}, found {}", wanted(&expected.to_string()), shown(found)),
            Fix::Nothing,
        )
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Failure::new(format!("invalid length: expected {expected}, found {length}"), Fix::Nothing)
    }
}

fn is_text(expected: &str) -> bool {
    matches!(expected, "a string" | "a borrowed string" | "string" | "str" | "path string" | "a character")
}

fn is_integer(expected: &str) -> bool {
    matches!(
        expected,
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" | "u8" | "u16" | "u32" | "u64" | "u128" | "usize"
    )
}

/// Whether a string without its quotes would be what is wanted.
fn would_fit(text: &str, expected: &str) -> bool {
    let plain =
        |text: &str| !text.is_empty() && text.len() < 20 && text.bytes().all(|byte| byte.is_ascii_digit());
    match expected {
        "a boolean" => matches!(text, "true" | "false"),
        "f32" | "f64" => plain(&text.replacen('.', "", 1)),
        _ => is_integer(expected) && plain(text.strip_prefix('-').unwrap_or(text)),
    }
}

/// serde's word for what a type wants, for people who do not know Rust.
fn wanted(expected: &str) -> String {
    let range = |low: i64, high: u64| format!("an integer from {low} to {high}");
    match expected {
        "i8" => range(i8::MIN.into(), i8::MAX as u64),
        "i16" => range(i16::MIN.into(), i16::MAX as u64),
        "i32" => range(i32::MIN.into(), i32::MAX as u64),
        "i64" | "isize" => range(i64::MIN, i64::MAX as u64),
        "u8" => range(0, u8::MAX.into()),
        "u16" => range(0, u16::MAX.into()),
        "u32" => range(0, u32::MAX.into()),
        "u64" | "usize" => range(0, u64::MAX),
        "f32" | "f64" => "a number".to_owned(),
        "a borrowed string" | "variant identifier" | "a string key" => "a string".to_owned(),
        "a sequence" => "a list".to_owned(),
        "unit" => "null".to_owned(),
        _ if expected.starts_with("struct ")
            || expected.starts_with("internally tagged enum ")
            || expected.starts_with("adjacently tagged enum ") =>
        {
            "a map".to_owned()
        }
        _ if expected.starts_with("enum ") => "a string or a map".to_owned(),
        _ => expected.to_owned(),
    }
}

/// What stands there instead.
fn shown(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => format!("the boolean {value}"),
        Unexpected::Unsigned(value) => format!("the integer {value}"),
        Unexpected::Signed(value) => format!("the integer {value}"),
        Unexpected::Float(value) => format!("the number {value}"),
        Unexpected::Char(value) => format!("the string {value:?}"),
        Unexpected::Str(text) => {
            let short: String = text.chars().take(40).collect();
            let dots = if short.len() < text.len() { "…" } else { "" };
            format!("the string {short:?}{dots}")
        }
        Unexpected::Unit | Unexpected::Option => "null".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a map".to_owned(),
        other => other.to_string(),
    }
}
