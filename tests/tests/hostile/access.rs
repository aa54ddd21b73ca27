//! Hostile access: nothing is granted that `decide` denies, the destination is guarded all the same, and what has no effect is named.

use std::cell::OnceCell;

use serde_json::{Value, json};
use smi_istio::{Istio, IstioOptions};
use smi_tests::fixture::FixtureOptions;
use smi_tests::istio_model::Payload;
use smi_tests::mesh::{Knock, MESHES, Model, Scene, TestedMesh};
use smi_translate::read::{ReadOptions, Reader};
use smi_translate::{
    AccessRequest, Account, Backend, Diagnostic, HttpRequest, Identity, Inventory, Options, Peer, Severity,
    Traffic, decide, resolve_access, translate,
};
use smi_types::spiffe::SpiffeId;

/// What became of some manifests in a mesh.
pub(super) struct Outcome {
    pub(super) mesh: TestedMesh,
    pub(super) objects: Vec<Value>,
    diagnostics: Vec<Diagnostic>,
    inventory: Inventory,
    manifests: Vec<Value>,
    /// Made when it is first asked.
    model: OnceCell<Box<dyn Model>>,
}

pub(super) fn run(mesh: TestedMesh, manifests: &[Value]) -> Outcome {
    run_with(mesh, manifests, Options::default(), &*mesh.default_backend())
}

pub(super) fn run_with(
    mesh: TestedMesh,
    manifests: &[Value],
    options: Options,
    backend: &dyn Backend,
) -> Outcome {
    let documents: Vec<String> = manifests.iter().map(Value::to_string).collect();
    let mut reader = Reader::new(ReadOptions::default());
    reader.add("hostile.json", documents.join("\n---\n").as_bytes());
    let input = reader.finish(options);
    let translation = translate(&input.inventory, backend);
    let object = |manifest| serde_json::to_value(manifest).expect("a rendered object is JSON");
    let objects: Vec<Value> = translation.manifests.iter().map(object).collect();
    let diagnostics = input.diagnostics.into_iter().chain(translation.diagnostics).collect();
    Outcome {
        mesh,
        objects,
        diagnostics,
        inventory: input.inventory,
        manifests: manifests.to_vec(),
        model: OnceCell::new(),
    }
}

/// The default installations, and Istio with exact conditions.
fn backends() -> Vec<(TestedMesh, Box<dyn Backend>)> {
    let exact = Istio::new(IstioOptions { exact: true, ..IstioOptions::default() });
    let mut backends: Vec<(TestedMesh, Box<dyn Backend>)> =
        MESHES.map(|mesh| (mesh, mesh.default_backend())).into();
    backends.push((TestedMesh::named("istio"), Box::new(exact)));
    backends
}

impl Outcome {
    fn model(&self) -> &dyn Model {
        let scene = Scene {
            rendered: &self.objects,
            written: &self.manifests,
            services: &[],
            options: self.inventory.options(),
            sections: &FixtureOptions::default(),
        };
        let set = || {
            self.mesh.model(&scene).unwrap_or_else(|refused| panic!("{} refuses {refused}", self.mesh.name))
        };
        &**self.model.get_or_init(set)
    }

