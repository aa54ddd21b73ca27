//! Routes, port by port. A rule becomes a route on every port where it has an effect; where only conditional rules do, a last route
//! leads to the root, because Istio answers 404 to a request that no route takes.

use smi_translate::backend::{Layer, Part};
use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::facts::{ServicePort, Transport};
use smi_translate::intent::{Condition, Effective, Ports, Root, RoutingIntent, Rule};
use smi_translate::{Rendering, ServiceRef};
use smi_types::FieldPath;

use super::gateways::Binding;
use super::{conditions, weights};
use crate::protocol::Protocol;
use crate::resources::{
    Destination, HttpMatchRequest, HttpRoute, L4Match, PortSelector, RouteDestination, TcpRoute,
};

/// The routes of one root in the making.
pub(super) struct Routes<'a> {
    routing: &'a RoutingIntent,
    binding: &'a Binding,
    rendering: &'a mut Rendering,
    http: Vec<HttpRoute>,
    tcp: Vec<TcpRoute>,
}

/// Where a route applies: for clients in the mesh on one port of the root (or on every port, where they are not known), or at gateways.
#[derive(Clone, Copy)]
enum Place<'a> {
    Mesh(Option<&'a ServicePort>),
    Gateways,
}

impl<'a> Routes<'a> {
    pub(super) fn new(
        routing: &'a RoutingIntent,
        binding: &'a Binding,
        rendering: &'a mut Rendering,
    ) -> Self {
        Routes { routing, binding, rendering, http: Vec::with_capacity(1), tcp: Vec::with_capacity(1) }
    }

    pub(super) fn finish(self) -> (Vec<HttpRoute>, Vec<TcpRoute>) {
        (self.http, self.tcp)
    }

    pub(super) fn render_all(&mut self) {
        let routing = self.routing;
        match &routing.ports {
            Ports::Assumed => self.render_port(None),
            Ports::Known(ports) => ports.iter().for_each(|port| self.render_port(Some(port))),
        }
        if !self.binding.gateways.is_empty() {
            self.http_routes(Place::Gateways);
        }
    }

    fn render_port(&mut self, port: Option<&'a ServicePort>) {
        let protocol = match (&self.routing.root, port) {
            (Root::Host(_), _) => Protocol::Http,
            (Root::Service(_), Some(port)) => Protocol::of(port),
            (Root::Service(_), None) => Protocol::Detect,
        };
        match protocol {
            Protocol::Http => self.http_routes(Place::Mesh(port)),
            Protocol::Tcp => self.tcp_route(port),
            Protocol::Detect => {
                self.http_routes(Place::Mesh(port));
                self.tcp_route(port);
            }
            Protocol::Tls | Protocol::None => {}
        }
        self.settle(port, protocol);
    }

    /// Ticks off what the protocol of a port leaves to no route, and says so where somebody could miss it.
    fn settle(&mut self, port: Option<&ServicePort>, protocol: Protocol) {
        let number = port.map(|port| port.port);
        for (index, rule) in self.routing.rules.iter().enumerate() {
            if !rule.has_effect(port) || port.is_some_and(|port| port.transport() != Transport::Tcp) {
                continue;
            }
            let alternatives = conditions::count(&rule.when);
            let http = Part { rule: index, port: number, layer: Layer::Http };
            let tcp = Part { rule: index, port: number, layer: Layer::Tcp };
            match protocol {
                // What is not HTTP on such a port is no traffic of the mesh: the server's sidecar does not let it through.
                Protocol::Http => self.rendering.accounts.settle(tcp, 1),
                // HTTP on such a port is a TCP connection to the mesh, and is split as one.
                Protocol::Tcp => {
                    self.rendering.accounts.settle(http, alternatives);
                    if matches!(rule.when, Condition::Http(_)) {
                        self.rendering
                            .diagnostics
                            .extend(port.map(|port| condition_unseen(rule, port, "TCP")));
                    }
                }
                Protocol::Tls | Protocol::None => {
                    let name = if protocol == Protocol::Tls { "TLS" } else { "UDP" };
                    self.rendering.accounts.settle(http, alternatives);
                    self.rendering.accounts.settle(tcp, 1);
                    self.rendering.diagnostics.extend(port.map(|port| match rule.when {
                        Condition::Always => unsplit(rule, port, name),
                        Condition::Http(_) => condition_unseen(rule, port, name),
                    }));
                }
                Protocol::Detect => {}
            }
        }
    }

    /// The HTTP routes of one place, in the order of the rules, and the way back to the root.
    fn http_routes(&mut self, place: Place<'a>) {
        let port = match place {
            Place::Mesh(port) if self.binding.mesh => port,
            Place::Mesh(_) => return self.settle_unbound(),
            Place::Gateways => self.port_behind_gateways(),
        };
        let mut open = true;
        let mut any = false;
        for (index, rule) in self.routing.rules.iter().enumerate() {
            let Some(effective) = rule.effective(port) else { continue };
            if let Place::Mesh(port) = place {
                let part = Part { rule: index, port: port.map(|p| p.port), layer: Layer::Http };
                self.rendering.accounts.settle(part, conditions::count(&rule.when));
            }
            // What an earlier route takes completely never comes to this rule.
            if !open {
                continue;
            }
            let route = self.destinations(rule, &effective, place);
            let takes_everything = conditions::takes_everything(&rule.when);
            let matches =
                if takes_everything { self.place_blocks(place) } else { self.match_blocks(rule, place) };
            self.http.push(HttpRoute { name: route_name(&rule.split.name, place), matches, route });
            open = !takes_everything;
            any = true;
        }
        if open
            && any
            && let Root::Service(root) = &self.routing.root
        {
            let route = vec![RouteDestination { destination: self.destination(root, place), weight: None }];
            let matches = self.place_blocks(place);
            self.http.push(HttpRoute { name: route_name("otherwise", place), matches, route });
        }
    }

