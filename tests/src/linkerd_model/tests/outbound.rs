//! Section 6, and what 15 adds to it.

use super::*;

const DENSE: [u16; 6] = [80, 81, 3306, 443, 90, 91];

#[test]
fn overrides_of_a_profile() {
    let dial = |object: Value| mesh(&[object]).route(&call(80, get("/", &[])));
    let table = [
        (vec![("v1", json!("900m")), ("v2", json!("100m"))], shares(&[("v1", 9, 10), ("v2", 1, 10)])),
        (vec![("v1", json!(1)), ("v2", json!(3))], shares(&[("v1", 1, 4), ("v2", 3, 4)])),
        (vec![("v1", json!(0)), ("v2", json!(1))], all("v2")),
        (vec![("v1", json!("0")), ("v2", json!("0m"))], all("web")),
        (vec![], all("web")),
        // 429,497 wraps around to 0.2704.
        (
            vec![("v1", json!(429_497)), ("v2", json!("0.2704"))],
            shares(&[("v1", 2_704, 5_414), ("v2", 2_710, 5_414)]),
        ),
        (vec![("v1", json!(429_496)), ("v2", json!(1))], Outcome::Fatal),
        (vec![("v1", json!(300_000)), ("v2", json!(300_000))], Outcome::Fatal),
        (vec![("v1", json!(-1)), ("v2", json!(1))], Outcome::Fatal),
        // Nobody there: the others take over.
        (vec![("nobody", json!(1)), ("v2", json!(1))], all("v2")),
        (vec![("external", json!(1)), ("v2", json!(1))], all("v2")),
        (
            vec![("nobody", json!(1))],
            Outcome::only(Target::Unavailable("nobody.shop.svc.cluster.local".to_owned())),
        ),
        (vec![("web", json!(1)), ("v2", json!(1))], shares(&[("v2", 1, 2), ("web", 1, 2)])),
        (vec![("v1", json!(1)), ("v1", json!(1)), ("v2", json!(2))], shares(&[("v1", 1, 2), ("v2", 1, 2)])),
    ];
    for (overrides, expected) in table {
        assert_eq!(dial(profile(&overrides)), expected, "{overrides:?}");
    }
    let mut missing = profile(&[("v1", json!(1))]);
    missing["spec"]["dstOverrides"][0].as_object_mut().unwrap().remove("weight");
    assert_eq!(dial(missing), all("web"), "a missing weight is none");
    let mut nonsense = profile(&[("v1", json!(1)), ("v2", json!(1))]);
    nonsense["spec"]["dstOverrides"][0]["authority"] = json!("nonsense");
    assert_eq!(dial(nonsense), all("v2"));
    let foreign =
        object("linkerd.io/v1alpha2", "ServiceProfile", "web", profile(&[("v1", json!(1))])["spec"].clone());
    assert_eq!(dial(foreign), all("web"), "a name that is no FQDN is no Service's");
}

#[test]
fn overrides_are_for_every_port() {
    let mesh = mesh(&[profile(&[("v1", json!(1))])]);
    for port in DENSE {
        if port == 91 {
            continue;
        }
        assert_eq!(mesh.route(&call(port, Payload::Tcp)), Outcome::all(SHOP, "v1", port), "{port}");
        assert_eq!(mesh.route(&call(port, get("/", &[]))), Outcome::all(SHOP, "v1", port), "{port}");
    }
    let mut with_port = profile(&[("v1", json!(1))]);
    with_port["spec"]["dstOverrides"][0]["authority"] = json!("v1.shop.svc.cluster.local:81");
    let with_port = super::mesh(&[with_port]);
    for port in [80, 81, 3306] {
        assert_eq!(with_port.route(&call(port, Payload::Tcp)), Outcome::all(SHOP, "v1", 81), "{port}");
    }
    let lacking = super::mesh(&[profile(&[("headless", json!(1))])]).route(&call(81, Payload::Tcp));
    let undeclared = Target::Undeclared { namespace: SHOP.to_owned(), name: "headless".to_owned(), port: 81 };
    assert_eq!(lacking, Outcome::only(undeclared));
}

