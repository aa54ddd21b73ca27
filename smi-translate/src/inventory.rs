//! Everything that is known: SMI objects and facts, indexed so that a change touches only the units it must.

mod access;
mod binding;
mod disputed;
mod filed;
mod group;
mod idle;
mod index;
mod names;
mod pod_labels;
mod protected;
mod services;
mod split;
mod target;
mod workloads;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;
use smi_types::hub;

use crate::diagnostic::Diagnostic;
use crate::facts::{self, Service, TemplateUser, Workload};
use crate::intent::{Reach, UnitKey};
use crate::options::Options;
use crate::reference::{ObjectRef, ServiceRef};

use access::Access;
pub(crate) use access::{PortRoute, route_kind};
pub use binding::Binding;
use disputed::Disputed;
pub(crate) use filed::Filed;
pub use group::Group;
pub(crate) use group::{from_finding, layout as group_layout};
use idle::Idle;
use index::Index;
use names::Relation;
pub(crate) use protected::Protected;
pub use split::{RootName, Split};
pub use target::Target;
pub(crate) use target::{STAYS_CLOSED, SubjectKind};
pub(crate) use workloads::Workloads;

/// An object an inventory can hold.
#[derive(Clone, Debug)]
pub enum Object {
    /// A TrafficSplit.
    TrafficSplit(hub::TrafficSplit),
    /// An HTTPRouteGroup, and the indices of matches that could not be read: they match nothing.
    HTTPRouteGroup(hub::HTTPRouteGroup, BTreeSet<usize>),
    /// A TrafficTarget.
    TrafficTarget(hub::TrafficTarget),
    /// A TrafficTarget that is there but could not be read, and the destinations that can be made out: they stay protected.
    UnreadableTarget(ObjectRef, Vec<hub::Subject>),
    /// An IdentityBinding.
    IdentityBinding(hub::IdentityBinding),
    /// A TCPRoute.
    TCPRoute(hub::TCPRoute),
    /// A UDPRoute.
    UDPRoute(hub::UDPRoute),
    /// A Service.
    Service(Service),
    /// A Service that is there but could not be read, or that has these definitions, of which nobody knows which holds.
    UnusableService(ServiceRef, Vec<Service>),
    /// A controller of pods, or a pod.
    Workload(Box<Workload>),
    /// One that is there but could not be read: nobody knows its labels.
    UnreadableWorkload(ObjectRef),
    /// What runs pods from the template of a workload.
    TemplateUser(TemplateUser),
    /// A ServiceAccount.
    ServiceAccount(ObjectRef),
    /// A Namespace.
    Namespace(facts::Namespace),
    /// An object of a mesh that somebody else wrote.
    Foreign(Foreign),
}

impl Object {
    /// Whether it says what there is, and nothing about what should happen.
    pub(crate) fn is_fact(&self) -> bool {
        match self {
            Object::Service(_)
            | Object::UnusableService(..)
            | Object::Workload(_)
            | Object::UnreadableWorkload(_)
            | Object::TemplateUser(_)
            | Object::ServiceAccount(_)
            | Object::Namespace(_)
            | Object::Foreign(_) => true,
            Object::TrafficSplit(_)
            | Object::HTTPRouteGroup(..)
            | Object::TrafficTarget(_)
            | Object::UnreadableTarget(..)
            | Object::IdentityBinding(_)
            | Object::TCPRoute(_)
            | Object::UDPRoute(_) => false,
        }
    }
}

/// An object of a mesh that this project did not write.
#[derive(Clone, Debug, PartialEq)]
pub struct Foreign {
    /// Kind, namespace and name.
    pub object: ObjectRef,
    /// The whole object.
    pub body: Value,
}

/// The units a change touches.
pub type Affected = BTreeSet<UnitKey>;

/// SMI objects and facts.
///
/// [`apply`](Self::apply) and [`delete`](Self::delete) answer with the units a change touches; a decision depends only on what the
/// inventory holds, never on the order in which it came (SMI-GEN-5).
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    options: Arc<Options>,
    namespaces: BTreeMap<String, Namespace>,
    /// Services to the splits of other namespaces that have them as backends, by namespace and name.
    remote_users: Relation<ServiceRef, (String, String)>,
    access: Access,
    /// By namespace.
    foreign: BTreeMap<String, BTreeMap<ObjectRef, Foreign>>,
}

