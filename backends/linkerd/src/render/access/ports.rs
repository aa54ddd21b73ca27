//! The ports of workloads, one by one: Linkerd guards each with a Server of its own (`linkerd.md` 7.3).

use std::collections::BTreeSet;
use std::sync::Arc;

use smi_translate::facts::{Transport, Workload};
use smi_translate::intent::{AccessIntent, PortSet};

use crate::protocol::OPAQUE_BY_DEFAULT;

/// Annotation of pods with the ports that Linkerd does not look into.
const OPAQUE_PORTS: &str = "config.linkerd.io/opaque-ports";

/// The ports that containers declare, and those that Services lead to, of some workloads. The proxy's own ports are no ports of theirs.
pub(super) fn known(intent: &AccessIntent, workloads: &[Arc<Workload>]) -> BTreeSet<u16> {
    let mut ports = BTreeSet::new();
    for workload in workloads {
        let is_own = |name: &Option<String>| name.as_deref().is_some_and(|name| name.starts_with("linkerd-"));
        let declared = workload.ports.iter().filter(|p| p.transport == Transport::Tcp && !is_own(&p.name));
        ports.extend(declared.map(|port| port.number));
        for service in intent.services.iter().filter(|service| service.selects(workload)) {
            let tcp = service.ports.iter().filter(|port| port.transport() == Transport::Tcp);
            ports.extend(tcp.filter_map(|port| port.container_port(workload)));
        }
    }
    ports.remove(&0);
    ports
}

/// The ports that the grants for a selection list by number.
pub(super) fn listed(intent: &AccessIntent, grants: &[usize]) -> BTreeSet<u16> {
    let sets = grants.iter().map(|grant| &intent.grants[*grant]).filter(|grant| grant.is_tcp());
    sets.filter_map(|grant| grant.ports.numbers()).flatten().collect()
}

/// Whether a grant is for all ports, which takes a known one.
pub(super) fn is_for_all(ports: &PortSet) -> bool {
    matches!(ports, PortSet::All)
}

/// Whether Linkerd looks for no HTTP on a port of some workloads.
pub(super) fn is_opaque(workloads: &[Arc<Workload>], port: u16) -> bool {
    let says = |workload: &Arc<Workload>| match workload.annotations.get(OPAQUE_PORTS) {
        Some(list) => {
            let is_name = |entry: &str| {
                let mut own = workload.ports.iter().filter(|own| own.number == port);
                own.any(|own| own.name.as_deref() == Some(entry))
            };
            list.split(',').map(str::trim).any(|entry| covers(entry, port) || is_name(entry))
        }
        None => OPAQUE_BY_DEFAULT.contains(&port),
    };
    match workloads.is_empty() {
        true => OPAQUE_BY_DEFAULT.contains(&port),
        false => workloads.iter().any(says),
    }
}

/// Whether an entry of the list, `3306` or `8000-9000`, covers a port.
fn covers(entry: &str, port: u16) -> bool {
    let (low, high) = entry.split_once('-').unwrap_or((entry, entry));
    let bounds = (low.trim().parse::<u16>(), high.trim().parse::<u16>());
    matches!(bounds, (Ok(low), Ok(high)) if (low..=high).contains(&port))
}

/// Whether a grant is about connections at all.
pub(super) trait OverTcp {
    fn is_tcp(&self) -> bool;
}

impl OverTcp for smi_translate::intent::Grant {
    fn is_tcp(&self) -> bool {
        !matches!(self.traffic, smi_translate::intent::Granted::Udp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_ports_and_ranges() {
        assert!(covers("3306", 3306) && !covers("3306", 3307));
        assert!(covers("8000-9000", 8500) && !covers("8000-9000", 9001));
        assert!(!covers("", 1) && !covers("x", 1) && !covers("http", 80));
    }
}
