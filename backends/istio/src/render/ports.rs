//! Routes, port by port. A rule becomes a route on every port where it has an effect; where only conditional rules do, a last route
//! leads to the root, because Istio answers 404 to a request that no route takes.

use smi_translate::backend::{Layer, Part};
use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::facts::{ServicePort, Transport};
use smi_translate::intent::{Condition, Effective, Ports, Root, RoutingIntent, Rule};
use smi_translate::{Rendering, ServiceRef};
use smi_types::FieldPath;

use super::conditions::Said;
use super::gateways::Binding;
use super::rules::Prepared;
use crate::protocol::Protocol;
use crate::resources::{
    Destination, HttpMatchRequest, HttpRoute, L4Match, PortSelector, RouteDestination, TcpRoute,
};

/// The routes of one root in the making.
pub(super) struct Routes<'a> {
    routing: &'a RoutingIntent,
    binding: &'a Binding,
    rendering: &'a mut Rendering,
    rules: Vec<Prepared<'a>>,
    http: Vec<HttpRoute>,
    tcp: Vec<TcpRoute>,
    at_gateways: bool,
}

/// Where a route applies: for clients in the mesh on one port of the root (or on every port, where they are not known), or at gateways.
#[derive(Clone, Copy)]
enum Place<'a> {
    Mesh(Option<&'a ServicePort>),
    Gateways,
}

impl Place<'_> {
    /// The part of the intent that the HTTP routes of a rule stand for here.
    fn part(self, rule: usize) -> Part {
        match self {
            Place::Mesh(port) => Part { rule, port: port.map(|port| port.port), layer: Layer::Http },
            Place::Gateways => Part { rule, port: None, layer: Layer::Gateway },
        }
    }
}

impl<'a> Routes<'a> {
    pub(super) fn new(
        routing: &'a RoutingIntent,
        binding: &'a Binding,
        rendering: &'a mut Rendering,
    ) -> Self {
        Routes {
            routing,
            binding,
            rendering,
            rules: routing.rules.iter().map(Prepared::new).collect(),
            http: Vec::with_capacity(1),
            tcp: Vec::with_capacity(1),
            at_gateways: false,
        }
    }

