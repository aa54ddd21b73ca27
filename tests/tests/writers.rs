//! What Flagger, Argo Rollouts and linkerd-failover really wrote, step by step: every state is rendered, and an independent model of
//! Istio says whether the shares are those that the writer asked for.

use std::collections::BTreeSet;

use serde_json::Value;
use smi_istio::{Istio, IstioOptions};
use smi_tests::cases;
use smi_tests::istio_model::{Call, Mesh, Outcome, Payload, Port, Service, Target};
use smi_tests::istio_view;
use smi_translate::inventory::Object;
use smi_translate::read::{ReadOptions, Reader};
use smi_translate::{Inventory, ObjectRef, Options, Translation, UnitKey, translate, yaml};

const NAMESPACE: &str = "test";
const PORT: u16 = 80;

/// A recorded sequence: its file, and the root that its splits have.
const SEQUENCES: [(&str, &str); 6] = [
    ("argo-v1alpha1-abort.jsonl", "web-stable"),
    ("argo-v1alpha3-root.jsonl", "web-root"),
    ("flagger-provider-linkerd.jsonl", "podinfo"),
    ("flagger-provider-smi-v1alpha1.jsonl", "podinfo"),
    ("flagger-provider-smi-v1alpha3.jsonl", "podinfo"),
    ("linkerd-failover.jsonl", "web"),
];

/// The sequence with a public host as root, and the gateway that it asks for.
const AT_A_GATEWAY: (&str, &str) = ("flagger-provider-smi-v1alpha2-istio-gateways.jsonl", "app.example.com");
const GATEWAY: &str = "istio-system/public";

/// One recorded event.
struct Step {
    event: String,
    object: Value,
}

/// The recorded events, or the end of the test.
fn steps(file: &str) -> Option<Vec<Step>> {
    let text = cases::text(&cases::folder()?.join("writers").join(file));
    let step = |line: &str| {
        let mut line: Value = serde_json::from_str(line).expect("a recorded line is JSON");
        let event = line["event"].as_str().expect("an event has a type").to_owned();
        Step { event, object: line["object"].take() }
    };
    Some(text.lines().map(step).collect())
}

impl Step {
    /// Backends and weights as written: integers, or strings of them.
    fn weights(&self) -> Vec<(String, u64)> {
        let backend = |backend: &Value| {
            let weight = &backend["weight"];
            let weight = weight.as_u64().or_else(|| weight.as_str()?.parse().ok());
            let name = backend["service"].as_str().expect("a backend has a name").to_owned();
            (name, weight.expect("writers write whole weights"))
        };
        self.object["spec"]["backends"].as_array().into_iter().flatten().map(backend).collect()
    }

    /// The object as an inventory takes it.
    fn split(&self) -> Object {
        let mut reader = Reader::new(ReadOptions::default());
        reader.add_value("step", &self.object);
        let input = reader.finish(Options { host_roots: true, ..Options::default() });
        let split =
            input.inventory.splits().next().expect("what a writer writes can be read").object().clone();
        Object::TrafficSplit(split)
    }

    fn reference(&self) -> ObjectRef {
        let name = self.object["metadata"]["name"].as_str().expect("an object has a name");
        ObjectRef::new("TrafficSplit", NAMESPACE, name)
    }

    /// What clients of `root` must get: the weights, or the root where there are none.
    fn wanted(&self, root: &str) -> Outcome {
        if self.has_effect() {
            let target = |(name, weight): (String, u64)| (Target::service(NAMESPACE, &name, PORT), weight);
            Outcome::weighted(self.weights().into_iter().map(target))
        } else {
            Outcome::all(NAMESPACE, root, PORT)
        }
    }

    fn has_effect(&self) -> bool {
        self.event != "DELETED" && self.weights().iter().any(|(_, weight)| *weight > 0)
    }
}

/// A cluster with the Services of a sequence, and what is rendered for it.
struct Cluster {
    inventory: Inventory,
    istio: Istio,
    services: Vec<Service>,
}

