//! What becomes of TrafficSplits, from text to objects.

use serde_json::{Value, json};
use smi_translate::read::{ReadOptions, Reader};
use smi_translate::{Backend, Diagnostic, MissingServices, Options, Translation, translate};

use crate::{Linkerd, LinkerdOptions, RouteGroup, RoutingForm, admission};

fn translated(documents: &[String], options: Options, linkerd: LinkerdOptions) -> Translation {
    let linkerd = Linkerd::new(linkerd);
    let mut reader =
        Reader::new(ReadOptions { foreign_kinds: linkerd.foreign_kinds(), ..ReadOptions::default() });
    reader.add("input.yaml", documents.join("---\n").as_bytes());
    let translation = translate(&reader.finish(options).inventory, &linkerd);
    for manifest in &translation.manifests {
        let object = serde_json::to_value(manifest).unwrap();
        assert_eq!(admission::check(&object), Vec::<String>::new(), "{object:#}");
    }
    translation
}

fn plain(documents: &[String]) -> Translation {
    translated(documents, Options::default(), LinkerdOptions::default())
}

fn with(documents: &[String], routing: RoutingForm) -> Translation {
    translated(documents, Options::default(), LinkerdOptions { routing, ..LinkerdOptions::default() })
}

fn split(name: &str, matches: &[&str], backends: &[(&str, &str)]) -> String {
    let refs: Vec<_> = matches.iter().map(|name| format!("{{kind: HTTPRouteGroup, name: {name}}}")).collect();
    let backends: Vec<_> = backends.iter().map(|(n, w)| format!("{{service: {n}, weight: {w}}}")).collect();
    let matches = if refs.is_empty() { String::new() } else { format!("  matches: [{}]\n", refs.join(", ")) };
    format!(
        "apiVersion: split.smi-spec.io/v1alpha4\nkind: TrafficSplit\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n  service: web\n{matches}  backends: [{}]\n",
        backends.join(", ")
    )
}

fn group(name: &str, matches: &str) -> String {
    format!(
        "apiVersion: specs.smi-spec.io/v1alpha4\nkind: HTTPRouteGroup\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{matches: [{matches}]}}\n"
    )
}

fn service(name: &str, ports: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{selector: {{app: {name}}}, clusterIP: 10.0.0.1, ports: [{ports}]}}\n"
    )
}

const HTTP: &str = "{port: 80, appProtocol: http}";

fn services(ports: &str) -> Vec<String> {
    ["web", "v1", "v2"].into_iter().map(|name| service(name, ports)).collect()
}

fn of(translation: &Translation, kind: &str) -> Vec<Value> {
    let manifests = translation.manifests.iter().filter(|manifest| manifest.kind == kind);
    manifests.map(|manifest| serde_json::to_value(manifest).unwrap()).collect()
}

fn codes(translation: &Translation) -> Vec<&'static str> {
    let ours = translation.diagnostics.iter().filter(|d| d.code.0.starts_with("LINKERD-"));
    let mut codes: Vec<_> = ours.map(|d: &Diagnostic| d.code.0).collect();
    codes.sort_unstable();
    codes
}

fn is_unsettled(translation: &Translation) -> bool {
    translation.diagnostics.iter().any(|d| d.code.0 == "SMI-LOSS-1")
}

const V1_V2: [(&str, &str); 2] = [("v1", "90"), ("v2", "10")];

#[test]
fn a_split_without_conditions_is_a_service_profile() {
    let translation = plain(&[split("s", &[], &V1_V2)]);
    let profiles = of(&translation, "ServiceProfile");
    assert_eq!(profiles.len(), 1);
    assert_eq!(profiles[0]["apiVersion"], "linkerd.io/v1alpha2");
    assert_eq!(profiles[0]["metadata"]["name"], "web.shop.svc.cluster.local");
    assert_eq!(profiles[0]["metadata"]["namespace"], "shop");
    let expected = json!({"dstOverrides": [
        {"authority": "v1.shop.svc.cluster.local", "weight": 9},
        {"authority": "v2.shop.svc.cluster.local", "weight": 1},
    ]});
    assert_eq!(profiles[0]["spec"], expected);
    assert_eq!(codes(&translation), ["LINKERD-PROFILE-1"]);
    assert!(!is_unsettled(&translation));
}

