//! The fast path: JSON straight into a tree, without the YAML machinery.
//!
//! Anything that is not JSON makes it give up, and the YAML reader takes over; so it has no error messages of its own except
//! those that YAML would have too.

use std::borrow::Cow;

use super::position::LineCounter;
use super::{Entry, Limits, Node, ReadError, Span, Value, keys, scalar};

/// Why there is no tree.
pub(super) enum Failure {
    /// Not JSON.
    NotJson,
    /// JSON, but refused; the value ends there, if it was read to its end.
    Refused(Box<ReadError>, Option<usize>),
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Failure::Refused(Box::new(error), None)
    }
}

/// Reads the JSON value that starts at `start`; also returns where it ends.
pub(super) fn value<'s>(
    text: &'s str,
    start: usize,
    limits: &Limits,
    lines: &LineCounter<'_>,
    open: &mut Open<'s>,
) -> Result<(Node<'s>, usize), Failure> {
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: start,
        depth: 0,
        nodes: 0,
        limits,
        lines,
        open,
        max_depth: limits.depth(),
        refused: None,
    };
    reader.open.items.clear();
    reader.open.entries.clear();
    let node = reader.value()?;
    if reader.at - start > limits.max_document_bytes {
        let error = ReadError::too_long(Span::new(start, reader.at), limits.max_document_bytes);
        return Err(Failure::Refused(Box::new(error), Some(reader.at)));
    }
    match reader.refused {
        Some(error) => Err(Failure::Refused(error, Some(reader.at))),
        None => Ok((node, reader.at)),
    }
}

/// The values of all open lists and maps, one behind the other: a list or map that ends takes its own from the end, and so gets
/// exactly the memory it needs. Kept from document to document.
#[derive(Default)]
pub(super) struct Open<'s> {
    items: Vec<Node<'s>>,
    entries: Vec<Entry<'s>>,
}

struct Reader<'s, 'l> {
    text: &'s str,
    bytes: &'s [u8],
    at: usize,
    depth: usize,
    nodes: usize,
    limits: &'l Limits,
    lines: &'l LineCounter<'l>,
    open: &'l mut Open<'s>,
    max_depth: usize,
    /// The first key that stands twice. Reading goes on, to find the end of the value.
    refused: Option<Box<ReadError>>,
}

