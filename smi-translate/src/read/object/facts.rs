//! Facts and objects of others: what there is in the cluster besides SMI.

use smi_types::FieldPath;

use super::messages::{misplaced_objects, mistyped, no_string, untranslated};
use super::{Document, EMPTY, Head, Read, holds_smi, name_of, unusable};
use crate::diagnostic::Diagnostic;
use crate::facts::{
    Labels, Namespace, PodTemplate, Runs, ServiceSpec, TemplateUser, WorkloadLayout, workload_layout,
};
use crate::inventory::{Foreign, Object};
use crate::manifest::UNIT_LABEL;
use crate::reference::{ObjectRef, ServiceRef};
use crate::yaml::{self, Node, Value};

impl<'n> Document<'n, 'n> {
    pub(super) fn other_object(&self, head: &Head<'_>) -> Read {
        let (group, kind) =
            (head.api_version.unwrap_or_default().split('/').next().unwrap_or_default(), head.kind);
        let template = self.template_in_use(group, kind);
        let layout = workload_layout(group_of(head), kind).or_else(|| self.runs_pods());
        let layout = layout.filter(|_| template.is_none());
        let mut read = Read::default();
        if holds_smi(self.node) {
            read.diagnostics.push(misplaced_objects());
            return read;
        }
        let Some((namespace, name)) = name_of(self.node, self.options) else {
            // Its controller will have a name, and runs pods all the same.
            if template.is_some() || layout.is_some() {
                let reference = self.unnamed(kind);
                let user = template.map(|template| template_user(&reference, template));
                let runs = |layout| self.workload(&reference, layout, &mut read.diagnostics);
                read.object = user.or_else(|| layout.map(runs));
                read.reference = Some(reference);
            }
            return read;
        };
        let reference = ObjectRef::new(head.kind.to_owned(), namespace, name);
        if (head.api_version, kind) == (Some("v1"), "Service") {
            read.object = self.service(&reference, &mut read.diagnostics);
            read.reference = Some(reference);
        } else if let Some(template) = template {
            read.object = Some(template_user(&reference, template));
            read.reference = Some(reference);
        } else if self.is_kept_for_a_return(kind) {
            read.reference = Some(reference);
        } else if let Some(layout) = layout {
            read.object = Some(self.workload(&reference, layout, &mut read.diagnostics));
            read.reference = Some(reference);
        } else if (head.api_version, kind) == (Some("v1"), "ServiceAccount") {
            read.object = Some(Object::ServiceAccount(reference.clone()));
            read.reference = Some(reference);
        } else if (head.api_version, kind) == (Some("v1"), "Namespace") {
            let reference = ObjectRef { namespace: String::new(), ..reference };
            read.object = Some(Object::Namespace(Namespace {
                name: name.to_owned(),
                labels: self.metadata_map("labels", &reference, &mut read.diagnostics),
                annotations: self.metadata_map("annotations", &reference, &mut read.diagnostics),
            }));
            read.reference = Some(reference);
        } else if group == "networking.istio.io" && matches!(kind, "WorkloadEntry" | "WorkloadGroup") {
            let spec = self.node.get("spec");
            let part = |name: &str| spec.and_then(|spec| spec.get(name));
            // Entries are made from the template of a group, with the labels of the group.
            let (entry, labels) = match kind {
                "WorkloadGroup" => (part("template"), part("metadata").and_then(|part| part.get("labels"))),
                _ => (spec, part("labels")),
            };
            let account = entry.and_then(|entry| entry.get("serviceAccount")).and_then(Node::as_str);
            let labels = labels_of(labels);
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

    /// Whether it is an old revision of a workload: a ReplicaSet that has no pods, and that its controller gives none.
    fn is_kept_for_a_return(&self, kind: &str) -> bool {
        let replicas = |part: &str| self.node.get(part).and_then(|part| part.get("replicas"));
        let is_zero = |node: &Node<'_>| matches!(node.value, Value::Int(0));
        kind == "ReplicaSet"
            && self.controller().is_some()
            && replicas("spec").is_some_and(is_zero)
            && replicas("status").is_none_or(is_zero)
    }

    /// Kind and name of the workload from whose template an object runs pods: a Rollout may refer to a Deployment, and Flagger runs what is
    /// released in a copy of the target of a Canary.
    fn template_in_use(&self, group: &str, kind: &str) -> Option<(&'n str, &'n str)> {
        let key = match (group, kind) {
            ("argoproj.io", "Rollout") => "workloadRef",
            ("flagger.app", "Canary") => "targetRef",
            _ => return None,
        };
        let template = self.node.get("spec")?.get(key)?;
        let kind = template.get("kind").and_then(Node::as_str).unwrap_or("Deployment");
        Some((kind, template.get("name")?.as_str()?))
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
            Ok(template) => {
                let mut workload = template.into_workload(reference.clone(), selector);
                workload.owner = self.controller();
                Object::Workload(Box::new(workload))
            }
            Err(error) => {
                let effect = "its labels are not known: nothing is granted to workloads of its namespace whose pods it may be taken for, \
                    and where it is a destination itself it stays open";
                diagnostics.push(Diagnostic { effect: effect.into(), ..mistyped(&error).on(reference) });
                Object::UnreadableWorkload(reference.clone())
            }
        }
    }

    /// Labels or annotations of the object itself. An API server takes nothing but strings; what is meant by others may close something,
    /// and is read all the same.
    fn metadata_map(
        &self,
        key: &'static str,
        reference: &ObjectRef,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Labels {
        let node = self.node.get("metadata").and_then(|metadata| metadata.get(key)).unwrap_or(&EMPTY);
        let path = FieldPath::of("metadata").key(key);
        let Value::Map(entries) = &node.value else {
            let wrong = yaml::decode_known::<Option<Labels>>(node, &path).err();
            diagnostics.extend(wrong.map(|error| no_string(&error, None).on(reference)));
            return Labels::new();
        };
        let mut map = Labels::new();
        for entry in entries {
            let text = match &entry.value.value {
                Value::String(text) => Some(text.to_string()),
                Value::Bool(value) => Some(value.to_string()),
                Value::Int(value) => Some(value.to_string()),
                Value::Null => Some(String::new()),
                _ => None,
            };
            let wrong =
                yaml::decode_known::<Option<String>>(&entry.value, &path.clone().key(entry.key.to_string()))
                    .err();
            diagnostics.extend(wrong.map(|error| no_string(&error, text.as_deref()).on(reference)));
            map.extend(text.map(|text| (entry.key.to_string(), text)));
        }
        // It repeats the whole object, and says nothing that the object does not.
        map.remove("kubectl.kubernetes.io/last-applied-configuration");
        map
    }

    /// Kind and name of the object that controls this one.
    fn controller(&self) -> Option<(String, String)> {
        let owners = self.node.get("metadata")?.get("ownerReferences")?;
        let Value::Seq(owners) = &owners.value else { return None };
        let controls =
            |owner: &&Node<'_>| matches!(owner.get("controller")?.value, Value::Bool(true)).then_some(());
        let owner = owners.iter().find(|owner| controls(owner).is_some())?;
        Some((owner.get("kind")?.as_str()?.to_owned(), owner.get("name")?.as_str()?.to_owned()))
    }

    fn service(&self, reference: &ObjectRef, diagnostics: &mut Vec<Diagnostic>) -> Option<Object> {
        let node = self.node.get("spec").unwrap_or(&EMPTY);
        match yaml::decode_known::<ServiceSpec>(node, &FieldPath::of("spec")) {
            Ok(spec) => {
                let service = ServiceRef::new(&reference.namespace, &reference.name);
                let annotations = self.metadata_map("annotations", reference, diagnostics);
                Some(Object::Service(spec.into_service(service, annotations)))
            }
            Err(error) => {
                let effect = "every split that has the Service as root or backend is without effect; ports of pods to which it alone leads \
                    are not known, and stay open in a mesh that guards ports one by one";
                diagnostics.push(Diagnostic { effect: effect.into(), ..mistyped(&error).on(reference) });
                unusable(reference, Vec::new())
            }
        }
    }
}

/// What runs pods from the template of a workload of its namespace.
fn template_user(object: &ObjectRef, (kind, name): (&str, &str)) -> Object {
    let template = ObjectRef::new(kind.to_owned(), &object.namespace, name);
    let copy = ObjectRef { name: format!("{name}-primary"), ..template.clone() };
    let runs = if object.kind == "Canary" { Runs::Copy(copy) } else { Runs::Pods };
    Object::TemplateUser(TemplateUser { object: object.clone(), template, runs })
}

/// Whether this project wrote the object.
fn is_ours(node: &Node<'_>) -> bool {
    node.get("metadata").and_then(|m| m.get("labels")).is_some_and(|labels| labels.get(UNIT_LABEL).is_some())
}
/// The mesh whose own kinds are in an API group, beside those of SMI.
fn retired_mesh(group: &str) -> Option<&'static str> {
    match group {
        "policy.openservicemesh.io" => Some("Open Service Mesh"),
        "specs.smi.nginx.com" => Some("NGINX Service Mesh"),
        _ => None,
    }
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
