//! The model against the facts about access that the reference lists (sections 2.3, 4, 7.2, 9, 11 and 12).

use serde_json::{Value, json};

use super::super::{Payload, Protocol};
use super::*;

const API: &str = "cluster.local/ns/shop/sa/api";

fn policy(spec: &Value) -> Value {
    json!({
        "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
        "metadata": {"namespace": "shop", "name": "web"}, "spec": spec,
    })
}

fn rules(rules: &Value) -> Value {
    policy(&json!({"selector": {"matchLabels": {"app": "web"}}, "rules": rules}))
}

fn guard(objects: &[Value]) -> Guard {
    Guard::new(objects, "cluster.local").unwrap()
}

fn refused(object: &Value) -> String {
    let refusals = Guard::new(std::slice::from_ref(object), "cluster.local").unwrap_err();
    refusals.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// Port 80 is declared HTTP, 90 TCP, 443 TLS; every other one is sniffed.
fn web() -> Pod {
    let pod = Pod::new("shop", "web", &[("app", "web"), ("tier", "front")]);
    pod.declaring(80, Protocol::Http).declaring(90, Protocol::Tcp).declaring(443, Protocol::Tls)
}

fn get(path: &str, headers: &[(&str, &str)]) -> Payload {
    Payload::get(path, headers)
}

fn passes(guard: &Guard, source: Option<&str>, port: u16, payload: Payload) -> bool {
    guard.judge(&Inbound::new(&web(), source, port, payload)) == Passage::Allowed
}

fn of_api(guard: &Guard, path: &str) -> bool {
    passes(guard, Some(API), 80, get(path, &[]))
}

fn operation(operation: &Value) -> Guard {
    guard(&[rules(&json!([{"to": [{"operation": operation}]}]))])
}

fn source(source: &Value) -> Guard {
    guard(&[rules(&json!([{"from": [{"source": source}]}]))])
}

fn header(values: &Value) -> Guard {
    guard(&[rules(&json!([{"when": [{"key": "request.headers[x-role]", "values": values}]}]))])
}

#[test]
fn without_a_policy_everything_is_allowed_and_an_empty_one_denies_all() {
    assert!(of_api(&guard(&[]), "/"));
    let selector = json!({"matchLabels": {"app": "web"}});
    for spec in [
        json!({}),
        json!({"selector": selector}),
        json!({"selector": selector, "rules": []}),
        json!({"selector": selector, "action": "ALLOW"}),
    ] {
        let guard = guard(&[policy(&spec)]);
        assert!(!of_api(&guard, "/"), "{spec}");
        assert!(guard.is_guarded(&web()));
        assert!(!passes(&guard, Some(API), 90, Payload::Tcp), "{spec}");
        assert!(!passes(&guard, None, 7, Payload::Tcp), "{spec}");
    }
    assert!(of_api(&guard(&[rules(&json!([{}]))]), "/"));
    let mut without_spec = policy(&json!({}));
    without_spec.as_object_mut().unwrap().remove("spec");
    assert!(!of_api(&guard(&[without_spec]), "/"));
}

#[test]
fn a_selector_selects_pods_of_its_namespace_by_all_labels() {
    let denies = |namespace: &str, labels: Value| {
        let mut object = policy(&json!({"selector": {"matchLabels": labels}}));
        object["metadata"]["namespace"] = json!(namespace);
        !of_api(&guard(&[object]), "/")
    };
    assert!(denies("shop", json!({"app": "web"})));
    assert!(denies("shop", json!({"app": "web", "tier": "front"})));
    assert!(!denies("shop", json!({"app": "web", "tier": "back"})));
    assert!(!denies("shop", json!({"app": "we"})));
    assert!(!denies("lab", json!({"app": "web"})));
    assert!(denies("shop", json!({})));
    assert!(denies(ROOT_NAMESPACE, json!({"app": "web"})));
    assert!(denies(ROOT_NAMESPACE, json!({})));
}

#[test]
fn policies_with_target_refs_are_nothing_to_sidecars() {
    let object = policy(&json!({"targetRefs": [{"group": "", "kind": "Service", "name": "web"}]}));
    assert!(of_api(&guard(&[object]), "/"));
}

#[test]
fn one_of_several_policies_has_to_allow() {
    let a = rules(&json!([{"to": [{"operation": {"paths": ["/a"]}}]}]));
    let b = rules(&json!([{"to": [{"operation": {"paths": ["/b"]}}]}]));
    let guard = guard(&[a, b]);
    assert!(of_api(&guard, "/a") && of_api(&guard, "/b") && !of_api(&guard, "/c"));
}

#[test]
fn a_deny_policy_wins_and_on_tcp_ignores_what_it_says_of_http() {
    let mut deny = rules(&json!([{"to": [{"operation": {"paths": ["/a"]}}]}]));
    deny["spec"]["action"] = json!("DENY");
    let guard = guard(&[deny, rules(&json!([{}]))]);
    assert!(!of_api(&guard, "/a"));
    assert!(of_api(&guard, "/b"));
    assert!(!passes(&guard, Some(API), 90, Payload::Tcp));
    assert!(refused(&policy(&json!({"action": "DENY"}))).contains("DENY without rules"));
}

#[test]
fn a_rule_takes_one_source_one_operation_and_all_conditions() {
    let guard = guard(&[rules(&json!([{
        "from": [{"source": {"principals": [API]}}, {"source": {"principals": ["cluster.local/ns/shop/sa/b"]}}],
        "to": [{"operation": {"methods": ["GET"], "paths": ["/a"]}}, {"operation": {"ports": ["81"]}}],
        "when": [
            {"key": "request.headers[x-role]", "values": ["admin", "root"]},
            {"key": "request.headers[x-team]", "values": ["a*"]},
        ],
    }]))]);
    let call =
        |source, port, path, headers: &[(&str, &str)]| passes(&guard, Some(source), port, get(path, headers));
    let both = [("X-Role", "root"), ("x-team", "ab")];
    assert!(call(API, 80, "/a", &both));
    assert!(call("cluster.local/ns/shop/sa/b", 81, "/z", &both));
    assert!(!call("cluster.local/ns/shop/sa/c", 80, "/a", &both));
    assert!(!call(API, 80, "/z", &both));
    assert!(!call(API, 80, "/a", &both[..1]));
    assert!(!call(API, 80, "/a", &[("x-role", "superadmin"), ("x-team", "ab")]));
}

#[test]
fn texts_are_exact_prefix_suffix_or_any() {
    for (value, yes, no) in [
        ("/a", vec!["/a", "/a?x=/b", "/a#z"], vec!["/ab", "/A", "/a/"]),
        ("/a*", vec!["/a", "/ab", "/a/b"], vec!["/b", "/"]),
        ("*/a", vec!["/a", "/b/a"], vec!["/ab"]),
        ("*", vec!["/", "/a"], vec![]),
        // A star elsewhere is a literal one.
        ("/a*b", vec!["/a*b"], vec!["/axb"]),
        ("*a*", vec!["/a*"], vec!["/xax", "/xa"]),
    ] {
        let guard = operation(&json!({"paths": [value]}));
        yes.iter().for_each(|path| assert!(of_api(&guard, path), "{value} {path}"));
        no.iter().for_each(|path| assert!(!of_api(&guard, path), "{value} {path}"));
    }
}

#[test]
fn path_templates() {
    for (value, yes, no) in [
        ("/foo/{*}", vec!["/foo/a", "/foo/a=b*"], vec!["/foo", "/foo/", "/foo/a/b", "/foo/a[1]", "/foo//"]),
        ("/foo/{**}", vec!["/foo/", "/foo//", "/foo/a/b"], vec!["/foo", "/foobar", "/foo/[x]"]),
        ("/a/{*}/b", vec!["/a/x/b"], vec!["/a//b", "/a/x/y/b", "/a/x/b/"]),
        ("/a/{**}/b", vec!["/a/x/b", "/a/x/y/b", "/a//b"], vec!["/a/b", "/a/x/c"]),
        ("/a/{*}/", vec!["/a/x/"], vec!["/a/x"]),
    ] {
        let guard = operation(&json!({"paths": [value]}));
        yes.iter().for_each(|path| assert!(of_api(&guard, path), "{value} {path}"));
        no.iter().for_each(|path| assert!(!of_api(&guard, path), "{value} {path}"));
    }
}

#[test]
fn templates_that_are_refused_or_make_envoy_abort() {
    for value in ["foo/{*}", "//foo/{*}", "/foo/{*}//", "/foo//{*}", "{*}"] {
        let message = refused(&rules(&json!([{"to": [{"operation": {"paths": [value]}}]}])));
        assert!(message.contains("Envoy aborts"), "{value}: {message}");
    }
    for value in
        ["/a{b}", "/{", "/}", "/a/{*}b", "/{**}/{*}", "/{**}/{**}", "/a b/{*}", "/[x]/{*}", "/a*/{*}"]
    {
        let message = refused(&rules(&json!([{"to": [{"operation": {"paths": [value]}}]}])));
        assert!(message.contains("7.2 (6)"), "{value}: {message}");
    }
}

#[test]
fn paths_are_normalised_first() {
    let guard = operation(&json!({"paths": ["/foo"]}));
    for path in ["/foo", "/a/../foo", "/%66oo", "/./foo", r"/a\..\foo", "/foo?a", "/foo#a"] {
        assert!(of_api(&guard, path), "{path}");
    }
    for path in ["//foo", "/foo/", "/a%2F..%2Ffoo", "/FOO"] {
        assert!(!of_api(&guard, path), "{path}");
    }
    let braces = operation(&json!({"paths": ["/%7Bid%7D"]}));
    assert!(of_api(&braces, "/{id}"));
}

#[test]
fn negated_fields() {
    let guard = operation(&json!({"paths": ["/a/*"], "notPaths": ["/a/", "/a/b/*"]}));
    assert!(of_api(&guard, "/a/b"));
    assert!(!of_api(&guard, "/a/"));
    assert!(!of_api(&guard, "/a/b/c"));
    assert!(!of_api(&operation(&json!({"notMethods": ["GET"]})), "/"));
    assert!(!of_api(&operation(&json!({"notPorts": ["80"]})), "/"));
    let others = source(&json!({"notPrincipals": [API]}));
    assert!(!of_api(&others, "/"));
    // Whoever has no principal has not this one.
    assert!(passes(&others, None, 80, get("/", &[])));
}

#[test]
fn methods_and_ports_and_hosts() {
    let guard = operation(&json!({"methods": ["POST", "PUT"]}));
    assert!(!of_api(&guard, "/"));
    let post =
        |method: &str| Payload::Http { method: method.to_owned(), target: "/".to_owned(), headers: vec![] };
    assert!(passes(&guard, Some(API), 80, post("PUT")));
    assert!(!passes(&guard, Some(API), 80, post("put")));
    let ports = operation(&json!({"ports": ["80", "7"]}));
    assert!(of_api(&ports, "/"));
    assert!(passes(&ports, Some(API), 7, Payload::Tcp));
    assert!(!passes(&ports, Some(API), 90, Payload::Tcp));
    let hosts = operation(&json!({"hosts": ["web.shop", "*.example"]}));
    for (host, allowed) in [("WEB.shop", true), ("web.shop:80", false), ("x.EXAMPLE", true), ("web", false)] {
        assert_eq!(passes(&hosts, Some(API), 80, get("/", &[("Host", host)])), allowed, "{host}");
    }
}

#[test]
fn headers_are_compared_line_by_line_and_have_to_be_there() {
    for (values, lines, allowed) in [
        (json!(["admin"]), vec![("x-role", "admin")], true),
        (json!(["admin"]), vec![("X-ROLE", " admin ")], true),
        (json!(["admin"]), vec![("x-role", "superadmin")], false),
        (json!(["admin"]), vec![("x-role", "a"), ("x-role", "admin")], true),
        (json!(["a,admin"]), vec![("x-role", "a"), ("x-role", "admin")], false),
        (json!(["admin"]), vec![], false),
        (json!(["*"]), vec![], false),
        (json!(["*"]), vec![("x-role", "")], true),
        (json!(["*min"]), vec![("x-role", "admin")], true),
        (json!(["ad*"]), vec![("x-role", "admin")], true),
    ] {
        assert_eq!(passes(&header(&values), Some(API), 80, get("/", &lines)), allowed, "{values} {lines:?}");
    }
    let other = json!([{"when": [{"key": "request.headers[x-role]", "values": ["a*"], "notValues": ["a"]}]}]);
    let other = guard(&[rules(&other)]);
    assert!(passes(&other, Some(API), 80, get("/", &[("x-role", "ab")])));
    assert!(!passes(&other, Some(API), 80, get("/", &[("x-role", "a")])));
    let authority = json!([{"when": [{"key": "request.headers[:authority]", "values": ["web.shop"]}]}]);
    let authority = guard(&[rules(&authority)]);
    assert!(passes(&authority, Some(API), 80, get("/", &[("host", "web.shop")])));
    assert!(!passes(&authority, Some(API), 80, get("/", &[("host", "WEB.shop")])));
}

#[test]
fn principals_have_no_scheme_and_know_the_mesh_as_cluster_local() {
    let allows = |value: &str, id: &str, trust_domain: &str| {
        let objects = [rules(&json!([{"from": [{"source": {"principals": [value]}}]}]))];
        let guard = Guard::new(&objects, trust_domain).unwrap();
        passes(&guard, Some(id), 80, get("/", &[]))
    };
    for (value, id, trust_domain, allowed) in [
        (API, API, "cluster.local", true),
        ("spiffe://cluster.local/ns/shop/sa/api", API, "cluster.local", false),
        (API, "cluster.local/ns/shop/sa/ap", "cluster.local", false),
        (API, "mesh.example/ns/shop/sa/api", "mesh.example", true),
        (API, API, "mesh.example", false),
        ("mesh.example/ns/shop/sa/api", "mesh.example/ns/shop/sa/api", "mesh.example", true),
        ("mesh.example/ns/shop/sa/api", API, "cluster.local", false),
        ("other.example/ns/shop/sa/api", "other.example/ns/shop/sa/api", "cluster.local", true),
        // Only the usual form has a trust domain.
        ("cluster.local/vm/api", "cluster.local/vm/api", "mesh.example", true),
        ("cluster.local/vm/api", "mesh.example/vm/api", "mesh.example", false),
        ("*", API, "cluster.local", true),
        ("*/sa/api", API, "cluster.local", true),
        ("cluster.local/ns/shop/*", API, "cluster.local", true),
        ("cluster.local/ns/lab/*", API, "cluster.local", false),
        ("cluster.local/ns/shop/sa/a.i", API, "cluster.local", false),
    ] {
        assert_eq!(allows(value, id, trust_domain), allowed, "{value} {id} in {trust_domain}");
    }
}

#[test]
fn aliases_are_the_mesh_as_well() {
    for (value, trust_domain) in
        [(API, "mesh.example"), ("old.example/ns/shop/sa/api", "mesh.example"), (API, "cluster.local")]
    {
        let objects = [rules(&json!([{"from": [{"source": {"principals": [value]}}]}]))];
        let guard = Guard::new(&objects, trust_domain).unwrap().with_aliases(["old.example"]);
        for (domain, allowed) in [(trust_domain, true), ("old.example", true), ("other.example", false)] {
            let id = format!("{domain}/ns/shop/sa/api");
            assert_eq!(passes(&guard, Some(&id), 80, get("/", &[])), allowed, "{value} {id}");
        }
    }
}

#[test]
fn service_accounts_disregard_the_trust_domain_and_extra_parts() {
    for (value, id, allowed) in [
        ("shop/api", API, true),
        ("api", API, true),
        ("lab/api", API, false),
        ("shop/api", "elsewhere.example/ns/shop/sa/api", true),
        ("shop/a.i", API, false),
        ("shop/a.b", "cluster.local/ns/shop/x/sa/a.b/y", true),
    ] {
        let guard = source(&json!({"serviceAccounts": [value]}));
        assert_eq!(passes(&guard, Some(id), 80, get("/", &[])), allowed, "{value} {id}");
    }
    assert!(of_api(&source(&json!({"namespaces": ["shop"]})), "/"));
    assert!(!of_api(&source(&json!({"namespaces": ["sho"]})), "/"));
}

#[test]
fn plaintext_has_no_principal() {
    for fields in
        [json!({"principals": ["*"]}), json!({"serviceAccounts": ["api"]}), json!({"namespaces": ["shop"]})]
    {
        assert!(!passes(&source(&fields), None, 80, get("/", &[])), "{fields}");
    }
    assert!(passes(&operation(&json!({"paths": ["/"]})), None, 80, get("/", &[])));
}

#[test]
fn what_is_http_is_decided_by_the_port() {
    let paths = operation(&json!({"paths": ["/"]}));
    let ports = operation(&json!({"ports": ["80", "90", "443", "7"]}));
    for (port, payload, by_path, by_port) in [
        (80, get("/", &[]), true, true),
        // Bytes do not get through to a declared HTTP port.
        (80, Payload::Tcp, false, false),
        // HTTP on a declared TCP or TLS port is opaque.
        (90, get("/", &[]), false, true),
        (90, Payload::Tcp, false, true),
        (443, get("/", &[]), false, true),
        // Ports of no Service are sniffed, and guarded too.
        (7, get("/", &[]), true, true),
        (7, Payload::Tcp, false, true),
        (8, Payload::Tcp, false, false),
    ] {
        assert_eq!(passes(&paths, Some(API), port, payload.clone()), by_path, "{port} {payload:?}");
        assert_eq!(passes(&ports, Some(API), port, payload.clone()), by_port, "{port} {payload:?}");
    }
    assert_eq!(paths.judge(&Inbound::new(&web(), Some(API), 53, Payload::Udp)), Passage::Unseen);
}

#[test]
fn a_rule_with_any_http_field_is_left_out_on_tcp_as_a_whole() {
    let mixed = guard(&[rules(&json!([
        {"to": [{"operation": {"ports": ["90"]}}, {"operation": {"ports": ["7"], "paths": ["/a"]}}]}
    ]))]);
    assert!(!passes(&mixed, Some(API), 90, Payload::Tcp));
    let apart = guard(&[rules(&json!([
        {"to": [{"operation": {"ports": ["90"]}}]}, {"to": [{"operation": {"ports": ["7"], "paths": ["/a"]}}]}
    ]))]);
    assert!(passes(&apart, Some(API), 90, Payload::Tcp));
    assert!(!passes(&header(&json!(["*"])), Some(API), 90, Payload::Tcp));
}

#[test]
fn what_the_webhook_refuses() {
    let from = |source: Value| rules(&json!([{"from": [{"source": source}]}]));
    let to = |operation: Value| rules(&json!([{"to": [{"operation": operation}]}]));
    let when = |condition: Value| rules(&json!([{"when": [condition]}]));
    let many = |count: usize| vec![json!({}); count];
    let accounts: Vec<String> = (0..17).map(|index| format!("shop/a{index}")).collect();
    for (object, reason) in [
        (rules(&json!([{"from": []}])), "0 entries in from"),
        (rules(&json!([{"to": []}])), "0 entries in to"),
        (from(json!({})), "an empty source"),
        (to(json!({})), "an empty operation"),
        (rules(&json!([{"from": [{}]}])), "an empty source"),
        (from(json!({"principals": []})), "principals is there and empty"),
        (to(json!({"paths": []})), "paths is there and empty"),
        (to(json!({"paths": [""]})), "an empty string"),
        (to(json!({"ports": ["http"]})), "port \"http\""),
        (to(json!({"ports": ["+80"]})), "port \"+80\""),
        (to(json!({"ports": ["65536"]})), "port \"65536\""),
        (to(json!({"ports": [80]})), "an empty string in ports"),
        (to(json!({"path": ["/"]})), "path is unknown"),
        (from(json!({"serviceAccounts": ["shop/a"], "principals": ["b"]})), "with principals"),
        (from(json!({"serviceAccounts": ["shop/*"]})), "shop/*"),
        (from(json!({"serviceAccounts": ["shop/"]})), "shop/"),
        (from(json!({"serviceAccounts": ["a/b/c"]})), "a/b/c"),
        (from(json!({"serviceAccounts": accounts})), "17 serviceAccounts"),
        (when(json!({"key": "request.headers[x]"})), "without values"),
        (when(json!({"key": "request.headers[x]", "values": []})), "there and empty"),
        (when(json!({"key": "request.headers[]", "values": ["a"]})), "7.2 (7)"),
        (when(json!({"key": "request.headers[host]", "values": ["a"]})), "not modelled"),
        (when(json!({"key": "destination.user", "values": ["a"]})), "destination.user"),
        (when(json!({"key": "destination.labels[app]", "values": ["a"]})), "destination.labels"),
        (rules(&json!(many(513))), "513 rules"),
        (rules(&json!([{"frm": []}])), "unknown field"),
        (policy(&json!({"selecter": {}})), "unknown field"),
        (policy(&json!({"selector": {"matchLabels": {"app": "x*"}}})), "label app"),
        (policy(&json!({"selector": {}, "targetRefs": []})), "more than one of"),
        (policy(&json!({"action": "CUSTOM"})), "not modelled"),
    ] {
        let message = refused(&object);
        assert!(message.contains(reason), "{reason}: {message}");
    }
    assert!(Guard::new(&[rules(&json!(many(512)))], "cluster.local").is_ok());
    let mut unknown = rules(&json!([{}]));
    unknown["rules"] = json!([]);
    assert!(refused(&unknown).contains("unknown key rules"));
}

/// Section 12: a filter that writes whether `permissions` hold, and a policy that asks for it.
fn exact(labels: &Value, permissions: &Value) -> [Value; 2] {
    let filter = json!({
        "apiVersion": "networking.istio.io/v1alpha3", "kind": "EnvoyFilter",
        "metadata": {"namespace": "shop", "name": "web"},
        "spec": {"workloadSelector": {"labels": labels}, "configPatches": [{
            "applyTo": "HTTP_FILTER",
            "match": {
                "context": "SIDECAR_INBOUND",
                "listener": {"filterChain": {"filter": {"name": "envoy.filters.network.http_connection_manager"}}},
            },
            "patch": {"operation": "INSERT_FIRST", "value": {
                "name": "smi_1", "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
                    "shadow_rules_stat_prefix": "smi_1_",
                    "shadow_rules": {"policies": {"target": {"principals": [{"any": true}], "permissions": permissions}}},
                },
            }},
        }]},
    });
    let policy = rules(&json!([{
        "from": [{"source": {"principals": [API]}}],
        "when": [{"key": "experimental.envoy.filters.http.rbac[smi_1_shadow_engine_result]", "values": ["allowed"]}],
    }]));
    [filter, policy]
}

