//! From a document to an object: which kind it is, its fields, and everything about it that cannot be read.

mod facts;
mod messages;
mod smi;

use smi_types::{ApiVersion, FieldPath, Segment};

use super::ReadOptions;
use crate::diagnostic::Diagnostic;
use crate::facts::{Runs, Service};
use crate::inventory::{Object, from_finding};
use crate::reference::{ObjectRef, ServiceRef};
use crate::yaml::{Node, Span, Value};
use messages::{misplaced_objects, not_an_object};

/// `apiVersion` and `kind` of a document.
pub(super) struct Head<'n> {
    api_version: Option<&'n str>,
    kind: &'n str,
}

impl<'n> Head<'n> {
    pub(super) fn of(node: &'n Node<'_>) -> Self {
        let text = |key| node.get(key).and_then(Node::as_str);
        Head { api_version: text("apiVersion"), kind: text("kind").unwrap_or_default() }
    }

    /// Whether nothing says what the object is.
    pub(super) fn is_empty(&self) -> bool {
        self.kind.is_empty() && self.api_version.is_none()
    }

    /// The head of a list's item, which API servers leave out of typed lists.
    pub(super) fn of_item(item: &'n Node<'_>, list: &'n Node<'_>, list_kind: &'n str) -> Self {
        let mut head = Head::of(item);
        if head.kind.is_empty() && list_kind != "List" {
            head.kind = list_kind.trim_end_matches("List");
            head.api_version = head.api_version.or(list.get("apiVersion").and_then(Node::as_str));
        }
        head
    }
}

/// The items of a list of objects, if the document is one.
pub(super) fn items<'n, 's>(
    node: &'n Node<'s>,
    kind: &str,
) -> Option<impl Iterator<Item = &'n Node<'s>> + use<'n, 's>> {
    let holds_objects = || match node.get("items").map(|items| &items.value) {
        Some(Value::Seq(items)) => items.iter().any(|item| item.get("apiVersion").is_some()),
        _ => false,
    };
    // Without its kind a list is one all the same, where its items say what they are.
    let is_list = (kind.ends_with("List") && kind != "TrafficMetricsList")
        || ((kind.is_empty() || kind.eq_ignore_ascii_case("list")) && holds_objects());
    match node.get("items").map(|items| &items.value) {
        Some(Value::Seq(items)) if is_list => Some(items.iter()),
        Some(Value::Null) if is_list => Some([].iter()),
        _ => None,
    }
}

/// One item of a list of objects.
pub(super) fn item<'n, 's>(node: &'n Node<'s>, index: usize) -> Option<&'n Node<'s>> {
    match &node.get("items")?.value {
        Value::Seq(items) => items.get(index),
        _ => None,
    }
}

/// Where a field stands.
pub(super) fn locate(node: &Node<'_>, path: &FieldPath) -> Option<Span> {
    node.locate(path).or_else(|| node.locate(&at_the_root(path)?))
}

/// The same path without `spec`: the matches of a route group may stand at the root for want of one (D-S7).
pub(super) fn at_the_root(path: &FieldPath) -> Option<FieldPath> {
    match path.segments() {
        [Segment::Key(spec), rest @ ..] if spec == "spec" && !rest.is_empty() => {
            Some(rest.iter().cloned().collect())
        }
        _ => None,
    }
}

/// What became of one document.
#[derive(Default)]
pub(super) struct Read {
    /// Its name; `None` where it cannot be named.
    pub(super) reference: Option<ObjectRef>,
    /// The object, where it is of use.
    pub(super) object: Option<Object>,
    /// What is wrong with it.
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Reads one object.
pub(super) fn read(head: &Head<'_>, node: &Node<'_>, options: &ReadOptions) -> Read {
    if !matches!(node.value, Value::Map(_)) {
        return refused(if holds_smi(node) { misplaced_objects() } else { not_an_object() });
    }
    match ApiVersion::parse(head.api_version.unwrap_or_default(), head.kind) {
        Ok(Some(api)) => Document { node, options }.smi_object(api.kind, api.version),
        Ok(None) => Document { node, options }.other_object(head),
        Err(finding) => {
            let reference = name_of(node, options)
                .filter(|_| !head.kind.is_empty())
                .map(|(namespace, name)| ObjectRef::new(head.kind.to_owned(), namespace, name));
            let mut diagnostic = from_finding(finding, &ObjectRef::new(head.kind.to_owned(), "", ""));
            // Whatever its version is, what it protects stays protected.
            let document = Document { node, options };
            let reference = match head.kind {
                "TrafficTarget" => Some(reference.unwrap_or_else(|| document.unnamed(head.kind))),
                _ => reference,
            };
            diagnostic.object.clone_from(&reference);
            let target = reference.clone().filter(|_| head.kind == "TrafficTarget");
            let object = target.map(|target| Object::UnreadableTarget(target, document.destinations()));
            Read { reference, object, diagnostics: vec![diagnostic] }
        }
    }
}

fn refused(diagnostic: Diagnostic) -> Read {
    Read { diagnostics: vec![diagnostic], ..Read::default() }
}

/// Namespace and name, where they are strings.
fn name_of<'n>(node: &'n Node<'_>, options: &'n ReadOptions) -> Option<(&'n str, &'n str)> {
    let metadata = node.get("metadata")?;
    let name = metadata.get("name").and_then(Node::as_str).filter(|name| !name.is_empty())?;
    let namespace =
        metadata.get("namespace").and_then(Node::as_str).filter(|namespace| !namespace.is_empty());
    Some((namespace.unwrap_or(&options.namespace), name))
}

