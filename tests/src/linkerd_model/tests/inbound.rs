//! Sections 3 and 7: who gets through.

use super::*;

fn server(name: &str, spec: Value) -> Value {
    object("policy.linkerd.io/v1beta3", "Server", name, spec)
}

fn api_server() -> Value {
    server("api", json!({"podSelector": {"matchLabels": {"app": "api"}}, "port": 8080}))
}

fn mesh_tls(name: &str, spec: Value) -> Value {
    object("policy.linkerd.io/v1alpha1", "MeshTLSAuthentication", name, spec)
}

fn accounts(name: &str, names: &[&str]) -> Value {
    let references: Vec<Value> =
        names.iter().map(|name| json!({"kind": "ServiceAccount", "name": name})).collect();
    mesh_tls(name, json!({"identityRefs": references}))
}

fn policy(name: &str, target: (&str, &str), required: Value) -> Value {
    let target = json!({"group": "policy.linkerd.io", "kind": target.0, "name": target.1});
    let spec = json!({"targetRef": target, "requiredAuthenticationRefs": required});
    object("policy.linkerd.io/v1alpha1", "AuthorizationPolicy", name, spec)
}

fn tls(name: &str) -> Value {
    json!([{"group": "policy.linkerd.io", "kind": "MeshTLSAuthentication", "name": name}])
}

fn pod() -> Pod {
    Pod::new(SHOP, "api-0", "api", &[("app", "api"), ("tier", "back")])
        .naming("http", 8080)
        .naming("admin", 9090)
}

fn identity(account: &str) -> String {
    Installation::default().identity(SHOP, account)
}

/// What becomes of a request or connection of a service account.
fn from(mesh: &Mesh, account: &str, payload: Payload) -> Passage {
    mesh.judge(&Arrival::new(&pod(), Some(&identity(account)), 8080, payload))
}

fn exact(path: &str) -> Value {
    json!([{"matches": [{"path": {"type": "Exact", "value": path}}]}])
}

