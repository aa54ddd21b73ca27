//! From a document to an object: which kind it is, its fields, and everything about it that cannot be read.

use std::collections::BTreeSet;

use serde::Deserialize;
use smi_types::convert::{Converted, Convertible, Loss};
use smi_types::{
    ApiVersion, Body, FieldPath, Kind, Layout, Metadata, Object as Typed, Segment, Version, access, hub,
    specs, split, validate,
};

use super::ReadOptions;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::facts::{Labels, PodTemplate, ServiceSpec, WorkloadLayout, workload_layout};
use crate::inventory::{Foreign, Object, STAYS_CLOSED, from_finding, group_layout};
use crate::manifest::UNIT_LABEL;
use crate::reference::{ObjectRef, ServiceRef};
use crate::yaml::{self, DecodeError, Decoded, Node, Span, Value};

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

/// Metadata that say nothing about what an object means, and often are the larger part of it.
const BOOKKEEPING: [&str; 7] =
    ["labels", "managedFields", "ownerReferences", "finalizers", "uid", "resourceVersion", "generation"];

const ROOT_FIELDS: [&str; 5] = ["apiVersion", "kind", "metadata", "status", "spec"];
const ROOT_FIELDS_WITH_MATCHES: [&str; 5] = ["apiVersion", "kind", "metadata", "status", "matches"];

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

