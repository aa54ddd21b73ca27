//! Which pods are guarded.

use smi_translate::facts::Labels;
use smi_translate::{MissingServices, Options};

use super::{codes, group, http, of, plain, route, target, tcp, translated, web};
use crate::LinkerdOptions;

const P80: &str = "{containerPort: 80}";

/// A workload whose pods Linkerd does not name after it.
fn rollout(name: &str, account: &str, labels: &str) -> String {
    other(name, account, labels)
        .replace("apps/v1", "argoproj.io/v1alpha1")
        .replace("kind: Deployment", "kind: Rollout")
}

fn other(name: &str, account: &str, labels: &str) -> String {
    let web = web(P80).replace("name: web, namespace", &format!("name: {name}, namespace"));
    let web = web.replace("serviceAccountName: web", &format!("serviceAccountName: {account}"));
    web.replace("{app: web}", labels)
}

fn documents(workloads: &[String]) -> Vec<String> {
    let rest = [group("g", "{name: m}"), target("t", &["a"], &http("g"))];
    workloads.iter().cloned().chain(rest).collect()
}

#[test]
fn workloads_that_no_label_tells_apart_are_denied() {
    let translation =
        plain(&documents(&[rollout("web", "web", "{app: web}"), other("other", "other", "{app: web}")]));
    assert!(codes(&translation).contains(&"LINKERD-SELECTOR-1"));
    assert_eq!(of(&translation, "Server").len(), 1);
    assert!(of(&translation, "AuthorizationPolicy").is_empty());
}

#[test]
fn a_server_of_an_inseparable_workload_may_deny_another_one() {
    // The Pod cannot be told from the Deployment of another account; its Server selects the pods of the third workload as well.
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: bare, namespace: shop, labels: {app: web}}\nspec: {serviceAccountName: web, containers: [{name: c, ports: [{containerPort: 80}]}]}\n";
    let translation = plain(&documents(&[web(P80), pod.to_owned(), other("other", "other", "{app: web}")]));
    assert!(codes(&translation).contains(&"LINKERD-SERVER-1"), "{:?}", codes(&translation));
}

#[test]
fn listed_ports_are_closed_too_where_nothing_tells_workloads_apart() {
    let rest = [route("TCPRoute", "r", "9999"), target("t", &["a"], &tcp("r"))];
    let workloads = [rollout("web", "web", "{app: web}"), other("other", "other", "{app: web}")];
    let translation = plain(&workloads.into_iter().chain(rest).collect::<Vec<_>>());
    let ports: Vec<_> =
        of(&translation, "Server").iter().map(|server| server["spec"]["port"].clone()).collect();
    assert_eq!(ports, [80, 9999]);
    assert!(translation.diagnostics.iter().any(|diagnostic| diagnostic.code.0 == "LINKERD-OPEN-1"));
}

#[test]
fn linkerd_s_own_label_tells_workloads_with_the_same_labels_apart() {
    let documents =
        documents(&[web(P80), other("second", "web", "{app: web}"), other("other", "other", "{app: web}")]);
    let translation = plain(&documents);
    let name = |server: &serde_json::Value| {
        let labels = &server["spec"]["podSelector"]["matchLabels"];
        labels["linkerd.io/proxy-deployment"].as_str().unwrap_or_default().to_owned()
    };
    let mut names: Vec<String> = of(&translation, "Server").iter().map(name).collect();
    names.sort();
    assert_eq!(names, ["second", "web"]);
    assert!(!codes(&translation).contains(&"LINKERD-SELECTOR-1"));
}

#[test]
fn pods_left_from_another_service_account_keep_the_label_from_being_used() {
    let old = "apiVersion: v1\nkind: Pod\nmetadata: {name: web-1, namespace: shop, labels: {app: web, linkerd.io/proxy-deployment: web}}\nspec: {serviceAccountName: old, containers: []}\n";
    let translation = plain(&documents(&[web(P80), old.to_owned()]));
    assert!(codes(&translation).contains(&"LINKERD-SELECTOR-1"), "{:?}", codes(&translation));
    assert!(of(&translation, "AuthorizationPolicy").is_empty());
}

#[test]
fn workloads_without_labels_stay_open_and_that_is_said() {
    let translation = plain(&documents(&[rollout("web", "web", "{}")]));
    assert!(codes(&translation).contains(&"LINKERD-SELECTOR-2"), "{:?}", codes(&translation));
    assert!(translation.manifests.is_empty());
}

#[test]
fn two_workloads_of_one_account_have_servers_of_their_own() {
    let translation = plain(&documents(&[web(P80), other("second", "web", "{app: second}")]));
    assert_eq!(of(&translation, "Server").len(), 2);
    assert_eq!(of(&translation, "HTTPRoute").len(), 1);
}

