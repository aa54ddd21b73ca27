//! From text to objects: manifests in, an inventory and diagnostics out. One bad document never stops the others.

mod object;
mod outline;
mod source;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::diagnostic::{Code, Diagnostic, Severity, SourceSpan};
use crate::inventory::{Inventory, Object, STAYS_CLOSED};
use crate::options::Options;
use crate::reference::ObjectRef;
use crate::yaml::{self, Limits, Node, ReadError, ReadErrorKind};

use outline::Outline;
pub use source::{Origin, Sources};

/// How manifests are read.
#[derive(Clone, Debug)]
pub struct ReadOptions {
    /// Namespace of objects that name none.
    pub namespace: String,
    /// Bounds on hostile input.
    pub limits: Limits,
    /// Group and kind of mesh objects to keep, because they decide the same questions as ours:
    /// [`Backend::foreign_kinds`](crate::Backend::foreign_kinds).
    pub foreign_kinds: &'static [(&'static str, &'static str)],
}

impl Default for ReadOptions {
    fn default() -> Self {
        ReadOptions { namespace: "default".to_owned(), limits: Limits::default(), foreign_kinds: &[] }
    }
}

/// Reads manifests into an inventory.
///
/// ```
/// use smi_translate::{Options, read::{ReadOptions, Reader}};
///
/// let mut reader = Reader::new(ReadOptions::default());
/// reader.add("split.yaml", b"
/// apiVersion: split.smi-spec.io/v1alpha4
/// kind: TrafficSplit
/// metadata: {name: website}
/// spec: {service: website, backends: [{service: website-v1, weight: 1}]}
/// ");
/// let input = reader.finish(Options::default());
/// assert!(input.diagnostics.is_empty());
/// assert_eq!(input.inventory.units().count(), 1);
/// ```
#[derive(Debug)]
pub struct Reader {
    options: ReadOptions,
    sources: Sources,
    /// Every object that was read, in the order of its number in `sources`; `None` where it is of no use.
    objects: Vec<Option<Object>>,
    /// Objects that were read more than once, with different content.
    contradicted: BTreeSet<ObjectRef>,
    diagnostics: Vec<Diagnostic>,
}

/// What was read.
#[derive(Debug)]
pub struct Input {
    /// The objects.
    pub inventory: Inventory,
    /// The texts, to find the place a diagnostic speaks of.
    pub sources: Sources,
    /// What could not be read, and what reading alone can tell.
    pub diagnostics: Vec<Diagnostic>,
}

impl Reader {
    /// A reader that has read nothing yet.
    #[must_use]
    pub fn new(options: ReadOptions) -> Self {
        Reader {
            options,
            sources: Sources::default(),
            objects: Vec::new(),
            contradicted: BTreeSet::new(),
            diagnostics: Vec::new(),
        }
    }

    /// Reads one text: YAML or JSON, any number of documents and lists. `name` is what messages call it.
    pub fn add(&mut self, name: &str, bytes: &[u8]) {
        let source = self.sources.add(name, bytes);
        let text = self.sources.text(source);
        for document in yaml::read(&text, &self.options.limits) {
            let origin = Origin { source, start: document.span.start, end: document.span.end, item: None };
            match document.content {
                Ok(node) => self.document(&node, origin),
                Err(error) => {
                    let start = document.span.start.min(text.len());
                    let document = text.get(start..document.span.end.clamp(start, text.len()));
                    self.diagnostics.push(unreadable(&error, source, document.unwrap_or_default()));
                }
            }
        }
    }

    /// Adds one object that is already a value: what a watch or another program delivers.
    pub fn add_value(&mut self, name: &str, value: &Value) {
        self.add(name, value.to_string().as_bytes());
    }

    /// Builds the inventory.
    #[must_use]
    pub fn finish(self, options: Options) -> Input {
        let Reader { options: _, sources, objects, contradicted: _, diagnostics } = self;
        let mut inventory = Inventory::new(options);
        // Facts first: whom a TrafficTarget protects may depend on them, and is then found once.
        let (facts, rest): (Vec<Object>, Vec<Object>) =
            objects.into_iter().flatten().partition(Object::is_fact);
        for object in facts.into_iter().chain(rest) {
            inventory.apply(object);
        }
        Input { inventory, sources, diagnostics }
    }