/// What stands for a missing `spec` (D-A9).
static EMPTY: Node<'static> = Node { value: Value::Map(Vec::new()), span: Span { start: 0, end: 0 } };
/// Keys of a map that are not among the known ones.
fn unknown_keys<'n>(node: &'n Node<'_>, known: &'n [&str]) -> impl Iterator<Item = &'n str> {
    let entries = match &node.value {
        Value::Map(entries) => entries.as_slice(),
        _ => &[],
    };
    entries.iter().map(|entry| entry.key.as_ref()).filter(move |key| !known.contains(key))
}

/// One document on its way to an object.
struct Document<'n, 's> {
    node: &'n Node<'s>,
    options: &'n ReadOptions,
}

impl Document<'_, '_> {
    /// What stands for the name of an object that has none.
    fn unnamed(&self, kind: &str) -> ObjectRef {
        let metadata = self.node.get("metadata");
        let text = |key| metadata.and_then(|metadata| metadata.get(key)).and_then(Node::as_str);
        let namespace = text("namespace").filter(|namespace| !namespace.is_empty());
        let generated = text("generateName").unwrap_or_default();
        // The same for the same content, wherever it stands: rendered objects name their sources.
        let hash = crate::manifest::stable_hash([self.node.to_json().to_string().as_str()]) & 0xffff_ffff;
        let name = format!("{generated}(unnamed {hash:08x})");
        ObjectRef::new(kind.to_owned(), namespace.unwrap_or(&self.options.namespace), name)
    }
}

/// Whether SMI objects stand in a list of something that is no List: nobody would look for them there.
pub(super) fn holds_smi(node: &Node<'_>) -> bool {
    let is_smi = |item: &Node<'_>| {
        let api_version = item.get("apiVersion").and_then(Node::as_str).unwrap_or_default();
        api_version.split('/').next().is_some_and(|group| group.ends_with(".smi-spec.io"))
    };
    match &node.value {
        Value::Seq(items) => items.iter().any(is_smi),
        Value::Map(entries) => entries.iter().any(|entry| match &entry.value.value {
            Value::Seq(items) => items.iter().any(is_smi),
            Value::Map(entries) if entry.key == "items" => entries.iter().any(|entry| is_smi(&entry.value)),
            _ => false,
        }),
        _ => false,
    }
}
/// What stands for an object that is there and cannot be used. A Service must not look as if it did not exist: its share would move.
fn unusable(reference: &ObjectRef, definitions: Vec<Service>) -> Option<Object> {
    let service = ServiceRef::new(&reference.namespace, &reference.name);
    (reference.kind == "Service").then_some(Object::UnusableService(service, definitions))
}

/// What stands for an object with two definitions. A TrafficTarget protects the destinations of both, and of a workload nobody knows
/// which labels hold.
///
/// The first stands for all that came before the other, and grows with them.
pub(super) fn contradicted(
    reference: &ObjectRef,
    first: Option<Object>,
    other: Option<Object>,
) -> Option<Object> {
    let destinations = |object| match object {
        Object::TrafficTarget(target) => vec![target.destination],
        Object::UnreadableTarget(_, destinations) => destinations,
        _ => Vec::new(),
    };
    let is_workload = |object: &Object| match object {
        Object::Workload(_) | Object::UnreadableWorkload(_) => true,
        Object::TemplateUser(user) => user.runs == Runs::Pods,
        _ => false,
    };
    if [&first, &other].into_iter().flatten().any(is_workload) {
        return Some(Object::UnreadableWorkload(reference.clone()));
    }
    match reference.kind.as_ref() {
        "TrafficTarget" => {
            let mut all = first.map(destinations).unwrap_or_default();
            all.extend(other.map(destinations).unwrap_or_default());
            Some(Object::UnreadableTarget(reference.clone(), all))
        }
        _ => {
            let services = |object| match object {
                Object::Service(service) => vec![service],
                Object::UnusableService(_, definitions) => definitions,
                _ => Vec::new(),
            };
            let mut all = first.map(services).unwrap_or_default();
            all.extend(other.map(services).unwrap_or_default());
            unusable(reference, all)
        }
    }
}
