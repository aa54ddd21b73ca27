//! What access depends on: TrafficTargets, IdentityBindings, routes of ports, workloads, and who uses what of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use smi_types::{Metadata, hub};

use super::binding::Binding;
use super::names::{ByName, Relation};
use super::target::{SubjectKind, Target};
use super::workloads::Workloads;
use super::{Affected, from_finding};
use crate::decide::Identity;
use crate::diagnostic::Diagnostic;
use crate::facts::{Labels, Namespace, Service, TemplateUser, Workload, selects};
use crate::intent::{ALLOW_ANNOTATION, Reach, UnitKey};
use crate::options::{AccessScope, DENY_BY_DEFAULT_LABEL, MissingServices, Options};
use crate::reference::ObjectRef;

/// Namespace and name.
type Name = (String, String);

/// A TCPRoute or UDPRoute in the inventory.
#[derive(Clone, Debug)]
pub(crate) struct PortRoute {
    pub(crate) reference: ObjectRef,
    /// Whether it has the annotation by which losses are allowed.
    pub(crate) allows_losses: bool,
    pub(crate) match_name: Option<String>,
    pub(crate) ports: hub::Ports,
    /// Whether it can match anything, as far as the object alone can tell (SMI-VAL-2).
    pub(crate) usable: bool,
    findings: Vec<Diagnostic>,
}

/// Everything that access depends on.
#[derive(Clone, Debug, Default)]
pub(super) struct Access {
    options: Arc<Options>,
    targets: ByName<Target>,
    bindings: ByName<Binding>,
    tcp_routes: ByName<PortRoute>,
    udp_routes: ByName<PortRoute>,
    workloads: BTreeMap<String, Workloads>,
    service_accounts: BTreeSet<Name>,
    namespaces: BTreeMap<String, Namespace>,
    /// Service account to the targets that protect it.
    targets_of_account: Relation<Name, Name>,
    /// The same the other way round, to find what has changed.
    accounts_of_target: Relation<Name, Name>,
    /// Kind, namespace and name of a route to the targets that refer to it, whether it exists or not.
    users_of_route: Relation<(&'static str, Name), Name>,
    /// IdentityBinding to the targets that name it, whether it exists or not.
    users_of_binding: Relation<Name, Name>,
    /// Service account to the targets that have it as a source.
    users_of_account: Relation<Name, Name>,
}

impl Access {
    pub(super) fn new(options: Arc<Options>) -> Self {
        Access { options, ..Access::default() }
    }

    pub(super) fn apply_target(&mut self, target: hub::TrafficTarget) -> Affected {
        let target = Target::new(target, &self.options);
        self.insert_target(target)
    }

    pub(super) fn apply_unreadable_target(
        &mut self,
        reference: ObjectRef,
        destinations: &[hub::Subject],
    ) -> Affected {
        let target = Target::unreadable(reference, destinations, &self.options);
        self.insert_target(target)
    }

    fn insert_target(&mut self, target: Target) -> Affected {
        let name = (target.reference.namespace.clone(), target.reference.name.clone());
        let mut affected = self.remove_target(&name);
        for binding in target.bindings() {
            self.users_of_binding.insert(binding, name.clone());
        }
        for rule in &target.object.rules {
            if let Some(kind) = route_kind(&rule.kind) {
                self.users_of_route.insert((kind, (name.0.clone(), rule.name.clone())), name.clone());
            }
        }
        for (_, source) in &target.sources {
            if source.kind == SubjectKind::ServiceAccount {
                let account = (source.namespace.clone(), source.name.clone());
                self.users_of_account.insert(account, name.clone());
            }
        }
        self.targets.insert(&name.0, &name.1, target);
        self.relate(&name, &mut affected);
        affected
    }

    pub(super) fn remove_target(&mut self, name: &Name) -> Affected {
        let Some(target) = self.targets.remove(&name.0, &name.1) else { return Affected::new() };
        let mut affected = Affected::new();
        self.unrelate(name, &mut affected);
        for binding in target.bindings() {
            self.users_of_binding.remove(&binding, name);
        }
        for rule in &target.object.rules {
            if let Some(kind) = route_kind(&rule.kind) {
                self.users_of_route.remove(&(kind, (name.0.clone(), rule.name.clone())), name);
            }
        }
        for (_, source) in &target.sources {
            self.users_of_account.remove(&(source.namespace.clone(), source.name.clone()), name);
        }
        affected
    }