    /// Whether a GET gets through to the pod of a Deployment that [`deployment`] makes; it must not where `decide` denies it.
    fn lets_in(&self, caller: &str, to: &str, path: &str) -> bool {
        let labels = [("app", to), ("all", "yes")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        let knock = Knock {
            principal: Some(caller.to_owned()),
            namespace: "shop".to_owned(),
            account: to.to_owned(),
            labels: Some(labels.clone().into()),
            port: 8080,
            payload: Payload::get(path, &[]),
        };
        let passes = self.model().admits(&knock).expect("a sidecar sees the request");
        let id = SpiffeId::parse(&format!("spiffe://{caller}")).expect("an identity");
        let trust_domain = &self.inventory.options().trust_domain;
        let request = AccessRequest {
            source: Some(Peer { identity: Identity::of(id, trust_domain), labels: None }),
            destination: Some(labels.into()),
            port: 8080,
            traffic: Traffic::Http(HttpRequest {
                method: "GET".to_owned(),
                path: path.to_owned(),
                headers: Vec::new(),
            }),
        };
        let intent = resolve_access(&self.inventory, &Account::new("shop", to)).intent;
        let allowed = decide(&intent, &request).allowed;
        assert!(!passes || allowed, "{}: {caller} reaches {path} of {to}", self.mesh.name);
        passes
    }

    /// Whether any object lets anybody in.
    pub(super) fn grants(&self) -> bool {
        let lets_in = |object: &&Value| {
            object["kind"] == "AuthorizationPolicy"
                && (!object["spec"]["rules"].is_null() || !object["spec"]["targetRef"].is_null())
        };
        self.objects.iter().any(|object| lets_in(&object))
    }

    /// The codes of warnings, losses and errors about an object.
    fn codes(&self, object: &str) -> Vec<&'static str> {
        let about = |d: &&Diagnostic| {
            d.severity > Severity::Info && d.object.as_ref().is_some_and(|o| o.to_string() == object)
        };
        let mut codes: Vec<_> = self.diagnostics.iter().filter(about).map(|d| d.code.0).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// Every object is small enough for the webhook and the API server.
    fn assert_bounded(&self) {
        for object in &self.objects {
            let rules = object["spec"]["rules"].as_array().map(Vec::len).unwrap_or_default();
            assert!(rules <= 512, "{}: {rules} rules", self.mesh.name);
            let size = object.to_string().len();
            assert!(size < 1_500_000, "{}: {size} bytes", self.mesh.name);
            assert_eq!((self.mesh.admission)(object), Vec::<String>::new(), "{object}");
        }
    }
}

const WEB: &str = "cluster.local/ns/shop/sa/web";

pub(super) fn named(kind: &str, version: &str, name: &str, spec: &Value) -> Value {
    json!({"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": "shop"}, "spec": spec})
}

/// A Deployment with a service account, an `app` label and a selector of its own name.
pub(super) fn deployment(name: &str) -> Value {
    named(
        "Deployment",
        "apps/v1",
        name,
        &json!({
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name, "all": "yes"}}, "spec": {"serviceAccountName": name, "containers": [{"name": "a", "ports": [{"containerPort": 8080}]}]}},
        }),
    )
}

pub(super) fn target(name: &str, spec: &Value) -> Value {
    named("TrafficTarget", "access.smi-spec.io/v1alpha4", name, spec)
}

/// Who may call `api`.
fn to_api(name: &str, rules: &Value, sources: &Value) -> Value {
    let destination = json!({"kind": "ServiceAccount", "name": "api"});
    target(name, &json!({"destination": destination, "rules": rules, "sources": sources}))
}

pub(super) fn group(name: &str, matches: &Value) -> Value {
    named("HTTPRouteGroup", "specs.smi-spec.io/v1alpha4", name, &json!({"matches": matches}))
}

pub(super) fn from_web() -> Value {
    json!([{"kind": "ServiceAccount", "name": "web"}])
}

pub(super) fn binding(name: &str, schemes: &Value) -> Value {
    named("IdentityBinding", "access.smi-spec.io/v1alpha4", name, &json!({"schemes": schemes}))
}

