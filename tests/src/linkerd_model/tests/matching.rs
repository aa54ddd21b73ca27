//! Section 5: what matches, and which match wins.

use super::*;

/// Whether a request takes the route that has this match.
fn matches(one: &Value, payload: Payload) -> bool {
    let route = gateway_route("r", json!([{"matches": [one], "backendRefs": [to("v1", 1)]}]));
    match mesh(&[route]).route(&call(80, payload)) {
        Outcome::Status(404) => false,
        outcome => {
            assert_eq!(outcome, all("v1"));
            true
        }
    }
}

fn path(kind: &str, value: &str) -> Value {
    json!({"path": {"type": kind, "value": value}})
}

#[test]
fn paths() {
    let table = [
        ("Exact", "/metrics", "/metrics", true),
        ("Exact", "/metrics", "/metrics/", false),
        ("Exact", "/metrics", "/metrics?x=/y", true),
        ("Exact", "/a%62", "/ab", false),
        ("Exact", "/x", "http://host.example/x?y", true),
        ("PathPrefix", "/", "/anything", true),
        ("PathPrefix", "/a", "/a", true),
        ("PathPrefix", "/a", "/a/", true),
        ("PathPrefix", "/a", "/a/b", true),
        ("PathPrefix", "/a", "/ab", false),
        ("PathPrefix", "/a/", "/a", true),
        ("PathPrefix", "/a/", "/ab", false),
        ("RegularExpression", "/metrics", "/metrics", true),
        ("RegularExpression", "/metrics", "/metricsx", false),
        // Leftmost first: the first alternative hits, and spans too little.
        ("RegularExpression", "/a|/ab", "/ab", false),
        ("RegularExpression", "^(/a|/ab)$", "/ab", true),
        ("RegularExpression", "/api/.*?", "/api/", true),
        ("RegularExpression", "/api/.*?", "/api/x", false),
        ("RegularExpression", "^(/api/.*?)$", "/api/x", true),
        ("RegularExpression", "^(/a).*$", "/abc", true),
        ("RegularExpression", "^(^/a$).*$", "/a", true),
        ("RegularExpression", "^(^/a$).*$", "/ab", false),
        ("RegularExpression", "^((?i)/a).*$", "/Abc", true),
        ("RegularExpression", r"^(/\d)$", "/٤", true),
        // Not after the first characters of the path.
        ("RegularExpression", "/b", "/a/b", false),
    ];
    for (kind, value, target, expected) in table {
        assert_eq!(matches(&path(kind, value), get(target, &[])), expected, "{kind} {value} {target}");
    }
}

#[test]
fn headers_methods_and_queries() {
    let header =
        |value: &str| json!({"headers": [{"name": "X-A", "type": "RegularExpression", "value": value}]});
    let exact = json!({"headers": [{"name": "x-a", "value": "1"}]});
    assert!(matches(&exact, get("/", &[("X-a", "1")])));
    assert!(!matches(&exact, get("/", &[("x-a", "11")])));
    assert!(!matches(&exact, get("/", &[])));
    assert!(matches(&exact, get("/", &[("x-a", "2"), ("x-a", "1")])), "any one of the lines");
    assert!(matches(&header("^(.*)$"), get("/", &[("x-a", "")])));
    assert!(!matches(&header("^(.*)$"), get("/", &[])), "a missing header never matches");
    assert!(!matches(&header("^(.*)$"), get("/", &[("x-a", "é")])), "nor does one that is not ASCII");
    assert!(!matches(&header("a|ab"), get("/", &[("x-a", "ab")])));
    let both = json!({"headers": [{"name": "x-a", "value": "1"}, {"name": "X-A", "value": "2"}]});
    assert!(!matches(&both, get("/", &[("x-a", "1")])), "two that differ in case both have to hold");
    assert!(matches(&both, get("/", &[("x-a", "1"), ("x-a", "2")])));
    assert!(matches(&json!({"method": "GET"}), get("/", &[])));
    assert!(!matches(&json!({"method": "GET"}), post("/")));
    let query = json!({"queryParams": [{"name": "a", "value": "b c"}]});
    assert!(matches(&query, get("/?x&a=b%20c", &[])) && matches(&query, get("/?a=b+c", &[])));
    assert!(!matches(&query, get("/?a=b", &[])) && !matches(&query, get("/", &[])));
}

#[test]
fn host_names() {
    let route = |hosts: Value| {
        let mut route = gateway_route("r", json!([{"backendRefs": [to("v1", 1)]}]));
        route["spec"]["hostnames"] = hosts;
        mesh(&[route])
    };
    let calls = |mesh: &Mesh, host: &str| mesh.route(&call(80, get("/", &[("Host", host)]))) == all("v1");
    let exact = route(json!(["web.shop"]));
    assert!(calls(&exact, "web.shop") && calls(&exact, "WEB.shop:80") && calls(&exact, "web.shop."));
    assert!(!calls(&exact, "web") && !calls(&exact, "a.web.shop"));
    let suffix = route(json!(["*.shop"]));
    assert!(calls(&suffix, "web.shop") && calls(&suffix, "a.web.shop"));
    assert!(!calls(&suffix, "shop") && !calls(&suffix, "web.lab"));
}

