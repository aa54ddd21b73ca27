//! What leads to the workloads of a destination beside the Services that select them as they are written: Services that wait for labels which
//! pods get at run time, and TrafficSplits of other Services.

use std::sync::Arc;

use crate::facts::Service;
use crate::intent::{Detours, SplitDetour};
use crate::inventory::{Inventory, RootName};
use crate::reference::ServiceRef;

/// The detours to the workloads of a service account that `services` select.
pub(super) fn to(
    inventory: &Inventory,
    (namespace, account): (&str, &str),
    services: &[Arc<Service>],
) -> Detours {
    let Some(workloads) = inventory.workloads_of(namespace) else { return Detours::default() };
    let own: Vec<_> = workloads.of_account(account).collect();
    let late = inventory
        .idle_services(namespace)
        .filter(|service| own.iter().any(|workload| service.may_select(workload)));
    let late_services: Vec<Arc<Service>> = late.cloned().collect();
    let leading = services.iter().chain(&late_services);
    let splits = leading.flat_map(|service| splits_to(inventory, &service.service)).collect();
    Detours { splits, late_services, unreadable_service: inventory.has_unusable_service(namespace) }
}

/// The splits of other Services of the namespace that have this one as a backend.
fn splits_to<'a>(
    inventory: &'a Inventory,
    backend: &'a ServiceRef,
) -> impl Iterator<Item = SplitDetour> + 'a {
    let users = inventory.splits_with(&backend.namespace, &backend.name);
    users.filter(|split| split.is_applied()).filter_map(|split| {
        let Some(RootName::Service(root)) = split.root() else { return None };
        (*root != backend.name).then(|| SplitDetour {
            split: split.reference().clone(),
            root: ServiceRef::new(&backend.namespace, root),
            backend: backend.clone(),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{Affected, Object};
    use crate::read::{ReadOptions, Reader};
    use crate::reference::ObjectRef;
    use crate::resolve::{Asked, resolve_for};
    use crate::{Intent, Options, UnitKey};

    const INPUT: &str = "
apiVersion: access.smi-spec.io/v1alpha3
kind: TrafficTarget
metadata: {name: t, namespace: shop}
spec:
  destination: {kind: ServiceAccount, name: web, namespace: shop}
  sources: [{kind: ServiceAccount, name: a, namespace: shop}]
  rules: [{kind: TCPRoute, name: r}]
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {serviceAccountName: web}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db, role: primary}}
spec: {serviceAccountName: db}
---
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {selector: {app: web}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: canary, namespace: shop}, spec: {selector: {app: web, hash: x}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: primary, namespace: shop}, spec: {selector: {role: primary}, ports: [{port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: other, namespace: shop}, spec: {selector: {app: other}, ports: [{port: 80}]}}
---
apiVersion: split.smi-spec.io/v1alpha4
kind: TrafficSplit
metadata: {name: s, namespace: shop}
spec: {service: other, backends: [{service: canary, weight: 1}, {service: web, weight: 1}]}
";

    fn inventory() -> Inventory {
        let mut reader = Reader::new(ReadOptions::default());
        reader.add("input.yaml", INPUT.as_bytes());
        reader.finish(Options::default()).inventory
    }

    fn detours(inventory: &Inventory) -> Detours {
        let asked = Asked { own_label: &|_| None, detours: true };
        let Intent::Access(intent) = resolve_for(inventory, &unit(), asked).intent else { unreachable!() };
        intent.detours.expect("they were asked for")
    }

    fn late(inventory: &Inventory) -> Vec<String> {
        detours(inventory).late_services.iter().map(|service| service.service.name.clone()).collect()
    }

    fn unit() -> UnitKey {
        UnitKey::Access { namespace: "shop".to_owned(), service_account: "web".to_owned() }
    }

    fn touches(affected: &Affected) -> bool {
        affected.contains(&unit())
    }

    #[test]
    fn services_that_select_nobody_yet_may_select_the_workloads() {
        let mut inventory = inventory();
        // That one selects another workload, and asks for another value of a label.
        assert_eq!(late(&inventory), ["canary"]);
        // The Service whose only workload goes waits for somebody else.
        let db = ObjectRef::new("Pod", "shop", "db");
        assert!(touches(&inventory.delete(&db)));
        assert_eq!(late(&inventory), ["canary", "primary"]);
        assert!(touches(&inventory.delete(&ObjectRef::new("Service", "shop", "primary"))));
        assert!(!touches(&inventory.delete(&ObjectRef::new("Service", "shop", "other"))));
        assert_eq!(late(&inventory), ["canary"]);
    }

    #[test]
    fn splits_of_other_services_lead_to_the_workloads() {
        let mut inventory = inventory();
        let splits = |inventory: &Inventory| detours(inventory).splits;
        let backends =
            |splits: Vec<SplitDetour>| splits.into_iter().map(|split| split.backend.name).collect::<Vec<_>>();
        assert_eq!(backends(splits(&inventory)), ["web", "canary"]);
        let split = inventory.splits().next().unwrap().object().clone();
        assert!(touches(&inventory.delete(&ObjectRef::new("TrafficSplit", "shop", "s"))));
        assert!(splits(&inventory).is_empty());
        assert!(touches(&inventory.apply(Object::TrafficSplit(split.clone()))));
        // Another weight leads nowhere else.
        assert!(!touches(&inventory.apply(Object::TrafficSplit(split))));
    }

    #[test]
    fn a_service_that_cannot_be_read_may_lead_anywhere() {
        let mut inventory = inventory();
        let blind = |inventory: &Inventory| detours(inventory).unreadable_service;
        let name = ServiceRef::new("shop", "broken");
        assert!(touches(&inventory.apply(Object::UnusableService(name, Vec::new()))));
        assert!(blind(&inventory));
        assert!(touches(&inventory.delete(&ObjectRef::new("Service", "shop", "broken"))));
        assert!(!blind(&inventory));
    }
}
