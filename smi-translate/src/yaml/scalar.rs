//! What a YAML scalar means to kubectl: the rules of go-yaml 2 (`resolve.go`), which `sigs.k8s.io/yaml` uses.

use std::borrow::Cow;

use super::Value;

/// A scalar as go-yaml resolves it, before it is JSON.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar<'s> {
    Null,
    Bool(bool),
    Int(i64),
    UInt(u64),
    /// May be infinite or not a number: JSON has no such value, but keys do.
    Float(f64),
    String(Cow<'s, str>),
}

/// An explicit tag, as far as go-yaml cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Null,
    Bool,
    Int,
    Float,
    Str,
    Binary,
    Timestamp,
    /// Any other tag: the text is taken as it stands.
    Other,
}

impl Tag {
    const fn name(self) -> &'static str {
        match self {
            Tag::Null => "null",
            Tag::Bool => "a boolean",
            Tag::Int => "an integer",
            Tag::Float => "a number",
            Tag::Str | Tag::Other => "a string",
            Tag::Binary => "base64",
            Tag::Timestamp => "a time",
        }
    }
}

/// What a plain scalar without a tag means.
pub(super) fn plain(text: Cow<'_, str>) -> Scalar<'_> {
    match text.as_bytes().first() {
        None => Scalar::Null,
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => {
            word(&text).unwrap_or(Scalar::String(text))
        }
        Some(b'.') => dotted(&text).unwrap_or(Scalar::String(text)),
        Some(b'0'..=b'9' | b'+' | b'-') => number(&text).unwrap_or(Scalar::String(text)),
        Some(_) => Scalar::String(text),
    }
}

/// What a scalar with a tag means, whatever its quotes; the error says what it is not.
pub(super) fn tagged(tag: Tag, text: Cow<'_, str>) -> Result<Scalar<'_>, String> {
    match tag {
        Tag::Str | Tag::Other => return Ok(Scalar::String(text)),
        Tag::Binary => {
            return base64(text.as_bytes())
                .map(|bytes| Scalar::String(Cow::Owned(lossy(&bytes))))
                .ok_or_else(|| "the tag !!binary asks for base64, and this is not".to_owned());
        }
        // A time stays the text that it is.
        Tag::Timestamp if is_timestamp(&text) => return Ok(Scalar::String(text)),
        Tag::Null | Tag::Bool | Tag::Int | Tag::Float | Tag::Timestamp => {}
    }
    let shown: String = text.chars().take(40).collect();
    match (tag, plain(text)) {
        (Tag::Null, Scalar::Null) => Ok(Scalar::Null),
        (Tag::Bool, found @ Scalar::Bool(_)) => Ok(found),
        (Tag::Int, found @ (Scalar::Int(_) | Scalar::UInt(_))) => Ok(found),
        (Tag::Float, found @ Scalar::Float(_)) => Ok(found),
        #[expect(clippy::cast_precision_loss, reason = "go-yaml does the same")]
        (Tag::Float, Scalar::Int(value)) => Ok(Scalar::Float(value as f64)),
        _ => Err(format!("its tag asks for {}, and {shown:?} is not", tag.name())),
    }
}

/// Whether it looks like `2001-12-14` or `2001-12-14T21:59:43Z`.
fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 8
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && bytes[4] == b'-'
        && bytes[5..].iter().all(|byte| byte.is_ascii_digit() || b"-+:.TtZ ".contains(byte))
}

fn word(text: &str) -> Option<Scalar<'static>> {
    Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Scalar::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Scalar::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Scalar::Null,
        _ => return None,
    })
}

/// Starts with a point: infinity, not a number, or a decimal fraction.
fn dotted(text: &str) -> Option<Scalar<'static>> {
    match text {
        ".nan" | ".NaN" | ".NAN" => Some(Scalar::Float(f64::NAN)),
        ".inf" | ".Inf" | ".INF" => Some(Scalar::Float(f64::INFINITY)),
        _ if text.contains('_') => {
            let bytes = text.as_bytes();
            let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
            let between = |(at, byte): (usize, &u8)| *byte != b'_' || (digit(at - 1) && digit(at + 1));
            // The first byte is the point.
            bytes.iter().enumerate().skip(1).all(between).then(|| decimal(&text.replace('_', ""))).flatten()
        }
        _ => decimal(text),
    }
}

/// Starts with a digit or a sign.
fn number(text: &str) -> Option<Scalar<'static>> {
    match text {
        "+.inf" | "+.Inf" | "+.INF" => return Some(Scalar::Float(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => return Some(Scalar::Float(f64::NEG_INFINITY)),
        _ => {}
    }
    let bare: Cow<'_, str> =
        if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) };
    integer(&bare).or_else(|| decimal(&bare)).or_else(|| odd_binary(&bare))
}

