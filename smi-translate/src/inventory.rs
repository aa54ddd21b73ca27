//! Everything that is known: SMI objects and facts, indexed so that a change touches only the units it must.

mod group;
mod index;
mod split;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;
use smi_types::hub;

use crate::diagnostic::Diagnostic;
use crate::facts::Service;
use crate::intent::UnitKey;
use crate::options::Options;
use crate::reference::{ObjectRef, ServiceRef};

pub use group::Group;
pub(crate) use group::{from_finding, layout as group_layout};
use index::Index;
pub use split::{RootName, Split};

/// An object an inventory can hold.
#[derive(Clone, Debug)]
pub enum Object {
    /// A TrafficSplit.
    TrafficSplit(hub::TrafficSplit),
    /// An HTTPRouteGroup, and the indices of matches that could not be read: they match nothing.
    HTTPRouteGroup(hub::HTTPRouteGroup, BTreeSet<usize>),
    /// A Service.
    Service(Service),
    /// A Service that is there but could not be read.
    UnusableService(ServiceRef),
    /// An object of a mesh that somebody else wrote.
    Foreign(Foreign),
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
    foreign: BTreeMap<ObjectRef, Foreign>,
}

/// The objects of one namespace. References of routing never leave it (SMI-GEN-3, A-30).
#[derive(Clone, Debug, Default)]
struct Namespace {
    splits: BTreeMap<String, Split>,
    groups: BTreeMap<String, Group>,
    services: BTreeMap<String, Service>,
    /// Services that are there but could not be read.
    unusable_services: BTreeSet<String>,
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
        Inventory { options: Arc::new(options), ..Inventory::default() }
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
                objects.units_of(&namespace, objects.users_of_group.of(&name))
            }
            Object::Service(service) => {
                let ServiceRef { namespace, name } = service.service.clone();
                let objects = self.namespaces.entry(namespace.clone()).or_default();
                objects.unusable_services.remove(&name);
                objects.services.insert(name.clone(), service);
                objects.units_of(&namespace, objects.users_of_service.of(&name))
            }
            Object::UnusableService(ServiceRef { namespace, name }) => {
                let objects = self.namespaces.entry(namespace.clone()).or_default();
                objects.services.remove(&name);
                objects.unusable_services.insert(name.clone());
                objects.units_of(&namespace, objects.users_of_service.of(&name))
            }
            Object::Foreign(foreign) => {
                self.foreign.insert(foreign.object.clone(), foreign);
                self.units().collect()
            }
        }
    }

    /// Removes an object. Nothing happens where it is not there.
    pub fn delete(&mut self, object: &ObjectRef) -> Affected {
        let ObjectRef { kind, namespace, name } = object;
        if self.foreign.remove(object).is_some() {
            return self.units().collect();
        }
        let Some(objects) = self.namespaces.get_mut(namespace) else { return Affected::new() };
        match kind.as_ref() {
            "TrafficSplit" => objects.remove_split(namespace, name),
            "HTTPRouteGroup" if objects.groups.remove(name).is_some() => {
                objects.units_of(namespace, objects.users_of_group.of(name))
            }
            "Service" if objects.services.remove(name).is_some() | objects.unusable_services.remove(name) => {
                objects.units_of(namespace, objects.users_of_service.of(name))
            }
            _ => Affected::new(),
        }
    }

    fn apply_split(&mut self, split: hub::TrafficSplit) -> Affected {
        let (namespace, name) = names(&split.metadata);
        let split = Split::new(split, &self.options);
        let objects = self.namespaces.entry(namespace.clone()).or_default();
        let mut affected = objects.remove_split(&namespace, &name);
        objects.insert_split(name, split, &namespace, &mut affected);
        affected
    }

    /// Every unit there is, in order.
    pub fn units(&self) -> impl Iterator<Item = UnitKey> + '_ {
        self.namespaces.iter().flat_map(|(namespace, objects)| {
            objects
                .roots
                .keys()
                .map(|root| UnitKey::Routing { namespace: namespace.clone(), root: root.to_owned() })
        })
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
        self.foreign.values()
    }

    /// A Service.
    #[must_use]
    pub fn service(&self, namespace: &str, name: &str) -> Option<&Service> {
        self.namespaces.get(namespace)?.services.get(name)
    }

    /// Whether a Service is there but could not be read.
    pub(crate) fn is_unusable(&self, namespace: &str, service: &str) -> bool {
        self.namespaces.get(namespace).is_some_and(|objects| objects.unusable_services.contains(service))
    }

    /// Whether somebody else wrote an object with this kind, namespace and name.
    pub(crate) fn is_foreign(&self, object: &ObjectRef) -> bool {
        self.foreign.contains_key(object)
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
