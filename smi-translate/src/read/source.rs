//! The texts that were read, and where in them an object stands.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use smi_types::FieldPath;

use super::object;
use super::outline::Outline;
use crate::diagnostic::{Diagnostic, SourceSpan};
use crate::reference::ObjectRef;
use crate::yaml::{self, Limits, Node, Span};

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
    /// The places of the objects, in the order in which they were read.
    origins: Vec<Origin>,
    /// What stands where in them, for the kinds that diagnostics speak of.
    outlines: Vec<Option<Outline>>,
    /// Objects to their positions in `origins`.
    numbers: HashMap<ObjectRef, usize>,
    /// Documents of which copies came, by source and first byte.
    copied: HashMap<(usize, usize), serde_json::Value>,
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

    /// Keeps the place of an object. One that is known already comes back, with the number it has.
    pub(super) fn remember(
        &mut self,
        reference: ObjectRef,
        origin: Origin,
        outline: Option<Outline>,
    ) -> Result<(), (ObjectRef, usize)> {
        match self.numbers.entry(reference) {
            Entry::Occupied(known) => return Err((known.key().clone(), *known.get())),
            Entry::Vacant(new) => new.insert(self.origins.len()),
        };
        self.origins.push(origin);
        self.outlines.push(outline);
        Ok(())
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
        self.numbers.get(object).map(|number| self.origins[*number])
    }

    /// Whether an object was read with the same content before. Documents of which copies come are parsed once more, each once.
    pub(super) fn is_repeated(&mut self, object: &ObjectRef, copy: &serde_json::Value) -> bool {
        let Some(Origin { source, start, end: _, item }) = self.origin(object) else { return false };
        let text = self.text(source);
        let first = match self.copied.entry((source, start)) {
            Entry::Occupied(document) => document.into_mut(),
            Entry::Vacant(place) => match text.get(start..).and_then(root_of) {
                Some(root) => place.insert(root.to_json()),
                None => return false,
            },
        };
        match item {
            None => *first == *copy,
            Some(index) => first["items"].get(index) == Some(copy),
        }
    }

    /// Gives every diagnostic that has no place yet the place of its field.
    ///
    /// Where the outline of an object does not tell, its document is parsed once more; each at most once.
    pub fn locate(&self, diagnostics: &mut [Diagnostic]) {
        let mut by_document: BTreeMap<Document, Vec<Placed<'_>>> = BTreeMap::new();
        for diagnostic in diagnostics.iter_mut().filter(|d| d.span.is_none()) {
            let Some(number) = diagnostic.object.as_ref().and_then(|object| self.numbers.get(object)) else {
                continue;
            };
            let origin = self.origins[*number];
            diagnostic.span = Some(origin.span());
            if let Some(outline) = &self.outlines[*number]
                && outline.covers(&diagnostic.path)
            {
                let text = &self.texts[origin.source].text;
                let elsewhere = || outline.locate(&object::at_the_root(&diagnostic.path)?, text);
                let Span { start, end } =
                    outline.locate(&diagnostic.path, text).or_else(elsewhere).unwrap_or(outline.whole());
                diagnostic.span = Some(SourceSpan { source: origin.source, start, end });
                continue;
            }
            by_document.entry((origin.source, origin.start)).or_default().push((diagnostic, origin.item));
        }
        for ((source, start), diagnostics) in by_document {
            let text = self.text(source);
            let Some(root) = text.get(start..).and_then(root_of) else { continue };
            for (diagnostic, item) in diagnostics {
                let node = item.map_or(Some(&root), |index| object::item(&root, index));
                let Some(node) = node else { continue };
                let span = object::locate(node, &diagnostic.path).unwrap_or(node.span);
                diagnostic.span =
                    Some(SourceSpan { source, start: start + span.start, end: start + span.end });
            }
        }
    }
}

/// Source and first byte of a document.
type Document = (usize, usize);
/// A diagnostic, and the index of its object where the document is a list.
type Placed<'d> = (&'d mut Diagnostic, Option<usize>);

/// Parses the document once more that a text begins with. It was readable before, so it is now; what follows it belongs to the text,
/// because the lines at its end may be part of a value.
fn root_of(text: &str) -> Option<Node<'_>> {
    yaml::read(text, &Limits::default()).next()?.content.ok()
}
