//! Ports where a grant does not do what it says.

use std::collections::BTreeSet;

use smi_translate::backend::{Report, about};
use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::facts::{Pods, TargetPort, Transport};
use smi_translate::intent::{AccessIntent, Grant, Granted, PortSet};
use smi_types::access::rules_path;

use crate::protocol::Protocol;

/// Looks at all grants.
pub(super) fn check(intent: &AccessIntent, report: &mut Report) {
    let opaque = Opaque::of(intent);
    for grant in &intent.grants {
        match &grant.traffic {
            Granted::Udp => report.say(about::udp("ISTIO-UDP-1", "Istio", grant)),
            Granted::Http(_) => opaque.among(&grant.ports).into_iter().for_each(|port| {
                report.say(not_http(grant, port));
            }),
            Granted::Tcp => {}
        }
    }
}

/// Ports of the workloads, by what Services say of them.
struct Opaque {
    /// Ports where Istio looks for no HTTP.
    ports: BTreeSet<u16>,
    /// Whether there is another port.
    some_http: bool,
}

impl Opaque {
    fn of(intent: &AccessIntent) -> Opaque {
        let (mut opaque, mut http) = (BTreeSet::new(), BTreeSet::new());
        let pods = Pods::of(intent.workloads());
        for service in &intent.services {
            for port in service.ports.iter().filter(|port| port.transport() == Transport::Tcp) {
                let behind =
                    pods.selected_by(&service.selector).filter_map(|workload| port.container_port(workload));
                // Only a name means another number in every workload.
                let several = matches!(port.target_port, Some(TargetPort::Name(_)));
                let behind = behind.take(if several { usize::MAX } else { 1 });
                match Protocol::of(port) {
                    Protocol::Tcp | Protocol::Tls => opaque.extend(behind),
                    Protocol::Http | Protocol::Detect => http.extend(behind),
                    Protocol::None => {}
                }
            }
        }
        Opaque { ports: opaque.difference(&http).copied().collect(), some_http: !http.is_empty() }
    }

    /// Opaque ports of a grant; of one for all ports only if there is no other port at all.
    fn among(&self, ports: &PortSet) -> Vec<u16> {
        match ports {
            PortSet::All if self.some_http => Vec::new(),
            ports => self.ports.iter().copied().filter(|port| ports.contains(*port)).collect(),
        }
    }
}

fn not_http(grant: &Grant, port: u16) -> Diagnostic {
    Diagnostic::new(
        Code("ISTIO-PORT-4"),
        Severity::Warning,
        format!("HTTP is granted on port {port} of the workload, which a Service declares as TCP or TLS"),
        "Istio sees no HTTP requests there, so that no match ever holds and all is denied",
    )
    .on(&grant.target)
    .at(rules_path(grant.object.version))
    .help("declare the port of the Service as http by its name or `appProtocol`")
}