    /// Notes which service accounts a target protects.
    fn relate(&mut self, name: &Name, affected: &mut Affected) {
        let Some(target) = self.targets.get(&name.0, &name.1) else { return };
        for (account, _) in self.reaches_of(target) {
            affected.insert(access_unit(&account));
            self.targets_of_account.insert(account.clone(), name.clone());
            self.accounts_of_target.insert(name.clone(), account);
        }
    }

    fn unrelate(&mut self, name: &Name, affected: &mut Affected) {
        let accounts: Vec<Name> = self.accounts_of_target.of(name).cloned().collect();
        for account in accounts {
            affected.insert(access_unit(&account));
            self.targets_of_account.remove(&account, name);
            self.accounts_of_target.remove(name, &account);
        }
    }

    /// Does `change`, and finds anew which service accounts the targets that name a binding protect.
    fn rebind(&mut self, binding: &Name, change: impl FnOnce(&mut Self)) -> Affected {
        let mut affected = Affected::new();
        let users: Vec<Name> = self.users_of_binding.of(binding).cloned().collect();
        for user in &users {
            self.unrelate(user, &mut affected);
        }
        change(self);
        for user in &users {
            self.relate(user, &mut affected);
        }
        affected
    }

    pub(super) fn apply_binding(&mut self, binding: hub::IdentityBinding) -> Affected {
        let binding = Binding::new(binding, &self.options);
        let name = (binding.reference.namespace.clone(), binding.reference.name.clone());
        self.rebind(&name, |access| {
            access.bindings.insert(&name.0, &name.1, binding);
        })
    }

    pub(super) fn remove_binding(&mut self, name: &Name) -> Affected {
        self.rebind(name, |access| {
            access.bindings.remove(&name.0, &name.1);
        })
    }

    pub(super) fn apply_tcp_route(&mut self, route: &hub::TCPRoute) -> Affected {
        let found = smi_types::validate::tcp_route(route);
        let reference = ObjectRef::new("TCPRoute", route.metadata.namespace(), route.metadata.name());
        let route = PortRoute::new(reference, &route.metadata, &route.match_name, &route.ports, found);
        let name = (route.reference.namespace.clone(), route.reference.name.clone());
        self.tcp_routes.insert(&name.0, &name.1, route);
        self.users_of("TCPRoute", &name)
    }

    pub(super) fn apply_udp_route(&mut self, route: &hub::UDPRoute) -> Affected {
        let found = smi_types::validate::udp_route(route);
        let reference = ObjectRef::new("UDPRoute", route.metadata.namespace(), route.metadata.name());
        let route = PortRoute::new(reference, &route.metadata, &route.match_name, &route.ports, found);
        let name = (route.reference.namespace.clone(), route.reference.name.clone());
        self.udp_routes.insert(&name.0, &name.1, route);
        self.users_of("UDPRoute", &name)
    }

    pub(super) fn remove_route(&mut self, kind: &'static str, name: &Name) -> Affected {
        let routes = if kind == "TCPRoute" { &mut self.tcp_routes } else { &mut self.udp_routes };
        match routes.remove(&name.0, &name.1) {
            Some(_) => self.users_of(kind, name),
            None => Affected::new(),
        }
    }

    /// The units of the targets that refer to a route.
    pub(super) fn users_of(&self, kind: &'static str, name: &Name) -> Affected {
        self.units_of(self.users_of_route.of(&(kind, name.clone())))
    }

    pub(super) fn apply_workload(&mut self, workload: Workload) -> Affected {
        let (object, labels) = (workload.object.clone(), workload.labels.clone());
        let mut affected = self.forget_template_user(&object);
        affected
            .extend(self.change_workloads(&object, Some(&labels), |workloads| workloads.insert(workload)));
        affected
    }

    /// What was a workload may run the pods of another one now, and the other way round.
    pub(super) fn apply_template_user(&mut self, user: TemplateUser) -> Affected {
        let object = user.object.clone();
        let mut affected = self.remove_workload(&object);
        affected.extend(self.units_around(&user.template));
        let workloads = self.workloads.entry(object.namespace.clone()).or_default();
        workloads.change_template_user(&object, Some(user));
        affected
    }

    fn forget_template_user(&mut self, object: &ObjectRef) -> Affected {
        let workloads = self.workloads.get_mut(&object.namespace);
        let user = workloads.and_then(|workloads| workloads.change_template_user(object, None));
        user.map(|user| self.units_around(&user.template)).unwrap_or_default()
    }

