//! The limits of a document, and the copies that anchors and aliases make within them.

use std::borrow::Cow;

use crate::yaml::{Entry, Limits, Node, ReadError, ReadErrorKind, Span, Value};

/// What is left of the limits.
pub(super) struct Budget {
    pub(super) nodes: usize,
    pub(super) copies: usize,
    pub(super) limits: Limits,
}

impl Budget {
    pub(super) fn node(&mut self, span: Span) -> Result<(), ReadError> {
        match self.nodes.checked_sub(1) {
            Some(left) => self.nodes = left,
            None => return Err(ReadError::too_many_nodes(span, self.limits.max_nodes_per_document)),
        }
        Ok(())
    }

    /// A copy of what an anchor names, `depth` levels at most. `at` is where to point when it is too much.
    pub(super) fn copy<'s>(
        &mut self,
        node: &Node<'s>,
        depth: usize,
        at: Span,
        counts: bool,
    ) -> Result<Node<'s>, ReadError> {
        // Text that had to be unescaped is memory; the rest of a value has the same size whatever it holds.
        let owned = |text: &Cow<'_, str>| if let Cow::Owned(text) = text { text.len() / 64 } else { 0 };
        let text = match &node.value {
            Value::String(text) => owned(text),
            Value::Map(entries) => entries.iter().map(|entry| owned(&entry.key)).sum(),
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
