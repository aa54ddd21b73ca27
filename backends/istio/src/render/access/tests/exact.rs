//! Conditions that only Envoy itself can compare.

use serde_json::{Value, json};
use smi_translate::{Options, Translation};

use super::{find, group, plain, route, rules, specs, target, translated, web};
use crate::IstioOptions;

fn exact(documents: &[String]) -> Translation {
    let istio = IstioOptions { exact: true, ..IstioOptions::default() };
    translated(documents, Options::default(), istio)
}

fn bookstore() -> [String; 4] {
    let matches = "{name: buy, pathRegex: '.*a-book.*new', methods: [GET], headers: {client-app: '.*-http-client/*.*', host: 'shop.*x'}}, \
        {name: home, pathRegex: /home$}";
    [
        web(),
        group("books", matches),
        route("TCPRoute", "p", "14001"),
        target("t", &["buyer"], "{kind: HTTPRouteGroup, name: books}, {kind: TCPRoute, name: p}"),
    ]
}

#[test]
fn what_cannot_be_said_is_compared_by_a_filter() {
    let translation = exact(&bookstore());
    assert!(translation.refused.is_empty(), "{:?}", translation.diagnostics);
    for code in ["ISTIO-PATH-2", "ISTIO-HEADER-2", "SMI-LOSS-1"] {
        assert!(find(&translation, code).is_none(), "{code}");
    }
    let kinds: Vec<&str> = translation.manifests.iter().map(|manifest| manifest.kind).collect();
    assert_eq!(kinds, ["EnvoyFilter", "AuthorizationPolicy"]);
    assert_eq!(translation.manifests[0].name, translation.manifests[1].name);
    let filter = &specs(&translation, "EnvoyFilter")[0];
    let patch = &filter["configPatches"][0];
    let config = &patch["patch"]["value"]["typed_config"];
    let prefix = config["shadow_rules_stat_prefix"].as_str().unwrap();
    assert!(prefix.starts_with("smi_") && prefix.ends_with('_') && prefix.len() == 21, "{prefix}");
    let header = |name: &str, matcher: Value| json!({"header": {"name": name, "string_match": matcher}});
    let regex = |regex: &str| json!({"safe_regex": {"regex": regex}});
    let conditions = json!([
        {"or_rules": {"rules": [header(":method", json!({"exact": "GET"}))]}},
        {"url_path": {"path": regex("(?:.*a-book.*new).*")}},
        header("client-app", regex(".*-http-client/*.*")),
        header(":authority", regex("shop.*x")),
    ]);
    assert_eq!(
        *filter,
        json!({
            "workloadSelector": {"labels": {"app": "web"}},
            "configPatches": [{
                "applyTo": "HTTP_FILTER",
                "match": {
                    "context": "SIDECAR_INBOUND",
                    "listener": {"filterChain": {"filter": {"name": "envoy.filters.network.http_connection_manager"}}},
                },
                "patch": {"operation": "INSERT_FIRST", "value": {
                    "name": "envoy.filters.http.rbac",
                    "typed_config": {
                        "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
                        "shadow_rules_stat_prefix": prefix,
                        "shadow_rules": {"action": "ALLOW", "policies": {"smi": {
                            "permissions": [{"and_rules": {"rules": conditions}}],
                            "principals": [{"any": true}],
                        }}},
                    },
                }},
            }],
        })
    );
    let from = json!([{"source": {"principals": ["cluster.local/ns/front/sa/buyer"]}}]);
    let key = format!("experimental.envoy.filters.http.rbac[{prefix}shadow_engine_result]");
    assert_eq!(
        rules(&translation),
        json!([
            {"from": from, "to": [{"operation": {"ports": ["14001"], "paths": ["/home"]}}]},
            {"from": from, "to": [{"operation": {"ports": ["14001"]}}], "when": [{"key": key, "values": ["allowed"]}]},
        ])
    );
}