impl<'s> Reader<'s, '_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// The next byte that is not white space, which is not consumed.
    fn token(&mut self) -> Result<u8, Failure> {
        loop {
            match self.peek() {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.at += 1,
                Some(byte) => return Ok(byte),
                None => return Err(Failure::NotJson),
            }
        }
    }

    fn value(&mut self) -> Result<Node<'s>, Failure> {
        self.nodes += 1;
        if self.nodes > self.limits.max_nodes_per_document {
            return Err(
                ReadError::too_many_nodes(Span::at(self.at), self.limits.max_nodes_per_document).into()
            );
        }
        let first = self.token()?;
        let start = self.at;
        let value = match first {
            b'"' => Value::String(self.string()?),
            b'{' => {
                self.enter()?;
                self.map()?
            }
            b'[' => {
                self.enter()?;
                self.seq()?
            }
            b'-' | b'0'..=b'9' => self.number()?,
            b't' => self.word("true", Value::Bool(true))?,
            b'f' => self.word("false", Value::Bool(false))?,
            b'n' => self.word("null", Value::Null)?,
            _ => return Err(Failure::NotJson),
        };
        Ok(Node { value, span: Span::new(start, self.at) })
    }

    fn word(&mut self, word: &str, value: Value<'s>) -> Result<Value<'s>, Failure> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(Failure::NotJson);
        }
        self.at += word.len();
        Ok(value)
    }

    /// Steps over the opening bracket.
    fn enter(&mut self) -> Result<(), Failure> {
        self.depth += 1;
        if self.depth > self.max_depth {
            return Err(ReadError::too_deep(Span::new(self.at, self.at + 1), self.max_depth).into());
        }
        self.at += 1;
        Ok(())
    }

    fn seq(&mut self) -> Result<Value<'s>, Failure> {
        let first = self.open.items.len();
        if self.token()? == b']' {
            self.leave();
            return Ok(Value::Seq(Vec::new()));
        }
        loop {
            let item = self.value()?;
            self.open.items.push(item);
            match self.token()? {
                b',' => self.at += 1,
                b']' => break,
                _ => return Err(Failure::NotJson),
            }
        }
        self.leave();
        Ok(Value::Seq(self.open.items.split_off(first)))
    }

    fn map(&mut self) -> Result<Value<'s>, Failure> {
        let first = self.open.entries.len();
        if self.token()? == b'}' {
            self.leave();
            return Ok(Value::Map(Vec::new()));
        }
        loop {
            if self.token()? != b'"' {
                return Err(Failure::NotJson);
            }
            let start = self.at;
            let key = self.string()?;
            let key_span = Span::new(start, self.at);
            if self.token()? != b':' {
                return Err(Failure::NotJson);
            }
            self.at += 1;
            let value = self.value()?;
            self.open.entries.push(Entry { key, key_span, value });
            match self.token()? {
                b',' => self.at += 1,
                b'}' => break,
                _ => return Err(Failure::NotJson),
            }
        }
        self.leave();
        let entries = self.open.entries.split_off(first);
        if self.refused.is_none()
            && let Some((first, again)) = keys::duplicate(&entries)
        {
            let again = &entries[again];
            self.refused =
                Some(Box::new(keys::duplicate_error(self.lines, &again.key, first, again.key_span)));
        }
        Ok(Value::Map(entries))
    }

    /// Steps over the closing bracket.
    fn leave(&mut self) {
        self.depth -= 1;
        self.at += 1;
    }

    fn string(&mut self) -> Result<Cow<'s, str>, Failure> {
        self.at += 1;
        let start = self.at;
        self.plain_run();
        match self.peek() {
            Some(b'"') => {
                let text = &self.text[start..self.at];
                self.at += 1;
                Ok(Cow::Borrowed(text))
            }
            Some(b'\\') => self.escaped(start),
            _ => Err(Failure::NotJson),
        }
    }

    /// Goes to the next quote, backslash or control character.
    fn plain_run(&mut self) {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|byte| STOPS[usize::from(*byte)]).unwrap_or(rest.len());
        self.at += length;
    }

    /// The rest of a string that has an escape; `run` is where the text not yet copied starts.
    #[cold]
    fn escaped(&mut self, mut run: usize) -> Result<Cow<'s, str>, Failure> {
        let mut text = String::new();
        loop {
            text.push_str(&self.text[run..self.at]);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Cow::Owned(text));
                }
                Some(b'\\') => text.push(self.escape()?),
                _ => return Err(Failure::NotJson),
            }
            run = self.at;
            self.plain_run();
        }
    }

    fn escape(&mut self) -> Result<char, Failure> {
        let byte = *self.bytes.get(self.at + 1).ok_or(Failure::NotJson)?;
        self.at += 2;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{C}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let first = self.hex()?;
                if !(0xD800..0xDC00).contains(&first) {
                    return char::from_u32(first).ok_or(Failure::NotJson);
                }
                if !self.bytes[self.at..].starts_with(b"\\u") {
                    return Err(Failure::NotJson);
                }
                self.at += 2;
                let second = self.hex()?;
                if !(0xDC00..0xE000).contains(&second) {
                    return Err(Failure::NotJson);
                }
                let code = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
                char::from_u32(code).ok_or(Failure::NotJson)?
            }
            _ => return Err(Failure::NotJson),
        })
    }

    fn hex(&mut self) -> Result<u32, Failure> {
        let digits = self.bytes.get(self.at..self.at + 4).ok_or(Failure::NotJson)?;
        let mut code = 0;
        for digit in digits {
            code = code << 4 | char::from(*digit).to_digit(16).ok_or(Failure::NotJson)?;
        }
        self.at += 4;
        Ok(code)
    }

    fn digits(&mut self) -> usize {
        let count = self.bytes[self.at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        count
    }

    fn number(&mut self) -> Result<Value<'s>, Failure> {
        let start = self.at;
        let negative = self.peek() == Some(b'-');
        if negative {
            self.at += 1;
        }
        let leading_zero = self.peek() == Some(b'0');
        let whole = self.digits();
        if whole == 0 || (leading_zero && whole > 1) {
            return Err(Failure::NotJson);
        }
        let mut fractional = false;
        if self.peek() == Some(b'.') {
            self.at += 1;
            fractional = true;
            if self.digits() == 0 {
                return Err(Failure::NotJson);
            }
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            fractional = true;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            if self.digits() == 0 {
                return Err(Failure::NotJson);
            }
        }
        let digits = &self.text[start..self.at];
        if !fractional {
            if let Ok(value) = digits.parse::<i64>() {
                return Ok(Value::Int(value));
            }
            if let Ok(value) = digits.parse::<u64>() {
                return Ok(Value::UInt(value));
            }
        }
        digits.parse().ok().and_then(scalar::float_value).ok_or(Failure::NotJson)
    }
}

/// The bytes that end a run of text inside a JSON string.
const STOPS: [bool; 256] = {
    let mut stops = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        stops[byte] = true;
        byte += 1;
    }
    stops[b'"' as usize] = true;
    stops[b'\\' as usize] = true;
    stops
};
