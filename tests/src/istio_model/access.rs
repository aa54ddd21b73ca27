//! Who gets through to a pod: AuthorizationPolicies as the pod's sidecar enforces them, with the EnvoyFilters that write metadata for
//! them (sections 2.3, 4, 11 and 12).
//!
//! ```
//! use serde_json::json;
//! use smi_tests::istio_model::{Guard, Inbound, Payload, Pod, Passage};
//!
//! let denies_all = json!({
//!     "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
//!     "metadata": {"namespace": "shop", "name": "web"},
//!     "spec": {"selector": {"matchLabels": {"app": "web"}}},
//! });
//! let guard = Guard::new(&[denies_all], "cluster.local").unwrap();
//! let (web, db) = (Pod::new("shop", "web", &[("app", "web")]), Pod::new("shop", "db", &[("app", "db")]));
//! let from = |pod| Inbound::new(pod, Some("cluster.local/ns/shop/sa/api"), 80, Payload::get("/", &[]));
//! assert_eq!(guard.judge(&from(&web)), Passage::Denied);
//! assert_eq!(guard.judge(&from(&db)), Passage::Allowed);
//! ```

mod admission;
mod envoy;
mod policy;
mod strings;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;

use super::admission::Refusal;
use super::call::normalise;
use super::{Payload, Protocol};

use envoy::MetadataFilter;
use policy::{Action, Policy};

/// The namespace whose policies apply to the whole mesh.
pub const ROOT_NAMESPACE: &str = "istio-system";

/// A pod with a sidecar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// What istiod takes the traffic of a port of the pod for. Ports that no Service leads to are sniffed.
    pub protocols: BTreeMap<u16, Protocol>,
}

impl Pod {
    /// A pod of which no Service says what its ports speak.
    #[must_use]
    pub fn new(namespace: &str, name: &str, labels: &[(&str, &str)]) -> Pod {
        let own = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        let labels = labels.iter().map(own).collect();
        Pod { namespace: namespace.to_owned(), name: name.to_owned(), labels, protocols: BTreeMap::new() }
    }

    /// The same pod with a port declared by a Service.
    #[must_use]
    pub fn declaring(mut self, port: u16, protocol: Protocol) -> Pod {
        self.protocols.insert(port, protocol);
        self
    }

    /// What the traffic of a port is taken for.
    #[must_use]
    pub fn protocol(&self, port: u16) -> Protocol {
        self.protocols.get(&port).copied().unwrap_or(Protocol::Auto)
    }
}

/// A request or connection that arrives at a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inbound<'a> {
    /// The pod.
    pub pod: &'a Pod,
    /// SPIFFE ID of the peer's certificate, without `spiffe://`; `None` for plaintext.
    pub source: Option<String>,
    /// The port the pod listens on.
    pub port: u16,
    /// What is sent.
    pub payload: Payload,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passage {
    /// It reaches the pod.
    Allowed,
    /// It does not.
    Denied,
    /// The mesh does not see it.
    Unseen,
}

impl<'a> Inbound<'a> {
    /// What arrives at a port of a pod.
    #[must_use]
    pub fn new(pod: &'a Pod, source: Option<&str>, port: u16, payload: Payload) -> Inbound<'a> {
        Inbound { pod, source: source.map(str::to_owned), port, payload }
    }
}

/// One request as filters see it.
#[derive(Clone, Debug)]
struct Seen<'a> {
    source: Option<&'a str>,
    port: u16,
    /// Nothing for a TCP connection.
    http: Option<SeenHttp<'a>>,
    /// What EnvoyFilters have written under `envoy.filters.http.rbac`.
    metadata: BTreeMap<String, &'static str>,
}

#[derive(Clone, Debug)]
struct SeenHttp<'a> {
    method: &'a str,
    /// Normalised, without query and fragment.
    path: String,
    headers: &'a [(String, String)],
}

impl SeenHttp<'_> {
    /// The lines of a header; the name is compared in lower case. `:authority` is the line `host`.
    fn lines(&self, name: &str) -> impl Iterator<Item = &str> {
        let name = if name.eq_ignore_ascii_case(":authority") { "host" } else { name };
        let own = self.headers.iter().filter(move |(line, _)| line.eq_ignore_ascii_case(name));
        own.map(|(_, value)| value.trim_matches([' ', '\t']))
    }
}

/// The configuration that guards the pods of a mesh.
#[derive(Clone, Debug)]
pub struct Guard {
    policies: Vec<Policy>,
    filters: Vec<MetadataFilter>,
    /// Its own, and its aliases.
    trust_domains: Vec<String>,
}

