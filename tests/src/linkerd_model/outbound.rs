//! The proxy of the client: which endpoints a call goes to (5, 6).

use super::matching::{self, Request};
use super::resource::Metadata;
use super::resource::profile::ServiceProfile;
use super::resource::route::{Backend, Parent};
use super::{Addressing, Call, Mesh, Outcome, Payload, Service, Target};

/// Ports that are opaque unless an annotation says otherwise (3.9).
const OPAQUE: [u16; 8] = [25, 587, 3306, 4444, 5432, 6379, 9300, 11211];

/// What the control plane says of the traffic of a port (6.2, step 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    /// Declared.
    Http,
    /// The proxy looks at the first bytes.
    Detect,
    /// Connections, whatever runs over them.
    Opaque,
    /// Declared as HTTP and opaque, or declared twice.
    Contradiction,
}

impl Mesh {
    /// What becomes of a call made by a pod with a proxy.
    #[must_use]
    pub fn route(&self, call: &Call) -> Outcome {
        let Some(service) = self.service(&call.namespace, &call.service) else {
            return Outcome::NoSuchService;
        };
        let untouched = Outcome::all(&call.namespace, &call.service, call.port);
        // UDP is not proxied; without a cluster IP the proxy does not know which Service is meant (1).
        if call.payload == Payload::Udp || service.addressing != Addressing::ClusterIp {
            return untouched;
        }
        // UDP ports are not told from TCP ports (15).
        if !service.ports.iter().any(|port| port.number == call.port) {
            return Outcome::Closed;
        }
        let is_http = matches!(call.payload, Payload::Http { .. });
        let as_http = match (self.protocol(service, call.port), is_http) {
            (Protocol::Http | Protocol::Detect, true) => true,
            (Protocol::Detect | Protocol::Opaque, _) => false,
            (Protocol::Http, false) => return Outcome::Unknown("other bytes on a port declared as HTTP"),
            (Protocol::Contradiction, _) => return Outcome::Unknown("a port with two protocols"),
        };
        if let Some(profile) = self.profile_of(call) {
            let has_overrides = profile.overrides.iter().any(|one| one.weight > 0);
            if has_overrides {
                return self.overridden(profile, call);
            }
            if as_http && profile.has_routes {
                return untouched;
            }
        }
        match as_http {
            true => self.routed(service, call).unwrap_or(untouched),
            false => self.connected(service, call).unwrap_or(untouched),
        }
    }

    fn protocol(&self, service: &Service, number: u16) -> Protocol {
        let annotated = self.opaque_ports.get(&(service.namespace.clone(), service.name.clone()));
        let is_opaque = match annotated {
            Some(ports) => ports.contains(&number),
            None => OPAQUE.contains(&number),
        };
        // UDP ports are not told from TCP ports (15), so that one number may be declared twice.
        let mut declared = service.ports.iter().filter(|port| port.number == number);
        let first = declared.next().and_then(|port| port.app_protocol.as_deref());
        if declared.any(|other| other.app_protocol.as_deref() != first) {
            return Protocol::Contradiction;
        }
        match first {
            Some("http" | "kubernetes.io/h2c") if is_opaque => Protocol::Contradiction,
            Some("http" | "kubernetes.io/h2c") => Protocol::Http,
            Some(_) => Protocol::Opaque,
            None if is_opaque => Protocol::Opaque,
            None => Protocol::Detect,
        }
    }

    /// The profile of the client's namespace hides that of the Service's, even where it is empty (3.1).
    fn profile_of(&self, call: &Call) -> Option<&ServiceProfile> {
        let name = format!("{}.{}.svc.{}", call.service, call.namespace, self.installation.cluster_domain);
        let of = |namespace: &str| {
            let is_meant =
                |one: &&ServiceProfile| one.metadata.name == name && one.metadata.namespace == namespace;
            self.profiles.iter().find(is_meant)
        };
        of(&call.caller_namespace).or_else(|| of(&call.namespace))
    }

    /// Overrides without a port go to the port dialled. What does not resolve has no endpoints, and the others take over (6.1).
    fn overridden(&self, profile: &ServiceProfile, call: &Call) -> Outcome {
        let targets = profile.overrides.iter().filter(|one| one.weight > 0).map(|one| {
            let port = one.port.unwrap_or(call.port);
            let target = match self.by_authority(&one.host) {
                Some(service) => endpoints(service, port),
                None => Target::Unavailable(one.host.clone()),
            };
            (target, one.weight)
        });
        let targets: Vec<(Target, u32)> = targets.collect();
        // The sum is made of all of them, whether they resolve or not.
        if Outcome::weighted(targets.iter().cloned()) == Outcome::Fatal {
            return Outcome::Fatal;
        }
        let mut available = targets.clone();
        available.retain(|(target, _)| !matches!(target, Target::Unavailable(_)));
        Outcome::weighted(if available.is_empty() { targets } else { available })
    }

