//! One document: what it is, and what becomes of it.

use serde_json::Value;
use smi_translate::diagnostic::Diagnostic;
use smi_translate::yaml::Node;
use smi_translate::{ObjectRef, Severity, SourceSpan};
use smi_types::convert::{ConvertOptions, Converted};
use smi_types::{ApiVersion, Kind, Version};

use super::typed::{self, Texts};
use super::{Written, losses};
use crate::exit::Failure;
use crate::output;

/// Converts documents, and remembers what there is to say about them.
pub(super) struct Converter<'a> {
    pub(super) to: Version,
    pub(super) options: ConvertOptions,
    /// Whether losses that widen are accepted.
    pub(super) forced: bool,
    /// Namespace of objects that name none, for messages only.
    pub(super) namespace: &'a str,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Objects that are written in the new version.
    pub(super) converted: usize,
    /// Objects that are written as they were.
    pub(super) unchanged: usize,
}

/// What becomes of one object.
enum Fate {
    /// It is written as it was.
    Unchanged,
    /// It is written anew.
    Converted(Texts),
    /// It is left out, and a diagnostic says why.
    Refused,
}

impl Converter<'_> {
    /// Converts one document; `said` is what the reader said about it. `None` where it is left out.
    pub(super) fn document(
        &mut self,
        text: &str,
        place: SourceSpan,
        node: &Node<'_>,
        said: Vec<Diagnostic>,
    ) -> Result<Option<Written>, Failure> {
        let kind = node.get("kind").and_then(Node::as_str).unwrap_or_default();
        if let ("List", Some(items)) = (kind, node.get("items").and_then(Node::as_seq)) {
            return self.list(text, place, node, items, &said).map(Some);
        }
        Ok(match self.object(place.source, node, &said) {
            Fate::Refused => None,
            Fate::Unchanged => Some(Written { yaml: verbatim(text, place), objects: vec![node.to_json()] }),
            Fate::Converted(Texts { yaml, json }) => {
                let before = comments_before(&text[place.start..node.span.start]);
                if has_comments(&text[node.span.start..place.end]) {
                    self.diagnostics.push(losses::comments(self.reference(node), place.source, node));
                }
                Some(Written { yaml: before + &yaml, objects: vec![json] })
            }
        })
    }

    /// Converts a list element by element.
    fn list(
        &mut self,
        text: &str,
        place: SourceSpan,
        node: &Node<'_>,
        items: &[Node<'_>],
        said: &[Diagnostic],
    ) -> Result<Written, Failure> {
        let mut objects = Vec::new();
        let mut changed = false;
        for item in items {
            match self.object(place.source, item, said) {
                Fate::Refused => changed = true,
                Fate::Unchanged => objects.push(item.to_json()),
                Fate::Converted(Texts { yaml: _, json }) => {
                    changed = true;
                    objects.push(json);
                }
            }
        }
        let yaml = if changed {
            let mut list = node.to_json();
            list["items"] = Value::Array(objects.clone());
            output::yaml(&list)?
        } else {
            verbatim(text, place)
        };
        Ok(Written { yaml, objects })
    }

    fn object(&mut self, source: usize, node: &Node<'_>, said: &[Diagnostic]) -> Fate {
        let field = |key| node.get(key).and_then(Node::as_str).unwrap_or_default();
        let inside = |d: &&Diagnostic| {
            d.span.is_some_and(|span| node.span.start <= span.start && span.start <= node.span.end)
        };
        let fate = match ApiVersion::parse(field("apiVersion"), field("kind")) {
            Ok(None) => Fate::Unchanged,
            Ok(Some(api)) => {
                let said: Vec<Diagnostic> =
                    said.iter().filter(inside).filter(|d| is_about_reading(d)).cloned().collect();
                self.smi_object(api, source, node, said)
            }
            Err(_) => {
                self.diagnostics.extend(said.iter().filter(inside).cloned().map(losses::left_out));
                Fate::Refused
            }
        };
        match fate {
            Fate::Unchanged => self.unchanged += 1,
            Fate::Converted(_) => self.converted += 1,
            Fate::Refused => {}
        }
        fate
    }

    fn smi_object(&mut self, api: ApiVersion, source: usize, node: &Node<'_>, said: Vec<Diagnostic>) -> Fate {
        let reference = self.reference(node);
        if !matches!(api.kind, Kind::TrafficSplit | Kind::HTTPRouteGroup) {
            return self.other_kind(api, reference, source, node);
        }
        if api.version == self.to && self.options.header_style.is_none() {
            return Fate::Unchanged;
        }
        let refused = said.iter().any(|d| d.severity == Severity::Error);
        self.diagnostics.extend(said.into_iter().map(losses::left_out));
        if refused {
            return Fate::Refused;
        }
        let Converted { object: hub, losses: from } = match typed::read(api, node) {
            Ok(read) => read,
            Err(message) => {
                self.diagnostics.push(losses::unreadable(reference, source, node, message));
                return Fate::Refused;
            }
        };
        match typed::write(&hub, self.to, &self.options) {
            Ok(Converted { object, losses: to }) => {
                let losses = from.into_iter().chain(to);
                let said: Vec<Diagnostic> = losses
                    .filter_map(|loss| losses::loss(&loss, &reference, source, node, self.forced))
                    .collect();
                let refused = said.iter().any(|d| d.severity == Severity::Error);
                self.diagnostics.extend(said);
                if refused { Fate::Refused } else { Fate::Converted(object) }
            }
            Err(invalid) => {
                self.diagnostics.push(losses::invalid(&invalid, reference, source, node));
                Fate::Refused
            }
        }
    }

    /// A kind that is not converted: as it is, unless the version asked for does not exist.
    fn other_kind(&mut self, api: ApiVersion, reference: ObjectRef, source: usize, node: &Node<'_>) -> Fate {
        if api.version == self.to {
            return Fate::Unchanged;
        }
        if !api.kind.versions().contains(&self.to) {
            self.diagnostics.push(losses::no_such_version(api.kind, self.to, reference, source, node));
            return Fate::Refused;
        }
        self.diagnostics.push(losses::unconverted(api, reference, source, node));
        Fate::Unchanged
    }

    fn reference(&self, node: &Node<'_>) -> ObjectRef {
        let metadata = |key| node.get("metadata").and_then(|m| m.get(key)).and_then(Node::as_str);
        let kind = node.get("kind").and_then(Node::as_str).unwrap_or_default();
        let namespace = metadata("namespace").filter(|namespace| !namespace.is_empty());
        ObjectRef::new(
            kind.to_owned(),
            namespace.unwrap_or(self.namespace),
            metadata("name").unwrap_or_default(),
        )
    }
}

/// What the reader says of objects that is no business of a conversion: that they repeat.
fn is_about_reading(diagnostic: &Diagnostic) -> bool {
    !["SMI-READ-6", "SMI-READ-7", "SMI-READ-8"].contains(&diagnostic.code.0)
}

/// A document as it was written: a span starts at the first character, but its line may be indented, and so may those that follow.
fn verbatim(text: &str, place: SourceSpan) -> String {
    let before = &text[..place.start];
    let indent = before.len() - before.trim_end_matches([' ', '\t']).len();
    let line = before.len() - indent;
    let start = if line == 0 || before[..line].ends_with(['\n', '\r']) { line } else { place.start };
    format!("{}\n", &text[start..place.end])
}

/// The comment lines in the text before an object.
fn comments_before(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| line.starts_with('#'));
    lines.map(|line| format!("{line}\n")).collect()
}

/// Whether a line holds a comment, as far as that can be told without parsing: quotes before the mark must pair up.
fn has_comments(text: &str) -> bool {
    text.lines().any(|line| {
        line.trim_start().starts_with('#')
            || line.match_indices(" #").any(|(at, _)| {
                ['"', '\''].iter().all(|quote| line[..at].matches(*quote).count().is_multiple_of(2))
            })
    })
}
