//! Which workloads a policy is for.

use serde_json::json;
use smi_translate::{MissingServices, Options, Severity};

use super::{find, plain, route, specs, target, translated, web};
use crate::IstioOptions;

fn tcp() -> [String; 2] {
    [route("TCPRoute", "p", "1"), target("t", &["a"], "{kind: TCPRoute, name: p}")]
}

fn pod(name: &str, account: &str, labels: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: shop, labels: {{{labels}}}}}\nspec: {{serviceAccountName: {account}}}\n"
    )
}

#[test]
fn a_target_that_grants_nothing_denies() {
    let documents = [web(), target("t", &["a"], "{kind: TCPRoute, name: missing}")];
    let deny = json!({"action": "ALLOW", "selector": {"matchLabels": {"app": "web"}}});
    assert_eq!(specs(&plain(&documents), "AuthorizationPolicy"), [deny]);
}

#[test]
fn nothing_is_granted_to_what_no_label_tells_apart() {
    let mut documents = vec![pod("mine", "web", "app: x"), pod("other", "db", "app: x")];
    documents.extend(tcp());
    let translation = plain(&documents);
    let deny = json!({"action": "ALLOW", "selector": {"matchLabels": {"app": "x"}}});
    assert_eq!(specs(&translation, "AuthorizationPolicy"), [deny]);
    let error = find(&translation, "ISTIO-SELECTOR-1").unwrap();
    assert_eq!(error.severity, Severity::Error);
    assert!(error.message.contains("Pod shop/other"), "{}", error.message);
}

#[test]
fn a_workload_without_labels_stays_open() {
    let mut documents = vec![pod("mine", "web", "")];
    documents.extend(tcp());
    let translation = plain(&documents);
    assert!(translation.manifests.is_empty());
    assert!(find(&translation, "ISTIO-SELECTOR-2").unwrap().effect.contains("open"));
}

#[test]
fn without_a_workload_nothing_is_selected() {
    let translation = plain(&tcp());
    assert!(translation.manifests.is_empty());
    assert_eq!(find(&translation, "ISTIO-WORKLOAD-1").unwrap().severity, Severity::Error);
    let whole = Options { missing_services: MissingServices::Exclude, ..Options::default() };
    let translation = translated(&tcp(), whole, IstioOptions::default());
    assert_eq!(find(&translation, "ISTIO-WORKLOAD-1").unwrap().severity, Severity::Info);
}

#[test]
fn a_label_that_says_the_account_selects_before_there_are_workloads() {
    let label = Options { service_account_label: Some("sa".to_owned()), ..Options::default() };
    let translation = translated(&tcp(), label, IstioOptions::default());
    let policies = specs(&translation, "AuthorizationPolicy");
    assert_eq!(policies[0]["selector"], json!({"matchLabels": {"sa": "web"}}));
    assert!(find(&translation, "ISTIO-WORKLOAD-1").is_none());
}

#[test]
fn unguarded_workloads_are_warned_about() {
    for spec in [
        "metadata: {labels: {app: web}}, spec: {serviceAccountName: web, hostNetwork: true}",
        "metadata: {labels: {app: web, sidecar.istio.io/inject: \"false\"}}, spec: {serviceAccountName: web}",
        "metadata: {labels: {app: web}, annotations: {traffic.sidecar.istio.io/excludeInboundPorts: \"80\"}}, spec: {serviceAccountName: web}",
    ] {
        let workload = format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: shop}}\nspec: {{selector: {{matchLabels: {{app: web}}}}, template: {{{spec}}}}}\n"
        );
        let mut documents = vec![workload];
        documents.extend(tcp());
        let translation = plain(&documents);
        assert!(find(&translation, "ISTIO-WORKLOAD-2").is_some(), "{spec}");
        assert_eq!(specs(&translation, "AuthorizationPolicy").len(), 1);
    }
}

#[test]
fn a_namespace_may_deny_by_default() {
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {adapters.smi-spec.io/deny-by-default: \"true\"}}\n";
    let documents = [namespace.to_owned(), pod("gateway", "gateway", "istio: ingressgateway")];
    let options = Options { access_scope: smi_translate::AccessScope::Namespaces, ..Options::default() };
    let translation = translated(&documents, options, IstioOptions::default());
    assert_eq!(specs(&translation, "AuthorizationPolicy"), [json!({"action": "ALLOW"})]);
    assert_eq!(translation.manifests[0].name, "smi-deny-by-default");
    assert!(find(&translation, "ISTIO-NAMESPACE-1").unwrap().message.contains("Pod shop/gateway"));
}

#[test]
fn a_user_s_policy_is_named_and_kept() {
    let own = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: own, namespace: shop}\nspec: {rules: [{}]}\n";
    let mut documents = vec![web(), own.to_owned()];
    documents.extend(tcp());
    let mut reader = smi_translate::read::Reader::new(smi_translate::read::ReadOptions {
        foreign_kinds: &crate::claims::FOREIGN_KINDS,
        ..smi_translate::read::ReadOptions::default()
    });
    reader.add("input.yaml", documents.join("---\n").as_bytes());
    let inventory = reader.finish(Options::default()).inventory;
    let translation = smi_translate::translate(&inventory, &crate::Istio::default());
    assert!(find(&translation, "ISTIO-POLICY-1").is_some(), "{:?}", translation.diagnostics);
    assert_eq!(translation.manifests.len(), 1);
}
