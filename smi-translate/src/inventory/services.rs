//! The Services of an inventory: which pods they lead to, and which units a change of them touches.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::access::Access;
use super::idle::Idle;
use super::pod_labels::PodLabels;
use super::{Affected, Inventory, Namespace};
use crate::facts::{self, Service};
use crate::reference::{ObjectRef, ServiceRef};

impl Inventory {
    pub(super) fn change_service(
        &mut self,
        name: &ServiceRef,
        service: Option<Service>,
        unusable: Option<Vec<Service>>,
    ) -> Affected {
        let ServiceRef { namespace, name } = name;
        let objects = self.namespaces.entry(namespace.clone()).or_default();
        let was_blind = !objects.unusable_services.is_empty();
        let mut disputed = objects.unusable_services.remove(name).unwrap_or_default();
        if let Some(definitions) = unusable {
            let definitions: Vec<Arc<Service>> = definitions.into_iter().map(Arc::new).collect();
            disputed.extend(definitions.iter().cloned());
            objects.unusable_services.insert(name, definitions);
        }
        let is_blind = !objects.unusable_services.is_empty();
        let mut affected = objects.units_of(namespace, objects.users_of_service.of(name));
        affected.extend(self.remote_units(&ServiceRef::new(namespace, name)));
        let objects = self.namespaces.entry(namespace.clone()).or_default();
        let new = service.map(Arc::new);
        let old = match new.clone() {
            Some(service) => objects.services.insert(name.clone(), service),
            None => objects.services.remove(name),
        };
        let was_idle = old.as_ref().is_some_and(|old| objects.idle_services.forget(old));
        if let Some(new) = &new {
            objects.idle_services.note(new, self.access.workloads(namespace));
        }
        if let Some(old) = old {
            affected.extend(self.access.units_led_to(&old, was_idle));
        }
        affected.extend(new.map(|_| self.units_behind(namespace, name)).unwrap_or_default());
        for definition in disputed {
            affected.extend(self.access.units_led_to(&definition, false));
        }
        if was_blind != is_blind {
            affected.extend(self.access.units_in(namespace));
        }
        affected
    }

    /// A change of one workload, which may make Services idle or end that.
    pub(super) fn change_workload(
        &mut self,
        object: &ObjectRef,
        new: Option<&facts::Labels>,
        change: impl FnOnce(&mut Access) -> Affected,
    ) -> Affected {
        let namespace = &object.namespace;
        let old = self.access.workloads(namespace).and_then(|workloads| workloads.get(object));
        let old = old.map(|workload| workload.labels.clone());
        let mut affected = change(&mut self.access);
        let Some(Namespace { services, idle_services, .. }) = self.namespaces.get_mut(namespace) else {
            return affected;
        };
        let near: BTreeSet<&String> =
            old.iter().chain(new).flat_map(|labels| idle_services.near(labels)).collect();
        let near: Vec<&Arc<Service>> = near.into_iter().filter_map(|name| services.get(name)).collect();
        for service in near.into_iter().filter(|service| Idle::concerns(service, old.as_ref(), new)) {
            if idle_services.weigh(service, self.access.workloads(namespace)) {
                affected.extend(self.access.units_led_to(service, true));
            }
        }
        affected
    }

    /// The units of the workloads that a Service leads to, or may lead to.
    pub(super) fn units_behind(&self, namespace: &str, service: &str) -> Affected {
        let Some(objects) = self.namespaces.get(namespace) else { return Affected::new() };
        let Some(known) = objects.services.get(service) else { return Affected::new() };
        self.access.units_led_to(known, objects.idle_services.has(service))
    }

    /// The Services that select workloads of a service account, by name.
    pub(crate) fn services_of(&self, namespace: &str, account: &str) -> Vec<Arc<Service>> {
        let Some((objects, pods)) = self.pods_of(namespace, account) else { return Vec::new() };
        let selecting = pods.selected_by(|label| {
            objects.idle_services.under(label).filter_map(|name| objects.services.get_key_value(name))
        });
        selecting.into_values().cloned().collect()
    }

    /// The objects of a namespace, and the labels of the pods of one of its service accounts.
    fn pods_of(&self, namespace: &str, account: &str) -> Option<(&Namespace, PodLabels<'_>)> {
        let pods = PodLabels::of(self.workloads_of(namespace)?.of_account(account));
        Some((self.namespaces.get(namespace)?, pods))
    }

    /// The Services of a namespace that select no workload that is known, by name.
    pub(crate) fn idle_services(&self, namespace: &str) -> impl Iterator<Item = &Arc<Service>> {
        let objects = self.namespaces.get(namespace).into_iter();
        objects.flat_map(|o| o.idle_services.names().filter_map(|name| o.services.get(name)))
    }

    /// Whether a Service of a namespace is there but could not be read.
    pub(crate) fn has_unusable_service(&self, namespace: &str) -> bool {
        self.namespaces.get(namespace).is_some_and(|objects| !objects.unusable_services.is_empty())
    }

    /// The definitions of unusable Services that select workloads of a service account, each once.
    pub(crate) fn disputed_services(&self, namespace: &str, account: &str) -> Vec<Arc<Service>> {
        let Some((objects, pods)) = self.pods_of(namespace, account) else { return Vec::new() };
        pods.selected_by(|label| objects.unusable_services.under(label)).into_values().cloned().collect()
    }

    /// Whether a Service is there and cannot be used.
    pub(crate) fn is_unusable(&self, namespace: &str, service: &str) -> bool {
        self.namespaces.get(namespace).is_some_and(|objects| objects.unusable_services.contains(service))
    }
}