    pub(super) fn apply_unreadable_workload(&mut self, object: ObjectRef) -> Affected {
        let place = object.clone();
        let mut affected = self.forget_template_user(&place);
        affected.extend(self.change_workloads(&place, None, |workloads| workloads.insert_unreadable(object)));
        affected
    }

    pub(super) fn remove_workload(&mut self, object: &ObjectRef) -> Affected {
        let mut affected = self.forget_template_user(object);
        affected.extend(self.change_workloads(object, None, |workloads| {
            workloads.remove(object);
        }));
        affected
    }

    /// A change of one workload, and the units that depend on it: those of its service account, those of workloads whose selector reaches
    /// it, and those of targets that know pods of its namespace by their labels.
    fn change_workloads(
        &mut self,
        object: &ObjectRef,
        new: Option<&Labels>,
        change: impl FnOnce(&mut Workloads),
    ) -> Affected {
        let namespace = &object.namespace;
        let users = {
            let known = self.workloads.get(namespace).and_then(|workloads| workloads.get(object));
            // The labels that are asked for may be those of the account's other pods too: whoever shares the account counts.
            let touched = |asked: &Labels| {
                known.is_some_and(|old| selects(asked, &old.labels))
                    || new.is_some_and(|new| selects(asked, new))
                    || known.is_some() != new.is_some()
            };
            let bindings = self.bindings.of(namespace).filter(|b| b.pods.as_ref().is_some_and(touched));
            let names = bindings.map(|b| (b.reference.namespace.clone(), b.reference.name.clone()));
            names
                .flat_map(|name| self.users_of_binding.of(&name).cloned().collect::<Vec<_>>())
                .collect::<BTreeSet<Name>>()
        };
        let mut affected = Affected::new();
        affected.extend(self.units_around(object));
        for user in &users {
            self.unrelate(user, &mut affected);
        }
        let workloads = self.workloads.entry(namespace.clone()).or_default();
        let blindness = workloads.blindness();
        change(workloads);
        let is_as_blind = workloads.blindness() == blindness;
        for user in &users {
            self.relate(user, &mut affected);
            affected.extend(self.units_of([user].into_iter()));
        }
        affected.extend(self.units_around(object));
        if !is_as_blind {
            affected.extend(self.units_in(namespace));
        }
        if self.options.missing_services == MissingServices::Assume {
            affected.extend(self.units_without_workloads(namespace));
        }
        if self.options.access_scope == AccessScope::Namespaces && self.denies_by_default(namespace) {
            affected.insert(UnitKey::Namespace { namespace: namespace.clone() });
        }
        affected
    }

    fn units_around(&self, object: &ObjectRef) -> Affected {
        let Some(workloads) = self.workloads.get(&object.namespace) else { return Affected::new() };
        let Some(workload) = workloads.get(object) else { return Affected::new() };
        if self.destinations_in(&object.namespace).next().is_none() {
            // Workloads that are read before all targets have many around them and touch nothing.
            return Affected::new();
        }
        let accounts = workloads.accounts_around(workload).into_iter().chain([&workload.service_account]);
        // The account that the label says, be it that of the workload or not.
        let stamp = self.options.service_account_label.as_ref();
        let said = stamp.and_then(|stamp| workload.labels.get(stamp));
        accounts
            .chain(said)
            .map(|account| (object.namespace.clone(), account.clone()))
            .filter(|account| self.targets_of_account.of(account).next().is_some())
            .map(|account| access_unit(&account))
            .collect()
    }

    /// The units of the workloads that a Service selects.
    fn units_selected(&self, namespace: &str, selector: &Labels) -> Affected {
        let Some(workloads) = self.workloads.get(namespace).filter(|_| !selector.is_empty()) else {
            return Affected::new();
        };
        let accounts = workloads.selected(selector).map(|workload| &workload.service_account);
        accounts
            .map(|account| (namespace.to_owned(), account.clone()))
            .filter(|account| self.targets_of_account.of(account).next().is_some())
            .map(|account| access_unit(&account))
            .collect()
    }

    /// The units of the workloads that a Service leads to; where it is idle, of those that it may lead to.
    pub(super) fn units_led_to(&self, service: &Service, idle: bool) -> Affected {
        let namespace = &service.service.namespace;
        let mut affected = self.units_selected(namespace, &service.selector);
        if let Some(workloads) = self.workloads.get(namespace).filter(|_| idle) {
            let accounts = self.destinations_in(namespace);
            let may_lead = |account: &&Name| {
                workloads.of_account(&account.1).any(|workload| service.may_select(workload))
            };
            affected.extend(accounts.filter(may_lead).map(access_unit));
        }
        affected
    }

