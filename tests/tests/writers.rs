//! What Flagger, Argo Rollouts and linkerd-failover really wrote, step by step: every state is rendered for every mesh, and its independent
//! model says whether the shares are those that the writer asked for.

use std::collections::BTreeSet;

use serde_json::Value;
use smi_istio::{Istio, IstioOptions};
use smi_linkerd::{Linkerd, LinkerdOptions, RoutingForm};
use smi_tests::cases;
use smi_tests::fixture::FixtureOptions;
use smi_tests::istio_model::{Call, Mesh, Outcome, Payload, Port, Service, Target};
use smi_tests::istio_view;
use smi_tests::mesh::{MESHES, Scene, TestedMesh};
use smi_translate::inventory::Object;
use smi_translate::read::{ReadOptions, Reader};
use smi_translate::{Backend, Inventory, ObjectRef, Options, Translation, UnitKey, translate, yaml};

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
    mesh: TestedMesh,
    backend: Box<dyn Backend>,
    services: Vec<Service>,
}

impl Cluster {
    fn new(
        steps: &[Step],
        root: &str,
        options: Options,
        mesh: TestedMesh,
        backend: Box<dyn Backend>,
    ) -> Cluster {
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
        Cluster { inventory: reader.finish(options).inventory, mesh, backend, services }
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
        translate(&self.inventory, &*self.backend)
    }

    fn rendering(&self) -> String {
        yaml::write_documents(&self.translation().manifests).expect("a rendered object is YAML")
    }

    /// What a client of the mesh gets, or one that comes through the gateway of Istio.
    fn outcome(&self, root: &str) -> String {
        let value = |manifest| serde_json::to_value(manifest).expect("a rendered object is JSON");
        let rendered: Vec<Value> = self.translation().manifests.iter().map(value).collect();
        if root.contains('.') {
            let objects: Vec<Value> = rendered.iter().filter_map(istio_view::at_gateway).collect();
            let mesh = Mesh::new(&objects, &self.services).expect("Istio takes what we render");
            return mesh.route(&call(istio_view::GATEWAY)).to_string();
        }
        let scene = Scene {
            rendered: &rendered,
            written: &[],
            services: &self.services,
            options: self.inventory.options(),
            sections: &FixtureOptions::default(),
        };
        let model = self.mesh.model(&scene).expect("the mesh takes what we render");
        model.route(&call(root)).expect("the mesh defines where requests go")
    }
}

fn call(service: &str) -> Call {
    Call::new(NAMESPACE, NAMESPACE, service, PORT, Payload::get("/", &[]))
}

/// Replays a sequence.
fn replay(file: &str, root: &str, mut cluster: Cluster, steps: &[Step]) {
    let mut before: Option<(Vec<(String, u64)>, String)> = None;
    let mut effective = 0;
    for (index, step) in steps.iter().enumerate() {
        cluster.apply(step, root);
        let rendering = cluster.rendering();
        let at = format!("{}: {file}: step {index}, {} {:?}", cluster.mesh.name, step.event, step.weights());
        assert_eq!(rendering.is_empty(), !step.has_effect(), "{at}\n{rendering}");
        if step.has_effect() || !root.contains('.') {
            assert_eq!(cluster.outcome(root), step.wanted(root).to_string(), "{at}\n{rendering}");
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
        for mesh in MESHES {
            let cluster = Cluster::new(&steps, root, Options::default(), mesh, mesh.default_backend());
            replay(file, root, cluster, &steps);
        }
    }
}

/// Whoever writes routes for Linkerd from the start has the same shares.
#[test]
fn the_routes_of_linkerd_have_them_too() {
    for (file, root) in SEQUENCES {
        let Some(steps) = steps(file) else { return };
        let routing = RoutingForm::HttpRoute;
        let linkerd = Linkerd::new(LinkerdOptions { routing, ..LinkerdOptions::default() });
        let mesh = TestedMesh::named("linkerd");
        let cluster = Cluster::new(&steps, root, Options::default(), mesh, Box::new(linkerd));
        replay(file, root, cluster, &steps);
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
    let at_istio = |options: &Options, istio: Istio| {
        Cluster::new(&steps, root, options.clone(), TestedMesh::named("istio"), Box::new(istio))
    };
    let mut by_default = at_istio(&Options::default(), Istio::default());
    let host_roots = Options { host_roots: true, ..Options::default() };
    let mut no_gateway = at_istio(&host_roots, Istio::default());
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
        let mut cluster = at_istio(&host_roots, istio.clone());
        for step in steps.iter().filter(|step| step.has_effect()) {
            cluster.inventory.apply(step.split());
            let translation = cluster.translation();
            let named = translation.diagnostics.iter().any(|d| d.code.0 == "ISTIO-GATEWAY-8");
            assert_eq!(named, !mesh_hosts, "{:?}", translation.diagnostics);
        }
        replay(file, root, at_istio(&host_roots, istio), &steps);
    }
}
