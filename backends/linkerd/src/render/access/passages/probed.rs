//! Routes of probes, beside those of what is granted.

use std::collections::{BTreeMap, BTreeSet};

use smi_translate::OneOrMore;
use smi_translate::manifest::part_name;

use super::super::callers::Caller;
use super::super::probes::{self, Asked};
use super::super::servers::Guarded;
use super::super::stage;
use super::super::table::Table;
use super::Passages;
use crate::LinkerdOptions;
use crate::clause::Clause;
use crate::resources::authorization::{
    AUTHORIZATION_POLICY, AuthorizationPolicySpec, NETWORK_AUTHENTICATION, PolicyRef,
};
use crate::resources::http_route::POLICY_HTTP_ROUTE;

/// What kubelets send to the Servers that have routes.
#[derive(Default)]
pub(super) struct Probed {
    servers: BTreeMap<String, BTreeSet<Asked>>,
    /// The same by who may send it besides kubelets, because it is granted.
    granted: BTreeMap<(String, BTreeSet<Caller>), BTreeSet<Asked>>,
    /// Whether there may be others, because no workload of some Server is known.
    is_unknown: bool,
}

impl Probed {
    pub(super) fn add(&mut self, name: &str, server: &Guarded, options: &LinkerdOptions) {
        let asked = probes::of(server, options);
        self.is_unknown |= !server.is_known && (asked.is_empty() || options.probe_networks.is_empty());
        if !asked.is_empty() {
            self.servers.insert(name.to_owned(), asked);
        }
    }

    /// The matches of a table that Linkerd may take for a probe of one of these Servers.
    pub(super) fn hidden_by(&self, servers: &[String], table: &Table) -> BTreeSet<usize> {
        let asked: BTreeSet<&Asked> =
            servers.iter().filter_map(|server| self.servers.get(server)).flatten().collect();
        let entries = table.entries.iter().enumerate();
        let hides = |clause: &Clause| asked.iter().any(|probe| probe.may_lose_to(clause));
        entries.filter(|(_, entry)| hides(&entry.clause)).map(|(index, _)| index).collect()
    }

    /// Finds out who may send the probes of a Server by a match of its table: the route of a probe is the one that Linkerd takes for them too.
    pub(super) fn grant(&mut self, server: &str, table: &Table, options: &LinkerdOptions) {
        let is_open = options.is_open_to_probes_from_anywhere();
        for probe in self.servers.get(server).into_iter().flatten() {
            let granting = table.entries.iter().filter(|entry| !is_open && probe.is_within(&entry.clause));
            let callers = granting.flat_map(|entry| entry.callers.iter().cloned()).collect();
            self.granted.entry((server.to_owned(), callers)).or_default().insert(probe.clone());
        }
    }
}

impl Passages<'_, '_> {
    /// The routes of probes, and the networks that they come from.
    pub(super) fn probes(&mut self, probed: &Probed) {
        if probed.is_unknown {
            self.report.say(probes::unknown(self.access, self.options));
        }
        let spec = probes::networks(&self.options.probe_networks);
        let Some(spec) = spec.filter(|_| !probed.granted.is_empty()) else { return };
        let networks = self.names.probes();
        self.writer.write(NETWORK_AUTHENTICATION, &networks, stage::AUTHENTICATION, spec);
        for ((server, callers), asked) in &probed.granted {
            let base = match callers.is_empty() {
                true => format!("{server}-probes"),
                false => {
                    format!("{}-probes", self.names.passage("probes", std::slice::from_ref(server), callers))
                }
            };
            for (part, spec) in probes::routes(server, asked).into_iter().enumerate() {
                let name = part_name(&base, part);
                self.routed.insert(server.clone());
                self.writer.write(POLICY_HTTP_ROUTE, &name, stage::PROBE_ROUTE, spec);
                let required = OneOrMore::one(PolicyRef::new(NETWORK_AUTHENTICATION, &networks));
                let target_ref = PolicyRef::new(POLICY_HTTP_ROUTE, &name);
                let spec = AuthorizationPolicySpec {
                    target_ref: target_ref.clone(),
                    required_authentication_refs: required,
                };
                self.writer.write(AUTHORIZATION_POLICY, &name, stage::POLICY, spec);
                self.let_in(callers, &format!("{name}-granted"), &target_ref);
            }
        }
        let all = probed.servers.values().flatten().cloned().collect();
        self.report.say(probes::open(self.access, self.options, &all));
    }
}
