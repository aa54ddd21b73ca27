//! Access: pods of several revisions of one workload, which a mesh names alike.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::json;
use smi_linkerd::Linkerd;
use smi_tests::project::object;
use smi_tests::search::{number, runner};
use smi_translate::facts::{Labels, Runs, TemplateUser, Workload};
use smi_translate::inventory::Object;
use smi_translate::{Inventory, ObjectRef, Options};

use super::access::{Kept, update};

fn workload(
    kind: &'static str,
    name: &str,
    account: &str,
    hash: Option<&str>,
    owner: Option<&str>,
) -> Object {
    let label = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    let mut labels = Labels::from([label("app", "web")]);
    labels.extend(hash.map(|hash| label("pod-template-hash", hash)));
    labels.extend((kind == "Pod").then(|| label("linkerd.io/proxy-deployment", "web")));
    let owner = owner
        .map(|name| (if kind == "Pod" { "ReplicaSet" } else { "Deployment" }.to_owned(), name.to_owned()));
    Object::Workload(Box::new(Workload {
        object: ObjectRef::new(kind, "shop", name),
        service_account: account.to_owned(),
        selector: (kind != "Pod").then(|| labels.clone()),
        labels,
        annotations: Labels::new(),
        ports: Vec::new(),
        probes: Vec::new(),
        owner,
        host_network: false,
    }))
}

/// Objects that may be there together; those of one name take each other's place.
fn objects() -> Vec<(ObjectRef, Object)> {
    let mut objects = Vec::new();
    for account in ["old", "new"] {
        objects.push(workload("Deployment", "web", account, None, None));
        for hash in ["1", "2"] {
            let set = format!("web-{hash}");
            objects.push(workload("ReplicaSet", &set, account, Some(hash), Some("web")));
            objects.push(workload("Pod", &format!("{set}-x"), account, Some(hash), Some(&set)));
        }
        objects.extend(object(&json!({
            "apiVersion": "access.smi-spec.io/v1alpha4", "kind": "TrafficTarget", "metadata": {"name": account, "namespace": "shop"},
            "spec": {
                "destination": {"kind": "ServiceAccount", "name": account, "namespace": "shop"},
                "rules": [{"kind": "TCPRoute", "name": "port"}],
                "sources": [{"kind": "ServiceAccount", "name": "caller", "namespace": "shop"}],
            },
        })));
    }
    let rollout = ObjectRef::new("Rollout", "shop", "web");
    let template = ObjectRef::new("Deployment", "shop", "web");
    objects.push(Object::TemplateUser(TemplateUser { object: rollout.clone(), template, runs: Runs::Pods }));
    objects.push(Object::UnreadableWorkload(rollout));
    objects.push(Object::UnreadableWorkload(ObjectRef::new("Deployment", "shop", "other")));
    objects.push(Object::UnreadableWorkload(ObjectRef::new("Job", "shop", "other")));
    let named = |object: Object| {
        let name = match &object {
            Object::Workload(workload) => workload.object.clone(),
            Object::TemplateUser(user) => user.object.clone(),
            Object::UnreadableWorkload(name) => name.clone(),
            Object::TrafficTarget(target) => ObjectRef::new("TrafficTarget", "shop", target.metadata.name()),
            other => panic!("no name of {other:?} is known"),
        };
        (name, object)
    };
    objects.into_iter().map(named).collect()
}

#[test]
fn units_of_pods_that_a_mesh_names_alike_are_touched_together() {
    let backend = Linkerd::default();
    let universe = objects();
    let edits = vec((prop::bool::weighted(0.3), any::<Index>()), 1..=20);
    let checked = runner(number("SMI_WORLDS", 200)).run(&edits, |edits| {
        let mut inventory = Inventory::new(Options::default());
        let mut there: Vec<(ObjectRef, Object)> = Vec::new();
        let mut kept = Kept::new();
        for (deletes, index) in &edits {
            let (name, object) = &universe[index.index(universe.len())];
            there.retain(|(other, _)| other != name);
            let affected = match deletes {
                true => inventory.delete(name),
                false => {
                    there.push((name.clone(), object.clone()));
                    inventory.apply(object.clone())
                }
            };
            update(&mut kept, &inventory, &backend, &affected);
            let mut anew = Inventory::new(Options::default());
            there.iter().rev().for_each(|(_, object)| {
                anew.apply(object.clone());
            });
            let mut whole = Kept::new();
            update(&mut whole, &anew, &backend, &anew.units().collect());
            prop_assert_eq!(&kept, &whole, "after {} {}", if *deletes { "the end of" } else { "" }, name);
        }
        Ok(())
    });
    if let Err(failure) = checked {
        panic!("{failure}");
    }
}
