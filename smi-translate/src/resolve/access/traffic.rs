//! What the rules of one TrafficTarget allow: ports and matches, combined as SMI-ACCESS-20 says.

use std::collections::{BTreeSet, HashSet};
use std::num::NonZeroU16;
use std::sync::Arc;

use smi_types::hub;

use super::Resolver;
use super::listening::Listening;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::intent::{Granted, HttpMatch, PortSet};
use crate::inventory::{Target, route_kind};
use crate::one_or_more::OneOrMore;
use crate::options::{NoMatches, NoRules, TargetReading};
use crate::reference::ObjectRef;

/// Ports on the way to a [`PortSet`]: unlike there, none is possible.
#[derive(Clone)]
pub(super) enum Ports {
    All,
    Only(BTreeSet<NonZeroU16>),
}

impl Ports {
    pub(super) fn none() -> Ports {
        Ports::Only(BTreeSet::new())
    }

    fn of(ports: &hub::Ports) -> Ports {
        match ports {
            hub::Ports::All => Ports::All,
            hub::Ports::Listed(list) => Ports::Only(list.numbers()),
        }
    }

    fn or(self, other: Ports) -> Ports {
        match (self, other) {
            (Ports::All, _) | (_, Ports::All) => Ports::All,
            (Ports::Only(mut own), Ports::Only(other)) => {
                own.extend(other);
                Ports::Only(own)
            }
        }
    }

    pub(super) fn and(self, other: &Ports) -> Ports {
        match (self, other) {
            (Ports::All, other) => other.clone(),
            (own, Ports::All) => own,
            (Ports::Only(mut own), Ports::Only(other)) => {
                own.retain(|port| other.contains(port));
                Ports::Only(own)
            }
        }
    }

    pub(super) fn is_within(&self, numbers: &BTreeSet<NonZeroU16>) -> bool {
        matches!(self, Ports::Only(ports) if ports.is_subset(numbers))
    }

    /// `None` where there is no port: no grant.
    fn into_set(self) -> Option<PortSet> {
        match self {
            Ports::All => Some(PortSet::All),
            Ports::Only(ports) => OneOrMore::new(ports.into_iter().collect()).map(PortSet::Only),
        }
    }
}

/// The rules of one target, sorted by kind. That a kind is there counts even where nothing of it resolves (SMI-ACCESS-16).
#[derive(Default)]
struct Rules {
    http: Option<Vec<Arc<HttpMatch>>>,
    /// The addresses of these.
    known: HashSet<*const HttpMatch>,
    tcp: Option<Ports>,
    udp: Option<Ports>,
}

impl Rules {
    fn add_matches(&mut self, matches: Vec<Arc<HttpMatch>>) {
        let all = self.http.get_or_insert_default();
        for one in matches {
            if self.known.insert(Arc::as_ptr(&one)) {
                all.push(one);
            }
        }
    }

    /// Adds the ports of a route. `hides` is how Open Service Mesh read them: a route with a list hides one without.
    fn add_ports(&mut self, kind: &str, ports: Ports, hides: bool) {
        let own = if kind == "TCPRoute" { &mut self.tcp } else { &mut self.udp };
        *own = Some(match (own.take(), ports) {
            (Some(Ports::All), list @ Ports::Only(_)) | (Some(list @ Ports::Only(_)), Ports::All)
                if hides =>
            {
                list
            }
            (own, ports) => own.unwrap_or_else(Ports::none).or(ports),
        });
    }
}

const NOTHING: &str = "the rule grants nothing";
const NO_PORTS: &str = "the rule means no port at all, and the other rules of its target do not replace it";