impl<'n> Document<'n, 'n> {
    fn smi_object(&self, kind: Kind, version: Version) -> Read {
        let Some((namespace, name)) = name_of(self.node, self.options) else {
            return match kind {
                Kind::TrafficMetrics | Kind::TrafficMetricsList => Read::default(),
                Kind::TrafficTarget => {
                    let reference = self.unnamed(kind.as_str());
                    let diagnostics =
                        vec![Diagnostic { effect: STAYS_CLOSED.into(), ..nameless(kind).on(&reference) }];
                    let object = Some(Object::UnreadableTarget(reference.clone(), self.destinations()));
                    Read { reference: Some(reference), object, diagnostics }
                }
                _ => refused(nameless(kind)),
            };
        };
        let reference = ObjectRef::new(kind.as_str(), namespace, name);
        let mut diagnostics = Vec::new();
        let object = match kind {
            Kind::TrafficSplit => self.traffic_split(version, &mut diagnostics).map(Object::TrafficSplit),
            Kind::HTTPRouteGroup => self
                .route_group(version, &mut diagnostics)
                .map(|(group, broken)| Object::HTTPRouteGroup(group, broken)),
            Kind::TrafficTarget => match self.traffic_target(version, &mut diagnostics) {
                Some(target) => Some(Object::TrafficTarget(target)),
                None => Some(Object::UnreadableTarget(reference.clone(), self.destinations())),
            },
            Kind::IdentityBinding => self
                .hub::<access::v1alpha4::IdentityBindingSpec>(kind, &mut diagnostics)
                .map(Object::IdentityBinding),
            Kind::TCPRoute => self.tcp_route(version, &mut diagnostics).map(Object::TCPRoute),
            Kind::UDPRoute => {
                self.hub::<specs::v1alpha4::UDPRouteSpec>(kind, &mut diagnostics).map(Object::UDPRoute)
            }
            Kind::TrafficMetrics | Kind::TrafficMetricsList => None,
        };
        for diagnostic in &mut diagnostics {
            diagnostic.object = Some(reference.clone());
            if kind == Kind::TrafficTarget && diagnostic.code.0 == "SMI-READ-5" {
                diagnostic.effect = STAYS_CLOSED.into();
            }
        }
        Read { reference: Some(reference), object, diagnostics }
    }

    fn traffic_split(
        &self,
        version: Version,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<hub::TrafficSplit> {
        let kind = Kind::TrafficSplit;
        match version {
            Version::V1Alpha1 => self.hub::<split::v1alpha1::TrafficSplitSpec>(kind, diagnostics),
            Version::V1Alpha2 => self.hub::<split::v1alpha2::TrafficSplitSpec>(kind, diagnostics),
            Version::V1Alpha3 => self.hub::<split::v1alpha3::TrafficSplitSpec>(kind, diagnostics),
            Version::V1Alpha4 => self.hub::<split::v1alpha4::TrafficSplitSpec>(kind, diagnostics),
        }
    }

    fn traffic_target(
        &self,
        version: Version,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<hub::TrafficTarget> {
        let kind = Kind::TrafficTarget;
        let target = match version {
            Version::V1Alpha1 => self.hub::<access::v1alpha1::TrafficTargetSpec>(kind, diagnostics),
            Version::V1Alpha2 => self.hub::<access::v1alpha2::TrafficTargetSpec>(kind, diagnostics),
            Version::V1Alpha3 => self.hub::<access::v1alpha3::TrafficTargetSpec>(kind, diagnostics),
            Version::V1Alpha4 => self.hub::<access::v1alpha4::TrafficTargetSpec>(kind, diagnostics),
        }?;
        // The layout of another version: what it means can be seen, and not be granted.
        if target.destination == hub::Subject::default() && !self.destinations().is_empty() {
            diagnostics.push(elsewhere(version));
            return None;
        }
        Some(target)
    }

    /// What stands for the name of an object that has none.
    fn unnamed(&self, kind: &str) -> ObjectRef {
        let metadata = self.node.get("metadata");
        let text = |key| metadata.and_then(|metadata| metadata.get(key)).and_then(Node::as_str);
        let namespace = text("namespace").filter(|namespace| !namespace.is_empty());
        let generated = text("generateName").unwrap_or_default();
        // The same for the same content, wherever it stands: rendered objects name their sources.
        let hash = crate::intent::fnv(self.node.to_json().to_string().bytes()) & 0xffff_ffff;
        let name = format!("{generated}(unnamed {hash:08x})");
        ObjectRef::new(kind.to_owned(), namespace.unwrap_or(&self.options.namespace), name)
    }

    fn tcp_route(&self, version: Version, diagnostics: &mut Vec<Diagnostic>) -> Option<hub::TCPRoute> {
        let kind = Kind::TCPRoute;
        match version {
            Version::V1Alpha1 => self.hub::<specs::v1alpha1::TCPRouteSpec>(kind, diagnostics),
            Version::V1Alpha2 => self.hub::<specs::v1alpha2::TCPRouteSpec>(kind, diagnostics),
            Version::V1Alpha3 => self.hub::<specs::v1alpha3::TCPRouteSpec>(kind, diagnostics),
            Version::V1Alpha4 => self.hub::<specs::v1alpha4::TCPRouteSpec>(kind, diagnostics),
        }
    }

    /// The destinations of a TrafficTarget that cannot be read, wherever a version has them: what it protects stays protected.
    fn destinations(&self) -> Vec<hub::Subject> {
        let places = [self.node.get("spec"), Some(self.node)];
        let found = places.into_iter().flatten().filter_map(|place| place.get("destination"));
        let text = |node: &Node<'_>, key| node.get(key).and_then(Node::as_str).map(str::to_owned);
        found
            .map(|node| hub::Subject {
                kind: text(node, "kind").unwrap_or_default(),
                name: text(node, "name").unwrap_or_default(),
                namespace: text(node, "namespace"),
                group: None,
            })
            .collect()
    }

    /// Decodes metadata and body, and lifts them to the hub.
    fn hub<B: Body + Convertible + Deserialize<'n>>(
        &self,
        kind: Kind,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<B::Hub> {
        let metadata = self.metadata(diagnostics)?;
        let decoded = self.body::<B>();
        let unknown = decoded.unknown.iter().map(|path| unknown_field(kind, B::VERSION, path));
        diagnostics.extend(unknown);
        let spec = decoded.value.map_err(|error| diagnostics.push(mistyped(&error))).ok()?;
        if diagnostics.iter().any(|d| d.severity == Severity::Error) {
            return None;
        }
        Some(to_hub(metadata, spec, diagnostics))
    }

    /// The body, and the fields nobody knows: inside it, and beside it.
    fn body<B: Body + Deserialize<'n>>(&self) -> Decoded<B> {
        let mut decoded = match B::LAYOUT {
            Layout::Root => yaml::decode_fields(
                self.node,
                &["apiVersion", "kind", "metadata", "status"],
                &FieldPath::root(),
            ),
            Layout::Spec => match self.node.get("spec") {
                Some(spec) => yaml::decode_at(spec, &FieldPath::of("spec")),
                None => yaml::decode_at(&EMPTY, &FieldPath::of("spec")),
            },
        };
        if B::LAYOUT == Layout::Spec {
            decoded
                .unknown
                .extend(unknown_keys(self.node, &ROOT_FIELDS).map(|key| FieldPath::of(key.to_owned())));
        }
        decoded
    }

    fn metadata(&self, diagnostics: &mut Vec<Diagnostic>) -> Option<Metadata> {
        let node = self.node.get("metadata")?;
        let decoded: Decoded<Metadata> = yaml::decode_fields(node, &BOOKKEEPING, &FieldPath::of("metadata"));
        let mut metadata = decoded.value.map_err(|error| diagnostics.push(mistyped(&error))).ok()?;
        if metadata.namespace.as_deref().unwrap_or_default().is_empty() {
            metadata.namespace = Some(self.options.namespace.clone());
        }
        Some(metadata)
    }

    /// A route group is read match by match: one that cannot be read matches nothing, and the others stand.
    fn route_group(
        &self,
        version: Version,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<(hub::HTTPRouteGroup, BTreeSet<usize>)> {
        let metadata = self.metadata(diagnostics)?;
        let (list, base) = self.match_list(version, diagnostics)?;
        let mut matches = Vec::new();
        let mut broken = BTreeSet::new();
        for (index, node) in list.iter().enumerate() {
            let decoded: Decoded<specs::HTTPMatch> = yaml::decode_at(node, &base.clone().index(index));
            let unknown =
                decoded.unknown.iter().map(|path| unknown_field(Kind::HTTPRouteGroup, version, path));
            let before = diagnostics.len();
            diagnostics.extend(unknown);
            let value = decoded.value.map_err(|error| diagnostics.push(mistyped_match(&error))).ok();
            if diagnostics[before..].iter().any(|d| d.severity == Severity::Error) {
                broken.insert(index);
            }
            // Its name stays known: that it matches nothing is another matter than that it is not there.
            let nameless = || {
                let name = node.get("name").and_then(Node::as_str).unwrap_or_default().to_owned();
                specs::HTTPMatch { name, ..specs::HTTPMatch::default() }
            };
            matches.push(value.unwrap_or_else(nameless));
        }
        let matches = Some(matches);
        let group = match version {
            Version::V1Alpha1 => {
                to_hub(metadata, specs::v1alpha1::HTTPRouteGroupSpec { matches }, diagnostics)
            }
            Version::V1Alpha2 => {
                to_hub(metadata, specs::v1alpha2::HTTPRouteGroupSpec { matches }, diagnostics)
            }
            Version::V1Alpha3 => {
                to_hub(metadata, specs::v1alpha3::HTTPRouteGroupSpec { matches }, diagnostics)
            }
            Version::V1Alpha4 => {
                to_hub(metadata, specs::v1alpha4::HTTPRouteGroupSpec { matches }, diagnostics)
            }
        };
        Some((group, broken))
    }

    /// The list of matches and where it stands.
    ///
    /// From v1alpha3 on it belongs under `spec`. Examples of the specification itself leave it at the root; that is accepted where
    /// there is no `spec` (D-S7).
    fn match_list(
        &self,
        version: Version,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<(&'n [Node<'n>], FieldPath)> {
        let (body, base, known): (_, _, &[&str]) = match (group_layout(version), self.node.get("spec")) {
            (Layout::Spec, Some(spec)) => (spec, FieldPath::of("spec"), &ROOT_FIELDS),
            (Layout::Spec, None) => {
                if self.node.get("matches").is_some() {
                    diagnostics.push(matches_at_the_root(version));
                }
                (self.node, FieldPath::root(), &ROOT_FIELDS_WITH_MATCHES)
            }
            (Layout::Root, _) => (self.node, FieldPath::root(), &ROOT_FIELDS_WITH_MATCHES),
        };
        let beside = unknown_keys(self.node, known).map(|key| FieldPath::of(key.to_owned()));
        let under_spec = match base.is_root() {
            true => None,
            false => {
                Some(unknown_keys(body, &["matches"]).map(|key| FieldPath::of("spec").key(key.to_owned())))
            }
        };
        for path in beside.chain(under_spec.into_iter().flatten()) {
            diagnostics.push(unknown_field(Kind::HTTPRouteGroup, version, &path));
        }
        match body.get("matches").map(|matches| &matches.value) {
            None | Some(Value::Null) => Some((&[], base.key("matches"))),
            Some(Value::Seq(list)) => Some((list, base.key("matches"))),
            Some(_) => {
                diagnostics.push(not_a_list(base.key("matches")));
                None
            }
        }
    }

    fn other_object(&self, head: &Head<'_>) -> Read {
        let (group, kind) =
            (head.api_version.unwrap_or_default().split('/').next().unwrap_or_default(), head.kind);
        let layout = workload_layout(group_of(head), kind).or_else(|| self.runs_pods());
        // A Rollout that refers to a Deployment takes its pods from there.
        let refers = self.node.get("spec").and_then(|spec| spec.get("workloadRef")).is_some();
        let layout = layout.filter(|_| kind != "Rollout" || !refers);
        let mut read = Read::default();
        if holds_smi(self.node) {
            read.diagnostics.push(misplaced_objects());
            return read;
        }
        let Some((namespace, name)) = name_of(self.node, self.options) else {
            // Its controller will have a name, and runs pods all the same.
            if let Some(layout) = layout {
                let reference = self.unnamed(kind);
                read.object = Some(self.workload(&reference, layout, &mut read.diagnostics));
                read.reference = Some(reference);
            }
            return read;
        };
        let reference = ObjectRef::new(head.kind.to_owned(), namespace, name);
        if (head.api_version, kind) == (Some("v1"), "Service") {
            read.object = self.service(&reference, &mut read.diagnostics);
            read.reference = Some(reference);
        } else if let Some(layout) = layout {
            read.object = Some(self.workload(&reference, layout, &mut read.diagnostics));
            read.reference = Some(reference);
        } else if (head.api_version, kind) == (Some("v1"), "ServiceAccount") {
            read.object = Some(Object::ServiceAccount(reference.clone()));
            read.reference = Some(reference);
        } else if (head.api_version, kind) == (Some("v1"), "Namespace") {
            let labels = self.node.get("metadata").and_then(|metadata| metadata.get("labels"));
            read.object = Some(Object::Namespace(name.to_owned(), labels_of(labels)));
            read.reference = Some(ObjectRef { namespace: String::new(), ..reference });
        } else if (group, kind) == ("networking.istio.io", "WorkloadEntry") {
            let spec = self.node.get("spec");
            let account = spec.and_then(|spec| spec.get("serviceAccount")).and_then(Node::as_str);
            let labels = labels_of(spec.and_then(|spec| spec.get("labels")));
            let entry = PodTemplate::outside_the_cluster(account, labels);
            read.object = Some(Object::Workload(Box::new(entry.into_workload(reference.clone(), None))));
            read.reference = Some(reference);
        } else if let Some(mesh) = retired_mesh(group) {
            read.diagnostics.push(untranslated(&reference, mesh));
        } else if self.options.foreign_kinds.contains(&(group, kind)) && !is_ours(self.node) {
            // Kinds of SMI and of Gateway API have names in common.
            let shared = matches!(kind, "TCPRoute" | "UDPRoute");
            let kind = if shared { format!("{kind}.{group}") } else { kind.to_owned() };
            let reference = ObjectRef { kind: kind.into(), ..reference };
            read.object =
                Some(Object::Foreign(Foreign { object: reference.clone(), body: self.node.to_json() }));
            read.reference = Some(reference);
        }
        read
    }

    /// Where the pods of a kind that is not known stand, if it has a template of pods; they have labels like any others.
    fn runs_pods(&self) -> Option<WorkloadLayout> {
        let template: &[&str] = &["spec", "template"];
        let pods =
            template.iter().chain(&["spec", "containers"]).try_fold(self.node, |node, key| node.get(key))?;
        matches!(pods.value, Value::Seq(_))
            .then_some(WorkloadLayout { template: &["spec", "template"], selector: None })
    }

    fn workload(
        &self,
        reference: &ObjectRef,
        layout: WorkloadLayout,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Object {
        let at = |path: &[&'static str]| {
            path.iter().try_fold(self.node, |node, key| node.get(key)).unwrap_or(&EMPTY)
        };
        let path = layout.template.iter().fold(FieldPath::root(), |path, key| path.key(*key));
        let selector = layout.selector.and_then(|(path, bare)| {
            let selector = at(path);
            let by_expressions = selector.get("matchExpressions").is_some_and(
                |expressions| !matches!(&expressions.value, Value::Seq(list) if list.is_empty()),
            );
            match bare {
                true => Some(labels_of(Some(selector))),
                false if by_expressions => None,
                false => Some(labels_of(selector.get("matchLabels"))),
            }
        });
        match yaml::decode_known::<PodTemplate>(at(layout.template), &path) {
            Ok(template) => Object::Workload(Box::new(template.into_workload(reference.clone(), selector))),
            Err(error) => {
                let effect =
                    "nothing is granted in its namespace, because no selector can be proved to leave it out";
                diagnostics.push(Diagnostic { effect: effect.into(), ..mistyped(&error).on(reference) });
                Object::UnreadableWorkload(reference.clone())
            }
        }
    }

    fn service(&self, reference: &ObjectRef, diagnostics: &mut Vec<Diagnostic>) -> Option<Object> {
        let node = self.node.get("spec").unwrap_or(&EMPTY);
        match yaml::decode_known::<ServiceSpec>(node, &FieldPath::of("spec")) {
            Ok(spec) => {
                let service = ServiceRef::new(&reference.namespace, &reference.name);
                Some(Object::Service(spec.into_service(service)))
            }
            Err(error) => {
                let effect = "every split that has the Service as root or backend is without effect";
                diagnostics.push(Diagnostic { effect: effect.into(), ..mistyped(&error).on(reference) });
                unusable(reference)
            }
        }
    }
}

/// Lifts an object to the hub; what an earlier conversion carried along and cannot be read is reported.
fn to_hub<B: Convertible>(metadata: Metadata, spec: B, diagnostics: &mut Vec<Diagnostic>) -> B::Hub {
    let Converted { object, losses } = B::into_hub(Typed { metadata, spec });
    diagnostics.extend(losses.iter().map(unreadable_carrier));
    object
}

fn unreadable_carrier(loss: &Loss) -> Diagnostic {
    Diagnostic::new(
        Code("SMI-CONV-1"),
        Severity::Warning,
        loss.text.clone(),
        "the object is read as if it had never been converted",
    )
    .at(loss.path.clone())
}

/// Whether this project wrote the object.
fn is_ours(node: &Node<'_>) -> bool {
    node.get("metadata").and_then(|m| m.get("labels")).is_some_and(|labels| labels.get(UNIT_LABEL).is_some())
}

fn unknown_field(kind: Kind, version: Version, path: &FieldPath) -> Diagnostic {
    from_finding(validate::unknown_field(kind, version, path), &ObjectRef::new(kind.as_str(), "", ""))
}

fn mistyped(error: &DecodeError) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code("SMI-READ-5"),
        Severity::Error,
        error.message.clone(),
        "the object has no effect, as an API server would refuse it",
    );
    Diagnostic { help: error.help.clone().map(Into::into), ..diagnostic.at(error.path.clone()) }
}

