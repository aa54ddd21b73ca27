//! Many of everything in one namespace: what a destination depends on is found, not searched for. Each of these inputs costs seconds where
//! all are compared with all, and minutes with ten times as much.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use smi_istio::{Istio, IstioOptions};
use smi_tests::mesh::{MESHES, TestedMesh};
use smi_translate::Options;

use super::access::{Outcome, binding, deployment, from_web, group, named, run, run_with, target};

const MANY: usize = 2_000;

fn any() -> Value {
    group("g", &json!([{"name": "m", "pathRegex": "/a$"}]))
}

/// A target of a service account, or of a binding.
fn to(kind: &str, name: &str) -> Value {
    let rules = json!([{"kind": "HTTPRouteGroup", "name": "g"}]);
    let destination = json!({"kind": kind, "name": name});
    target(&format!("t-{name}"), &json!({"destination": destination, "rules": rules, "sources": from_web()}))
}

/// A Service that leads to port 9090, which no container declares.
fn service(name: &str, selector: &Value) -> Value {
    named(
        "Service",
        "v1",
        name,
        &json!({"selector": selector, "ports": [{"port": 80, "name": "http", "targetPort": 9090}]}),
    )
}

/// A Pod of the service account `api`.
fn pod(name: &str, labels: &Value) -> Value {
    let spec = json!({"serviceAccountName": "api", "containers": [{"name": "a", "ports": [{"containerPort": 8080}]}]});
    let mut pod = named("Pod", "v1", name, &spec);
    pod["metadata"]["labels"] = labels.clone();
    pod
}

/// Service accounts, each a destination, with a Service of its own and one that selects nobody.
fn accounts(count: usize) -> Vec<Value> {
    let own = |index: usize| {
        let (name, idle) = (format!("w{index}"), format!("idle-{index}"));
        let services =
            [service(&name, &json!({"app": name, "all": "yes"})), service(&idle, &json!({"app": idle}))];
        services.into_iter().chain([deployment(&name), to("ServiceAccount", &name)])
    };
    (0..count).flat_map(own).chain([any()]).collect()
}

fn of_kind<'a>(outcome: &'a Outcome, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    outcome.objects.iter().filter(move |object| object["kind"] == kind)
}

#[test]
fn services_and_service_accounts() {
    for outcome in MESHES.map(|mesh| run(mesh, &accounts(MANY))) {
        match outcome.mesh.name {
            "istio" => assert_eq!(of_kind(&outcome, "AuthorizationPolicy").count(), MANY),
            // One for the port that the container declares, one for that to which the Service leads.
            _ => assert_eq!(of_kind(&outcome, "Server").count(), 2 * MANY),
        }
    }
}

#[test]
fn services_that_a_waypoint_guards() {
    let options =
        IstioOptions { ambient: true, waypoint: Some("waypoint".to_owned()), ..IstioOptions::default() };
    let outcome =
        run_with(TestedMesh::named("istio"), &accounts(MANY / 4), Options::default(), &Istio::new(options));
    // One for the workloads, one for their Service.
    assert_eq!(of_kind(&outcome, "AuthorizationPolicy").count(), MANY / 2);
}

#[test]
fn services_of_one_service_account() {
    let own = |index: usize| {
        let labels = json!({"app": format!("w{index}"), "all": "yes"});
        [service(&format!("w{index}"), &labels), pod(&format!("w{index}"), &labels)]
    };
    let manifests: Vec<Value> = (0..MANY).flat_map(own).chain([any(), to("ServiceAccount", "api")]).collect();
    for outcome in MESHES.map(|mesh| run(mesh, &manifests)) {
        let kind = if outcome.mesh.name == "istio" { "AuthorizationPolicy" } else { "Server" };
        let selectors: BTreeSet<String> =
            of_kind(&outcome, kind).map(|object| object["spec"].to_string()).collect();
        assert_eq!(selectors.len(), if kind == "Server" { 2 * MANY } else { MANY });
    }
}

#[test]
fn pods_with_equal_labels() {
    let labels = json!({"app": "api", "all": "yes"});
    let pods = (0..MANY).map(|index| pod(&format!("w{index}"), &labels));
    for (kind, name) in [("ServiceAccount", "api"), ("IdentityBinding", "all")] {
        let all = binding("all", &json!({"podLabelSelector": {"matchLabels": {"all": "yes"}}}));
        let manifests: Vec<Value> =
            pods.clone().chain([any(), all, service("api", &labels), to(kind, name)]).collect();
        for outcome in MESHES.map(|mesh| run(mesh, &manifests)) {
            match outcome.mesh.name {
                "istio" => assert_eq!(of_kind(&outcome, "AuthorizationPolicy").count(), 1),
                _ => assert_eq!(of_kind(&outcome, "Server").count(), 2),
            }
        }
    }
}

#[test]
fn bindings_of_one_service_account() {
    let own = |index: usize| {
        let (name, labels) = (format!("w{index}"), json!({"app": format!("w{index}"), "all": "yes"}));
        let selector = json!({"podLabelSelector": {"matchLabels": {"all": "yes", "app": name}}});
        let mut target = to("IdentityBinding", &name);
        let rules = json!([{"kind": "HTTPRouteGroup", "name": "g"}, {"kind": "TCPRoute", "name": name}]);
        target["spec"]["rules"] = rules;
        let ports = json!({"matches": {"ports": [10_000 + index]}});
        let route = named("TCPRoute", "specs.smi-spec.io/v1alpha4", &name, &ports);
        [pod(&name, &labels), binding(&name, &selector), target, route]
    };
    let manifests: Vec<Value> = (0..MANY).flat_map(own).chain([any()]).collect();
    for outcome in MESHES.map(|mesh| run(mesh, &manifests)) {
        match outcome.mesh.name {
            "istio" => assert_eq!(of_kind(&outcome, "AuthorizationPolicy").count(), MANY),
            // One for the port that the container declares, one for that of the pod's own TCPRoute, none for those of others.
            _ => assert_eq!(of_kind(&outcome, "Server").count(), 2 * MANY),
        }
    }
}

#[test]
fn definitions_of_one_target() {
    let one = |index: usize| {
        let name = format!("w{index}");
        let mut target = to("ServiceAccount", &name);
        target["metadata"]["name"] = json!("t");
        [deployment(&name), target]
    };
    let manifests: Vec<Value> = (0..MANY).flat_map(one).chain([any()]).collect();
    for outcome in MESHES.map(|mesh| run(mesh, &manifests)) {
        assert!(!outcome.grants(), "which of them holds nobody knows");
        let kind = if outcome.mesh.name == "istio" { "AuthorizationPolicy" } else { "Server" };
        assert_eq!(of_kind(&outcome, kind).count(), MANY, "each of them may");
    }
}
