//! Access: what the TrafficTargets of one service account mean together.

use smi_translate::intent::{AccessIntent, Account};
use smi_translate::read::{Input, ReadOptions, Reader};
use smi_translate::{AccessRequest, HttpRequest, Identity, Options, Peer, Traffic, decide, resolve_access};

fn read(text: &str) -> Input {
    let mut reader = Reader::new(ReadOptions::default());
    reader.add("access.yaml", text.as_bytes());
    reader.finish(Options::default())
}

fn intent(input: &Input, account: &str) -> AccessIntent {
    let (namespace, name) = account.split_once('/').expect("namespace and name");
    resolve_access(&input.inventory, &Account::new(namespace, name)).intent
}

fn request(from: &str, port: u16, traffic: Traffic) -> AccessRequest {
    let (namespace, name) = from.split_once('/').expect("namespace and name");
    let identity = Identity::Account(Account::new(namespace, name));
    AccessRequest { source: Some(Peer { identity, labels: None }), destination: None, port, traffic }
}

fn get(path: &str) -> Traffic {
    let request = HttpRequest { method: "GET".to_owned(), path: path.to_owned(), headers: Vec::new() };
    Traffic::Http(request)
}

const ROUTES: &str = "
apiVersion: specs.smi-spec.io/v1alpha4
kind: TCPRoute
metadata: {name: port}
spec: {matches: {ports: [8080]}}
---
apiVersion: specs.smi-spec.io/v1alpha4
kind: HTTPRouteGroup
metadata: {name: routes}
spec: {matches: [{name: api, pathRegex: /api}, {name: metrics, pathRegex: /metrics, methods: [GET]}]}
---
";

const TARGET: &str = "
apiVersion: access.smi-spec.io/v1alpha3
kind: TrafficTarget
metadata: {name: target}
spec:
  destination: {kind: ServiceAccount, name: api}
  rules: [{kind: TCPRoute, name: port}, {kind: HTTPRouteGroup, name: routes, matches: [api]}]
  sources: [{kind: ServiceAccount, name: website}]
---
";

fn workload(name: &str, account: &str, selector: &str, labels: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}}}\nspec:\n  selector: {{matchLabels: {{{selector}}}}}\n  \
         template:\n    metadata: {{labels: {{{labels}}}}}\n    spec: {{serviceAccountName: {account}, containers: [{{name: c}}]}}\n---\n"
    )
}

#[test]
fn ports_qualify_matches() {
    let input = read(&format!("{ROUTES}{TARGET}"));
    assert_eq!(input.diagnostics, []);
    let intent = intent(&input, "default/api");
    let allowed = |from, port, traffic| decide(&intent, &request(from, port, traffic)).allowed;
    assert!(allowed("default/website", 8080, get("/api")));
    assert!(allowed("default/website", 8080, get("/apix?y=1")));
    assert!(!allowed("default/website", 9090, get("/api")));
    assert!(!allowed("default/website", 8080, get("/metrics")));
    assert!(!allowed("default/website", 8080, Traffic::Tcp));
    assert!(!allowed("default/website", 8080, Traffic::Udp));
    assert!(!allowed("other/website", 8080, get("/api")));
    let nobody = AccessRequest { source: None, ..request("a/b", 8080, get("/api")) };
    assert_eq!(decide(&intent, &nobody).rule, "SMI-ACCESS-5");
    assert_eq!(
        decide(&intent, &request("default/website", 8080, get("/api"))).by,
        Some(intent.targets[0].clone())
    );
}

#[test]
fn a_missing_route_grants_nothing_and_still_counts() {
    let without_port = ROUTES.replace("name: port", "name: other");
    let input = read(&format!("{without_port}{TARGET}"));
    let intent = intent(&input, "default/api");
    assert!(intent.grants.is_empty());
    assert_eq!(intent.targets.len(), 1, "the destination stays in scope");
}

#[test]
fn a_broken_target_protects_its_destination() {
    for broken in [
        TARGET.replace("name: api}", "name: api, port: 8080}"),
        format!("{TARGET}{}", TARGET.replace("[api]", "[metrics]")),
        TARGET.replace("matches: [api]", "matches: api"),
    ] {
        let input = read(&format!("{ROUTES}{broken}"));
        assert!(!input.diagnostics.is_empty());
        let intent = intent(&input, "default/api");
        assert_eq!((intent.grants.len(), intent.targets.len()), (0, 1), "{broken}");
    }
}

