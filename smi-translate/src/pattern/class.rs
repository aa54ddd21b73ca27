//! Sets of characters: the named ones, brackets, and what ignoring case adds.

use std::sync::LazyLock;

use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};

use super::cursor::Cursor;
use super::error::PatternError;
use super::{escape, unicode};

/// Letters that have another case. Ignoring case adds nothing to a class beyond what it adds to these.
static CASED: LazyLock<ClassUnicode> = LazyLock::new(|| {
    let mut cased = unicode::property("Changes_When_Casemapped");
    cased.union(&unicode::property("Changes_When_Casefolded"));
    cased
});

/// The class of the code points `start..=end`. Surrogates are in no text, so they are left out.
pub(super) fn range(start: u32, end: u32) -> ClassUnicode {
    let start = if (0xD800..=0xDFFF).contains(&start) { 0xE000 } else { start };
    let end = if (0xD800..=0xDFFF).contains(&end) { 0xD7FF } else { end };
    match (char::from_u32(start), char::from_u32(end)) {
        (Some(start), Some(end)) if start <= end => ClassUnicode::new([ClassUnicodeRange::new(start, end)]),
        _ => ClassUnicode::empty(),
    }
}

/// Adds the other cases of its letters to `class`.
pub(super) fn ignore_case(class: &mut ClassUnicode) {
    let mut cased = class.clone();
    cased.intersect(&CASED);
    cased.case_fold_simple();
    class.union(&cased);
}

/// `\d`, `\s`, `\w` and their negations: always ASCII (RE2), unlike in the Rust regex crate.
pub(super) fn perl(letter: char, fold: bool) -> Option<ClassUnicode> {
    let positive: &[(char, char)] = match letter.to_ascii_lowercase() {
        'd' => &[('0', '9')],
        's' => &[('\t', '\n'), ('\x0C', '\r'), (' ', ' ')],
        'w' => &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
        _ => return None,
    };
    Some(signed(ranges(positive), letter.is_ascii_uppercase(), fold))
}

/// `[:alpha:]` and the like.
fn posix(name: &str) -> Option<ClassUnicode> {
    Some(ranges(match name {
        "alnum" => &[('0', '9'), ('A', 'Z'), ('a', 'z')],
        "alpha" => &[('A', 'Z'), ('a', 'z')],
        "ascii" => &[('\0', '\x7F')],
        "blank" => &[('\t', '\t'), (' ', ' ')],
        "cntrl" => &[('\0', '\x1F'), ('\x7F', '\x7F')],
        "digit" => &[('0', '9')],
        "graph" => &[('!', '~')],
        "lower" => &[('a', 'z')],
        "print" => &[(' ', '~')],
        "punct" => &[('!', '/'), (':', '@'), ('[', '`'), ('{', '~')],
        "space" => &[('\t', '\r'), (' ', ' ')],
        "upper" => &[('A', 'Z')],
        "word" => &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
        "xdigit" => &[('0', '9'), ('A', 'F'), ('a', 'f')],
        _ => return None,
    }))
}

fn ranges(of: &[(char, char)]) -> ClassUnicode {
    ClassUnicode::new(of.iter().map(|&(start, end)| ClassUnicodeRange::new(start, end)))
}

/// Case is ignored before the class is negated: `(?i)\W` excludes the Kelvin sign, which is a `k`.
pub(super) fn signed(mut class: ClassUnicode, negated: bool, fold: bool) -> ClassUnicode {
    if fold {
        ignore_case(&mut class);
    }
    if negated {
        class.negate();
    }
    class
}

/// Reads a bracket expression; `cursor` stands behind its `[`.
///
/// There are no set operations and no nesting: `&&`, `--` and `[` are characters like others.
pub(super) fn bracket(cursor: &mut Cursor<'_>, fold: bool) -> Result<ClassUnicode, PatternError> {
    let opening = cursor.offset() - 1;
    let unclosed = || {
        PatternError::new(opening, "the character class has no closing \"]\"")
            .help("write \"\\[\" if a bracket is meant")
    };
    let negated = cursor.eat("^");
    let mut class = ClassUnicode::empty();
    let mut first = true;
    while first || cursor.peek() != Some(']') {
        first = false;
        let start = cursor.offset();
        if let Some(item) = named(cursor, fold)? {
            class.union(&item);
            continue;
        }
        let low = character(cursor)?.ok_or_else(unclosed)?;
        // `[a-]` holds a hyphen.
        let high = if cursor.rest().starts_with('-')
            && !cursor.rest().starts_with("-]")
            && cursor.rest().len() > 1
        {
            cursor.eat("-");
            character(cursor)?.ok_or_else(unclosed)?
        } else {
            low
        };
        if high < low {
            return Err(PatternError::new(
                start,
                format!("the range \"{}\" runs backwards", cursor.since(start)),
            ));
        }
        class.union(&signed(range(low, high), false, fold));
        if cursor.peek().is_none() {
            return Err(unclosed());
        }
    }
    cursor.eat("]");
    if negated {
        class.negate();
    }
    Ok(class)
}

/// A named class inside brackets, if one comes next.
fn named(cursor: &mut Cursor<'_>, fold: bool) -> Result<Option<ClassUnicode>, PatternError> {
    let start = cursor.offset();
    let rest = cursor.rest();
    if let Some(name) = rest.strip_prefix("[:").and_then(|r| r.split_once(":]")).map(|(name, _)| name) {
        cursor.through(":]");
        let (negated, plain) = name.strip_prefix('^').map_or((false, name), |plain| (true, plain));
        return match posix(plain) {
            Some(class) => Ok(Some(signed(class, negated, fold))),
            None => Err(PatternError::new(start, format!("there is no character class \"[:{name}:]\""))),
        };
    }
    escape::class(cursor, fold)
}

/// One code point inside brackets, possibly escaped; `None` at the end of the source.
fn character(cursor: &mut Cursor<'_>) -> Result<Option<u32>, PatternError> {
    if cursor.peek() == Some('\\') {
        return escape::character(cursor).map(Some);
    }
    Ok(cursor.next().map(u32::from))
}
