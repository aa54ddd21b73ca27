//! Who may call a destination: one AuthorizationPolicy per selection of workloads, with the rules of all grants that reach them, so that
//! deny-by-default and grants arrive in one write.

mod ambient;
mod callers;
mod exact;
mod limits;
mod loss;
mod members;
mod name;
mod ports;
mod rules;
mod traffic;
mod waypoint;
mod words;
mod workloads;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

use smi_translate::backend::GrantPart;
use smi_translate::backend::Report;
use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::facts::Labels;
use smi_translate::intent::{AccessIntent, Account, Grant, Granted, HttpMatch, Intent, PortSet};
use smi_translate::manifest::part_name;
use smi_translate::{Manifest, OneOrMore, Rendering, Stage};
use smi_types::access::rules_path;

use self::callers::Caller;
use self::exact::{Verdict, Verdicts};
use self::loss::Losses;
use self::name::Names;
use self::rules::Allowance;
use self::traffic::{Clause, Translator};
use crate::render::namespace::root_namespace;
use crate::render::proxied_headers;
use crate::resources::authorization::{AUTHORIZATION_POLICY, AuthorizationPolicySpec, Rule};
use crate::resources::envoy_filter::ENVOY_FILTER;
use crate::{IstioOptions, WRITER};

/// The policies of one destination; nothing where no TrafficTarget names it.
pub(crate) fn access(intent: &Intent, access: &AccessIntent, options: &IstioOptions) -> Rendering {
    let mut rendering = Rendering::default();
    if access.targets.is_empty() {
        return rendering;
    }
    if access.destination.namespace == options.root_namespace() {
        let diagnostic = root_namespace(&access.destination.namespace);
        rendering.diagnostics = access.targets.iter().map(|target| diagnostic.clone().on(target)).collect();
        rendering.accounts.settle_all(intent);
        return rendering;
    }
    let mut renderer = Renderer::new(intent, access, options);
    renderer.check_ambient();
    workloads::check(access, options, &mut renderer.report);
    ports::check(access, &mut renderer.report);
    let grants = renderer.grants();
    let passages = renderer.guard_services(&grants);
    for (index, selection) in access.selections.iter().enumerate() {
        for grant in &selection.grants {
            // Each of them is rendered below or was reported above.
            let part = GrantPart { selection: index, grant: *grant };
            rendering.accounts.settle_grant(part, access.grants[*grant].traffic.alternatives());
        }
        let mut allowances = Vec::new();
        let mut verdicts = Vec::new();
        for grant in &selection.grants {
            grants[*grant].allow(*grant, &mut allowances, &mut verdicts);
        }
        if let Some(passages) = &passages {
            allowances.extend(renderer.pass_waypoint(passages, index, &grants));
        }
        renderer.guard(&selection.labels, allowances, &verdicts);
    }
    let selected: BTreeSet<&Labels> = access.selections.iter().map(|selection| &selection.labels).collect();
    let inseparable: BTreeSet<&Labels> =
        access.inseparable.iter().filter_map(|one| one.labels.as_ref()).collect();
    for labels in inseparable.difference(&selected) {
        renderer.guard(labels, Vec::new(), &[]);
    }
    if renderer.translator.compares_paths() {
        say_normalised_paths(&mut renderer.report, access);
    }
    say_joined_lines(&mut renderer.report, access);
    rendering.manifests = renderer.manifests;
    rendering.manifests.sort_by_key(|manifest| manifest.stage);
    rendering.diagnostics = renderer.report.into_diagnostics();
    rendering
}

/// What a grant became.
struct Granting {
    callers: Rc<BTreeSet<Caller>>,
    clauses: Vec<Rc<Clause>>,
    verdicts: Vec<Rc<Verdict>>,
}

impl Granting {
    /// What it allows at the workloads. Without callers nothing: "from nobody" would be read as "from anybody".
    fn allow(&self, grant: usize, allowances: &mut Vec<Allowance>, verdicts: &mut Vec<Rc<Verdict>>) {
        if self.callers.is_empty() {
            return;
        }
        verdicts.extend(self.verdicts.iter().cloned());
        allowances.extend(self.clauses.iter().map(|clause| Allowance {
            grant,
            callers: Rc::clone(&self.callers),
            clause: Rc::clone(clause),
        }));
    }
}

struct Renderer<'a> {
    intent: &'a Intent,
    access: &'a AccessIntent,
    options: &'a IstioOptions,
    /// In ambient mode, the identity of the waypoint.
    waypoint: Option<Rc<BTreeSet<Caller>>>,
    translator: Translator,
    verdicts: Verdicts,
    names: Names<'a>,
    report: Report,
    manifests: Vec<Manifest>,
}

impl<'a> Renderer<'a> {
    fn new(intent: &'a Intent, access: &'a AccessIntent, options: &'a IstioOptions) -> Self {
        let name = options.waypoint.as_ref().filter(|_| options.ambient);
        let waypoint = name.and_then(|name| {
            let account = Account::new(&access.destination.namespace, name);
            callers::named(access, &account, options).map(|caller| Rc::new(BTreeSet::from([caller])))
        });
        Renderer {
            intent,
            access,
            options,
            waypoint,
            translator: Translator::default(),
            verdicts: Verdicts::default(),
            names: Names::new(&access.destination),
            report: Report::default(),
            manifests: Vec::new(),
        }
    }

    /// What every grant becomes, whichever workloads it reaches.
    fn grants(&mut self) -> Vec<Granting> {
        (0..self.access.grants.len()).map(|index| self.granting(index)).collect()
    }

