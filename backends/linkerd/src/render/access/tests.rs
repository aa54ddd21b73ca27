//! What becomes of TrafficTargets, from text to objects.

mod probes;
mod selectors;

use serde_json::{Value, json};
use smi_translate::read::{ReadOptions, Reader};
use smi_translate::{Options, Translation, translate};

use crate::{Linkerd, LinkerdOptions, admission};

/// A workload of the service account `web` in the namespace `shop`.
pub(super) fn web(ports: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: shop}}\nspec:\n\
         \x20 selector: {{matchLabels: {{app: web}}}}\n  template: {{metadata: {{labels: {{app: web}}}}, spec: {{serviceAccountName: web, containers: [{{name: c, ports: [{ports}]}}]}}}}\n"
    )
}

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

pub(super) fn http(group: &str) -> String {
    format!("{{kind: HTTPRouteGroup, name: {group}}}")
}

pub(super) fn tcp(route: &str) -> String {
    format!("{{kind: TCPRoute, name: {route}}}")
}

pub(super) fn translated(documents: &[String], options: Options, linkerd: LinkerdOptions) -> Translation {
    let mut reader = Reader::new(ReadOptions::default());
    reader.add("input.yaml", documents.join("---\n").as_bytes());
    let translation = translate(&reader.finish(options).inventory, &Linkerd::new(linkerd));
    check(&translation);
    translation
}

/// What holds of every translation: Linkerd takes the objects, none is written twice, and stages do not go back.
fn check(translation: &Translation) {
    let mut names = std::collections::BTreeSet::new();
    for manifest in &translation.manifests {
        let object = serde_json::to_value(manifest).unwrap();
        assert_eq!(admission::check(&object), Vec::<String>::new(), "{object:#}");
        assert!(names.insert((manifest.kind, manifest.name.clone())), "{} twice", manifest.name);
    }
    assert!(translation.manifests.windows(2).all(|pair| pair[0].stage <= pair[1].stage));
    assert!(!translation.diagnostics.iter().any(|d| d.code.0 == "SMI-LOSS-1"));
}

pub(super) fn plain(documents: &[String]) -> Translation {
    translated(documents, Options::default(), LinkerdOptions::default())
}

/// The objects of a kind.
pub(super) fn of(translation: &Translation, kind: &str) -> Vec<Value> {
    let manifests = translation.manifests.iter().filter(|manifest| manifest.kind == kind);
    manifests.map(|manifest| serde_json::to_value(manifest).unwrap()).collect()
}

pub(super) fn codes(translation: &Translation) -> Vec<&'static str> {
    let ours = translation.diagnostics.iter().map(|d| d.code.0).filter(|code| code.starts_with("LINKERD-"));
    let mut codes: Vec<_> = ours.filter(|code| *code != "LINKERD-OPEN-1").collect();
    codes.sort_unstable();
    codes
}

const P80: &str = "{containerPort: 80}";

#[test]
fn the_example_of_the_reference() {
    let documents = [
        web("{containerPort: 8080}"),
        group("api", "{name: metrics, pathRegex: /metrics$, methods: [GET]}"),
        target("t", &["prometheus"], &http("api")),
    ];
    let translation = plain(&documents);
    let kinds: Vec<_> = translation.manifests.iter().map(|manifest| manifest.kind).collect();
    assert_eq!(kinds, ["MeshTLSAuthentication", "HTTPRoute", "AuthorizationPolicy", "Server"]);
    let object = |index: usize| serde_json::to_value(&translation.manifests[index]).unwrap();
    let name = |index: usize| object(index)["metadata"]["name"].clone();
    assert_eq!(
        object(0)["spec"],
        json!({"identityRefs": [{"kind": "ServiceAccount", "name": "prometheus", "namespace": "front"}]})
    );
    assert_eq!(object(1)["apiVersion"], "policy.linkerd.io/v1beta3");
    let metrics = json!({"path": {"type": "Exact", "value": "/metrics"}, "method": "GET"});
    let server = json!({"group": "policy.linkerd.io", "kind": "Server", "name": name(3)});
    assert_eq!(object(1)["spec"], json!({"parentRefs": [server], "rules": [{"matches": [metrics]}]}));
    let expected = json!({
        "targetRef": {"group": "policy.linkerd.io", "kind": "HTTPRoute", "name": name(1)},
        "requiredAuthenticationRefs": [{"group": "policy.linkerd.io", "kind": "MeshTLSAuthentication", "name": name(0)}],
    });
    assert_eq!(object(2)["spec"], expected);
    let expected = json!({
        "podSelector": {"matchLabels": {"linkerd.io/proxy-deployment": "web"}}, "port": 8080, "proxyProtocol": "unknown", "accessPolicy": "deny",
    });
    assert_eq!(object(3)["spec"], expected);
    assert_eq!(codes(&translation), Vec::<&str>::new());
}

