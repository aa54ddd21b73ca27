//! Splits as routes with the root Service as their parent: one object per port (`linkerd.md` 6.2).

use smi_translate::backend::Report;
use smi_translate::backend::{Layer, Part};
use smi_translate::facts::{Labels, ServicePort};
use smi_translate::intent::{Condition, Effective, Intent, Ports, RoutingIntent, Rule};
use smi_translate::{Manifest, OneOrMore, Rendering, ServiceRef};
use smi_types::FieldPath;

use super::order::{Unordered, ordered};
use super::refusals::{
    condition_unseen, header_values, tcp_not_meant, tcp_unsplit, too_many_backends, too_many_matches,
    unknown_ports, unordered, unsayable,
};
use super::weights;
use crate::clause::{Clause, Clauses, say};
use crate::protocol::{Protocol, is_named_http};
use crate::resources::http_route::{
    BackendRef, GATEWAY_HTTP_ROUTE, HttpRouteMatch, HttpRouteRule, HttpRouteSpec, POLICY_HTTP_ROUTE,
    ParentRef, limits,
};
use crate::resources::tcp_route::{TCP_ROUTE, TcpRouteSpec};
use crate::{LinkerdOptions, RouteGroup, WRITER};

/// Matches that one object has room for.
pub(super) const MATCHES: usize = limits::RULES * limits::MATCHES_PER_RULE;

/// Bytes of the values of one object's matches: an API server takes about 1.5 MB.
const VALUE_BYTES: usize = 1 << 20;

pub(super) fn render(
    intent: &Intent,
    routing: &RoutingIntent,
    root: &ServiceRef,
    options: &LinkerdOptions,
    rendering: &mut Rendering,
    report: &mut Report,
) {
    if routing.ports == Ports::Assumed {
        report.say(unknown_ports(&routing.rules[0]));
        return;
    }
    let mut routes = Routes { intent, routing, root, options, rendering, report, known: None };
    let none = Labels::new();
    let annotations = routing.root_facts.as_ref().map_or(&none, |facts| &facts.annotations);
    for port in routing.tcp_ports().into_iter().flatten() {
        match Protocol::of(port, annotations) {
            Protocol::Opaque => routes.tcp_route(port),
            protocol => routes.http_route(port, protocol),
        }
    }
}

struct Routes<'a> {
    intent: &'a Intent,
    routing: &'a RoutingIntent,
    root: &'a ServiceRef,
    options: &'a LinkerdOptions,
    rendering: &'a mut Rendering,
    report: &'a mut Report,
    /// The matches of the rules of the port before, which are mostly those of the next one too.
    known: Option<(Vec<usize>, Option<Said>)>,
}

/// The matches of each rule.
type Said = Vec<Vec<HttpRouteMatch>>;

/// What a port has of the rules: those that may be reached, in order, and whether requests are left that none takes.
struct Reached {
    rules: Vec<usize>,
    is_open: bool,
}

