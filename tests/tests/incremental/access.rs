//! Access: a change of one object costs the units that it touches.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use smi_tests::mesh::MESHES;
use smi_tests::project::{object, reference};
use smi_tests::search::{number, runner};
use smi_tests::world::access::{AccessWorld, world};
use smi_translate::inventory::Affected;
use smi_translate::{
    AccessScope, Backend, Inventory, MissingServices, ObjectRef, Options, UnitKey, translate_unit,
};

/// One edit of an inventory.
#[derive(Clone, Debug)]
enum Edit {
    /// An object of the first or of the second world.
    Apply(bool, Index),
    /// One of those that are there.
    Delete(Index),
}

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let edit = prop_oneof![
        3 => (any::<bool>(), any::<Index>()).prop_map(|(first, index)| Edit::Apply(first, index)),
        2 => any::<Index>().prop_map(Edit::Delete),
    ];
    vec(edit, 1..=12)
}

fn options() -> impl Strategy<Value = Options> {
    let scope = prop_oneof![2 => Just(AccessScope::Destinations), 1 => Just(AccessScope::Namespaces)];
    (scope, any::<bool>()).prop_map(|(access_scope, complete)| Options {
        access_scope,
        missing_services: if complete { MissingServices::Exclude } else { MissingServices::Assume },
        ..Options::default()
    })
}

/// What a controller keeps of its units.
pub(super) type Kept = BTreeMap<UnitKey, String>;

pub(super) fn update(kept: &mut Kept, inventory: &Inventory, backend: &dyn Backend, units: &Affected) {
    for key in units {
        let unit = translate_unit(inventory, backend, key);
        if unit.manifests.is_empty() && unit.diagnostics.is_empty() {
            kept.remove(key);
            continue;
        }
        let objects: Vec<String> = unit
            .manifests
            .iter()
            .map(|manifest| serde_json::to_string(manifest).expect("a rendered object is JSON"))
            .collect();
        kept.insert(key.clone(), format!("{}\n{:?}", objects.join("\n"), unit.diagnostics));
    }
}

/// The units of an inventory made from nothing.
fn from_scratch(objects: &BTreeMap<ObjectRef, Value>, options: &Options, backend: &dyn Backend) -> Kept {
    let mut inventory = Inventory::new(options.clone());
    // In another order than they came.
    for manifest in objects.values().rev() {
        object(manifest).map(|object| inventory.apply(object));
    }
    let mut kept = Kept::new();
    update(&mut kept, &inventory, backend, &inventory.units().collect());
    kept
}

fn stays_up_to_date(
    first: &AccessWorld,
    second: &AccessWorld,
    edits: &[Edit],
    options: &Options,
    backend: &dyn Backend,
) -> Result<(), TestCaseError> {
    let mut inventory = Inventory::new(options.clone());
    let mut objects: BTreeMap<ObjectRef, Value> = BTreeMap::new();
    let mut kept = Kept::new();
    for manifest in &first.manifests {
        let affected = object(manifest).map(|object| inventory.apply(object)).unwrap_or_default();
        update(&mut kept, &inventory, backend, &affected);
        objects.insert(reference(manifest), manifest.clone());
    }
    prop_assert_eq!(&kept, &from_scratch(&objects, options, backend), "after the first world");
    for edit in edits {
        let affected = match edit {
            Edit::Apply(from_first, index) => {
                let world = if *from_first { first } else { second };
                let manifest = &world.manifests[index.index(world.manifests.len())];
                let name = reference(manifest);
                match object(manifest) {
                    Some(object) => {
                        objects.insert(name, manifest.clone());
                        inventory.apply(object)
                    }
                    None => Affected::new(),
                }
            }
            Edit::Delete(index) if !objects.is_empty() => {
                let name = objects.keys().nth(index.index(objects.len())).expect("an index of a key").clone();
                objects.remove(&name);
                inventory.delete(&name)
            }
            Edit::Delete(_) => Affected::new(),
        };
        update(&mut kept, &inventory, backend, &affected);
        let whole = from_scratch(&objects, options, backend);
        let stale: Vec<_> = whole
            .iter()
            .filter(|(key, text)| kept.get(key) != Some(text))
            .map(|(key, text)| format!("{key}:\n   kept  {:?}\n   is    {text}", kept.get(key)))
            .chain(
                kept.keys()
                    .filter(|key| !whole.contains_key(key))
                    .map(|key| format!("{key} is gone, and kept: {:?}", kept.get(key))),
            )
            .collect();
        prop_assert!(
            stale.is_empty(),
            "after {:?}, which touched {:?}:\n{}",
            edit,
            affected,
            stale.join("\n")
        );
    }
    Ok(())
}