#[test]
fn every_known_port_denies_what_is_not_granted() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}, {name: u, port: 53, protocol: UDP}]}\n";
    let documents = [
        web(
            "{containerPort: 9090}, {containerPort: 53, protocol: UDP}, {name: linkerd-proxy, containerPort: 4143}",
        ),
        service.to_owned(),
        route("TCPRoute", "r", "7000"),
        target("t", &["a"], &tcp("r")),
    ];
    let translation = plain(&documents);
    let ports: Vec<_> = of(&translation, "Server").iter().map(|s| s["spec"]["port"].clone()).collect();
    assert_eq!(ports, [7000, 8080, 9090]);
    let policies = of(&translation, "AuthorizationPolicy");
    assert_eq!(policies.len(), 1);
    assert_eq!(policies[0]["spec"]["targetRef"]["kind"], "Server");
    assert!(of(&translation, "HTTPRoute").is_empty());
    assert_eq!(codes(&translation), Vec::<&str>::new());
}

#[test]
fn nobody_is_let_in_by_an_empty_list() {
    for sources in [&[][..], &["'*'"]] {
        let documents = [web(P80), group("g", "{name: m}"), target("t", sources, &http("g"))];
        let translation = plain(&documents);
        assert!(of(&translation, "AuthorizationPolicy").is_empty());
        assert!(of(&translation, "MeshTLSAuthentication").is_empty());
        assert_eq!(of(&translation, "Server").len(), 1, "denied all the same");
    }
}

#[test]
fn ports_that_nobody_knows_cannot_be_guarded() {
    let all = [web(""), group("g", "{name: m}"), target("t", &["a"], &http("g"))];
    let translation = plain(&all);
    assert_eq!((translation.manifests.len(), codes(&translation)), (0, vec!["LINKERD-PORT-5"]));
    let listed = [web(""), route("TCPRoute", "r", "80"), target("t", &["a"], &tcp("r"))];
    let translation = plain(&listed);
    assert_eq!((of(&translation, "Server").len(), codes(&translation)), (1, vec![]));
}

#[test]
fn udp_is_named_and_left_alone() {
    let documents =
        [web(P80), route("UDPRoute", "r", "53"), target("t", &["a"], "{kind: UDPRoute, name: r}")];
    let translation = plain(&documents);
    assert_eq!(codes(&translation), ["LINKERD-UDP-1"]);
    assert!(of(&translation, "AuthorizationPolicy").is_empty());
}

#[test]
fn http_on_an_opaque_port_is_denied() {
    let opaque = web(P80).replace(
        "metadata: {labels",
        "metadata: {annotations: {config.linkerd.io/opaque-ports: 80-81}, labels",
    );
    let documents = [opaque, group("g", "{name: m}"), target("t", &["a"], &http("g"))];
    let translation = plain(&documents);
    assert_eq!(codes(&translation), ["LINKERD-PORT-6"]);
    assert_eq!(of(&translation, "Server")[0]["spec"]["proxyProtocol"], "opaque");
    assert!(of(&translation, "HTTPRoute").is_empty());
}

