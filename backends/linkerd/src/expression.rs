//! Regular expressions as Linkerd's proxies run them (`linkerd.md` 5).
//!
//! Linkerd compiles them with the Rust crate `regex`, searches leftmost-first and asks that the hit spans the whole value, so that `/a|/ab`
//! does not match `/ab`. Written as `^(…)$` every expression means what it says. SMI's dialect is RE2's; where the two read a text
//! differently, it is written so that Linkerd reads what RE2 reads.

#[cfg(test)]
mod tests;

use std::fmt::Write;

use smi_translate::pattern::{Pattern, Scope};

/// Why Linkerd cannot run a regular expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unrunnable {
    /// The CRD takes no more bytes; the length is that of the expression as Linkerd needs it.
    TooLong(usize),
    /// The `regex` crate refuses it: mostly because its automaton is too large.
    Refused(String),
}

/// What means more than itself.
const SYNTAX: [char; 14] = ['\\', '.', '+', '*', '?', '(', ')', '|', '[', ']', '{', '}', '^', '$'];

/// The regular expression that means the same as `pattern` to Linkerd, of at most `limit` bytes.
pub(crate) fn whole_value(pattern: &Pattern, limit: usize) -> Result<String, Unrunnable> {
    let inner = Rewriter::new(pattern.source()).run();
    let text = match pattern.scope() {
        Scope::Start => format!("^({inner}).*$"),
        Scope::Full => format!("^({inner})$"),
        Scope::Anywhere => format!("^.*({inner}).*$"),
    };
    if text.len() > limit {
        return Err(Unrunnable::TooLong(text.len()));
    }
    // Plain text of so few bytes always compiles, and most patterns are plain text.
    if !pattern.source().contains(SYNTAX) {
        return Ok(text);
    }
    match regex::Regex::new(&text) {
        Ok(_) => Ok(text),
        Err(error) => Err(Unrunnable::Refused(first_line(&error.to_string()))),
    }
}

fn first_line(text: &str) -> String {
    text.lines().last().unwrap_or_default().trim().to_owned()
}

/// Rewrites RE2's words into those of the `regex` crate. The source was read by [`Pattern`] before, so that it is well-formed.
struct Rewriter<'a> {
    rest: &'a str,
    out: String,
}

impl<'a> Rewriter<'a> {
    fn new(source: &'a str) -> Self {
        Rewriter { rest: source, out: String::with_capacity(source.len() + 8) }
    }