fn mistyped_match(error: &DecodeError) -> Diagnostic {
    let effect = "this match matches nothing; the other matches of the group are not affected";
    Diagnostic { effect: effect.into(), ..mistyped(error) }
}

fn not_a_list(path: FieldPath) -> Diagnostic {
    Diagnostic::new(
        Code("SMI-READ-5"),
        Severity::Error,
        "invalid type: expected a list of matches",
        "the object has no effect, as an API server would refuse it",
    )
    .at(path)
}

/// Whether SMI objects stand in a list of something that is no List: nobody would look for them there.
fn holds_smi(node: &Node<'_>) -> bool {
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

fn misplaced_objects() -> Diagnostic {
    Diagnostic::new(
        Code("SMI-READ-11"),
        Severity::Error,
        "SMI objects stand inside something that is neither a document of their own nor a List",
        "they are not read: what they grant is not granted, and what they protect stays open",
    )
    .help("write each as a document of its own, or all as the items of a List (apiVersion: v1, kind: List)")
}

fn elsewhere(version: Version) -> Diagnostic {
    let place = access::destination_path(version);
    Diagnostic::new(
        Code("SMI-VAL-10"),
        Severity::Error,
        format!("the destination does not stand where {version} has it, at {place}"),
        STAYS_CLOSED,
    )
    .help(format!("move destination, rules and sources to where {version} has them, or write the version that has them there"))
}

fn not_an_object() -> Diagnostic {
    Diagnostic::new(
        Code("SMI-READ-8"),
        Severity::Warning,
        "this document is not a Kubernetes object: it is no map",
        "it is ignored",
    )
}

fn nameless(kind: Kind) -> Diagnostic {
    Diagnostic::new(
        Code("SMI-VAL-2"),
        Severity::Error,
        format!("this {kind} has no metadata.name"),
        "the object has no effect, because nothing can refer to it",
    )
    .at(FieldPath::of("metadata"))
    .help("give it a name")
}

fn matches_at_the_root(version: Version) -> Diagnostic {
    Diagnostic::new(
        Code("SMI-READ-9"),
        Severity::Warning,
        format!("`matches` stands at the root of an HTTPRouteGroup {version}, where only v1alpha1 and v1alpha2 have it"),
        "it is read as spec.matches; an API server would drop it and the group would select nothing",
    )
    .at(FieldPath::of("matches"))
    .help("move it under `spec`")
}

/// What stands for an object that is there and cannot be used. A Service must not look as if it did not exist: its share would move.
fn unusable(reference: &ObjectRef) -> Option<Object> {
    let service = ServiceRef::new(&reference.namespace, &reference.name);
    (reference.kind == "Service").then_some(Object::UnusableService(service))
}

/// What stands for an object with two definitions. A TrafficTarget protects the destinations of both, and of a workload nobody knows
/// which labels hold.
pub(super) fn contradicted(reference: &ObjectRef, definitions: [Option<Object>; 2]) -> Option<Object> {
    let destinations = |object| match object {
        Object::TrafficTarget(target) => vec![target.destination],
        Object::UnreadableTarget(_, destinations) => destinations,
        _ => Vec::new(),
    };
    match reference.kind.as_ref() {
        "TrafficTarget" => {
            let destinations = definitions.into_iter().flatten().flat_map(destinations).collect();
            Some(Object::UnreadableTarget(reference.clone(), destinations))
        }
        kind if WORKLOADS.contains(&kind) => Some(Object::UnreadableWorkload(reference.clone())),
        _ => unusable(reference),
    }
}

/// The kinds of workloads.
const WORKLOADS: [&str; 9] = [
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "ReplicationController",
    "Job",
    "CronJob",
    "Pod",
    "Rollout",
];

/// The mesh whose own kinds are in an API group, beside those of SMI.
fn retired_mesh(group: &str) -> Option<&'static str> {
    match group {
        "policy.openservicemesh.io" => Some("Open Service Mesh"),
        "specs.smi.nginx.com" => Some("NGINX Service Mesh"),
        _ => None,
    }
}

fn untranslated(reference: &ObjectRef, mesh: &str) -> Diagnostic {
    Diagnostic::new(
        Code("SMI-KIND-3"),
        Severity::Warning,
        format!("{} is a kind of {mesh}, and none of SMI", reference.kind),
        "it is not translated: what it allows, denies or changes is not in the result",
    )
    .on(reference)
    .help("write what it says with the objects of your mesh")
}

/// The API group of an object, empty for the core group.
fn group_of<'n>(head: &Head<'n>) -> &'n str {
    head.api_version.unwrap_or_default().split_once('/').map_or("", |(group, _)| group)
}

/// Labels, as far as they are strings.
fn labels_of(node: Option<&Node<'_>>) -> Labels {
    let entries = match node.map(|node| &node.value) {
        Some(Value::Map(entries)) => entries.as_slice(),
        _ => &[],
    };
    let text =
        |entry: &crate::yaml::Entry<'_>| Some((entry.key.to_string(), entry.value.as_str()?.to_owned()));
    entries.iter().filter_map(text).collect()
}
