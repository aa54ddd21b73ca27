//! The project as tests use it: a world in, the rendered objects and the meaning of calls out. The only place that names its API.

mod access;
mod objects;

use serde_json::Value;
use smi_translate::intent::Ports;
use smi_translate::read::{ReadOptions, Reader};
use smi_translate::{
    Backend, Diagnostic, HttpRequest, Inventory, MissingServices, Options, Request, Severity, Traffic,
    UnitKey, decide, resolve_routing, translate,
};

use crate::istio_model::{
    Addressing, CLUSTER_DOMAIN, Call, Fraction, Outcome, Payload, Port, Protocol, Target,
};
use crate::world::{Unlisted, World};

pub use access::{
    Choices, LinkerdChoices, Meaning, Reading, Rendered, Setup, TranslatedAccess, linkerd_arrival,
    linkerd_pod,
};
pub use objects::{object, reference};

/// A translated world.
#[derive(Debug)]
pub struct Translated {
    /// The rendered objects.
    pub objects: Vec<Value>,
    /// What reading and translating had to say.
    pub diagnostics: Vec<Diagnostic>,
    inventory: Inventory,
    refused: Vec<UnitKey>,
}

/// Translates a stream of manifests for Istio, as if each Service that is not in it existed.
#[must_use]
pub fn translate_manifests(text: &str) -> Translated {
    translate_with(text, MissingServices::Assume, Options::default(), &smi_istio::Istio::default())
}

impl Translated {
    /// Reads and translates a world for Istio.
    #[must_use]
    pub fn of(world: &World) -> Translated {
        Translated::with(world, Options::default(), &smi_istio::Istio::default())
    }

    /// Reads a world as some options say, and translates it for a mesh.
    #[must_use]
    pub fn with(world: &World, options: Options, backend: &dyn Backend) -> Translated {
        Translated::with_text(world, &world.yaml(), options, backend)
    }

    /// The same from another spelling of its manifests.
    #[must_use]
    pub fn with_text(world: &World, text: &str, options: Options, backend: &dyn Backend) -> Translated {
        let missing_services = match world.unlisted {
            Unlisted::Exists => MissingServices::Assume,
            Unlisted::Missing => MissingServices::Exclude,
        };
        translate_with(text, missing_services, options, backend)
    }

    /// Whether nothing was rendered for a root because of an error or a loss.
    #[must_use]
    pub fn is_refused(&self, namespace: &str, root: &str) -> bool {
        self.refused.contains(&unit(namespace, root))
    }

    /// Whether a unit that was refused says why.
    #[must_use]
    pub fn explains_refusals(&self) -> bool {
        self.refused.is_empty()
            || self.diagnostics.iter().any(|d| d.severity >= Severity::Loss && d.object.is_some())
    }

    /// What SMI says becomes of a call in Istio. `None` where SMI and the mesh cannot be compared:
    ///
    /// * what [`meaning_as`](Translated::meaning_as) leaves out;
    /// * bytes that are not HTTP on a port declared as HTTP: no traffic of the mesh (`istio.md` 11);
    /// * connections to the pods of a headless root, which the mesh knows by their own addresses (`istio.md` 3.3).
    #[must_use]
    pub fn meaning(&self, world: &World, call: &Call) -> Option<Outcome> {
        let root = world.service(&call.namespace, &call.service)?;
        let traffic = traffic(root.tcp_port(call.port), &call.payload)?;
        if root.addressing == Addressing::Headless && traffic == Traffic::Tcp {
            return None;
        }
        self.meaning_as(world, call, traffic)
    }

    /// What SMI says becomes of a call that the mesh takes for this traffic, with the root for units that were refused. `None` where SMI and
    /// no mesh can be compared:
    ///
    /// * the Service called does not exist;
    /// * a root that is assumed to exist, on a port that it or one of its listed backends lacks: the assumption does not hold.
    #[must_use]
    pub fn meaning_as(&self, world: &World, call: &Call, traffic: Traffic) -> Option<Outcome> {
        let root = world.service(&call.namespace, &call.service)?;
        if self.is_refused(&call.namespace, &call.service) {
            return Some(Outcome::all(&call.namespace, &call.service, call.port));
        }
        let routing = resolve_routing(&self.inventory, &call.namespace, &call.service).intent;
        if routing.ports == Ports::Assumed {
            let backends = routing.rules.iter().flat_map(|rule| &rule.backends);
            let lacking = backends.filter_map(|backend| backend.facts.as_ref()).any(|facts| {
                !facts
                    .ports
                    .iter()
                    .any(|port| port.port == call.port && port.transport() == Default::default())
            });
            if lacking || root.tcp_port(call.port).is_none() {
                return None;
            }
        }
        let decision = decide(&routing, &Request { port: Some(call.port), traffic });
        let part = |number: u128| {
            u64::try_from(number).expect("shares that were not refused are made of small numbers")
        };
        let shares = decision.shares.into_iter().map(|(service, share)| {
            let target = Target::service(&call.namespace, &service, call.port);
            (target, Fraction::new(part(share.numerator()), part(share.denominator())))
        });
        Some(Outcome::Shares(shares.collect()))
    }
}

fn translate_with(
    text: &str,
    missing_services: MissingServices,
    options: Options,
    backend: &dyn Backend,
) -> Translated {
    let mut reader = Reader::new(ReadOptions::default());
    reader.add("world.yaml", text.as_bytes());
    let options = Options { missing_services, cluster_domain: CLUSTER_DOMAIN.to_owned(), ..options };
    let input = reader.finish(options);
    let translation = translate(&input.inventory, backend);
    let object = |manifest| serde_json::to_value(manifest).expect("a rendered object is JSON");
    Translated {
        objects: translation.manifests.iter().map(object).collect(),
        diagnostics: input.diagnostics.into_iter().chain(translation.diagnostics).collect(),
        inventory: input.inventory,
        refused: translation.refused,
    }
}

fn unit(namespace: &str, root: &str) -> UnitKey {
    UnitKey::Routing { namespace: namespace.to_owned(), root: root.to_owned() }
}

/// What the mesh sees of a payload on a port: HTTP only where it looks for HTTP.
fn traffic(port: Option<&Port>, payload: &Payload) -> Option<Traffic> {
    match (payload, port.map(Port::protocol)) {
        (Payload::Udp, _) => Some(Traffic::Udp),
        (Payload::Tcp, Some(Protocol::Http)) => None,
        (Payload::Http { method, target, headers }, Some(Protocol::Http | Protocol::Auto) | None) => {
            let headers = headers.clone();
            Some(Traffic::Http(HttpRequest { method: method.clone(), path: target.clone(), headers }))
        }
        (Payload::Tcp | Payload::Http { .. }, _) => Some(Traffic::Tcp),
    }
}