#[test]
fn the_profile_is_named_by_the_service_however_the_root_is_spelt() {
    let text = split("s", &[], &V1_V2).replace("service: web", "service: web.shop.svc.cluster.local.");
    let options = Options { cluster_domain: "cluster.local".to_owned(), ..Options::default() };
    let translation = translated(&[text], options, LinkerdOptions::default());
    assert_eq!(of(&translation, "ServiceProfile")[0]["metadata"]["name"], "web.shop.svc.cluster.local");
    let options = Options { cluster_domain: "k8s.example".to_owned(), ..Options::default() };
    let translation = translated(&[split("s", &[], &V1_V2)], options, LinkerdOptions::default());
    let profile = &of(&translation, "ServiceProfile")[0];
    assert_eq!(profile["metadata"]["name"], "web.shop.svc.k8s.example");
    assert_eq!(profile["spec"]["dstOverrides"][0]["authority"], "v1.shop.svc.k8s.example");
}

#[test]
fn zero_stays_zero_and_all_zero_is_nothing() {
    let weights = |backends: &[(&str, &str)]| {
        let profiles = of(&plain(&[split("s", &[], backends)]), "ServiceProfile");
        profiles.first().map(|profile| {
            let destinations = profile["spec"]["dstOverrides"].as_array().unwrap().clone();
            destinations.iter().map(|d| d["weight"].as_u64().unwrap()).collect::<Vec<_>>()
        })
    };
    assert_eq!(weights(&[("v1", "0"), ("v2", "100")]), Some(vec![0, 1]));
    assert_eq!(weights(&[("v1", "0"), ("v2", "0")]), None, "linkerd-failover writes this");
    assert_eq!(weights(&[("v1", "0")]), None);
    assert_eq!(weights(&[("web", "1"), ("v2", "1")]), Some(vec![1, 1]), "Argo's root among its backends");
    assert_eq!(weights(&[("v1", "5"), ("v1", "5"), ("v2", "10")]), Some(vec![1, 1]));
}

#[test]
fn quantities_of_early_versions_keep_their_relation() {
    let text = "apiVersion: split.smi-spec.io/v1alpha1\nkind: TrafficSplit\nmetadata: {name: s, namespace: shop}\n\
        spec: {service: web, backends: [{service: v1, weight: 900m}, {service: v2, weight: 100m}]}\n";
    let translation = plain(&[text.to_owned()]);
    let weights = &of(&translation, "ServiceProfile")[0]["spec"]["dstOverrides"];
    assert_eq!((&weights[0]["weight"], &weights[1]["weight"]), (&json!(9), &json!(1)));
}

#[test]
fn weights_beyond_what_linkerd_adds_up_are_a_loss() {
    let documents = [split("s", &[], &[("v1", "429497"), ("v2", "2")])];
    let translation = plain(&documents);
    assert!(codes(&translation).contains(&"LINKERD-WEIGHT-1"));
    assert!(translation.manifests.is_empty(), "nobody accepted the loss");
    let mut options = Options::default();
    options.allow.insert("LINKERD-WEIGHT-1".to_owned());
    let translation = translated(&documents, options, LinkerdOptions::default());
    assert_eq!(of(&translation, "ServiceProfile").len(), 1);
}

#[test]
fn conditions_become_a_route_with_the_way_back_last() {
    let mut documents = services(HTTP);
    documents.push(group("firefox", "{name: ff, headers: {user-agent: .*Firefox.*}}"));
    documents.push(split("s", &["firefox"], &[("v2", "100"), ("web", "0")]));
    let translation = plain(&documents);
    let routes = of(&translation, "HTTPRoute");
    assert_eq!(routes.len(), 1);
    assert_eq!(routes[0]["apiVersion"], "gateway.networking.k8s.io/v1");
    assert_eq!(routes[0]["metadata"]["name"], "smi-web-80");
    let header = json!({"name": "user-agent", "type": "RegularExpression", "value": "^(.*Firefox.*)$"});
    let backend =
        |name: &str| json!([{"group": "", "kind": "Service", "name": name, "port": 80, "weight": 1}]);
    let expected = json!({
        "parentRefs": [{"group": "", "kind": "Service", "name": "web", "port": 80}],
        "rules": [
            {"matches": [{"headers": [header]}], "backendRefs": backend("v2")},
            {"backendRefs": backend("web")},
        ],
    });
    assert_eq!(routes[0]["spec"], expected);
    assert_eq!(codes(&translation), ["LINKERD-HEADER-2"]);
    assert!(!is_unsettled(&translation));
}

