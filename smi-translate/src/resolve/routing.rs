//! The routing of one root: its splits in order, their conditions and their backends.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use smi_types::FieldPath;

use super::{Resolved, shadow};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::facts::{Service, ServicePort, Transport};
use crate::intent::{BackendFacts, Condition, HttpMatch, Ports, Root, RoutingIntent, Rule, WeightedBackend};
use crate::inventory::{Inventory, RootName, Split};
use crate::options::{BackendPorts, MissingServices, Profile};
use crate::reference::{ObjectRef, ServiceRef};

pub(super) fn resolve(inventory: &Inventory, namespace: &str, root: &str) -> Resolved<RoutingIntent> {
    let mut resolver = Resolver { inventory, namespace, diagnostics: Vec::new(), groups: BTreeSet::new() };
    let splits: Vec<&Split> =
        inventory.splits_of(namespace, root).into_iter().filter(|s| s.is_applied()).collect();
    let service = inventory.service(namespace, root);
    let root = root_of(namespace, root, &splits);
    let rules =
        match resolver.root_is_missing(&root, service, &splits) || resolver.services_are_unusable(&splits) {
            true => Vec::new(),
            false => resolver.rules(&splits, service),
        };
    let ports = service.map_or(Ports::Assumed, |service| Ports::Known(service.ports.clone()));
    resolver.check_ports(&ports, &rules);
    resolver.check_fallback(service, &rules);
    let mut sources: Vec<ObjectRef> =
        splits.iter().map(|s| s.reference().clone()).chain(resolver.groups).collect();
    sources.sort();
    let intent = RoutingIntent {
        cluster_domain: inventory.options().cluster_domain.clone(),
        namespace: namespace.to_owned(),
        root,
        ports,
        rules,
        sources,
        root_facts: service.map(facts_of),
    };
    Resolved { intent, diagnostics: resolver.diagnostics }
}

fn root_of(namespace: &str, root: &str, splits: &[&Split]) -> Root {
    match splits.first().and_then(|split| split.root()) {
        Some(RootName::Host(host)) => Root::Host(host.clone()),
        _ => Root::Service(ServiceRef::new(namespace, root)),
    }
}

fn facts_of(service: &Service) -> BackendFacts {
    BackendFacts {
        ports: service.ports.clone(),
        addressing: service.addressing.clone(),
        has_selector: service.has_selector(),
        annotations: Arc::clone(&service.annotations),
    }
}

struct Resolver<'a> {
    inventory: &'a Inventory,
    namespace: &'a str,
    diagnostics: Vec<Diagnostic>,
    groups: BTreeSet<ObjectRef>,
}

