//! One object: what it is, and what becomes of it.

use serde_json::Value;
use smi_translate::diagnostic::Diagnostic;
use smi_translate::yaml::Node;
use smi_translate::{ObjectRef, Severity};
use smi_types::convert::{Converted, Materialized};
use smi_types::hub::TCPRoute;
use smi_types::{ApiVersion, Kind, Version};

use super::document::Converter;
use super::losses::{self, Place};
use super::typed::{self, Hub, Texts};

/// What becomes of one object.
pub(super) enum Fate {
    /// It is written as it was.
    Unchanged,
    /// It is written anew, and then what it needs beside it.
    Converted(Vec<Texts>),
    /// It is left out, and a diagnostic says why.
    Refused,
}

impl Converter<'_> {
    /// Converts one object; `said` is what the reader said about its document.
    pub(super) fn object(&mut self, source: usize, node: &Node<'_>, said: &[Diagnostic]) -> Fate {
        // Objects may stand in these, and as they are they would be taken for converted.
        let hides_objects = about(node, said).any(|d| ["SMI-READ-10", "SMI-READ-11"].contains(&d.code.0));
        let said = about(node, said).cloned();
        let fate = match api_version(node) {
            Ok(None) if !hides_objects => Fate::Unchanged,
            Ok(Some(api)) => self.smi_object(api, source, node, said.filter(is_about_reading).collect()),
            Ok(None) | Err(()) => {
                self.diagnostics.extend(said.map(losses::left_out));
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
        let place = self.place(source, node);
        if !api.kind.versions().contains(&self.to) {
            self.diagnostics.push(losses::no_such_version(api.kind, self.to, &place));
            return Fate::Refused;
        }
        if api.version == self.to && !self.is_written_anew(api, node) {
            return Fate::Unchanged;
        }
        if matches!(api.kind, Kind::TrafficMetrics | Kind::TrafficMetricsList) {
            self.diagnostics.push(losses::unconverted(api, &place));
            return Fate::Unchanged;
        }
        let said: Vec<Diagnostic> =
            said.into_iter().map(losses::left_out).map(|d| place.lost_whole(d)).collect();
        let refused = has_errors(&said);
        self.diagnostics.extend(said);
        if refused {
            return Fate::Refused;
        }
        match typed::read(api, node) {
            Ok(read) => self.write(read, &place),
            Err(message) => {
                self.diagnostics.push(losses::unreadable(&place, message));
                Fate::Refused
            }
        }
    }

    /// Whether something is asked for that the same version may not say.
    fn is_written_anew(&self, api: ApiVersion, node: &Node<'_>) -> bool {
        match api.kind {
            Kind::HTTPRouteGroup => self.options.header_style.is_some(),
            // A port can only be in the annotation, also in one that cannot be read.
            Kind::TrafficTarget if self.routes.is_some() => match typed::read(api, node) {
                Ok(Converted { object: Hub::Target(target), losses }) => {
                    target.port.is_some() || !losses.is_empty()
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// Writes an object in the new version.
    fn write(&mut self, read: Converted<Hub>, place: &Place<'_, '_>) -> Fate {
        let Converted { object: hub, losses: from } = read;
        let (hub, route) = match self.materialize(hub, place) {
            Ok(materialized) => materialized,
            Err(diagnostic) => {
                self.diagnostics.push(*diagnostic);
                return Fate::Refused;
            }
        };
        let written = typed::write(&hub, self.to, &self.options).and_then(|target| {
            // Only this version has ports.
            let route = route.as_ref().map(|route| Hub::TcpRoute(route.clone()));
            let route =
                route.map(|route| typed::write(&route, Version::V1Alpha4, &self.options)).transpose()?;
            Ok((target, route.map(|route| route.object)))
        });
        let (Converted { object, losses: to }, beside) = match written {
            Ok(written) => written,
            Err(invalid) => {
                self.diagnostics.push(losses::invalid(&invalid, place));
                return Fate::Refused;
            }
        };
        let losses = from.into_iter().chain(to);
        let said: Vec<Diagnostic> =
            losses.filter_map(|loss| losses::loss(&loss, place, self.forced)).collect();
        let refused = has_errors(&said);
        self.diagnostics.extend(said);
        if refused {
            return Fate::Refused;
        }
        if let (Some(routes), Some(route)) = (&mut self.routes, route) {
            let name = route.metadata.name().to_owned();
            routes.add(&place.object.namespace, &name, Some(route));
            self.added += 1;
        }
        Fate::Converted([object].into_iter().chain(beside).collect())
    }

    /// Where ports become TCPRoutes: a target without its port, and the TCPRoute that says the same unless there is one already.
    fn materialize(
        &mut self,
        hub: Hub,
        place: &Place<'_, '_>,
    ) -> Result<(Hub, Option<TCPRoute>), Box<Diagnostic>> {
        let (Hub::Target(target), Some(routes)) = (&hub, &self.routes) else { return Ok((hub, None)) };
        let Some(port) = &target.port else { return Ok((hub, None)) };
        let namespace = &place.object.namespace;
        match routes.materialize(namespace, target) {
            Ok(Materialized { target, route: None }) => {
                self.diagnostics.push(losses::idle_port(port, target.version, place));
                Ok((Hub::Target(target), None))
            }
            Ok(Materialized { target, route: Some(route) }) => {
                let is_known = routes.has(namespace, route.metadata.name());
                Ok((Hub::Target(target), Some(route).filter(|_| !is_known)))
            }
            Err(error) => {
                let missing = target.rules.iter().filter(|rule| rule.kind == Kind::TCPRoute.as_str());
                let missing = missing.map(|rule| rule.name.as_str());
                let missing: Vec<&str> = missing.filter(|name| !routes.has(namespace, name)).collect();
                Err(Box::new(losses::no_route(&error, &missing, target.version, place)))
            }
        }
    }

    pub(super) fn place<'n, 's>(&self, source: usize, node: &'n Node<'s>) -> Place<'n, 's> {
        Place { object: self.reference(node), source, node }
    }

    pub(super) fn reference(&self, node: &Node<'_>) -> ObjectRef {
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

impl Fate {
    /// The objects that are written for an item of a list.
    pub(super) fn objects(self, item: &Node<'_>) -> Vec<Value> {
        match self {
            Fate::Refused => Vec::new(),
            Fate::Unchanged => vec![item.to_json()],
            Fate::Converted(texts) => texts.into_iter().map(|text| text.json).collect(),
        }
    }
}

/// Kind and version of an SMI object; an error for what is meant as one and is none, which the reader explains.
pub(super) fn api_version(node: &Node<'_>) -> Result<Option<ApiVersion>, ()> {
    let field = |key| node.get(key).and_then(Node::as_str).unwrap_or_default();
    ApiVersion::parse(field("apiVersion"), field("kind")).map_err(|_| ())
}

/// What is said about an object of a document.
pub(super) fn about<'a>(node: &Node<'_>, said: &'a [Diagnostic]) -> impl Iterator<Item = &'a Diagnostic> {
    let (start, end) = (node.span.start, node.span.end);
    said.iter().filter(move |d| d.span.is_some_and(|span| start <= span.start && span.start <= end))
}

fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|d| d.severity == Severity::Error)
}

/// What the reader says of objects that is no business of a conversion: that they repeat.
fn is_about_reading(diagnostic: &Diagnostic) -> bool {
    !["SMI-READ-6", "SMI-READ-7", "SMI-READ-8"].contains(&diagnostic.code.0)
}