#[test]
fn probes_have_a_route_of_their_own_where_there_is_any() {
    let documents = [
        web("{containerPort: 80}, {containerPort: 81}"),
        group("g", "{name: m}"),
        route("TCPRoute", "r", "80"),
        target("t", &["a"], &format!("{}, {}", http("g"), tcp("r"))),
    ];
    let linkerd = LinkerdOptions {
        probe_paths: ["/healthz?full", "/ready"].iter().map(|p| p.parse().unwrap()).collect(),
        no_outage: true,
        ..LinkerdOptions::default()
    };
    let translation = translated(&documents, Options::default(), linkerd);
    assert_eq!(codes(&translation), ["LINKERD-PROBE-1"]);
    let routes = of(&translation, "HTTPRoute");
    assert_eq!(routes.len(), 2, "port 81 has no route");
    let probe = &routes[0]["spec"]["rules"][0]["matches"][0];
    assert_eq!(probe["path"], json!({"type": "Exact", "value": "/healthz"}));
    assert_eq!(probe["headers"][0]["value"], "^(kube-probe/.*)$");
    let networks = of(&translation, "NetworkAuthentication");
    assert_eq!(networks[0]["spec"], json!({"networks": [{"cidr": "0.0.0.0/0"}, {"cidr": "::/0"}]}));
    let denies = documents[0].replace(
        "labels: {app: web}}, spec",
        "labels: {app: web}, annotations: {config.linkerd.io/default-inbound-policy: deny}}, spec",
    );
    let closed = LinkerdOptions { no_outage: true, ..LinkerdOptions::default() };
    let before = translated(&[&[denies], &documents[1..]].concat(), Options::default(), closed);
    for server in of(&before, "Server") {
        assert_eq!(server["metadata"]["annotations"].get(crate::UNTIL_ACCEPTED_ANNOTATION), None);
    }
    let servers = of(&translation, "Server");
    let open = |server: &Value| server["metadata"]["annotations"][crate::UNTIL_ACCEPTED_ANNOTATION].clone();
    assert_eq!(servers.iter().map(open).collect::<Vec<_>>(), [json!("all-unauthenticated"), Value::Null]);
}

#[test]
fn the_ports_of_the_proxy_are_left_to_it() {
    let documents = [
        web("{containerPort: 80}, {name: linkerd-stats, containerPort: 9090}"),
        route("TCPRoute", "r", "4191"),
        target("t", &["a"], &tcp("r")),
    ];
    let translation = plain(&documents);
    let ports: Vec<_> =
        of(&translation, "Server").iter().map(|server| server["spec"]["port"].clone()).collect();
    assert_eq!(ports, [80, 9090]);
    assert_eq!(codes(&translation), ["LINKERD-PORT-8"]);
}

#[test]
fn a_port_is_opaque_where_nothing_speaks_http() {
    let protocol = |web: String| {
        let translation = plain(&[web, route("TCPRoute", "r", "80"), target("t", &["a"], &tcp("r"))]);
        of(&translation, "Server")[0]["spec"]["proxyProtocol"].clone()
    };
    assert_eq!(protocol(web("{containerPort: 80}")), "opaque");
    assert_eq!(protocol(web("{name: http-api, containerPort: 80}")), "unknown");
    assert_eq!(
        protocol(probes::probed("{containerPort: 80}", "livenessProbe: {httpGet: {port: 80}}")),
        "unknown"
    );
    let denied = plain(&[
        web("{containerPort: 80}, {containerPort: 81}"),
        route("TCPRoute", "r", "80"),
        target("t", &["a"], &tcp("r")),
    ]);
    assert_eq!(of(&denied, "Server")[1]["spec"]["proxyProtocol"], "unknown");
}

#[test]
fn what_the_namespace_says_is_true_of_its_pods() {
    let namespace = |annotations: &str| {
        format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: shop, annotations: {{{annotations}}}}}\n")
    };
    let said = |namespace: String| {
        let documents = [web(P80), group("g", "{name: m}"), target("t", &["a"], &http("g")), namespace];
        let translation = plain(&documents);
        let all =
            translation.diagnostics.iter().map(|d| d.code.0).filter(|code| code.starts_with("LINKERD-"));
        all.collect::<Vec<_>>()
    };
    let inject = "linkerd.io/inject: enabled";
    assert_eq!(
        said(namespace(&format!("{inject}, config.linkerd.io/default-inbound-policy: deny"))),
        ["LINKERD-OPEN-2"]
    );
    assert_eq!(said(namespace(inject)), ["LINKERD-OPEN-1"]);
    assert_eq!(said(namespace("")), ["LINKERD-WORKLOAD-2", "LINKERD-OPEN-1"]);
    assert!(
        said(namespace(&format!("{inject}, config.linkerd.io/opaque-ports: '80'")))
            .contains(&"LINKERD-PORT-6")
    );
}