#[test]
fn a_profile_of_the_clients_namespace_hides_that_of_the_service() {
    let own = profile(&[("v1", json!(1))]);
    let empty = in_namespace("lab", profile(&[]));
    let dial =
        |objects: &[Value], from: &str| mesh(objects).route(&Call::new(from, SHOP, "web", 80, get("/", &[])));
    assert_eq!(dial(&[own.clone(), empty.clone()], SHOP), all("v1"));
    assert_eq!(dial(&[own.clone(), empty.clone()], "lab"), all("web"));
    let other = in_namespace("lab", profile(&[("v2", json!(1))]));
    assert_eq!(dial(&[own.clone(), other.clone()], "lab"), all("v2"));
    assert_eq!(dial(&[other], SHOP), all("web"));
    assert_eq!(dial(&[own], "lab"), all("v1"));
}

#[test]
fn a_profile_beats_routes_where_it_says_anything() {
    let route = || gateway_route("r", json!([{"backendRefs": [to("v2", 1)]}]));
    let routes = {
        let mut profile = profile(&[]);
        profile["spec"]["routes"] = json!([{"name": "r", "condition": {"pathRegex": "/"}}]);
        profile
    };
    let dial = |profile: Value| mesh(&[profile, route()]).route(&call(80, get("/", &[])));
    assert_eq!(dial(profile(&[("v1", json!(1))])), all("v1"));
    assert_eq!(dial(profile(&[])), all("v2"));
    assert_eq!(dial(profile(&[("v1", json!(0))])), all("v2"));
    assert_eq!(dial(routes), all("web"));
    let tcp = |profile: Value| {
        mesh(&[profile, tcp_route("t", 3306, json!([{"name": "v2", "port": 3306}]))])
            .route(&call(3306, Payload::Tcp))
    };
    assert_eq!(tcp(profile(&[("v1", json!(1))])), Outcome::all(SHOP, "v1", 3306));
    assert_eq!(tcp(profile(&[])), Outcome::all(SHOP, "v2", 3306));
}

#[test]
fn backends_of_a_route() {
    let dial = |backends: Value| {
        mesh(&[gateway_route("r", json!([{"backendRefs": backends}]))]).route(&call(80, get("/", &[])))
    };
    let missing = Target::Failed("no Service shop/nobody".to_owned());
    let half = Fraction::new(1, 2);
    let table = [
        (json!([to("v1", 1), to("v2", 3)]), shares(&[("v1", 1, 4), ("v2", 3, 4)])),
        (json!([to("v1", 0), to("v2", 3)]), all("v2")),
        // A lone weight of 0 gets everything; several of them make the proxy panic.
        (json!([to("v1", 0)]), all("v1")),
        (json!([to("v1", 0), to("v2", 0)]), Outcome::Fatal),
        (json!([]), all("web")),
        (json!([to("web", 1), to("v2", 1)]), shares(&[("v2", 1, 2), ("web", 1, 2)])),
        (
            json!([to("nobody", 1), to("v2", 1)]),
            Outcome::Shares([(missing, half), (Target::service(SHOP, "v2", 80), half)].into()),
        ),
        (
            json!([{"name": "v1", "port": 80}, {"name": "v2", "port": 80}]),
            shares(&[("v1", 1, 2), ("v2", 1, 2)]),
        ),
        (json!([{"name": "v1", "port": 81}]), Outcome::all(SHOP, "v1", 81)),
        (
            json!([{"name": "v1", "port": 82}]),
            Outcome::only(Target::Undeclared { namespace: SHOP.to_owned(), name: "v1".to_owned(), port: 82 }),
        ),
        (json!([{"name": "web", "namespace": "lab", "port": 80}]), Outcome::all("lab", "web", 80)),
    ];
    for (backends, expected) in table {
        assert_eq!(dial(backends.clone()), expected, "{backends}");
    }
    let mut without_port = gateway_route("r", json!([{"backendRefs": [{"name": "v1"}, to("v2", 1)]}]));
    without_port["apiVersion"] = json!("policy.linkerd.io/v1beta3");
    let failed = Target::Failed("no port of shop/v1".to_owned());
    assert_eq!(
        mesh(&[without_port]).route(&call(80, get("/", &[]))),
        Outcome::Shares([(failed, half), (Target::service(SHOP, "v2", 80), half)].into())
    );
}