#[test]
fn any_condition_through_metadata() {
    let regex = |regex: &str| json!({"safe_regex": {"regex": regex}});
    let guard = guard(&exact(
        &json!({"app": "web"}),
        &json!([{"and_rules": {"rules": [
            {"header": {"name": ":method", "string_match": {"exact": "GET"}}},
            {"url_path": {"path": regex("(?:/a|/b$).*")}},
            {"header": {"name": "x-role", "string_match": regex("ad+min")}},
            {"or_rules": {"rules": [{"header": {"name": ":authority", "string_match": {"prefix": "web"}}}]}},
        ]}}]),
    ));
    let call =
        |path, role| passes(&guard, Some(API), 80, get(path, &[("x-role", role), ("host", "web.shop")]));
    assert!(call("/a/more", "admin"));
    assert!(call("/z/../a", "addmin"));
    assert!(call("/%61", "admin"));
    assert!(!call("//a", "admin"));
    assert!(!call("/b/more", "admin"));
    assert!(!call("/a", "superadmin"));
    assert!(!passes(&guard, Some(API), 80, get("/a", &[("host", "web.shop")])));
    assert!(!passes(&guard, None, 80, get("/a", &[("x-role", "admin"), ("host", "web.shop")])));
    // On TCP nothing is written.
    assert!(!passes(&guard, Some(API), 90, Payload::Tcp));
    assert!(!passes(&guard, Some(API), 7, Payload::Tcp));
    assert!(!passes(&guard, Some(API), 90, get("/a", &[("x-role", "admin"), ("host", "web.shop")])));
}