/// Each line: two matches, a request that both take, and which of them wins for the older and for the newer proxies.
#[test]
fn the_most_specific_match_wins() {
    let header = |name: &str| json!({"name": name, "value": "1"});
    let any = json!({});
    let slash = path("PathPrefix", "/");
    let mut regex_and_header = path("RegularExpression", "^(.*)$");
    regex_and_header["headers"] = json!([header("a")]);
    let mut regex_and_method = path("RegularExpression", "^(.*)$");
    regex_and_method["method"] = json!("GET");
    let request = || get("/a/b?q=1", &[("a", "1"), ("b", "1")]);
    let table = [
        // Lengths: whole paths of Exact and regexes, the prefix, and one for none.
        (path("Exact", "/a/b"), path("PathPrefix", "/a"), 0, 0),
        (path("RegularExpression", "^(.*)$"), path("PathPrefix", "/a"), 0, 0),
        (path("PathPrefix", "/a/b"), path("PathPrefix", "/a"), 0, 0),
        (path("PathPrefix", "/a"), any.clone(), 0, 0),
        (path("RegularExpression", "^(.*)$"), json!({"headers": [header("a"), header("b")]}), 0, 0),
        // An exact path does not beat a regex that is earlier; newer proxies say it does.
        (path("RegularExpression", "^(.*)$"), path("Exact", "/a/b"), 0, 1),
        (path("Exact", "/a/b"), path("RegularExpression", "^(.*)$"), 0, 0),
        // Then headers, queries, method; in newer proxies the method comes first.
        (regex_and_header.clone(), regex_and_method.clone(), 0, 1),
        (regex_and_method, regex_and_header, 1, 0),
        (json!({"headers": [header("a"), header("b")]}), json!({"headers": [header("a")]}), 0, 0),
        (json!({"headers": [header("a")]}), json!({"queryParams": [{"name": "q", "value": "1"}]}), 0, 0),
        (json!({"queryParams": [{"name": "q", "value": "1"}]}), json!({"method": "GET"}), 0, 1),
        (json!({"method": "GET"}), any.clone(), 0, 0),
        // Nothing between them: the earlier.
        (any.clone(), slash.clone(), 0, 0),
        (slash, any, 0, 0),
    ];
    for (first, second, older, newer) in table {
        let rules = json!([
            {"matches": [first], "backendRefs": [to("v1", 1)]},
            {"matches": [second], "backendRefs": [to("v2", 1)]},
        ]);
        for (precedence, expected) in [(Precedence::HeadersFirst, older), (Precedence::MethodFirst, newer)] {
            let mesh = mesh(&[gateway_route("r", rules.clone())]).with_precedence(precedence);
            let expected = all(["v1", "v2"][expected]);
            assert_eq!(mesh.route(&call(80, request())), expected, "{first} {second} {precedence:?}");
        }
    }
}

#[test]
fn a_host_beats_a_longer_path() {
    let mut hosted = gateway_route("z", json!([{"backendRefs": [to("v1", 1)]}]));
    hosted["spec"]["hostnames"] = json!(["*.shop"]);
    let longer =
        gateway_route("a", json!([{"matches": [path("Exact", "/long")], "backendRefs": [to("v2", 1)]}]));
    let exact = {
        let mut exact = gateway_route("y", json!([{"backendRefs": [to("web", 1)]}]));
        exact["spec"]["hostnames"] = json!(["web.shop"]);
        exact
    };
    let request = || call(80, get("/long", &[("host", "web.shop")]));
    assert_eq!(mesh(&[hosted.clone(), longer.clone()]).route(&request()), all("v1"));
    assert_eq!(mesh(&[hosted, longer, exact]).route(&request()), all("web"));
}

#[test]
fn of_equal_matches_the_older_route_wins_and_then_the_smaller_name() {
    let route = |name: &str, backend: &str| gateway_route(name, json!([{"backendRefs": [to(backend, 1)]}]));
    let answer = |objects: &[Value], ages| mesh(objects).with_ages(ages).route(&call(80, get("/", &[])));
    let two = [route("b", "v1"), route("a", "v2")];
    assert_eq!(answer(&two, Ages::Equal), all("v2"));
    assert_eq!(answer(&two, Ages::AsGiven), all("v1"));
    assert_eq!(answer(&two, Ages::Reversed), all("v2"));
    let dated = [created("02", route("a", "v1")), created("01", route("b", "v2"))];
    for ages in Ages::ALL {
        assert_eq!(answer(&dated, ages), all("v2"));
    }
}
