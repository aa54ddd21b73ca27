//! Where Open Service Mesh read TrafficTargets in another way than the specification does.

use std::sync::Arc;

use smi_types::access::{destination_path, rules_path, sources_path};

use super::Resolver;
use super::listening::Listening;
use super::traffic::Ports;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::facts::{ServicePort, Transport};
use crate::intent::{Grant, Granted, PortSet};
use crate::inventory::Target;
use crate::options::TargetReading;
use crate::resolve::shadow::may_overlap;

/// How many pairs of matches are compared for one service account; each may cost a proof.
const COMPARED_PAIRS: usize = 1_024;

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

    /// The mesh took what follows a dot in the name of a service account for a namespace.
    pub(super) fn report_dots(&mut self, target: &Target) {
        if self.inventory.options().target_reading != TargetReading::Osm {
            return;
        }
        let version = target.object().version;
        let destination = (&target.object().destination, destination_path(version));
        let sources = target.object().sources.iter().enumerate();
        let sources = sources.map(|(index, source)| (&source.subject, sources_path(version).index(index)));
        for (subject, path) in [destination].into_iter().chain(sources) {
            if subject.kind == "ServiceAccount" && subject.name.contains('.') {
                self.diagnostics.push(
                    Diagnostic::new(
                        Code("OSM-TT-DOT"),
                        Severity::Warning,
                        format!("the name of service account {:?} has a dot", subject.name),
                        "Open Service Mesh took it for an account of another namespace; here it is the account that is named",
                    )
                    .on(target.reference())
                    .at(path.key("name")),
                );
            }
        }
    }

    /// A source without a namespace was nobody there.
    pub(super) fn report_nameless_sources(&mut self, target: &Target) {
        if self.inventory.options().target_reading != TargetReading::Osm {
            return;
        }
        let profile = self.inventory.options().profile;
        for (index, source) in target.object().sources.iter().enumerate() {
            if source.subject.namespace.as_deref().unwrap_or_default().is_empty() {
                let path = sources_path(target.object().version).index(index);
                self.diagnostics.push(
                    Diagnostic::new(
                        Code("OSM-TT-VOID"),
                        Severity::Warning,
                        "this source has no namespace",
                        format!("it is nobody under profile {profile}; the specification would take the target's own namespace"),
                    )
                    .on(target.reference())
                    .at(path)
                    .help("write the namespace"),
                );
            }
        }
    }

    /// HTTPRouteGroups alone opened the ports that are declared as TCP completely, which the specification does not (SMI-ACCESS-20.3).
    pub(super) fn report_closed_ports(
        &mut self,
        target: &Target,
        traffic: &[(PortSet, Granted)],
        listening: &Listening<'_>,
    ) {
        let has_tcp_route = target.object().rules.iter().any(|rule| rule.kind == "TCPRoute");
        let has_http = traffic.iter().any(|(_, granted)| matches!(granted, Granted::Http(_)));
        if self.inventory.options().target_reading != TargetReading::Osm || has_tcp_route || !has_http {
            return;
        }
        let ports: Vec<String> = listening.led_to(speaks_tcp).iter().map(ToString::to_string).collect();
        if !ports.is_empty() {
            let ports = ports.join(", ");
            self.diagnostics.push(
                Diagnostic::new(
                    Code("OSM-TT-TCPOPEN"),
                    Severity::Warning,
                    format!("this target has HTTPRouteGroups alone, and the workload has TCP ports: {ports}"),
                    "Open Service Mesh let its sources connect to those ports as well; here they are denied",
                )
                .on(target.reference())
                .help("write a TrafficTarget with a TCPRoute if they should"),
            );
        }
    }

    /// Targets whose different matches overlap: Open Service Mesh took the first route that matched, in an order that nobody wrote.
    pub(super) fn check_first_match(&mut self, grants: &[Grant]) {
        if self.inventory.options().target_reading != TargetReading::Osm {
            return;
        }
        let mut budget = COMPARED_PAIRS;
        for (index, later) in grants.iter().enumerate() {
            for earlier in &grants[..index] {
                let (Granted::Http(one), Granted::Http(other)) = (&later.traffic, &earlier.traffic) else {
                    continue;
                };
                if later.sources == earlier.sources {
                    continue;
                }
                let pairs = one.iter().flat_map(|one| other.iter().map(move |other| (one, other)));
                let mut different = pairs.filter(|(one, other)| !Arc::ptr_eq(one, other));
                let overlap = different.any(|(one, other)| {
                    budget = budget.saturating_sub(1);
                    budget > 0 && may_overlap(one, other)
                });
                if overlap {
                    self.diagnostics.push(first_match(later, earlier));
                    break;
                }
                if budget == 0 {
                    return;
                }
            }
        }
    }

    /// TCPRoutes alone opened only the ports that are declared as TCP: on others the mesh expected HTTP, and had no route.
    pub(super) fn declared_tcp(&mut self, target: &Target, ports: Ports, listening: &Listening<'_>) -> Ports {
        let declared = listening.led_to(speaks_tcp);
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

fn first_match(later: &Grant, earlier: &Grant) -> Diagnostic {
    Diagnostic::new(
        Code("OSM-TT-FIRSTMATCH"),
        Severity::Warning,
        format!("a request can satisfy both this target and {}, which grants to others", earlier.target),
        "Open Service Mesh denied some of those requests at random; here each target grants what it says",
    )
    .on(&later.target)
}

/// Whether a Service port is declared as TCP, as Open Service Mesh read that.
fn speaks_tcp(port: &ServicePort) -> bool {
    let declared = match (&port.app_protocol, &port.name) {
        (Some(protocol), _) => protocol == "tcp" || protocol == "tcp-server-first",
        (None, Some(name)) => name.starts_with("tcp-"),
        (None, None) => false,
    };
    port.transport() == Transport::Tcp && declared
}
