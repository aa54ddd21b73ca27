//! Ambient mode: connections are guarded at the node, requests at waypoints.

use serde_json::{Value, json};
use smi_translate::read::{ReadOptions, Reader};
use smi_translate::{Backend, Options, Translation, resolve};

use super::{find, group, route, rules, specs, target, translated, web};
use crate::{Istio, IstioOptions};

fn ambient(documents: &[String], waypoint: Option<&str>, exact: bool) -> Translation {
    let istio = IstioOptions {
        ambient: true,
        waypoint: waypoint.map(str::to_owned),
        exact,
        ..IstioOptions::default()
    };
    translated(documents, Options::default(), istio)
}

fn service(name: &str, selector: &str, port: u16, behind: u16) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n  selector: {{{selector}}}\n\
         \x20 ports: [{{name: http, port: {port}, targetPort: {behind}}}]\n"
    )
}

fn documents(services: &[String]) -> Vec<String> {
    let mut documents = vec![
        web(),
        group("g", "{name: m, pathRegex: /a$}"),
        route("TCPRoute", "p", "8080"),
        route("TCPRoute", "db", "3306"),
        target("http", &["a"], "{kind: HTTPRouteGroup, name: g}, {kind: TCPRoute, name: p}"),
        target("tcp", &["b"], "{kind: TCPRoute, name: db}"),
    ];
    documents.extend_from_slice(services);
    documents
}

fn from(account: &str) -> Value {
    json!([{"source": {"principals": [format!("cluster.local/ns/{account}")]}}])
}

#[test]
fn without_a_waypoint_only_connections_are_let_through() {
    let translation = ambient(&documents(&[service("web", "app: web", 80, 8080)]), None, false);
    let tcp = json!([{"from": from("front/sa/b"), "to": [{"operation": {"ports": ["3306"]}}]}]);
    assert_eq!(rules(&translation), tcp);
    assert!(find(&translation, "ISTIO-AMBIENT-1").is_some());
    assert!(find(&translation, "SMI-LOSS-1").is_none());
}

#[test]
fn a_waypoint_looks_at_requests_and_is_let_in() {
    let translation = ambient(&documents(&[service("web", "app: web", 80, 8080)]), Some("wp"), false);
    let policies = specs(&translation, "AuthorizationPolicy");
    assert_eq!(policies.len(), 2);
    // The port of the Service at the waypoint, that of the workload at the node.
    assert_eq!(policies[0]["targetRefs"], json!([{"group": "", "kind": "Service", "name": "web"}]));
    let at_waypoint =
        json!([{"from": from("front/sa/a"), "to": [{"operation": {"ports": ["80"], "paths": ["/a"]}}]}]);
    assert_eq!(policies[0]["rules"], at_waypoint);
    assert_eq!(policies[1]["selector"], json!({"matchLabels": {"app": "web"}}));
    let at_node = json!([
        {"from": from("front/sa/b"), "to": [{"operation": {"ports": ["3306"]}}]},
        {"from": from("shop/sa/wp"), "to": [{"operation": {"ports": ["8080"]}}]},
    ]);
    assert_eq!(policies[1]["rules"], at_node);
    assert!(find(&translation, "ISTIO-AMBIENT-1").is_none());
    assert!(find(&translation, "ISTIO-AMBIENT-3").is_some());
}

#[test]
fn a_service_that_leads_elsewhere_as_well_opens_nothing() {
    let other = "apiVersion: v1\nkind: Pod\nmetadata: {name: db, namespace: shop, labels: {part: shop}}\nspec: {serviceAccountName: db}\n";
    let web = super::WEB.replace("labels: {app: web}", "labels: {app: web, part: shop}");
    let mut both = documents(&[service("web", "app: web", 80, 8080), service("all", "part: shop", 81, 8080)]);
    both[0] = web;
    both.push(other.to_owned());
    let translation = ambient(&both, Some("wp"), false);
    let policies = specs(&translation, "AuthorizationPolicy");
    // The waypoint would let in through `all` whoever comes.
    assert!(!policies.iter().any(|policy| policy.to_string().contains("sa/wp")), "{policies:?}");
    assert!(find(&translation, "ISTIO-AMBIENT-1").unwrap().message.contains("port 8080"));
}

#[test]
fn filters_are_refused() {
    let mut documents = documents(&[service("web", "app: web", 80, 8080)]);
    documents[1] = group("g", "{name: m, pathRegex: '/a/[a-z]+$'}");
    let translation = ambient(&documents, Some("wp"), true);
    assert!(specs(&translation, "EnvoyFilter").is_empty());
    assert!(find(&translation, "ISTIO-AMBIENT-2").is_some());
    assert!(!find(&translation, "ISTIO-PATH-2").unwrap().help.as_ref().unwrap().contains("--istio-exact"));
}

