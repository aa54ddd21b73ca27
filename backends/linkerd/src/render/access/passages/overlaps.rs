//! Matches that overlap, for different callers: a route for each of them, or less than what is granted (`linkerd.md` 7.5).

use std::collections::BTreeSet;

use smi_translate::backend::about;
use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::intent::{AccessIntent, Account, Grant};
use smi_types::access::rules_path;

use super::super::callers::Caller;
use super::super::table::Table;
use super::Passages;
use crate::admission::is_subdomain;
use crate::clause::Clause;
use crate::resources::http_route::{Comparison, HeaderMatch, limits};

/// The header in which the server's proxy writes who calls; what the client sent under this name is removed first.
const CLIENT_ID: &str = "l5d-client-id";

/// Conflicts that are looked for one by one.
const CONFLICTS: usize = 32;

const OVERLAP: &str = "LINKERD-OVERLAP-1";

impl Passages<'_, '_> {
    /// A route per caller, which only its own requests satisfy (`linkerd.md` 7.5, step 4).
    pub(super) fn routes_by_identity(&mut self, table: &Table, servers: &[String]) {
        for (caller, clauses) in table.by_caller() {
            let Some(identity) = self.identity(caller) else {
                self.report_nameless(table, caller);
                continue;
            };
            let mut matches = Vec::new();
            for clause in clauses {
                if self.has_room(table, clause) {
                    matches.extend(self.said(clause));
                }
            }
            matches.iter_mut().for_each(|one| one.headers.push(identity.clone()));
            self.report.say(told_apart(self.access, &self.options.control_plane_namespace));
            let callers = BTreeSet::from([caller.clone()]);
            let name = self.names.passage("identity", servers, &callers);
            self.route(&name, servers, &matches, &callers);
        }
    }

    /// The condition that only requests of a service account satisfy: its identity, as the proxy writes it.
    fn identity(&self, caller: &Caller) -> Option<HeaderMatch> {
        let Caller::Account(Account { namespace, name }) = caller else { return None };
        let (control_plane, domain) = (&self.options.control_plane_namespace, &self.access.trust_domain);
        let value = format!("{name}.{namespace}.serviceaccount.identity.{control_plane}.{domain}");
        is_subdomain(&value).then(|| HeaderMatch {
            name: CLIENT_ID.to_owned(),
            comparison: Comparison::Exact,
            value,
        })
    }

    /// Whether a match takes one more header.
    fn has_room(&mut self, table: &Table, clause: &Clause) -> bool {
        let has_room = clause.headers.len() < limits::HEADERS;
        if !has_room {
            let entry = table.entries.iter().find(|entry| entry.clause == *clause);
            for grant in entry.iter().flat_map(|entry| &entry.grants) {
                self.report.say(overlap(
                    &self.access.grants[*grant],
                    "a match has no room for the header that tells callers apart, and overlaps with one that others may use".to_owned(),
                ));
            }
        }
        has_room
    }

    fn report_nameless(&mut self, table: &Table, caller: &Caller) {
        let entries = table.entries.iter().filter(|entry| entry.callers.contains(caller));
        for grant in entries.flat_map(|entry| &entry.grants) {
            if self.grants[*grant].callers.contains(caller) {
                let key = caller.key();
                let message = format!(
                    "the matches that {key} may use overlap with those of others, and only service accounts can be told apart"
                );
                self.report.say(overlap(&self.access.grants[*grant], message));
            }
        }
    }

    /// What is left where callers must not be told apart by their identity: where the loss is accepted, routes that deny some of what is
    /// granted; else no match of the later targets.
    pub(super) fn without_conflicts(&mut self, table: &Table, first: (usize, Option<usize>)) -> Table {
        let mut table = table.clone();
        let all: BTreeSet<usize> = table.entries.iter().flat_map(|entry| entry.grants.clone()).collect();
        if all.iter().all(|grant| self.access.allows(&self.access.grants[*grant], Code(OVERLAP))) {
            self.report_overlap(&all);
            return table.spread();
        }
        let mut conflict = Some(first);
        for _ in 0..CONFLICTS {
            let Some((one, other)) = conflict else { break };
            let index = other.unwrap_or(one);
            let entry = table.entries.remove(index);
            self.report_overlap(&entry.grants);
            conflict = table.spread().conflict();
        }
        if let (Some(_), Some(first)) = (conflict, table.entries.first().cloned()) {
            // Too many to look for each of them: one set of callers is left, unless others may send anything.
            let (kept, left_out): (Vec<_>, Vec<_>) =
                table.entries.into_iter().partition(|entry| !table.has_tcp && entry.callers == first.callers);
            let grants: BTreeSet<usize> = left_out.into_iter().flat_map(|entry| entry.grants).collect();
            self.report_overlap(&grants);
            table.entries = kept;
        }
        table.spread()
    }

    /// Reports that some grants overlap with others.
    fn report_overlap(&mut self, grants: &BTreeSet<usize>) {
        let message = "some requests satisfy matches of this target and of another with other sources, and Linkerd looks at one of them";
        let grants = grants.iter().map(|grant| &self.access.grants[*grant]);
        grants.for_each(|grant| self.report.say(overlap(grant, message.to_owned())));
    }
}

/// Nothing else that is rendered depends on either.
fn told_apart(access: &AccessIntent, control_plane: &str) -> Diagnostic {
    about::destination(
        access,
        ("LINKERD-IDENTITY-1", Severity::Info),
        "matches of several callers overlap, so that each has a route of its own, for its identity",
        format!(
            "where Linkerd's control plane is not in the namespace {control_plane}, or the trust domain is not {}, all of them are denied",
            access.trust_domain
        ),
    )
}

fn overlap(grant: &Grant, message: String) -> Diagnostic {
    Diagnostic::new(
        Code(OVERLAP),
        Severity::Loss,
        message,
        "some of what is granted is denied, because Linkerd asks for the sources of one match only",
    )
    .on(&grant.target)
    .at(rules_path(grant.object.version))
    .help("make the matches exclude each other, or give the targets the same sources")
}
