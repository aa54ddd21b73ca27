//! Linkerd's model, asked about a scene.

use std::collections::BTreeMap;

use serde_json::Value;

use super::model::{Knock, Model, Scene};
use crate::linkerd_model::{Ages, Arrival, Call, Installation, Mesh, Outcome, Passage, Pod, Precedence};
use crate::linkerd_view;

/// A scene in Linkerd.
struct LinkerdScene {
    /// The same mesh with objects of all ages, and with older and younger proxies: nobody can choose among them.
    meshes: Vec<Mesh>,
    /// The same without objects of users.
    rendered: Mesh,
    installation: Installation,
    pods: Vec<Pod>,
    /// Label that says the service account of every pod.
    account_label: Option<String>,
}

/// The API groups whose objects Linkerd follows.
const GROUPS: [&str; 3] = ["linkerd.io", "policy.linkerd.io", "gateway.networking.k8s.io"];

/// When our objects were written, where users say when theirs were.
const WRITTEN: &str = "2026-01-01T00:00:00Z";

/// The model knows nothing of gRPC and TLS: what a user says of them is about other requests than those that are asked.
fn is_modelled(object: &&Value) -> bool {
    object["kind"] != "GRPCRoute" && object["kind"] != "TLSRoute"
}

/// Sets the scene; what Linkerd would refuse is an error.
pub(super) fn model(scene: &Scene<'_>) -> Result<Box<dyn Model>, String> {
    let default = Installation::default();
    let installation = Installation {
        cluster_domain: scene.options.cluster_domain.clone(),
        trust_domain: scene.options.trust_domain.clone(),
        control_plane_namespace: scene
            .sections
            .linkerd
            .control_plane_namespace
            .clone()
            .unwrap_or(default.control_plane_namespace),
    };
    let mesh = |objects: &[Value]| {
        let mesh =
            Mesh::new(objects, scene.services, &installation).map_err(|refusals| refusals[0].to_string())?;
        Ok::<Mesh, String>(linkerd_view::with_opaque_ports(mesh, scene.written))
    };
    let rendered = mesh(scene.rendered)?;
    let own: Vec<Value> = scene.own_objects(&GROUPS).filter(is_modelled).cloned().collect();
    let mut all = scene.rendered.to_vec();
    if own.iter().any(|object| !object["metadata"]["creationTimestamp"].is_null()) {
        all.iter_mut().for_each(|object| object["metadata"]["creationTimestamp"] = Value::from(WRITTEN));
    }
    all.extend(own);
    let all = mesh(&all)?;
    let of_age = |ages| {
        let all = all.clone().with_ages(ages);
        Precedence::ALL.map(|precedence| all.clone().with_precedence(precedence))
    };
    let meshes = Ages::ALL.into_iter().flat_map(of_age).collect();
    let account_label = scene.options.service_account_label.clone();
    let pods = linkerd_view::pods(scene.written);
    Ok(Box::new(LinkerdScene { meshes, rendered, installation, pods, account_label }))
}

impl LinkerdScene {
    /// The pods that are meant. Where none is known there may be one all the same, with labels that nobody knows.
    fn meant(&self, knock: &Knock) -> Vec<Pod> {
        // The labels of the injector are known to the mesh only.
        let own = |pod: &Pod| {
            let labels = pod.labels.iter().filter(|(key, _)| !key.starts_with("linkerd.io/"));
            labels.map(|(key, value)| (key.clone(), value.clone())).collect::<BTreeMap<_, _>>()
        };
        let is_meant = |pod: &&Pod| {
            pod.namespace == knock.namespace
                && pod.account == knock.account
                && knock.labels.as_ref().is_none_or(|labels| *labels == own(pod))
        };
        let known: Vec<Pod> = self.pods.iter().filter(is_meant).cloned().collect();
        if !known.is_empty() {
            return known;
        }
        let labels = self.account_label.iter().map(|label| (label.as_str(), knock.account.as_str()));
        vec![Pod::new(&knock.namespace, "nobody-knows", &knock.account, &labels.collect::<Vec<_>>())]
    }

    /// The identity that Linkerd gives a service account of its own trust domain; another one has a SPIFFE ID.
    fn identity(&self, principal: &str) -> String {
        let own = principal.strip_prefix(&format!("{}/", self.installation.trust_domain));
        match own.map(|path| path.split('/').collect::<Vec<_>>()).as_deref() {
            Some(["ns", namespace, "sa", account]) => self.installation.identity(namespace, account),
            _ => format!("spiffe://{principal}"),
        }
    }

    /// The answer of one mesh; nothing where no proxy sees the request.
    fn judge(&self, mesh: &Mesh, knock: &Knock) -> Option<bool> {
        let identity = knock.principal.as_deref().map(|principal| self.identity(principal));
        let mut admitted = true;
        for pod in self.meant(knock).iter().filter(|pod| pod.meshed) {
            let arrival = Arrival::new(pod, identity.as_deref(), knock.port, knock.payload.clone());
            match mesh.judge(&arrival) {
                Passage::Allowed => {}
                Passage::NotFound | Passage::Forbidden | Passage::Refused => admitted = false,
                Passage::Unseen | Passage::Unknown(_) => return None,
            }
        }
        Some(admitted)
    }
}

/// What all say alike; a text that nobody expects where they do not.
fn agreed<T: PartialEq>(mut answers: impl Iterator<Item = T>) -> Result<T, String> {
    let first = answers.next().expect("there is a mesh");
    match answers.all(|answer| answer == first) {
        true => Ok(first),
        false => Err("it depends on the ages of objects, or on the version of the proxy".to_owned()),
    }
}

impl Model for LinkerdScene {
    fn route(&self, call: &Call) -> Option<String> {
        match agreed(self.meshes.iter().map(|mesh| mesh.route(call))) {
            // The proxy looks at ports of a Service that it has; a port that the Service lacks leads nowhere, with a split or without.
            Ok(Outcome::Closed) => Some(Outcome::all(&call.namespace, &call.service, call.port).to_string()),
            Ok(Outcome::Unknown(_)) => None,
            Ok(outcome) => Some(outcome.to_string()),
            Err(disagreement) => Some(disagreement),
        }
    }

    fn admits(&self, knock: &Knock) -> Option<bool> {
        agreed(self.meshes.iter().map(|mesh| self.judge(mesh, knock)))
            .unwrap_or_else(|problem| panic!("{knock:?}: {problem}"))
    }

    fn guards(&self, knock: &Knock) -> bool {
        let guarded = |pod: &Pod| pod.meshed && self.rendered.is_guarded(pod, knock.port);
        self.meant(knock).iter().all(guarded)
    }
}
