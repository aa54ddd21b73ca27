//! What ambient mode takes beside the policies of the workloads: policies of Services, which waypoints enforce (`istio.md` 5.3).

use std::collections::BTreeSet;
use std::rc::Rc;

use smi_translate::backend::about;
use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::intent::{AccessIntent, Grant, Granted};
use smi_translate::manifest::part_name;
use smi_translate::{OneOrMore, Stage};
use smi_types::access::rules_path;

use super::rules::Allowance;
use super::traffic::Clause;
use super::waypoint::{self, Own, Passages, Way};
use super::{Granting, Renderer};
use crate::resources::authorization::{AUTHORIZATION_POLICY, AuthorizationPolicySpec, TargetRef};

impl<'a> Renderer<'a> {
    /// Says what ambient mode cannot do.
    pub(super) fn check_ambient(&mut self) {
        let grants = &self.access.grants;
        if !self.options.ambient || grants.iter().all(|grant| matches!(grant.traffic, Granted::Udp)) {
            return;
        }
        if self.options.exact && grants.iter().any(|grant| matches!(grant.traffic, Granted::Http(_))) {
            self.report.say(no_filters(self.access));
        }
        if let (Some(name), Some(_)) = (&self.options.waypoint, &self.waypoint) {
            self.report.say(limits(self.access, name));
        }
    }

    /// In ambient mode with a waypoint, the policies of the Services that lead to the workloads.
    pub(super) fn guard_services(&mut self, grants: &[Granting]) -> Option<Passages<'a>> {
        self.waypoint.as_ref()?;
        let passages = Passages::of(self.access);
        for own in passages.own() {
            let Some(service) = own.first().map(|own| own.service.service.name.as_str()) else { continue };
            let allowances = own.iter().flat_map(|own| self.at_service(&passages, own, grants)).collect();
            let name = self.names.of_services([service]);
            for (part, rules) in self.divided(allowances).into_iter().enumerate() {
                let target = OneOrMore::one(TargetRef::service(service));
                let spec = AuthorizationPolicySpec::for_services(target, rules);
                // The waypoint must deny before the workloads let it in.
                self.write(AUTHORIZATION_POLICY, part_name(&name, part), Stage(0), spec);
            }
        }
        Some(passages)
    }

    /// What a selection of grants allows at a Service.
    fn at_service(&mut self, passages: &Passages<'a>, own: &Own<'_>, grants: &[Granting]) -> Vec<Allowance> {
        let mut allowances = Vec::new();
        for index in &self.access.selections[own.selection].grants {
            let grant = &self.access.grants[*index];
            let callers = &grants[*index].callers;
            let Some(ports) = passages.dialled(own, grant).filter(|_| !callers.is_empty()) else { continue };
            let clauses = match &grant.traffic {
                Granted::Udp => Vec::new(),
                Granted::Tcp => vec![Rc::new(Clause::on_ports(&ports, Vec::new()))],
                Granted::Http(matches) => self.sayable(grant, &ports, matches),
            };
            allowances.extend(clauses.into_iter().map(|clause| Allowance {
                grant: *index,
                callers: Rc::clone(callers),
                clause,
            }));
        }
        allowances
    }

    /// What the workloads of a selection let in from the waypoint.
    pub(super) fn pass_waypoint(
        &mut self,
        passages: &Passages<'a>,
        selection: usize,
        grants: &[Granting],
    ) -> Vec<Allowance> {
        let access = self.access;
        let Some(waypoint) = self.waypoint.clone() else { return Vec::new() };
        let mut allowances = Vec::new();
        for index in &access.selections[selection].grants {
            let grant = &access.grants[*index];
            if !grant.is_tcp() {
                continue;
            }
            for (way, ports) in passages.missing(selection, grant) {
                // Connections need no Service: whoever is granted them may call the pods.
                if way.is_some() || matches!(grant.traffic, Granted::Http(_)) {
                    self.report.say(kept_out(grant, way, &ports));
                }
            }
            let reached = passages.reached(selection, grant);
            if let Some(ports) = waypoint::only(reached).filter(|_| !grants[*index].callers.is_empty()) {
                let clause = Rc::new(Clause::on_ports(&ports, Vec::new()));
                allowances.push(Allowance { grant: *index, callers: Rc::clone(&waypoint), clause });
            }
        }
        allowances
    }
}

