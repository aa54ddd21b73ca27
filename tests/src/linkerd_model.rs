//! An independent model of Linkerd: Services and rendered objects in, the exact shares of a call out ([`Mesh::route`]), and who gets
//! through to a pod ([`Mesh::judge`]).
//!
//! It is written from the reference (`linkerd.md`; section numbers are given where a rule stands) and shares no code with the renderer
//! or with `decide`: what it says about a rendered object is what the proxies of the client and of the server would do with it. Objects
//! that Linkerd stores though they are of no use are stored here too, and have the effect that they would have. It is strict about its
//! own limits: an object that uses a field the model does not know is refused, never half understood.
//!
//! ```
//! use serde_json::json;
//! use smi_tests::linkerd_model::{Arrival, Call, Installation, Mesh, Outcome, Passage, Payload, Pod, Service};
//!
//! let services = [Service::tcp("shop", "web", &[80]), Service::tcp("shop", "web-v2", &[80])];
//! let everything_to_v2 = json!({
//!     "apiVersion": "linkerd.io/v1alpha2", "kind": "ServiceProfile",
//!     "metadata": {"namespace": "shop", "name": "web.shop.svc.cluster.local"},
//!     "spec": {"dstOverrides": [{"authority": "web-v2.shop.svc.cluster.local", "weight": "1"}]},
//! });
//! let denies_all = json!({
//!     "apiVersion": "policy.linkerd.io/v1beta3", "kind": "Server",
//!     "metadata": {"namespace": "shop", "name": "web"},
//!     "spec": {"podSelector": {"matchLabels": {"app": "web"}}, "port": 8080},
//! });
//! let installation = Installation::default();
//! let mesh = Mesh::new(&[everything_to_v2, denies_all], &services, &installation).unwrap();
//!
//! let call = Call::new("shop", "shop", "web", 80, Payload::get("/", &[]));
//! assert_eq!(mesh.route(&call), Outcome::all("shop", "web-v2", 80));
//!
//! let pod = Pod::new("shop", "web-0", "web", &[("app", "web")]);
//! let api = installation.identity("shop", "api");
//! let arrival = |port| Arrival::new(&pod, Some(&api), port, Payload::get("/", &[]));
//! assert_eq!(mesh.judge(&arrival(8080)), Passage::Forbidden);
//! assert_eq!(mesh.judge(&arrival(9090)), Passage::Allowed);
//! ```

mod admission;
mod identity;
mod inbound;
mod matching;
mod outbound;
mod outcome;
mod pod;
mod profile;
mod resource;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

pub use crate::istio_model::{Addressing, Call, Fraction, Payload, Port, Service};
pub use admission::Refusal;
pub use inbound::{Arrival, Passage};
pub use outcome::{Outcome, Target};
pub use pod::{DefaultPolicy, Pod};

use resource::Metadata;
use resource::authorization::{AuthorizationPolicy, MeshTls, Networks};
use resource::profile::ServiceProfile;
use resource::route::{HttpRoute, TcpRoute};
use resource::server::Server;

/// The settings of a Linkerd installation that have a part in decisions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// DNS domain of the cluster, which is in the names of ServiceProfiles.
    pub cluster_domain: String,
    /// Trust domain, which is in identities.
    pub trust_domain: String,
    /// Namespace of the control plane, which is in identities too.
    pub control_plane_namespace: String,
}

impl Default for Installation {
    fn default() -> Self {
        Installation {
            cluster_domain: "cluster.local".to_owned(),
            trust_domain: "cluster.local".to_owned(),
            control_plane_namespace: "linkerd".to_owned(),
        }
    }
}

/// How old objects without a `creationTimestamp` are. Nobody may rely on it: who asks, asks under each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ages {
    /// They came in the same second, so that names decide.
    #[default]
    Equal,
    /// In the order in which they were given.
    AsGiven,
    /// In the reverse order.
    Reversed,
}

impl Ages {
    /// All of them.
    pub const ALL: [Ages; 3] = [Ages::Equal, Ages::AsGiven, Ages::Reversed];
}

/// What makes one match of a request more specific than another, after the host and the length of the path (5).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precedence {
    /// The number of headers, that of queries, then the method: what the reference says.
    #[default]
    HeadersFirst,
    /// An exact path before others of its length, the method, the number of headers, then that of queries: proxies since linkerd2-proxy#4604,
    /// which is younger than the reference.
    MethodFirst,
}

