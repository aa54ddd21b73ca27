//! Servers, and what lets callers through them: routes, policies and authentications.

mod overlaps;
mod probed;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use smi_translate::OneOrMore;
use smi_translate::backend::Report;
use smi_translate::intent::AccessIntent;
use smi_translate::manifest::part_name;

use self::probed::Probed;
use super::callers::{Caller, authentications};
use super::grants::Said;
use super::names::Names;
use super::servers::Guarded;
use super::table::Table;
use super::{Writer, probes, stage};
use crate::clause::{Clause, say};
use crate::resources::authorization::{
    AUTHORIZATION_POLICY, AuthorizationPolicySpec, MESH_TLS_AUTHENTICATION, PolicyRef,
};
use crate::resources::http_route::{
    Comparison, HttpRouteMatch, HttpRouteRule, HttpRouteSpec, POLICY_HTTP_ROUTE, ParentRef, PathMatch, limits,
};
use crate::resources::server::{SERVER, ServerSpec};
use crate::{LinkerdOptions, UNTIL_ACCEPTED_ANNOTATION};

/// Matches that one route has room for.
const MATCHES: usize = limits::RULES * limits::MATCHES_PER_RULE;

/// Bytes of the values of one route's matches: an API server takes about 1.5 MB.
const VALUE_BYTES: usize = 1 << 20;

/// Matches that the routes per caller of some Servers have in all: they multiply with the callers, and Linkerd takes long for many routes
/// (`linkerd.md` 15).
const IDENTITY_MATCHES: usize = 10_000;

/// What Servers have in common: the grants over HTTP, and whether there are grants over TCP. They share their routes.
type Granting = (BTreeSet<usize>, bool);

/// Writes the objects of a unit.
pub(super) struct Passages<'a, 'w> {
    access: &'a AccessIntent,
    options: &'w LinkerdOptions,
    grants: &'w [Said],
    names: &'w Names<'a>,
    writer: &'w mut Writer<'a>,
    report: &'w mut Report,
    /// Authentications that are written, by who they recognise.
    known: BTreeMap<BTreeSet<Caller>, Vec<String>>,
    /// Matches that were said before.
    said: HashMap<Clause, Option<HttpRouteMatch>>,
    /// Servers to which a route is attached.
    routed: BTreeSet<String>,
}

impl<'a, 'w> Passages<'a, 'w> {
    pub(super) fn new(
        access: &'a AccessIntent,
        options: &'w LinkerdOptions,
        grants: &'w [Said],
        names: &'w Names<'a>,
        writer: &'w mut Writer<'a>,
        report: &'w mut Report,
    ) -> Self {
        Passages {
            access,
            options,
            grants,
            names,
            writer,
            report,
            known: BTreeMap::new(),
            said: HashMap::new(),
            routed: BTreeSet::new(),
        }
    }

    pub(super) fn write(&mut self, servers: &[Guarded]) {
        let mut alike: BTreeMap<Granting, Vec<String>> = BTreeMap::new();
        let mut probed = Probed::default();
        for server in servers {
            let name = self.names.server(&server.labels, server.port);
            let let_in = self.server_policies(&name, server);
            let has_grants = server.http.iter().any(|grant| self.grants_something(*grant));
            let has_routes = has_grants || server.needs_probe_routes(self.options);
            if !has_routes && server.has_unknown_probes() {
                self.report.say(probes::open_unknown(self.access));
            }
            if has_routes {
                let granting = (server.http.clone(), let_in);
                alike.entry(granting).or_default().push(name.clone());
                probed.add(&name, server, self.options);
            }
            probes::denied(self.access, server, self.options)
                .into_iter()
                .for_each(|said| self.report.say(said));
            self.server(&name, server, has_routes);
        }
        for ((http, has_tcp), servers) in &alike {
            let table = self.table(http, *has_tcp);
            for servers in servers.chunks(limits::PARENTS) {
                self.routes(&table, servers, &probed);
            }
            servers.iter().for_each(|server| probed.grant(server, &table, self.options));
        }
        self.probes(&probed);
        self.close(alike.into_values().flatten());
    }

