//! Istio's model, asked about a scene.

use serde_json::Value;

use super::ambient::Ambient;
use super::model::{Knock, Model, Scene};
use crate::istio_model::{Call, Guard, Inbound, Mesh, Passage, Payload, Pod, Protocol};
use crate::istio_view::{self, RunningPod};

/// A scene in Istio.
struct IstioScene {
    sidecars: Mesh,
    guard: Guard,
    /// The same without the policies of users.
    rendered: Guard,
    /// Instead of the guard of sidecars, where a waypoint is set up.
    ambient: Option<Ambient>,
    pods: Vec<RunningPod>,
    /// Label that says the service account of every pod.
    account_label: Option<String>,
}

/// Sets the scene; what Istio would refuse is an error.
pub(super) fn model(scene: &Scene<'_>) -> Result<Box<dyn Model>, String> {
    let first = |refusals: Vec<crate::istio_model::Refusal>| refusals[0].to_string();
    let mut objects = istio_view::in_model_domain(scene.rendered, &scene.options.cluster_domain);
    objects.iter_mut().for_each(istio_view::without_quotations);
    let guard = |objects: &[Value]| {
        let aliases = scene.sections.istio.trust_domain_aliases.iter().map(String::as_str);
        Guard::new(objects, &scene.options.trust_domain)
            .map_err(first)
            .map(|guard| guard.with_aliases(aliases))
    };
    let rendered = guard(scene.rendered)?;
    let is_policy = |object: &&Value| object["kind"] == "AuthorizationPolicy";
    let mut all = scene.rendered.to_vec();
    all.extend(scene.own_objects(&["security.istio.io"]).filter(is_policy).cloned());
    let waypoint = scene.sections.istio.waypoint.as_deref();
    let ambient = waypoint.map(|name| Ambient::new(&all, &scene.options.trust_domain, name));
    Ok(Box::new(IstioScene {
        ambient: ambient.transpose().map_err(first)?,
        sidecars: Mesh::new(&objects, scene.services).map_err(first)?,
        guard: guard(&all)?,
        rendered,
        pods: istio_view::pods(scene.written),
        account_label: scene.options.service_account_label.clone(),
    }))
}

impl IstioScene {
    /// The pods that are meant and have a proxy. Where none is known there may be one all the same, with labels that nobody knows.
    fn meant(&self, knock: &Knock) -> Vec<RunningPod> {
        let is_meant = |running: &&RunningPod| {
            running.pod.namespace == knock.namespace
                && running.account == knock.account
                && knock.labels.as_ref().is_none_or(|labels| *labels == running.pod.labels)
        };
        let known: Vec<RunningPod> = self.pods.iter().filter(is_meant).cloned().collect();
        if !known.is_empty() {
            return known;
        }
        let labels = self.account_label.iter().map(|label| (label.as_str(), knock.account.as_str()));
        let pod = Pod::new(&knock.namespace, "nobody-knows", &labels.collect::<Vec<_>>());
        vec![RunningPod { account: knock.account.clone(), guarded: true, pod, ways: Vec::new() }]
    }
}

impl Model for IstioScene {
    fn route(&self, call: &Call) -> Option<String> {
        Some(self.sidecars.route(call).to_string())
    }

    fn admits(&self, knock: &Knock) -> Option<bool> {
        let mut admitted = true;
        for running in self.meant(knock).into_iter().filter(|running| running.guarded) {
            if let Some(ambient) = &self.ambient {
                admitted &= ambient.admits(&running, knock)?;
                continue;
            }
            let refused_by_the_port =
                knock.payload == Payload::Tcp && running.pod.protocol(knock.port) == Protocol::Http;
            let principal = knock.principal.as_deref();
            let inbound = Inbound::new(&running.pod, principal, knock.port, knock.payload.clone());
            match self.guard.judge(&inbound) {
                Passage::Unseen => return None,
                _ if refused_by_the_port => return None,
                Passage::Allowed => {}
                Passage::Denied => admitted = false,
            }
        }
        Some(admitted)
    }

    fn guards(&self, knock: &Knock) -> bool {
        self.meant(knock).iter().all(|running| running.guarded && self.rendered.is_guarded(&running.pod))
    }
}
