//! Rendered routes send requests where SMI does, by the model of Linkerd.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;
use smi_translate::read::{ReadOptions, Reader};
use smi_translate::{HttpRequest, Intent, Options, Request, Share, Traffic, decide, resolve, translate};

use super::{group, service, split};
use crate::Linkerd;
use crate::model::Model;

const PATHS: [&str; 6] = ["/", "/a", "/ab", "/a/b", "/b", "/x"];

fn requests() -> Vec<HttpRequest> {
    let mut all = Vec::new();
    for path in PATHS {
        for method in ["GET", "POST"] {
            for headers in
                [vec![], vec![("x", "1")], vec![("x", "2"), ("y", "1")], vec![("x", "1"), ("y", "2")]]
            {
                let headers = headers.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
                all.push(HttpRequest { method: method.to_owned(), path: path.to_owned(), headers });
            }
        }
    }
    all
}

/// The shares of a rule's backends; the root's where there is no route.
fn shares(found: Option<Option<&Value>>) -> Option<BTreeMap<String, String>> {
    let Some(rule) = found else {
        return Some(BTreeMap::from([("web".to_owned(), Share::WHOLE.to_string())]));
    };
    // No match is a 404.
    let backends = rule?["backendRefs"].as_array().unwrap();
    let weight = |backend: &Value| u128::from(backend["weight"].as_u64().unwrap());
    let sum = backends.iter().map(weight).sum();
    let share = |b: &Value| (b["name"].as_str().unwrap().to_owned(), Share::new(weight(b), sum).to_string());
    Some(backends.iter().map(share).collect())
}

fn condition() -> impl Strategy<Value = String> {
    let paths = ["", "pathRegex: /, ", "pathRegex: /a, ", "pathRegex: /a$, ", "pathRegex: '/.*b', "];
    let methods = ["", "", "methods: [GET], ", "methods: [GET, POST], "];
    let headers = ["", "", "headers: {x: '1'}, ", "headers: {x: '.*', y: '1'}, ", "headers: {y: '.*'}, "];
    (
        proptest::sample::select(paths.to_vec()),
        proptest::sample::select(methods.to_vec()),
        proptest::sample::select(headers.to_vec()),
    )
        .prop_map(|(path, method, headers)| format!("{path}{method}{headers}"))
}

/// Splits of one root, with up to two matches each; those without are unconditional.
fn splits() -> impl Strategy<Value = Vec<String>> {
    let weights = (0..3u8, 0..3u8);
    let one = (proptest::collection::vec(condition(), 0..3), weights);
    proptest::collection::vec(one, 1..4).prop_map(|splits| {
        let ports = "{port: 80, appProtocol: http}";
        let mut documents: Vec<String> =
            ["web", "v1", "v2"].iter().map(|name| service(name, ports)).collect();
        for (index, (conditions, (first, second))) in splits.into_iter().enumerate() {
            let matches: Vec<String> =
                conditions.iter().enumerate().map(|(n, text)| format!("{{{text}name: m{n}}}")).collect();
            let name = format!("g{index}");
            documents.push(group(&name, &matches.join(", ")));
            let groups = if matches.is_empty() { vec![] } else { vec![name.as_str()] };
            let weights = [("v1", first.to_string()), ("v2", second.to_string())];
            let backends: Vec<(&str, &str)> =
                weights.iter().map(|(name, weight)| (*name, weight.as_str())).collect();
            documents.push(split(&format!("s{index}"), &groups, &backends));
        }
        documents
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn routes_send_requests_where_smi_does(documents in splits()) {
        let mut reader = Reader::new(ReadOptions::default());
        reader.add("input.yaml", documents.join("---\n").as_bytes());
        let inventory = reader.finish(Options::default()).inventory;
        let linkerd = crate::LinkerdOptions { routing: crate::RoutingForm::HttpRoute, ..Default::default() };
        let translation = translate(&inventory, &Linkerd::new(linkerd));
        let key = inventory.units().next().unwrap();
        let Intent::Routing(intent) = resolve(&inventory, &key).intent else { panic!("no routing") };
        if !translation.refused.is_empty() {
            prop_assert!(translation.manifests.is_empty());
            let is_named = translation.diagnostics.iter().any(|d| d.code.0 == "LINKERD-ORDER-1");
            prop_assert!(is_named, "{:#?}", translation.diagnostics);
            return Ok(());
        }
        let model = Model::new(&translation);
        for request in requests() {
            let asked = Request { port: Some(80), traffic: Traffic::Http(request.clone()) };
            let decision = decide(&intent, &asked);
            let wanted = decision.shares.iter().map(|(name, share)| (name.clone(), share.to_string())).collect();
            let got = shares(model.outbound("web", 80, &request));
            prop_assert_eq!(got, Some(wanted), "{:?}\n{}\n{:?}", request, documents.join("---\n"), decision);
        }
    }
}
