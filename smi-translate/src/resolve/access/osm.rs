//! Where Open Service Mesh read TrafficTargets in another way than the specification does.

use std::sync::Arc;

use smi_types::access::rules_path;

use super::Resolver;
use super::traffic::Ports;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::facts::{Service, ServicePort, Transport};
use crate::inventory::Target;
use crate::options::TargetReading;

impl Resolver<'_> {
    /// A rule without names of matches opened nothing there.
    pub(super) fn no_matches(&mut self, target: &Target, rule: usize) {
        let profile = self.inventory.options().profile;
        self.diagnostics.push(
            Diagnostic::new(
                Code("OSM-TT-NOMATCH"),
                Severity::Warning,
                "this rule names no match of its group",
                format!("it grants nothing under profile {profile}; the specification would grant every match of the group"),
            )
            .on(target.reference())
            .at(rules_path(target.object().version).index(rule))
            .help("name the matches"),
        );
    }

    /// A target that the mesh would not have looked at.
    pub(super) fn report_void(&mut self, target: &Target) {
        if self.inventory.options().target_reading != TargetReading::Osm || target.is_refused() {
            return;
        }
        let profile = self.inventory.options().profile;
        self.diagnostics.push(
            Diagnostic::new(
                Code("OSM-TT-VOID"),
                Severity::Warning,
                format!("profile {profile} ignores this target: its destination has no namespace, or a rule is of a kind that the mesh does not know"),
                "it grants nothing",
            )
            .on(target.reference())
            .help("write the destination's namespace, and keep to HTTPRouteGroup and TCPRoute"),
        );
    }

    /// TCPRoutes alone opened only the ports that are declared as TCP: on others the mesh expected HTTP, and had no route.
    pub(super) fn declared_tcp(&mut self, target: &Target, ports: Ports, services: &[Arc<Service>]) -> Ports {
        let Some(workloads) = self.inventory.workloads_of(self.namespace) else {
            return ports.and(&Ports::none());
        };
        let own: Vec<_> = workloads.of_account(self.account).collect();
        let declared = services.iter().flat_map(|service| {
            let tcp = service.ports.iter().filter(|port| speaks_tcp(port));
            tcp.flat_map(|port| {
                own.iter().filter(|w| service.selects(w)).filter_map(|w| port.container_port(w))
            })
        });
        let declared: std::collections::BTreeSet<_> =
            declared.filter_map(std::num::NonZeroU16::new).collect();
        if !ports.is_within(&declared) {
            let profile = self.inventory.options().profile;
            self.diagnostics.push(
                Diagnostic::new(
                    Code("OSM-TT-TCPONLY"),
                    Severity::Warning,
                    "this target has TCPRoutes alone, and covers ports that no Service of the input declares as TCP",
                    format!("under profile {profile} it grants the declared ones only; the specification would grant the others too"),
                )
                .on(target.reference())
                .help("declare the port by appProtocol tcp or a name that begins with tcp-, and put the Service into the input"),
            );
        }
        ports.and(&Ports::Only(declared))
    }
}

/// As Open Service Mesh read the protocol of a Service port.
fn speaks_tcp(port: &ServicePort) -> bool {
    let declared = match (&port.app_protocol, &port.name) {
        (Some(protocol), _) => protocol == "tcp" || protocol == "tcp-server-first",
        (None, Some(name)) => name.starts_with("tcp-"),
        (None, None) => false,
    };
    port.transport() == Transport::Tcp && declared
}
