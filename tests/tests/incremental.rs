//! A changed object costs its own units, whatever else the inventory holds: counted, not timed.
//!
//! Each change to an inventory of 10,000 splits says exactly which units it touches. Only those are translated again, and in the end
//! the result is that of a translation of everything.

#[path = "incremental/access.rs"]
mod access;
#[path = "incremental/revisions.rs"]
mod revisions;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use smi_tests::mesh::{MESHES, TestedMesh};
use smi_translate::facts::{Addressing, Service, ServicePort};
use smi_translate::inventory::Affected;
use smi_translate::{
    Backend, Capability, Intent, Inventory, Object, ObjectRef, Options, Rendering, ServiceRef, UnitKey,
    translate, translate_unit,
};
use smi_types::{Version, convert};

const SPLITS: usize = 10_000;
const NAMESPACES: usize = 100;

/// A backend, with the renderings counted.
struct Counting {
    backend: Box<dyn Backend>,
    rendered: AtomicUsize,
}

impl Backend for Counting {
    fn name(&self) -> &'static str {
        self.backend.name()
    }

    fn capabilities(&self) -> &'static [Capability] {
        self.backend.capabilities()
    }

    fn render(&self, intent: &Intent) -> Rendering {
        self.rendered.fetch_add(1, Ordering::Relaxed);
        self.backend.render(intent)
    }
}

/// What a controller keeps: the inventory, and for each unit the objects and messages it came to.
struct Controller {
    inventory: Inventory,
    backend: Counting,
    units: BTreeMap<UnitKey, Unit>,
}

/// What a unit came to.
#[derive(Debug, PartialEq)]
struct Unit {
    objects: Vec<String>,
    said: String,
}

impl Controller {
    /// 10,000 splits in 100 namespaces, a tenth of them conditional. Split `i` has the root `web-i` and the backends `web-i-v1` and `shared`.
    fn new(mesh: TestedMesh) -> Controller {
        let mut inventory = Inventory::new(Options::default());
        for index in 0..SPLITS {
            let (namespace, root) = (namespace(index), format!("web-{index}"));
            let matches = if is_conditional(index) {
                json!([{"kind": "HTTPRouteGroup", "name": "beta"}])
            } else {
                Value::Null
            };
            inventory.apply(split(&namespace, &format!("split-{index}"), &root, &matches));
            inventory.apply(service(&namespace, &root, 80));
            inventory.apply(service(&namespace, &format!("{root}-v1"), 80));
        }
        for index in 0..NAMESPACES {
            inventory.apply(service(&namespace(index), "shared", 80));
            inventory.apply(group(&namespace(index), "beta", "/beta/"));
            inventory.apply(group(&namespace(index), "unused", "/unused/"));
        }
        let backend = Counting { backend: mesh.default_backend(), rendered: AtomicUsize::new(0) };
        let mut controller = Controller { inventory, backend, units: BTreeMap::new() };
        let all = controller.inventory.units().collect();
        controller.update(&all);
        assert_eq!(controller.backend.rendered.load(Ordering::Relaxed), SPLITS);
        controller
    }

    fn update(&mut self, units: &Affected) {
        for key in units {
            let unit = translate_unit(&self.inventory, &self.backend, key);
            let objects: Vec<String> = unit
                .manifests
                .iter()
                .map(|manifest| serde_json::to_string(manifest).expect("a rendered object is JSON"))
                .collect();
            let said = format!("{:?}", unit.diagnostics);
            if unit.manifests.is_empty() && unit.diagnostics.is_empty() {
                self.units.remove(key);
            } else {
                self.units.insert(key.clone(), Unit { objects, said });
            }
        }
    }

    /// Applies an object and translates what that touches: these units, and no others.
    #[track_caller]
    fn apply(&mut self, object: Object, units: impl IntoIterator<Item = UnitKey>) {
        let affected = self.inventory.apply(object);
        self.settle(&affected, units);
    }

    #[track_caller]
    fn delete(
        &mut self,
        kind: &'static str,
        namespace: &str,
        name: &str,
        units: impl IntoIterator<Item = UnitKey>,
    ) {
        let affected = self.inventory.delete(&ObjectRef::new(kind, namespace, name));
        self.settle(&affected, units);
    }

    #[track_caller]
    fn settle(&mut self, affected: &Affected, units: impl IntoIterator<Item = UnitKey>) {
        assert_eq!(*affected, units.into_iter().collect::<Affected>());
        let before = self.backend.rendered.load(Ordering::Relaxed);
        self.update(affected);
        let rendered = self.backend.rendered.load(Ordering::Relaxed) - before;
        assert!(rendered <= affected.len(), "{rendered} renderings of {} units", affected.len());
    }

    /// Whether the units kept are what translating everything from the beginning gives.
    fn assert_up_to_date(&mut self) {
        let kept = std::mem::take(&mut self.units);
        let all = self.inventory.units().collect();
        self.update(&all);
        for (key, unit) in &self.units {
            assert_eq!(kept.get(key), Some(unit), "{key}");
        }
        assert_eq!(kept.len(), self.units.len(), "units that are gone are kept");
        let whole = translate(&self.inventory, &self.backend);
        let objects: usize = self.units.values().map(|unit| unit.objects.len()).sum();
        assert_eq!(whole.manifests.len(), objects);
        assert!(objects >= SPLITS / 2, "{objects} objects");
    }
}

