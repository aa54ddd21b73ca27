//! Services that cannot take part in Istio's routing, or not exactly.

use smi_translate::backend::about;
use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::facts::{Addressing, ServicePort, Transport};
use smi_translate::intent::{Condition, Ports, Root, RoutingIntent, Rule, WeightedBackend};
use smi_types::FieldPath;

use crate::protocol::Protocol;

const EXTERNAL_NAME: &str = "ISTIO-SERVICE-1";

/// Looks at the root and at every backend with a weight.
pub(super) fn check(routing: &RoutingIntent, ambient: bool, diagnostics: &mut Vec<Diagnostic>) {
    if let (Some(facts), Root::Service(root), Some(rule)) =
        (&routing.root_facts, &routing.root, routing.rules.first())
    {
        let diagnostic = match facts.addressing {
            Addressing::ClusterIp => None,
            Addressing::Headless => Some(headless_root(routing, &root.to_string(), ambient)),
            Addressing::ExternalName => Some(about::external_name(EXTERNAL_NAME, root)),
        };
        diagnostics.extend(diagnostic.map(|d| d.on(&rule.split).at(FieldPath::of("spec").key("service"))));
    }
    for rule in &routing.rules {
        diagnostics.extend(routing.taking_part(rule).filter_map(|backend| unfit(rule, backend)));
        for backend in routing.taking_part(rule) {
            let ports = backend.facts.iter().flat_map(|facts| &facts.ports);
            let unreachable = ports.filter(|port| is_declared_udp(port) && takes_part(routing, port));
            diagnostics.extend(unreachable.map(|port| unreachable_port(rule, backend, port)));
        }
    }
}

/// A TCP port whose name or `appProtocol` says UDP: Istio makes no cluster for it.
fn is_declared_udp(port: &ServicePort) -> bool {
    port.transport() == Transport::Tcp && Protocol::of(port) == Protocol::None
}

/// Whether the root may be dialled on the same port.
fn takes_part(routing: &RoutingIntent, port: &ServicePort) -> bool {
    match &routing.ports {
        Ports::Assumed => true,
        Ports::Known(ports) => {
            ports.iter().any(|own| own.port == port.port && own.transport() == Transport::Tcp)
        }
    }
}

fn unreachable_port(rule: &Rule, backend: &WeightedBackend, port: &ServicePort) -> Diagnostic {
    Diagnostic::new(
        Code("ISTIO-PORT-3"),
        Severity::Loss,
        format!(
            "TCP port {} of the backend {} is declared as UDP, and Istio does not reach it",
            port.port, backend.service
        ),
        "its share would be answered with 503",
    )
    .on(&rule.split)
    .at(FieldPath::of("spec").key("backends"))
    .help("name the port for the protocol it speaks, or set its appProtocol")
}

fn unfit(rule: &Rule, backend: &WeightedBackend) -> Option<Diagnostic> {
    let diagnostic = match backend.facts.as_ref()?.addressing {
        Addressing::ClusterIp => return None,
        Addressing::Headless => headless_backend(&backend.service.to_string()),
        Addressing::ExternalName => about::external_name(EXTERNAL_NAME, &backend.service),
    };
    Some(diagnostic.on(&rule.split).at(FieldPath::of("spec").key("backends")))
}

fn headless_backend(service: &str) -> Diagnostic {
    Diagnostic::new(
        Code("ISTIO-SERVICE-2"),
        Severity::Loss,
        format!("the backend {service} is headless, and Istio's sidecars connect to the address the client dialled instead"),
        "its share does not reach it",
    )
    .help("give the Service a cluster IP, or run istiod with PILOT_ENABLE_EDS_FOR_HEADLESS_SERVICES")
}

/// Clients of a headless root dial the addresses of its pods. Sidecars split HTTP all the same, by its Host header; ambient mode takes such
/// calls past the waypoint.
fn headless_root(routing: &RoutingIntent, service: &str, ambient: bool) -> Diagnostic {
    let takes_tcp = |port: &ServicePort| matches!(Protocol::of(port), Protocol::Tcp | Protocol::Detect);
    // Conditions are about HTTP (SMI-SPLIT-21).
    let is_for_tcp = |rule: &&Rule| matches!(rule.when, Condition::Always);
    let is_lost = |port: &&ServicePort| {
        (ambient || takes_tcp(port))
            && routing
                .rules
                .iter()
                .filter(|rule| ambient || is_for_tcp(rule))
                .any(|rule| rule.has_effect(Some(port)))
    };
    let ports = routing.tcp_ports().into_iter().flatten().filter(is_lost);
    let ports: Vec<String> = ports.map(|port| port.port.to_string()).collect();
    let help = "give the root Service a cluster IP";
    if ports.is_empty() {
        let effect = "HTTP requests are split by their Host header; TCP connections go to the pod address that the client dials";
        let message = format!("the root {service} is headless");
        return Diagnostic::new(Code("ISTIO-SERVICE-3"), Severity::Warning, message, effect).help(help);
    }
    let ports = format!("port{} {}", if ports.len() == 1 { "" } else { "s" }, ports.join(", "));
    let (message, effect) = match ambient {
        true => (
            format!("the root {service} is headless, and no waypoint sees what clients send to {ports}"),
            "requests and connections go to the pod address that the client dials",
        ),
        false => (
            format!("the root {service} is headless, and TCP connections to {ports} are not split"),
            "they go to the pod address that the client dials; only HTTP requests are split, by their Host header",
        ),
    };
    Diagnostic::new(Code("ISTIO-SERVICE-4"), Severity::Loss, message, effect).help(help)
}

/// Nothing splits in ambient mode without a waypoint.
pub(super) fn without_waypoint(rule: &Rule) -> Diagnostic {
    Diagnostic::new(
        Code("ISTIO-AMBIENT-4"),
        Severity::Loss,
        "the clients are in ambient mode, where nothing splits without a waypoint",
        "the split has no effect for them: the root Service answers",
    )
    .on(&rule.split)
    .at(FieldPath::of("spec").key("service"))
    .help("let the root Service use a waypoint, and name it with `--istio-waypoint`")
}