impl Resolver<'_> {
    /// A root Service that does not exist makes its splits inert (SMI-SPLIT-11), where the input is the whole cluster.
    fn root_is_missing(&mut self, root: &Root, service: Option<&Service>, splits: &[&Split]) -> bool {
        let (Root::Service(name), None) = (root, service) else { return false };
        let excluded = self.inventory.options().missing_services == MissingServices::Exclude;
        if excluded {
            let missing = splits.iter().map(|split| {
                root_missing(name).on(split.reference()).at(FieldPath::of("spec").key("service"))
            });
            self.diagnostics.extend(missing);
        }
        excluded
    }

    /// A Service that is there but could not be read leaves all splits of the root without effect: as root nobody knows its ports, and
    /// as backend its share must not go to the others.
    fn services_are_unusable(&mut self, splits: &[&Split]) -> bool {
        let found: Vec<_> = splits.iter().map(|split| self.unusable(split)).collect();
        let mut named =
            found.iter().zip(splits).filter_map(|(unusable, split)| Some((unusable.as_ref()?, split)));
        let Some((first, of)) = named.next() else { return false };
        for (split, own) in splits.iter().zip(&found) {
            let unusable = match own {
                Some(service) => service_unusable(service.to_string()),
                None => service_unusable(format!("{first} of {}, which has the same root,", of.reference())),
            };
            self.diagnostics.push(unusable.on(split.reference()));
        }
        true
    }

    fn unusable(&self, split: &Split) -> Option<ServiceRef> {
        let root = split.root().map(|root| ServiceRef::new(self.namespace, root.unit_name()));
        let names = root.into_iter().chain(split.backends().iter().map(|backend| backend.service.clone()));
        names.filter(|name| self.inventory.is_unusable(&name.namespace, &name.name)).min()
    }

    /// Conditional splits, oldest first, then the oldest unconditional one (SMI-SPLIT-16).
    fn rules(&mut self, splits: &[&Split], root: Option<&Service>) -> Vec<Rule> {
        let mut splits = splits.to_vec();
        splits.sort_by_key(|split| split.age());
        let mut conditional = Vec::new();
        let mut unconditional: Option<Rule> = None;
        for split in splits {
            let Some(when) = self.condition(split) else { continue };
            if let (Condition::Always, Some(older)) = (&when, &unconditional) {
                self.diagnostics.push(ignored(split.reference(), &older.split));
                continue;
            }
            let backends = self.backends(split, root);
            let rule =
                Rule { split: split.reference().clone(), object: Arc::clone(split.shared()), when, backends };
            match rule.when {
                Condition::Always => unconditional = Some(rule),
                Condition::Http(_) => conditional.push(rule),
            }
        }
        self.diagnostics.extend(shadow::shadowed(&conditional));
        conditional.into_iter().chain(unconditional).collect()
    }

    /// The union of all matches of all groups (SMI-SPLIT-17); `None` where none of them can match, which makes the split inert and
    /// never unconditional (SMI-SPLIT-19).
    fn condition(&mut self, split: &Split) -> Option<Condition> {
        let references = split.object().matches.as_deref().unwrap_or_default();
        if references.is_empty() {
            return Some(Condition::Always);
        }
        let mut matches: Vec<Arc<HttpMatch>> = Vec::new();
        let mut seen = BTreeSet::new();
        for (index, reference) in references.iter().enumerate() {
            if !split.condition_resolves(index) || !seen.insert(&reference.name) {
                continue;
            }
            match self.inventory.group(self.namespace, &reference.name) {
                Some(group) if !group.matches.is_empty() => {
                    self.groups.insert(group.reference.clone());
                    matches.extend(group.matches.iter().map(|(_, compiled)| Arc::clone(compiled)));
                }
                found => {
                    let diagnostic = group_unusable(&reference.name, self.namespace, found.is_some());
                    let at = FieldPath::of("spec").key("matches").index(index).key("name");
                    self.diagnostics.push(diagnostic.on(split.reference()).at(at));
                }
            }
        }
        if matches.is_empty() {
            let at = FieldPath::of("spec").key("matches");
            self.diagnostics.push(inert().on(split.reference()).at(at));
            return None;
        }
        Some(Condition::Http(matches))
    }

    /// The backends: repeated ones merged at the place of the first (SMI-SPLIT-7), missing ones excluded (SMI-SPLIT-11).
    fn backends(&mut self, split: &Split, root: Option<&Service>) -> Vec<WeightedBackend> {
        let mut backends: Vec<WeightedBackend> = Vec::new();
        let mut position: BTreeMap<&ServiceRef, usize> = BTreeMap::new();
        let mut assumed: Vec<ServiceRef> = Vec::new();
        if root.is_none()
            && let Some(RootName::Service(name)) = split.root()
        {
            assumed.push(ServiceRef::new(self.namespace, name));
        }
        for backend in split.backends() {
            let service = &backend.service;
            if let Some(at) = position.get(service) {
                backends[*at].weight += u128::from(backend.weight);
                continue;
            }
            let at = || FieldPath::of("spec").key("backends").index(backend.index).key("service");
            let facts = self.inventory.service(&service.namespace, &service.name).map(facts_of);
            if facts.is_none() {
                if self.inventory.options().missing_services == MissingServices::Exclude {
                    self.diagnostics.push(backend_missing(service).on(split.reference()).at(at()));
                    continue;
                }
                // Repeated backends do not come here; only the root can be named already.
                if assumed.first() != Some(service) {
                    assumed.push(service.clone());
                }
            }
            if self.is_other_root(split, service) {
                self.diagnostics.push(not_hierarchical(service).on(split.reference()).at(at()));
            }
            if let Some(lacking) = self.lacks_a_port(root, facts.as_ref()) {
                self.diagnostics.push(
                    dropped_for_a_port(service, lacking, self.inventory.options().profile)
                        .on(split.reference())
                        .at(at()),
                );
                continue;
            }
            position.insert(service, backends.len());
            backends.push(WeightedBackend { service: service.clone(), weight: backend.weight.into(), facts });
        }
        if !assumed.is_empty() {
            self.diagnostics.push(services_assumed(&assumed).on(split.reference()).at(FieldPath::of("spec")));
        }
        backends
    }

    fn is_other_root(&self, split: &Split, service: &ServiceRef) -> bool {
        let is_own =
            |root: &RootName| root.unit_name() == service.name && service.namespace == self.namespace;
        split.root().is_some_and(|root| !is_own(root))
            && self.inventory.is_root(&service.namespace, &service.name)
    }

    /// A port of the root that a backend lacks, where a backend needs them all.
    fn lacks_a_port(&self, root: Option<&Service>, backend: Option<&BackendFacts>) -> Option<u16> {
        if self.inventory.options().backend_ports == BackendPorts::Each {
            return None;
        }
        let (root, backend) = (root?, backend?);
        let has = |port: &ServicePort| {
            backend.ports.iter().any(|own| own.port == port.port && own.transport() == port.transport())
        };
        root.ports.iter().find(|port| !has(port)).map(|port| port.port)
    }

    /// Per port of the root: who does not take part, and whether anybody does (SMI-SPLIT-8, SMI-SPLIT-9).
    fn check_ports(&mut self, ports: &Ports, rules: &[Rule]) {
        let Ports::Known(ports) = ports else { return };
        let (tcp, other): (Vec<_>, Vec<_>) =
            ports.iter().partition(|port| port.transport() == Transport::Tcp);
        let unsplit =
            rules.first().into_iter().flat_map(|rule| other.iter().map(|port| never_split(rule, port)));
        self.diagnostics.extend(unsplit);
        if tcp.is_empty() {
            self.diagnostics.extend(rules.iter().map(no_tcp_port));
        }
        for rule in rules {
            for backend in &rule.backends {
                let lacking: Vec<u16> = tcp.iter().filter(|p| !backend.exposes(p)).map(|p| p.port).collect();
                if !lacking.is_empty() {
                    self.diagnostics.push(port_mismatch(rule, backend, &lacking));
                }
            }
            if rule.has_effect(None) {
                let left: Vec<u16> =
                    tcp.iter().filter(|p| !rule.has_effect(Some(p))).map(|p| p.port).collect();
                if !left.is_empty() {
                    self.diagnostics.push(no_backend_left(rule, &left));
                }
            }
        }
    }

    /// A root without a selector has no endpoints of its own for unmatched traffic (SMI-SPLIT-14).
    fn check_fallback(&mut self, root: Option<&Service>, rules: &[Rule]) {
        let Some(root) = root.filter(|root| !root.has_selector()) else { return };
        if rules.iter().any(|rule| matches!(rule.when, Condition::Always)) {
            return;
        }
        self.diagnostics.extend(rules.last().map(|rule| no_fallback(rule, &root.service)));
    }
}

