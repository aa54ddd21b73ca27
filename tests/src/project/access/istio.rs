//! Worlds of access in Istio.

use serde_json::Value;
use smi_istio::{Identities, Istio, IstioOptions};
use smi_translate::{AccessScope, Backend, HeaderMatching, HttpRequest, Options, PathAnchoring, Traffic};

use super::{Reading, Setup, TranslatedAccess};
use crate::istio_model::{Guard, Payload, Protocol, Refusal};
use crate::world::access::ALIAS;

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

    fn has_alias(self) -> bool {
        matches!(self, Choices::ServiceAccounts | Choices::Meshes)
    }
}

impl Setup for Choices {
    fn options(self) -> Options {
        let losses = || smi_istio::CODES.iter().map(|doc| doc.code.0.to_owned()).collect();
        let options = Options::default();
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

    fn backend(self) -> Box<dyn Backend> {
        let aliases = if self.has_alias() { [ALIAS.to_owned()].into() } else { Default::default() };
        Box::new(Istio::new(IstioOptions {
            exact: self == Choices::Exact,
            identities: match self {
                Choices::ServiceAccounts => Identities::ServiceAccounts,
                _ => Identities::Principals,
            },
            trust_domain_aliases: aliases,
            ..IstioOptions::default()
        }))
    }

    fn reading(self) -> Reading {
        Reading {
            has_alias: self.has_alias(),
            any_trust_domain: self == Choices::ServiceAccounts,
            whole_namespaces: self == Choices::Namespaces,
            traffic: |workload, port, payload| traffic(workload.pod.protocol(port), payload),
        }
    }
}

impl TranslatedAccess {
    /// Istio with the rendered objects.
    ///
    /// # Errors
    ///
    /// What it would refuse.
    pub fn guard(&self) -> Result<Guard, Vec<Refusal>> {
        self.guard_of(&self.objects())
    }

    /// The same mesh with other objects.
    ///
    /// # Errors
    ///
    /// What it would refuse.
    pub fn guard_of(&self, objects: &[Value]) -> Result<Guard, Vec<Refusal>> {
        let aliases = self.reading.has_alias.then_some(ALIAS);
        Ok(Guard::new(objects, &self.trust_domain)?.with_aliases(aliases))
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