fn namespace(index: usize) -> String {
    format!("team-{}", index % NAMESPACES)
}

fn unit(namespace: &str, root: &str) -> UnitKey {
    UnitKey::Routing { namespace: namespace.to_owned(), root: root.to_owned() }
}

fn is_conditional(index: usize) -> bool {
    (index / NAMESPACES).is_multiple_of(10)
}

/// The units of the splits of `team-0` whose numbers satisfy `which`.
fn of_team_0(which: fn(usize) -> bool) -> Vec<UnitKey> {
    (0..SPLITS)
        .filter(|index| index.is_multiple_of(NAMESPACES) && which(*index))
        .map(|index| unit("team-0", &format!("web-{index}")))
        .collect()
}

fn split(namespace: &str, name: &str, root: &str, matches: &Value) -> Object {
    weighted_split(namespace, name, root, matches, 90)
}

fn weighted_split(namespace: &str, name: &str, root: &str, matches: &Value, weight: u32) -> Object {
    let object = json!({
        "apiVersion": "split.smi-spec.io/v1alpha4", "kind": "TrafficSplit",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"service": root, "matches": matches, "backends": [
            {"service": format!("{root}-v1"), "weight": weight}, {"service": "shared", "weight": 10},
        ]},
    });
    Object::TrafficSplit(
        convert::read_traffic_split(Version::V1Alpha4, object).expect("a TrafficSplit").object,
    )
}

fn group(namespace: &str, name: &str, path: &str) -> Object {
    let object = json!({
        "apiVersion": "specs.smi-spec.io/v1alpha4", "kind": "HTTPRouteGroup",
        "metadata": {"name": name, "namespace": namespace}, "spec": {"matches": [{"name": "m", "pathRegex": path}]},
    });
    let group = convert::read_http_route_group(Version::V1Alpha4, object).expect("an HTTPRouteGroup").object;
    Object::HTTPRouteGroup(group, Default::default())
}

fn service(namespace: &str, name: &str, port: u16) -> Object {
    Object::Service(Service {
        service: ServiceRef::new(namespace, name),
        ports: vec![ServicePort { port, ..ServicePort::default() }],
        addressing: Addressing::ClusterIp,
        selector: [("app".to_owned(), name.to_owned())].into(),
        annotations: Default::default(),
    })
}

#[test]
fn a_change_touches_its_own_units_only() {
    for mesh in MESHES {
        changes_touch_their_own_units(Controller::new(mesh));
    }
}

fn changes_touch_their_own_units(mut controller: Controller) {
    let always = Value::Null;

    // A split: its root, and both roots where it moves.
    controller.apply(weighted_split("team-7", "split-7", "web-7", &always, 50), [unit("team-7", "web-7")]);
    controller.apply(
        split("team-7", "split-7", "web-107", &always),
        [unit("team-7", "web-7"), unit("team-7", "web-107")],
    );
    controller.apply(
        split("team-7", "split-7", "web-7", &always),
        [unit("team-7", "web-7"), unit("team-7", "web-107")],
    );
    controller.delete("TrafficSplit", "team-7", "split-7", [unit("team-7", "web-7")]);
    controller.delete("TrafficSplit", "team-7", "split-7", []);

    // A Service: the splits that have it as root or backend, in its own namespace.
    controller.apply(service("team-3", "web-3", 8080), [unit("team-3", "web-3")]);
    controller.apply(service("team-3", "web-3-v1", 8080), [unit("team-3", "web-3")]);
    controller.apply(service("team-0", "shared", 8080), of_team_0(|_| true));
    controller.delete("Service", "team-0", "shared", of_team_0(|_| true));
    controller.apply(service("team-0", "nobody", 80), []);
    controller.apply(service("elsewhere", "web-3", 80), []);

    // A route group: the splits that refer to it, in its own namespace.
    controller.apply(group("team-0", "beta", "/gamma/"), of_team_0(is_conditional));
    controller.apply(group("team-0", "unused", "/gamma/"), []);
    controller.apply(group("elsewhere", "beta", "/gamma/"), []);
    controller.delete("HTTPRouteGroup", "team-0", "beta", of_team_0(is_conditional));

    controller.assert_up_to_date();
}

#[test]
fn what_comes_later_than_its_users_reaches_them() {
    for mesh in MESHES {
        latecomers_reach_their_users(Controller::new(mesh));
    }
}

fn latecomers_reach_their_users(mut controller: Controller) {
    let late = json!([{"kind": "HTTPRouteGroup", "name": "late"}]);
    controller.apply(split("team-1", "split-1", "web-1", &late), [unit("team-1", "web-1")]);
    controller.apply(group("team-1", "late", "/late/"), [unit("team-1", "web-1")]);
    controller.apply(split("new", "first", "web", &Value::Null), [unit("new", "web")]);
    controller.apply(service("new", "shared", 80), [unit("new", "web")]);
    controller.apply(service("new", "web", 80), [unit("new", "web")]);
    controller.assert_up_to_date();
}