/// The objects of one namespace. References of routing never leave it (SMI-GEN-3, A-30).
#[derive(Clone, Debug, Default)]
struct Namespace {
    splits: BTreeMap<String, Split>,
    groups: BTreeMap<String, Group>,
    services: BTreeMap<String, Arc<Service>>,
    /// Services that are there and cannot be used.
    unusable_services: Disputed,
    idle_services: Idle,
    /// Root to the splits of that root.
    roots: Index,
    /// HTTPRouteGroup to the splits that refer to it, whether it exists or not.
    users_of_group: Index,
    /// Service to the splits that have it as root or backend, whether it exists or not.
    users_of_service: Index,
}

impl Inventory {
    /// An empty inventory. The options belong to it because they say how its objects are read.
    #[must_use]
    pub fn new(options: Options) -> Self {
        // Service names are compared with it, and it completes them; a final dot and case make no difference to DNS.
        let cluster_domain = options.cluster_domain.trim_end_matches('.').to_ascii_lowercase();
        let options = Options { cluster_domain, ..options };
        let options = Arc::new(options);
        Inventory { access: Access::new(Arc::clone(&options)), options, ..Inventory::default() }
    }

    /// How objects are read.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Adds an object, or replaces the one of the same kind, namespace and name.
    pub fn apply(&mut self, object: Object) -> Affected {
        match object {
            Object::TrafficSplit(split) => self.apply_split(split),
            Object::HTTPRouteGroup(group, broken) => {
                let (namespace, name) = names(&group.metadata);
                let options = Arc::clone(&self.options);
                let objects = self.namespaces.entry(namespace.clone()).or_default();
                objects.groups.insert(name.clone(), Group::new(group, &broken, &options));
                let mut affected = objects.units_of(&namespace, objects.users_of_group.of(&name));
                affected.extend(self.access.users_of("HTTPRouteGroup", &(namespace, name)));
                affected
            }
            Object::TrafficTarget(target) => self.access.apply_target(target),
            Object::UnreadableTarget(reference, destinations) => {
                self.access.apply_unreadable_target(reference, &destinations)
            }
            Object::IdentityBinding(binding) => self.access.apply_binding(binding),
            Object::TCPRoute(route) => self.access.apply_tcp_route(&route),
            Object::UDPRoute(route) => self.access.apply_udp_route(&route),
            Object::Service(service) => {
                let name = service.service.clone();
                self.change_service(&name, Some(service), None)
            }
            Object::UnusableService(name, definitions) => self.change_service(&name, None, Some(definitions)),
            Object::Workload(workload) => {
                let (object, labels) = (workload.object.clone(), workload.labels.clone());
                self.change_workload(&object, Some(&labels), |access| access.apply_workload(*workload))
            }
            Object::UnreadableWorkload(object) => {
                let place = object.clone();
                self.change_workload(&place, None, |access| access.apply_unreadable_workload(object))
            }
            Object::TemplateUser(user) => {
                let place = user.object.clone();
                self.change_workload(&place, None, |access| access.apply_template_user(user))
            }
            Object::ServiceAccount(ObjectRef { kind: _, namespace, name }) => {
                self.access.change_service_account((namespace, name), true)
            }
            Object::Namespace(namespace) => {
                let name = namespace.name.clone();
                self.access.change_namespace(&name, Some(namespace))
            }
            Object::Foreign(foreign) => {
                let objects = self.foreign.entry(foreign.object.namespace.clone()).or_default();
                objects.insert(foreign.object.clone(), foreign);
                self.units().collect()
            }
        }
    }

