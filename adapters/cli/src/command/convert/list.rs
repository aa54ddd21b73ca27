//! Lists of objects: those of kubectl, `v1 List`, and those of an API server, whose items leave out what they are.

use std::borrow::Cow;

use smi_translate::yaml::{Entry, Node, Value};
use smi_types::{ApiVersion, Kind};

/// The items of a list, each with its `apiVersion` and `kind`; `None` for what is no list, or one of something else than SMI objects.
pub(super) fn items<'n, 's>(list: &'n Node<'s>) -> Option<Vec<Cow<'n, Node<'s>>>> {
    let text = |key| list.get(key).and_then(Node::as_str).unwrap_or_default();
    let items = list.get("items").and_then(Node::as_seq)?;
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    if kind == "List" {
        return Some(items.iter().map(Cow::Borrowed).collect());
    }
    // TrafficMetricsList is a kind of its own.
    let of = kind.strip_suffix("List").filter(|_| Kind::parse(kind).is_none())?;
    // What is meant as a list of SMI objects and is none is refused item by item.
    let is_foreign = matches!(ApiVersion::parse(api_version, of), Ok(None));
    (!is_foreign).then(|| items.iter().map(|item| with_head(item, api_version, of)).collect())
}

/// An item that says what it is.
fn with_head<'n, 's>(item: &'n Node<'s>, api_version: &str, kind: &str) -> Cow<'n, Node<'s>> {
    let has = |key| item.get(key).and_then(Node::as_str).is_some_and(|text| !text.is_empty());
    let Value::Map(entries) = &item.value else { return Cow::Borrowed(item) };
    if has("kind") {
        return Cow::Borrowed(item);
    }
    let mut head = vec![("kind", kind)];
    if !has("apiVersion") {
        head.push(("apiVersion", api_version));
    }
    let known = entries.iter().filter(|entry| head.iter().all(|(key, _)| entry.key != *key)).cloned();
    let entry = |(key, text): &(&'static str, &str)| Entry {
        key: (*key).into(),
        key_span: item.span,
        value: Node { value: Value::String(Cow::Owned((*text).to_owned())), span: item.span },
    };
    let entries = known.chain(head.iter().map(entry)).collect();
    Cow::Owned(Node { value: Value::Map(entries), span: item.span })
}