    pub(super) fn change_service_account(&mut self, name: Name, exists: bool) -> Affected {
        let mut affected = self.units_of(self.users_of_account.of(&name));
        affected.extend(self.targets_of_account.of(&name).next().map(|_| access_unit(&name)));
        match exists {
            true => self.service_accounts.insert(name),
            false => self.service_accounts.remove(&name),
        };
        affected
    }

    pub(super) fn change_namespace(&mut self, name: &str, new: Option<Namespace>) -> Affected {
        let passed_on = |namespace: &Option<Namespace>| {
            namespace.as_ref().map(|namespace| (namespace.annotations.clone(), namespace.labels.clone()))
        };
        let asked = passed_on(&new);
        let old = match new {
            Some(new) => self.namespaces.insert(name.to_owned(), new),
            None => self.namespaces.remove(name),
        };
        let mut affected = match passed_on(&old) == asked {
            true => Affected::new(),
            false => self.units_in(name),
        };
        if self.options.access_scope == AccessScope::Namespaces {
            affected.insert(UnitKey::Namespace { namespace: name.to_owned() });
        }
        affected
    }

    pub(super) fn namespace(&self, name: &str) -> Option<&Namespace> {
        self.namespaces.get(name)
    }

    pub(super) fn namespaces(&self) -> impl Iterator<Item = &Namespace> {
        self.namespaces.values()
    }

    fn units_of<'a>(&self, targets: impl Iterator<Item = &'a Name>) -> Affected {
        targets.flat_map(|target| self.accounts_of_target.of(target)).map(access_unit).collect()
    }

    /// The units of accounts without a workload, of which other workloads are named.
    fn units_without_workloads(&self, namespace: &str) -> Affected {
        let Some(workloads) = self.workloads.get(namespace) else { return Affected::new() };
        let without = self
            .destinations_in(namespace)
            .filter(|account| workloads.of_account(&account.1).next().is_none());
        without.map(access_unit).collect()
    }

    pub(super) fn units_in(&self, namespace: &str) -> Affected {
        self.destinations_in(namespace).map(access_unit).collect()
    }

    /// The service accounts of a namespace that some target protects.
    fn destinations_in<'a>(&'a self, namespace: &'a str) -> impl Iterator<Item = &'a Name> {
        let first = (namespace.to_owned(), String::new());
        self.targets_of_account.keys_from(first).take_while(move |account| account.0 == namespace)
    }

