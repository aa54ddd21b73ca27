//! The proxy of the server: who gets through to a port of a pod (3, 7).

use std::net::{IpAddr, Ipv4Addr};

use super::matching::{self, Request};
use super::resource::authorization::{AuthorizationPolicy, Clients};
use super::resource::route::{HttpRoute, Parent};
use super::resource::server::{AccessPolicy, Protocol, Server};
use super::resource::{Metadata, POLICY, Reference};
use super::{DefaultPolicy, Mesh, Payload, Pod};

/// A request or connection that arrives at a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival<'a> {
    /// The pod.
    pub pod: &'a Pod,
    /// The identity in the certificate of the client; nothing without mTLS.
    pub identity: Option<String>,
    /// The address that it comes from.
    pub address: IpAddr,
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
    /// Answered 404: routes are attached, and none matches.
    NotFound,
    /// Answered 403: what matches lets others in.
    Forbidden,
    /// The connection is closed.
    Refused,
    /// The proxy does not see it, and it reaches the pod.
    Unseen,
    /// The reference does not say.
    Unknown(&'static str),
}

impl<'a> Arrival<'a> {
    /// What arrives at a port of a pod, from an address within the cluster.
    #[must_use]
    pub fn new(pod: &'a Pod, identity: Option<&str>, port: u16, payload: Payload) -> Arrival<'a> {
        let address = IpAddr::V4(Ipv4Addr::new(10, 1, 2, 3));
        Arrival { pod, identity: identity.map(str::to_owned), address, port, payload }
    }

    /// The same from another address.
    #[must_use]
    pub fn from(mut self, address: IpAddr) -> Arrival<'a> {
        self.address = address;
        self
    }
}

impl Mesh {
    /// Whether what arrives at a pod gets through.
    #[must_use]
    pub fn judge(&self, arrival: &Arrival<'_>) -> Passage {
        let Arrival { pod, identity, port, payload, .. } = arrival;
        if *payload == Payload::Udp || !pod.meshed || pod.skipped_ports.contains(port) {
            return Passage::Unseen;
        }
        let request = Request::read(payload, "").map(|request| request.sent_by(identity.as_deref()));
        let Some(server) = self.server_of(pod, *port) else {
            let lets_in = match pod.default_policy {
                DefaultPolicy::AllUnauthenticated => true,
                DefaultPolicy::AllAuthenticated => identity.is_some(),
                DefaultPolicy::Deny => false,
            };
            let is_probe = request.is_some_and(|request| probes(pod, *port, &request));
            return passage(lets_in || is_probe, payload);
        };
        let at_server = self.lets_in_at_server(server, arrival);
        let request = match (server.protocol, request) {
            (Protocol::Unknown | Protocol::Http, Some(request)) => request,
            (Protocol::Unknown, None) | (Protocol::Opaque, _) => {
                return if at_server { Passage::Allowed } else { Passage::Refused };
            }
            (Protocol::Http, None) => return Passage::Unknown("other bytes on a Server of HTTP"),
        };
        let routes = self.http_routes.iter().filter(|route| is_attached(route, server));
        let routes = self.by_age(routes, |route| &route.metadata);
        if routes.is_empty() {
            // Where no route is attached there is one for everything, and one for probes (7.6).
            return passage(at_server || probes(pod, *port, &request), payload);
        }
        match matching::winner(&routes, &request, self.precedence) {
            None => Passage::NotFound,
            Some((route, _)) => {
                let on_route = |policy: &&AuthorizationPolicy| {
                    names(&policy.target, &route.metadata) && is_beside(policy, &route.metadata)
                };
                let lets_in =
                    self.policies.iter().filter(on_route).any(|policy| self.grants(policy, arrival));
                passage(lets_in || at_server, payload)
            }
        }
    }

    /// Whether some Server selects the port of the pod.
    #[must_use]
    pub fn is_guarded(&self, pod: &Pod, port: u16) -> bool {
        self.server_of(pod, port).is_some()
    }

