//! Probes of pods, which come without an identity.

use serde_json::json;
use smi_translate::Options;

use super::{codes, group, http, of, plain, route, target, tcp, translated, web};
use crate::LinkerdOptions;

/// `web` with these probes.
pub(super) fn probed(ports: &str, probes: &str) -> String {
    web(ports).replace("containers: [{name: c,", &format!("containers: [{{name: c, {probes},"))
}

#[test]
fn the_probes_of_the_pods_get_a_route_where_requests_have_one() {
    let probes = "livenessProbe: {httpGet: {port: http, path: /healthz}}, readinessProbe: {httpGet: {port: 9000, path: /ready}}, startupProbe: {grpc: {port: 80}}";
    let documents = [
        probed("{name: http, containerPort: 80}", probes),
        group("g", "{name: m}"),
        route("TCPRoute", "r", "80"),
        target("t", &["a"], &format!("{}, {}", http("g"), tcp("r"))),
    ];
    let translation = plain(&documents);
    assert_eq!(codes(&translation), ["LINKERD-PROBE-1"]);
    assert_eq!(of(&translation, "Server").len(), 2, "port 9000 is known by its probe");
    let routes = of(&translation, "HTTPRoute");
    let paths = |route: &serde_json::Value| route["spec"]["rules"][0]["matches"][0]["path"]["value"].clone();
    assert_eq!(routes.len(), 3, "port 9000 has a route too: Linkerd's own would let in everybody");
    assert_eq!(paths(&routes[1]), "/ready");
    let matches = routes[0]["spec"]["rules"][0]["matches"].as_array().unwrap();
    let asked: Vec<_> = matches.iter().map(|one| (&one["method"], &one["path"]["value"])).collect();
    assert_eq!(
        asked,
        [(&json!("POST"), &json!("/grpc.health.v1.Health/Check")), (&json!("GET"), &json!("/healthz"))]
    );
}

#[test]
fn probes_that_linkerd_denies_are_named() {
    let documents = |probe: &str, annotation: &str| {
        let web = probed("{containerPort: 80}", &format!("livenessProbe: {{httpGet: {probe}}}"));
        let web = web.replace(
            "labels: {app: web}}, spec",
            &format!("labels: {{app: web}}, annotations: {{{annotation}}}}}, spec"),
        );
        [web, group("g", "{name: m}"), target("t", &["a"], &http("g"))]
    };
    let tls = plain(&documents("{port: 80, scheme: HTTPS}", ""));
    assert!(codes(&tls).contains(&"LINKERD-PROBE-3"), "{:?}", codes(&tls));
    let opaque = plain(&documents("{port: 80}", "config.linkerd.io/opaque-ports: '80'"));
    assert!(codes(&opaque).contains(&"LINKERD-PROBE-3"), "{:?}", codes(&opaque));
    assert!(!codes(&plain(&documents("{port: 80}", ""))).contains(&"LINKERD-PROBE-3"));
}

#[test]
fn without_a_route_of_ours_linkerd_would_let_in_whoever_asks_for_the_path_of_a_probe() {
    let documents = |probe: &str, rules: &str| {
        [
            probed("{containerPort: 80}", &format!("livenessProbe: {probe}")),
            route("TCPRoute", "r", "80"),
            target("t", &["a"], rules),
        ]
    };
    let get = "{httpGet: {port: 80, path: /up}}";
    let nowhere = LinkerdOptions { probe_networks: [].into(), ..LinkerdOptions::default() };
    let paths = |translation: &smi_translate::Translation| -> Vec<String> {
        let routes = of(translation, "HTTPRoute");
        let path = |route: &serde_json::Value| {
            route["spec"]["rules"][0]["matches"][0]["path"]["value"].as_str().unwrap().to_owned()
        };
        routes.iter().map(path).collect()
    };
    for rules in [&tcp("r"), ""] {
        let open = plain(&documents(get, rules));
        assert_eq!(paths(&open)[0], "/up", "{rules}");
        assert!(codes(&open).contains(&"LINKERD-PROBE-1"), "{:?}", codes(&open));
        // The last two: no route says these probes, or nobody may send them; requests find one that lets in nobody.
        let closed = translated(&documents(get, rules), Options::default(), nowhere.clone());
        let unsayable = plain(&documents("{httpGet: {port: 80, path: //host/up}}", rules));
        let tls = plain(&documents("{httpGet: {port: 80, scheme: HTTPS}}", rules));
        for denied in [closed, unsayable] {
            assert_eq!(paths(&denied), ["/"], "{rules}");
            assert!(codes(&denied).contains(&"LINKERD-PROBE-3"), "{:?}", codes(&denied));
        }
        // Where only connections are granted, the port is opaque, and no route is looked at.
        assert_eq!(paths(&tls).len(), usize::from(rules.is_empty()));
    }
}