/// Says what of a grant does not pass the waypoint, and why.
fn kept_out(grant: &Grant, way: Option<Way<'_>>, ports: &BTreeSet<u16>) -> Diagnostic {
    let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
    let ports = match ports.len() {
        0 => "all ports".to_owned(),
        1 => format!("port {}", ports[0]),
        _ => format!("ports {}", ports.join(", ")),
    };
    let what = match grant.traffic {
        Granted::Http(_) => format!("HTTP is granted on {ports}"),
        Granted::Tcp | Granted::Udp => format!("TCP is granted on {ports}"),
    };
    let (message, help) = match way {
        None => (
            format!(
                "{what} of workloads, to which no Service with a cluster IP leads that leads nowhere else"
            ),
            "select the workloads by a Service with a cluster IP that selects nothing else, and let its ports lead to granted ports alone",
        ),
        Some(Way::Service(service)) => (
            format!(
                "{what} of workloads to which the Service {service} may lead, and it may lead to others as well, so that no policy can be attached to it"
            ),
            "let that Service ask for the labels by which the controller of the workloads knows its pods, or for another value of one of their labels",
        ),
        Some(Way::Split(split, root)) => (
            format!(
                "{what} of workloads to which {split} leads from the Service {root}, and the waypoint looks at such requests by the policies of {root} alone"
            ),
            "split a Service that selects workloads of the same destination alone, with the same ports",
        ),
        Some(Way::Unreadable) => (
            format!("{what} of workloads to which a Service of the namespace that was refused may lead"),
            "mend the Service",
        ),
    };
    let effect = match grant.traffic {
        Granted::Http(_) => "the workloads do not let the waypoint in there: these requests are denied",
        Granted::Tcp | Granted::Udp => {
            "the workloads do not let the waypoint in there: connections to addresses of Services are denied, those to addresses of pods are not"
        }
    };
    loss(grant, message, effect, help)
}

/// Says that nothing looks at requests.
pub(super) fn without_waypoint(grant: &Grant) -> Diagnostic {
    let message = "HTTP is granted in ambient mode, where nothing looks at requests without a waypoint";
    let help = "name the waypoint of the destination's namespace with `--istio-waypoint`";
    loss(grant, message.to_owned(), "these requests are denied", help)
}

fn loss(grant: &Grant, message: String, effect: &'static str, help: &'static str) -> Diagnostic {
    Diagnostic::new(Code("ISTIO-AMBIENT-1"), Severity::Loss, message, effect)
        .on(&grant.target)
        .at(rules_path(grant.object.version))
        .help(help)
}

/// EnvoyFilters have no effect in ambient mode.
fn no_filters(intent: &AccessIntent) -> Diagnostic {
    let message = "exact conditions need EnvoyFilters, which nothing applies in ambient mode";
    let effect =
        "conditions that AuthorizationPolicy cannot say are left out: what only they admit is denied";
    about::destination(intent, ("ISTIO-AMBIENT-2", Severity::Error), message, effect)
        .help("translate without `--istio-exact`")
}

/// What a waypoint does not see, and what it sees too late.
fn limits(intent: &AccessIntent, waypoint: &str) -> Diagnostic {
    let grants = &intent.grants;
    let effect = match grants.iter().any(|grant| matches!(grant.traffic, Granted::Http(_))) {
        true => {
            "where HTTP alone is granted, calls to the addresses of pods are denied; a route of somebody else from another Service of the namespace to these workloads is guarded by the policies of that Service"
        }
        false => {
            "a route of somebody else from another Service of the namespace to these workloads is guarded by the policies of that Service"
        }
    };
    about::destination(
        intent,
        ("ISTIO-AMBIENT-3", Severity::Warning),
        format!("requests are looked at by the waypoint {waypoint} alone, by the policies of the Service that the client addressed"),
        effect,
    )
    .help("let these Services use the waypoint, and use it for Services only; translate all Services of the namespace, and route none without policies of its own to the workloads")
}