    /// The routes for HTTP and for TCP, and whether any is for gateways.
    pub(super) fn finish(self) -> (Vec<HttpRoute>, Vec<TcpRoute>, bool) {
        (self.http, self.tcp, self.at_gateways)
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
        // Only TCP is split (SMI-SPLIT-21).
        if port.is_some_and(|port| port.transport() != Transport::Tcp) {
            return;
        }
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
            if !rule.has_effect(port) {
                continue;
            }
            let alternatives = rule.when.alternatives();
            let http = Part { rule: index, port: number, layer: Layer::Http };
            let tcp = Part { rule: index, port: number, layer: Layer::Tcp };
            match protocol {
                // What is not HTTP on such a port is no traffic of the mesh: the server's sidecar does not let it through.
                Protocol::Http => self.rendering.accounts.settle(tcp, 1),
                // HTTP on such a port is a TCP connection to the mesh, and is split as one.
                Protocol::Tcp => {
                    self.rendering.accounts.settle(http, alternatives);
                    // A warning and no loss: a condition about HTTP says nothing of what is not HTTP (SMI-SPLIT-21), so the rendering
                    // means what the split does, and its author may have meant more.
                    if matches!(rule.when, Condition::Http(_)) {
                        let decides =
                            |other: &&Rule| matches!(other.when, Condition::Always) && other.has_effect(port);
                        let otherwise = self.routing.rules.iter().find(decides);
                        self.rendering
                            .diagnostics
                            .extend(port.map(|port| condition_unseen(rule, port, "TCP", otherwise)));
                    }
                }
                Protocol::Tls | Protocol::None => {
                    let name = if protocol == Protocol::Tls { "TLS" } else { "UDP" };
                    self.rendering.accounts.settle(http, alternatives);
                    self.rendering.accounts.settle(tcp, 1);
                    self.rendering.diagnostics.extend(port.map(|port| match rule.when {
                        Condition::Always => unsplit(rule, port, name),
                        Condition::Http(_) => condition_unseen(rule, port, name, None),
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
            Place::Mesh(port) => return self.settle_unbound(port),
            Place::Gateways => self.port_behind_gateways(),
        };
        let here = self.place_block(place);
        let mut open = true;
        let mut any = false;
        for index in 0..self.rules.len() {
            let rule = self.rules[index].rule;
            let Some(effective) = rule.effective(port) else { continue };
            let part = place.part(index);
            if !open {
                // What an earlier route takes completely never comes to this rule: that is all there is to say of it.
                self.rendering.accounts.settle(part, rule.when.alternatives());
                continue;
            }
            let (matches, settled) = match self.rules[index].said(&mut self.rendering.diagnostics) {
                Said::Everything => {
                    open = false;
                    (unconditional(&here), rule.when.alternatives())
                }
                Said::Blocks(blocks) => (blocks.iter().map(|block| at(&here, block)).collect(), blocks.len()),
                Said::Unsayable => continue,
            };
            let route = self.destinations(index, &effective, place);
            self.http.push(HttpRoute { name: route_name(&rule.split.name, place), matches, route });
            self.rendering.accounts.settle(part, settled);
            any = true;
        }
        if open
            && any
            && let Root::Service(root) = &self.routing.root
        {
            let destination = destination(self.routing, self.binding, root, place);
            let route = vec![RouteDestination { destination, weight: None }];
            self.http.push(HttpRoute {
                name: route_name("otherwise", place),
                matches: unconditional(&here),
                route,
            });
        }
        self.at_gateways |= any && matches!(place, Place::Gateways);
    }

    /// A root that is a host and bound to gateways only has no clients in the mesh; its routes at gateways have an account of their own.
    fn settle_unbound(&mut self, port: Option<&ServicePort>) {
        for (index, prepared) in self.rules.iter().enumerate().filter(|(_, p)| p.rule.has_effect(port)) {
            let part = Part { rule: index, port: port.map(|port| port.port), layer: Layer::Http };
            self.rendering.accounts.settle(part, prepared.rule.when.alternatives());
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
        let route = self.destinations(index, &effective, Place::Mesh(port));
        self.tcp.push(TcpRoute { matches, route });
        self.rendering.accounts.settle(Part { rule: index, port: number, layer: Layer::Tcp }, 1);
    }

    fn destinations(
        &mut self,
        index: usize,
        effective: &Effective<'a>,
        place: Place<'_>,
    ) -> Vec<RouteDestination> {
        let (routing, binding) = (self.routing, self.binding);
        let weights = self.rules[index].weights(effective, &mut self.rendering.diagnostics);
        let alone = effective.backends().len() == 1;
        effective
            .backends()
            .iter()
            .zip(weights)
            .map(|(backend, weight)| RouteDestination {
                destination: destination(routing, binding, &backend.service, place),
                weight: (!alone).then_some(*weight),
            })
            .collect()
    }

    /// The port of the root that traffic from a gateway is for.
    fn port_behind_gateways(&self) -> Option<&'a ServicePort> {
        let Ports::Known(ports) = &self.routing.ports else { return None };
        let number = self.binding.port?.number;
        ports.iter().find(|port| port.port == number && port.transport() == Transport::Tcp)
    }
}

/// The port is always written where it is known: without it Istio would look for the dialled port, or take a Service's only one.
fn destination(
    routing: &RoutingIntent,
    binding: &Binding,
    service: &ServiceRef,
    place: Place<'_>,
) -> Destination {
    let port = match place {
        Place::Mesh(Some(port)) => Some(PortSelector { number: port.port }),
        Place::Mesh(None) | Place::Gateways => binding.port,
    };
    Destination { host: service.fqdn(&routing.cluster_domain), port }
}

/// A match block at a place.
fn at(place: &HttpMatchRequest, block: &HttpMatchRequest) -> HttpMatchRequest {
    HttpMatchRequest { gateways: place.gateways.clone(), port: place.port, ..block.clone() }
}

/// The match blocks of a route without conditions: none at all where it applies everywhere.
fn unconditional(place: &HttpMatchRequest) -> Vec<HttpMatchRequest> {
    Some(place.clone()).filter(|block| !block.is_empty()).into_iter().collect()
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

fn condition_unseen(rule: &Rule, port: &ServicePort, protocol: &str, otherwise: Option<&Rule>) -> Diagnostic {
    let then = otherwise.map_or_else(
        || "traffic goes to the root Service".to_owned(),
        |other| format!("{} decides", other.split),
    );
    Diagnostic::new(
        Code("ISTIO-PORT-2"),
        Severity::Warning,
        format!(
            "port {} of the root is declared as {protocol}, where Istio sees no HTTP requests",
            port.port
        ),
        format!("the condition of this split never holds on port {}: {then}", port.port),
    )
    .on(&rule.split)
    .at(FieldPath::of("spec").key("matches"))
    .help("declare the port as http by its name or appProtocol")
}