    /// Removes an object. Nothing happens where it is not there.
    pub fn delete(&mut self, object: &ObjectRef) -> Affected {
        let ObjectRef { kind, namespace, name } = object;
        if self.foreign.get_mut(namespace).is_some_and(|objects| objects.remove(object).is_some()) {
            return self.units().collect();
        }
        let key = || (namespace.clone(), name.clone());
        match kind.as_ref() {
            "TrafficSplit" => self.remove_split(namespace, name),
            "HTTPRouteGroup" => {
                let Some(objects) = self.namespaces.get_mut(namespace) else { return Affected::new() };
                if objects.groups.remove(name).is_none() {
                    return Affected::new();
                }
                let mut affected = objects.units_of(namespace, objects.users_of_group.of(name));
                affected.extend(self.access.users_of("HTTPRouteGroup", &key()));
                affected
            }
            "Service" => {
                let known = self.service(namespace, name).is_some() || self.is_unusable(namespace, name);
                match known {
                    true => self.change_service(&ServiceRef::new(namespace, name), None, None),
                    false => Affected::new(),
                }
            }
            "TrafficTarget" => self.access.remove_target(&key()),
            "IdentityBinding" => self.access.remove_binding(&key()),
            "TCPRoute" => self.access.remove_route("TCPRoute", &key()),
            "UDPRoute" => self.access.remove_route("UDPRoute", &key()),
            "ServiceAccount" => self.access.change_service_account(key(), false),
            "Namespace" => self.access.change_namespace(name, None),
            _ => self.change_workload(object, None, |access| access.remove_workload(object)),
        }
    }

    fn apply_split(&mut self, split: hub::TrafficSplit) -> Affected {
        let (namespace, name) = names(&split.metadata);
        let split = Split::new(split, &self.options);
        let ways =
            |split: Option<&Split>| split.map(|split| split.ways().map(str::to_owned).collect::<Vec<_>>());
        let old = ways(self.namespaces.get(&namespace).and_then(|objects| objects.splits.get(&name)));
        let mut affected = self.exchange_split(&namespace, &name);
        let new = ways(Some(&split));
        if old != new {
            let services: BTreeSet<String> = old.into_iter().chain(new).flatten().collect();
            affected.extend(services.iter().flat_map(|service| self.units_behind(&namespace, service)));
        }
        for service in split.remote_services() {
            self.remote_users.insert(service.clone(), (namespace.clone(), name.clone()));
        }
        let objects = self.namespaces.entry(namespace.clone()).or_default();
        objects.insert_split(name, split, &namespace, &mut affected);
        affected
    }

    fn remove_split(&mut self, namespace: &str, name: &str) -> Affected {
        let split = self.namespaces.get(namespace).and_then(|objects| objects.splits.get(name));
        let ways: Vec<String> = split.into_iter().flat_map(Split::ways).map(str::to_owned).collect();
        let mut affected = self.exchange_split(namespace, name);
        affected.extend(ways.iter().flat_map(|service| self.units_behind(namespace, service)));
        affected
    }

    /// Takes a split away, be it that another takes its place.
    fn exchange_split(&mut self, namespace: &str, name: &str) -> Affected {
        let Some(objects) = self.namespaces.get_mut(namespace) else { return Affected::new() };
        if let Some(split) = objects.splits.get(name) {
            for service in split.remote_services() {
                self.remote_users.remove(service, &(namespace.to_owned(), name.to_owned()));
            }
        }
        objects.remove_split(namespace, name)
    }

    /// The units of the splits of other namespaces that have a Service as a backend.
    fn remote_units(&self, service: &ServiceRef) -> Affected {
        let users = self.remote_users.of(service);
        users
            .filter_map(|(namespace, split)| {
                let root = self.namespaces.get(namespace)?.splits.get(split)?.root()?.unit_name().to_owned();
                Some(UnitKey::Routing { namespace: namespace.clone(), root })
            })
            .collect()
    }