    /// A root that is a host and bound to gateways only has no clients in the mesh.
    fn settle_unbound(&mut self) {
        for (index, rule) in self.routing.rules.iter().enumerate() {
            let part = Part { rule: index, port: None, layer: Layer::Http };
            self.rendering.accounts.settle(part, conditions::count(&rule.when));
        }
    }

    fn match_blocks(&mut self, rule: &Rule, place: Place<'_>) -> Vec<HttpMatchRequest> {
        let Condition::Http(sources) = &rule.when else { return self.place_blocks(place) };
        let mut blocks = Vec::with_capacity(sources.len());
        for source in sources {
            match conditions::match_block(source) {
                Ok(block) => {
                    let HttpMatchRequest { gateways, port, .. } = self.place_block(place);
                    blocks.push(HttpMatchRequest { gateways, port, ..block });
                }
                Err(unsayable) => self.report(unsayable.diagnostic(rule, source)),
            }
        }
        blocks
    }

    /// Says something once, however many ports it is true of.
    fn report(&mut self, diagnostic: Diagnostic) {
        if !self.rendering.diagnostics.contains(&diagnostic) {
            self.rendering.diagnostics.push(diagnostic);
        }
    }

    /// The part of a match block that says where it applies.
    fn place_block(&self, place: Place<'_>) -> HttpMatchRequest {
        match place {
            Place::Mesh(port) => HttpMatchRequest {
                gateways: self.binding.mesh_gateways(),
                port: port.map(|port| port.port),
                ..HttpMatchRequest::default()
            },
            Place::Gateways => {
                HttpMatchRequest { gateways: self.binding.gateways.clone(), ..HttpMatchRequest::default() }
            }
        }
    }

    /// The match blocks of a route without conditions: none at all where it applies everywhere.
    fn place_blocks(&self, place: Place<'_>) -> Vec<HttpMatchRequest> {
        Some(self.place_block(place)).filter(|block| !block.is_empty()).into_iter().collect()
    }

    /// One TCP route per port: the unconditional rule. Conditions are about HTTP only (SMI-SPLIT-21).
    fn tcp_route(&mut self, port: Option<&'a ServicePort>) {
        let unconditional =
            self.routing.rules.iter().enumerate().find(|(_, rule)| matches!(rule.when, Condition::Always));
        let Some((index, rule)) = unconditional else { return };
        let Some(effective) = rule.effective(port) else { return };
        let number = port.map(|port| port.port);
        let block = L4Match { gateways: self.binding.mesh_gateways(), port: number };
        let matches =
            if block.port.is_none() && block.gateways.is_empty() { Vec::new() } else { vec![block] };
        let route = self.destinations(rule, &effective, Place::Mesh(port));
        self.rendering.accounts.settle(Part { rule: index, port: number, layer: Layer::Tcp }, 1);
        self.tcp.push(TcpRoute { matches, route });
    }

    fn destinations(
        &mut self,
        rule: &Rule,
        effective: &Effective<'_>,
        place: Place<'_>,
    ) -> Vec<RouteDestination> {
        let (weights, exact) = weights::istio_weights(effective);
        if !exact {
            self.report(weights::scaled(rule));
        }
        let alone = effective.backends().len() == 1;
        effective
            .backends()
            .iter()
            .zip(weights)
            .map(|(backend, weight)| RouteDestination {
                destination: self.destination(&backend.service, place),
                weight: (!alone).then_some(weight),
            })
            .collect()
    }

    /// The port is always written where it is known: without it Istio would look for the dialled port, or take a Service's only one.
    fn destination(&self, service: &ServiceRef, place: Place<'_>) -> Destination {
        let port = match place {
            Place::Mesh(Some(port)) => Some(PortSelector { number: port.port }),
            Place::Mesh(None) | Place::Gateways => self.binding.port,
        };
        Destination { host: service.fqdn(&self.routing.cluster_domain), port }
    }

    /// The port of the root that traffic from a gateway is for.
    fn port_behind_gateways(&self) -> Option<&'a ServicePort> {
        let Ports::Known(ports) = &self.routing.ports else { return None };
        let number = self.binding.port?.number;
        ports.iter().find(|port| port.port == number)
    }
}

fn route_name(name: &str, place: Place<'_>) -> String {
    match place {
        Place::Mesh(Some(port)) => format!("{name}.{}", port.port),
        Place::Mesh(None) => name.to_owned(),
        Place::Gateways => format!("{name}.gateway"),
    }
}

fn unsplit(rule: &Rule, port: &ServicePort, protocol: &str) -> Diagnostic {
    Diagnostic::new(
        Code("ISTIO-PORT-1"),
        Severity::Loss,
        format!("port {} of the root is declared as {protocol}, which Istio passes on unsplit", port.port),
        format!("connections to port {} go to the root Service", port.port),
    )
    .on(&rule.split)
    .at(FieldPath::of("spec").key("service"))
    .help("declare the port as http or tcp by its name or appProtocol")
}

fn condition_unseen(rule: &Rule, port: &ServicePort, protocol: &str) -> Diagnostic {
    Diagnostic::new(
        Code("ISTIO-PORT-2"),
        Severity::Warning,
        format!(
            "port {} of the root is declared as {protocol}, where Istio sees no HTTP requests",
            port.port
        ),
        format!(
            "the condition of this split never holds on port {}: traffic goes to the root Service",
            port.port
        ),
    )
    .on(&rule.split)
    .at(FieldPath::of("spec").key("matches"))
    .help("declare the port as http by its name or appProtocol")
}