    fn granting(&mut self, index: usize) -> Granting {
        let grant = &self.access.grants[index];
        let callers = callers::of_grant(self.access, grant, self.options, &mut self.report);
        let mut granting = Granting { callers: Rc::new(callers), clauses: Vec::new(), verdicts: Vec::new() };
        match &grant.traffic {
            Granted::Udp => {}
            Granted::Tcp => granting.clauses.push(Rc::new(Clause::on_ports(&grant.ports, Vec::new()))),
            // The waypoint looks at requests, and not on the ports of the workloads.
            Granted::Http(_) if self.waypoint.is_some() => {}
            Granted::Http(_) if self.options.ambient => self.report.say(ambient::without_waypoint(grant)),
            Granted::Http(matches) if self.options.exact => {
                // What cannot be said is left to the verdicts, whatever is accepted.
                let http = self.translator.http(&grant.ports, matches, Losses::default());
                http.without_path
                    .iter()
                    .for_each(|source| self.report.say(loss::no_such_path(grant, source)));
                granting.clauses.extend(http.clauses.iter().cloned());
                granting.verdicts = self.verdicts.of(grant, &http, &mut self.report);
                let asks = granting.verdicts.iter().map(|verdict| Rc::new(verdict.clause(&grant.ports)));
                granting.clauses.extend(asks);
            }
            Granted::Http(matches) => granting.clauses = self.sayable(grant, &grant.ports, matches),
        }
        granting
    }

    /// What can be said of some matches; the rest is reported.
    fn sayable(&mut self, grant: &Grant, ports: &PortSet, matches: &[Arc<HttpMatch>]) -> Vec<Rc<Clause>> {
        let accepted = Losses::accepted_by(self.access, grant);
        let http = self.translator.http(ports, matches, accepted);
        http.without_path.iter().for_each(|source| self.report.say(loss::no_such_path(grant, source)));
        for said in &http.partly {
            let losses = loss::diagnostics(grant, said, accepted, self.options.ambient);
            losses.for_each(|loss| self.report.say(loss));
        }
        http.clauses.clone()
    }

    /// The policies for the pods with these labels, and the filters they need. Without rules there is a policy all the same: what no
    /// TrafficTarget allows is denied (SMI-ACCESS-1).
    fn guard(&mut self, labels: &Labels, allowances: Vec<Allowance>, verdicts: &[Rc<Verdict>]) {
        let name = self.names.of_labels(labels);
        // Neither object grants anything without the other, so that any order is safe; this one denies for a shorter time.
        for (part, spec) in exact::filters(labels, verdicts).into_iter().enumerate() {
            self.write(ENVOY_FILTER, part_name(&name, part), Stage(0), spec);
        }
        for (part, rules) in self.divided(allowances).into_iter().enumerate() {
            if let Some(spec) = AuthorizationPolicySpec::for_pods(labels, rules) {
                self.write(AUTHORIZATION_POLICY, part_name(&name, part), Stage(1), spec);
            }
        }
    }

    /// The rules of each policy; one policy without rules where nothing is allowed.
    fn divided(&mut self, allowances: Vec<Allowance>) -> Vec<Option<OneOrMore<Rule>>> {
        let divided = limits::divide(&rules::merge(allowances));
        for grant in divided.too_large {
            self.report.say(self.too_large(grant));
        }
        match divided.policies {
            none if none.is_empty() => vec![None],
            policies => policies.into_iter().map(Some).collect(),
        }
    }

    fn write(
        &mut self,
        kind: (&'static str, &'static str),
        name: String,
        stage: Stage,
        spec: impl smi_translate::manifest::Spec + 'static,
    ) {
        let namespace = &self.access.destination.namespace;
        let manifest = Manifest::new(kind, (namespace, name), WRITER, self.intent, spec);
        self.manifests.push(Manifest { stage, ..manifest });
    }

    fn too_large(&self, grant: usize) -> Diagnostic {
        let grant = &self.access.grants[grant];
        Diagnostic::new(
            Code("ISTIO-SIZE-2"),
            Severity::Error,
            "a match of this target takes more room than an API server has for an AuthorizationPolicy",
            "the match is left out: what no other match admits is denied",
        )
        .on(&grant.target)
        .at(rules_path(grant.object.version))
        .help("divide the match into several")
    }
}

/// Says once that Istio joins the lines of some headers (SMI-HTTP-12).
fn say_joined_lines(report: &mut Report, access: &AccessIntent) {
    let found = access.grants.iter().find_map(|grant| match &grant.traffic {
        Granted::Http(matches) => Some((grant, proxied_headers::joined(matches.iter().map(AsRef::as_ref))?)),
        Granted::Tcp | Granted::Udp => None,
    });
    if let Some((grant, diagnostic)) = found {
        report.say(diagnostic.on(&grant.target).at(rules_path(grant.object.version)));
    }
}

/// Says once that Istio does not compare paths as they were sent (SMI-HTTP-4).
fn say_normalised_paths(report: &mut Report, access: &AccessIntent) {
    let looks_at_path = access.grants.iter().find(|grant| match &grant.traffic {
        Granted::Http(matches) => matches.iter().any(|source| source.path.is_some()),
        Granted::Tcp | Granted::Udp => false,
    });
    if let Some(grant) = looks_at_path {
        let diagnostic = Diagnostic::new(
            Code("ISTIO-PATH-1"),
            Severity::Info,
            "paths are compared after Istio has normalised them",
            "a request for /a/../b or /%62 satisfies a condition on /b, where SMI compares the path as it was sent",
        );
        report.say(diagnostic.on(&grant.target).at(rules_path(grant.object.version)));
    }
}