#[test]
fn targets_that_mean_nothing_guard_their_destination_and_say_so() {
    let any = json!([{"kind": "HTTPRouteGroup", "name": "g"}]);
    let group_and = |other: Value| json!([{"kind": "HTTPRouteGroup", "name": "g"}, other]);
    for (what, rules, sources) in [
        ("an absent group", json!([{"kind": "HTTPRouteGroup", "name": "absent"}]), from_web()),
        ("an absent route", json!([{"kind": "TCPRoute", "name": "absent"}]), from_web()),
        ("an absent qualifier", group_and(json!({"kind": "TCPRoute", "name": "absent"})), from_web()),
        (
            "an absent match",
            json!([{"kind": "HTTPRouteGroup", "name": "g", "matches": ["absent"]}]),
            from_web(),
        ),
        ("an empty group", json!([{"kind": "HTTPRouteGroup", "name": "empty"}]), from_web()),
        ("no rules", json!([]), from_web()),
        ("null rules", Value::Null, from_web()),
        ("a rule of an unknown kind", json!([{"kind": "GRPCRoute", "name": "g"}]), from_web()),
        ("a rule without a name", json!([{"kind": "HTTPRouteGroup"}]), from_web()),
        ("a qualifier without a name", group_and(json!({"kind": "TCPRoute"})), from_web()),
        (
            "a route without a port that is one",
            group_and(json!({"kind": "TCPRoute", "name": "zero"})),
            from_web(),
        ),
        ("no sources", any.clone(), json!([])),
        ("null sources", any.clone(), Value::Null),
        ("a source of an unknown kind", any.clone(), json!([{"kind": "Group", "name": "web"}])),
        ("everybody", any.clone(), json!([{"kind": "ServiceAccount", "name": "*"}])),
        ("a source without a name", any.clone(), json!([{"kind": "ServiceAccount"}])),
        (
            "a source in another group",
            any.clone(),
            json!([{"kind": "ServiceAccount", "name": "web", "group": "example.com"}]),
        ),
        ("an absent binding", any.clone(), json!([{"kind": "IdentityBinding", "name": "absent"}])),
        ("a binding of nobody", any.clone(), json!([{"kind": "IdentityBinding", "name": "nobody"}])),
    ] {
        let manifests = [
            deployment("api"),
            group("g", &json!([{"name": "m"}])),
            group("empty", &json!([])),
            named("TCPRoute", "specs.smi-spec.io/v1alpha4", "zero", &json!({"matches": {"ports": [0]}})),
            binding("nobody", &json!({})),
            to_api("t", &rules, &sources),
        ];
        for outcome in MESHES.map(|mesh| run(mesh, &manifests)) {
            assert!(!outcome.lets_in(WEB, "api", "/"), "{what}");
            assert!(!outcome.grants() && outcome.objects.len() == 1, "{what}: {:?}", outcome.objects);
            let said = ["TrafficTarget shop/t", "TCPRoute shop/zero", "HTTPRouteGroup shop/empty"]
                .iter()
                .any(|one| !outcome.codes(one).is_empty());
            assert!(said, "{what}: nothing is said");
        }
    }
}

#[test]
fn destinations_that_cannot_be_are_errors_and_write_nothing() {
    let any = json!([{"kind": "HTTPRouteGroup", "name": "g"}]);
    for destination in [
        json!({"kind": "ServiceAccount", "name": "api", "namespace": "kube-system"}),
        json!({"kind": "ServiceAccount"}),
        json!({"kind": "Group", "name": "api"}),
        Value::Null,
    ] {
        let spec = json!({"destination": destination, "rules": any, "sources": from_web()});
        let manifests = [deployment("api"), group("g", &json!([{"name": "m"}])), target("t", &spec)];
        for outcome in MESHES.map(|mesh| run(mesh, &manifests)) {
            assert_eq!(outcome.objects, Vec::<Value>::new(), "{destination}");
            let is_error = |d: &Diagnostic| d.severity == Severity::Error && d.object.is_some();
            assert!(outcome.diagnostics.iter().any(is_error), "{destination}");
        }
    }
}

#[test]
fn ten_thousand_targets_on_one_destination() {
    targets_on_one_destination(TestedMesh::named("linkerd"), 10_000);
    let outcome = targets_on_one_destination(TestedMesh::named("istio"), 10_000);
    let rules = outcome.objects.iter().filter_map(|object| object["spec"]["rules"].as_array());
    assert_eq!(rules.map(Vec::len).sum::<usize>(), 10_000);
    assert_eq!(outcome.objects.len(), 10_000_usize.div_ceil(512), "as few policies as possible");
}

fn targets_on_one_destination(mesh: TestedMesh, number: usize) -> Outcome {
    let mut manifests = vec![deployment("api")];
    for index in 0..number {
        manifests.push(group(
            &format!("g{index}"),
            &json!([{"name": "m", "pathRegex": format!("/orders/{index}$")}]),
        ));
        let rules = json!([{"kind": "HTTPRouteGroup", "name": format!("g{index}")}]);
        let caller = json!([{"kind": "ServiceAccount", "name": format!("caller-{index}")}]);
        manifests.push(to_api(&format!("t{index}"), &rules, &caller));
    }
    let outcome = run(mesh, &manifests);
    outcome.assert_bounded();
    for index in [0, 511, 512, number / 2, number - 1] {
        let caller = format!("cluster.local/ns/shop/sa/caller-{index}");
        assert!(outcome.lets_in(&caller, "api", &format!("/orders/{index}")));
        assert!(!outcome.lets_in(&caller, "api", &format!("/orders/{}", index + 1)));
        assert!(!outcome.lets_in(WEB, "api", &format!("/orders/{index}")));
    }
    outcome
}