#[test]
fn requests_without_a_match_are_answered_404() {
    let one =
        json!([{"matches": [{"path": {"type": "Exact", "value": "/a"}}], "backendRefs": [to("v1", 1)]}]);
    let mesh = mesh(&[gateway_route("r", one)]);
    assert_eq!(mesh.route(&call(80, get("/a", &[]))), all("v1"));
    assert_eq!(mesh.route(&call(80, get("/b", &[]))), Outcome::Status(404));
    assert_eq!(mesh.route(&call(81, get("/b", &[]))), Outcome::all(SHOP, "web", 81));
    // Not HTTP: past the route.
    assert_eq!(mesh.route(&call(80, Payload::Tcp)), all("web"));
}

#[test]
fn the_port_of_the_parent() {
    let rules = json!([{"backendRefs": [{"name": "v1", "port": 80}]}]);
    let mut portless = gateway_route("b", rules.clone());
    portless["spec"]["parentRefs"][0].as_object_mut().unwrap().remove("port");
    let dial = |objects: &[Value], port| mesh(objects).route(&call(port, get("/", &[])));
    assert_eq!(dial(&[portless.clone()], 81), all("v1"), "a route without parent port is for all ports");
    let other = gateway_route("a", json!([{"backendRefs": [to("v2", 1)]}]));
    assert_eq!(dial(&[portless.clone(), other.clone()], 80), all("v2"), "both are in force, and compete");
    assert_eq!(mesh(&[portless, other]).with_ages(Ages::AsGiven).route(&call(80, get("/", &[]))), all("v1"));
    for (group, kind, applies) in
        [("", "Service", true), ("core", "Service", true), ("apps", "Service", false), ("", "Gateway", false)]
    {
        let mut route = gateway_route("r", rules.clone());
        route["spec"]["parentRefs"][0]["group"] = json!(group);
        route["spec"]["parentRefs"][0]["kind"] = json!(kind);
        assert_eq!(dial(&[route], 80), all(if applies { "v1" } else { "web" }), "{group} {kind}");
    }
    for field in ["group", "kind"] {
        let mut route = gateway_route("r", rules.clone());
        route["spec"]["parentRefs"][0].as_object_mut().unwrap().remove(field);
        assert_eq!(dial(&[route], 80), all("web"), "the default of {field} is no Service");
    }
}

#[test]
fn routes_of_another_namespace_are_for_its_clients() {
    let mut consumer =
        in_namespace("lab", gateway_route("r", json!([{"backendRefs": [{"name": "web", "port": 80}]}])));
    let mesh_of = |route: &Value| mesh(std::slice::from_ref(route));
    let from = |namespace: &str| Call::new(namespace, SHOP, "web", 80, get("/", &[]));
    assert_eq!(mesh_of(&consumer).route(&from("lab")), all("web"), "the parent is in the route's namespace");
    consumer["spec"]["parentRefs"][0]["namespace"] = json!(SHOP);
    assert_eq!(mesh_of(&consumer).route(&from("lab")), Outcome::all("lab", "web", 80));
    assert_eq!(mesh_of(&consumer).route(&from(SHOP)), all("web"));
}