#[test]
fn without_the_filter_the_rule_does_not_match() {
    let all = json!([{"any": true}]);
    let [filter, policy] = exact(&json!({"app": "web"}), &all);
    assert!(of_api(&guard(&[filter.clone(), policy.clone()]), "/"));
    assert!(!of_api(&guard(std::slice::from_ref(&policy)), "/"));
    assert!(!of_api(&guard(&exact(&json!({"app": "db"}), &all)), "/"));
    // The filter alone decides nothing.
    assert!(of_api(&guard(&[filter]), "/"));
}

#[test]
fn filters_of_another_shape_are_refused() {
    type Change = fn(&mut Value);
    let value = "/spec/configPatches/0/patch/value";
    let changes: [(String, Change); 8] = [
        (format!("{value}/typed_config"), |config| config["rules"] = json!({})),
        (format!("{value}/typed_config"), |config| config["shadow_rules_stat_prefix"] = json!("")),
        (format!("{value}/typed_config/shadow_rules"), |rules| rules["action"] = json!("DENY")),
        (format!("{value}/typed_config/shadow_rules/policies/target"), |policy| {
            policy["principals"] = json!([])
        }),
        (format!("{value}/typed_config/shadow_rules/policies/target"), |policy| {
            policy["permissions"] = json!([])
        }),
        ("/spec/configPatches/0".to_owned(), |patch| patch["applyTo"] = json!("CLUSTER")),
        ("/spec/configPatches/0/match".to_owned(), |place| place["context"] = json!("SIDECAR_OUTBOUND")),
        ("/spec/configPatches/0/patch".to_owned(), |patch| patch["operation"] = json!("MERGE")),
    ];
    for (pointer, change) in changes {
        let [mut filter, _] = exact(&json!({"app": "web"}), &json!([{"any": true}]));
        change(filter.pointer_mut(&pointer).unwrap());
        assert!(Guard::new(&[filter], "cluster.local").is_err(), "{pointer}");
    }
}
