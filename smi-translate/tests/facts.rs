//! What is read of objects that are not SMI's, and which units a change of them touches.

use smi_translate::facts::{Labels, Namespace, Probe, ProbeRequest};
use smi_translate::read::{ReadOptions, Reader};
use smi_translate::{Inventory, Object, Options, UnitKey};

const WORKLOADS: &str = "
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  name: web-1
  namespace: shop
  ownerReferences:
  - {kind: Cluster, name: blue, uid: 1}
  - {kind: Deployment, name: web, uid: 2, controller: true}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      initContainers:
      - {name: proxy, restartPolicy: Always, startupProbe: {httpGet: {port: 4191, path: /ready}}}
      containers:
      - name: app
        ports: [{name: http, containerPort: 8080}]
        livenessProbe: {httpGet: {port: http, path: /healthz}}
        readinessProbe: {httpGet: {port: http, path: /healthz}}
---
apiVersion: v1
kind: Service
metadata:
  name: web
  namespace: shop
  annotations: {config.linkerd.io/opaque-ports: '8080', kubectl.kubernetes.io/last-applied-configuration: '{}'}
spec: {ports: [{port: 80}]}
---
apiVersion: access.smi-spec.io/v1alpha3
kind: TrafficTarget
metadata: {name: t, namespace: shop}
spec:
  destination: {kind: ServiceAccount, name: web, namespace: shop}
  sources: [{kind: ServiceAccount, name: front, namespace: shop}]
  rules: [{kind: TCPRoute, name: r}]
---
apiVersion: split.smi-spec.io/v1alpha4
kind: TrafficSplit
metadata: {name: s, namespace: shop}
spec: {service: web, backends: [{service: web, weight: 1}]}
";

fn inventory() -> Inventory {
    let mut reader = Reader::new(ReadOptions::default());
    reader.add("input.yaml", WORKLOADS.as_bytes());
    reader.finish(Options::default()).inventory
}

#[test]
fn owners_and_probes_of_workloads_are_facts() {
    let inventory = inventory();
    let workload = inventory.workloads("shop").next().unwrap();
    assert_eq!(workload.owner, Some(("Deployment".to_owned(), "web".to_owned())));
    let probe = |port, path: &str| {
        let request = ProbeRequest::Http { path: path.to_owned(), headers: Vec::new() };
        Probe { port, request }
    };
    assert_eq!(workload.probes, [probe(4191, "/ready"), probe(8080, "/healthz")], "each once");
}

#[test]
fn annotations_of_services_are_facts() {
    let intent = smi_translate::resolve_routing(&inventory(), "shop", "web").intent;
    let annotations = intent.root_facts.unwrap().annotations;
    let opaque = Labels::from([("config.linkerd.io/opaque-ports".to_owned(), "8080".to_owned())]);
    assert_eq!(*annotations, opaque, "what kubectl keeps there is left out");
}

#[test]
fn a_namespace_touches_the_units_in_it_only_where_its_annotations_change() {
    let mut inventory = inventory();
    let namespace = |annotations: Labels| {
        let labels = Labels::from([("team".to_owned(), annotations.len().to_string())]);
        Object::Namespace(Namespace { name: "shop".to_owned(), labels, annotations })
    };
    let unit = UnitKey::Access { namespace: "shop".to_owned(), service_account: "web".to_owned() };
    let annotations = Labels::from([("linkerd.io/inject".to_owned(), "enabled".to_owned())]);
    assert_eq!(inventory.apply(namespace(annotations.clone())), [unit.clone()].into());
    assert_eq!(inventory.apply(namespace(annotations)), [].into());
    assert_eq!(inventory.apply(namespace(Labels::new())), [unit].into());
}