#[test]
fn probes_that_nobody_knows_of_are_said_to_stay_open() {
    let documents = [
        group("g", "{name: m, methods: [PURGE]}"),
        route("TCPRoute", "r", "80"),
        target("t", &["a"], &format!("{}, {}", http("g"), tcp("r"))),
    ];
    let options = || Options { service_account_label: Some("account".to_owned()), ..Options::default() };
    let open = translated(&documents, options(), LinkerdOptions::default());
    assert!(codes(&open).contains(&"LINKERD-PROBE-1"), "{:?}", codes(&open));
    assert_eq!(of(&open, "HTTPRoute").len(), 0);
    let nowhere = LinkerdOptions { probe_networks: [].into(), ..LinkerdOptions::default() };
    let closed = translated(&documents, options(), nowhere);
    assert!(codes(&closed).contains(&"LINKERD-PROBE-2"), "{:?}", codes(&closed));
    assert_eq!(of(&closed, "HTTPRoute").len(), 1);
}

#[test]
fn a_grpc_probe_has_a_route_even_where_nothing_is_granted() {
    let grpc = "livenessProbe: {grpc: {port: 9000}}";
    let documents = |rules: &str| {
        [
            probed("{containerPort: 80}", grpc),
            group("g", "{name: m}"),
            route("TCPRoute", "r", "9000"),
            target("t", &["a"], rules),
        ]
    };
    // Linkerd's own route is for httpGet probes.
    let denied = plain(&documents(&format!("{}, {}", http("g"), tcp("r"))));
    let only_probe = plain(&documents(&http("g")));
    for translation in [denied, only_probe] {
        let routes = of(&translation, "HTTPRoute");
        let paths = routes.iter().map(|route| &route["spec"]["rules"][0]["matches"][0]["path"]["value"]);
        assert!(paths.into_iter().any(|path| path == "/grpc.health.v1.Health/Check"), "{routes:#?}");
    }
    let bare = [
        probed("{containerPort: 80}", "livenessProbe: {httpGet: {port: 80, path: healthz}}"),
        target("t", &["a"], ""),
    ];
    assert_eq!(of(&plain(&bare), "HTTPRoute").len(), 1, "Linkerd's own does not know a path without a slash");
    // Who may send anything to the port finds a route for it.
    let granted = plain(&documents(&tcp("r")));
    let routes = of(&granted, "HTTPRoute");
    assert_eq!(routes.len(), 2, "{routes:#?}");
    assert_eq!(
        routes[1]["spec"]["rules"][0]["matches"][0]["path"],
        json!({"type": "PathPrefix", "value": "/"})
    );
}

#[test]
fn a_match_that_could_be_taken_for_a_probe_is_for_its_callers_alone() {
    let documents = [
        probed("{containerPort: 80}", "livenessProbe: {httpGet: {port: 80, path: /healthz}}"),
        group("g", "{name: m, pathRegex: '/.*', headers: [{user-agent: '.*', accept: '.*'}]}"),
        target("t", &["a"], &http("g")),
    ];
    let routes = of(&plain(&documents), "HTTPRoute");
    let headers = routes[1]["spec"]["rules"][0]["matches"][0]["headers"].as_array().unwrap();
    assert!(headers.iter().any(|header| header["name"] == "l5d-client-id"), "{headers:#?}");
    let alike = LinkerdOptions { per_identity_routes: false, ..LinkerdOptions::default() };
    let translation = translated(&documents, Options::default(), alike);
    assert!(codes(&translation).contains(&"LINKERD-PROBE-3"), "{:?}", codes(&translation));
}

#[test]
fn who_is_granted_what_a_kubelet_asks_is_let_in_from_anywhere() {
    let documents = [
        probed(
            "{containerPort: 80}",
            "livenessProbe: {httpGet: {port: 80, path: /healthz}}, readinessProbe: {httpGet: {port: 80, path: /ready}}",
        ),
        group("g", "{name: m, pathRegex: '/h.*', methods: [GET]}"),
        target("t", &["a"], &http("g")),
    ];
    let policies = |translation: &smi_translate::Translation| {
        let route =
            |policy: &serde_json::Value| policy["spec"]["targetRef"]["name"].as_str().unwrap().to_owned();
        let all = of(translation, "AuthorizationPolicy");
        let mut routes: Vec<String> = all.iter().map(route).filter(|name| name.contains("probes")).collect();
        routes.sort();
        routes
    };
    assert_eq!(policies(&plain(&documents)).len(), 1, "the network of everybody");
    let near = LinkerdOptions {
        probe_networks: ["10.0.0.0/8".parse().unwrap()].into(),
        ..LinkerdOptions::default()
    };
    let found = policies(&translated(&documents, Options::default(), near));
    assert_eq!(found.len(), 3, "for the probe that is granted, its callers too: {found:?}");
    assert_eq!(found.iter().collect::<std::collections::BTreeSet<_>>().len(), 2);
}
