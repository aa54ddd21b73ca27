//! What ambient mode takes beside the policies of the workloads: policies of Services, which waypoints enforce (`istio.md` 5.3).

use std::rc::Rc;

use smi_translate::intent::{Granted, Selection};
use smi_translate::manifest::part_name;
use smi_translate::{OneOrMore, Stage};

use super::rules::Allowance;
use super::traffic::Clause;
use super::waypoint::{self, Own, Passage};
use super::{Granting, Renderer};
use crate::resources::authorization::{AUTHORIZATION_POLICY, AuthorizationPolicySpec, TargetRef};

impl Renderer<'_> {
    /// Says what ambient mode cannot do.
    pub(super) fn check_ambient(&mut self) {
        let grants = &self.access.grants;
        if !self.options.ambient || grants.iter().all(|grant| matches!(grant.traffic, Granted::Udp)) {
            return;
        }
        if self.options.exact && grants.iter().any(|grant| matches!(grant.traffic, Granted::Http(_))) {
            self.report.say(waypoint::no_filters(self.access));
        }
        if let (Some(name), Some(_)) = (&self.options.waypoint, &self.waypoint) {
            self.report.say(waypoint::limits(self.access, name));
        }
    }

    /// In ambient mode, the policies of the Services that lead to a selection; and what the workloads let in from the waypoint.
    pub(super) fn pass_waypoint(&mut self, selection: &Selection, grants: &[Granting]) -> Vec<Allowance> {
        let access = self.access;
        let Some(waypoint) = self.waypoint.clone() else { return Vec::new() };
        let passage = Passage::to(access, selection);
        for own in &passage.services {
            let allowances: Vec<Allowance> = selection
                .grants
                .iter()
                .flat_map(|grant| self.at_service(&passage, own, *grant, grants))
                .collect();
            let service = own.service.service.name.as_str();
            let name = self.names.of_services([service]);
            for (part, rules) in self.divided(allowances).into_iter().enumerate() {
                let target = OneOrMore::one(TargetRef::service(service));
                let spec = AuthorizationPolicySpec::for_services(target, rules);
                // The waypoint must deny before the workloads let it in.
                self.write(AUTHORIZATION_POLICY, part_name(&name, part), Stage(0), spec);
            }
        }
        let mut allowances = Vec::new();
        for index in &selection.grants {
            let grant = &access.grants[*index];
            if matches!(grant.traffic, Granted::Http(_)) {
                waypoint::unreached(grant, &passage).into_iter().for_each(|loss| self.report.say(loss));
            }
            let passes = !matches!(grant.traffic, Granted::Udp) && !grants[*index].callers.is_empty();
            if let Some(ports) = waypoint::only(passage.reached(grant)).filter(|_| passes) {
                let clause = Rc::new(Clause::on_ports(&ports, Vec::new()));
                allowances.push(Allowance { grant: *index, callers: Rc::clone(&waypoint), clause });
            }
        }
        allowances
    }

    /// What a grant allows at a Service.
    fn at_service(
        &mut self,
        passage: &Passage<'_>,
        own: &Own<'_>,
        index: usize,
        grants: &[Granting],
    ) -> Vec<Allowance> {
        let grant = &self.access.grants[index];
        let callers = &grants[index].callers;
        let Some(ports) = passage.dialled(own, grant).filter(|_| !callers.is_empty()) else {
            return Vec::new();
        };
        let clauses = match &grant.traffic {
            Granted::Udp => Vec::new(),
            Granted::Tcp => vec![Rc::new(Clause::on_ports(&ports, Vec::new()))],
            Granted::Http(matches) => self.sayable(grant, &ports, matches),
        };
        clauses
            .into_iter()
            .map(|clause| Allowance { grant: index, callers: Rc::clone(callers), clause })
            .collect()
    }
}