#[test]
fn two_servers_for_the_same_pods_may_grant_the_same() {
    // The first selects the pods of the second and third as well, and the second those of the first.
    let [one, two, three] = [
        rollout("one", "web", "{app: web, tier: x}")
            .replace("matchLabels: {app: web, tier: x}", "matchLabels: {app: web}"),
        rollout("two", "web", "{tier: x}"),
        rollout("three", "web", "{app: web, z: '1'}")
            .replace("matchLabels: {app: web, z: '1'}", "matchLabels: {z: '1'}"),
    ];
    let translation = plain(&documents(&[one, two, three]));
    let selectors: Vec<Labels> = of(&translation, "Server")
        .iter()
        .map(|server| serde_json::from_value(server["spec"]["podSelector"]["matchLabels"].clone()).unwrap())
        .collect();
    for labels in [&[("app", "web"), ("tier", "x")][..], &[("tier", "x")], &[("app", "web"), ("z", "1")]] {
        let pod = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        assert!(selectors.iter().any(|selector| smi_translate::facts::selects(selector, &pod)), "{pod:?}");
    }
    assert!(!codes(&translation).contains(&"LINKERD-SERVER-1"));
}

#[test]
fn a_destination_without_workloads_is_open_and_that_is_said() {
    let translation = plain(&documents(&[]));
    assert_eq!((translation.manifests.len(), codes(&translation)), (0, vec!["LINKERD-WORKLOAD-1"]));
    assert_eq!(translation.refused.len(), 1);
    let options = Options { missing_services: MissingServices::Exclude, ..Options::default() };
    let translation = translated(&documents(&[]), options, LinkerdOptions::default());
    assert_eq!((translation.refused.len(), codes(&translation)), (0, vec!["LINKERD-WORKLOAD-1"]));
}

#[test]
fn ways_past_the_proxy_are_named() {
    let annotated = |annotation: &str| {
        web(P80).replace("metadata: {labels", &format!("metadata: {{annotations: {{{annotation}}}, labels"))
    };
    for annotation in ["linkerd.io/inject: disabled", "config.linkerd.io/skip-inbound-ports: '80'"] {
        let translation = plain(&documents(&[annotated(annotation)]));
        assert!(codes(&translation).contains(&"LINKERD-WORKLOAD-2"), "{annotation}");
    }
    let says_open = |workload: String| {
        let translation = plain(&documents(&[workload]));
        translation.diagnostics.iter().any(|d| d.code.0 == "LINKERD-OPEN-1")
    };
    assert!(says_open(web(P80)));
    assert!(!says_open(annotated("config.linkerd.io/default-inbound-policy: deny")));
}

#[test]
fn servers_with_different_grants_for_the_same_pods_are_a_loss() {
    let binding = "apiVersion: access.smi-spec.io/v1alpha4\nkind: IdentityBinding\nmetadata: {name: first, namespace: shop}\nspec: {schemes: {podLabelSelector: {matchLabels: {app: web}}}}\n";
    let limited = "apiVersion: access.smi-spec.io/v1alpha4\nkind: TrafficTarget\nmetadata: {name: limited, namespace: shop}\nspec:\n\
        \x20 destination: {kind: IdentityBinding, name: first, namespace: shop}\n  sources: [{kind: ServiceAccount, name: a, namespace: front}]\n  rules: [{kind: TCPRoute, name: r}]\n";
    let workloads = [web(P80), other("second", "web", "{app: second}")];
    let mut documents = documents(&workloads);
    documents.extend([binding.to_owned(), limited.to_owned(), super::route("TCPRoute", "r", "80")]);
    let translation = plain(&documents);
    assert_eq!(of(&translation, "Server").len(), 2);
    let servers: Vec<_> = of(&translation, "AuthorizationPolicy")
        .into_iter()
        .filter(|policy| policy["spec"]["targetRef"]["kind"] == "Server")
        .collect();
    assert_eq!(servers.len(), 1, "the binding selects one of the two workloads");
}

#[test]
fn a_namespace_that_asks_for_deny_by_default_is_told_how() {
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {adapters.smi-spec.io/deny-by-default: 'true'}}\n";
    let options = Options { access_scope: smi_translate::AccessScope::Namespaces, ..Options::default() };
    let translation = translated(&[namespace.to_owned()], options, LinkerdOptions::default());
    assert_eq!((translation.manifests.len(), codes(&translation)), (0, vec!["LINKERD-NAMESPACE-1"]));
}