fn stay_up_to_date(options: impl Strategy<Value = Options>) {
    let worlds = (world(), world(), edits(), options);
    for mesh in MESHES {
        let backend = mesh.default_backend();
        let checked = runner(number("SMI_WORLDS", 200)).run(&worlds, |(first, second, edits, options)| {
            stays_up_to_date(&first, &second, &edits, &options, &*backend)
        });
        if let Err(failure) = checked {
            panic!("{}: {failure}", mesh.name);
        }
    }
}

#[test]
fn units_that_a_change_does_not_touch_stay_as_they_are() {
    stay_up_to_date(options());
}

#[test]
fn so_they_do_where_a_label_says_the_service_account() {
    let label = || Some("app".to_owned());
    stay_up_to_date(options().prop_map(move |options| Options { service_account_label: label(), ..options }));
}

#[test]
fn where_access_control_is_off_no_change_writes_anything() {
    stay_up_to_date(options().prop_map(|options| Options { access_scope: AccessScope::Off, ..options }));
}

const TARGETS: usize = 1_000;
const WORKLOADS: usize = 100;

/// 1,000 TrafficTargets on 100 workloads of one namespace, each target with a group of its own but every tenth, which share one.
fn large() -> Inventory {
    let mut inventory = Inventory::new(Options::default());
    let mut apply = |manifest: &Value| {
        inventory.apply(object(manifest).expect("a manifest that can be read"));
    };
    for index in 0..WORKLOADS {
        apply(&deployment(index, "v1"));
        apply(&json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": format!("s{index}"), "namespace": "shop"},
            "spec": {"selector": {"app": format!("w{index}")}, "ports": [{"port": 80, "targetPort": 8080, "name": "http"}]},
        }));
    }
    for index in 0..TARGETS {
        apply(&target(index, "caller"));
        apply(&group(&format!("g{index}"), "/a"));
    }
    apply(&group("shared", "/a"));
    apply(&json!({
        "apiVersion": "access.smi-spec.io/v1alpha4", "kind": "IdentityBinding",
        "metadata": {"name": "callers", "namespace": "shop"}, "spec": {"schemes": {"podLabelSelector": {"matchLabels": {"app": "w5"}}}},
    }));
    inventory
}

fn deployment(index: usize, version: &str) -> Value {
    let labels = json!({"app": format!("w{index}"), "version": version});
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": format!("w{index}"), "namespace": "shop"},
        "spec": {"selector": {"matchLabels": {"app": format!("w{index}")}}, "template": {
            "metadata": {"labels": labels},
            "spec": {"serviceAccountName": format!("w{index}"), "containers": [{"ports": [{"containerPort": 8080}]}]},
        }},
    })
}

fn target(index: usize, source: &str) -> Value {
    let group = if index.is_multiple_of(10) { "shared".to_owned() } else { format!("g{index}") };
    let source = match index {
        7 => json!({"kind": "IdentityBinding", "name": "callers"}),
        _ => json!({"kind": "ServiceAccount", "name": source}),
    };
    json!({
        "apiVersion": "access.smi-spec.io/v1alpha4", "kind": "TrafficTarget",
        "metadata": {"name": format!("t{index}"), "namespace": "shop"},
        "spec": {
            "destination": {"kind": "ServiceAccount", "name": format!("w{}", index % WORKLOADS)},
            "rules": [{"kind": "HTTPRouteGroup", "name": group}], "sources": [source],
        },
    })
}