impl Routes<'_> {
    fn rule(&self, index: usize) -> &Rule {
        &self.routing.rules[index]
    }

    /// The rules with an effect on a port, up to the first that takes every request. Ticks off those behind it.
    fn reached(&mut self, port: &ServicePort) -> Reached {
        let mut reached = Reached { rules: Vec::new(), is_open: true };
        for index in 0..self.routing.rules.len() {
            let rule = &self.routing.rules[index];
            if !rule.has_effect(Some(port)) {
                continue;
            }
            let http = Part { rule: index, port: Some(port.port), layer: Layer::Http };
            self.rendering.accounts.settle(http, rule.when.alternatives());
            if reached.is_open {
                reached.rules.push(index);
                reached.is_open = !takes_everything(&rule.when);
            }
        }
        reached
    }

    /// HTTP requests by route; what is not HTTP goes to the root (`linkerd.md` 6.2).
    fn http_route(&mut self, port: &ServicePort, protocol: Protocol) {
        let reached = self.reached(port);
        self.settle_tcp(port, protocol);
        if reached.rules.is_empty() {
            return;
        }
        let Some(said) = self.said(&reached.rules) else { return };
        let mut rules = Vec::new();
        for (index, matches) in reached.rules.iter().zip(said) {
            let Some(backends) = self.backends(*index, port) else { return };
            if takes_everything(&self.rule(*index).when) {
                rules.push(HttpRouteRule { matches: None, backend_refs: Some(backends) });
                continue;
            }
            let chunks = matches.chunks(limits::MATCHES_PER_RULE);
            rules.extend(chunks.filter_map(|chunk| OneOrMore::new(chunk.to_vec())).map(|matches| {
                HttpRouteRule { matches: Some(matches), backend_refs: Some(backends.clone()) }
            }));
        }
        if reached.is_open {
            // Without it, requests that satisfy no condition are answered with 404 (SMI-SPLIT-18).
            let root = OneOrMore::one(self.backend_ref(self.root, port, 1));
            rules.push(HttpRouteRule { matches: None, backend_refs: Some(root) });
        }
        if rules.len() > limits::RULES {
            let rule = self.rule(reached.rules[0]).split.clone();
            self.report.say(too_many_matches().on(&rule));
            return;
        }
        let Some(rules) = OneOrMore::new(rules) else { return };
        let parent_refs = OneOrMore::one(ParentRef::service(&self.root.name, port.port));
        let kind = match self.options.outbound_routes {
            RouteGroup::Gateway => GATEWAY_HTTP_ROUTE,
            RouteGroup::Policy => POLICY_HTTP_ROUTE,
        };
        self.write(kind, port, HttpRouteSpec { parent_refs, rules });
    }

    /// Connections by route; conditions never hold where Linkerd sees no requests (SMI-SPLIT-21).
    fn tcp_route(&mut self, port: &ServicePort) {
        for index in 0..self.routing.rules.len() {
            let rule = &self.routing.rules[index];
            if !rule.has_effect(Some(port)) {
                continue;
            }
            let part = |layer| Part { rule: index, port: Some(port.port), layer };
            self.rendering.accounts.settle(part(Layer::Http), rule.when.alternatives());
            if matches!(rule.when, Condition::Http(_)) {
                let decides =
                    |other: &&Rule| matches!(other.when, Condition::Always) && other.has_effect(Some(port));
                let otherwise = self.routing.rules.iter().find(decides);
                self.report.say(condition_unseen(rule, port.port, otherwise));
                continue;
            }
            self.rendering.accounts.settle(part(Layer::Tcp), 1);
            let Some(backends) = self.backends(index, port) else { return };
            let spec = TcpRouteSpec::new(ParentRef::service(&self.root.name, port.port), backends);
            self.write(TCP_ROUTE, port, spec);
        }
    }

    fn write(
        &mut self,
        kind: (&'static str, &'static str),
        port: &ServicePort,
        spec: impl smi_translate::manifest::Spec + 'static,
    ) {
        let place = (self.routing.namespace.as_str(), format!("smi-{}-{}", self.root.name, port.port));
        self.rendering.manifests.push(Manifest::new(kind, place, WRITER, self.intent, spec));
    }

    /// What an HTTP route leaves of connections that are not HTTP: it splits none of them.
    fn settle_tcp(&mut self, port: &ServicePort, protocol: Protocol) {
        for (index, rule) in self.routing.rules.iter().enumerate() {
            if !matches!(rule.when, Condition::Always) || !rule.has_effect(Some(port)) {
                continue;
            }
            let part = Part { rule: index, port: Some(port.port), layer: Layer::Tcp };
            self.rendering.accounts.settle(part, 1);
            // On a port that is declared as HTTP nothing else is traffic of the mesh.
            match protocol {
                Protocol::Detect if is_named_http(port) => self.report.say(tcp_not_meant(rule, port)),
                Protocol::Detect => self.report.say(tcp_unsplit(rule, port)),
                Protocol::Http | Protocol::Opaque => {}
            }
        }
    }

    /// The matches of these rules in Linkerd's order of precedence; `None` where an error says why there are none.
    fn said(&mut self, rules: &[usize]) -> Option<Said> {
        if let Some((known, said)) = &self.known
            && known == rules
        {
            return said.clone();
        }
        let said = self.say(rules);
        self.known = Some((rules.to_vec(), said.clone()));
        said
    }

    fn say(&mut self, rules: &[usize]) -> Option<Said> {
        let clauses: Option<Vec<Vec<Clause>>> = rules.iter().map(|index| self.clauses(*index)).collect();
        let mut clauses = clauses?;
        // Only the last rule may take every request: it has no clause, and whatever else matches beats it or ties.
        let last = rules.last().is_some_and(|index| takes_everything(&self.rule(*index).when));
        let conditional = clauses.len() - usize::from(last);
        match ordered(&clauses[..conditional], MATCHES) {
            Ok(ordered) => clauses.splice(..conditional, ordered).for_each(drop),
            Err(Unordered::TooMany) => {
                let rule = self.rule(rules[0]).split.clone();
                self.report.say(too_many_matches().on(&rule));
                return None;
            }
            Err(Unordered::Overlap { earlier, later }) => {
                let (earlier, later) = (self.rule(rules[earlier]), self.rule(rules[later]));
                self.report.say(unordered(earlier, later));
                return None;
            }
        }
        let mut said = Vec::with_capacity(clauses.len());
        for (index, clauses) in rules.iter().zip(&clauses) {
            let mut matches = Vec::with_capacity(clauses.len());
            for clause in clauses {
                match say(clause) {
                    Ok(one) => matches.push(one),
                    Err(reason) => {
                        let rule = self.rule(*index);
                        let diagnostic = unsayable(rule, "a match of this split", reason.words());
                        self.report.say(diagnostic);
                        return None;
                    }
                }
            }
            said.push(matches);
        }
        let bytes = |one: &HttpRouteMatch| {
            let path = one.path.as_ref().map_or(0, |path| path.value.len());
            path + one.headers.iter().map(|header| header.name.len() + header.value.len()).sum::<usize>()
        };
        if said.iter().flatten().map(bytes).sum::<usize>() > VALUE_BYTES {
            let rule = self.rule(rules[0]).split.clone();
            self.report.say(too_many_matches().on(&rule));
            return None;
        }
        self.say_header_values(rules);
        Some(said)
    }

    /// The clauses of a rule; none where it has no condition.
    fn clauses(&mut self, index: usize) -> Option<Vec<Clause>> {
        let rule = &self.routing.rules[index];
        let Condition::Http(sources) = &rule.when else { return Some(Vec::new()) };
        if takes_everything(&rule.when) {
            return Some(Vec::new());
        }
        let mut all = Vec::new();
        let mut is_sayable = true;
        for source in sources {
            let clauses = Clauses::of(source);
            for missing in &clauses.missing {
                let what = format!("match {:?} of {}", source.name, source.group);
                self.report.say(unsayable(rule, &what, missing.words()));
                is_sayable = false;
            }
            for clause in clauses.clauses {
                if !all.contains(&clause) {
                    all.push(clause);
                }
            }
            if all.len() > MATCHES {
                let split = rule.split.clone();
                self.report.say(too_many_matches().on(&split));
                return None;
            }
        }
        is_sayable.then_some(all)
    }

    fn backends(&mut self, index: usize, port: &ServicePort) -> Option<OneOrMore<BackendRef>> {
        let rule = &self.routing.rules[index];
        let effective = rule.effective(Some(port))?;
        // A lone weight of zero would get everything, and several of them make the client's proxy panic (`linkerd.md` 6.2).
        let positive = positive(&effective);
        if positive.len() > limits::BACKENDS {
            self.report.say(too_many_backends(rule, positive.len()));
            return None;
        }
        let (weights, exact) = weights::of_route(&positive.iter().map(|(_, w)| *w).collect::<Vec<_>>());
        if !exact {
            self.report.say(weights::scaled(rule, limits::WEIGHT));
        }
        let backends = positive.iter().zip(weights);
        OneOrMore::new(
            backends.map(|((service, _), weight)| self.backend_ref(service, port, weight)).collect(),
        )
    }

    fn backend_ref(&self, service: &ServiceRef, port: &ServicePort, weight: u32) -> BackendRef {
        let namespace = Some(service.namespace.clone()).filter(|own| *own != self.routing.namespace);
        BackendRef {
            group: "",
            kind: "Service",
            name: service.name.clone(),
            namespace,
            port: port.port,
            weight,
        }
    }

    /// Says once what Linkerd does with header values beyond ASCII.
    fn say_header_values(&mut self, rules: &[usize]) {
        let looks_at_headers = |index: &&usize| match &self.rule(**index).when {
            Condition::Always => false,
            Condition::Http(matches) => matches.iter().any(|source| !source.headers.is_empty()),
        };
        if let Some(index) = rules.iter().find(looks_at_headers) {
            let otherwise = match rules.len() {
                1 => "go to the root Service",
                _ => "do not satisfy it: another split of the root decides, or the root Service answers",
            };
            let diagnostic = header_values(otherwise).on(&self.rule(*index).split);
            self.report.say(diagnostic.at(FieldPath::of("spec").key("matches")));
        }
    }
}

fn positive<'e>(effective: &Effective<'e>) -> Vec<(&'e ServiceRef, u128)> {
    let backends = effective.backends().iter().filter(|backend| backend.weight > 0);
    backends.map(|backend| (&backend.service, backend.weight)).collect()
}

/// Whether every HTTP request satisfies a condition.
fn takes_everything(when: &Condition) -> bool {
    match when {
        Condition::Always => true,
        Condition::Http(matches) => {
            matches.iter().any(|source| Clauses::of(source).clauses.iter().any(Clause::is_unconditional))
        }
    }
}
