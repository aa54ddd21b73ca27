//! Section 4: what is refused, and what is stored though it is of no use.

use super::*;

/// A route with one match, changed.
fn with_match(one: Value) -> Value {
    gateway_route("r", json!([{"matches": [one], "backendRefs": [to("v1", 1)]}]))
}

fn policy_group(mut route: Value) -> Value {
    route["apiVersion"] = json!("policy.linkerd.io/v1beta3");
    route
}

#[test]
fn what_is_refused() {
    let server = |spec: Value| object("policy.linkerd.io/v1beta3", "Server", "s", spec);
    let policy = |spec: Value| object("policy.linkerd.io/v1alpha1", "AuthorizationPolicy", "p", spec);
    let mesh_tls = |spec: Value| object("policy.linkerd.io/v1alpha1", "MeshTLSAuthentication", "m", spec);
    let networks = |spec: Value| object("policy.linkerd.io/v1alpha1", "NetworkAuthentication", "n", spec);
    let profile_spec =
        |spec: Value| object("linkerd.io/v1alpha2", "ServiceProfile", "web.shop.svc.cluster.local", spec);
    let required = |list: Value| {
        policy(
            json!({"targetRef": {"group": "policy.linkerd.io", "kind": "Server", "name": "s"}, "requiredAuthenticationRefs": list}),
        )
    };
    let target = |group: &str, kind: &str, name: &str| {
        policy(
            json!({"targetRef": {"group": group, "kind": kind, "name": name}, "requiredAuthenticationRefs": []}),
        )
    };
    let tls = json!({"group": "policy.linkerd.io", "kind": "MeshTLSAuthentication", "name": "a"});
    let account = json!({"kind": "ServiceAccount", "name": "a"});
    let network = json!({"group": "policy.linkerd.io", "kind": "NetworkAuthentication", "name": "a"});
    let matches =
        |number: usize| gateway_route("r", json!([{"matches": vec![json!({"method": "GET"}); number]}]));
    let rules = |number: usize| gateway_route("r", json!(vec![json!({}); number]));
    let table = [
        // Fields that nobody knows would vanish silently.
        (profile_spec(json!({"dstOverides": []})), "unknown field `dstOverides`"),
        (
            server(json!({"podSelector": {}, "port": 80, "acessPolicy": "deny"})),
            "unknown field `acessPolicy`",
        ),
        (with_match(json!({"methods": ["GET"]})), "unknown field `methods`"),
        (profile(&[("v1", json!(1.5))]), "neither an integer nor a quantity"),
        (profile(&[("v1", json!("one"))]), "no quantity"),
        (object("linkerd.io/v1alpha2", "ServiceProfile", "Web", json!({})), "the name"),
        (server(json!({"podSelector": {}, "port": 0})), "port 0"),
        (server(json!({"podSelector": {}, "port": 80, "accessPolicy": "allow"})), "accessPolicy allow"),
        (server(json!({"podSelector": {}, "port": 80, "proxyProtocol": "http/1"})), "proxyProtocol http/1"),
        (server(json!({"port": 80})), "not exactly one selector"),
        (target("apps", "Deployment", "a"), "a target of kind Deployment"),
        (target("", "Namespace", "lab"), "a target of kind Namespace"),
        (required(json!([tls, tls])), "more than one"),
        (required(json!([account, tls])), "more than one"),
        (required(json!([account, account])), "more than one"),
        (required(json!([network, network])), "more than one"),
        (required(json!([{"kind": "Group", "name": "a"}])), "an unknown kind"),
        (mesh_tls(json!({"identities": []})), "an empty list"),
        (mesh_tls(json!({"identityRefs": []})), "an empty list"),
        (mesh_tls(json!({})), "not exactly one"),
        (mesh_tls(json!({"identities": ["*"], "identityRefs": [account]})), "not exactly one"),
        (mesh_tls(json!({"identities": ["Web.shop"]})), "no identity"),
        (mesh_tls(json!({"identities": ["web.*"]})), "no identity"),
        (mesh_tls(json!({"identities": ["spiffe://Other.example/a"]})), "no identity"),
        (mesh_tls(json!({"identityRefs": [{"kind": "Pod", "name": "a"}]})), "kind Pod"),
        (mesh_tls(json!({"identityRefs": [{"kind": "ServiceAccount"}]})), "without a name"),
        (
            mesh_tls(json!({"identityRefs": [{"kind": "Namespace", "name": "a", "namespace": "b"}]})),
            "with a namespace",
        ),
        (networks(json!({"networks": []})), "an empty list"),
        (networks(json!({"networks": [{"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16"]}]})), "not within"),
        (networks(json!({"networks": [{"cidr": "10.0.0.0/8", "except": ["10.0.0.0/8"]}]})), "not within"),
        (networks(json!({"networks": [{"cidr": "10.0.0.0/33"}]})), "no range"),
        (with_match(json!({"path": {"type": "RegularExpression", "value": "/users/{id}"}})), "repetition"),
        (with_match(json!({"path": {"type": "RegularExpression", "value": "a(?=b)"}})), "look-around"),
        (
            with_match(json!({"path": {"type": "RegularExpression", "value": r"\Qa\E"}})),
            "unrecognized escape",
        ),
        (with_match(json!({"path": {"type": "RegularExpression", "value": ""}})), "of 0 bytes"),
        (with_match(json!({"path": {"type": "Exact", "value": "a"}})), "path"),
        (with_match(json!({"path": {"type": "Exact", "value": "/a//b"}})), "path"),
        (policy_group(with_match(json!({"path": {"type": "PathPrefix", "value": "a"}}))), "path"),
        (with_match(json!({"method": "PROPFIND"})), "method"),
        (with_match(json!({"method": "get"})), "method"),
        (with_match(json!({"headers": [{"name": "a b", "value": "1"}]})), "header name"),
        (with_match(json!({"headers": [{"name": "host", "value": "1"}]})), "not modelled"),
        (with_match(json!({"headers": [{"name": "a", "value": ""}]})), "the value of header a"),
        (with_match(json!({"headers": [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}]})), "twice"),
        (gateway_route("r", json!([{"backendRefs": [{"name": "v1"}]}])), "no port"),
        (gateway_route("r", json!([{"backendRefs": [to("v1", 1_000_001)]}])), "weight"),
        (gateway_route("r", json!([{"backendRefs": [to("v1", -1)]}])), "weight"),
        (gateway_route("r", json!([{"filters": []}])), "unknown field `filters`"),
        (matches(9), "9 matches"),
        (rules(17), "17 rules"),
        (rules(0), "0 rules"),
        (gateway_route("r", json!([{"backendRefs": vec![to("v1", 1); 17]}])), "17 backendRefs"),
        (
            object(
                "gateway.networking.k8s.io/v1alpha2",
                "TCPRoute",
                "t",
                json!({"rules": [{"backendRefs": [to("v1", 1)]}, {"backendRefs": [to("v1", 1)]}]}),
            ),
            "2 rules",
        ),
        (object("gateway.networking.k8s.io/v1", "GRPCRoute", "g", json!({})), "not modelled"),
        (object("policy.linkerd.io/v1beta1", "ServerAuthorization", "s", json!({})), "not modelled"),
    ];
    for (object, message) in table {
        let refusal = refusal(object.clone());
        assert!(refusal.contains(message), "{object}\n  is refused with: {refusal}");
    }
}

#[test]
fn what_is_stored_though_it_is_of_no_use() {
    let stored = [
        profile(&[("v1", json!(-1))]),
        profile(&[("v1", json!("1.5"))]),
        object(
            "linkerd.io/v1alpha2",
            "ServiceProfile",
            "web",
            json!({"dstOverrides": [{"authority": "nonsense"}]}),
        ),
        object("policy.linkerd.io/v1beta3", "Server", "s", json!({"podSelector": {}, "port": "8080"})),
        policy_group(gateway_route("r", json!([{"backendRefs": [{"name": "v1"}]}]))),
        policy_group(with_match(json!({"path": {"type": "Exact", "value": "/a//b"}}))),
        object("gateway.networking.k8s.io/v1", "TCPRoute", "t", json!({"anything": 1})),
        object("networking.istio.io/v1", "VirtualService", "v", json!({"anything": 1})),
    ];
    mesh(&stored);
}

#[test]
fn refusals_name_the_object() {
    let refusals = Mesh::new(&[profile(&[("v1", json!("x"))])], &[], &Installation::default()).unwrap_err();
    assert_eq!(
        refusals[0].to_string(),
        r#"ServiceProfile shop/web.shop.svc.cluster.local: "x" is no quantity"#
    );
}