impl Cluster {
    fn new(steps: &[Step], root: &str, options: Options, istio: Istio) -> Cluster {
        let weights: Vec<(String, u64)> = steps.iter().flat_map(Step::weights).collect();
        let is_host = root.contains('.');
        let backends = weights.iter().map(|(name, _)| name.as_str());
        let names: BTreeSet<&str> = backends.chain((!is_host).then_some(root)).collect();
        let mut reader = Reader::new(ReadOptions::default());
        for name in &names {
            reader.add_value(
                "services",
                &serde_json::json!({
                    "apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": NAMESPACE},
                    "spec": {"selector": {"app": name}, "ports": [{"name": "http", "port": PORT}]},
                }),
            );
        }
        let service = |name: &&str| Service::new(NAMESPACE, name, vec![Port::named(PORT, "http")]);
        let services = names.iter().chain([&istio_view::GATEWAY]).map(service).collect();
        Cluster { inventory: reader.finish(options).inventory, istio, services }
    }

    /// Applies one event, which may touch the unit of the root only.
    fn apply(&mut self, step: &Step, root: &str) {
        let affected = match step.event.as_str() {
            "DELETED" => self.inventory.delete(&step.reference()),
            _ => self.inventory.apply(step.split()),
        };
        let unit = UnitKey::Routing { namespace: NAMESPACE.to_owned(), root: root.to_owned() };
        assert_eq!(affected, BTreeSet::from([unit]), "{}", step.event);
    }

    fn translation(&self) -> Translation {
        translate(&self.inventory, &self.istio)
    }

    fn rendering(&self) -> String {
        yaml::write_documents(&self.translation().manifests).expect("a rendered object is YAML")
    }

    /// What a client of the mesh gets, or one that comes through the gateway.
    fn outcome(&self, root: &str) -> Outcome {
        let value = |manifest| serde_json::to_value(manifest).expect("a rendered object is JSON");
        let mut objects: Vec<Value> = self.translation().manifests.iter().map(value).collect();
        let mut called = root;
        if root.contains('.') {
            objects = objects.iter().filter_map(istio_view::at_gateway).collect();
            called = istio_view::GATEWAY;
        }
        let mesh = Mesh::new(&objects, &self.services).expect("Istio takes what we render");
        mesh.route(&Call::new(NAMESPACE, NAMESPACE, called, PORT, Payload::get("/", &[])))
    }
}

/// Replays a sequence.
fn replay(file: &str, root: &str, mut cluster: Cluster, steps: &[Step]) {
    let mut before: Option<(Vec<(String, u64)>, String)> = None;
    let mut effective = 0;
    for (index, step) in steps.iter().enumerate() {
        cluster.apply(step, root);
        let rendering = cluster.rendering();
        let at = format!("{file}: step {index}, {} {:?}", step.event, step.weights());
        assert_eq!(rendering.is_empty(), !step.has_effect(), "{at}\n{rendering}");
        if step.has_effect() || !root.contains('.') {
            assert_eq!(cluster.outcome(root), step.wanted(root), "{at}\n{rendering}");
        }
        effective += usize::from(step.has_effect());
        if step.event == "DELETED" {
            before = None;
            continue;
        }
        cluster.apply(step, root);
        assert_eq!(cluster.rendering(), rendering, "{at}: the same object again");
        if let Some((weights, earlier)) = before
            && weights == step.weights()
        {
            assert_eq!(earlier, rendering, "{at}: the same weights again");
        }
        before = Some((step.weights(), rendering));
    }
    assert!(effective >= 4, "{file}: {effective} steps with an effect");
    assert_eq!(steps.last().map(|step| step.event.as_str()), Some("DELETED"), "{file}");
}

#[test]
fn every_step_of_a_writer_has_the_shares_it_asks_for() {
    for (file, root) in SEQUENCES {
        let Some(steps) = steps(file) else { return };
        replay(file, root, Cluster::new(&steps, root, Options::default(), Istio::default()), &steps);
    }
}

/// A writer that fails over writes states in which nobody is ready.
#[test]
fn states_without_any_weight_are_among_them() {
    let Some(steps) = steps("linkerd-failover.jsonl") else { return };
    assert!(steps.iter().any(|step| step.event != "DELETED" && !step.has_effect()));
}

/// Flagger's public host is split at the gateway that the operator names, and nowhere else.
#[test]
fn a_public_host_is_split_at_the_operators_gateway_only() {
    let (file, root) = AT_A_GATEWAY;
    let Some(steps) = steps(file) else { return };
    let mut by_default = Cluster::new(&steps, root, Options::default(), Istio::default());
    let host_roots = Options { host_roots: true, ..Options::default() };
    let mut no_gateway = Cluster::new(&steps, root, host_roots.clone(), Istio::default());
    for step in &steps {
        for (cluster, code) in [(&mut by_default, "SMI-VAL-41"), (&mut no_gateway, "ISTIO-GATEWAY-4")] {
            if step.event == "DELETED" {
                cluster.inventory.delete(&step.reference());
                continue;
            }
            cluster.inventory.apply(step.split());
            let translation = cluster.translation();
            assert!(translation.manifests.is_empty(), "{:?}", translation.manifests);
            assert!(
                translation.diagnostics.iter().any(|d| d.code.0 == code),
                "{code}: {:?}",
                translation.diagnostics
            );
        }
    }
    let gateways = BTreeSet::from([GATEWAY.parse().expect("a gateway is NAMESPACE/NAME")]);
    // The annotation asks for clients inside the mesh too; they come only with consent of its own.
    for mesh_hosts in [false, true] {
        let istio =
            Istio::new(IstioOptions { gateways: gateways.clone(), mesh_hosts, ..IstioOptions::default() });
        let mut cluster = Cluster::new(&steps, root, host_roots.clone(), istio.clone());
        for step in steps.iter().filter(|step| step.has_effect()) {
            cluster.inventory.apply(step.split());
            let translation = cluster.translation();
            let named = translation.diagnostics.iter().any(|d| d.code.0 == "ISTIO-GATEWAY-8");
            assert_eq!(named, !mesh_hosts, "{:?}", translation.diagnostics);
        }
        replay(file, root, Cluster::new(&steps, root, host_roots.clone(), istio), &steps);
    }
}