#[test]
fn what_can_be_said_needs_no_filter() {
    let documents = [
        web(),
        group("g", "{name: m, pathRegex: /a}"),
        target("t", &["a"], "{kind: HTTPRouteGroup, name: g}"),
    ];
    let (with, without) = (exact(&documents), plain(&documents));
    assert!(specs(&with, "EnvoyFilter").is_empty());
    assert_eq!(rules(&with), rules(&without));
}

fn prefixes(translation: &Translation) -> Vec<String> {
    let filter = &specs(translation, "EnvoyFilter")[0];
    let patches = filter["configPatches"].as_array().unwrap().iter();
    let prefix =
        |patch: &Value| patch["patch"]["value"]["typed_config"]["shadow_rules_stat_prefix"].to_string();
    patches.map(prefix).collect()
}

#[test]
fn every_target_and_every_change_has_a_verdict_of_its_own() {
    let documents = |pattern: &str| {
        [
            web(),
            group("g", &format!("{{name: m, pathRegex: '{pattern}'}}")),
            target("t", &["a"], "{kind: HTTPRouteGroup, name: g}"),
            target("u", &["b"], "{kind: HTTPRouteGroup, name: g}"),
        ]
    };
    let before = prefixes(&exact(&documents("/a/[a-z]+")));
    assert_eq!(before.len(), 2, "one per target");
    assert_ne!(before[0], before[1]);
    // Else new callers could meet old conditions while only one of the two objects is written.
    let after = prefixes(&exact(&documents("/a/[a-y]+")));
    assert!(after.iter().all(|prefix| !before.contains(prefix)));
}

#[test]
fn what_envoy_would_refuse_is_left_out() {
    let documents = [
        web(),
        group("g", "{name: m, pathRegex: '/(abcdefghijklmnopqrstuvwxyz){999}$'}"),
        target("t", &["a"], "{kind: HTTPRouteGroup, name: g}"),
    ];
    let translation = exact(&documents);
    assert!(find(&translation, "ISTIO-REGEX-2").is_some(), "{:?}", translation.diagnostics);
    assert!(specs(&translation, "EnvoyFilter").is_empty());
    assert_eq!(rules(&translation), Value::Null);
}

#[test]
fn headers_that_are_empty_or_no_headers() {
    let documents = |name: &str| {
        [
            web(),
            group("g", &format!("{{name: m, headers: {{'{name}': ''}}}}")),
            target("t", &["a"], "{kind: HTTPRouteGroup, name: g}"),
        ]
    };
    let filter = specs(&exact(&documents("x-a")), "EnvoyFilter")[0].to_string();
    assert!(filter.contains(r#""regex":"()""#), "{filter}");
    // Envoy knows the path by this name, and SMI no header.
    let translation = exact(&documents(":path"));
    assert!(specs(&translation, "EnvoyFilter").is_empty());
    assert_eq!(rules(&translation), Value::Null);
}

#[test]
fn values_beyond_ascii_are_denied_where_envoy_reads_them_otherwise() {
    let documents = |pattern: &str| {
        [
            web(),
            group("g", &format!("{{name: m, headers: {{x-a: '{pattern}'}}}}")),
            target("t", &["a"], "{kind: HTTPRouteGroup, name: g}"),
        ]
    };
    // To Envoy, `é` is two characters.
    let translation = exact(&documents(".."));
    assert!(find(&translation, "ISTIO-HEADER-3").is_some());
    let filter = specs(&translation, "EnvoyFilter")[0].to_string();
    assert!(filter.contains(r#"{"not_rule":{"header":{"name":"x-a""#), "{filter}");
    let translation = exact(&documents(".*b.*"));
    assert!(find(&translation, "ISTIO-HEADER-3").is_none());
    assert!(!specs(&translation, "EnvoyFilter")[0].to_string().contains("not_rule"));
    let translation = exact(&documents("[à-ü]+"));
    assert!(find(&translation, "ISTIO-REGEX-2").is_some());
    assert!(specs(&translation, "EnvoyFilter").is_empty());
}
