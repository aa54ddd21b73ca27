//! What cannot be said is left out, and named.

use serde_json::{Value, json};
use smi_translate::{Options, Severity};

use super::{find, group, plain, route, rules, target, translated, web};
use crate::IstioOptions;

fn accepting(code: &str) -> Options {
    Options { allow: [code.to_owned()].into(), ..Options::default() }
}

fn users() -> [String; 3] {
    let matches = "{name: users, pathRegex: '/users/[^/]+/orders$'}, {name: home, pathRegex: /home$}";
    [web(), group("g", matches), target("t", &["a"], "{kind: HTTPRouteGroup, name: g}")]
}

#[test]
fn a_match_that_cannot_be_said_is_left_out() {
    let translation = plain(&users());
    assert_eq!(rules(&translation)[0]["to"], json!([{"operation": {"paths": ["/home"]}}]));
    let loss = find(&translation, "ISTIO-PATH-2").unwrap();
    assert_eq!(loss.severity, Severity::Loss);
    assert!(
        loss.message.starts_with("match \"users\" of HTTPRouteGroup shop/g has a path pattern"),
        "{}",
        loss.message
    );
    assert!(loss.message.contains("for example \"/users/"), "{}", loss.message);
    let help = loss.help.as_ref().unwrap();
    assert!(help.contains("--istio-exact"), "{help}");
    assert_eq!(help.matches("--allow").count(), 1, "{help}");
    assert_eq!(loss.path.to_string(), "spec.rules[0]");
    assert_eq!(translation.refused.len(), 1);
    assert!(find(&translation, "SMI-LOSS-1").is_none());
}

#[test]
fn an_accepted_loss_leaves_the_proven_part() {
    let translation = translated(&users(), accepting("ISTIO-PATH-2"), IstioOptions::default());
    let expected =
        json!([{"operation": {"paths": ["/home"]}}, {"operation": {"paths": ["/users/{*}/orders"]}}]);
    assert_eq!(rules(&translation)[0]["to"], expected);
    assert!(translation.refused.is_empty());
    let bookstore = group("g", "{name: books, pathRegex: '.*a-book.*new'}");
    let documents = [web(), bookstore, target("t", &["a"], "{kind: HTTPRouteGroup, name: g}")];
    let translation = translated(&documents, accepting("ISTIO-PATH-2"), IstioOptions::default());
    assert_eq!(rules(&translation), Value::Null, "a rule without its only operation would allow everything");
}

#[test]
fn headers_that_cannot_be_said_are_left_out() {
    let matches = "{name: m, headers: {client-app: '.*-http-client/*.*'}}";
    let documents = [web(), group("g", matches), target("t", &["a"], "{kind: HTTPRouteGroup, name: g}")];
    let translation = plain(&documents);
    assert_eq!(rules(&translation), Value::Null);
    assert!(find(&translation, "ISTIO-HEADER-2").unwrap().message.contains("client-app"));
}

#[test]
fn a_pattern_beside_a_header_of_the_proxy_is_helped_by_itself() {
    let matches = "{name: m, headers: {x-forwarded-client-cert: a, cookie: '^(.*?;)?(type=insider)(;.*)?$'}}";
    let translation =
        plain(&[web(), group("g", matches), target("t", &["a"], "{kind: HTTPRouteGroup, name: g}")]);
    let help = |code| find(&translation, code).unwrap().help.clone().unwrap();
    assert!(help("ISTIO-HEADER-4").starts_with("use a header of your own"));
    assert!(
        help("ISTIO-HEADER-2").starts_with("write the condition as exact texts"),
        "no filter sees the other"
    );
}