    /// Every unit there is, in order.
    pub fn units(&self) -> impl Iterator<Item = UnitKey> + '_ {
        let routing = self.namespaces.iter().flat_map(|(namespace, objects)| {
            objects
                .roots
                .keys()
                .map(|root| UnitKey::Routing { namespace: namespace.clone(), root: root.to_owned() })
        });
        routing.chain(self.access.units())
    }

    /// What each object says about itself, whatever else the inventory holds: the findings of validation.
    #[must_use]
    pub fn check(&self) -> Vec<Diagnostic> {
        let mut diagnostics = Vec::new();
        for objects in self.namespaces.values() {
            for group in objects.groups.values() {
                diagnostics.extend(group.check());
            }
            for split in objects.splits.values() {
                diagnostics.extend(split.check());
            }
        }
        diagnostics.extend(self.access.port_routes().flat_map(PortRoute::check));
        diagnostics.extend(self.access.bindings().flat_map(Binding::check));
        diagnostics.extend(self.access.targets().flat_map(Target::check));
        diagnostics
    }

    /// Every TrafficSplit, in order of namespace and name.
    pub fn splits(&self) -> impl Iterator<Item = &Split> {
        self.namespaces.values().flat_map(|objects| objects.splits.values())
    }

    /// Every HTTPRouteGroup, in order of namespace and name.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.namespaces.values().flat_map(|objects| objects.groups.values())
    }

    /// Objects of a mesh that somebody else wrote.
    pub fn foreign(&self) -> impl Iterator<Item = &Foreign> {
        self.foreign.values().flat_map(BTreeMap::values)
    }

    /// Every TrafficTarget, in order of namespace and name.
    pub fn targets(&self) -> impl Iterator<Item = &Target> {
        self.access.targets()
    }

    /// Every TCPRoute and UDPRoute, in order of kind, namespace and name.
    pub fn port_routes(&self) -> impl Iterator<Item = &ObjectRef> {
        self.access.port_routes().map(|route| &route.reference)
    }

    /// Those of them that have the annotation by which losses are allowed.
    pub(crate) fn annotated_port_routes(&self) -> impl Iterator<Item = &ObjectRef> {
        self.access.port_routes().filter(|route| route.allows_losses).map(|route| &route.reference)
    }

    /// Every IdentityBinding, in order of namespace and name.
    pub fn bindings(&self) -> impl Iterator<Item = &Binding> {
        self.access.bindings()
    }

    /// Every workload of a namespace, in order of kind and name.
    pub fn workloads(&self, namespace: &str) -> impl Iterator<Item = &Arc<Workload>> {
        self.access.workloads(namespace).into_iter().flat_map(Workloads::iter)
    }

    /// The namespaces with workloads, by name.
    pub(crate) fn namespaces_with_workloads(&self) -> impl Iterator<Item = &str> {
        self.access.namespaces_with_workloads()
    }

    /// The splits of a namespace that have one of its Services as root or backend.
    pub(crate) fn splits_with<'a>(
        &'a self,
        namespace: &str,
        service: &'a str,
    ) -> impl Iterator<Item = &'a Split> + use<'a> {
        let objects = self.namespaces.get(namespace).into_iter();
        objects.flat_map(move |o| o.users_of_service.of(service).filter_map(|name| o.splits.get(name)))
    }

    /// The workloads of a namespace, to search them; `None` where it has none.
    pub(crate) fn workloads_of(&self, namespace: &str) -> Option<&Workloads> {
        self.access.workloads(namespace)
    }

    /// The targets that protect a service account, by namespace and name.
    pub(crate) fn targets_of(&self, namespace: &str, account: &str) -> impl Iterator<Item = &Target> {
        self.access.targets_of(namespace, account)
    }

    /// The service accounts, by namespace and name, that a target protects, each with the part of its workloads.
    pub(crate) fn reaches_of(&self, target: &Target) -> Vec<((String, String), Reach)> {
        self.access.reaches_of(target)
    }

    /// The parts of the workloads of one service account that a target protects.
    pub(crate) fn reaches_at(&self, target: &Target, account: (&str, &str)) -> Vec<Reach> {
        self.access.reaches_at(target, account)
    }

    /// The Namespaces that are known, by name.
    pub(crate) fn namespaces(&self) -> impl Iterator<Item = &facts::Namespace> {
        self.access.namespaces()
    }

    /// The annotations of a Namespace; `None` where it is not known.
    pub(crate) fn namespace_annotations(&self, namespace: &str) -> Option<facts::Labels> {
        self.access.namespace(namespace).map(|namespace| namespace.annotations.clone())
    }

    /// The labels of a Namespace; none where it is not known.
    pub(crate) fn namespace_labels(&self, namespace: &str) -> facts::Labels {
        self.access.namespace(namespace).map(|namespace| namespace.labels.clone()).unwrap_or_default()
    }

    pub(crate) fn binding(&self, namespace: &str, name: &str) -> Option<&Binding> {
        self.access.binding(namespace, name)
    }

    /// A TCPRoute or UDPRoute.
    pub(crate) fn port_route(&self, kind: &str, namespace: &str, name: &str) -> Option<&PortRoute> {
        self.access.port_route(kind, namespace, name)
    }

    pub(crate) fn has_service_account(&self, namespace: &str, name: &str) -> bool {
        self.access.has_service_account(namespace, name)
    }

    /// Whether a namespace asks for deny-by-default, and the options grant it.
    pub(crate) fn denies_by_default(&self, namespace: &str) -> bool {
        self.access.denies_by_default(namespace)
    }

    /// A Service.
    #[must_use]
    pub fn service(&self, namespace: &str, name: &str) -> Option<&Service> {
        self.namespaces.get(namespace)?.services.get(name).map(Arc::as_ref)
    }

    /// Whether somebody else wrote an object with this kind, namespace and name.
    pub(crate) fn is_foreign(&self, object: &ObjectRef) -> bool {
        self.foreign.get(&object.namespace).is_some_and(|objects| objects.contains_key(object))
    }

    /// An HTTPRouteGroup.
    #[must_use]
    pub fn group(&self, namespace: &str, name: &str) -> Option<&Group> {
        self.namespaces.get(namespace)?.groups.get(name)
    }

    /// The splits of one root, by name.
    pub(crate) fn splits_of(&self, namespace: &str, root: &str) -> Vec<&Split> {
        let Some(objects) = self.namespaces.get(namespace) else { return Vec::new() };
        objects.roots.of(root).filter_map(|name| objects.splits.get(name)).collect()
    }

    /// Whether a Service is the root of some split.
    pub(crate) fn is_root(&self, namespace: &str, service: &str) -> bool {
        self.namespaces.get(namespace).is_some_and(|objects| {
            objects.roots.of(service).any(|name| objects.splits.get(name).is_some_and(Split::is_applied))
        })
    }
}