    /// The answer of the HTTPRoutes that are attached; `None` without any.
    fn routed(&self, service: &Service, call: &Call) -> Option<Outcome> {
        let attached = |parents: &[Parent], metadata: &Metadata| {
            parents.iter().any(|parent| is_attached(parent, metadata, call))
        };
        let routes = self.http_routes.iter().filter(|route| attached(&route.parents, &route.metadata));
        let routes = self.by_age(routes, |route| &route.metadata);
        if routes.is_empty() {
            // Routes of connections make opaque what nothing else declares.
            return self.connected(service, call);
        }
        let authority = self.authority(service);
        let request = Request::read(&call.payload, &authority)?;
        Some(match matching::winner(&routes, &request, self.precedence) {
            None => Outcome::Status(404),
            Some((route, rule)) => self.distributed(&rule.backends, &route.metadata, call),
        })
    }

    /// The answer of the TCPRoute that is attached, of which there is one.
    fn connected(&self, service: &Service, call: &Call) -> Option<Outcome> {
        let is_opaque = self.protocol(service, call.port) == Protocol::Opaque;
        let has_http_routes = self
            .http_routes
            .iter()
            .any(|route| route.parents.iter().any(|parent| is_attached(parent, &route.metadata, call)));
        if !is_opaque && has_http_routes {
            // What is not HTTP then takes a route of its own, to the Service that was called (6.2).
            return None;
        }
        let routes = self.tcp_routes.iter().filter(|route| {
            let in_force = |parent: &&Parent| !self.is_conflicted(parent, &route.metadata);
            route.parents.iter().filter(in_force).any(|parent| is_attached(parent, &route.metadata, call))
        });
        let first = *self.by_age(routes, |route| &route.metadata).first()?;
        let backends = first.rules.first()?;
        Some(self.distributed(backends, &first.metadata, call))
    }

    /// Whether a route of a higher kind has the same parent, spelled with the same port (10).
    fn is_conflicted(&self, parent: &Parent, route: &Metadata) -> bool {
        let namespace = parent.namespace.as_ref().unwrap_or(&route.namespace);
        self.http_routes.iter().any(|other| {
            other.parents.iter().any(|own| {
                own.is("", "Service")
                    && own.name == parent.name
                    && own.port == parent.port
                    && own.namespace.as_ref().unwrap_or(&other.metadata.namespace) == namespace
            })
        })
    }

    fn distributed(&self, backends: &[Backend], route: &Metadata, call: &Call) -> Outcome {
        let target = |backend: &Backend| {
            let namespace = backend.namespace.as_ref().unwrap_or(&route.namespace);
            let name = format!("{namespace}/{}", backend.name);
            match (self.service(namespace, &backend.name), backend.port) {
                (Some(service), Some(port)) => endpoints(service, port),
                (None, _) => Target::Failed(format!("no Service {name}")),
                (_, None) => Target::Failed(format!("no port of {name}")),
            }
        };
        match backends {
            // The parent itself (15).
            [] => Outcome::all(&call.namespace, &call.service, call.port),
            // Nothing to choose among: even a weight of 0 gets everything (6.2, step 2).
            [only] => Outcome::only(target(only)),
            several => Outcome::weighted(several.iter().map(|backend| {
                let weight = u32::try_from(backend.weight).expect("admitted weights are small");
                (target(backend), weight)
            })),
        }
    }

    fn service(&self, namespace: &str, name: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.namespace == namespace && service.name == name)
    }

    fn by_authority(&self, host: &str) -> Option<&Service> {
        let is_meant = |service: &&Service| {
            service.addressing != Addressing::ExternalName && self.authority(service) == host
        };
        self.services.iter().find(is_meant)
    }

    fn authority(&self, service: &Service) -> String {
        format!("{}.{}.svc.{}", service.name, service.namespace, self.installation.cluster_domain)
    }
}

/// Whether a route is for this call: routes of the Service's namespace are for every client, those of another one for the clients there
/// (6.2). A route without the port of its parent is for all of its ports.
fn is_attached(parent: &Parent, route: &Metadata, call: &Call) -> bool {
    let namespace = parent.namespace.as_ref().unwrap_or(&route.namespace);
    parent.is("", "Service")
        && parent.section_name.is_none()
        && *namespace == call.namespace
        && parent.name == call.service
        && parent.port.is_none_or(|port| port == call.port)
        && (route.namespace == call.namespace || route.namespace == call.caller_namespace)
}

/// Linkerd looks at the Service alone; a port that it does not declare is dialled on its pods as it is (6.2, step 1).
fn endpoints(service: &Service, port: u16) -> Target {
    let (namespace, name) = (service.namespace.clone(), service.name.clone());
    match service.tcp_port(port) {
        Some(_) => Target::Service { namespace, name, port },
        None => Target::Undeclared { namespace, name, port },
    }
}
