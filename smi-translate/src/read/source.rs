//! The texts that were read, and where in them an object stands.

use std::collections::BTreeMap;
use std::sync::Arc;

use smi_types::FieldPath;

use super::object;
use crate::diagnostic::{Diagnostic, SourceSpan};
use crate::reference::ObjectRef;
use crate::yaml::{self, Limits, Node};

/// Where an object was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Which of the sources.
    pub source: usize,
    /// First byte of its document.
    pub start: usize,
    /// One past the last byte of its document.
    pub end: usize,
    /// Its index, where the document is a list.
    pub item: Option<usize>,
}

impl Origin {
    /// The document.
    #[must_use]
    pub fn span(self) -> SourceSpan {
        SourceSpan { source: self.source, start: self.start, end: self.end }
    }

    /// The field at `path` of the object that is `node`, or the nearest thing that exists.
    pub(super) fn span_of(&self, node: &Node<'_>, path: &FieldPath) -> SourceSpan {
        let span = node.locate(path).unwrap_or(node.span);
        SourceSpan { source: self.source, start: span.start, end: span.end }
    }
}

/// The texts that were read.
#[derive(Debug, Default)]
pub struct Sources {
    texts: Vec<SourceText>,
    origins: BTreeMap<ObjectRef, Origin>,
}

#[derive(Debug)]
struct SourceText {
    name: String,
    text: Arc<str>,
}

impl Sources {
    pub(super) fn add(&mut self, name: &str, bytes: &[u8]) -> usize {
        let text = yaml::decode_text(bytes);
        self.texts.push(SourceText { name: name.to_owned(), text: Arc::from(text.text.as_ref()) });
        self.texts.len() - 1
    }

    pub(super) fn remember(&mut self, reference: ObjectRef, origin: Origin) {
        self.origins.entry(reference).or_insert(origin);
    }

    /// The name of a source.
    #[must_use]
    pub fn name(&self, source: usize) -> &str {
        self.texts.get(source).map(|s| s.name.as_str()).unwrap_or_default()
    }

    /// The text of a source, decoded.
    #[must_use]
    pub fn text(&self, source: usize) -> Arc<str> {
        self.texts.get(source).map(|s| Arc::clone(&s.text)).unwrap_or_default()
    }

    /// Where an object was read first.
    #[must_use]
    pub fn origin(&self, object: &ObjectRef) -> Option<Origin> {
        self.origins.get(object).copied()
    }

    /// An object as it was read first, as a JSON value.
    pub(super) fn value(&self, object: &ObjectRef) -> Option<serde_json::Value> {
        let origin = self.origin(object)?;
        let text = self.text(origin.source);
        let root = root_of(text.get(origin.start..origin.end)?)?;
        origin.item.map_or(Some(&root), |index| object::item(&root, index)).map(Node::to_json)
    }

    /// Gives every diagnostic that has no place yet the place of its field.
    ///
    /// Documents are parsed once more for that, each at most once: an inventory keeps no trees.
    pub fn locate(&self, diagnostics: &mut [Diagnostic]) {
        let mut by_document: BTreeMap<Document, Vec<Placed<'_>>> = BTreeMap::new();
        for diagnostic in diagnostics.iter_mut().filter(|d| d.span.is_none()) {
            let Some(origin) = diagnostic.object.as_ref().and_then(|object| self.origin(object)) else {
                continue;
            };
            diagnostic.span = Some(origin.span());
            by_document
                .entry((origin.source, origin.start, origin.end))
                .or_default()
                .push((diagnostic, origin.item));
        }
        for ((source, start, end), diagnostics) in by_document {
            let text = self.text(source);
            let Some(root) = text.get(start..end).and_then(root_of) else { continue };
            for (diagnostic, item) in diagnostics {
                let node = item.map_or(Some(&root), |index| object::item(&root, index));
                let Some(span) = node.and_then(|node| node.locate(&diagnostic.path)) else { continue };
                diagnostic.span =
                    Some(SourceSpan { source, start: start + span.start, end: start + span.end });
            }
        }
    }
}

/// Source, first byte and end of a document.
type Document = (usize, usize, usize);
/// A diagnostic, and the index of its object where the document is a list.
type Placed<'d> = (&'d mut Diagnostic, Option<usize>);

/// Parses one document once more. It was readable before, so it is now.
fn root_of(document: &str) -> Option<Node<'_>> {
    yaml::read(document, &Limits::default()).next()?.content.ok()
}