impl Namespace {
    fn insert_split(&mut self, name: String, split: Split, namespace: &str, affected: &mut Affected) {
        if let Some(root) = split.root() {
            if self.roots.of(root.unit_name()).next().is_none() {
                affected.extend(self.units_of(namespace, self.users_of_service.of(root.unit_name())));
            }
            self.roots.insert(root.unit_name(), &name);
            affected.insert(UnitKey::Routing {
                namespace: namespace.to_owned(),
                root: root.unit_name().to_owned(),
            });
        }
        for group in split.group_names() {
            self.users_of_group.insert(group, &name);
        }
        for service in split.service_names() {
            self.users_of_service.insert(service, &name);
        }
        self.splits.insert(name, split);
    }

    fn remove_split(&mut self, namespace: &str, name: &str) -> Affected {
        let Some(split) = self.splits.remove(name) else { return Affected::new() };
        let mut affected = Affected::new();
        if let Some(root) = split.root() {
            self.roots.remove(root.unit_name(), name);
            affected.insert(UnitKey::Routing {
                namespace: namespace.to_owned(),
                root: root.unit_name().to_owned(),
            });
        }
        for group in split.group_names() {
            self.users_of_group.remove(group, name);
        }
        for service in split.service_names() {
            self.users_of_service.remove(service, name);
        }
        // Splits that have the former root as a backend said so (SMI-SPLIT-13).
        if let Some(root) = split.root().filter(|root| self.roots.of(root.unit_name()).next().is_none()) {
            affected.extend(self.units_of(namespace, self.users_of_service.of(root.unit_name())));
        }
        affected
    }

    fn units_of<'a>(&self, namespace: &str, splits: impl Iterator<Item = &'a str>) -> Affected {
        splits
            .filter_map(|name| self.splits.get(name)?.root())
            .map(|root| UnitKey::Routing {
                namespace: namespace.to_owned(),
                root: root.unit_name().to_owned(),
            })
            .collect()
    }
}

fn names(metadata: &smi_types::Metadata) -> (String, String) {
    (metadata.namespace().to_owned(), metadata.name().to_owned())
}