impl Guard {
    /// Configures a mesh. Objects that have no part in access are passed over.
    ///
    /// # Errors
    ///
    /// Everything the webhook or the CRD would refuse, what would make Envoy abort, and every construct this model does not know.
    pub fn new(objects: &[Value], trust_domain: &str) -> Result<Guard, Vec<Refusal>> {
        let (mut policies, mut filters, mut refusals) = (Vec::new(), Vec::new(), Vec::new());
        for object in objects {
            let group = object["apiVersion"].as_str().unwrap_or_default().split('/').next();
            match (group.unwrap_or_default(), object["kind"].as_str().unwrap_or_default()) {
                ("security.istio.io", "AuthorizationPolicy") => {
                    match admission::check(object).and_then(|()| policy::read(object)) {
                        Ok(policy) => policies.push(policy),
                        Err(message) => refusals.push(Refusal::new(object, message)),
                    }
                }
                ("networking.istio.io", "EnvoyFilter") => match envoy::read(object) {
                    Ok(filter) => filters.push(filter),
                    Err(message) => refusals.push(Refusal::new(object, message)),
                },
                ("security.istio.io", kind) => {
                    refusals.push(Refusal::new(object, format!("kind {kind} is not modelled")));
                }
                _ => {}
            }
        }
        match refusals.is_empty() {
            true => Ok(Guard { policies, filters, trust_domains: vec![trust_domain.to_owned()] }),
            false => Err(refusals),
        }
    }

    /// The same mesh with `trustDomainAliases`.
    #[must_use]
    pub fn with_aliases<'a>(mut self, aliases: impl IntoIterator<Item = &'a str>) -> Guard {
        self.trust_domains.extend(aliases.into_iter().map(str::to_owned));
        self
    }

    /// Whether what arrives gets through: any match of a DENY policy denies; where ALLOW policies are, one of them has to match (2.3).
    #[must_use]
    pub fn judge(&self, inbound: &Inbound<'_>) -> Passage {
        let Some(seen) = self.see(inbound) else {
            return match inbound.payload {
                Payload::Udp => Passage::Unseen,
                // The sidecar of the server lets no other bytes through to a declared HTTP port (section 11).
                Payload::Tcp | Payload::Http { .. } => Passage::Denied,
            };
        };
        let mut allowing = false;
        let mut allowed = false;
        for policy in self.policies.iter().filter(|policy| policy.scope.covers(inbound.pod)) {
            let matches = policy.matches(&seen, &self.trust_domains);
            match policy.action {
                Action::Deny if matches => return Passage::Denied,
                Action::Deny => {}
                Action::Allow => {
                    allowing = true;
                    allowed |= matches;
                }
            }
        }
        if allowed || !allowing { Passage::Allowed } else { Passage::Denied }
    }

    /// Whether some ALLOW policy selects the pod, so that it denies by default.
    #[must_use]
    pub fn is_guarded(&self, pod: &Pod) -> bool {
        self.policies.iter().any(|policy| policy.action == Action::Allow && policy.scope.covers(pod))
    }

    /// `None` where the listener takes nothing of the kind.
    fn see<'i>(&self, inbound: &'i Inbound<'_>) -> Option<Seen<'i>> {
        let as_http = match (inbound.pod.protocol(inbound.port), &inbound.payload) {
            (_, Payload::Udp) | (Protocol::Http, Payload::Tcp) => return None,
            (Protocol::Http | Protocol::Auto, Payload::Http { method, target, headers }) => {
                Some(SeenHttp { method, path: normalise(target), headers })
            }
            (Protocol::Auto, Payload::Tcp) => None,
            // Opaque, whatever it is.
            (Protocol::Tcp | Protocol::Tls | Protocol::Udp, Payload::Tcp | Payload::Http { .. }) => None,
        };
        let mut seen = Seen {
            source: inbound.source.as_deref(),
            port: inbound.port,
            http: as_http,
            metadata: BTreeMap::new(),
        };
        if seen.http.is_some() {
            let own = self.filters.iter().filter(|filter| filter.scope.covers(inbound.pod));
            let written = own.flat_map(|filter| filter.written(&seen)).collect();
            seen.metadata = written;
        }
        Some(seen)
    }
}

/// Which pods an object is for: those of its namespace (of all, for the root namespace) that have all of some labels.
#[derive(Clone, Debug)]
struct Scope {
    namespace: String,
    labels: BTreeMap<String, String>,
    /// `targetRefs`: sidecars ignore such an object altogether.
    elsewhere: bool,
}

impl Scope {
    fn covers(&self, pod: &Pod) -> bool {
        !self.elsewhere
            && (self.namespace == pod.namespace || self.namespace == ROOT_NAMESPACE)
            && self.labels.iter().all(|(key, value)| pod.labels.get(key) == Some(value))
    }
}