fn root_missing(root: &ServiceRef) -> Diagnostic {
    Diagnostic::new(
        Code("SMI-VAL-50"),
        Severity::Warning,
        format!("the root Service {root} does not exist"),
        "the split has no effect until it does",
    )
}

fn service_unusable(service: String) -> Diagnostic {
    Diagnostic::new(
        Code("SMI-REF-3"),
        Severity::Error,
        format!("the Service {service} is in the input but was refused"),
        "nothing is rendered for the root of this split: the root Service answers",
    )
    .at(FieldPath::of("spec"))
    .help("mend the Service")
}

fn backend_missing(service: &ServiceRef) -> Diagnostic {
    Diagnostic::new(
        Code("SMI-VAL-50"),
        Severity::Warning,
        format!("the backend Service {service} does not exist"),
        "it takes no part; the other backends share its traffic by their weights",
    )
}

fn dropped_for_a_port(service: &ServiceRef, port: u16, profile: Profile) -> Diagnostic {
    Diagnostic::new(
        Code("SMI-VAL-50"),
        Severity::Warning,
        format!("the backend Service {service} lacks port {port} of the root, and under profile {profile} a backend needs every port"),
        "it takes no part; the other backends share its traffic by their weights",
    )
    .help("add the port to the Service")
}

/// How many Services a message names before it counts the rest.
const NAMED: usize = 5;