/// Go's `strconv.ParseInt(text, 0, 64)`, then `ParseUint`.
fn integer(text: &str) -> Option<Scalar<'static>> {
    let (negative, signed, digits) = match text.as_bytes() {
        [b'-', ..] => (true, true, &text[1..]),
        [b'+', ..] => (false, true, &text[1..]),
        _ => (false, false, text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'b' | b'B', _, ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', _, ..] => (8, &digits[2..]),
        [b'0', b'x' | b'X', _, ..] => (16, &digits[2..]),
        [b'0'] => return Some(Scalar::Int(0)),
        [b'0', ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    let magnitude = unsigned(digits, radix)?;
    if negative {
        0i64.checked_sub_unsigned(magnitude).map(Scalar::Int)
    } else if let Ok(value) = i64::try_from(magnitude) {
        Some(Scalar::Int(value))
    } else if signed {
        None
    } else {
        Some(Scalar::UInt(magnitude))
    }
}

fn unsigned(digits: &str, radix: u32) -> Option<u64> {
    // from_str_radix takes a sign, which has no place here.
    if digits.starts_with(['+', '-']) { None } else { u64::from_str_radix(digits, radix).ok() }
}

/// go-yaml's second try at binary numbers, which takes a sign behind the prefix: `0b-101`.
fn odd_binary(text: &str) -> Option<Scalar<'static>> {
    let digits = text.strip_prefix("0b")?;
    i64::from_str_radix(digits, 2).ok().map(Scalar::Int)
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`, and not too large.
fn decimal(text: &str) -> Option<Scalar<'static>> {
    fn digits(bytes: &[u8]) -> usize {
        bytes.iter().take_while(|byte| byte.is_ascii_digit()).count()
    }
    let mut rest = text.as_bytes();
    if let [b'+' | b'-', tail @ ..] = rest {
        rest = tail;
    }
    let whole = digits(rest);
    rest = &rest[whole..];
    if let [b'.', tail @ ..] = rest {
        let fraction = digits(tail);
        if whole == 0 && fraction == 0 {
            return None;
        }
        rest = &tail[fraction..];
    } else if whole == 0 {
        return None;
    }
    if let [b'e' | b'E', tail @ ..] = rest {
        let tail = if let [b'+' | b'-', tail @ ..] = tail { tail } else { tail };
        let exponent = digits(tail);
        if exponent == 0 {
            return None;
        }
        rest = &tail[exponent..];
    }
    if !rest.is_empty() {
        return None;
    }
    text.parse::<f64>().ok().filter(|value| value.is_finite()).map(Scalar::Float)
}

/// A float as JSON number: without a fraction it is an integer, if it fits. `None` for infinity and not-a-number.
pub(super) fn float_value(value: f64) -> Option<Value<'static>> {
    if !value.is_finite() {
        return None;
    }
    if value.fract() == 0.0 && value.abs() < 1e20 {
        // The digits that Go's JSON prints, not the exact value: 2^62 as a float is 4611686018427388000.
        let digits = value.to_string();
        if let Ok(value) = digits.parse::<i64>() {
            return Some(Value::Int(value));
        }
        if let Ok(value) = digits.parse::<u64>() {
            return Some(Value::UInt(value));
        }
    }
    Some(Value::Float(value))
}

/// The string that `sigs.k8s.io/yaml` makes of a key; `None` where it refuses the key.
pub(super) fn key_text(key: Scalar<'_>) -> Option<Cow<'_, str>> {
    Some(match key {
        Scalar::String(text) => text,
        Scalar::Bool(value) => Cow::Borrowed(if value { "true" } else { "false" }),
        Scalar::Int(value) => Cow::Owned(value.to_string()),
        Scalar::Float(value) => float_key(value),
        Scalar::Null | Scalar::UInt(_) => return None,
    })
}

/// Go's `strconv.FormatFloat(value, 'g', -1, 32)`.
fn float_key(value: f64) -> Cow<'static, str> {
    #[expect(clippy::cast_possible_truncation, reason = "that is what Go does")]
    let value = value as f32;
    if value.is_nan() {
        return Cow::Borrowed(".nan");
    }
    if value.is_infinite() {
        return Cow::Borrowed(if value > 0.0 { ".inf" } else { "-.inf" });
    }
    let scientific = format!("{value:e}");
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return Cow::Owned(scientific) };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        Cow::Owned(value.to_string())
    } else {
        let sign = if exponent < 0 { '-' } else { '+' };
        Cow::Owned(format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs()))
    }
}

/// Standard base64 with padding; line breaks are ignored, as in Go.
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count, mut padding) = (0u32, 0u32, 0u32);
    for byte in text {
        let six = match byte {
            b'\r' | b'\n' => continue,
            b'=' => {
                padding += 1;
                continue;
            }
            _ if padding > 0 => return None,
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(six);
        count += 1;
        if count % 4 == 0 {
            bytes.extend_from_slice(&bits.to_be_bytes()[1..]);
            bits = 0;
        }
    }
    match (count % 4, padding) {
        (0, 0) => {}
        (2, 2) => bytes.push((bits >> 4).to_be_bytes()[3]),
        (3, 1) => bytes.extend_from_slice(&(bits >> 2).to_be_bytes()[2..]),
        _ => return None,
    }
    Some(bytes)
}

/// Go's JSON writes U+FFFD for every byte that is not UTF-8.
fn lossy(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}