#[test]
fn targets_alike_but_for_their_callers_share_rules() {
    let mut manifests = vec![deployment("api"), group("g", &json!([{"name": "m", "pathRegex": "/a$"}]))];
    for index in 0..2_000 {
        let rules = json!([{"kind": "HTTPRouteGroup", "name": "g"}]);
        manifests.push(to_api(
            &format!("t{index}"),
            &rules,
            &json!([{"kind": "ServiceAccount", "name": format!("caller-{index}")}]),
        ));
    }
    for outcome in MESHES.map(|mesh| run(mesh, &manifests)) {
        outcome.assert_bounded();
        let policies =
            outcome.objects.iter().filter(|object| object["kind"] == "AuthorizationPolicy").count();
        // Linkerd names a thousand callers at a time.
        assert!(policies <= 2, "{}: {policies}", outcome.mesh.name);
        assert!(outcome.lets_in("cluster.local/ns/shop/sa/caller-1999", "api", "/a"));
        assert!(!outcome.lets_in("cluster.local/ns/shop/sa/caller-2000", "api", "/a"));
    }
}

#[test]
fn twenty_thousand_matches() {
    for (mesh, backend) in backends() {
        let one = |index| json!({"name": format!("m{index}"), "pathRegex": format!("/orders/{index}$"), "methods": ["GET"]});
        let matches: Vec<Value> = (0..20_000).map(one).collect();
        let manifests = [
            deployment("api"),
            group("g", &json!(matches)),
            to_api("t", &json!([{"kind": "HTTPRouteGroup", "name": "g"}]), &from_web()),
        ];
        let outcome = run_with(mesh, &manifests, Options::default(), &*backend);
        outcome.assert_bounded();
        for index in [0, 10_000, 19_999] {
            assert!(outcome.lets_in(WEB, "api", &format!("/orders/{index}")), "{}: {index}", mesh.name);
        }
        assert!(!outcome.lets_in(WEB, "api", "/orders/20000"));
    }
}

#[test]
fn matches_that_differ_in_their_headers() {
    let matches: Vec<Value> = (0..2_000)
        .map(|index| json!({"name": format!("m{index}"), "headers": {"x-user": format!("user-{index}")}}))
        .collect();
    let manifests = [
        deployment("api"),
        group("g", &json!(matches)),
        to_api("t", &json!([{"kind": "HTTPRouteGroup", "name": "g"}]), &from_web()),
    ];
    for outcome in MESHES.map(|mesh| run(mesh, &manifests)) {
        outcome.assert_bounded();
        assert!(!outcome.lets_in(WEB, "api", "/"));
    }
}

#[test]
fn regular_expressions_that_explode() {
    let bombs = [
        "/(a|b)*".repeat(2_000),
        "(a{1,100}){1,100}".to_owned(),
        "/((a|b|c|d|e|f|g|h)(a|b|c|d|e|f|g|h)){6}$".to_owned(),
        format!("/{}$", "(a|b)".repeat(40)),
        format!("/{}$", "[a-z]?".repeat(60)),
        format!("/({})$", (0..3_000).map(|index| index.to_string()).collect::<Vec<_>>().join("|")),
        format!("{}a{}", "(".repeat(200), ")".repeat(200)),
        "/(.*a){20}$".to_owned(),
        "/[^/]+".repeat(500),
    ];
    for (mesh, backend) in backends() {
        for bomb in &bombs {
            for place in ["pathRegex", "header"] {
                let one = match place {
                    "pathRegex" => json!({"name": "bomb", "pathRegex": bomb}),
                    _ => json!({"name": "bomb", "headers": {"x-bomb": bomb}}),
                };
                let allow = mesh.codes.iter().map(|doc| doc.code.0.to_owned()).collect();
                let manifests = [
                    deployment("api"),
                    group("g", &json!([one, {"name": "good", "pathRegex": "/good$"}])),
                    to_api("t", &json!([{"kind": "HTTPRouteGroup", "name": "g"}]), &from_web()),
                ];
                let outcome = run_with(mesh, &manifests, Options { allow, ..Options::default() }, &*backend);
                let at = format!("{} {place} {}", mesh.name, &bomb[..bomb.len().min(60)]);
                outcome.assert_bounded();
                assert!(outcome.lets_in(WEB, "api", "/good"), "{at}");
                for path in ["/", "/a", "/ab", "/abab", "/17", "/x"] {
                    outcome.lets_in(WEB, "api", path);
                }
                let size: usize = outcome.objects.iter().map(|object| object.to_string().len()).sum();
                assert!(size < 200_000, "{size} bytes of {at}");
            }
        }
    }
}

