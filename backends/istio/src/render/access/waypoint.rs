//! Ambient mode: which requests pass a waypoint, the only place that looks at HTTP there (`istio.md` 5.3).
//!
//! A waypoint enforces the policies of the Service that a client addressed, and passes on what they allow under its own identity. So the
//! workloads may let it in only on ports to which every Service that leads there has a policy of this destination.

use std::collections::BTreeSet;
use std::num::NonZeroU16;

use smi_translate::OneOrMore;
use smi_translate::backend::about;
use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::facts::{self, Addressing, Service, ServicePort, Transport};
use smi_translate::intent::{AccessIntent, Grant, PortSet, Selection};
use smi_types::access::rules_path;

/// How a waypoint leads to the workloads of one selection.
pub(super) struct Passage<'a> {
    /// Services that lead to workloads of this selection and to no others.
    pub(super) services: Vec<Own<'a>>,
    /// Ports of the workloads to which only those Services lead.
    guarded: BTreeSet<u16>,
}

/// A Service of a selection.
pub(super) struct Own<'a> {
    pub(super) service: &'a Service,
    /// Each TCP port, with the ports of the workloads behind it.
    ports: Vec<(u16, BTreeSet<u16>)>,
}

impl<'a> Passage<'a> {
    pub(super) fn to(intent: &'a AccessIntent, selection: &Selection) -> Passage<'a> {
        let (mut services, mut guarded, mut shared) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        for service in &intent.services {
            let tcp = service.ports.iter().filter(|port| port.transport() == Transport::Tcp);
            let ports: Vec<_> = tcp.map(|port| (port.port, behind(service, port, selection))).collect();
            // Where one workload lacks the port, the others have it all the same.
            let led_to: Vec<u16> = ports.iter().flat_map(|(_, behind)| behind.led_to.clone()).collect();
            let ports = ports.into_iter().filter(|(_, behind)| behind.everywhere);
            let ports = ports.map(|(port, behind)| (port, behind.led_to)).collect();
            // What the Service asks for is at least what the selection asks for, so that it finds nobody else.
            if !facts::selects(&selection.labels, &service.selector) {
                shared.extend(led_to);
            } else if service.addressing == Addressing::ClusterIp {
                guarded.extend(led_to);
                services.push(Own { service, ports });
            }
            // Clients of a headless Service call pods by their addresses, past the waypoint.
        }
        let guarded = guarded.difference(&shared).copied().collect();
        Passage { services, guarded }
    }

    /// Those ports of the workloads that requests of a grant reach through the waypoint.
    pub(super) fn reached(&self, grant: &Grant) -> BTreeSet<u16> {
        self.guarded.iter().copied().filter(|port| grant.ports.contains(*port)).collect()
    }

    /// The ports of a Service on which a grant counts, as the waypoint sees them: those of the Service.
    pub(super) fn dialled(&self, own: &Own<'_>, grant: &Grant) -> Option<PortSet> {
        let reached = self.reached(grant);
        let ports = own.ports.iter().filter(|(_, behind)| !behind.is_empty() && behind.is_subset(&reached));
        only(ports.map(|(port, _)| *port))
    }
}

/// The ports of the workloads behind a port of a Service.
struct Behind {
    led_to: BTreeSet<u16>,
    /// Whether every workload has the port.
    everywhere: bool,
}

fn behind(service: &Service, port: &ServicePort, selection: &Selection) -> Behind {
    let selected = selection.workloads.iter().filter(|workload| service.selects(workload));
    let ports: Vec<Option<u16>> = selected.map(|workload| port.container_port(workload)).collect();
    Behind { everywhere: ports.iter().all(Option::is_some), led_to: ports.into_iter().flatten().collect() }
}

/// These ports; `None` where there is none.
pub(super) fn only(ports: impl IntoIterator<Item = u16>) -> Option<PortSet> {
    let ports: BTreeSet<NonZeroU16> = ports.into_iter().filter_map(NonZeroU16::new).collect();
    OneOrMore::new(ports.into_iter().collect()).map(PortSet::Only)
}

/// Says what of a grant of HTTP does not pass the waypoint. A grant for all ports is for those that Services lead to.
pub(super) fn unreached(grant: &Grant, passage: &Passage<'_>) -> Option<Diagnostic> {
    let reached = passage.reached(grant);
    let missing = match grant.ports.numbers() {
        None if reached.is_empty() => "all ports".to_owned(),
        None => return None,
        Some(ports) => {
            let missing: Vec<String> =
                ports.iter().filter(|port| !reached.contains(port)).map(u16::to_string).collect();
            if missing.is_empty() {
                return None;
            }
            format!("port {}", missing.join(", "))
        }
    };
    let message = format!(
        "HTTP is granted on {missing} of workloads to which no Service leads that leads to them alone"
    );
    Some(loss(
        grant,
        message,
        "select the workloads by a Service with a cluster IP that selects nothing else",
    ))
}

/// Says that nothing looks at requests.
pub(super) fn without_waypoint(grant: &Grant) -> Diagnostic {
    let message = "HTTP is granted in ambient mode, where nothing looks at requests without a waypoint";
    loss(
        grant,
        message.to_owned(),
        "name the waypoint of the destination's namespace with `--istio-waypoint`",
    )
}

fn loss(grant: &Grant, message: String, help: &'static str) -> Diagnostic {
    Diagnostic::new(Code("ISTIO-AMBIENT-1"), Severity::Loss, message, "these requests are denied")
        .on(&grant.target)
        .at(rules_path(grant.object.version))
        .help(help)
}

/// EnvoyFilters have no effect in ambient mode.
pub(super) fn no_filters(intent: &AccessIntent) -> Diagnostic {
    let message = "exact conditions need EnvoyFilters, which nothing applies in ambient mode";
    let effect =
        "conditions that AuthorizationPolicy cannot say are left out: what only they admit is denied";
    about::destination(intent, ("ISTIO-AMBIENT-2", Severity::Error), message, effect)
        .help("translate without `--istio-exact`")
}

/// What a waypoint does not see, and what it sees too late.
pub(super) fn limits(intent: &AccessIntent, waypoint: &str) -> Diagnostic {
    about::destination(
        intent,
        ("ISTIO-AMBIENT-3", Severity::Warning),
        format!("requests are looked at by the waypoint {waypoint} alone, by the policies of the Service that the client addressed"),
        "HTTP to the addresses of pods is denied; a route from another Service of the namespace to these workloads is guarded by the policies of that Service",
    )
    .help("let these Services use the waypoint, use it for Services only, and route no Service without policies of its own to them")
}
