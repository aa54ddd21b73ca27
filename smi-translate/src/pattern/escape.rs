//! What a backslash introduces.

use regex_syntax::hir::ClassUnicode;

use super::cursor::Cursor;
use super::error::PatternError;
use super::{class, unicode};

/// A class such as `\d` or `\p{Greek}`, if one comes next.
pub(super) fn class(cursor: &mut Cursor<'_>, fold: bool) -> Result<Option<ClassUnicode>, PatternError> {
    let start = cursor.offset();
    let mut ahead = *cursor;
    if !ahead.eat("\\") {
        return Ok(None);
    }
    let Some(letter) = ahead.next() else { return Ok(None) };
    if let 'p' | 'P' = letter {
        let class = property(&mut ahead, letter == 'P', start, fold)?;
        *cursor = ahead;
        return Ok(Some(class));
    }
    let class = class::perl(letter, fold);
    if class.is_some() {
        *cursor = ahead;
    }
    Ok(class)
}

/// Reads what follows `\p` or `\P`.
fn property(
    cursor: &mut Cursor<'_>,
    negated: bool,
    start: usize,
    fold: bool,
) -> Result<ClassUnicode, PatternError> {
    let name = if cursor.eat("{") {
        cursor
            .through("}")
            .ok_or_else(|| PatternError::new(start, "the name of the Unicode class has no closing \"}\""))?
    } else {
        let before = cursor.offset();
        cursor.next().ok_or_else(|| PatternError::new(start, "the name of the Unicode class is missing"))?;
        cursor.since(before)
    };
    let (negated, plain) = name.strip_prefix('^').map_or((negated, name), |plain| (!negated, plain));
    match unicode::group(plain) {
        Some(class) => Ok(class::signed(class, negated, fold)),
        None => Err(PatternError::new(
            start,
            format!("\"{}\" is no Unicode class that RE2 and Go know", cursor.since(start)),
        )
        .help("RE2 knows general categories such as \\pL or \\p{Lu}, and scripts such as \\p{Greek}")),
    }
}

/// Reads an escape that stands for one code point; `cursor` stands at its backslash.
pub(super) fn character(cursor: &mut Cursor<'_>) -> Result<u32, PatternError> {
    let start = cursor.offset();
    cursor.eat("\\");
    let Some(letter) = cursor.next() else {
        return Err(PatternError::new(start, "the pattern ends in a backslash")
            .help("write \"\\\\\" if a backslash is meant"));
    };
    let simple = match letter {
        'a' => 0x07,
        'f' => 0x0C,
        'n' => 0x0A,
        'r' => 0x0D,
        't' => 0x09,
        'v' => 0x0B,
        'x' => {
            return hexadecimal(cursor).ok_or_else(|| {
                PatternError::new(start, format!("\"{}\" is no code point", cursor.since(start)))
                    .help("write \"\\x\" with two hexadecimal digits, or \"\\x{…}\" with up to 10FFFF")
            });
        }
        '0' => return Ok(octal(cursor, 0)),
        '1'..='7' if cursor.peek().is_some_and(|c| c.is_digit(8)) => {
            return Ok(octal(cursor, u32::from(letter) - u32::from('0')));
        }
        '1'..='9' => {
            return Err(PatternError::new(
                start,
                format!("RE2 has no back-references, so \"\\{letter}\" cannot be used"),
            ));
        }
        _ if letter.is_ascii() && !letter.is_ascii_alphanumeric() => u32::from(letter),
        _ => return Err(unknown(*cursor, start)),
    };
    Ok(simple)
}

/// Up to two more octal digits.
fn octal(cursor: &mut Cursor<'_>, first: u32) -> u32 {
    let mut value = first;
    for _ in 0..2 {
        let Some(digit) = cursor.peek().and_then(|c| c.to_digit(8)) else { break };
        cursor.next();
        value = value * 8 + digit;
    }
    value
}

/// Two hexadecimal digits, or any number of them in braces.
fn hexadecimal(cursor: &mut Cursor<'_>) -> Option<u32> {
    if !cursor.eat("{") {
        let high = cursor.next()?.to_digit(16)?;
        let low = cursor.next()?.to_digit(16)?;
        return Some(high * 16 + low);
    }
    let digits = cursor.through("}")?;
    if digits.is_empty() {
        return None;
    }
    let mut value = 0;
    for digit in digits.chars() {
        value = value * 16 + digit.to_digit(16)?;
        if value > u32::from(char::MAX) {
            return None;
        }
    }
    Some(value)
}

fn unknown(cursor: Cursor<'_>, start: usize) -> PatternError {
    let escape = cursor.since(start);
    let error = PatternError::new(start, format!("\"{escape}\" is no escape that RE2 and Go know"));
    match escape {
        "\\Z" => error.help("write \"\\z\" or \"$\" for the end of the text"),
        "\\G" | "\\X" | "\\R" | "\\K" | "\\C" => error,
        "\\h" => error.help("write \"[ \\t]\" for horizontal space"),
        "\\u" | "\\U" => error.help("write \"\\x{…}\" with the code point in hexadecimal"),
        _ => match escape.strip_prefix('\\') {
            Some(plain) if plain.chars().count() == 1 => {
                error.help(format!("write \"{plain}\" if that is meant"))
            }
            _ => error,
        },
    }
}
