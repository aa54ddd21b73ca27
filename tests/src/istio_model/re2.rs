//! Regular expressions of the RE2 dialect, evaluated with the `regex` crate.
//!
//! The two dialects differ in what they accept and in what `\d`, `\w`, `\s` and `\b` mean (3.6): here those are ASCII, and a pattern
//! that RE2 refuses or reads differently is refused.

use regex::bytes::Regex;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(crate) struct Re2(Regex);

impl Re2 {
    /// Compiles a pattern as Envoy would, to be matched with whole values.
    pub(crate) fn new(pattern: &str) -> Result<Re2, String> {
        let translated = translate(pattern)?;
        // Alone first: an unbalanced parenthesis must not close the group around it.
        Regex::new(&translated).map_err(|error| error.to_string())?;
        let whole = format!(r"\A(?:{translated})\z");
        Regex::new(&whole).map(Re2).map_err(|error| error.to_string())
    }

    /// Whether the pattern matches the value from its first byte to its last.
    pub(crate) fn matches_all_of(&self, value: &str) -> bool {
        self.0.is_match(value.as_bytes())
    }
}

/// Spells a RE2 pattern for the `regex` crate.
fn translate(pattern: &str) -> Result<String, String> {
    let refuse = |what: &str| Err(format!("RE2 does not read {what} as Rust does"));
    let mut out = String::new();
    let mut chars = pattern.chars().peekable();
    let mut in_class = false;
    let mut repeated = false;
    while let Some(c) = chars.next() {
        let was_repeated = std::mem::take(&mut repeated);
        match (c, in_class) {
            ('\\', _) => match (chars.next(), in_class) {
                (None, _) => return Err("trailing backslash".to_owned()),
                (Some('d'), true) => out.push_str("0-9"),
                (Some('w'), true) => out.push_str("0-9A-Za-z_"),
                (Some('s'), true) => out.push_str(r"\t\n\f\r "),
                (Some(escape @ ('D' | 'W' | 'S')), true) => return refuse(&format!("\\{escape} in a class")),
                // `\B` and the negated classes stay within UTF-8 sequences in RE2: patterns with them are left out.
                (Some(escape @ ('d' | 'w' | 's' | 'b')), false) => out.push_str(&format!(r"(?-u:\{escape})")),
                (Some(escape @ ('D' | 'W' | 'S' | 'B')), false) => return refuse(&format!("\\{escape}")),
                (Some(escape @ ('u' | 'U' | '<' | '>' | 'C' | 'Q' | 'Z')), _) => {
                    return refuse(&format!("\\{escape}"));
                }
                (Some(escape), _) => out.extend(['\\', escape]),
            },
            // Not a class in a class, but a member of it.
            ('[', true) if chars.peek() != Some(&':') => out.push_str(r"\["),
            ('[', true) => {
                out.push('[');
                for c in chars.by_ref() {
                    out.push(c);
                    if c == ']' {
                        break;
                    }
                }
            }
            ('[', false) => {
                in_class = true;
                out.push('[');
                if chars.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                // A bracket right at the start is a member of the class.
                if chars.next_if_eq(&']').is_some() {
                    out.push_str(r"\]");
                }
            }
            (']', true) => {
                in_class = false;
                out.push(']');
            }
            // RE2 has no operators on classes: `&&` and `~~` are members.
            ('&' | '~', true) => out.extend(['\\', c]),
            ('-', true) if chars.peek() == Some(&'-') => return refuse("two hyphens in a class"),
            ('(', false) if chars.peek() == Some(&'?') => {
                let flags: String = chars.clone().skip(1).take_while(|c| !":)<".contains(*c)).collect();
                if flags.contains(['x', 'u', 'R']) {
                    return refuse(&format!("the flags {flags}"));
                }
                out.push('(');
            }
            ('*' | '+', false) => {
                if was_repeated {
                    return Err("nested repetition operator".to_owned());
                }
                out.push(c);
                chars.next_if_eq(&'?').inspect(|lazy| out.push(*lazy));
                repeated = true;
            }
            // After a group opener, `?` introduces its flags and is no operator.
            ('?', false) if !out.ends_with('(') || out.ends_with(r"\(") => {
                if was_repeated {
                    return Err("nested repetition operator".to_owned());
                }
                out.push(c);
                chars.next_if_eq(&'?').inspect(|lazy| out.push(*lazy));
                repeated = true;
            }
            ('{', false) => {
                let count: String = chars.clone().take_while(|c| *c != '}').collect();
                let bounds = count.split(',').map(|n| if n.is_empty() { Ok(0) } else { n.parse::<u32>() });
                match bounds.collect::<Result<Vec<_>, _>>() {
                    Ok(bounds) if bounds.len() <= 2 && !count.is_empty() && !count.starts_with(',') => {
                        if was_repeated || bounds.iter().any(|n| *n > 1000) {
                            return Err("bad repetition count".to_owned());
                        }
                        out.push('{');
                        chars.by_ref().take_while(|c| *c != '}').for_each(|c| out.push(c));
                        out.push('}');
                        chars.next_if_eq(&'?').inspect(|lazy| out.push(*lazy));
                        repeated = true;
                    }
                    // A brace that opens no count is a character.
                    _ => out.push_str(r"\{"),
                }
            }
            _ => out.push(c),
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::Re2;

    fn matches(pattern: &str, value: &str) -> bool {
        Re2::new(pattern).unwrap().matches_all_of(value)
    }

    #[test]
    fn patterns_match_whole_values() {
        assert!(!matches("/foo", "/foobar"));
        assert!(matches("/x|/y.*", "/yes"));
        assert!(!matches("/x|/y.*", "/xx"));
        assert!(matches("^/x$", "/x"));
        assert!(matches("(?:/a|/b$).*", "/a/more"));
        assert!(!matches("(?:/a|/b$).*", "/b/more"));
        assert!(!matches("a.b", "a\nb"));
        assert!(matches("/.", "/é"));
        assert!(matches("a{2,3}?", "aaa"));
        assert!(matches(r"\(?x", "(x"));
        assert!(matches(r"(?i)FIREFOX", "firefox"));
        assert!(matches(r"[]a]+", "a]"));
    }

    #[test]
    fn perl_classes_are_ascii() {
        assert!(matches(r"\d+", "42"));
        assert!(!matches(r"\d", "٤"));
        assert!(matches(r"[\w/]+", "/a_b"));
        assert!(!matches(r"[\w]", "é"));
        assert!(matches("[[:alpha:]]+", "ab"));
    }

    #[test]
    fn members_that_look_like_operators_are_members() {
        assert!(matches("[a&&b]", "&"));
        assert!(matches("[a[b]]", "[]"));
        assert!(matches("{", "{"));
        assert!(matches("a{,3}", "a{,3}"));
    }

    #[test]
    fn what_re2_refuses_or_reads_differently_is_refused() {
        for pattern in [
            "(", ")(", "a**", "a++", "x{1001}", "x{2}{3}", "(?x)a", "(?R)a", r"\<a", r"\u0041", "[a--b]",
            "a\\",
        ] {
            assert!(Re2::new(pattern).is_err(), "{pattern}");
        }
    }
}