    /// Lets no probe through at Servers that have no route yet: to one without any, Linkerd adds its own (`linkerd.md` 7.6).
    fn close(&mut self, servers: impl Iterator<Item = String>) {
        let open: Vec<String> = servers.filter(|server| !self.routed.contains(server)).collect();
        open.chunks(limits::PARENTS).for_each(|servers| self.rest(servers));
    }

    fn grants_something(&self, grant: usize) -> bool {
        !self.grants[grant].callers.is_empty() && !self.grants[grant].clauses.is_empty()
    }

    fn server(&mut self, name: &str, server: &Guarded, has_routes: bool) {
        let Some(spec) = ServerSpec::new(&server.labels, server.port, server.proxy_protocol()) else {
            return;
        };
        // Whoever was kept out before stays out.
        let open = (has_routes && self.options.no_outage && server.is_open_before)
            .then_some((UNTIL_ACCEPTED_ANNOTATION, "all-unauthenticated"));
        self.writer.write_annotated(SERVER, name, stage::SERVER, spec, open);
    }

    /// Lets in at a Server who may send whatever it likes; tells whether there is anybody.
    fn server_policies(&mut self, name: &str, server: &Guarded) -> bool {
        let callers: BTreeSet<Caller> =
            server.tcp.iter().flat_map(|grant| self.grants[*grant].callers.iter().cloned()).collect();
        let policy = self.names.passage("server", &[name.to_owned()], &callers);
        self.let_in(&callers, &policy, &PolicyRef::new(SERVER, name));
        !callers.is_empty()
    }

    /// One policy per authentication: Linkerd asks for any of them. Without callers none, because a policy that requires nothing lets in
    /// everybody.
    fn let_in(&mut self, callers: &BTreeSet<Caller>, name: &str, target: &PolicyRef) {
        for (part, authentication) in self.authentications(callers).into_iter().enumerate() {
            let spec = AuthorizationPolicySpec {
                target_ref: target.clone(),
                required_authentication_refs: OneOrMore::one(PolicyRef::new(
                    MESH_TLS_AUTHENTICATION,
                    &authentication,
                )),
            };
            let name = if part == 0 { name.to_owned() } else { format!("{name}-a{}", part + 1) };
            self.writer.write(AUTHORIZATION_POLICY, &name, stage::POLICY, spec);
        }
    }

    fn authentications(&mut self, callers: &BTreeSet<Caller>) -> Vec<String> {
        if let Some(known) = self.known.get(callers) {
            return known.clone();
        }
        let mut names = Vec::new();
        for (part, spec) in authentications(callers).into_iter().enumerate() {
            let name = self.names.authentication(callers, part);
            self.writer.write(MESH_TLS_AUTHENTICATION, &name, stage::AUTHENTICATION, spec);
            names.push(name);
        }
        self.known.insert(callers.clone(), names.clone());
        names
    }

    fn table(&self, http: &BTreeSet<usize>, has_tcp: bool) -> Table {
        let matches = http.iter().flat_map(|grant| {
            let Said { callers, clauses } = &self.grants[*grant];
            clauses.iter().map(move |clause| (*grant, clause, callers))
        });
        Table::of(matches, has_tcp)
    }

    /// The routes of some Servers with the same grants.
    ///
    /// Matches that compete for requests with those of other callers, or could be taken for a probe, become a route per caller: a kubelet has
    /// no identity, and satisfies none of them.
    fn routes(&mut self, table: &Table, servers: &[String], probed: &Probed) {
        let spread = table.spread();
        let mut apart = spread.conflicting();
        let hidden = probed.hidden_by(servers, &spread);
        apart.extend(hidden.iter().copied());
        if apart.is_empty() {
            return self.routes_by_callers(&spread, servers);
        }
        let size: usize = apart.iter().map(|index| table.entries[*index].callers.len()).sum();
        if self.options.per_identity_routes && size <= IDENTITY_MATCHES {
            self.routes_by_identity(&table.only(|index| apart.contains(&index)), servers);
            return self.routes_by_callers(&spread.only(|index| !apart.contains(&index)), servers);
        }
        if !hidden.is_empty() {
            self.report.say(probes::shadowed(self.access));
        }
        let left = match spread.conflict() {
            Some(conflict) => self.without_conflicts(table, conflict),
            None => spread,
        };
        self.routes_by_callers(&left, servers);
    }