impl Resolver<'_> {
    /// The grants of a target: TCP or HTTP, and UDP.
    pub(super) fn traffic(&mut self, target: &Target, listening: &Listening<'_>) -> Vec<(PortSet, Granted)> {
        let options = self.inventory.options();
        let object = target.object();
        let mut rules = Rules::default();
        if object.rules.is_empty() && options.no_rules == NoRules::AllTcp {
            rules.tcp = Some(Ports::All);
        }
        for (index, rule) in object.rules.iter().enumerate() {
            match rule.kind.as_str() {
                "HTTPRouteGroup" => {
                    let matches = self.matches(target, index, rule);
                    rules.add_matches(matches);
                }
                "TCPRoute" | "UDPRoute" => {
                    let ports = self.ports(target, index, rule);
                    rules.add_ports(&rule.kind, ports, options.target_reading == TargetReading::Osm);
                }
                // SMI-VAL-16 says so. What was meant as a route of ports or matches is one that does not resolve, and narrows the others
                // (SMI-ACCESS-16).
                kind => match route_kind(kind) {
                    Some("HTTPRouteGroup") => rules.add_matches(Vec::new()),
                    Some(kind) => rules.add_ports(kind, Ports::none(), false),
                    None => {}
                },
            }
        }
        let ports = rules.tcp.clone().unwrap_or(Ports::All).and(&Ports::of(&object.ports()));
        self.check_ports(target, &ports, listening);
        let alone = rules.http.is_none() && rules.tcp.is_some();
        let ports = match alone && options.target_reading == TargetReading::Osm {
            true => self.declared_tcp(target, ports, listening),
            false => ports,
        };
        let http = rules.http.map(|matches| OneOrMore::new(matches).map(Granted::Http));
        let tcp = rules.tcp.map(|_| Granted::Tcp);
        // With an HTTPRouteGroup, TCPRoutes say on which ports; they grant nothing of their own (SMI-ACCESS-20.3).
        let over_tcp = match http {
            Some(http) => http,
            None => tcp,
        };
        let over_tcp = over_tcp.and_then(|granted| Some((ports.into_set()?, granted)));
        let over_udp = rules.udp.and_then(|ports| Some((ports.into_set()?, Granted::Udp)));
        over_tcp.into_iter().chain(over_udp).collect()
    }

    /// The TCP ports that a target names, whether or not it grants something there.
    pub(super) fn named_ports(&self, target: &Target) -> BTreeSet<NonZeroU16> {
        let object = target.object();
        let namespace = &target.reference().namespace;
        let routes = object.rules.iter().filter(|rule| route_kind(&rule.kind) == Some("TCPRoute"));
        let routes = routes.filter_map(|rule| self.inventory.port_route("TCPRoute", namespace, &rule.name));
        let named = routes.map(|route| Ports::of(&route.ports)).chain([Ports::of(&object.ports())]);
        let numbers = named.filter_map(|ports| match ports {
            Ports::All => None,
            Ports::Only(numbers) => Some(numbers),
        });
        numbers.flatten().collect()
    }

    /// The matches that a rule selects of its group.
    fn matches(&mut self, target: &Target, index: usize, rule: &hub::Rule) -> Vec<Arc<HttpMatch>> {
        let inventory = self.inventory;
        let name = ObjectRef::new("HTTPRouteGroup", &target.reference().namespace, &rule.name);
        let Some(group) = inventory.group(&name.namespace, &name.name) else {
            // A rule without a name says so itself (SMI-VAL-16).
            if !rule.name.is_empty() {
                self.unresolved(
                    target,
                    index,
                    format!("{name} is not in the input, or was refused"),
                    NOTHING,
                );
            }
            return Vec::new();
        };
        self.used.insert(name.clone());
        let asked = rule.matches.as_deref().unwrap_or_default();
        if asked.is_empty() {
            if inventory.options().no_matches == NoMatches::Nothing {
                self.no_matches(target, index);
                return Vec::new();
            }
            return group.matches.iter().map(|(_, compiled)| Arc::clone(compiled)).collect();
        }
        let wanted: BTreeSet<&str> = asked.iter().map(String::as_str).collect();
        let known: HashSet<&str> = group.object.matches.iter().map(|one| one.name.as_str()).collect();
        for missing in wanted.iter().filter(|name| !known.contains(**name)) {
            let message = format!("{name} has no match {missing:?}");
            self.unresolved(target, index, message, "the name grants nothing; the others keep working");
        }
        let selected = group.matches.iter().filter(|(_, compiled)| wanted.contains(compiled.name.as_str()));
        selected.map(|(_, compiled)| Arc::clone(compiled)).collect()
    }

    /// The ports of a TCPRoute or UDPRoute.
    fn ports(&mut self, target: &Target, index: usize, rule: &hub::Rule) -> Ports {
        let kind = if rule.kind == "TCPRoute" { "TCPRoute" } else { "UDPRoute" };
        let name = ObjectRef::new(kind, &target.reference().namespace, &rule.name);
        let inventory = self.inventory;
        let Some(route) =
            inventory.port_route(kind, &name.namespace, &name.name).filter(|route| route.usable)
        else {
            if !rule.name.is_empty() {
                self.unresolved(
                    target,
                    index,
                    format!("{name} is not in the input, or was refused"),
                    NO_PORTS,
                );
            }
            return Ports::none();
        };
        self.used.insert(route.reference.clone());
        let asked = rule.matches.as_deref().unwrap_or_default();
        // SMI-L4-5.
        if !asked.is_empty() && !route.match_name.as_ref().is_some_and(|own| asked.contains(own)) {
            let message = format!("{name} has none of the names that the rule lists");
            self.unresolved(target, index, message, NO_PORTS);
            return Ports::none();
        }
        Ports::of(&route.ports)
    }

    /// A port that is only a Service port, and leads to another port of the pods (SMI-VAL-20).
    fn check_ports(&mut self, target: &Target, ports: &Ports, listening: &Listening<'_>) {
        let Ports::Only(ports) = ports else { return };
        for number in ports.iter().map(|port| port.get()).filter(|number| !listening.is_listened(*number)) {
            if let Some((service, behind)) = listening.led_elsewhere(number) {
                let path = smi_types::access::rules_path(target.object().version);
                self.diagnostics.push(
                    Diagnostic::new(
                        Code("SMI-VAL-20"),
                        Severity::Warning,
                        format!(
                            "port {number} is a port of Service {}, whose pods listen on {behind}",
                            service.service
                        ),
                        format!("ports are those of the workload: this grants port {number} of the pods, where nothing listens"),
                    )
                    .on(target.reference())
                    .at(path)
                    .help(format!("write {behind}")),
                );
            }
        }
    }
}