#[test]
fn without_the_gateway_api_linkerd_s_own_route_is_written() {
    let mut documents = services(HTTP);
    documents.push(split("s", &[], &V1_V2));
    let linkerd = LinkerdOptions {
        routing: RoutingForm::HttpRoute,
        outbound_routes: RouteGroup::Policy,
        ..LinkerdOptions::default()
    };
    let translation = translated(&documents, Options::default(), linkerd);
    assert_eq!(of(&translation, "HTTPRoute")[0]["apiVersion"], "policy.linkerd.io/v1beta3");
}

#[test]
fn one_route_per_port_with_the_backends_that_have_it() {
    let mut documents = vec![
        service(
            "web",
            "{port: 80, appProtocol: http}, {name: m, port: 9090, appProtocol: http}, {name: d, port: 5432}, {name: u, port: 53, protocol: UDP}",
        ),
        service("v1", "{port: 80}, {name: m, port: 9090}, {name: d, port: 5432}"),
        service("v2", "{port: 80}, {name: d, port: 5432}"),
    ];
    documents.push(split("s", &[], &V1_V2));
    let translation = plain(&documents);
    assert_eq!(codes(&translation), ["LINKERD-ROUTING-3"]);
    assert!(of(&translation, "ServiceProfile").is_empty());
    let routes = of(&translation, "HTTPRoute");
    let number = |route: &Value| route["spec"]["rules"][0]["backendRefs"].as_array().unwrap().len();
    assert_eq!(routes.iter().map(number).collect::<Vec<_>>(), [2, 1]);
    let tcp = of(&translation, "TCPRoute");
    assert_eq!(tcp.len(), 1);
    assert_eq!(tcp[0]["apiVersion"], "gateway.networking.k8s.io/v1alpha2");
    assert_eq!(tcp[0]["spec"]["parentRefs"][0]["port"], 5432);
    assert!(!is_unsettled(&translation));
    let forced = with(&documents, RoutingForm::ServiceProfile);
    assert_eq!((forced.manifests.len(), codes(&forced)), (0, vec!["LINKERD-PORT-2"]));
}

#[test]
fn routes_need_ports_and_profiles_do_not() {
    let documents = [group("g", "{name: m, pathRegex: /api}"), split("s", &["g"], &V1_V2)];
    let translation = plain(&documents);
    assert_eq!((translation.manifests.len(), codes(&translation)), (0, vec!["LINKERD-PORT-1"]));
    let forced = with(&documents, RoutingForm::ServiceProfile);
    assert_eq!((forced.manifests.len(), codes(&forced)), (0, vec!["LINKERD-ROUTING-2"]));
}

#[test]
fn a_route_splits_no_connections_that_are_not_http() {
    let mut documents = services("{port: 80}");
    documents.push(split("s", &[], &V1_V2));
    let translation = with(&documents, RoutingForm::HttpRoute);
    assert_eq!((translation.manifests.len(), codes(&translation)), (0, vec!["LINKERD-PORT-4"]));
    let mut named = services("{port: 80, name: http-web}");
    named.push(split("s", &[], &V1_V2));
    let translation = with(&named, RoutingForm::HttpRoute);
    assert_eq!((translation.manifests.len(), codes(&translation)), (1, vec!["LINKERD-PORT-7"]));
    let mut declared = services(HTTP);
    declared.push(split("s", &[], &V1_V2));
    let translation = with(&declared, RoutingForm::HttpRoute);
    assert_eq!((translation.manifests.len(), codes(&translation)), (1, vec![]));
    assert!(!is_unsettled(&translation));
}

#[test]
fn opaque_ports_have_no_conditions() {
    let mut documents = services("{port: 80, appProtocol: grpc}");
    documents.push(group("g", "{name: m, pathRegex: /api}"));
    documents.push(split("s", &["g"], &V1_V2));
    let translation = plain(&documents);
    assert_eq!((translation.manifests.len(), codes(&translation)), (0, vec!["LINKERD-PORT-3"]));
    assert!(!is_unsettled(&translation));
}

#[test]
fn splits_with_and_without_conditions_share_one_route() {
    let mut documents = services(HTTP);
    documents.push(group("g", "{name: m, pathRegex: /api, methods: [GET, PUT]}"));
    documents.push(split("a", &["g"], &[("v2", "1")]));
    documents.push(split("b", &[], &V1_V2));
    let translation = plain(&documents);
    assert_eq!(codes(&translation), ["LINKERD-ROUTING-1"]);
    let rules = &of(&translation, "HTTPRoute")[0]["spec"]["rules"];
    assert_eq!(rules.as_array().unwrap().len(), 2);
    assert_eq!(rules[0]["matches"].as_array().unwrap().len(), 2, "one match per method");
    assert_eq!(rules[1]["matches"], Value::Null);
    assert_eq!(rules[1]["backendRefs"].as_array().unwrap().len(), 2);
    assert!(of(&translation, "ServiceProfile").is_empty());
}

