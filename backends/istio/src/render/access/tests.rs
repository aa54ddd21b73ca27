//! What becomes of TrafficTargets, from text to policies.

mod ambient;
mod exact;
mod losses;
mod many;
mod selectors;

use serde_json::{Value, json};
use smi_translate::read::{ReadOptions, Reader};
use smi_translate::{Diagnostic, Options, Translation, translate};

use crate::{Identities, Istio, IstioOptions};

/// A workload of the service account `web` in the namespace `shop`.
pub(super) const WEB: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n\
    \x20 selector: {matchLabels: {app: web}}\n  template: {metadata: {labels: {app: web}}, spec: {serviceAccountName: web}}\n";

/// A TrafficTarget for `web`.
pub(super) fn target(name: &str, sources: &[&str], rules: &str) -> String {
    let sources: Vec<String> = sources
        .iter()
        .map(|name| format!("{{kind: ServiceAccount, name: {name}, namespace: front}}"))
        .collect();
    format!(
        "apiVersion: access.smi-spec.io/v1alpha3\nkind: TrafficTarget\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n\
         \x20 destination: {{kind: ServiceAccount, name: web, namespace: shop}}\n  sources: [{}]\n  rules: [{rules}]\n",
        sources.join(", ")
    )
}

/// An HTTPRouteGroup.
pub(super) fn group(name: &str, matches: &str) -> String {
    format!(
        "apiVersion: specs.smi-spec.io/v1alpha4\nkind: HTTPRouteGroup\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{matches: [{matches}]}}\n"
    )
}

/// A TCPRoute or UDPRoute.
pub(super) fn route(kind: &str, name: &str, ports: &str) -> String {
    format!(
        "apiVersion: specs.smi-spec.io/v1alpha4\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{matches: {{name: m, ports: [{ports}]}}}}\n"
    )
}

pub(super) fn translated(documents: &[String], options: Options, istio: IstioOptions) -> Translation {
    let mut reader = Reader::new(ReadOptions::default());
    reader.add("input.yaml", documents.join("---\n").as_bytes());
    translate(&reader.finish(options).inventory, &Istio::new(istio))
}

pub(super) fn plain(documents: &[String]) -> Translation {
    translated(documents, Options::default(), IstioOptions::default())
}

/// The specs of all objects of a kind.
pub(super) fn specs(translation: &Translation, kind: &str) -> Vec<Value> {
    let manifests = translation.manifests.iter().filter(|manifest| manifest.kind == kind);
    manifests.map(|manifest| serde_json::to_value(manifest).unwrap()["spec"].clone()).collect()
}

/// The rules of the only policy.
pub(super) fn rules(translation: &Translation) -> Value {
    let policies = specs(translation, "AuthorizationPolicy");
    assert_eq!(policies.len(), 1, "{policies:?}");
    policies[0]["rules"].clone()
}

pub(super) fn find<'t>(translation: &'t Translation, code: &str) -> Option<&'t Diagnostic> {
    let mut found = translation.diagnostics.iter().filter(|diagnostic| diagnostic.code.0 == code);
    let first = found.next();
    assert!(found.next().is_none(), "{code} twice: {:?}", translation.diagnostics);
    first
}

pub(super) fn web() -> String {
    WEB.to_owned()
}

#[test]
fn the_example_of_the_reference() {
    let documents = [
        web(),
        group("api", "{name: api, pathRegex: /api$, methods: [GET]}"),
        route("TCPRoute", "port", "8080"),
        target(
            "t",
            &["website", "payments"],
            "{kind: HTTPRouteGroup, name: api}, {kind: TCPRoute, name: port}",
        ),
    ];
    let translation = plain(&documents);
    assert_eq!(
        specs(&translation, "AuthorizationPolicy"),
        [json!({
            "action": "ALLOW",
            "selector": {"matchLabels": {"app": "web"}},
            "rules": [{
                "from": [{"source": {"principals": ["cluster.local/ns/front/sa/payments", "cluster.local/ns/front/sa/website"]}}],
                "to": [{"operation": {"ports": ["8080"], "methods": ["GET"], "paths": ["/api"]}}],
            }],
        })]
    );
    assert!(translation.refused.is_empty(), "{:?}", translation.diagnostics);
    assert!(find(&translation, "ISTIO-PATH-1").is_some());
}

#[test]
fn an_unconditional_match_is_http_and_nothing_else() {
    let documents =
        [web(), group("all", "{name: all}"), target("t", &["a"], "{kind: HTTPRouteGroup, name: all}")];
    assert_eq!(rules(&plain(&documents))[0]["to"], json!([{"operation": {"methods": ["*"]}}]));
}