#[test]
fn identities_that_look_like_others() {
    let ids = [
        "spiffe://*",
        "*",
        "spiffe://other.example/*",
        "spiffe://*/ns/shop/sa/web",
        "https://cluster.local/ns/shop/sa/web",
        "",
        "spiffe://",
        "spiffe:///ns/shop/sa/web",
        "spiffe://cluster.local",
        "spiffe://cluster.local/",
        "spiffe://cluster.local/ns/shop/sa/",
        "spiffe://cluster.local/ns/kube-system/sa/web",
        "spiffe://cluster.local/ns/kube-system/sa/web/",
        "SPIFFE://cluster.local/ns/lab/sa/web",
        "spiffe://CLUSTER.LOCAL/ns/lab/sa/web",
        "spiffe://cluster.local//ns/lab/sa/web",
        "spiffe://cluster.local/ns/lab/sa/web?x",
        "spiffe://cluster.local/ns/lab/../shop/sa/web",
        "spiffe://cluster.local/ns/lab/sa/web#x",
        "spiffe://user@cluster.local/ns/lab/sa/web",
        "spiffe://cluster.local:443/ns/lab/sa/web",
        "spiffe://other.example/ns/shop/sa/web",
        "spiffe://other.example/a*",
        "spiffe://cluster.local/ns/lab/sa/web/x",
        "spiffe://other.example/é",
        "spiffe://cluster.local/ns/lab/sa/w%65b",
    ];
    let callers = [
        WEB,
        "cluster.local/ns/lab/sa/web",
        "cluster.local/ns/kube-system/sa/web",
        "other.example/ns/shop/sa/web",
        "other.example/ns/lab/sa/web",
        "other.example/a",
        "other.example/ab",
        "mesh.example/ns/lab/sa/web",
        "mesh.example/ns/shop/sa/web",
        "mesh.example/ns/kube-system/sa/web",
        "cluster.local/ns/lab/sa/web/x",
        "mesh.example/ns/lab/sa/web/x",
    ];
    for (mesh, trust_domain) in
        MESHES.into_iter().flat_map(|mesh| [(mesh, "cluster.local"), (mesh, "mesh.example")])
    {
        for id in ids {
            let options = Options { trust_domain: trust_domain.to_owned(), ..Options::default() };
            let outcome = run_with(
                mesh,
                &[
                    deployment("api"),
                    group("g", &json!([{"name": "m"}])),
                    binding("b", &json!({"spiffeIdentities": [id]})),
                    to_api(
                        "t",
                        &json!([{"kind": "HTTPRouteGroup", "name": "g"}]),
                        &json!([{"kind": "IdentityBinding", "name": "b"}]),
                    ),
                ],
                options,
                &*mesh.default_backend(),
            );
            let admitted: Vec<_> =
                callers.iter().filter(|caller| outcome.lets_in(caller, "api", "/")).collect();
            assert!(admitted.len() <= 1, "{id} in {trust_domain} admits {admitted:?}");
            if admitted.is_empty()
                && !id.starts_with("spiffe://other.example/")
                && id != "spiffe://cluster.local"
            {
                let said = !outcome.codes("IdentityBinding shop/b").is_empty()
                    || !outcome.codes("TrafficTarget shop/t").is_empty();
                assert!(
                    said || trust_domain == "mesh.example" || id.ends_with("/x"),
                    "{id} in {trust_domain}: nothing is said"
                );
            }
        }
    }
}