#[test]
fn what_linkerd_takes_ports_for() {
    let rule = |port: u16| json!([{"backendRefs": [{"name": "v1", "port": port}]}]);
    let http = |port: u16| {
        let mut route = gateway_route("h", rule(port));
        route["spec"]["parentRefs"][0]["port"] = json!(port);
        mesh(&[route])
    };
    let tcp = |port: u16| mesh(&[tcp_route("t", port, json!([{"name": "v1", "port": port}]))]);
    let (first, root) = (|port| Outcome::all(SHOP, "v1", port), |port| Outcome::all(SHOP, "web", port));
    // Opaque by default, by declaration, and by a declaration that Linkerd does not know.
    for port in [3306, 90, 443] {
        assert_eq!(http(port).route(&call(port, get("/", &[]))), root(port), "{port}");
        assert_eq!(tcp(port).route(&call(port, get("/", &[]))), first(port), "{port}");
        assert_eq!(tcp(port).route(&call(port, Payload::Tcp)), first(port), "{port}");
    }
    assert_eq!(http(91).route(&call(91, get("/", &[]))), first(91));
    assert!(matches!(http(91).route(&call(91, Payload::Tcp)), Outcome::Unknown(_)));
    // An annotation replaces the default ports.
    let annotated = http(3306).with_opaque_ports(SHOP, "web", &[81]);
    assert_eq!(annotated.route(&call(3306, get("/", &[]))), first(3306));
    let annotated = http(81).with_opaque_ports(SHOP, "web", &[81]);
    assert_eq!(annotated.route(&call(81, get("/", &[]))), root(81));
    let contradiction = http(91).with_opaque_ports(SHOP, "web", &[91]);
    assert!(matches!(contradiction.route(&call(91, get("/", &[]))), Outcome::Unknown(_)));
    // A route of connections makes opaque what nothing declares, unless there is one of requests.
    assert_eq!(tcp(80).route(&call(80, get("/", &[]))), first(80));
    assert_eq!(tcp(80).route(&call(80, Payload::Tcp)), first(80));
    let both = mesh(&[
        gateway_route("h", json!([{"backendRefs": [to("v2", 1)]}])),
        tcp_route("t", 80, json!([{"name": "v1", "port": 80}])),
    ]);
    assert_eq!(both.route(&call(80, get("/", &[]))), all("v2"));
    assert_eq!(both.route(&call(80, Payload::Tcp)), all("web"));
}

#[test]
fn of_several_tcp_routes_the_first_is_used() {
    let routes = [
        tcp_route("b", 3306, json!([{"name": "v1", "port": 3306}])),
        tcp_route("a", 3306, json!([{"name": "v2", "port": 3306}])),
    ];
    let dial = |ages| mesh(&routes).with_ages(ages).route(&call(3306, Payload::Tcp));
    assert_eq!(dial(Ages::Equal), Outcome::all(SHOP, "v2", 3306));
    assert_eq!(dial(Ages::AsGiven), Outcome::all(SHOP, "v1", 3306));
    let mut first_version = routes[0].clone();
    first_version["apiVersion"] = json!("gateway.networking.k8s.io/v1");
    let ignored = mesh(&[first_version]).route(&call(3306, Payload::Tcp));
    assert_eq!(ignored, Outcome::all(SHOP, "web", 3306), "TCPRoute v1 is stored and ignored");
    let conflicted = {
        let mut http = gateway_route("h", json!([{"backendRefs": [{"name": "v1", "port": 3306}]}]));
        http["spec"]["parentRefs"][0]["port"] = json!(3306);
        mesh(&[http, routes[0].clone()]).route(&call(3306, Payload::Tcp))
    };
    assert_eq!(
        conflicted,
        Outcome::all(SHOP, "web", 3306),
        "an HTTPRoute of the same parent is of a higher kind"
    );
}

#[test]
fn what_the_proxy_does_not_split() {
    let mesh = mesh(&[
        profile(&[("v1", json!(1))]),
        object(
            "linkerd.io/v1alpha2",
            "ServiceProfile",
            "headless.shop.svc.cluster.local",
            json!({"dstOverrides": [{"authority": "v1.shop.svc.cluster.local", "weight": 1}]}),
        ),
    ]);
    let dial = |name: &str, port, payload| mesh.route(&Call::new(SHOP, SHOP, name, port, payload));
    assert_eq!(dial("headless", 80, get("/", &[])), all("headless"));
    assert_eq!(dial("external", 80, get("/", &[])), all("external"));
    assert_eq!(dial("web", 53, Payload::Udp), Outcome::all(SHOP, "web", 53));
    assert_eq!(dial("web", 82, get("/", &[])), Outcome::Closed);
    // UDP ports are not told from TCP ports.
    assert_eq!(
        dial("web", 53, Payload::Tcp),
        Outcome::only(Target::Undeclared { namespace: SHOP.to_owned(), name: "v1".to_owned(), port: 53 })
    );
    assert_eq!(dial("nobody", 80, Payload::Tcp), Outcome::NoSuchService);
}