fn services_assumed(services: &[ServiceRef]) -> Diagnostic {
    let namespace = services.first().map(|service| service.namespace.as_str()).unwrap_or_default();
    let name = |service: &ServiceRef| match service.namespace == namespace {
        true => service.name.clone(),
        false => service.to_string(),
    };
    let names = services;
    let mut list = names.iter().take(NAMED).map(name).collect::<Vec<_>>().join(", ");
    if names.len() > NAMED {
        list = format!("{list} and {} more", names.len() - NAMED);
    }
    let message = match names.len() {
        1 => format!("the Service {list} of namespace {namespace} is not in the input, or was refused"),
        _ => format!("Services of namespace {namespace} are not in the input, or were refused: {list}"),
    };
    Diagnostic::new(
        Code("SMI-REF-1"),
        Severity::Info,
        message,
        "they are assumed to exist, with every port that is asked of them",
    )
    .help("add the Services to the input to have ports checked")
}

fn not_hierarchical(service: &ServiceRef) -> Diagnostic {
    Diagnostic::new(
        Code("SMI-VAL-45"),
        Severity::Warning,
        format!("the backend {service} is the root of another split"),
        "its share goes to its own endpoints and is not split again",
    )
}

fn group_unusable(name: &str, namespace: &str, exists: bool) -> Diagnostic {
    let message = match exists {
        true => format!("HTTPRouteGroup {namespace}/{name} has no match that can match"),
        false => format!("HTTPRouteGroup {namespace}/{name} is not there, or was refused"),
    };
    Diagnostic::new(Code("SMI-VAL-48"), Severity::Warning, message, "this entry never matches")
        .help("a split finds route groups in its own namespace only")
}

fn inert() -> Diagnostic {
    Diagnostic::new(
        Code("SMI-VAL-48"),
        Severity::Warning,
        "no entry of `matches` resolves, so the condition of this split never holds",
        "the split has no effect: requests go on as if it did not exist",
    )
}

fn ignored(split: &ObjectRef, older: &ObjectRef) -> Diagnostic {
    Diagnostic::new(
        Code("SMI-VAL-49"),
        Severity::Warning,
        format!("{older} splits the same root without a condition, and comes first"),
        "this split is ignored",
    )
    .on(split)
    .help("merge the two, or give this one a condition; the older one wins, and the name decides between equals")
}

fn port_mismatch(rule: &Rule, backend: &WeightedBackend, lacking: &[u16]) -> Diagnostic {
    let ports = port_list(lacking);
    Diagnostic::new(
        Code("SMI-VAL-50"),
        Severity::Warning,
        format!("the backend Service {} lacks TCP {ports}, which the root has", backend.service),
        format!("it takes no part on {ports}; the other backends share its traffic by their weights"),
    )
    .on(&rule.split)
    .at(FieldPath::of("spec").key("backends"))
    .help("port numbers must be equal; port names do not matter")
}

fn never_split(rule: &Rule, port: &ServicePort) -> Diagnostic {
    let protocol = if port.transport() == Transport::Udp { "UDP" } else { "SCTP" };
    Diagnostic::new(
        Code("SMI-REF-2"),
        Severity::Info,
        format!("port {} of the root is a port of {protocol}", port.port),
        format!("{protocol} is never split: it goes to the root Service"),
    )
    .on(&rule.split)
    .at(FieldPath::of("spec").key("service"))
}

fn no_tcp_port(rule: &Rule) -> Diagnostic {
    Diagnostic::new(
        Code("SMI-VAL-50"),
        Severity::Warning,
        "the root Service has no TCP port",
        "the split has no effect",
    )
    .on(&rule.split)
    .at(FieldPath::of("spec").key("service"))
}

fn no_backend_left(rule: &Rule, left: &[u16]) -> Diagnostic {
    let ports = port_list(left);
    Diagnostic::new(
        Code("SMI-VAL-50"),
        Severity::Warning,
        format!("no backend with a positive weight takes part on {ports}"),
        "the split has no effect there: traffic goes on as if it did not exist",
    )
    .on(&rule.split)
    .at(FieldPath::of("spec").key("backends"))
}

/// `port 80`, or `ports 80, 443`.
fn port_list(ports: &[u16]) -> String {
    let list = ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    format!("port{} {list}", if ports.len() == 1 { "" } else { "s" })
}

fn no_fallback(rule: &Rule, root: &ServiceRef) -> Diagnostic {
    Diagnostic::new(
        Code("SMI-VAL-50"),
        Severity::Warning,
        format!("the root Service {root} has no selector, but the split is conditional"),
        "requests that do not satisfy the condition find no endpoints unless somebody else provides them",
    )
    .on(&rule.split)
    .at(FieldPath::of("spec").key("service"))
}
