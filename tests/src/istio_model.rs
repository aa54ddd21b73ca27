//! An independent model of Istio: VirtualServices and Services in, the exact shares of a request out ([`Mesh`]); AuthorizationPolicies
//! in, who gets through to a pod out ([`Guard`]).
//!
//! It is written from Istio's documented semantics (`istio.md` of the references; section numbers are given where a rule stands) and
//! shares no code with the renderer or with `decide`: what it says about a rendered object is what a mesh would do with it. It is
//! strict about its own limits: an object that uses a field the model does not know is refused, never half understood.
//!
//! ```
//! use serde_json::json;
//! use smi_tests::istio_model::{Call, Mesh, Outcome, Payload, Service};
//!
//! let services = [Service::tcp("shop", "web", &[80]), Service::tcp("shop", "web-v2", &[80])];
//! let everything_to_v2 = json!({
//!     "apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
//!     "metadata": {"namespace": "shop", "name": "web"},
//!     "spec": {"hosts": ["web"], "http": [{"route": [{"destination": {"host": "web-v2", "port": {"number": 80}}}]}]},
//! });
//! let mesh = Mesh::new(&[everything_to_v2], &services).unwrap();
//! let call = Call::new("shop", "shop", "web", 80, Payload::get("/", &[]));
//! assert_eq!(mesh.route(&call), Outcome::all("shop", "web-v2", 80));
//! ```

mod access;
pub mod admission;
mod call;
mod hosts;
mod matching;
mod outcome;
mod re2;
mod resource;
mod service;
#[cfg(test)]
mod tests;

use serde_json::Value;

pub use access::{Guard, Inbound, Passage, Pod, ROOT_NAMESPACE};
pub use admission::Refusal;
pub use call::{Call, Payload};
pub use outcome::{Fraction, Outcome, Target};
pub(crate) use re2::Re2;
pub use service::{Addressing, Port, Protocol, Service};

use resource::{Destination, TcpRoute, VirtualService};

/// DNS domain of the modelled cluster.
pub const CLUSTER_DOMAIN: &str = "cluster.local";

/// A mesh with its configuration: what istiod knows.
#[derive(Clone, Debug)]
pub struct Mesh {
    services: Vec<Service>,
    /// In the order in which sidecars look at them.
    virtual_services: Vec<VirtualService>,
}

impl Mesh {
    /// Configures a mesh, as if the objects were applied one by one. Objects of other API groups have no part in routing and are
    /// passed over.
    ///
    /// # Errors
    ///
    /// Everything the webhook, the CRD or Envoy would refuse, and every construct this model does not know.
    pub fn new(objects: &[Value], services: &[Service]) -> Result<Mesh, Vec<Refusal>> {
        let mut refusals = Vec::new();
        let mut virtual_services = Vec::new();
        for object in objects {
            let version = object["apiVersion"].as_str().unwrap_or_default();
            // EnvoyFilters of the shape that is modelled have no part in routing; `Guard` knows them.
            if version.split('/').next() != Some("networking.istio.io") || object["kind"] == "EnvoyFilter" {
                continue;
            }
            match resource::read(object) {
                Ok(read) => {
                    refusals.extend(admission::check(&read));
                    virtual_services.push(read);
                }
                Err(refusal) => refusals.push(refusal),
            }
        }
        if !refusals.is_empty() {
            return Err(refusals);
        }
        virtual_services
            .sort_by_key(|vs| (vs.visibility(), vs.created.clone(), vs.name.clone(), vs.namespace.clone()));
        Ok(Mesh { services: services.to_vec(), virtual_services })
    }

    /// What becomes of one request or connection made by a client with a sidecar.
    #[must_use]
    pub fn route(&self, call: &Call) -> Outcome {
        let Some(dialled) = self.service(&call.namespace, &call.service) else {
            return Outcome::NoSuchService;
        };
        // UDP and ports the service does not have pass the mesh untouched, to the address dialled.
        let untouched = Outcome::all(&call.namespace, &call.service, call.port);
        let Some(port) = dialled.tcp_port(call.port).filter(|_| call.payload != Payload::Udp) else {
            return untouched;
        };
        let as_http = match (port.protocol(), &call.payload) {
            (Protocol::Http | Protocol::Auto, Payload::Http { .. }) => true,
            (Protocol::Tcp | Protocol::Auto, _) => false,
            // Bytes that are not HTTP on a declared HTTP port go to the address dialled, past every route (section 11); TLS
            // ports know only `tls` routes, which this model refuses (3.5).
            (Protocol::Http | Protocol::Tls | Protocol::Udp, _) => return untouched,
        };
        let decided = if as_http { self.route_http(dialled, call) } else { self.route_tcp(dialled, call) };
        decided.unwrap_or(untouched)
    }

