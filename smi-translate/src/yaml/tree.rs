//! YAML events into a tree: keys, aliases, merge keys, tags, limits.

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{Event, Marker, Parser, ScalarStyle, StrInput};

use super::scalar::{self, Scalar};
use super::{Entry, Limits, Node, ReadError, ReadErrorKind, Span, Value, explain, keys};

/// The tree of one document while it grows.
pub(super) struct Tree<'s> {
    text: &'s str,
    /// Where the piece of text starts that the parser sees.
    base: usize,
    max_depth: usize,
    frames: Vec<Frame<'s>>,
    anchors: HashMap<usize, Node<'s>>,
    budget: Budget,
    root: Option<Node<'s>>,
}

/// An open list or map.
struct Frame<'s> {
    start: usize,
    anchor: usize,
    flow: bool,
    items: Items<'s>,
}

enum Items<'s> {
    Seq(Vec<Node<'s>>),
    Map(Map<'s>),
}

#[derive(Default)]
struct Map<'s> {
    entries: Vec<Entry<'s>>,
    /// The key whose value comes next.
    key: Option<Key<'s>>,
    /// After a merge key: where each key is, and whether it was written here.
    merged: Option<HashMap<Cow<'s, str>, (usize, bool)>>,
}

enum Key<'s> {
    Name(Cow<'s, str>, Span),
    Merge(Span),
}

/// What is left of the limits.
struct Budget {
    nodes: usize,
    copies: usize,
    limits: Limits,
}

type Source<'s> = Parser<'s, StrInput<'s>>;

impl<'s> Tree<'s> {
    pub(super) fn new(text: &'s str, base: usize, limits: &Limits) -> Self {
        Tree {
            text,
            base,
            max_depth: limits.depth(),
            frames: Vec::new(),
            anchors: HashMap::new(),
            budget: Budget {
                nodes: limits.max_nodes_per_document,
                copies: limits.max_alias_nodes,
                limits: *limits,
            },
            root: None,
        }
    }

    /// Takes the events of one document, whose start has been taken; also returns where it ends.
    pub(super) fn build(mut self, parser: &mut Source<'s>) -> Result<(Node<'s>, usize), ReadError> {
        loop {
            let (event, span) = match parser.next_event() {
                Some(Ok(next)) => next,
                Some(Err(error)) => return Err(explain::error(self.text, self.base, &error)),
                None => {
                    let end = self.text.len();
                    return Ok(self.finish(end));
                }
            };
            let span = Span::new(self.offset(span.start), self.offset(span.end));
            match event {
                Event::Scalar(text, style, anchor, tag) => {
                    self.scalar(text, style, anchor, tag.as_deref(), span)?
                }
                Event::MappingStart(style, anchor, _) => {
                    let flow = style == granit_parser::StructureStyle::Flow;
                    self.open(
                        Frame { start: span.start, anchor, flow, items: Items::Map(Map::default()) },
                        span,
                    )?;
                }
                Event::SequenceStart(style, anchor, _) => {
                    let flow = style == granit_parser::StructureStyle::Flow;
                    self.open(
                        Frame { start: span.start, anchor, flow, items: Items::Seq(Vec::new()) },
                        span,
                    )?;
                }
                Event::MappingEnd | Event::SequenceEnd => self.close(span)?,
                Event::Alias(anchor) => self.alias(anchor, span)?,
                Event::DocumentEnd => return Ok(self.finish(span.end)),
                _ => {}
            }
        }
    }

    fn finish(self, end: usize) -> (Node<'s>, usize) {
        (self.root.unwrap_or(Node { value: Value::Null, span: Span::at(end) }), end)
    }

    fn offset(&self, marker: Marker) -> usize {
        self.base + marker.byte_offset().unwrap_or(0)
    }

    /// Whether a key is expected.
    fn wants_key(&self) -> bool {
        matches!(self.frames.last(), Some(Frame { items: Items::Map(map), .. }) if map.key.is_none())
    }

    fn scalar(
        &mut self,
        text: Cow<'s, str>,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&granit_parser::Tag>,
        span: Span,
    ) -> Result<(), ReadError> {
        self.budget.node(span)?;
        let span = match style {
            ScalarStyle::Literal | ScalarStyle::Folded => self.without_trailing_space(span),
            _ => span,
        };
        let wants_key = self.wants_key();
        if wants_key && text == "<<" && is_merge(style, tag) {
            self.set_key(Key::Merge(span));
            return Ok(());
        }
        let scalar = match tag {
            None if style == ScalarStyle::Plain => scalar::plain(text),
            None => Scalar::String(text),
            Some(tag) => scalar::tagged(explain::tag(tag), text)
                .map_err(|message| ReadError::new(ReadErrorKind::Syntax, span, message))?,
        };
        if !wants_key {
            let node = Node { value: json_value(scalar, span)?, span };
            return self.place(node, anchor);
        }
        if anchor != 0 {
            let node = Node { value: json_value(scalar.clone(), span)?, span };
            self.remember(anchor, &node)?;
        }
        let name = scalar::key_text(scalar).ok_or_else(|| bad_key(span))?;
        self.set_key(Key::Name(name, span));
        Ok(())
    }

