//! YAML events into a tree: keys, aliases, merge keys, tags, limits.

mod budget;
mod map;

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{Event, Marker, Parser, ScalarStyle, StrInput};

use self::budget::Budget;
use self::map::{Key, Map};
use super::documents::trimmed_end;
use super::position::LineCounter;
use super::scalar::{self, Scalar};
use super::{Entry, Limits, Node, ReadError, ReadErrorKind, Span, Value, explain, keys};

/// The tree of one document while it grows.
pub(super) struct Tree<'s, 'l> {
    text: &'s str,
    /// The piece of the text that the parser sees.
    piece: Span,
    lines: &'l LineCounter<'l>,
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

type Source<'s> = Parser<'s, StrInput<'s>>;

impl<'s, 'l> Tree<'s, 'l> {
    pub(super) fn new(text: &'s str, piece: Span, limits: &Limits, lines: &'l LineCounter<'l>) -> Self {
        Tree {
            text,
            piece,
            lines,
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
                Some(Err(error)) => return Err(explain::error(self.text, self.piece, &error)),
                None => {
                    let end = self.piece.end;
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
        self.piece.start + marker.byte_offset().unwrap_or(0)
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
        let wants_key = self.wants_key();
        let span = match style {
            ScalarStyle::Literal | ScalarStyle::Folded => self.without_trailing_space(span),
            _ if span.start == span.end && !wants_key => self.at_its_indicator(span),
            _ => span,
        };
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

    /// Where a value that is not written stands: at the `-` or `:` before it, not where the next thing starts.
    fn at_its_indicator(&self, span: Span) -> Span {
        let before = self.text.get(self.piece.start..span.start).unwrap_or_default();
        Span::at(self.piece.start + trimmed_end(before).len())
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
        let mut start = frame.start;
        let (value, last) = match frame.items {
            Items::Seq(items) => {
                // The scanner has a list as deep as its key start behind the first `- `, where an empty item is before it.
                start = items.first().map_or(start, |first| start.min(first.span.start));
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
        let end = if frame.flow { span.end } else { last.unwrap_or(start).max(start) };
        self.place(Node { value, span: Span::new(start, end) }, frame.anchor)
    }

    fn refuse_duplicates(&self, entries: &[Entry<'s>]) -> Result<(), ReadError> {
        match keys::duplicate(entries) {
            None => Ok(()),
            Some((first, again)) => {
                let again = &entries[again];
                Err(keys::duplicate_error(self.lines, &again.key, first, again.key_span))
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
                        map.insert_after_merge(entry, self.lines)?;
                    } else {
                        map.entries.push(entry);
                    }
                }
                Some(Key::Merge(span)) => map.merge(node, span, self.lines)?,
                None => {}
            },
        }
        Ok(())
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
