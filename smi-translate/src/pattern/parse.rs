//! Reads RE2 syntax, as far as Google's RE2 and Go's `regexp` agree on it.
//!
//! Both read a pattern from left to right with a stack of open groups, and so does this reader: no recursion, and each rule
//! where the two are peculiar (what a repetition may follow, when a brace is a literal) is the same here.

use std::collections::HashSet;

use regex_syntax::hir::{Class, Dot, Hir, Look};

use super::cursor::Cursor;
use super::error::PatternError;
use super::node::{MAX_HEIGHT, MAX_REPEAT, Node};
use super::{class, escape};

/// What reading a pattern gives.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) node: Node,
    /// The pattern ends within `\Q`: what is put behind it would be read as literal text.
    pub(super) open_quote: bool,
}

/// Reads the whole pattern.
pub(super) fn parse(source: &str) -> Result<Parsed, PatternError> {
    if !source.contains(|c: char| r"\.+*?()|[]{}^$".contains(c)) {
        return Ok(Parsed { node: Node::leaf(Hir::literal(source.as_bytes())), open_quote: false });
    }
    let mut parser = Parser {
        cursor: Cursor::new(source),
        flags: Flags::default(),
        groups: Vec::new(),
        current: Branches::default(),
        names: HashSet::new(),
        cost: 0,
        open_quote: false,
    };
    parser.run()?;
    let open_quote = parser.open_quote;
    Ok(Parsed { node: parser.finish()?, open_quote })
}

/// Switches that `(?…)` sets. `U` swaps lazy and greedy, which changes nothing about what is matched.
#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    ignore_case: bool,
    multi_line: bool,
    dot_all: bool,
}

/// What has been read of a group: finished alternatives and the one in progress.
#[derive(Debug, Default)]
struct Branches {
    finished: Vec<Node>,
    sequence: Vec<Node>,
}

impl Branches {
    fn end_branch(&mut self) {
        let sequence = std::mem::take(&mut self.sequence);
        self.finished.push(Node::sequence(sequence));
    }

    fn close(mut self) -> Node {
        self.end_branch();
        Node::alternatives(self.finished)
    }
}

/// An open group.
#[derive(Debug)]
struct Group {
    outer: Branches,
    flags: Flags,
    offset: usize,
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    flags: Flags,
    groups: Vec<Group>,
    current: Branches,
    names: HashSet<&'a str>,
    /// Cost of all leaves read, before any repetition.
    cost: u64,
    open_quote: bool,
}

/// Leaves of a pattern may cost this much; what is behind it is refused without being read.
const MAX_LEAVES: u64 = 100_000;