#[test]
fn an_earlier_split_wins_by_a_more_specific_match() {
    let mut documents = services(HTTP);
    documents.push(group("paths", "{name: p, pathRegex: /api}"));
    documents.push(group("beta", "{name: b, methods: [GET], headers: {x-beta: '1'}}"));
    documents.push(split("a", &["paths"], &[("v1", "1")]));
    documents.push(split("b", &["beta"], &[("v2", "1")]));
    let translation = plain(&documents);
    let rules = &of(&translation, "HTTPRoute")[0]["spec"]["rules"];
    let api = json!({"type": "RegularExpression", "value": "^(/api).*$"});
    let any = json!({"type": "RegularExpression", "value": "^(.*)$"});
    let beta = json!([{"name": "x-beta", "type": "Exact", "value": "1"}]);
    assert_eq!(rules[0]["matches"], json!([{"path": api}, {"path": api, "headers": beta, "method": "GET"}]));
    assert_eq!(rules[1]["matches"], json!([{"path": any, "headers": beta, "method": "GET"}]));
    assert_eq!(rules[1]["backendRefs"][0]["name"], "v2");
    assert_eq!(rules[2]["backendRefs"][0]["name"], "web");
}

#[test]
fn an_order_that_no_match_can_say_is_refused() {
    let mut documents = services(HTTP);
    documents.push(group("paths", "{name: p, pathRegex: '/.*x'}"));
    documents.push(group("beta", "{name: b, pathRegex: '/.*y', headers: {x-beta: '1'}}"));
    documents.push(split("a", &["paths"], &[("v1", "1")]));
    documents.push(split("b", &["beta"], &[("v2", "1")]));
    let translation = plain(&documents);
    assert_eq!((translation.manifests.len(), codes(&translation)), (0, vec!["LINKERD-ORDER-1"]));
}

#[test]
fn what_a_route_cannot_say_is_refused() {
    let refused = |matches: &str| {
        let mut documents = services(HTTP);
        documents.push(group("g", matches));
        documents.push(split("s", &["g"], &V1_V2));
        let translation = plain(&documents);
        assert!(translation.manifests.is_empty());
        codes(&translation)
    };
    assert_eq!(refused("{name: m, methods: [PROPFIND, GET]}"), ["LINKERD-METHOD-1"]);
    assert_eq!(refused("{name: m, headers: {host: web}}"), ["LINKERD-HOST-1"]);
    assert_eq!(refused(&format!("{{name: m, pathRegex: '/{}.x'}}", "a".repeat(1100))), ["LINKERD-REGEX-1"]);
    let many: Vec<_> = (0..17).map(|i| format!("x-{i}: a")).collect();
    assert_eq!(refused(&format!("{{name: m, headers: {{{}}}}}", many.join(", "))), ["LINKERD-HEADER-1"]);
    let paths: Vec<_> = (0..129).map(|i| format!("{{name: m{i}, pathRegex: /{i}/x}}")).collect();
    assert_eq!(refused(&paths.join(", ")), ["LINKERD-SIZE-1"]);
}

#[test]
fn more_than_eight_matches_take_several_rules() {
    let mut documents = services(HTTP);
    let all = "{name: m, pathRegex: /api$, methods: [GET, HEAD, POST, PUT, DELETE, CONNECT, OPTIONS, TRACE, PATCH]}";
    documents.push(group("g", all));
    documents.push(split("s", &["g"], &V1_V2));
    let rules = of(&plain(&documents), "HTTPRoute")[0]["spec"]["rules"].clone();
    let number = |rule: &Value| rule["matches"].as_array().map(Vec::len);
    let numbers: Vec<_> = rules.as_array().unwrap().iter().map(number).collect();
    assert_eq!(numbers, [Some(8), Some(1), None], "nine methods are no \"any method\"");
    assert_eq!(rules[0]["matches"][0]["path"], json!({"type": "Exact", "value": "/api"}));
}

#[test]
fn services_without_a_cluster_ip_are_not_split() {
    let headless = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {clusterIP: None, ports: [{port: 80}]}\n";
    let external = "apiVersion: v1\nkind: Service\nmetadata: {name: v1, namespace: shop}\nspec: {type: ExternalName, externalName: x.example}\n";
    let translation = plain(&[headless.to_owned(), split("s", &[], &V1_V2)]);
    assert_eq!((translation.manifests.len(), codes(&translation)), (0, vec!["LINKERD-SERVICE-2"]));
    let external = external.replace("}\n", ", ports: [{port: 80}]}\n");
    let translation = plain(&[service("web", HTTP), external, split("s", &[], &V1_V2)]);
    assert_eq!((translation.manifests.len(), codes(&translation)), (0, vec!["LINKERD-SERVICE-1"]));
}

