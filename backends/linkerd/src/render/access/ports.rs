//! The ports of workloads, one by one: Linkerd guards each with a Server of its own (`linkerd.md` 7.3).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZeroU16;
use std::sync::Arc;

use smi_translate::ObjectRef;
use smi_translate::facts::{ContainerPort, Pods, ProbeRequest, Service, Transport, Workload};
use smi_translate::intent::{AccessIntent, PortSet};

use crate::protocol::{OPAQUE_BY_DEFAULT, OPAQUE_PORTS, is_http, is_http_name, is_listed};
use crate::workload::annotation;

/// Ports of the proxy itself. It guards them by itself, and a Server for one of them would deny the probes of the proxy.
pub(super) const PROXY_PORTS: [u16; 3] = [4143, 4190, 4191];

/// The Services that lead to each workload of a destination.
pub(super) struct Leading<'a> {
    by_workload: HashMap<&'a ObjectRef, Vec<&'a Service>>,
    /// Definitions of Services of which nobody knows which holds.
    disputed: HashMap<&'a ObjectRef, Vec<&'a Service>>,
}

impl<'a> Leading<'a> {
    pub(super) fn of(intent: &'a AccessIntent) -> Self {
        let pods = Pods::of(intent.workloads());
        let by_workload = |services: &'a [Arc<Service>]| {
            let mut by_workload: HashMap<&ObjectRef, Vec<&Service>> = HashMap::new();
            for service in services {
                for workload in pods.selected_by(&service.selector) {
                    by_workload.entry(&workload.object).or_default().push(service);
                }
            }
            by_workload
        };
        Leading { by_workload: by_workload(&intent.services), disputed: by_workload(&intent.disputed) }
    }

    /// The ports that containers declare, that Services lead to and that probes ask, of some workloads. The proxy's own ports are no ports
    /// of theirs.
    pub(super) fn known(&self, workloads: &[Arc<Workload>]) -> BTreeSet<u16> {
        let mut ports = BTreeSet::new();
        for workload in workloads {
            let declared = workload.ports.iter().filter(|port| port.transport == Transport::Tcp);
            ports.extend(declared.map(|port| port.number));
            ports.extend(workload.probes.iter().map(|probe| probe.port));
            let services =
                [&self.by_workload, &self.disputed].into_iter().filter_map(|by| by.get(&workload.object));
            for service in services.flatten() {
                let tcp = service.ports.iter().filter(|port| port.transport() == Transport::Tcp);
                ports.extend(tcp.filter_map(|port| port.container_port(workload)));
            }
        }
        ports.retain(|port| *port > 0 && !PROXY_PORTS.contains(port));
        ports
    }

    /// The ports of some workloads on which something says that HTTP is spoken: a probe, the name of the port, a Service that leads there.
    pub(super) fn speaking_http(&self, workloads: &[Arc<Workload>]) -> BTreeSet<u16> {
        let mut ports = BTreeSet::new();
        for workload in workloads {
            let probes = workload.probes.iter().filter(|probe| probe.request != ProbeRequest::Https);
            ports.extend(probes.map(|probe| probe.port));
            let is_named = |own: &&ContainerPort| own.name.as_deref().is_some_and(is_http_name);
            ports.extend(workload.ports.iter().filter(is_named).map(|own| own.number));
            for service in self.by_workload.get(&workload.object).into_iter().flatten() {
                let http = service.ports.iter().filter(|own| is_http(own));
                ports.extend(http.filter_map(|own| own.container_port(workload)));
            }
        }
        ports
    }
}

/// The ports that TrafficTargets name for some workloads.
pub(super) fn named(ports: &BTreeSet<NonZeroU16>) -> BTreeSet<u16> {
    ports.iter().map(|port| port.get()).filter(|port| !PROXY_PORTS.contains(port)).collect()
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

/// What kubelets send to the ports of some workloads.
pub(super) fn probes(workloads: &[Arc<Workload>]) -> BTreeMap<u16, BTreeSet<ProbeRequest>> {
    let mut probes: BTreeMap<u16, BTreeSet<ProbeRequest>> = BTreeMap::new();
    for probe in workloads.iter().flat_map(|workload| &workload.probes) {
        probes.entry(probe.port).or_default().insert(probe.request.clone());
    }
    probes
}
