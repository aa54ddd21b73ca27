//! Ambient mode: connections are guarded at the node, requests at waypoints.

use serde_json::{Value, json};
use smi_translate::{Options, Translation};

use super::{find, group, route, rules, specs, target, translated, web};
use crate::IstioOptions;

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