#[test]
fn ports_that_servers_select() {
    let labels = json!({"matchLabels": {"app": "api"}});
    let table = [
        (json!({"podSelector": labels, "port": 8080}), true),
        (json!({"podSelector": labels, "port": 8081}), false),
        (json!({"podSelector": labels, "port": "http"}), true),
        (json!({"podSelector": labels, "port": "admin"}), false),
        // A string is a name, even one of digits.
        (json!({"podSelector": labels, "port": "8080"}), false),
        (json!({"podSelector": {}, "port": 8080}), true),
        (json!({"podSelector": {"matchLabels": {"app": "api", "tier": "front"}}, "port": 8080}), false),
        (
            json!({"podSelector": {"matchExpressions": [{"key": "app", "operator": "In", "values": ["x", "api"]}]}, "port": 8080}),
            true,
        ),
        (
            json!({"podSelector": {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["api"]}]}, "port": 8080}),
            false,
        ),
        (
            json!({"podSelector": {"matchExpressions": [{"key": "none", "operator": "NotIn", "values": ["x"]}]}, "port": 8080}),
            true,
        ),
        (
            json!({"podSelector": {"matchExpressions": [{"key": "app", "operator": "Exists"}]}, "port": 8080}),
            true,
        ),
        (
            json!({"podSelector": {"matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, "port": 8080}),
            false,
        ),
        (
            json!({"podSelector": {"matchLabels": {"app": "api"}, "matchExpressions": [{"key": "app", "operator": "DoesNotExist"}]}, "port": 8080}),
            false,
        ),
    ];
    for (spec, selects) in table {
        let mesh = mesh(&[server("s", spec.clone())]);
        assert_eq!(mesh.is_guarded(&pod(), 8080), selects, "{spec}");
        let expected = if selects { Passage::Refused } else { Passage::Allowed };
        assert_eq!(from(&mesh, "web", Payload::Tcp), expected, "{spec}");
    }
    let undeclared = mesh(&[server("s", json!({"podSelector": labels, "port": 7000}))]);
    assert!(undeclared.is_guarded(&pod(), 7000), "a number is a port, declared or not");
    assert!(!mesh(&[in_namespace("lab", api_server())]).is_guarded(&pod(), 8080), "of its own namespace");
}

#[test]
fn ports_without_a_server_follow_the_default() {
    let mesh = mesh(&[]);
    let judge = |policy, identity: Option<&str>| {
        mesh.judge(&Arrival::new(&pod().defaulting_to(policy), identity, 8080, get("/", &[])))
    };
    assert_eq!(judge(DefaultPolicy::AllUnauthenticated, None), Passage::Allowed);
    assert_eq!(judge(DefaultPolicy::AllAuthenticated, None), Passage::Forbidden);
    assert_eq!(judge(DefaultPolicy::AllAuthenticated, Some("x")), Passage::Allowed);
    assert_eq!(judge(DefaultPolicy::Deny, Some("x")), Passage::Forbidden);
}

#[test]
fn access_policies_of_servers() {
    let judge = |access: &str, identity: Option<&str>| {
        let mut server = api_server();
        server["spec"]["accessPolicy"] = json!(access);
        mesh(&[server]).judge(&Arrival::new(&pod(), identity, 8080, get("/", &[])))
    };
    for (access, anyone, meshed) in [
        ("deny", Passage::Forbidden, Passage::Forbidden),
        ("all-authenticated", Passage::Forbidden, Passage::Allowed),
        ("all-unauthenticated", Passage::Allowed, Passage::Allowed),
        ("audit", Passage::Allowed, Passage::Allowed),
    ] {
        assert_eq!(judge(access, None), anyone, "{access}");
        assert_eq!(judge(access, Some("x.y")), meshed, "{access}");
    }
}

#[test]
fn of_overlapping_servers_the_oldest_counts() {
    let closed = api_server();
    let open = |name: &str, port: Value| {
        server(name, json!({"podSelector": {}, "port": port, "accessPolicy": "all-unauthenticated"}))
    };
    let judge = |objects: &[Value], ages| from(&mesh(objects).with_ages(ages), "web", Payload::Tcp);
    let two = [closed.clone(), open("z", json!(8080))];
    assert_eq!(judge(&two, Ages::Equal), Passage::Refused, "the smaller name");
    assert_eq!(judge(&two, Ages::AsGiven), Passage::Refused);
    assert_eq!(judge(&two, Ages::Reversed), Passage::Allowed);
    let named = [created("02", closed), created("01", open("z", json!("http")))];
    assert_eq!(judge(&named, Ages::Equal), Passage::Allowed, "names and numbers alike");
}

#[test]
fn what_policies_require() {
    let everyone_of = |required: Value| {
        mesh(&[
            api_server(),
            policy("p", ("Server", "api"), required),
            accounts("web", &["web"]),
            object(
                "policy.linkerd.io/v1alpha1",
                "NetworkAuthentication",
                "net",
                json!({"networks": [{"cidr": "10.0.0.0/8", "except": ["10.9.0.0/16"]}]}),
            ),
        ])
    };
    let web = json!({"group": "policy.linkerd.io", "kind": "MeshTLSAuthentication", "name": "web"});
    let net = json!({"group": "policy.linkerd.io", "kind": "NetworkAuthentication", "name": "net"});
    let passes = |mesh: &Mesh, identity: Option<&str>, address: &str| {
        let pod = pod();
        let arrival = Arrival::new(&pod, identity, 8080, Payload::Tcp).from(address.parse().unwrap());
        mesh.judge(&arrival) == Passage::Allowed
    };
    let web_id = identity("web");
    let table = [
        // Nothing is required: anyone.
        (json!([]), None, "192.0.2.1", true),
        (json!([web]), Some("web"), "192.0.2.1", true),
        (json!([web]), Some("api"), "192.0.2.1", false),
        (json!([web]), None, "192.0.2.1", false),
        (json!([net]), None, "10.1.1.1", true),
        (json!([net]), None, "10.9.1.1", false),
        (json!([net]), None, "192.0.2.1", false),
        // Both of them.
        (json!([web, net]), Some("web"), "10.1.1.1", true),
        (json!([web, net]), Some("web"), "192.0.2.1", false),
        (json!([web, net]), Some("api"), "10.1.1.1", false),
        // What is not there grants nothing, whatever is beside it.
        (
            json!([{"group": "policy.linkerd.io", "kind": "MeshTLSAuthentication", "name": "none"}]),
            Some("web"),
            "10.1.1.1",
            false,
        ),
        (
            json!([web, {"group": "policy.linkerd.io", "kind": "NetworkAuthentication", "name": "none"}]),
            Some("web"),
            "10.1.1.1",
            false,
        ),
        (
            json!([{"group": "policy.linkerd.io", "kind": "MeshTLSAuthentication", "name": "web", "namespace": "lab"}]),
            Some("web"),
            "10.1.1.1",
            false,
        ),
        (json!([{"group": "", "kind": "ServiceAccount", "name": "web"}]), Some("web"), "10.1.1.1", true),
        (
            json!([{"kind": "ServiceAccount", "name": "web", "namespace": "lab"}]),
            Some("web"),
            "10.1.1.1",
            false,
        ),
    ];
    for (required, account, address, expected) in table {
        let identity =
            account.map(|account| if account == "web" { web_id.clone() } else { identity(account) });
        let mesh = everyone_of(required.clone());
        assert_eq!(passes(&mesh, identity.as_deref(), address), expected, "{required} {account:?} {address}");
    }
}

#[test]
fn identities() {
    let passes = |spec: &Value, identity: Option<&str>| {
        let objects = [api_server(), policy("p", ("Server", "api"), tls("a")), mesh_tls("a", spec.clone())];
        mesh(&objects).judge(&Arrival::new(&pod(), identity, 8080, Payload::Tcp)) == Passage::Allowed
    };
    let (web, lab) = (
        "web.shop.serviceaccount.identity.linkerd.cluster.local",
        "web.lab.serviceaccount.identity.linkerd.cluster.local",
    );
    let table = [
        (json!({"identities": [web]}), web, true),
        (json!({"identities": [web]}), lab, false),
        (json!({"identities": ["*"]}), lab, true),
        (json!({"identities": ["*.shop.serviceaccount.identity.linkerd.cluster.local"]}), web, true),
        (json!({"identities": ["*.shop.serviceaccount.identity.linkerd.cluster.local"]}), lab, false),
        (json!({"identities": ["*.cluster.local"]}), lab, true),
        (json!({"identities": ["spiffe://other.example/x"]}), "spiffe://other.example/x", true),
        (json!({"identities": ["spiffe://other.example/x"]}), "spiffe://other.example/x/y", false),
        // The fifth part is the control plane's namespace.
        (json!({"identities": ["web.shop.serviceaccount.identity.mesh.cluster.local"]}), web, false),
        (json!({"identityRefs": [{"kind": "ServiceAccount", "name": "web"}]}), web, true),
        (json!({"identityRefs": [{"kind": "ServiceAccount", "name": "web"}]}), lab, false),
        (json!({"identityRefs": [{"kind": "ServiceAccount", "name": "web", "namespace": "lab"}]}), lab, true),
        (json!({"identityRefs": [{"kind": "Namespace", "name": "lab"}]}), lab, true),
        (json!({"identityRefs": [{"kind": "Namespace", "name": "lab"}]}), web, false),
        (
            json!({"identityRefs": [{"kind": "ServiceAccount", "name": "api"}, {"kind": "ServiceAccount", "name": "web"}]}),
            web,
            true,
        ),
    ];
    for (spec, identity, expected) in table {
        assert_eq!(passes(&spec, Some(identity)), expected, "{spec} {identity}");
        assert!(!passes(&spec, None), "{spec}");
    }
    let elsewhere = Installation {
        control_plane_namespace: "mesh".to_owned(),
        trust_domain: "td".to_owned(),
        ..Installation::default()
    };
    assert_eq!(elsewhere.identity("a", "b"), "b.a.serviceaccount.identity.mesh.td");
}

#[test]
fn policies_on_one_target_are_alternatives() {
    let mesh = mesh(&[
        api_server(),
        accounts("web", &["web"]),
        accounts("job", &["job"]),
        policy("a", ("Server", "api"), tls("web")),
        policy("b", ("Server", "api"), tls("job")),
    ]);
    assert_eq!(from(&mesh, "web", Payload::Tcp), Passage::Allowed);
    assert_eq!(from(&mesh, "job", get("/", &[])), Passage::Allowed);
    assert_eq!(from(&mesh, "api", Payload::Tcp), Passage::Refused);
}

#[test]
fn targets_of_policies() {
    let target = |group: &str, kind: &str, name: &str, namespace: &str| {
        let mut one = policy("p", (kind, name), tls("web"));
        one["spec"]["targetRef"]["group"] = json!(group);
        one["metadata"]["namespace"] = json!(namespace);
        let mut web = accounts("web", &["web"]);
        web["metadata"]["namespace"] = json!(namespace);
        web["spec"]["identityRefs"][0]["namespace"] = json!(SHOP);
        from(&mesh(&[api_server(), server_route("r", exact("/a")), web, one]), "web", get("/a", &[]))
    };
    assert_eq!(target("policy.linkerd.io", "Server", "api", SHOP), Passage::Allowed);
    assert_eq!(target("policy.linkerd.io", "HTTPRoute", "r", SHOP), Passage::Allowed);
    assert_eq!(target("core", "Namespace", SHOP, SHOP), Passage::Allowed);
    assert_eq!(target("gateway.networking.k8s.io", "HTTPRoute", "r", SHOP), Passage::Forbidden);
    assert_eq!(target("policy.linkerd.io", "Server", "other", SHOP), Passage::Forbidden);
    assert_eq!(target("policy.linkerd.io", "Server", "api", "lab"), Passage::Forbidden);
    assert_eq!(target("policy.linkerd.io", "HTTPRoute", "r", "lab"), Passage::Forbidden);
}

#[test]
fn routes_of_a_server() {
    let mesh = mesh(&[
        api_server(),
        server_route("r", exact("/a")),
        accounts("web", &["web"]),
        accounts("job", &["job"]),
        policy("on-route", ("HTTPRoute", "r"), tls("web")),
        policy("on-server", ("Server", "api"), tls("job")),
    ]);
    assert_eq!(from(&mesh, "web", get("/a", &[])), Passage::Allowed);
    assert_eq!(from(&mesh, "web", get("/b", &[])), Passage::NotFound);
    assert_eq!(from(&mesh, "web", Payload::Tcp), Passage::Refused);
    // What is granted at the Server holds for connections and for every route, but makes none.
    assert_eq!(from(&mesh, "job", get("/a", &[])), Passage::Allowed);
    assert_eq!(from(&mesh, "job", get("/b", &[])), Passage::NotFound);
    assert_eq!(from(&mesh, "job", Payload::Tcp), Passage::Allowed);
    assert_eq!(from(&mesh, "api", get("/a", &[])), Passage::Forbidden);
}

#[test]
fn a_server_denies_without_authorizations() {
    assert_eq!(from(&mesh(&[api_server()]), "web", get("/", &[])), Passage::Forbidden);
    let routed = mesh(&[api_server(), server_route("r", exact("/a"))]);
    assert_eq!(from(&routed, "web", get("/a", &[])), Passage::Forbidden);
    assert_eq!(from(&routed, "web", get("/b", &[])), Passage::NotFound);
}

#[test]
fn only_the_winning_route_counts() {
    let everything = json!([{"matches": [{"path": {"type": "PathPrefix", "value": "/"}}]}]);
    let mesh = mesh(&[
        api_server(),
        server_route("a", everything),
        server_route("b", exact("/metrics")),
        accounts("web", &["web"]),
        accounts("prometheus", &["prometheus"]),
        policy("a", ("HTTPRoute", "a"), tls("web")),
        policy("b", ("HTTPRoute", "b"), tls("prometheus")),
    ]);
    assert_eq!(from(&mesh, "web", get("/x", &[])), Passage::Allowed);
    assert_eq!(from(&mesh, "web", get("/metrics", &[])), Passage::Forbidden);
    assert_eq!(from(&mesh, "prometheus", get("/metrics", &[])), Passage::Allowed);
}

#[test]
fn parents_that_are_ignored() {
    let judge = |change: &dyn Fn(&mut Value)| {
        let mut route = server_route("r", exact("/a"));
        change(&mut route);
        let objects =
            [api_server(), route, accounts("web", &["web"]), policy("p", ("Server", "api"), tls("web"))];
        from(&mesh(&objects), "web", get("/b", &[]))
    };
    assert_eq!(judge(&|_| {}), Passage::NotFound, "attached");
    assert_eq!(judge(&|route| route["spec"]["parentRefs"][0]["namespace"] = json!(SHOP)), Passage::NotFound);
    assert_eq!(judge(&|route| route["spec"]["parentRefs"][0]["port"] = json!(8080)), Passage::Allowed);
    assert_eq!(judge(&|route| route["spec"]["parentRefs"][0]["sectionName"] = json!("x")), Passage::Allowed);
    assert_eq!(judge(&|route| route["spec"]["parentRefs"][0]["namespace"] = json!("lab")), Passage::Allowed);
    assert_eq!(judge(&|route| route["metadata"]["namespace"] = json!("lab")), Passage::Allowed);
    assert_eq!(judge(&|route| route["spec"]["parentRefs"][0]["kind"] = json!("Gateway")), Passage::Allowed);
    let of_gateway_api = |route: &mut Value| route["apiVersion"] = json!("gateway.networking.k8s.io/v1");
    assert_eq!(judge(&of_gateway_api), Passage::NotFound);
}

#[test]
fn the_identity_of_the_client_is_a_header_that_no_client_writes() {
    let web = identity("web");
    let headers = json!([{"name": "l5d-client-id", "type": "Exact", "value": web}]);
    let mesh = mesh(&[
        api_server(),
        server_route("r", json!([{"matches": [{"headers": headers}]}])),
        policy("p", ("HTTPRoute", "r"), json!([])),
    ]);
    let written = || get("/", &[("l5d-client-id", &web)]);
    assert_eq!(from(&mesh, "web", get("/", &[])), Passage::Allowed);
    assert_eq!(from(&mesh, "job", written()), Passage::NotFound);
    assert_eq!(mesh.judge(&Arrival::new(&pod(), None, 8080, written())), Passage::NotFound);
}

#[test]
fn probes_have_a_route_while_no_other_is_attached() {
    let probed = pod().probed(8080, "/healthz");
    let judge = |objects: &[Value], payload| mesh(objects).judge(&Arrival::new(&probed, None, 8080, payload));
    assert_eq!(judge(&[api_server()], get("/healthz", &[])), Passage::Allowed);
    assert_eq!(judge(&[api_server()], get("/healthz/x", &[])), Passage::Forbidden);
    assert_eq!(judge(&[api_server()], post("/healthz")), Passage::Forbidden);
    assert_eq!(
        judge(&[api_server(), server_route("r", exact("/a"))], get("/healthz", &[])),
        Passage::NotFound
    );
}

#[test]
fn protocols_of_servers() {
    let judge = |protocol: &str, payload| {
        let mut server = api_server();
        server["spec"]["proxyProtocol"] = json!(protocol);
        let objects = [
            server,
            server_route("r", exact("/a")),
            accounts("web", &["web"]),
            policy("p", ("HTTPRoute", "r"), tls("web")),
        ];
        from(&mesh(&objects), "web", payload)
    };
    assert_eq!(judge("unknown", get("/a", &[])), Passage::Allowed);
    assert_eq!(judge("HTTP/1", get("/a", &[])), Passage::Allowed);
    // Nothing but connections.
    assert_eq!(judge("opaque", get("/a", &[])), Passage::Refused);
    assert!(matches!(judge("HTTP/2", Payload::Tcp), Passage::Unknown(_)));
}

#[test]
fn what_the_proxy_of_the_server_does_not_see() {
    let mesh = mesh(&[api_server()]);
    let judge = |pod: &Pod, payload| mesh.judge(&Arrival::new(pod, None, 8080, payload));
    assert_eq!(judge(&pod(), Payload::Udp), Passage::Unseen);
    assert_eq!(judge(&pod().skipping(8080), get("/", &[])), Passage::Unseen);
    assert_eq!(judge(&pod().without_proxy(), get("/", &[])), Passage::Unseen);
    let owned = Pod::new(SHOP, "p", "a", &[]).owned_by("deployment", "api");
    assert_eq!(owned.labels["linkerd.io/proxy-deployment"], "api");
}
