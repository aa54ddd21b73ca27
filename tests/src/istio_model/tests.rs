//! The model against every fact about routing that the reference lists (sections 2.2, 3, 9 and 11).

use serde_json::{Value, json};

use super::*;

const SHOP: &str = "shop";

fn virtual_service(name: &str, spec: Value) -> Value {
    json!({
        "apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
        "metadata": {"namespace": SHOP, "name": name}, "spec": spec,
    })
}

fn to(host: &str, port: u16, weight: i64) -> Value {
    json!({"destination": {"host": host, "port": {"number": port}}, "weight": weight})
}

fn services() -> Vec<Service> {
    vec![
        Service::new(
            SHOP,
            "web",
            vec![Port::named(80, "http"), Port::named(90, "tcp"), Port::named(70, "x")],
        ),
        Service::tcp(SHOP, "v1", &[80, 90, 70]),
        Service::tcp(SHOP, "v2", &[80, 90, 70]),
        Service::tcp(SHOP, "single", &[8080]),
    ]
}

fn mesh(spec: Value) -> Mesh {
    Mesh::new(&[virtual_service("web", spec)], &services()).unwrap()
}

fn refused(spec: Value) -> String {
    let refusals = Mesh::new(&[virtual_service("web", spec)], &services()).unwrap_err();
    refusals.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

fn call(port: u16, payload: Payload) -> Call {
    Call::new(SHOP, SHOP, "web", port, payload)
}

fn get(target: &str, headers: &[(&str, &str)]) -> Call {
    call(80, Payload::get(target, headers))
}

fn all(name: &str) -> Outcome {
    Outcome::all(SHOP, name, 80)
}

fn if_matched(condition: Value) -> Mesh {
    mesh(json!({"hosts": ["web"], "http": [
        {"match": [condition], "route": [to("v1", 80, 0)]},
        {"route": [to("web", 80, 0)]},
    ]}))
}

#[test]
fn weights_are_relative_and_zero_destinations_are_dropped() {
    let mesh = mesh(json!({"hosts": ["web"], "http": [
        {"route": [to("v1", 80, 3), to("v2", 80, 1), to("web", 80, 0)]}
    ]}));
    assert_eq!(mesh.route(&get("/", &[])).to_string(), "3/4 shop/v1:80, 1/4 shop/v2:80");
}

#[test]
fn equal_destinations_add_up() {
    let mesh = mesh(json!({"hosts": ["web"], "http": [
        {"route": [to("v1", 80, 1), to("v2", 80, 1), to("v1", 80, 2)]}
    ]}));
    assert_eq!(mesh.route(&get("/", &[])).to_string(), "3/4 shop/v1:80, 1/4 shop/v2:80");
}

#[test]
fn a_lone_destination_gets_everything_even_with_weight_0() {
    assert_eq!(
        mesh(json!({"hosts": ["web"], "http": [{"route": [to("v1", 80, 0)]}]})).route(&get("/", &[])),
        all("v1")
    );
}

#[test]
fn weights_the_webhook_or_envoy_refuse() {
    let with = |destinations: Value| refused(json!({"hosts": ["web"], "http": [{"route": destinations}]}));
    assert!(with(json!([to("v1", 80, 0), to("v2", 80, 0)])).contains("total destination weight = 0"));
    assert!(with(json!([to("v1", 80, -1), to("v2", 80, 2)])).contains("weight -1"));
    assert!(with(json!([to("v1", 80, 2_147_483_647), to("v2", 80, 1)])).contains("more than 2^31 - 1"));
    assert!(with(json!([to("v1", 80, 2_147_483_648)])).contains("i32"));
    assert!(with(json!([{"destination": {"host": "v1"}, "weight": 0.5}])).contains("i32"));
    assert!(with(json!([{"destination": {"host": "v1"}, "weight": "5"}])).contains("i32"));
    assert!(with(json!([])).contains("without destinations"));
    let tcp = refused(json!({"hosts": ["web"], "tcp": [{"route": [to("v1", 80, 0), to("v2", 80, 0)]}]}));
    assert!(tcp.contains("total destination weight = 0"));
}

#[test]
fn hosts_with_a_dot_are_taken_literally() {
    let spec =
        |host: &str| json!({"hosts": [host], "http": [{"route": [to("v1.shop.svc.cluster.local", 80, 1)]}]});
    assert_eq!(mesh(spec("web.shop.svc.cluster.local")).route(&get("/", &[])), all("v1"));
    assert_eq!(mesh(spec("web")).route(&get("/", &[])), all("v1"));
    // Half effective: only for requests that spell the authority so.
    let half = mesh(spec("web.shop"));
    assert_eq!(half.route(&get("/", &[])), all("web"));
    assert_eq!(half.route(&get("/", &[("Host", "web.shop")])), all("v1"));
}

#[test]
fn the_port_in_the_authority_plays_no_part() {
    let mesh = if_matched(json!({"uri": {"prefix": "/"}}));
    for host in ["web", "web:80", "web.shop", "web.shop.svc:80", "web.shop.svc.cluster.local"] {
        assert_eq!(mesh.route(&get("/", &[("host", host)])), all("v1"), "{host}");
    }
    // An authority of nobody's goes to the address dialled.
    assert_eq!(mesh.route(&get("/", &[("host", "elsewhere.example")])), all("web"));
}

#[test]
fn a_request_without_a_route_is_answered_404() {
    let mesh = mesh(json!({"hosts": ["web"], "http": [
        {"match": [{"port": 80, "uri": {"exact": "/x"}}], "route": [to("v1", 80, 1)]}
    ]}));
    assert_eq!(mesh.route(&get("/x", &[])), all("v1"));
    assert_eq!(mesh.route(&get("/y", &[])), Outcome::Status(404));
}

#[test]
fn ports_outside_match_port_keep_the_default_route() {
    let mesh = mesh(json!({"hosts": ["web"], "http": [
        {"match": [{"port": 80}], "route": [to("v1", 80, 1)]}
    ]}));
    assert_eq!(mesh.route(&get("/", &[])), all("v1"));
    assert_eq!(mesh.route(&call(70, Payload::get("/", &[]))), Outcome::all(SHOP, "web", 70));
}

#[test]
fn the_first_route_that_matches_decides() {
    let mesh = mesh(json!({"hosts": ["web"], "http": [
        {"match": [{"uri": {"prefix": "/a"}}, {"method": {"exact": "PUT"}}], "route": [to("v1", 80, 1)]},
        {"match": [{"uri": {"prefix": "/"}}], "route": [to("v2", 80, 1)]},
    ]}));
    assert_eq!(mesh.route(&get("/ab", &[])), all("v1"));
    assert_eq!(mesh.route(&get("/b", &[])), all("v2"));
}

#[test]
fn paths_are_compared_whole_without_query_and_normalised() {
    let mesh = if_matched(json!({"uri": {"regex": "/foo"}}));
    for path in ["/foo", "/foo?x=1", "/foo#x", "/a/../foo", "/%66oo"] {
        assert_eq!(mesh.route(&get(path, &[])), all("v1"), "{path}");
    }
    for path in ["/foobar", "//foo", "/"] {
        assert_eq!(mesh.route(&get(path, &[])), all("web"), "{path}");
    }
    assert_eq!(if_matched(json!({"uri": {"prefix": "/foo"}})).route(&get("/foobar", &[])), all("v1"));
    assert_eq!(if_matched(json!({"uri": {"regex": "/x|/y.*"}})).route(&get("/xyz", &[])), all("web"));
}

#[test]
fn headers_are_compared_whole_line_by_line() {
    let mesh = if_matched(json!({"headers": {"user-agent": {"regex": ".*Firefox"}}}));
    assert_eq!(mesh.route(&get("/", &[("User-Agent", "Mozilla Firefox")])), all("v1"));
    assert_eq!(mesh.route(&get("/", &[("user-agent", "Mozilla Firefox 9")])), all("web"));
    assert_eq!(mesh.route(&get("/", &[("user-agent", "curl"), ("user-agent", "Firefox")])), all("v1"));
    assert_eq!(mesh.route(&get("/", &[])), all("web"));
}

#[test]
fn a_missing_header_never_matches_and_an_empty_one_is_present() {
    for condition in [json!({}), json!({"regex": ".*"}), json!({"exact": ""})] {
        let mesh = if_matched(json!({"headers": {"x-debug": condition}}));
        assert_eq!(mesh.route(&get("/", &[])), all("web"));
        assert_eq!(mesh.route(&get("/", &[("X-Debug", "")])), all("v1"));
    }
    let exact = if_matched(json!({"headers": {"x-debug": {"exact": ""}}}));
    assert_eq!(exact.route(&get("/", &[("X-Debug", "1")])), all("web"));
}

#[test]
fn methods_and_the_authority_are_compared_whole() {
    let mesh = if_matched(json!({"method": {"regex": "GET|HEAD"}}));
    assert_eq!(mesh.route(&get("/", &[])), all("v1"));
    let authority = if_matched(json!({"authority": {"regex": "web.*"}}));
    assert_eq!(authority.route(&get("/", &[("Host", "web.shop:80")])), all("v1"));
    assert_eq!(if_matched(json!({"authority": {"exact": "web"}})).route(&get("/", &[])), all("web"));
}

#[test]
fn string_matches_the_webhook_refuses() {
    let with = |condition: Value| {
        refused(json!({"hosts": ["web"], "http": [{"match": [condition], "route": [to("v1", 80, 1)]}]}))
    };
    assert!(with(json!({"uri": {"regex": ""}})).contains("empty regex"));
    assert!(with(json!({"uri": {"regex": "a".repeat(1025)}})).contains("1024"));
    assert!(with(json!({"uri": {"regex": "("}})).contains("7.2 (6)"));
    assert!(with(json!({"uri": {"regex": "a", "exact": "a"}})).contains("at most one"));
    assert!(with(json!({"uri": {"suffix": "a"}})).contains("unknown field"));
    assert!(with(json!({"headers": {"a b": {}}})).contains("header name"));
    assert!(with(json!({"headers": {"": {}}})).contains("header name"));
    assert!(with(json!({"headers": {"a": null}})).contains("null"));
    assert!(with(json!({"headers": {"a": {"regex": "*"}}})).contains("7.2 (6)"));
    assert!(with(json!({"headers": {"@request.auth.claims.x": {}}})).contains("header name"));
    assert!(with(json!({"headers": {"a": {"prefix": ""}}})).contains("empty prefix"));
    assert!(with(json!({"port": 0})).contains("port 0"));
    assert!(with(json!({"port": 70000})).contains("u16"));
    assert!(with(json!({"ignoreUriCase": true})).contains("unknown field"));
}

#[test]
fn shapes_the_webhook_refuses() {
    let route = json!([{"route": [to("v1", 80, 1)]}]);
    assert!(refused(json!({"hosts": [], "http": route})).contains("no hosts"));
    assert!(
        refused(json!({"hosts": ["web", "web.shop.svc.cluster.local"], "http": route})).contains("twice")
    );
    assert!(refused(json!({"hosts": ["we_b"], "http": route})).contains("host we_b"));
    assert!(refused(json!({"hosts": ["1.2.3.4"], "http": route})).contains("host 1.2.3.4"));
    assert!(refused(json!({"hosts": ["web"]})).contains("neither http nor tcp"));
    assert!(refused(json!({"hosts": ["web"], "http": [{}]})).contains("7.2 (2)"));
    assert!(refused(json!({"hosts": ["web"], "exportTo": ["*", "a"], "http": route})).contains("7.2 (8)"));
    assert!(refused(json!({"hosts": ["web"], "tcp": [{"route": []}]})).contains("without destinations"));
    assert!(
        refused(json!({"hosts": ["web"], "tcp": [{"route": [to("v1", 0, 1)]}]}))
            .contains("destination port 0")
    );
    assert!(refused(json!({"hosts": ["web"], "gateways": ["a b"], "http": route})).contains("gateway"));
    let shadowing = json!([{"route": [to("v1", 80, 1)]}, {"route": [to("v2", 80, 1)]}]);
    assert!(refused(json!({"hosts": ["web"], "http": shadowing})).contains("7.2 (9)"));
}

#[test]
fn a_destination_without_a_port() {
    let bare = |host: &str| json!([{"route": [{"destination": {"host": host}}]}]);
    // HTTP: the dialled port, which must exist there.
    assert_eq!(mesh(json!({"hosts": ["web"], "http": bare("v1")})).route(&get("/", &[])), all("v1"));
    let http = mesh(json!({"hosts": ["web"], "http": bare("single")}));
    assert_eq!(
        http.route(&get("/", &[])).to_string(),
        "1/1 503 (no cluster outbound|80||single.shop.svc.cluster.local)"
    );
    // TCP: the only port of a single-port Service, whatever was dialled.
    let tcp = mesh(json!({"hosts": ["web"], "tcp": bare("single")}));
    assert_eq!(tcp.route(&call(90, Payload::Tcp)), Outcome::all(SHOP, "single", 8080));
    assert_eq!(
        mesh(json!({"hosts": ["web"], "tcp": bare("v1")})).route(&call(90, Payload::Tcp)),
        Outcome::all(SHOP, "v1", 90)
    );
}

#[test]
fn the_share_of_an_unknown_destination_is_503() {
    let mesh = mesh(
        json!({"hosts": ["web"], "http": [{"route": [to("nowhere", 80, 1), to("v1", 81, 1), to("v1", 80, 2)]}]}),
    );
    assert_eq!(
        mesh.route(&get("/", &[])).to_string(),
        "1/2 shop/v1:80, 1/4 503 (no cluster outbound|80||nowhere.shop.svc.cluster.local), \
         1/4 503 (no cluster outbound|81||v1.shop.svc.cluster.local)"
    );
}

#[test]
fn the_protocol_of_the_port_chooses_the_routes() {
    let mesh = mesh(json!({"hosts": ["web"],
        "http": [{"route": [{"destination": {"host": "v1"}}]}],
        "tcp": [{"route": [{"destination": {"host": "v2"}}]}],
    }));
    let http = || Payload::get("/", &[]);
    assert_eq!(mesh.route(&call(80, http())), all("v1"));
    assert_eq!(mesh.route(&call(80, Payload::Tcp)), all("web"), "not HTTP on an HTTP port: past the routes");
    assert_eq!(mesh.route(&call(90, http())), Outcome::all(SHOP, "v2", 90), "opaque on a TCP port");
    assert_eq!(mesh.route(&call(90, Payload::Tcp)), Outcome::all(SHOP, "v2", 90));
    assert_eq!(mesh.route(&call(70, http())), Outcome::all(SHOP, "v1", 70));
    assert_eq!(mesh.route(&call(70, Payload::Tcp)), Outcome::all(SHOP, "v2", 70));
    assert_eq!(mesh.route(&call(70, Payload::Udp)), Outcome::all(SHOP, "web", 70));
    assert_eq!(mesh.route(&call(1, http())), Outcome::all(SHOP, "web", 1));
    assert_eq!(mesh.route(&Call::new(SHOP, SHOP, "nowhere", 80, http())), Outcome::NoSuchService);
}

#[test]
fn protocols_are_read_from_app_protocol_and_name() {
    let port = |number, name: Option<&str>, app: Option<&str>| Port {
        number,
        name: name.map(str::to_owned),
        app_protocol: app.map(str::to_owned),
        udp: false,
    };
    let table = [
        (80, None, None, Protocol::Auto),
        (80, Some("http"), None, Protocol::Http),
        (80, Some("GRPC-web"), None, Protocol::Http),
        (80, Some("httpx"), None, Protocol::Auto),
        (80, Some("http2-a"), None, Protocol::Http),
        (80, Some("tcp"), Some("http"), Protocol::Http),
        (80, Some("http"), Some("mysql"), Protocol::Tcp),
        (80, Some("http"), Some("example.com/x"), Protocol::Auto),
        (80, None, Some("kubernetes.io/h2c"), Protocol::Http),
        (80, None, Some("kubernetes.io/ws"), Protocol::Http),
        (80, None, Some("kubernetes.io/wss"), Protocol::Tls),
        (443, Some("https"), None, Protocol::Tls),
        (443, Some("tls-x"), None, Protocol::Tls),
        (6379, Some("redis"), None, Protocol::Tcp),
        (53, None, None, Protocol::Tcp),
        (3306, Some("db"), None, Protocol::Tcp),
        (3306, Some("http-db"), None, Protocol::Http),
        (80, Some("udp-x"), None, Protocol::Udp),
    ];
    for (number, name, app, protocol) in table {
        assert_eq!(port(number, name, app).protocol(), protocol, "{number} {name:?} {app:?}");
    }
    assert_eq!(Port { udp: true, ..Port::named(53, "http") }.protocol(), Protocol::Udp);
}

#[test]
fn tls_ports_are_not_split() {
    let services =
        [Service::new(SHOP, "web", vec![Port::named(80, "https")]), Service::tcp(SHOP, "v1", &[80])];
    let spec = json!({"hosts": ["web"], "http": [{"route": [to("v1", 80, 1)]}], "tcp": [{"route": [to("v1", 80, 1)]}]});
    let mesh = Mesh::new(&[virtual_service("web", spec)], &services).unwrap();
    assert_eq!(mesh.route(&call(80, Payload::Tcp)), all("web"));
}

#[test]
fn a_destination_is_not_routed_again() {
    let to_v1 = virtual_service(
        "web",
        json!({"hosts": ["web"], "http": [{"route": [to("v1", 80, 1), to("web", 80, 1)]}]}),
    );
    let to_v2 = virtual_service("v1", json!({"hosts": ["v1"], "http": [{"route": [to("v2", 80, 1)]}]}));
    let mesh = Mesh::new(&[to_v1, to_v2], &services()).unwrap();
    assert_eq!(mesh.route(&get("/", &[])).to_string(), "1/2 shop/v1:80, 1/2 shop/web:80");
}

#[test]
fn headless_destinations_send_to_the_address_dialled_and_external_names_nowhere() {
    let mut services = services();
    services[1].addressing = Addressing::Headless;
    services[2].addressing = Addressing::ExternalName;
    let spec = json!({"hosts": ["web"], "http": [{"route": [to("v1", 80, 1), to("v2", 80, 1)]}]});
    let mesh = Mesh::new(&[virtual_service("web", spec)], &services).unwrap();
    assert_eq!(
        mesh.route(&get("/", &[])).to_string(),
        "1/2 shop/web:80, 1/2 503 (no cluster outbound|80||v2.shop.svc.cluster.local)"
    );
}

#[test]
fn sidecars_do_not_merge_virtual_services() {
    let older = virtual_service(
        "a",
        json!({"hosts": ["web"], "http": [
        {"match": [{"port": 80, "uri": {"exact": "/x"}}], "route": [to("v1", 80, 1)]}
    ], "tcp": [{"match": [{"port": 90}], "route": [to("v1", 90, 1)]}]}),
    );
    let younger = virtual_service(
        "b",
        json!({"hosts": ["web"],
            "http": [{"route": [{"destination": {"host": "v2"}}]}], "tcp": [{"route": [{"destination": {"host": "v2"}}]}],
        }),
    );
    let mesh = Mesh::new(&[younger.clone(), older.clone()], &services()).unwrap();
    assert_eq!(mesh.route(&get("/y", &[])), Outcome::Status(404), "the first by name owns port 80");
    assert_eq!(
        mesh.route(&call(70, Payload::get("/", &[]))),
        Outcome::all(SHOP, "v2", 70),
        "the port it leaves free"
    );
    assert_eq!(mesh.route(&call(90, Payload::Tcp)), Outcome::all(SHOP, "v1", 90));
    assert_eq!(mesh.route(&call(70, Payload::Tcp)), Outcome::all(SHOP, "v2", 70));
    // Age comes before the name, and objects exported to the client alone before age.
    let mut aged = [younger.clone(), older.clone()];
    aged[0]["metadata"]["creationTimestamp"] = json!("2026-01-01T00:00:00Z");
    aged[1]["metadata"]["creationTimestamp"] = json!("2026-01-01T00:00:01Z");
    assert_eq!(Mesh::new(&aged, &services()).unwrap().route(&get("/y", &[])), all("v2"));
    let mut private = [older, younger];
    private[1]["spec"]["exportTo"] = json!(["."]);
    let mesh = Mesh::new(&private, &services()).unwrap();
    assert_eq!(mesh.route(&get("/y", &[])), all("v2"));
    let from_elsewhere = Call { caller_namespace: "lab".to_owned(), ..get("/y", &[]) };
    assert_eq!(mesh.route(&from_elsewhere), Outcome::Status(404));
}

#[test]
fn gateway_lists_without_mesh_do_not_bind_sidecars() {
    let route = json!([{"route": [to("v1", 80, 1)]}]);
    assert_eq!(
        mesh(json!({"hosts": ["web"], "gateways": ["shop/gw"], "http": route})).route(&get("/", &[])),
        all("web")
    );
    assert_eq!(
        mesh(json!({"hosts": ["web"], "gateways": ["shop/gw", "mesh"], "http": route})).route(&get("/", &[])),
        all("v1")
    );
    let blocks = |gateways: Value| {
        mesh(json!({"hosts": ["web"], "gateways": ["shop/gw", "mesh"], "http": [
            {"match": [{"gateways": gateways}], "route": [to("v1", 80, 1)]},
            {"match": [{"gateways": ["mesh"], "port": 80}], "route": [to("v2", 80, 1)]},
        ], "tcp": [{"match": [{"gateways": ["shop/gw"]}], "route": [to("v1", 90, 1)]}]}))
    };
    assert_eq!(blocks(json!(["shop/gw"])).route(&get("/", &[])), all("v2"));
    assert_eq!(blocks(json!(["mesh"])).route(&get("/", &[])), all("v1"));
    assert_eq!(blocks(json!(["mesh"])).route(&call(90, Payload::Tcp)), Outcome::all(SHOP, "web", 90));
}

#[test]
fn source_namespaces_select_clients() {
    let mesh = if_matched(json!({"sourceNamespace": "lab"}));
    assert_eq!(mesh.route(&get("/", &[])), all("web"));
    assert_eq!(mesh.route(&Call { caller_namespace: "lab".to_owned(), ..get("/", &[]) }), all("v1"));
}

#[test]
fn direct_responses_answer() {
    let mesh = mesh(json!({"hosts": ["web"], "http": [{"directResponse": {"status": 503}}]}));
    assert_eq!(mesh.route(&get("/", &[])), Outcome::Status(503));
}

#[test]
fn what_is_not_modelled_is_refused() {
    let route = json!([to("v1", 80, 1)]);
    assert!(
        refused(json!({"hosts": ["web"], "http": [{"route": route, "timeout": "1s"}]}))
            .contains("unknown field")
    );
    assert!(
        refused(json!({"hosts": ["*.shop.svc.cluster.local"], "http": [{"route": route}]}))
            .contains("not modelled")
    );
    assert!(refused(json!({"hosts": ["web"], "tls": []})).contains("unknown field"));
    let rule = json!({"apiVersion": "networking.istio.io/v1", "kind": "DestinationRule", "metadata": {}, "spec": {}});
    assert!(Mesh::new(&[rule], &[]).unwrap_err()[0].message.contains("not modelled"));
    let policy = json!({"apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy", "metadata": {}, "spec": {}});
    assert!(Mesh::new(&[policy], &[]).is_ok());
}