    fn document(&mut self, node: &Node<'_>, origin: Origin) {
        let kind = node.get("kind").and_then(Node::as_str).unwrap_or_default();
        if let Some(items) = object::items(node, kind) {
            for (index, item) in items.enumerate() {
                let origin = Origin { item: Some(index), ..origin };
                if object::items(item, item.get("kind").and_then(Node::as_str).unwrap_or_default()).is_some()
                {
                    self.diagnostics.push(list_in_list(origin.span_of(item, &smi_types::FieldPath::root())));
                    continue;
                }
                let head = object::Head::of_item(item, node, kind);
                if head.is_empty() && !object::holds_smi(item) {
                    self.diagnostics
                        .push(item_without_kind(origin.span_of(item, &smi_types::FieldPath::root())));
                    continue;
                }
                self.object(&head, item, origin);
            }
        } else {
            self.object(&object::Head::of(node), node, origin);
        }
    }

    fn object(&mut self, head: &object::Head<'_>, node: &Node<'_>, origin: Origin) {
        let mut read = object::read(head, node, &self.options);
        let Some(reference) = read.reference else {
            for diagnostic in &mut read.diagnostics {
                diagnostic.span = Some(origin.span_of(node, &diagnostic.path));
            }
            self.diagnostics.append(&mut read.diagnostics);
            return;
        };
        let outline = match &read.object {
            Some(object) if !object.is_fact() => Outline::of(node),
            _ => None,
        };
        match self.sources.remember(reference, origin, outline) {
            Ok(()) => {
                self.objects.push(read.object);
                self.diagnostics.append(&mut read.diagnostics);
            }
            Err((reference, number)) => {
                let here = origin.span_of(node, &smi_types::FieldPath::root());
                let is_known = self.contradicted.contains(&reference);
                if !is_known && self.sources.is_repeated(&reference, &node.to_json()) {
                    self.diagnostics.push(repeated(&reference, here));
                    return;
                }
                // The place of an object is that of its first definition; what this one says of itself stands here.
                for diagnostic in &mut read.diagnostics {
                    diagnostic.span = Some(origin.span_of(node, &diagnostic.path));
                }
                self.diagnostics.append(&mut read.diagnostics);
                let first = self.objects[number].take();
                self.objects[number] = object::contradicted(&reference, first, read.object);
                let first = self.sources.origin(&reference).map(Origin::span);
                let place_of_first = first.map(|span| self.sources.name(span.source).to_owned());
                if self.contradicted.insert(reference.clone()) {
                    let elsewhere = self.sources.name(here.source);
                    self.diagnostics.extend(first.map(|span| contradicted(&reference, span, elsewhere)));
                }
                let elsewhere = place_of_first.unwrap_or_default();
                self.diagnostics.push(contradicted(&reference, here, &elsewhere));
            }
        }
    }
}

fn unreadable(error: &ReadError, source: usize, document: &str) -> Diagnostic {
    let code = match error.kind {
        ReadErrorKind::Limit => "SMI-READ-2",
        ReadErrorKind::DuplicateKey => "SMI-READ-3",
        ReadErrorKind::Encoding => "SMI-READ-4",
        _ => "SMI-READ-1",
    };
    let mut diagnostic = Diagnostic::new(
        Code(code),
        Severity::Error,
        error.message.clone(),
        "this document is not read, whatever it holds; the other documents are",
    );
    diagnostic.help = match document.contains("{{") {
        true => Some("this looks like a template; render it first: `helm template CHART | smi … -`".into()),
        false => error.help.clone().map(Into::into),
    };
    diagnostic.span = Some(SourceSpan { source, start: error.span.start, end: error.span.end });
    diagnostic
}

fn item_without_kind(span: SourceSpan) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(
        Code("SMI-READ-8"),
        Severity::Warning,
        "this item of a list has neither apiVersion nor kind",
        "it is ignored",
    );
    diagnostic.span = Some(span);
    diagnostic
}

fn list_in_list(span: SourceSpan) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(
        Code("SMI-READ-10"),
        Severity::Error,
        "a list stands inside a list",
        "nothing in the inner list has an effect",
    )
    .help("put its items into the outer list");
    diagnostic.span = Some(span);
    diagnostic
}

fn repeated(reference: &ObjectRef, span: SourceSpan) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(
        Code("SMI-READ-6"),
        Severity::Warning,
        format!("{reference} stands in the input more than once, each time the same"),
        "it counts once",
    )
    .on(reference)
    .help("remove the repetition");
    diagnostic.span = Some(span);
    diagnostic
}

fn contradicted(reference: &ObjectRef, span: SourceSpan, elsewhere: &str) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(
        Code("SMI-READ-7"),
        Severity::Error,
        format!("{reference} is defined more than once, with different content (also in {elsewhere})"),
        match reference.kind.as_ref() {
            "TrafficTarget" => STAYS_CLOSED,
            _ => "none of the definitions has an effect, because a guess could send traffic where nobody wanted it",
        },
    )
    .on(reference)
    .help("keep one definition; `kubectl apply` would keep the last, Helm and kustomize refuse both");
    diagnostic.span = Some(span);
    diagnostic
}