#[test]
fn missing_backends_leave_their_share_to_the_others() {
    let options = || Options { missing_services: MissingServices::Exclude, ..Options::default() };
    let documents = [service("web", HTTP), service("v1", HTTP), split("s", &[], &V1_V2)];
    let translation = translated(&documents, options(), LinkerdOptions::default());
    let profile = &of(&translation, "ServiceProfile")[0]["spec"];
    assert_eq!(profile, &json!({"dstOverrides": [{"authority": "v1.shop.svc.cluster.local", "weight": 1}]}));
    let translation =
        translated(&[service("web", HTTP), split("s", &[], &V1_V2)], options(), LinkerdOptions::default());
    assert!(translation.manifests.is_empty());
}

#[test]
fn a_user_s_own_profile_or_route_keeps_the_root() {
    let profile = "apiVersion: linkerd.io/v1alpha2\nkind: ServiceProfile\nmetadata: {name: web.shop.svc.cluster.local, namespace: shop}\nspec: {routes: [{name: r, condition: {pathRegex: /}}]}\n";
    let route = "apiVersion: gateway.networking.k8s.io/v1\nkind: GRPCRoute\nmetadata: {name: own, namespace: shop}\nspec: {parentRefs: [{group: '', kind: Service, name: web, port: 80}]}\n";
    let overrides = profile.replace(
        "routes: [{name: r, condition: {pathRegex: /}}]",
        "dstOverrides: [{authority: a, weight: 1}]",
    );
    let skipped =
        profile.replace("namespace: shop}", "namespace: shop, annotations: {smi.linkerd.io/skip: ''}}");
    for own in [overrides.as_str(), skipped.as_str(), route] {
        let mut documents = services(HTTP);
        documents.push(own.to_owned());
        documents.push(split("s", &[], &V1_V2));
        let translation = plain(&documents);
        assert!(translation.manifests.is_empty(), "{own}");
        assert!(translation.diagnostics.iter().any(|d| d.code.0 == "SMI-CONFLICT-1"));
    }
}

#[test]
fn destinations_are_added_to_a_user_s_own_profile() {
    let profile = "apiVersion: linkerd.io/v1alpha2\nkind: ServiceProfile\nmetadata: {name: web.shop.svc.cluster.local, namespace: shop}\nspec: {routes: [{name: r, condition: {pathRegex: /}}]}\n";
    let mut documents = services(HTTP);
    documents.extend([profile.to_owned(), split("s", &[], &V1_V2)]);
    let translation = plain(&documents);
    assert_eq!(translation.manifests.len(), 1);
    assert!(translation.manifests[0].shared);
    assert!(codes(&translation).contains(&"LINKERD-PROFILE-2"), "{:?}", codes(&translation));
    // As routes the split would have no effect.
    let translation = with(&documents, RoutingForm::HttpRoute);
    assert!(translation.manifests.is_empty() && !translation.refused.is_empty());
}

#[test]
fn a_route_takes_sixteen_backends_and_a_profile_many() {
    let names: Vec<String> = (0..17).map(|index| format!("v{index}")).collect();
    let backends: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "1")).collect();
    let documents = [service("web", HTTP), split("s", &[], &backends)];
    assert_eq!(of(&plain(&documents), "ServiceProfile").len(), 1);
    let translation = with(&documents, RoutingForm::HttpRoute);
    assert_eq!((translation.manifests.len(), codes(&translation)), (0, vec!["LINKERD-SIZE-2"]));
}

#[test]
fn a_host_is_no_root_for_linkerd() {
    let text = split("s", &[], &V1_V2).replace("service: web", "service: www.example.com");
    let options = Options { host_roots: true, ..Options::default() };
    let translation = translated(&[text], options, LinkerdOptions::default());
    assert_eq!(
        (translation.manifests.len(), codes(&translation)),
        (0, vec!["LINKERD-ROOT-1"]),
        "{:?}",
        translation.diagnostics
    );
}

#[test]
fn every_code_is_documented_once_and_in_order() {
    let codes: Vec<_> = crate::CODES.iter().map(|doc| doc.code.0).collect();
    let mut sorted = codes.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(codes, sorted);
}
