//! Documents: an object or a list of them, with the text around it.

use serde_json::Value;
use smi_translate::diagnostic::Diagnostic;
use smi_translate::yaml::Node;
use smi_translate::{ObjectRef, Severity, SourceSpan};
use smi_types::convert::{ConvertOptions, Converted};
use smi_types::{Kind, Version};

use super::object::{Fate, about, api_version};
use super::routes::Routes;
use super::text::{comments_before, has_comments, verbatim};
use super::typed::{self, Hub};
use super::{Written, list, losses};
use crate::exit::Failure;
use crate::output;

/// Converts documents, and remembers what there is to say about them.
pub(super) struct Converter<'a> {
    pub(super) to: Version,
    pub(super) options: ConvertOptions,
    /// Whether losses that widen are accepted.
    pub(super) forced: bool,
    /// Namespace of objects that name none: for messages, and to tell which TCPRoutes a target means.
    pub(super) namespace: &'a str,
    /// The TCPRoutes of the input and those that were added, where destination ports become TCPRoutes.
    pub(super) routes: Option<Routes>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// Objects that are written in the new version.
    pub(super) converted: usize,
    /// Objects that are written as they were.
    pub(super) unchanged: usize,
    /// TCPRoutes that the input does not have.
    pub(super) added: usize,
}

impl Converter<'_> {
    /// Remembers the TCPRoutes of a document; `said` is what the reader said about it.
    pub(super) fn learn(&mut self, node: &Node<'_>, said: &[Diagnostic]) {
        match list::items(node) {
            Some(items) => items.iter().for_each(|item| self.learn_object(item, said)),
            None => self.learn_object(node, said),
        }
    }

    fn learn_object(&mut self, node: &Node<'_>, said: &[Diagnostic]) {
        let ObjectRef { kind: _, namespace, name } = self.reference(node);
        let (Some(routes), Ok(Some(api))) = (&mut self.routes, api_version(node)) else { return };
        if api.kind != Kind::TCPRoute || name.is_empty() {
            return;
        }
        let is_broken = about(node, said).any(|d| d.severity == Severity::Error);
        let route = match typed::read(api, node) {
            Ok(Converted { object: Hub::TcpRoute(route), losses: _ }) if !is_broken => Some(route),
            _ => None,
        };
        routes.add(&namespace, &name, route);
    }

    /// Converts one document; `said` is what the reader said about it. `None` where it is left out.
    pub(super) fn document(
        &mut self,
        text: &str,
        place: SourceSpan,
        node: &Node<'_>,
        said: &[Diagnostic],
    ) -> Result<Option<Written>, Failure> {
        let before = comments_before(&text[place.start..node.span.start]);
        let has_comments = || has_comments(&text[node.span.start..place.end]);
        if let Some(items) = list::items(node) {
            let mut fates = Vec::with_capacity(items.len());
            for item in items {
                fates.push((self.object(place.source, &item, said), item));
            }
            if fates.iter().all(|(fate, _)| matches!(fate, Fate::Unchanged)) {
                let objects = fates.iter().map(|(_, item)| item.to_json()).collect();
                return Ok(Some(Written { yaml: verbatim(text, place), objects }));
            }
            if has_comments() {
                self.diagnostics.push(losses::comments_in_list(place.source, node));
            }
            let objects: Vec<Value> =
                fates.into_iter().flat_map(|(fate, item)| fate.objects(&item)).collect();
            return Ok(Some(Written { yaml: before + &output::yaml(&list_of(node, &objects))?, objects }));
        }
        Ok(match self.object(place.source, node, said) {
            Fate::Refused => None,
            Fate::Unchanged => Some(Written { yaml: verbatim(text, place), objects: vec![node.to_json()] }),
            Fate::Converted(texts) => {
                if has_comments() {
                    self.diagnostics.push(losses::comments(&self.place(place.source, node)));
                }
                let yaml: Vec<&str> = texts.iter().map(|text| text.yaml.as_str()).collect();
                let yaml = before + &yaml.join("---\n");
                Some(Written { yaml, objects: texts.into_iter().map(|text| text.json).collect() })
            }
        })
    }
}

/// A list with other objects. The list of an API server becomes one of kubectl's, which may hold several kinds.
fn list_of(node: &Node<'_>, objects: &[Value]) -> Value {
    let mut list = node.to_json();
    list["apiVersion"] = "v1".into();
    list["kind"] = "List".into();
    list["items"] = Value::Array(objects.to_vec());
    list
}