    fn set_key(&mut self, key: Key<'s>) {
        if let Some(Frame { items: Items::Map(map), .. }) = self.frames.last_mut() {
            map.key = Some(key);
        }
    }

    fn without_trailing_space(&self, span: Span) -> Span {
        let kept = self.text.get(span.start..span.end).map_or(0, |text| text.trim_end().len());
        Span::new(span.start, span.start + kept)
    }

    fn open(&mut self, frame: Frame<'s>, span: Span) -> Result<(), ReadError> {
        self.budget.node(span)?;
        if self.wants_key() {
            return Err(bad_key(span));
        }
        if self.frames.len() >= self.max_depth {
            return Err(ReadError::too_deep(span, self.max_depth));
        }
        self.frames.push(frame);
        Ok(())
    }

    fn close(&mut self, span: Span) -> Result<(), ReadError> {
        let Some(frame) = self.frames.pop() else { return Ok(()) };
        let (value, last) = match frame.items {
            Items::Seq(items) => {
                let last = items.last().map(|item| item.span.end);
                (Value::Seq(items), last)
            }
            Items::Map(map) => {
                if map.merged.is_none() {
                    self.refuse_duplicates(&map.entries)?;
                }
                let last = map.entries.last().map(|entry| entry.value.span.end.max(entry.key_span.end));
                (Value::Map(map.entries), last)
            }
        };
        // A block ends with its last value, not where the next thing starts.
        let end = if frame.flow { span.end } else { last.unwrap_or(frame.start).max(frame.start) };
        self.place(Node { value, span: Span::new(frame.start, end) }, frame.anchor)
    }

    fn refuse_duplicates(&self, entries: &[Entry<'s>]) -> Result<(), ReadError> {
        match keys::duplicate(entries) {
            None => Ok(()),
            Some((first, again)) => {
                let again = &entries[again];
                Err(keys::duplicate_error(self.text, &again.key, first, again.key_span))
            }
        }
    }

    fn alias(&mut self, anchor: usize, span: Span) -> Result<(), ReadError> {
        let depth = self.max_depth.saturating_sub(self.frames.len());
        let Some(target) = self.anchors.get(&anchor) else {
            let name = self.text.get(span.start..span.end).unwrap_or("*");
            return Err(ReadError::new(
                ReadErrorKind::Unsupported,
                span,
                format!("the alias {name} stands inside the value it refers to, which would never end"),
            ));
        };
        let mut node = self.budget.copy(target, depth, span, true)?;
        node.span = span;
        if !self.wants_key() {
            return self.place(node, 0);
        }
        let key = match node.value {
            Value::String(text) => Some(text),
            Value::Bool(value) => scalar::key_text(Scalar::Bool(value)),
            Value::Int(value) => scalar::key_text(Scalar::Int(value)),
            Value::Float(value) => scalar::key_text(Scalar::Float(value)),
            Value::Null | Value::UInt(_) | Value::Seq(_) | Value::Map(_) => None,
        };
        self.set_key(Key::Name(key.ok_or_else(|| bad_key(span))?, span));
        Ok(())
    }

    /// Keeps a copy of an anchored value for the aliases to come.
    fn remember(&mut self, anchor: usize, node: &Node<'s>) -> Result<(), ReadError> {
        let copy = self.budget.copy(node, self.max_depth, node.span, false)?;
        self.anchors.insert(anchor, copy);
        Ok(())
    }

    /// Puts a finished value where it belongs.
    fn place(&mut self, node: Node<'s>, anchor: usize) -> Result<(), ReadError> {
        if anchor != 0 {
            self.remember(anchor, &node)?;
        }
        match self.frames.last_mut() {
            None => self.root = Some(node),
            Some(Frame { items: Items::Seq(items), .. }) => items.push(node),
            Some(Frame { items: Items::Map(map), .. }) => match map.key.take() {
                Some(Key::Name(key, key_span)) => {
                    let entry = Entry { key, key_span, value: node };
                    if map.merged.is_some() {
                        map.insert_after_merge(entry, self.text)?;
                    } else {
                        map.entries.push(entry);
                    }
                }
                Some(Key::Merge(span)) => map.merge(node, span, self.text)?,
                None => {}
            },
        }
        Ok(())
    }
}

impl<'s> Map<'s> {
    /// A key written here, after a merge key: it wins over what was merged before it.
    fn insert_after_merge(&mut self, entry: Entry<'s>, text: &str) -> Result<(), ReadError> {
        let merged = self.merged.get_or_insert_default();
        if let Some((position, written)) = merged.get_mut(&entry.key) {
            let existing = &mut self.entries[*position];
            if *written {
                return Err(keys::duplicate_error(text, &entry.key, existing.key_span, entry.key_span));
            }
            *written = true;
            *existing = entry;
        } else {
            merged.insert(entry.key.clone(), (self.entries.len(), true));
            self.entries.push(entry);
        }
        Ok(())
    }