impl Precedence {
    /// All of them.
    pub const ALL: [Precedence; 2] = [Precedence::HeadersFirst, Precedence::MethodFirst];
}

/// A mesh with its configuration: what the control plane knows.
#[derive(Clone, Debug)]
pub struct Mesh {
    installation: Installation,
    services: Vec<Service>,
    /// Ports that an annotation of their Service marks as opaque, instead of the default ones.
    opaque_ports: BTreeMap<(String, String), BTreeSet<u16>>,
    ages: Ages,
    precedence: Precedence,
    profiles: Vec<ServiceProfile>,
    http_routes: Vec<HttpRoute>,
    tcp_routes: Vec<TcpRoute>,
    servers: Vec<Server>,
    policies: Vec<AuthorizationPolicy>,
    authentications: Vec<MeshTls>,
    networks: Vec<Networks>,
}

impl Mesh {
    /// Configures a mesh, as if the objects were applied one by one, with both webhooks in place and `fieldValidation=Strict`. Objects of
    /// other API groups are passed over.
    ///
    /// # Errors
    ///
    /// Everything that the CRDs and the webhooks would refuse, and every construct this model does not know.
    pub fn new(
        objects: &[Value],
        services: &[Service],
        installation: &Installation,
    ) -> Result<Mesh, Vec<Refusal>> {
        let mut mesh = Mesh {
            installation: installation.clone(),
            services: services.to_vec(),
            opaque_ports: BTreeMap::new(),
            ages: Ages::default(),
            precedence: Precedence::default(),
            profiles: Vec::new(),
            http_routes: Vec::new(),
            tcp_routes: Vec::new(),
            servers: Vec::new(),
            policies: Vec::new(),
            authentications: Vec::new(),
            networks: Vec::new(),
        };
        let refusals: Vec<Refusal> = objects
            .iter()
            .enumerate()
            .filter_map(|(index, object)| mesh.store(object, index).err())
            .collect();
        if refusals.is_empty() { Ok(mesh) } else { Err(refusals) }
    }

    fn store(&mut self, object: &Value, index: usize) -> Result<(), Refusal> {
        use resource::Resource;
        let read = resource::read(object, index).and_then(|read| {
            admission::check(&read)?;
            Ok(read)
        });
        match read.map_err(|message| Refusal::new(object, message))? {
            Resource::Profile(one) => self.profiles.push(one),
            Resource::Http(one) => self.http_routes.push(one),
            Resource::Tcp(one) => self.tcp_routes.push(one),
            Resource::Server(one) => self.servers.push(one),
            Resource::Policy(one) => self.policies.push(one),
            Resource::MeshTls(one) => self.authentications.push(one),
            Resource::Networks(one) => self.networks.push(one),
            Resource::Ignored => {}
        }
        Ok(())
    }

    /// The same mesh with objects of these ages.
    #[must_use]
    pub fn with_ages(mut self, ages: Ages) -> Mesh {
        self.ages = ages;
        self
    }

    /// The same mesh with proxies that rank matches like this.
    #[must_use]
    pub fn with_precedence(mut self, precedence: Precedence) -> Mesh {
        self.precedence = precedence;
        self
    }

    /// The same mesh with the annotation `config.linkerd.io/opaque-ports` on a Service.
    #[must_use]
    pub fn with_opaque_ports(mut self, namespace: &str, service: &str, ports: &[u16]) -> Mesh {
        let of = (namespace.to_owned(), service.to_owned());
        self.opaque_ports.insert(of, ports.iter().copied().collect());
        self
    }

    /// Objects, the one that wins ties first: the older, then the one of the smaller name.
    fn by_age<'a, T>(
        &self,
        objects: impl Iterator<Item = &'a T>,
        metadata: impl Fn(&T) -> &Metadata,
    ) -> Vec<&'a T> {
        let mut objects: Vec<&T> = objects.collect();
        objects.sort_by_key(|object| {
            let Metadata { created, index, group, kind, namespace, name } = metadata(object);
            let position = match (created, self.ages) {
                (Some(_), _) | (None, Ages::Equal) => 0,
                (None, Ages::AsGiven) => *index,
                (None, Ages::Reversed) => usize::MAX - *index,
            };
            (created.clone(), position, *group, *kind, name.clone(), namespace.clone())
        });
        objects
    }
}
