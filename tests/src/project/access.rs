//! Worlds of access, translated, and what SMI says about calls to their pods.

use serde_json::Value;
use smi_istio::{Identities, Istio, IstioOptions};
use smi_translate::manifest::UNIT_LABEL;
use smi_translate::read::{ReadOptions, Reader};
use smi_translate::{
    AccessIntent, AccessRequest, AccessScope, Account, Backend, Diagnostic, HeaderMatching, HttpRequest,
    Identity, Inventory, MissingServices, ObjectRef, Options, PathAnchoring, Peer, Severity, Stage, Traffic,
    decide, resolve_access, translate,
};
use smi_types::spiffe::SpiffeId;

use crate::istio_model::{Guard, Payload, Protocol, Refusal};
use crate::world::Unlisted;
use crate::world::access::{ALIAS, AccessCall, AccessWorld, Caller, Workload};

/// The choices under which a world is translated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choices {
    /// None.
    Default,
    /// Every loss is allowed.
    Losses,
    /// Conditions are enforced exactly, by EnvoyFilters.
    Exact,
    /// Callers are named by service account, whatever the trust domain; the mesh has an alias.
    ServiceAccounts,
    /// Whole namespaces may ask for deny-by-default.
    Namespaces,
    /// Paths are compared wholly, headers searched, all losses allowed, and the mesh has an alias.
    Meshes,
}

impl Choices {
    /// All of them.
    pub const ALL: [Choices; 6] = [
        Choices::Default,
        Choices::Losses,
        Choices::Exact,
        Choices::ServiceAccounts,
        Choices::Namespaces,
        Choices::Meshes,
    ];

    fn options(self, world: &AccessWorld) -> Options {
        let losses = || smi_istio::CODES.iter().map(|doc| doc.code.0.to_owned()).collect();
        let options = Options {
            missing_services: match world.unlisted {
                Unlisted::Exists => MissingServices::Assume,
                Unlisted::Missing => MissingServices::Exclude,
            },
            trust_domain: world.trust_domain.clone(),
            ..Options::default()
        };
        match self {
            Choices::Default | Choices::Exact | Choices::ServiceAccounts => options,
            Choices::Losses => Options { allow: losses(), ..options },
            Choices::Namespaces => Options { access_scope: AccessScope::Namespaces, ..options },
            Choices::Meshes => Options {
                allow: losses(),
                path_anchoring: PathAnchoring::Full,
                header_matching: HeaderMatching::Search,
                ..options
            },
        }
    }

    fn istio(self) -> IstioOptions {
        let aliases = if self.has_alias() { [ALIAS.to_owned()].into() } else { Default::default() };
        IstioOptions {
            exact: self == Choices::Exact,
            identities: match self {
                Choices::ServiceAccounts => Identities::ServiceAccounts,
                _ => Identities::Principals,
            },
            trust_domain_aliases: aliases,
            ..IstioOptions::default()
        }
    }

    fn has_alias(self) -> bool {
        matches!(self, Choices::ServiceAccounts | Choices::Meshes)
    }
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
    choices: Choices,
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
    pub fn of(world: &AccessWorld, choices: Choices) -> TranslatedAccess {
        TranslatedAccess::with(world, choices, &Istio::new(choices.istio()))
    }

    /// The same with a backend of the caller's.
    #[must_use]
    pub fn with(world: &AccessWorld, choices: Choices, backend: &dyn Backend) -> TranslatedAccess {
        let mut reader = Reader::new(ReadOptions::default());
        reader.add("world.json", world.json().as_bytes());
        let input = reader.finish(choices.options(world));
        let translation = translate(&input.inventory, backend);
        let rendered = translation.manifests.iter().map(|manifest| Rendered {
            object: serde_json::to_value(manifest).expect("a rendered object is JSON"),
            stage: manifest.stage,
            unit: manifest.labels.get(UNIT_LABEL).cloned().unwrap_or_default(),
        });
        TranslatedAccess {
            rendered: rendered.collect(),
            diagnostics: input.diagnostics.into_iter().chain(translation.diagnostics).collect(),
            inventory: input.inventory,
            choices,
            trust_domain: world.trust_domain.clone(),
        }
    }

    /// The mesh with the rendered objects.
    ///
    /// # Errors
    ///
    /// What the mesh would refuse.
    pub fn guard(&self) -> Result<Guard, Vec<Refusal>> {
        let objects: Vec<Value> = self.rendered.iter().map(|one| one.object.clone()).collect();
        self.guard_of(&objects)
    }

    /// The same mesh with other objects.
    ///
    /// # Errors
    ///
    /// What the mesh would refuse.
    pub fn guard_of(&self, objects: &[Value]) -> Result<Guard, Vec<Refusal>> {
        let aliases = self.choices.has_alias().then_some(ALIAS);
        Ok(Guard::new(objects, &self.trust_domain)?.with_aliases(aliases))
    }

    /// Whether the workload denies by default: it is the destination of a TrafficTarget, or its namespace asks for it and may.
    #[must_use]
    pub fn denies_by_default(&self, world: &AccessWorld, workload: &Workload) -> bool {
        let asks = |object: &Value| {
            object["kind"] == "Namespace"
                && object["metadata"]["name"] == workload.pod.namespace
                && object["metadata"]["labels"]["adapters.smi-spec.io/deny-by-default"] == "true"
        };
        world.is_destination(workload)
            || (self.choices == Choices::Namespaces && world.manifests.iter().any(asks))
    }

    /// Who may call the pods of a workload's service account.
    #[must_use]
    pub fn intent(&self, workload: &Workload) -> AccessIntent {
        let account = Account::new(&workload.pod.namespace, &workload.account);
        resolve_access(&self.inventory, &account).intent
    }

    /// What SMI says of a call to a pod with the labels it has. `None` where the mesh does not see the traffic, or lets it through to
    /// nobody: UDP, and bytes that are not HTTP on a port declared as HTTP.
    #[must_use]
    pub fn meaning(&self, world: &AccessWorld, call: &AccessCall) -> Option<Meaning> {
        let workload = &world.workloads[call.to];
        let traffic = traffic(workload.pod.protocol(call.port), &call.payload)?;
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
        let any_domain = self.choices == Choices::ServiceAccounts;
        match &call.caller {
            Caller::Account { namespace, account: name, labels, alias } => {
                match *alias && !self.choices.has_alias() {
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

/// What the mesh sees of a payload on a port of a pod: HTTP only where it looks for HTTP.
fn traffic(protocol: Protocol, payload: &Payload) -> Option<Traffic> {
    match (payload, protocol) {
        (Payload::Udp, _) | (Payload::Tcp, Protocol::Http) => None,
        (Payload::Http { method, target, headers }, Protocol::Http | Protocol::Auto) => {
            let headers = headers.clone();
            Some(Traffic::Http(HttpRequest { method: method.clone(), path: target.clone(), headers }))
        }
        (Payload::Tcp | Payload::Http { .. }, _) => Some(Traffic::Tcp),
    }
}