    /// Every unit of access, in order; none where access control is off.
    pub(super) fn units(&self) -> impl Iterator<Item = UnitKey> + '_ {
        let on = self.options.access_scope != AccessScope::Off;
        let namespaces = self.namespaces.keys().filter(|namespace| self.denies_by_default(namespace));
        let accounts = self.targets_of_account.keys().filter(move |_| on).map(access_unit);
        accounts.chain(namespaces.map(|namespace| UnitKey::Namespace { namespace: namespace.clone() }))
    }

    /// Whether a namespace asks for deny-by-default, and the options grant it.
    pub(super) fn denies_by_default(&self, namespace: &str) -> bool {
        self.options.access_scope == AccessScope::Namespaces
            && self
                .namespaces
                .get(namespace)
                .is_some_and(|own| own.labels.get(DENY_BY_DEFAULT_LABEL).is_some_and(|value| value == "true"))
    }

    /// The service accounts that a target protects, each with the part of its workloads: through a binding, those whose pods it knows
    /// (SMI-ID-5).
    pub(super) fn reaches_of(&self, target: &Target) -> Vec<(Name, Reach)> {
        let mut reaches = Vec::new();
        for subject in &target.destinations {
            if subject.kind == SubjectKind::ServiceAccount {
                reaches.push(((subject.namespace.clone(), subject.name.clone()), Reach::All));
                continue;
            }
            let Some(binding) = self.bindings.get(&subject.namespace, &subject.name) else { continue };
            for identity in &binding.identities {
                if let Identity::Account(account) = identity {
                    reaches.push(((account.namespace.clone(), account.name.clone()), Reach::All));
                }
            }
            let (Some(labels), Some(workloads)) = (&binding.pods, self.workloads.get(&subject.namespace))
            else {
                continue;
            };
            let selected = workloads.selected(labels);
            let accounts: BTreeSet<&String> = selected.map(|w| &w.service_account).collect();
            let reach = Reach::Pods { binding: binding.reference.clone(), labels: labels.clone() };
            reaches.extend(
                accounts.into_iter().map(|name| ((subject.namespace.clone(), name.clone()), reach.clone())),
            );
        }
        reaches
    }

    /// The parts of the workloads of one service account that a target protects.
    pub(super) fn reaches_at(&self, target: &Target, (namespace, account): (&str, &str)) -> Vec<Reach> {
        let mut reaches = Vec::new();
        for subject in &target.destinations {
            if subject.kind == SubjectKind::ServiceAccount {
                reaches.extend(
                    (subject.namespace == namespace && subject.name == account).then_some(Reach::All),
                );
                continue;
            }
            let Some(binding) = self.bindings.get(&subject.namespace, &subject.name) else { continue };
            let is_named = |identity: &&Identity| matches!(identity, Identity::Account(own) if own.namespace == namespace && own.name == account);
            reaches.extend(binding.identities.iter().filter(is_named).map(|_| Reach::All));
            let workloads = self.workloads.get(namespace).filter(|_| subject.namespace == namespace);
            let (Some(labels), Some(workloads)) = (&binding.pods, workloads) else { continue };
            if workloads.has_selected_of(account, labels) {
                let (binding, labels) = (binding.reference.clone(), labels.clone());
                reaches.push(Reach::Pods { binding, labels });
            }
        }
        reaches
    }

    /// The targets that protect a service account, by namespace and name.
    pub(super) fn targets_of(&self, namespace: &str, account: &str) -> impl Iterator<Item = &Target> {
        let account = (namespace.to_owned(), account.to_owned());
        let names: Vec<Name> = self.targets_of_account.of(&account).cloned().collect();
        names.into_iter().filter_map(|name| self.targets.get(&name.0, &name.1))
    }

    pub(super) fn targets(&self) -> impl Iterator<Item = &Target> {
        self.targets.values()
    }

    pub(super) fn bindings(&self) -> impl Iterator<Item = &Binding> {
        self.bindings.values()
    }

    pub(super) fn binding(&self, namespace: &str, name: &str) -> Option<&Binding> {
        self.bindings.get(namespace, name)
    }

    pub(super) fn port_route(&self, kind: &str, namespace: &str, name: &str) -> Option<&PortRoute> {
        let routes = if kind == "TCPRoute" { &self.tcp_routes } else { &self.udp_routes };
        routes.get(namespace, name)
    }

    pub(super) fn port_routes(&self) -> impl Iterator<Item = &PortRoute> {
        self.tcp_routes.values().chain(self.udp_routes.values())
    }

    pub(super) fn workloads(&self, namespace: &str) -> Option<&Workloads> {
        self.workloads.get(namespace)
    }

    pub(super) fn namespaces_with_workloads(&self) -> impl Iterator<Item = &str> {
        self.workloads.keys().map(String::as_str)
    }

    pub(super) fn has_service_account(&self, namespace: &str, name: &str) -> bool {
        self.service_accounts.contains(&(namespace.to_owned(), name.to_owned()))
    }
}

impl PortRoute {
    fn new(
        reference: ObjectRef,
        metadata: &Metadata,
        match_name: &Option<String>,
        ports: &hub::Ports,
        found: Vec<smi_types::validate::Finding>,
    ) -> PortRoute {
        let usable = !found.iter().any(|finding| finding.code == "SMI-VAL-2");
        let findings = found.into_iter().map(|finding| from_finding(finding, &reference)).collect();
        PortRoute {
            reference,
            allows_losses: metadata.annotations.contains_key(ALLOW_ANNOTATION),
            match_name: match_name.clone(),
            ports: ports.clone(),
            usable,
            findings,
        }
    }

    pub(crate) fn check(&self) -> Vec<Diagnostic> {
        self.findings.clone()
    }
}

/// The kind of route that a rule means: the one it names, or else the one that it probably misspells. A rule without a kind may mean any, of
/// which ports are the narrowest.
pub(crate) fn route_kind(kind: &str) -> Option<&'static str> {
    let kind = kind.to_ascii_lowercase();
    match () {
        () if kind.is_empty() || kind.contains("tcp") => Some("TCPRoute"),
        () if kind.contains("udp") => Some("UDPRoute"),
        () if kind.contains("http") => Some("HTTPRouteGroup"),
        () => None,
    }
}

fn access_unit((namespace, account): &Name) -> UnitKey {
    UnitKey::Access { namespace: namespace.clone(), service_account: account.clone() }
}