/// A Pod of another service account that the Service `part: shop` selects as well.
fn with_a_shared_service(mut documents: Vec<String>, behind: u16) -> Vec<String> {
    documents[0] = super::WEB.replace("labels: {app: web}", "labels: {app: web, part: shop}");
    documents.push("apiVersion: v1\nkind: Pod\nmetadata: {name: db, namespace: shop, labels: {part: shop}}\nspec: {serviceAccountName: db}\n".to_owned());
    documents.push(service("all", "part: shop", 81, behind));
    documents
}

#[test]
fn a_grant_for_all_ports_says_which_are_kept_shut() {
    let documents = vec![
        web(),
        group("g", "{name: m, pathRegex: /a$}"),
        target("http", &["a"], "{kind: HTTPRouteGroup, name: g}"),
        service("web", "app: web", 80, 8080),
    ];
    let translation = ambient(&with_a_shared_service(documents, 9000), Some("wp"), false);
    let said = find(&translation, "ISTIO-AMBIENT-1").unwrap();
    assert!(
        said.message.contains("HTTP is granted on port 9000 of workloads to which the Service shop/all"),
        "{said:?}"
    );
    let policies = specs(&translation, "AuthorizationPolicy");
    assert_eq!(policies[1]["rules"][0]["to"], json!([{"operation": {"ports": ["8080"]}}]));
}

#[test]
fn connections_through_a_shared_service_are_denied_and_that_is_said() {
    let documents = vec![
        web(),
        route("TCPRoute", "db", "3306, 8080"),
        target("tcp", &["b"], "{kind: TCPRoute, name: db}"),
        service("web", "app: web", 80, 8080),
    ];
    assert!(find(&ambient(&documents, Some("wp"), false), "ISTIO-AMBIENT-1").is_none(), "pods may be called");
    let translation = ambient(&with_a_shared_service(documents, 8080), Some("wp"), false);
    let said = find(&translation, "ISTIO-AMBIENT-1").unwrap();
    assert!(said.message.starts_with("TCP is granted on port 8080 of workloads"), "{said:?}");
    assert!(said.effect.contains("those to addresses of pods are not"), "{said:?}");
}

#[test]
fn a_refused_service_keeps_the_waypoint_out() {
    let twice = [service("web-b", "app: web", 80, 8080), service("web-b", "app: web", 81, 8080)];
    let mut documents = documents(&twice);
    documents.push(service("web", "app: web", 80, 8080));
    let translation = ambient(&documents, Some("wp"), false);
    let said = find(&translation, "ISTIO-AMBIENT-1").unwrap();
    assert!(said.message.contains("a Service of the namespace that was refused may lead"), "{said:?}");
    let policies = specs(&translation, "AuthorizationPolicy");
    assert!(!policies.iter().any(|policy| policy.to_string().contains("sa/wp")), "{policies:?}");
}

#[test]
fn a_split_with_other_ports_than_its_root_keeps_the_waypoint_out() {
    let split = "apiVersion: split.smi-spec.io/v1alpha4\nkind: TrafficSplit\nmetadata: {name: s, namespace: shop}\n\
        spec: {service: web, backends: [{service: admin, weight: 1}]}\n";
    let mut documents = vec![
        web(),
        group("g", "{name: m, pathRegex: /a$}"),
        target("http", &["a"], "{kind: HTTPRouteGroup, name: g}"),
        service("web", "app: web", 80, 8080),
        service("admin", "app: web, role: admin", 80, 9000),
    ];
    let ports = |translation: &Translation| {
        specs(translation, "AuthorizationPolicy").last().unwrap()["rules"][0]["to"][0]["operation"]["ports"]
            .clone()
    };
    assert_eq!(ports(&ambient(&documents, Some("wp"), false)), json!(["8080", "9000"]));
    documents.push(split.to_owned());
    let translation = ambient(&documents, Some("wp"), false);
    // The policy of the root speaks of 8080.
    assert_eq!(ports(&translation), json!(["8080"]));
    let said = find(&translation, "ISTIO-AMBIENT-1").unwrap();
    assert!(said.message.contains("TrafficSplit shop/s leads from the Service shop/web"), "{said:?}");
}

#[test]
fn where_nobody_looked_for_other_ways_the_waypoint_is_not_let_in() {
    let documents = documents(&[service("web", "app: web", 80, 8080)]).join("\n---\n");
    let mut reader = Reader::new(ReadOptions::default());
    reader.add("input.yaml", documents.as_bytes());
    let inventory = reader.finish(Options::default()).inventory;
    let unit = inventory.units().next().unwrap();
    let options = IstioOptions { ambient: true, waypoint: Some("wp".to_owned()), ..IstioOptions::default() };
    let render =
        |intent| serde_json::to_value(Istio::new(options.clone()).render(&intent).manifests).unwrap();
    let objects = render(resolve(&inventory, &unit).intent).to_string();
    assert!(objects.contains("front/sa/b") && !objects.contains("shop/sa/wp"), "{objects}");
}