impl Parser<'_> {
    fn run(&mut self) -> Result<(), PatternError> {
        let mut after_repeat = false;
        while let Some(c) = self.cursor.peek() {
            let start = self.cursor.offset();
            let mut repeat = None;
            match c {
                '\\' => self.backslash()?,
                '[' => {
                    self.cursor.next();
                    let class = class::bracket(&mut self.cursor, self.flags.ignore_case)?;
                    self.push(start, Node::leaf(Hir::class(Class::Unicode(class))))?;
                }
                '(' => self.open_group()?,
                '{' => match counts(&mut self.cursor)? {
                    Some(counts) => repeat = Some(counts),
                    None => self.literal(start, '{')?,
                },
                _ => {
                    self.cursor.next();
                    match c {
                        ')' => self.close_group(start)?,
                        '|' => self.current.end_branch(),
                        '^' if self.flags.multi_line => self.look(start, Look::StartLF)?,
                        '^' => self.look(start, Look::Start)?,
                        '$' if self.flags.multi_line => self.look(start, Look::EndLF)?,
                        '$' => self.look(start, Look::End)?,
                        '.' if self.flags.dot_all => self.push(start, Node::any(Dot::AnyChar))?,
                        '.' => self.push(start, Node::any(Dot::AnyCharExceptLF))?,
                        '*' => repeat = Some((0, None)),
                        '+' => repeat = Some((1, None)),
                        '?' => repeat = Some((0, Some(1))),
                        _ => self.push_char(start, c)?,
                    }
                }
            }
            if let Some((min, max)) = repeat {
                self.cursor.eat("?"); // lazy: matches the same texts
                if after_repeat {
                    return Err(stacked(start, c));
                }
                self.repeat(start, min, max)?;
            }
            after_repeat = repeat.is_some();
        }
        Ok(())
    }

    fn finish(self) -> Result<Node, PatternError> {
        if let Some(group) = self.groups.last() {
            return Err(PatternError::new(group.offset, "the group has no closing \")\"")
                .help("write \"\\(\" if a parenthesis is meant"));
        }
        let node = self.current.close();
        if node.height > MAX_HEIGHT { Err(too_deep(0)) } else { Ok(node) }
    }

    fn push(&mut self, offset: usize, node: Node) -> Result<(), PatternError> {
        self.cost += node.cost;
        if self.cost > MAX_LEAVES {
            return Err(too_large(offset));
        }
        self.current.sequence.push(node);
        Ok(())
    }

    fn look(&mut self, offset: usize, look: Look) -> Result<(), PatternError> {
        self.push(offset, Node::leaf(Hir::look(look)))
    }

    /// Reads the next character as itself.
    fn literal(&mut self, offset: usize, c: char) -> Result<(), PatternError> {
        self.cursor.next();
        self.push_char(offset, c)
    }

    fn push_char(&mut self, offset: usize, c: char) -> Result<(), PatternError> {
        if self.flags.ignore_case {
            return self.push_code_point(offset, u32::from(c));
        }
        self.push(offset, Node::leaf(Hir::literal(c.encode_utf8(&mut [0; 4]).as_bytes())))
    }

    /// A code point that was written as a number may be a surrogate, which no text holds.
    fn push_code_point(&mut self, offset: usize, code_point: u32) -> Result<(), PatternError> {
        let class = class::signed(class::range(code_point, code_point), false, self.flags.ignore_case);
        self.push(offset, Node::leaf(Hir::class(Class::Unicode(class))))
    }

    fn backslash(&mut self) -> Result<(), PatternError> {
        let start = self.cursor.offset();
        for (text, look) in [
            ("\\A", Look::Start),
            ("\\z", Look::End),
            ("\\b", Look::WordAscii),
            ("\\B", Look::WordAsciiNegate),
        ] {
            if self.cursor.eat(text) {
                return self.look(start, look);
            }
        }
        if self.cursor.eat("\\Q") {
            let quoted = self.cursor.through("\\E").unwrap_or_else(|| {
                self.open_quote = true;
                self.cursor.remainder()
            });
            for (index, c) in quoted.char_indices() {
                self.push_char(start + 2 + index, c)?;
            }
            return Ok(());
        }
        if let Some(class) = escape::class(&mut self.cursor, self.flags.ignore_case)? {
            return self.push(start, Node::leaf(Hir::class(Class::Unicode(class))));
        }
        let code_point = escape::character(&mut self.cursor)?;
        self.push_code_point(start, code_point)
    }

    fn repeat(&mut self, offset: usize, min: u32, max: Option<u32>) -> Result<(), PatternError> {
        let Some(last) = self.current.sequence.pop() else {
            let operator = self.cursor.since(offset);
            return Err(PatternError::new(
                offset,
                format!("there is nothing before \"{operator}\" to repeat"),
            )
            .help(if operator == "*" {
                "write \".*\" for any text; a lone \"*\" is a file name pattern, not a regular expression"
                    .to_owned()
            } else {
                format!("write \"\\{operator}\" if the character is meant")
            }));
        };
        let node = last.repeat(min, max);
        if max.unwrap_or(min).max(min) >= 2 && node.repeats > MAX_REPEAT {
            return Err(PatternError::new(offset, "the repetition counts multiply to more than 1000"));
        }
        if node.height > MAX_HEIGHT {
            return Err(too_deep(offset));
        }
        self.current.sequence.push(node);
        Ok(())
    }

    fn close_group(&mut self, offset: usize) -> Result<(), PatternError> {
        let Some(group) = self.groups.pop() else {
            return Err(PatternError::new(offset, "the \")\" closes no group")
                .help("write \"\\)\" if a parenthesis is meant"));
        };
        let inner = std::mem::replace(&mut self.current, group.outer);
        self.flags = group.flags;
        let node = inner.close().group();
        if node.height > MAX_HEIGHT {
            return Err(too_deep(group.offset));
        }
        self.current.sequence.push(node);
        Ok(())
    }

    /// Reads a `(` and what belongs to it.
    fn open_group(&mut self) -> Result<(), PatternError> {
        let offset = self.cursor.offset();
        self.cursor.next();
        let inner = if self.cursor.eat("?") { self.group_kind(offset)? } else { Some(self.flags) };
        let Some(inner) = inner else { return Ok(()) };
        if self.groups.len() >= MAX_HEIGHT as usize {
            return Err(too_deep(offset));
        }
        let outer = std::mem::take(&mut self.current);
        self.groups.push(Group { outer, flags: self.flags, offset });
        self.flags = inner;
        Ok(())
    }

    /// Reads what follows `(?`. Returns the flags of the group it opens, or nothing if it only switched flags.
    fn group_kind(&mut self, offset: usize) -> Result<Option<Flags>, PatternError> {
        let named = self.cursor.eat("P<")
            || (self.cursor.rest().starts_with('<') && self.cursor.rest().len() > 1 && self.cursor.eat("<"));
        if named {
            return self.group_name(offset).map(|()| Some(self.flags));
        }
        let mut flags = self.flags;
        let mut on = true;
        let mut empty = false;
        loop {
            match self.cursor.next() {
                Some('i') => flags.ignore_case = on,
                Some('m') => flags.multi_line = on,
                Some('s') => flags.dot_all = on,
                Some('U') => {}
                Some('-') if on => {
                    on = false;
                    empty = true;
                    continue;
                }
                Some(':') if !empty => return Ok(Some(flags)),
                Some(')') if !empty => {
                    self.flags = flags;
                    return Ok(None);
                }
                _ => return Err(unknown_group(self.cursor, offset)),
            }
            empty = false;
        }
    }

    fn group_name(&mut self, offset: usize) -> Result<(), PatternError> {
        let look_behind = self.cursor.rest().starts_with(['=', '!']);
        let name = self.cursor.through(">");
        match name {
            _ if look_behind => Err(unknown_group(self.cursor, offset)),
            None => Err(PatternError::new(offset, "the group name has no closing \">\"")),
            Some(name)
                if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') =>
            {
                Err(PatternError::new(offset, format!("\"{name}\" is no group name"))
                    .help("a group name holds letters, digits and underscores"))
            }
            Some(name) if !self.names.insert(name) => {
                Err(PatternError::new(offset, format!("the group name \"{name}\" is used twice")))
            }
            Some(_) => Ok(()),
        }
    }
}