#[test]
fn tcp_and_http_never_share_a_rule() {
    let documents = [
        web(),
        group("all", "{name: all}"),
        route("TCPRoute", "db", "3306"),
        target("http", &["a"], "{kind: HTTPRouteGroup, name: all}"),
        target("tcp", &["a"], "{kind: TCPRoute, name: db}"),
    ];
    // istiod leaves a rule with a field for HTTP out for TCP, wholly.
    let rules = rules(&plain(&documents));
    assert_eq!(rules.as_array().unwrap().len(), 2);
    assert_eq!(rules[0]["to"], json!([{"operation": {"methods": ["*"]}}]));
    assert_eq!(rules[1]["to"], json!([{"operation": {"ports": ["3306"]}}]));
}

#[test]
fn all_tcp_has_no_operation() {
    let any = "apiVersion: specs.smi-spec.io/v1alpha3\nkind: TCPRoute\nmetadata: {name: any, namespace: shop}\nspec: {}\n";
    let documents = [web(), any.to_owned(), target("t", &["a"], "{kind: TCPRoute, name: any}")];
    let from = json!([{"source": {"principals": ["cluster.local/ns/front/sa/a"]}}]);
    assert_eq!(rules(&plain(&documents)), json!([{"from": from}]));
}

#[test]
fn rules_are_merged_where_callers_or_traffic_are_the_same() {
    let documents = [
        web(),
        route("TCPRoute", "p1", "1"),
        route("TCPRoute", "p2", "2"),
        target("a1", &["a"], "{kind: TCPRoute, name: p1}"),
        target("b1", &["b"], "{kind: TCPRoute, name: p1}"),
        target("c2", &["c"], "{kind: TCPRoute, name: p2}"),
        target("c3", &["c"], "{kind: TCPRoute, name: p1}, {kind: TCPRoute, name: p2}"),
    ];
    let principals = |names: &[&str]| {
        let names: Vec<String> =
            names.iter().map(|name| format!("cluster.local/ns/front/sa/{name}")).collect();
        json!([{"source": {"principals": names}}])
    };
    let port = |ports: &[&str]| json!({"operation": {"ports": ports}});
    assert_eq!(
        rules(&plain(&documents)),
        json!([
            {"from": principals(&["a", "b"]), "to": [port(&["1"])]},
            {"from": principals(&["c"]), "to": [port(&["1", "2"]), port(&["2"])]},
        ])
    );
}

#[test]
fn headers_are_conditions_of_rules_of_their_own() {
    let matches = "{name: plain, pathRegex: /a$}, {name: with, pathRegex: /b$, headers: {X-Kind: 'v1|v2.*', host: 'shop\\.example'}}";
    let documents = [web(), group("g", matches), target("t", &["a"], "{kind: HTTPRouteGroup, name: g}")];
    let rules = rules(&plain(&documents));
    assert_eq!(rules.as_array().unwrap().len(), 2);
    assert!(rules[0].get("when").is_none());
    assert_eq!(
        rules[1]["when"],
        json!([
            {"key": "request.headers[:authority]", "values": ["shop.example"]},
            {"key": "request.headers[x-kind]", "values": ["v1", "v2*"]},
        ])
    );
}

#[test]
fn service_accounts_stand_sixteen_to_a_source() {
    let names: Vec<String> = (0..17).map(|index| format!("a{index:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let documents = [web(), route("TCPRoute", "p", "1"), target("t", &names, "{kind: TCPRoute, name: p}")];
    let istio = IstioOptions { identities: Identities::ServiceAccounts, ..IstioOptions::default() };
    let rules = rules(&translated(&documents, Options::default(), istio));
    assert_eq!(rules[0]["from"][0]["source"]["serviceAccounts"].as_array().unwrap().len(), 16);
    assert_eq!(rules[0]["from"][1], json!({"source": {"serviceAccounts": ["front/a16"]}}));
}

#[test]
fn udp_grants_no_rule() {
    let documents =
        [web(), route("UDPRoute", "dns", "53"), target("t", &["a"], "{kind: UDPRoute, name: dns}")];
    let translation = plain(&documents);
    assert_eq!(rules(&translation), Value::Null);
    assert!(find(&translation, "ISTIO-UDP-1").is_some());
    assert!(find(&translation, "SMI-LOSS-1").is_none());
}

#[test]
fn http_on_a_port_declared_as_tcp_is_warned_about() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec:\n  selector: {app: web}\n\
        \x20 ports: [{name: tcp-x, port: 80, targetPort: 8080}, {name: http-y, port: 81, targetPort: 8081}]\n";
    let documents = |port: &str| {
        [
            web(),
            service.to_owned(),
            group("all", "{name: all}"),
            route("TCPRoute", "p", port),
            target("t", &["a"], "{kind: HTTPRouteGroup, name: all}, {kind: TCPRoute, name: p}"),
        ]
    };
    assert!(find(&plain(&documents("8080")), "ISTIO-PORT-4").is_some());
    assert!(find(&plain(&documents("8081")), "ISTIO-PORT-4").is_none());
}

pub(super) fn exact_options() -> IstioOptions {
    IstioOptions { exact: true, ..IstioOptions::default() }
}