    /// `<<: value`. What is merged wins over what stands before it, as in go-yaml 2.
    fn merge(&mut self, value: Node<'s>, key: Span, text: &str) -> Result<(), ReadError> {
        if self.merged.is_none() {
            if let Some((first, again)) = keys::duplicate(&self.entries) {
                let again = &self.entries[again];
                return Err(keys::duplicate_error(text, &again.key, first, again.key_span));
            }
            let positions =
                self.entries.iter().enumerate().map(|(at, entry)| (entry.key.clone(), (at, true)));
            self.merged = Some(positions.collect());
        }
        match value.value {
            Value::Map(entries) => self.merge_entries(entries),
            Value::Seq(items) => {
                // The first of them wins.
                for item in items.into_iter().rev() {
                    let Value::Map(entries) = item.value else { return Err(bad_merge(item.span)) };
                    self.merge_entries(entries);
                }
            }
            _ => return Err(bad_merge(key)),
        }
        Ok(())
    }

    fn merge_entries(&mut self, entries: Vec<Entry<'s>>) {
        let merged = self.merged.get_or_insert_default();
        for entry in entries {
            if let Some((position, _)) = merged.get(&entry.key) {
                self.entries[*position] = entry;
            } else {
                merged.insert(entry.key.clone(), (self.entries.len(), false));
                self.entries.push(entry);
            }
        }
    }
}

impl Budget {
    fn node(&mut self, span: Span) -> Result<(), ReadError> {
        match self.nodes.checked_sub(1) {
            Some(left) => self.nodes = left,
            None => return Err(ReadError::too_many_nodes(span, self.limits.max_nodes_per_document)),
        }
        Ok(())
    }

    /// A copy of what an anchor names, `depth` levels at most. `at` is where to point when it is too much.
    fn copy<'s>(
        &mut self,
        node: &Node<'s>,
        depth: usize,
        at: Span,
        counts: bool,
    ) -> Result<Node<'s>, ReadError> {
        // Text that had to be unescaped is memory; the rest of a value has the same size whatever it holds.
        let text = match &node.value {
            Value::String(Cow::Owned(text)) => text.len() / 64,
            _ => 0,
        };
        let Some(left) = self.copies.checked_sub(1 + text) else {
            return Err(ReadError::new(
                ReadErrorKind::Limit,
                at,
                format!(
                    "anchors and aliases copy more than {} values in this document",
                    self.limits.max_alias_nodes
                ),
            )
            .help("write the values out"));
        };
        self.copies = left;
        if counts {
            self.node(at)?;
        }
        let inner = || depth.checked_sub(1).ok_or_else(|| ReadError::too_deep(at, self.limits.depth()));
        let value = match &node.value {
            Value::Null => Value::Null,
            Value::Bool(value) => Value::Bool(*value),
            Value::Int(value) => Value::Int(*value),
            Value::UInt(value) => Value::UInt(*value),
            Value::Float(value) => Value::Float(*value),
            Value::String(text) => Value::String(text.clone()),
            Value::Seq(items) => {
                let depth = inner()?;
                let mut copies = Vec::new();
                for item in items {
                    copies.push(self.copy(item, depth, at, counts)?);
                }
                Value::Seq(copies)
            }
            Value::Map(entries) => {
                let depth = inner()?;
                let mut copies = Vec::new();
                for entry in entries {
                    let value = self.copy(&entry.value, depth, at, counts)?;
                    copies.push(Entry { key: entry.key.clone(), key_span: entry.key_span, value });
                }
                Value::Map(copies)
            }
        };
        Ok(Node { value, span: node.span })
    }
}

fn is_merge(style: ScalarStyle, tag: Option<&granit_parser::Tag>) -> bool {
    match tag {
        None => style == ScalarStyle::Plain,
        Some(tag) => tag.suffix_in_namespace(explain::YAML_TAGS).as_deref() == Some("merge"),
    }
}

fn json_value(scalar: Scalar<'_>, span: Span) -> Result<Value<'_>, ReadError> {
    Ok(match scalar {
        Scalar::Null => Value::Null,
        Scalar::Bool(value) => Value::Bool(value),
        Scalar::Int(value) => Value::Int(value),
        Scalar::UInt(value) => Value::UInt(value),
        Scalar::String(text) => Value::String(text),
        Scalar::Float(value) => scalar::float_value(value).ok_or_else(|| {
            ReadError::new(ReadErrorKind::Unsupported, span, "infinity and not-a-number do not exist in JSON")
                .help("put it in quotes if it is text")
        })?,
    })
}

#[cold]
fn bad_key(span: Span) -> ReadError {
    ReadError::new(
        ReadErrorKind::Unsupported,
        span,
        "a key must be text: lists, maps, null and numbers beyond 64 bits cannot be keys",
    )
    .help("put the key in quotes; a template placeholder such as {{ name }} must be filled in first")
}

#[cold]
fn bad_merge(span: Span) -> ReadError {
    ReadError::new(ReadErrorKind::Unsupported, span, "the merge key << needs a mapping or a list of mappings")
        .help("put \"<<\" in quotes if it is an ordinary key")
}
