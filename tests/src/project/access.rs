//! Worlds of access, translated, and what SMI says about calls to their pods.

mod istio;
mod linkerd;

use std::fmt::Debug;

use serde_json::Value;
use smi_translate::manifest::UNIT_LABEL;
use smi_translate::read::{ReadOptions, Reader};
use smi_translate::{
    AccessIntent, AccessRequest, Account, Backend, Diagnostic, Identity, Inventory, MissingServices,
    ObjectRef, Options, Peer, Severity, Stage, Traffic, decide, resolve_access, translate,
};
use smi_types::spiffe::SpiffeId;

use crate::istio_model::Payload;
use crate::world::Unlisted;
use crate::world::access::{AccessCall, AccessWorld, Caller, Workload};

pub use istio::Choices;
pub use linkerd::{LinkerdChoices, arrival as linkerd_arrival, pod as linkerd_pod};

/// A mesh, and the choices under which a world is translated for it.
pub trait Setup: Copy + Debug {
    /// How SMI is read; what depends on the world is set for every mesh alike.
    fn options(self) -> Options;

    /// The backend.
    fn backend(self) -> Box<dyn Backend>;

    /// What the mesh makes of calls before it looks at policies.
    fn reading(self) -> Reading;
}

/// What a mesh makes of calls before it looks at policies.
#[derive(Clone, Copy, Debug)]
pub struct Reading {
    /// Whether it takes another trust domain for its own.
    pub has_alias: bool,
    /// Whether all trust domains are alike to it.
    pub any_trust_domain: bool,
    /// Whether whole namespaces may ask for deny-by-default.
    pub whole_namespaces: bool,
    /// What it takes the traffic to a port of a workload for. `None` where it lets nobody through, whatever policies say.
    pub traffic: fn(&Workload, u16, &Payload) -> Option<Traffic>,
}

/// A rendered object with what says when it is written.
#[derive(Clone, Debug)]
pub struct Rendered {
    /// The object.
    pub object: Value,
    /// When it is written, among the objects of its unit.
    pub stage: Stage,
    /// Its unit.
    pub unit: String,
}

/// A translated world of access.
#[derive(Debug)]
pub struct TranslatedAccess {
    /// The rendered objects.
    pub rendered: Vec<Rendered>,
    /// What reading and translating had to say.
    pub diagnostics: Vec<Diagnostic>,
    /// What was translated.
    pub inventory: Inventory,
    reading: Reading,
    trust_domain: String,
}

/// What SMI says of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// It is denied.
    Denied,
    /// It is allowed, by these TrafficTargets.
    Allowed(Vec<ObjectRef>),
}

impl TranslatedAccess {
    /// Reads and translates a world.
    #[must_use]
    pub fn of(world: &AccessWorld, setup: impl Setup) -> TranslatedAccess {
        let options = Options {
            missing_services: match world.unlisted {
                Unlisted::Exists => MissingServices::Assume,
                Unlisted::Missing => MissingServices::Exclude,
            },
            trust_domain: world.trust_domain.clone(),
            ..setup.options()
        };
        let mut reader = Reader::new(ReadOptions::default());
        reader.add("world.json", world.json().as_bytes());
        let input = reader.finish(options);
        let translation = translate(&input.inventory, setup.backend().as_ref());
        let rendered = translation.manifests.iter().map(|manifest| Rendered {
            object: serde_json::to_value(manifest).expect("a rendered object is JSON"),
            stage: manifest.stage,
            unit: manifest.labels.get(UNIT_LABEL).cloned().unwrap_or_default(),
        });
        TranslatedAccess {
            rendered: rendered.collect(),
            diagnostics: input.diagnostics.into_iter().chain(translation.diagnostics).collect(),
            inventory: input.inventory,
            reading: setup.reading(),
            trust_domain: world.trust_domain.clone(),
        }
    }

    /// The rendered objects.
    #[must_use]
    pub fn objects(&self) -> Vec<Value> {
        self.rendered.iter().map(|one| one.object.clone()).collect()
    }

    /// Whether the workload denies by default: it is the destination of a TrafficTarget, or its namespace asks for it and may.
    #[must_use]
    pub fn denies_by_default(&self, world: &AccessWorld, workload: &Workload) -> bool {
        let asks = |object: &Value| {
            object["kind"] == "Namespace"
                && object["metadata"]["name"] == workload.pod.namespace
                && object["metadata"]["labels"]["adapters.smi-spec.io/deny-by-default"] == "true"
        };
        world.is_destination(workload) || (self.reading.whole_namespaces && world.manifests.iter().any(asks))
    }

    /// Who may call the pods of a workload's service account.
    #[must_use]
    pub fn intent(&self, workload: &Workload) -> AccessIntent {
        let account = Account::new(&workload.pod.namespace, &workload.account);
        resolve_access(&self.inventory, &account).intent
    }

    /// What SMI says of a call to a pod with the labels it has. `None` where the mesh lets it through to nobody,
    /// whatever policies say.
    #[must_use]
    pub fn meaning(&self, world: &AccessWorld, call: &AccessCall) -> Option<Meaning> {
        let workload = &world.workloads[call.to];
        let traffic = (self.reading.traffic)(workload, call.port, &call.payload)?;
        let mut intent = self.intent(workload);
        let request = |source| AccessRequest {
            source,
            destination: Some(workload.pod.labels.clone()),
            port: call.port,
            traffic: traffic.clone(),
        };
        let peers = self.peers(call);
        let allows =
            |intent: &AccessIntent| peers.iter().any(|peer| decide(intent, &request(peer.clone())).allowed);
        if !allows(&intent) {
            return Some(Meaning::Denied);
        }
        let grants = std::mem::take(&mut intent.grants);
        let granting = grants.into_iter().filter(|grant| {
            intent.grants = vec![grant.clone()];
            allows(&intent)
        });
        Some(Meaning::Allowed(granting.map(|grant| grant.target).collect()))
    }

    /// Whom the mesh takes the caller for.
    fn peers(&self, call: &AccessCall) -> Vec<Option<Peer>> {
        let account = |namespace: &str, account: &str, labels| {
            Some(Peer { identity: Identity::Account(Account::new(namespace, account)), labels })
        };
        let spiffe = |id: &str| {
            let id = SpiffeId::parse(&format!("spiffe://{id}")).ok()?;
            Some(Peer { identity: Identity::of(id, &self.trust_domain), labels: None })
        };
        let any_domain = self.reading.any_trust_domain;
        match &call.caller {
            Caller::Account { namespace, account: name, labels, alias } => {
                match *alias && !self.reading.has_alias {
                    true => vec![spiffe(&call.caller.id(&self.trust_domain).unwrap_or_default())],
                    false => vec![account(namespace, name, Some(labels.clone()))],
                }
            }
            Caller::Spiffe(id) => match id.split('/').collect::<Vec<_>>()[..] {
                // Whoever names callers by service account says that all trust domains are alike.
                [_, "ns", namespace, "sa", name] if any_domain => {
                    vec![spiffe(id), account(namespace, name, None)]
                }
                _ => vec![spiffe(id)],
            },
            Caller::Nobody => vec![None],
        }
    }

    /// Whether a loss or an error names an object.
    pub fn reports(&self, object: &ObjectRef) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics
            .iter()
            .filter(move |d| d.severity >= Severity::Loss && d.object.as_ref() == Some(object))
    }
}