#[test]
fn what_cannot_be_said_is_left_out_unless_the_rest_is_accepted() {
    let documents = [
        web(P80),
        group(
            "g",
            "{name: dav, methods: [PROPFIND, GET]}, {name: host, headers: {host: web}}, {name: own, headers: {l5d-client-id: a}}",
        ),
        target("t", &["a"], &http("g")),
    ];
    let translation = plain(&documents);
    assert!(codes(&translation).starts_with(&[
        "LINKERD-HEADER-1",
        "LINKERD-HEADER-2",
        "LINKERD-HOST-1",
        "LINKERD-METHOD-1"
    ]));
    assert!(of(&translation, "HTTPRoute").is_empty());
    assert_eq!(of(&translation, "Server").len(), 1);
    let mut options = Options::default();
    options.allow.extend(["LINKERD-METHOD-1", "LINKERD-HOST-1", "LINKERD-HEADER-1"].map(str::to_owned));
    let translation = translated(&documents, options, LinkerdOptions::default());
    let rules = of(&translation, "HTTPRoute")[0]["spec"]["rules"].clone();
    assert_eq!(rules, json!([{"matches": [{"method": "GET"}]}]));
}

#[test]
fn overlapping_targets_become_a_route_per_caller() {
    let documents = [
        web(P80),
        group("a", "{name: m, pathRegex: /a}"),
        group("b", "{name: m, pathRegex: '/.*b'}"),
        target("a", &["one"], &http("a")),
        target("b", &["two"], &http("b")),
    ];
    let translation = plain(&documents);
    let routes = of(&translation, "HTTPRoute");
    assert_eq!(routes.len(), 2);
    let mut identities: Vec<_> =
        routes.iter().map(|route| route["spec"]["rules"][0]["matches"][0]["headers"][0].clone()).collect();
    identities.sort_by_key(ToString::to_string);
    let one = json!({"name": "l5d-client-id", "type": "Exact", "value": "one.front.serviceaccount.identity.linkerd.cluster.local"});
    assert_eq!(identities[0], one);
    let forbidden = LinkerdOptions { per_identity_routes: false, ..LinkerdOptions::default() };
    let translation = translated(&documents, Options::default(), forbidden.clone());
    assert!(codes(&translation).contains(&"LINKERD-OVERLAP-1"));
    assert_eq!(of(&translation, "HTTPRoute").len(), 1, "the later target is left out");
    let mut options = Options::default();
    options.allow.insert("LINKERD-OVERLAP-1".to_owned());
    let translation = translated(&documents, options, forbidden);
    assert_eq!(of(&translation, "HTTPRoute").len(), 2);
}

#[test]
fn servers_with_the_same_grants_share_their_routes() {
    let documents = [
        web("{containerPort: 80}, {containerPort: 81}"),
        group("g", "{name: m}"),
        target("t", &["a"], &http("g")),
    ];
    let translation = plain(&documents);
    let routes = of(&translation, "HTTPRoute");
    assert_eq!(routes.len(), 1);
    assert_eq!(routes[0]["spec"]["parentRefs"].as_array().unwrap().len(), 2);
}

#[test]
fn sources_are_service_accounts_or_spiffe_ids_or_nobody() {
    let binding = "apiVersion: access.smi-spec.io/v1alpha4\nkind: IdentityBinding\nmetadata: {name: b, namespace: front}\nspec: {schemes: {spiffeIdentities: ['spiffe://other.example/x'], podLabelSelector: {matchLabels: {app: gone}}}}\n";
    let target = "apiVersion: access.smi-spec.io/v1alpha4\nkind: TrafficTarget\nmetadata: {name: t, namespace: shop}\nspec:\n\
        \x20 destination: {kind: ServiceAccount, name: web, namespace: shop}\n  sources: [{kind: IdentityBinding, name: b, namespace: front}, {kind: ServiceAccount, name: a, namespace: front}]\n  rules: [{kind: HTTPRouteGroup, name: g}]\n";
    let documents = [web(P80), group("g", "{name: m}"), binding.to_owned(), target.to_owned()];
    let translation = plain(&documents);
    assert!(codes(&translation).contains(&"LINKERD-SOURCE-1"));
    let mut authentications: Vec<Value> =
        of(&translation, "MeshTLSAuthentication").iter().map(|object| object["spec"].clone()).collect();
    authentications.sort_by_key(ToString::to_string);
    let refs = json!({"identityRefs": [{"kind": "ServiceAccount", "name": "a", "namespace": "front"}]});
    assert_eq!(authentications, [json!({"identities": ["spiffe://other.example/x"]}), refs]);
    assert_eq!(of(&translation, "AuthorizationPolicy").len(), 2, "either of them is enough");
}