    fn run(mut self) -> String {
        while let Some(c) = self.next() {
            match c {
                '\\' => self.escape(),
                '[' => self.bracket(),
                '(' => self.group(),
                '{' => self.brace(),
                // Alone they are literals to both; written so that nobody needs to know.
                '}' | ']' => self.literal(c),
                _ => self.out.push(c),
            }
        }
        self.out
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.chars().next()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn eat(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Reads up to `end` and `end` itself, or all where it does not come.
    fn through(&mut self, end: &str) -> &'a str {
        let (before, after) = self.rest.split_once(end).unwrap_or((self.rest, ""));
        self.rest = after;
        before
    }

    fn literal(&mut self, c: char) {
        self.out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
    }

    /// What follows a backslash outside brackets.
    fn escape(&mut self) {
        if self.eat("Q") {
            // The `regex` crate has no quotations; one that is left open ends with the source.
            return self.through("\\E").chars().for_each(|c| self.literal(c));
        }
        if self.eat("b") {
            return self.out.push_str("(?-u:\\b)");
        }
        if self.eat("B") {
            return self.out.push_str("(?-u:\\B)");
        }
        for anchor in ["A", "z"] {
            if self.eat(anchor) {
                self.out.push('\\');
                return self.out.push_str(anchor);
            }
        }
        if let Some(class) = self.named_class() {
            return self.out.push_str(&class.alone());
        }
        if let Some(code_point) = self.escaped_character() {
            self.code_point(code_point);
        }
    }

    /// A class by name, after its backslash. `\d`, `\s` and `\w` are ASCII to RE2 and Unicode to the `regex` crate.
    fn named_class(&mut self) -> Option<Named> {
        let ascii = |text, negated| Some(Named::Ascii { text, negated });
        let letter = self.rest.chars().next()?;
        let class = match letter {
            'd' | 'D' => ascii("0-9", letter == 'D'),
            's' | 'S' => ascii("\\t\\n\\f\\r ", letter == 'S'),
            'w' | 'W' => ascii("0-9A-Z_a-z", letter == 'W'),
            'p' | 'P' => {
                self.next();
                let name = if self.eat("{") {
                    self.through("}").to_owned()
                } else {
                    self.next().map(String::from).unwrap_or_default()
                };
                let plain = name.strip_prefix('^');
                let negated = (letter == 'P') != plain.is_some();
                return Some(Named::Unicode { name: plain.unwrap_or(&name).to_owned(), negated });
            }
            _ => None,
        };
        if class.is_some() {
            self.next();
        }
        class
    }

    /// The code point that an escape stands for, after its backslash.
    fn escaped_character(&mut self) -> Option<u32> {
        let letter = self.next()?;
        Some(match letter {
            'a' => 0x07,
            'f' => 0x0C,
            'n' => 0x0A,
            'r' => 0x0D,
            't' => 0x09,
            'v' => 0x0B,
            'x' => {
                let digits = if self.eat("{") {
                    self.through("}").to_owned()
                } else {
                    [self.next()?, self.next()?].iter().collect()
                };
                u32::from_str_radix(&digits, 16).ok()?
            }
            '0'..='7' => self.octal(letter.to_digit(8)?),
            other => u32::from(other),
        })
    }

    /// Up to two more octal digits.
    fn octal(&mut self, first: u32) -> u32 {
        let mut value = first;
        for _ in 0..2 {
            let Some(digit) = self.rest.chars().next().and_then(|c| c.to_digit(8)) else { break };
            self.next();
            value = value * 8 + digit;
        }
        value
    }

    fn code_point(&mut self, code_point: u32) {
        match char::from_u32(code_point) {
            Some(c) if !c.is_control() => self.literal(c),
            // A surrogate is in no text; the `regex` crate refuses it.
            _ => write!(self.out, "\\x{{{code_point:X}}}").expect("writing to a String never fails"),
        }
    }

    /// Names of groups are not needed, and the two differ in which they take.
    fn group(&mut self) {
        self.out.push('(');
        if self.eat("?P<") || self.eat("?<") {
            self.through(">");
        }
    }

    /// A brace is a literal to RE2 unless it is a count.
    fn brace(&mut self) {
        let inside = self.rest.split_once('}').map(|(inside, _)| inside).filter(|inside| is_count(inside));
        match inside {
            Some(inside) => {
                self.rest = &self.rest[inside.len() + 1..];
                write!(self.out, "{{{inside}}}").expect("writing to a String never fails");
            }
            None => self.literal('{'),
        }
    }

    /// A class in brackets, after its opening one. RE2 knows no set operations and no nesting: `&&`, `--`, `~~` and `[` are characters.
    fn bracket(&mut self) {
        self.out.push('[');
        if self.eat("^") {
            self.out.push('^');
        }
        let mut is_first = true;
        while is_first || !self.rest.starts_with(']') {
            is_first = false;
            if !self.bracket_item() {
                break;
            }
        }
        self.eat("]");
        self.out.push(']');
    }

    /// One item of a class; `false` at the end of the source.
    fn bracket_item(&mut self) -> bool {
        if self.rest.starts_with("[:") && self.rest[2..].contains(":]") {
            self.eat("[:");
            let name = self.through(":]");
            write!(self.out, "[:{name}:]").expect("writing to a String never fails");
            return true;
        }
        if let Some(after) = self.rest.strip_prefix('\\') {
            let before = std::mem::replace(&mut self.rest, after);
            if let Some(class) = self.named_class() {
                self.out.push_str(&class.in_brackets());
                return true;
            }
            self.rest = before;
        }
        let Some(low) = self.bracket_character() else { return false };
        let is_range = self.rest.starts_with('-') && !self.rest.starts_with("-]") && self.rest.len() > 1;
        let high = match is_range {
            true => {
                self.eat("-");
                self.bracket_character().unwrap_or(low)
            }
            false => low,
        };
        // Surrogates are in no text, and the `regex` crate does not take them as bounds.
        let low = if is_surrogate(low) { 0xE000 } else { low };
        let high = if is_surrogate(high) { 0xD7FF } else { high };
        if low > high {
            return true;
        }
        self.bracket_bound(low);
        if low < high {
            self.out.push('-');
            self.bracket_bound(high);
        }
        true
    }

    fn bracket_character(&mut self) -> Option<u32> {
        match self.next()? {
            '\\' => self.escaped_character(),
            c => Some(u32::from(c)),
        }
    }

    fn bracket_bound(&mut self, code_point: u32) {
        match char::from_u32(code_point) {
            Some(c) if c.is_alphanumeric() || "/_.%".contains(c) => self.out.push(c),
            _ => write!(self.out, "\\x{{{code_point:X}}}").expect("writing to a String never fails"),
        }
    }
}

/// A class that has a name.
enum Named {
    Ascii { text: &'static str, negated: bool },
    Unicode { name: String, negated: bool },
}

impl Named {
    fn alone(&self) -> String {
        match self {
            Named::Ascii { text, negated } => format!("[{}{text}]", if *negated { "^" } else { "" }),
            Named::Unicode { name, negated } => format!("\\{}{{{name}}}", if *negated { 'P' } else { 'p' }),
        }
    }

    fn in_brackets(&self) -> String {
        match self {
            Named::Ascii { text, negated: false } => (*text).to_owned(),
            class => class.alone(),
        }
    }
}

fn is_surrogate(code_point: u32) -> bool {
    (0xD800..=0xDFFF).contains(&code_point)
}

/// `n`, `n,` or `n,m`, without leading zeros.
fn is_count(inside: &str) -> bool {
    let is_number = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_digit())
            && (text == "0" || !text.starts_with('0'))
    };
    match inside.split_once(',') {
        None => is_number(inside),
        Some((low, "")) => is_number(low),
        Some((low, high)) => is_number(low) && is_number(high),
    }
}