#[test]
fn a_binding_of_everything_protects_everything_it_selects() {
    let names: Vec<String> = (0..50).map(|index| format!("w{index}")).collect();
    let mut manifests: Vec<Value> = names.iter().map(|name| deployment(name)).collect();
    manifests.push(group("g", &json!([{"name": "m", "pathRegex": "/a$"}])));
    manifests.push(binding("all", &json!({"podLabelSelector": {"matchLabels": {"all": "yes"}}})));
    let all = json!({"kind": "IdentityBinding", "name": "all"});
    manifests.push(target(
        "t",
        &json!({"destination": all, "rules": [{"kind": "HTTPRouteGroup", "name": "g"}], "sources": [all]}),
    ));
    for outcome in MESHES.map(|mesh| run(mesh, &manifests)) {
        for (index, name) in names.iter().enumerate() {
            let caller = format!("cluster.local/ns/shop/sa/w{}", (index + 1) % 50);
            assert!(outcome.lets_in(&caller, name, "/a"));
            assert!(!outcome.lets_in(&caller, name, "/b"));
            assert!(!outcome.lets_in(WEB, name, "/a"));
        }
    }
}

/// Workloads, each the destination of a target of its own; with one label that all have, or without.
fn each_a_destination(count: usize, common: bool) {
    let mut manifests = vec![group("g", &json!([{"name": "m", "pathRegex": "/a$"}]))];
    for index in 0..count {
        let name = format!("w{index}");
        let mut workload = deployment(&name);
        if !common {
            workload["spec"]["template"]["metadata"]["labels"] = json!({"app": name});
        }
        manifests.push(workload);
        let destination = json!({"kind": "ServiceAccount", "name": name});
        let rules = json!([{"kind": "HTTPRouteGroup", "name": "g"}]);
        let spec = json!({"destination": destination, "rules": rules, "sources": from_web()});
        manifests.push(target(&format!("t{index}"), &spec));
    }
    for outcome in MESHES.map(|mesh| run(mesh, &manifests)) {
        let selector = match outcome.mesh.name {
            "istio" => "/spec/selector/matchLabels",
            _ => "/spec/podSelector/matchLabels",
        };
        let selectors: Vec<&Value> =
            outcome.objects.iter().filter_map(|object| object.pointer(selector)).collect();
        assert_eq!(selectors.len(), count, "{}", outcome.mesh.name);
        for labels in selectors {
            assert_eq!(labels.as_object().map(serde_json::Map::len), Some(1), "{labels}");
        }
    }
}

#[test]
fn ten_thousand_workloads_each_a_destination() {
    each_a_destination(10_000, false);
}

#[test]
fn workloads_that_share_a_label() {
    each_a_destination(1_000, true);
}

#[test]
fn two_thousand_workloads_that_no_label_tells_apart() {
    let mut manifests = vec![group("g", &json!([{"name": "m"}]))];
    for index in 0..2_000 {
        let mut workload = deployment(&format!("w{index}"));
        // The injector of Linkerd has no label for these.
        workload["kind"] = json!("Rollout");
        workload["apiVersion"] = json!("argoproj.io/v1alpha1");
        workload["spec"]["selector"] = json!({"matchLabels": {"app": "same"}});
        workload["spec"]["template"]["metadata"]["labels"] = json!({"app": "same"});
        manifests.push(workload);
    }
    let destination = json!({"kind": "ServiceAccount", "name": "w7"});
    let rules = json!([{"kind": "HTTPRouteGroup", "name": "g"}]);
    manifests.push(target("t", &json!({"destination": destination, "rules": rules, "sources": from_web()})));
    for (mesh, code) in MESHES.into_iter().zip(["ISTIO-SELECTOR-1", "LINKERD-SELECTOR-1"]) {
        let outcome = run(mesh, &manifests);
        assert!(!outcome.grants());
        assert!(outcome.codes("TrafficTarget shop/t").contains(&code), "{:?}", outcome.diagnostics);
        let size: usize = outcome.diagnostics.iter().map(|d| d.message.len() + d.effect.len()).sum();
        assert!(size < 10_000, "{size} bytes said");
    }
}