    /// The answer of the first VirtualService that has an HTTP route for this host and port; `None` without such a one.
    fn route_http(&self, dialled: &Service, call: &Call) -> Option<Outcome> {
        let authority = call.authority();
        let known_as = hosts::is_domain_of(dialled, &call.caller_namespace, &authority);
        let owner = self.visible(call).find(|vs| {
            let claims = vs.hosts.iter().any(|host| {
                (known_as && *host == dialled.fqdn())
                    || (call.port == 80 && *host == hosts::without_port(&authority))
            });
            claims && vs.http.iter().any(|route| route.is_for(call))
        })?;
        let Some(route) =
            owner.http.iter().filter(|route| route.is_for(call)).find(|route| route.accepts(call))
        else {
            return Some(Outcome::Status(404));
        };
        if let Some(response) = &route.direct_response {
            return Some(Outcome::Status(response.status));
        }
        let destinations: Vec<_> = route.route.iter().flatten().collect();
        Some(self.shares(&destinations, |destination| self.http_target(destination, dialled, call.port)))
    }

    /// The same for TCP: the first route for this host and port decides, there is nothing else to look at.
    fn route_tcp(&self, dialled: &Service, call: &Call) -> Option<Outcome> {
        let owns = |vs: &&VirtualService| vs.hosts.contains(&dialled.fqdn());
        let route: &TcpRoute =
            self.visible(call).filter(owns).flat_map(|vs| &vs.tcp).find(|route| route.is_for(call))?;
        let destinations: Vec<_> = route.route.iter().collect();
        Some(self.shares(&destinations, |destination| self.tcp_target(destination, dialled, call.port)))
    }

    fn visible<'a>(&'a self, call: &'a Call) -> impl Iterator<Item = &'a VirtualService> {
        self.virtual_services.iter().filter(|vs| vs.on_mesh() && vs.is_exported_to(&call.caller_namespace))
    }

    /// Relative weights (3.4): a lone destination gets everything whatever its weight, zeros next to others get nothing.
    fn shares(&self, destinations: &[&Destination], target: impl Fn(&Destination) -> Target) -> Outcome {
        if let [only] = destinations {
            return Outcome::Shares([(target(only), Fraction::ONE)].into());
        }
        Outcome::weighted(destinations.iter().map(|d| (target(d), d.weight())))
    }

    /// Without a port an HTTP destination means the dialled port, and only Services that have it are known there (2.2).
    fn http_target(&self, destination: &Destination, dialled: &Service, port: u16) -> Target {
        self.cluster(destination, destination.port().unwrap_or(port), dialled, port)
    }

    /// Without a port a TCP destination means the only port of a single-port Service, else the dialled port (2.2).
    fn tcp_target(&self, destination: &Destination, dialled: &Service, port: u16) -> Target {
        let only_port = || match self.by_host(destination.host()).map(|service| service.ports.as_slice()) {
            Some([only]) => Some(only.number),
            _ => None,
        };
        let number = destination.port().or_else(only_port).unwrap_or(port);
        self.cluster(destination, number, dialled, port)
    }

    /// The endpoints behind `outbound|<number>||<host>`, if istiod makes that cluster.
    fn cluster(
        &self,
        destination: &Destination,
        number: u16,
        dialled: &Service,
        dialled_port: u16,
    ) -> Target {
        let missing = || Target::NoCluster(format!("outbound|{number}||{}", destination.host()));
        let Some(service) = self.by_host(destination.host()) else { return missing() };
        match service.addressing {
            Addressing::ExternalName => missing(),
            _ if service.tcp_port(number).is_none_or(|port| port.protocol() == Protocol::Udp) => missing(),
            Addressing::ClusterIp => Target::service(&service.namespace, &service.name, number),
            // An original-destination cluster connects to whatever the client dialled (3.3).
            Addressing::Headless => Target::service(&dialled.namespace, &dialled.name, dialled_port),
        }
    }

    fn service(&self, namespace: &str, name: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.namespace == namespace && service.name == name)
    }

    fn by_host(&self, host: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.fqdn() == host)
    }
}