#[test]
fn a_star_is_never_a_wildcard() {
    let matches = "{name: m, methods: ['GET*']}";
    let documents = [web(), group("g", matches), target("t", &["a"], "{kind: HTTPRouteGroup, name: g}")];
    let translation = plain(&documents);
    assert_eq!(rules(&translation), Value::Null);
    assert!(find(&translation, "ISTIO-METHOD-1").is_some());
    let accounts = target("t", &["'*'"], "{kind: TCPRoute, name: p}");
    let translation = plain(&[web(), route("TCPRoute", "p", "1"), accounts]);
    assert_eq!(rules(&translation), Value::Null);
}

fn binding(schemes: &str) -> [String; 4] {
    let binding = format!(
        "apiVersion: access.smi-spec.io/v1alpha4\nkind: IdentityBinding\nmetadata: {{name: b, namespace: front}}\nspec: {{schemes: {schemes}}}\n"
    );
    let target = "apiVersion: access.smi-spec.io/v1alpha4\nkind: TrafficTarget\nmetadata: {name: t, namespace: shop}\nspec:\n\
        \x20 destination: {kind: ServiceAccount, name: web, namespace: shop}\n\
        \x20 sources: [{kind: IdentityBinding, name: b, namespace: front}]\n  rules: [{kind: TCPRoute, name: p}]\n";
    [web(), binding, route("TCPRoute", "p", "1"), target.to_owned()]
}

fn callers(documents: &[String], options: Options, istio: IstioOptions) -> (Value, Vec<&'static str>) {
    let translation = translated(documents, options, istio);
    let codes = translation.diagnostics.iter().map(|diagnostic| diagnostic.code.0);
    (rules(&translation)[0]["from"].clone(), codes.filter(|code| code.starts_with("ISTIO-SOURCE")).collect())
}

#[test]
fn a_foreign_identity_must_not_become_a_local_one() {
    let own = || Options { trust_domain: "corp".to_owned(), ..Options::default() };
    let foreign = binding("{spiffeIdentities: ['spiffe://partner/ns/x/sa/y']}");
    let principals = json!([{"source": {"principals": ["partner/ns/x/sa/y"]}}]);
    assert_eq!(callers(&foreign, own(), IstioOptions::default()), (principals, vec![]));
    let alias = |alias: &str| IstioOptions {
        trust_domain_aliases: [alias.to_owned()].into(),
        ..IstioOptions::default()
    };
    for alias in [alias("partner"), alias("part*"), alias("*")] {
        assert_eq!(callers(&foreign, own(), alias), (Value::Null, vec!["ISTIO-SOURCE-2"]));
    }
    let local = binding("{spiffeIdentities: ['spiffe://cluster.local/ns/x/sa/y']}");
    let accepted = Options { allow: ["ISTIO-SOURCE-2".to_owned()].into(), ..own() };
    for options in [own(), accepted] {
        assert_eq!(callers(&local, options, IstioOptions::default()), (Value::Null, vec!["ISTIO-SOURCE-2"]));
    }
}

#[test]
fn pods_that_cannot_be_told_from_others_are_nobody() {
    let pod = |name: &str, tier: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: front, labels: {{tier: {tier}}}}}\nspec: {{serviceAccountName: client}}\n"
        )
    };
    let mut documents = binding("{podLabelSelector: {matchLabels: {tier: gold}}}").to_vec();
    let (from, codes) = callers(&documents, Options::default(), IstioOptions::default());
    assert_eq!((from, codes), (Value::Null, vec!["ISTIO-SOURCE-1"]));
    documents.push(pod("a", "gold"));
    let (from, codes) = callers(&documents, Options::default(), IstioOptions::default());
    assert_eq!(from, json!([{"source": {"principals": ["cluster.local/ns/front/sa/client"]}}]));
    assert!(codes.is_empty());
    documents.push(pod("b", "other"));
    for options in [Options::default(), accepting("ISTIO-SOURCE-1")] {
        let (from, codes) = callers(&documents, options, IstioOptions::default());
        assert_eq!((from, codes), (Value::Null, vec!["ISTIO-SOURCE-1"]));
    }
}
