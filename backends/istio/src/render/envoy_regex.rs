//! Expressions in Envoy, which reads them and texts byte by byte: a character beyond ASCII is several to it, so that `..` matches `é` (seen
//! with Envoy 1.40).
//!
//! It refuses a whole configuration for one expression that it does not take, the routes and policies of everybody else in it as well.

use smi_translate::pattern::Pattern;

/// Instructions of an expression that Envoy takes, as Istio sets it up, less what two compilers may differ in.
const PROGRAM_LIMIT: usize = 16_000;

/// Why Envoy does not take an expression, or not as it is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It takes too many instructions.
    TooLarge,
    /// It names characters beyond ASCII.
    NotAscii,
}

/// Whether Envoy takes the expression of a pattern as what it means.
pub(super) fn check(pattern: &Pattern) -> Result<(), Refusal> {
    if reading(pattern.source()) == Reading::Other {
        Err(Refusal::NotAscii)
    } else if pattern.program_size() > PROGRAM_LIMIT {
        Err(Refusal::TooLarge)
    } else {
        Ok(())
    }
}

/// How an expression fares in Envoy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reading {
    /// It means the same for every text.
    Same,
    /// It means the same for texts in ASCII; for others it may match more, or less.
    OnlyAscii,
    /// It names characters beyond ASCII, which Envoy reads as something else, or refuses together with the whole listener.
    Other,
}

/// Reads an expression that RE2 takes; in doubt it is not [`Reading::Same`].
pub(super) fn reading(source: &str) -> Reading {
    if !source.is_ascii() {
        return Reading::Other;
    }
    let mut reading = Reading::Same;
    let mut in_class = false;
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let next = &rest[first.len_utf8()..];
        rest = next;
        match first {
            '\\' => {
                let (escape, behind) = escape(next);
                reading = reading.max(escape);
                rest = behind;
            }
            '[' if in_class => {
                if next.starts_with(":^") {
                    reading = reading.max(Reading::OnlyAscii);
                }
                // The end of a named class is not that of the class around it.
                rest = named_class(next).unwrap_or(next);
            }
            '[' => {
                in_class = true;
                if next.starts_with('^') {
                    reading = reading.max(Reading::OnlyAscii);
                }
                // A bracket that comes first belongs to the class.
                let start = next.strip_prefix('^').unwrap_or(next);
                rest = start.strip_prefix(']').unwrap_or(start);
            }
            ']' => in_class = false,
            '.' if !in_class && !next.starts_with(['*', '+']) => reading = reading.max(Reading::OnlyAscii),
            // Flags, above all those that ignore case: some letters beyond ASCII are ASCII in the other case.
            '(' if !in_class && next.starts_with('?') && !next.starts_with("?:") => {
                reading = reading.max(Reading::OnlyAscii);
            }
            _ => {}
        }
    }
    reading
}

fn named_class(text: &str) -> Option<&str> {
    let name = text.strip_prefix(':')?;
    name.find(":]").map(|end| &name[end + 2..])
}

/// What is behind a backslash, and the rest.
fn escape(text: &str) -> (Reading, &str) {
    let Some(first) = text.chars().next() else { return (Reading::Same, text) };
    let rest = &text[first.len_utf8()..];
    match first {
        'x' => {
            let (digits, rest) = match rest.strip_prefix('{').and_then(|braced| braced.split_once('}')) {
                Some(braced) => braced,
                None => rest.split_at(rest.len().min(2)),
            };
            (numbered(digits, 16), rest)
        }
        '0'..='7' => {
            let end = text.bytes().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
            (numbered(&text[..end], 8), &text[end..])
        }
        'd' | 's' | 'w' | 'b' | 'A' | 'z' | 'a' | 'f' | 't' | 'n' | 'r' | 'v' => (Reading::Same, rest),
        other if other.is_ascii_punctuation() => (Reading::Same, rest),
        _ => (Reading::OnlyAscii, rest),
    }
}

fn numbered(digits: &str, radix: u32) -> Reading {
    match u32::from_str_radix(digits, radix) {
        Ok(0..=0x7F) => Reading::Same,
        _ => Reading::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_expression_means_to_envoy() {
        for same in [
            "/a",
            ".*-http-client/*.*",
            "(?:.*a-book.*new).*",
            r"/users/[a-z]+/\d{2}\.x",
            "[]a]",
            r"[\w.-]+",
            "[[:alpha:].]+",
            r"\x41\x{7f}\101",
            "a|b.+",
        ] {
            assert_eq!(reading(same), Reading::Same, "{same}");
        }
        for ascii in [
            ".",
            "..",
            "a.?",
            "[^/]+",
            r"\D",
            r"\pL",
            r"\p{Greek}",
            "(?i)k",
            "[[:^alpha:]]",
            r"\Qa.b\E",
            r"[[:alpha:]\W]",
            "[[:alpha:]].",
            "[]].",
            "[^]]",
        ] {
            assert_eq!(reading(ascii), Reading::OnlyAscii, "{ascii}");
        }
        for other in ["é", "[à-ü]", r"\x{4e00}", r"\xe9", r"\351", r"[\x{80}-\x{10ffff}]", r"[\xff]"] {
            assert_eq!(reading(other), Reading::Other, "{other}");
        }
    }
}