    fn routes_by_callers(&mut self, table: &Table, servers: &[String]) {
        for (callers, clauses) in table.by_callers() {
            let name = self.names.passage("route", servers, &callers);
            let matches: Vec<HttpRouteMatch> =
                clauses.iter().filter_map(|clause| self.said(clause)).collect();
            self.route(&name, servers, &matches, &callers);
        }
        if table.needs_rest() {
            self.rest(servers);
        }
    }

    /// A match in the words of a route. What cannot be said was reported with its grant, and left out.
    fn said(&mut self, clause: &Clause) -> Option<HttpRouteMatch> {
        let known = self.said.get(clause).cloned();
        known.unwrap_or_else(|| {
            let said = say(clause).ok();
            self.said.insert(clause.clone(), said.clone());
            said
        })
    }

    /// A route, in parts where it has many matches, and who may use it.
    fn route(
        &mut self,
        name: &str,
        servers: &[String],
        matches: &[HttpRouteMatch],
        callers: &BTreeSet<Caller>,
    ) {
        for (part, matches) in divided(matches).into_iter().enumerate() {
            let name = part_name(&format!("{name}-r"), part);
            if self.http_route(&name, stage::ROUTE, servers, matches) {
                self.let_in(callers, &name, &PolicyRef::new(POLICY_HTTP_ROUTE, &name));
            }
        }
    }

    fn http_route(
        &mut self,
        name: &str,
        stage: smi_translate::Stage,
        servers: &[String],
        matches: &[HttpRouteMatch],
    ) -> bool {
        let parents = servers.iter().map(|server| ParentRef::server(server)).collect();
        let rules =
            matches.chunks(limits::MATCHES_PER_RULE).filter_map(|chunk| OneOrMore::new(chunk.to_vec()));
        let rules =
            rules.map(|matches| HttpRouteRule { matches: Some(matches), backend_refs: None }).collect();
        let (Some(parent_refs), Some(rules)) = (OneOrMore::new(parents), OneOrMore::new(rules)) else {
            return false;
        };
        self.routed.extend(servers.iter().cloned());
        self.writer.write(POLICY_HTTP_ROUTE, name, stage, HttpRouteSpec { parent_refs, rules });
        true
    }

    /// The route of requests that satisfy no match, without a policy: those pass who may send whatever they like.
    fn rest(&mut self, servers: &[String]) {
        let name = format!("{}-rest", self.names.passage("rest", servers, &BTreeSet::new()));
        let path = PathMatch { comparison: Comparison::PathPrefix, value: "/".to_owned() };
        let everything = HttpRouteMatch { path: Some(path), ..HttpRouteMatch::default() };
        self.http_route(&name, stage::ROUTE, servers, &[everything]);
    }
}

/// Matches in groups that one route has room for each.
fn divided(matches: &[HttpRouteMatch]) -> Vec<&[HttpRouteMatch]> {
    let bytes = |one: &HttpRouteMatch| {
        let path = one.path.as_ref().map_or(0, |path| path.value.len());
        path + one.headers.iter().map(|header| header.name.len() + header.value.len()).sum::<usize>()
    };
    let (mut groups, mut start, mut used) = (Vec::new(), 0, 0);
    for (index, one) in matches.iter().enumerate() {
        let size = bytes(one);
        if index > start && (index - start == MATCHES || used + size > VALUE_BYTES) {
            groups.push(&matches[start..index]);
            (start, used) = (index, 0);
        }
        used += size;
    }
    groups.push(&matches[start..]);
    groups
}