fn group(name: &str, path: &str) -> Value {
    json!({
        "apiVersion": "specs.smi-spec.io/v1alpha4", "kind": "HTTPRouteGroup",
        "metadata": {"name": name, "namespace": "shop"}, "spec": {"matches": [{"name": "m", "pathRegex": path}]},
    })
}

fn units(of: impl IntoIterator<Item = usize>) -> Affected {
    let unit = |index| UnitKey::Access { namespace: "shop".to_owned(), service_account: format!("w{index}") };
    of.into_iter().map(unit).collect()
}

#[test]
fn one_change_among_a_thousand_targets_touches_its_own_units_only() {
    let mut inventory = large();
    assert_eq!(inventory.units().count(), WORKLOADS);
    let mut apply =
        |manifest: &Value| inventory.apply(object(manifest).expect("a manifest that can be read"));

    // A route group: the destinations of the targets that refer to it.
    assert_eq!(apply(&group("g142", "/b")), units([42]));
    assert_eq!(apply(&group("shared", "/b")), units((0..WORKLOADS).step_by(10)));
    assert_eq!(apply(&group("nobody", "/b")), units([]));
    // A target: its destination, and both where it moves.
    assert_eq!(apply(&target(142, "other")), units([42]));
    let mut moved = target(142, "other");
    moved["spec"]["destination"]["name"] = json!("w43");
    assert_eq!(apply(&moved), units([42, 43]));
    // A workload: its own unit, and those of the targets that know it by its labels as a source.
    assert_eq!(apply(&deployment(42, "v2")), units([42]));
    assert_eq!(apply(&deployment(5, "v2")), units([5, 7]));
    // A Service: the workloads it selects.
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "s42", "namespace": "shop"},
        "spec": {"selector": {"app": "w42"}, "ports": [{"port": 80, "targetPort": 8080, "name": "tcp"}]},
    });
    assert_eq!(apply(&service), units([42]));
    // A ServiceAccount: its own unit and those of targets that have it as a source.
    let account = |name: &str| json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": "shop"}});
    assert_eq!(apply(&account("w3")), units([3]));
    assert_eq!(apply(&account("nobody")), units([]));
    // A Namespace: its annotations hold for all pods in it, and by its labels meshes choose which pods they take.
    let namespace = |name: &str, labels: &Value, annotations: &Value| {
        let metadata = json!({"name": name, "labels": labels, "annotations": annotations});
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
    };
    let (none, one) = (json!({}), json!({"a": "b"}));
    assert_eq!(apply(&namespace("shop", &none, &none)), units(0..WORKLOADS));
    assert_eq!(apply(&namespace("shop", &one, &none)), units(0..WORKLOADS));
    assert_eq!(apply(&namespace("shop", &one, &one)), units(0..WORKLOADS));
    assert_eq!(apply(&namespace("shop", &one, &one)), units([]));
    assert_eq!(apply(&namespace("elsewhere", &none, &one)), units([]));
    // A TCPRoute that nobody refers to.
    assert_eq!(
        apply(
            &json!({"apiVersion": "specs.smi-spec.io/v1alpha4", "kind": "TCPRoute", "metadata": {"name": "r", "namespace": "shop"}, "spec": {"matches": {"ports": [80]}}})
        ),
        units([])
    );

    let mut delete = |kind: &'static str, name: &str| inventory.delete(&ObjectRef::new(kind, "shop", name));
    assert_eq!(delete("HTTPRouteGroup", "g142"), units([43]));
    assert_eq!(delete("TrafficTarget", "t142"), units([43]));
    assert_eq!(delete("TrafficTarget", "t142"), units([]));
    assert_eq!(delete("IdentityBinding", "callers"), units([7]));
    assert_eq!(delete("Deployment", "w5"), units([5]));
    assert_eq!(delete("Service", "s42"), units([42]));
}