/// Reads `{n}`, `{n,}` or `{n,m}`; anything else leaves the brace a literal.
fn counts(cursor: &mut Cursor<'_>) -> Result<Option<(u32, Option<u32>)>, PatternError> {
    let start = cursor.offset();
    let Some((inside, _)) = cursor.rest()[1..].split_once('}') else { return Ok(None) };
    let (low, high) = match inside.split_once(',') {
        None => (inside, Some(inside)),
        Some((low, "")) => (low, None),
        Some((low, high)) => (low, Some(high)),
    };
    let is_number = |text: &str| {
        !text.is_empty()
            && text.bytes().all(|b| b.is_ascii_digit())
            && (text == "0" || !text.starts_with('0'))
    };
    if !is_number(low) || high.is_some_and(|h| !is_number(h)) {
        return Ok(None);
    }
    cursor.through("}");
    let bounded = |text: &str| text.parse::<u32>().ok().filter(|n| *n <= MAX_REPEAT);
    let too_many =
        || PatternError::new(start, format!("the repetition \"{}\" counts beyond 1000", cursor.since(start)));
    let min = bounded(low).ok_or_else(too_many)?;
    let max = high.map(|h| bounded(h).ok_or_else(too_many)).transpose()?;
    if max.is_some_and(|max| max < min) {
        return Err(PatternError::new(
            start,
            format!("the repetition \"{}\" runs backwards", cursor.since(start)),
        ));
    }
    Ok(Some((min, max)))
}

/// A repetition of a repetition.
fn stacked(offset: usize, operator: char) -> PatternError {
    let error = PatternError::new(offset, format!("\"{operator}\" follows another repetition"));
    if operator == '+' {
        error.help("RE2 has no possessive repetitions, and needs none: it never backtracks")
    } else {
        error.help("put the inner repetition into \"(?:…)\"")
    }
}

/// A group that RE2 does not have.
fn unknown_group(cursor: Cursor<'_>, offset: usize) -> PatternError {
    let message = match cursor.from(offset) {
        o if o.starts_with("(?=") || o.starts_with("(?!") => "RE2 has no look-ahead",
        o if o.starts_with("(?<=") || o.starts_with("(?<!") => "RE2 has no look-behind",
        o if o.starts_with("(?P=") => "RE2 has no back-references",
        o if o.starts_with("(?>") => "RE2 has no atomic groups",
        o if o.starts_with("(?#") => "RE2 has no comments",
        _ => {
            return PatternError::new(offset, format!("RE2 has no group \"{}\"", cursor.since(offset)))
                .help("the flags of RE2 are i, m, s and U");
        }
    };
    let error = PatternError::new(offset, message);
    if message.contains("look-") {
        error.help("list the texts to accept instead of those to leave out")
    } else {
        error
    }
}

fn too_deep(offset: usize) -> PatternError {
    PatternError::new(offset, format!("the pattern nests more than {MAX_HEIGHT} levels"))
}

/// The automaton would take more memory than meshes allow.
pub(super) fn too_large(offset: usize) -> PatternError {
    PatternError::new(offset, "the pattern is too large")
        .help("lower the repetition counts or split the match")
}
