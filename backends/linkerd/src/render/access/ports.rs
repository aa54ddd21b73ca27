//! The ports of workloads, one by one: Linkerd guards each with a Server of its own (`linkerd.md` 7.3).

use std::collections::BTreeSet;
use std::sync::Arc;

use smi_translate::facts::{ContainerPort, ProbeRequest, ServicePort, Transport, Workload};
use smi_translate::intent::{AccessIntent, PortSet};

use crate::protocol::{OPAQUE_BY_DEFAULT, OPAQUE_PORTS, is_http, is_http_name, is_listed};
use crate::workload::annotation;

/// Ports of the proxy itself. It guards them by itself, and a Server for one of them would deny the probes of the proxy.
pub(super) const PROXY_PORTS: [u16; 3] = [4143, 4190, 4191];

/// The ports that containers declare, that Services lead to and that probes ask, of some workloads. The proxy's own ports are no ports of
/// theirs.
pub(super) fn known(intent: &AccessIntent, workloads: &[Arc<Workload>]) -> BTreeSet<u16> {
    let mut ports = BTreeSet::new();
    for workload in workloads {
        let declared = workload.ports.iter().filter(|port| port.transport == Transport::Tcp);
        ports.extend(declared.map(|port| port.number));
        ports.extend(workload.probes.iter().map(|probe| probe.port));
        let services = intent.services.iter().chain(&intent.disputed);
        for service in services.filter(|service| service.selects(workload)) {
            let tcp = service.ports.iter().filter(|port| port.transport() == Transport::Tcp);
            ports.extend(tcp.filter_map(|port| port.container_port(workload)));
        }
    }
    ports.retain(|port| *port > 0 && !PROXY_PORTS.contains(port));
    ports
}

/// The ports that TrafficTargets name for the destination.
pub(super) fn named(intent: &AccessIntent) -> BTreeSet<u16> {
    intent.named_ports.iter().map(|port| port.get()).filter(|port| !PROXY_PORTS.contains(port)).collect()
}

/// Whether a grant is for all ports, which takes a known one.
pub(super) fn is_for_all(ports: &PortSet) -> bool {
    matches!(ports, PortSet::All)
}

/// Whether Linkerd looks for no HTTP on a port of some workloads, because it is told so.
pub(super) fn is_opaque(intent: &AccessIntent, workloads: &[Arc<Workload>], port: u16) -> bool {
    let says = |workload: &Arc<Workload>| match annotation(intent, workload, OPAQUE_PORTS) {
        Some(list) => {
            let name =
                workload.ports.iter().find(|own| own.number == port).and_then(|own| own.name.as_deref());
            is_listed(list, port, name)
        }
        None => OPAQUE_BY_DEFAULT.contains(&port),
    };
    match workloads.is_empty() {
        true => OPAQUE_BY_DEFAULT.contains(&port),
        false => workloads.iter().any(says),
    }
}

/// Whether some of the workloads list their opaque ports.
pub(super) fn list_opaque(intent: &AccessIntent, workloads: &[Arc<Workload>]) -> bool {
    workloads.iter().any(|workload| annotation(intent, workload, OPAQUE_PORTS).is_some())
}

/// Whether something says that HTTP is spoken on a port of some workloads: a probe, the name of the port, a Service that leads there.
pub(super) fn speaks_http(intent: &AccessIntent, workloads: &[Arc<Workload>], port: u16) -> bool {
    workloads.iter().any(|workload| {
        let named = |own: &ContainerPort| own.number == port && own.name.as_deref().is_some_and(is_http_name);
        let leads = |own: &ServicePort| own.container_port(workload) == Some(port) && is_http(own);
        let mut services = intent.services.iter().filter(|service| service.selects(workload));
        workload.probes.iter().any(|probe| probe.port == port && probe.request != ProbeRequest::Https)
            || workload.ports.iter().any(named)
            || services.any(|service| service.ports.iter().any(leads))
    })
}

/// What kubelets send to a port of some workloads.
pub(super) fn probes(workloads: &[Arc<Workload>], port: u16) -> BTreeSet<ProbeRequest> {
    let all = workloads.iter().flat_map(|workload| &workload.probes);
    all.filter(|probe| probe.port == port).map(|probe| probe.request.clone()).collect()
}