    /// Of several Servers of a port the oldest counts, and the others for nothing (3.2).
    fn server_of(&self, pod: &Pod, port: u16) -> Option<&Server> {
        let selecting = self.servers.iter().filter(|server| server.selects(pod, port));
        self.by_age(selecting, |server| &server.metadata).first().copied()
    }

    /// What is granted at the Server holds for connections, and for every route.
    fn lets_in_at_server(&self, server: &Server, arrival: &Arrival<'_>) -> bool {
        let by_access = match server.access {
            AccessPolicy::Deny => false,
            AccessPolicy::AllUnauthenticated | AccessPolicy::Audit => true,
            AccessPolicy::AllAuthenticated => arrival.identity.is_some(),
        };
        let at_server = |policy: &&AuthorizationPolicy| {
            is_beside(policy, &server.metadata)
                && (names(&policy.target, &server.metadata) || policy.target.is("", "Namespace"))
        };
        by_access || self.policies.iter().filter(at_server).any(|policy| self.grants(policy, arrival))
    }

    /// All that is required has to be there; what is not makes a policy grant nothing (3.5).
    fn grants(&self, policy: &AuthorizationPolicy, arrival: &Arrival<'_>) -> bool {
        policy.required.iter().all(|required| {
            let namespace = required.namespace.as_ref().unwrap_or(&policy.metadata.namespace);
            let is_meant =
                |metadata: &Metadata| metadata.name == required.name && metadata.namespace == *namespace;
            match required.kind.as_str() {
                "ServiceAccount" => {
                    let client =
                        Clients::Account { namespace: namespace.clone(), name: required.name.clone() };
                    self.is_client(&client, arrival)
                }
                "MeshTLSAuthentication" => {
                    let meant = self.authentications.iter().find(|one| is_meant(&one.metadata));
                    meant.is_some_and(|one| one.clients.iter().any(|client| self.is_client(client, arrival)))
                }
                _ => {
                    let meant = self.networks.iter().find(|one| is_meant(&one.metadata));
                    meant.is_some_and(|one| {
                        one.networks.iter().any(|network| {
                            network.range.contains(arrival.address)
                                && !network.except.iter().any(|inner| inner.contains(arrival.address))
                        })
                    })
                }
            }
        })
    }

    fn is_client(&self, client: &Clients, arrival: &Arrival<'_>) -> bool {
        let Some(identity) = &arrival.identity else { return false };
        match client {
            Clients::Identity(one) => one.accepts(identity),
            Clients::Account { namespace, name } => *identity == self.installation.identity(namespace, name),
            Clients::Namespace(namespace) => {
                identity.ends_with(&format!(".{}", self.installation.identities_of(namespace)))
            }
        }
    }
}

/// Whether a route is attached to a Server: to one of its own namespace, without a port, which would make Linkerd ignore the whole route
/// though it is accepted (3.3, 15).
fn is_attached(route: &HttpRoute, server: &Server) -> bool {
    let is_server = |parent: &&Parent| parent.is(POLICY, "Server");
    let has_port = |parent: &Parent| parent.port.is_some() || parent.section_name.is_some();
    route.metadata.namespace == server.metadata.namespace
        && !route.parents.iter().filter(is_server).any(has_port)
        && route.parents.iter().filter(is_server).any(|parent| {
            parent.name == server.metadata.name
                && parent.namespace.as_ref().is_none_or(|namespace| *namespace == server.metadata.namespace)
        })
}

fn names(target: &Reference, metadata: &Metadata) -> bool {
    target.is(metadata.group, metadata.kind) && target.name == metadata.name
}

fn is_beside(policy: &AuthorizationPolicy, other: &Metadata) -> bool {
    policy.metadata.namespace == other.namespace
}

/// Probes may come from anywhere: a value of Linkerd's chart (15).
fn probes(pod: &Pod, port: u16, request: &Request<'_>) -> bool {
    pod.probes.iter().any(|(probed, path)| *probed == port && request.is_get(path))
}

fn passage(lets_in: bool, payload: &Payload) -> Passage {
    match (lets_in, payload) {
        (true, _) => Passage::Allowed,
        (false, Payload::Http { .. }) => Passage::Forbidden,
        (false, _) => Passage::Refused,
    }
}