#[test]
fn selectors_are_proved_to_reach_nobody_else() {
    let select = |others: &str| {
        let own = workload("api", "api", "app: api", "app: api, tier: back");
        let input = read(&format!("{ROUTES}{TARGET}{own}{others}"));
        let intent = intent(&input, "default/api");
        let labels: Vec<Vec<String>> =
            intent.selections.iter().map(|s| s.labels.keys().cloned().collect()).collect();
        (labels, intent.inseparable.len())
    };
    let keys = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(select(""), (vec![keys(&["app"])], 0));
    assert_eq!(select(&workload("web", "web", "app: web", "app: web")), (vec![keys(&["app"])], 0));
    assert_eq!(select(&workload("web", "web", "app: api", "app: api")), (vec![keys(&["app", "tier"])], 0));
    let same = workload("web", "web", "app: api", "app: api, tier: back, more: x");
    assert_eq!(select(&same), (vec![], 1));
    let second = workload("api-2", "api", "app: api", "app: api, version: b");
    assert_eq!(select(&second), (vec![keys(&["app"])], 0));
    let unreadable = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {app: [1]}}\n---\n";
    assert_eq!(select(unreadable), (vec![], 1));
}

#[test]
fn a_binding_reaches_the_workloads_it_selects_and_no_others() {
    let binding = "apiVersion: access.smi-spec.io/v1alpha4\nkind: IdentityBinding\nmetadata: {name: canary}\nspec: {schemes: \
                   {podLabelSelector: {matchLabels: {track: canary}}}}\n---\n";
    let target = TARGET.replace("v1alpha3", "v1alpha4").replace(
        "kind: ServiceAccount, name: api",
        "kind: IdentityBinding, name: canary, group: access.smi-spec.io",
    );
    let stable = workload("stable", "api", "app: api", "app: api");
    let canary = workload("canary", "api", "app: api, track: canary", "app: api, track: canary");
    let input = read(&format!("{ROUTES}{binding}{target}{stable}{canary}"));
    let intent = intent(&input, "default/api");
    let grants: Vec<(usize, usize)> =
        intent.selections.iter().map(|s| (s.labels.len(), s.grants.len())).collect();
    assert_eq!(grants, [(2, 1)]);
    assert_eq!(intent.unprotected.len(), 1, "the other workload is nobody's destination");
    let labels =
        |track: &str| [("app", "api"), ("track", track)].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    let at = |track| AccessRequest {
        destination: Some(labels(track)),
        ..request("default/website", 8080, get("/api"))
    };
    assert!(decide(&intent, &at("canary")).allowed);
    assert!(!decide(&intent, &at("stable")).allowed);
    assert!(
        !decide(&intent, &request("default/website", 8080, get("/api"))).allowed,
        "not every pod is reached"
    );
}

/// A match that cannot be read matches nothing. Where the annotation of an earlier conversion leaves out another one, it must not be taken
/// for a match without conditions.
#[test]
fn an_unreadable_match_stays_so_where_another_is_left_out() {
    let patterns: Vec<String> = (0..100).map(|n| format!("\"{n}\"")).collect();
    let header = "h".repeat(50_000);
    let carrier = format!(
        r#"{{"v":1,"from":"v1alpha3","data":{{"duplicateHeaders":[{{"match":"large","index":0,"header":"{header}","patterns":[{}]}}]}}}}"#,
        patterns.join(",")
    );
    let routes = format!(
        "
apiVersion: specs.smi-spec.io/v1alpha4
kind: HTTPRouteGroup
metadata: {{name: routes, annotations: {{adapters.smi-spec.io/smi-conversion: '{carrier}'}}}}
spec: {{matches: [{{name: large, pathRegex: /large}}, {{name: api, pathRegex: [/api]}}]}}
---
{TARGET}"
    );
    let input = read(&routes.replace("{kind: TCPRoute, name: port}, ", ""));
    let intent = intent(&input, "default/api");
    for path in ["/large", "/api", "/other"] {
        let decision = decide(&intent, &request("default/website", 8080, get(path)));
        assert!(!decision.allowed, "{path}: {decision:?}");
    }
}
