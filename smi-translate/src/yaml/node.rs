//! The tree that a document becomes: JSON's values, each with its place in the text.

use std::borrow::Cow;

use smi_types::{FieldPath, Segment};

/// Bytes `start..end` of the text given to [`read`](super::read).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// Bytes `start..end`.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        Span { start, end }
    }

    pub(super) const fn at(offset: usize) -> Self {
        Span { start: offset, end: offset }
    }
}

/// A value and where it stands.
///
/// The place of a scalar includes its quotes, that of a block scalar (`|`, `>`) is its text without the indicator; that of a list or map goes from its first to its last character. What an alias
/// (`*name`) stands for has the alias as its place, and the values inside it keep the place where they were written.
#[derive(Clone, Debug, PartialEq)]
pub struct Node<'s> {
    /// The value.
    pub value: Value<'s>,
    /// Where it stands.
    pub span: Span,
}

/// A value, as kubectl would send it to a server: JSON.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'s> {
    /// `null`, `~`, or nothing at all.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer that fits. Floats without a fraction (`1.0`, `1e3`) are integers too, as in Go's JSON.
    Int(i64),
    /// An integer above [`i64::MAX`].
    UInt(u64),
    /// Any other number; never infinite.
    Float(f64),
    /// A string, borrowed from the text where nothing had to be unescaped or folded.
    String(Cow<'s, str>),
    /// A list.
    Seq(Vec<Node<'s>>),
    /// A map: in the order of the text, no key twice.
    Map(Vec<Entry<'s>>),
}

/// A key of a map and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<'s> {
    /// The key. Keys that YAML reads as booleans or numbers are the strings that kubectl makes of them.
    pub key: Cow<'s, str>,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node<'s>,
}

impl Entry<'_> {
    /// Where to point for the value: a list, a map, or nothing at all is shown by its key.
    pub(crate) fn place(&self) -> Span {
        let span = self.value.span;
        match self.value.value {
            Value::Seq(_) | Value::Map(_) => self.key_span,
            _ if span.start == span.end => self.key_span,
            _ => span,
        }
    }
}

impl<'s> Node<'s> {
    /// The value under `key`, if this is a map that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node<'s>> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The entry for `key`, if this is a map that has it.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry<'s>> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }

    /// The string, if this is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The elements, if this is a list.
    #[must_use]
    pub fn as_seq(&self) -> Option<&[Node<'s>]> {
        match &self.value {
            Value::Seq(items) => Some(items),
            _ => None,
        }
    }

    /// The entries, if this is a map.
    #[must_use]
    pub fn as_map(&self) -> Option<&[Entry<'s>]> {
        match &self.value {
            Value::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// Where to point for a message about `path`.
    ///
    /// That is the value where it is a scalar, and the key that leads to it where it is a list, a map, or nothing; an element of
    /// a list is shown whole. Of a path that does not exist, the deepest part that does counts. `None` only for a path
    /// that leaves the document at its very first step.
    #[must_use]
    pub fn locate(&self, path: &FieldPath) -> Option<Span> {
        let mut node = self;
        let mut found = path.is_root().then_some(self.span);
        for segment in path.segments() {
            match (segment, &node.value) {
                (Segment::Key(key), Value::Map(_)) => {
                    let Some(entry) = node.entry(key) else { break };
                    node = &entry.value;
                    found = Some(entry.place());
                }
                (Segment::Index(index), Value::Seq(items)) => {
                    let Some(item) = items.get(*index) else { break };
                    node = item;
                    found = Some(node.span);
                }
                _ => break,
            }
        }
        found
    }

    /// The same value without places.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Null => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Int(value) => (*value).into(),
            Value::UInt(value) => (*value).into(),
            Value::Float(value) => (*value).into(),
            Value::String(text) => serde_json::Value::String(text.as_ref().to_owned()),
            Value::Seq(items) => items.iter().map(Node::to_json).collect(),
            Value::Map(entries) => serde_json::Value::Object(
                entries.iter().map(|entry| (entry.key.as_ref().to_owned(), entry.value.to_json())).collect(),
            ),
        }
    }
}
