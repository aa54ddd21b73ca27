//! Rendered objects let in what SMI allows, by the model of Linkerd: the same, and less only where a loss says so.

use proptest::prelude::*;
use smi_translate::facts::Labels;
use smi_translate::intent::Account;
use smi_translate::read::{ReadOptions, Reader};
use smi_translate::{
    AccessRequest, HttpRequest, Identity, Intent, Options, Peer, Traffic, decide, resolve, translate,
};

use super::{check, group, http, plain, route, target, tcp, web};
use crate::model::{Caller, Model};
use crate::{Linkerd, LinkerdOptions};

const SOURCES: [&str; 3] = ["one", "two", "three"];
const PATHS: [&str; 6] = ["/", "/a", "/ab", "/a/b", "/b", "/metrics"];

/// Answers of SMI and of Linkerd that differ, as text; the second of the pair tells whether Linkerd lets in more.
fn differences(documents: &[String], linkerd: &LinkerdOptions) -> Vec<(String, bool)> {
    let mut reader = Reader::new(ReadOptions::default());
    reader.add("input.yaml", documents.join("---\n").as_bytes());
    let inventory = reader.finish(Options::default()).inventory;
    let translation = translate(&inventory, &Linkerd::new(linkerd.clone()));
    check(&translation);
    let key = inventory.units().next().unwrap();
    let Intent::Access(intent) = resolve(&inventory, &key).intent else { panic!("no access") };
    let pod = Labels::from([("app".to_owned(), "web".to_owned())]);
    let mut found = Vec::new();
    let mut model = Model::new(&translation);
    for later_is_older in [false, true] {
        model.later_is_older = later_is_older;
        for (source, port, request) in requests() {
            let caller = source.map(|account| Caller { namespace: "front", account });
            let identity = source.map(|name| Identity::Account(Account::new("front", name)));
            let traffic = request.clone().map_or(Traffic::Tcp, Traffic::Http);
            let asked = AccessRequest {
                source: identity.map(|identity| Peer { identity, labels: None }),
                destination: Some(pod.clone()),
                port,
                traffic,
            };
            let wanted = decide(&intent, &asked).allowed;
            let got = model.lets_in(&injected(&pod), port, caller.as_ref(), request.as_ref());
            if wanted != got {
                found.push((format!("{asked:?}: SMI {wanted}, Linkerd {got}"), got));
            }
        }
    }
    found
}

/// The labels of a pod of `web` with those that Linkerd's injector adds.
fn injected(pod: &Labels) -> Labels {
    let mut labels = pod.clone();
    labels.insert("linkerd.io/proxy-deployment".to_owned(), "web".to_owned());
    labels
}

fn requests() -> Vec<(Option<&'static str>, u16, Option<HttpRequest>)> {
    let mut all = Vec::new();
    for source in SOURCES.map(Some).into_iter().chain([None]) {
        for port in [80, 81] {
            all.push((source, port, None));
            for path in PATHS {
                for method in ["GET", "POST", "PROPFIND"] {
                    for headers in [vec![], vec![("x", "1")], vec![("x", "2"), ("y", "1")]] {
                        let headers =
                            headers.into_iter().map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
                        let request =
                            HttpRequest { method: method.to_owned(), path: path.to_owned(), headers };
                        all.push((source, port, Some(request)));
                    }
                }
            }
        }
    }
    all
}

fn condition() -> impl Strategy<Value = String> {
    let paths = ["", "pathRegex: /, ", "pathRegex: /a, ", "pathRegex: /a$, ", "pathRegex: '/.*b', "];
    let methods = ["", "", "methods: [GET], ", "methods: [GET, POST], "];
    let headers = ["", "", "headers: {x: '1'}, ", "headers: {x: '.*', y: '1'}, "];
    (
        proptest::sample::select(paths.to_vec()),
        proptest::sample::select(methods.to_vec()),
        proptest::sample::select(headers.to_vec()),
    )
        .prop_map(|(path, method, headers)| format!("{path}{method}{headers}"))
}

fn some_sources() -> impl Strategy<Value = Vec<&'static str>> {
    proptest::sample::subsequence(SOURCES.to_vec(), 1..=2)
}

/// TrafficTargets with up to two matches each, some of TCP, some for one port.
fn targets() -> impl Strategy<Value = Vec<String>> {
    let one = (some_sources(), proptest::collection::vec(condition(), 0..3), any::<bool>());
    proptest::collection::vec(one, 1..4).prop_map(|targets| {
        let mut documents = vec![
            web("{containerPort: 80}, {containerPort: 81}"),
            route("TCPRoute", "first", "80"),
            route("TCPRoute", "all", "80, 81"),
        ];
        for (index, (sources, conditions, first)) in targets.into_iter().enumerate() {
            let ports = tcp(if first { "first" } else { "all" });
            let matches: Vec<String> =
                conditions.iter().enumerate().map(|(n, text)| format!("{{{text}name: m{n}}}")).collect();
            let rules = match matches.is_empty() {
                true => ports,
                false => format!("{}, {ports}", http(&format!("g{index}"))),
            };
            documents.push(group(&format!("g{index}"), &matches.join(", ")));
            documents.push(target(&format!("t{index}"), &sources, &rules));
        }
        documents
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn linkerd_lets_in_what_smi_allows(documents in targets()) {
        let found = differences(&documents, &LinkerdOptions::default());
        prop_assert!(found.is_empty(), "{}\n{:#?}", documents.join("---\n"), &found[..found.len().min(3)]);
    }

    #[test]
    fn without_routes_per_caller_linkerd_lets_in_nothing_more(documents in targets()) {
        let linkerd = LinkerdOptions { per_identity_routes: false, ..LinkerdOptions::default() };
        let found = differences(&documents, &linkerd);
        prop_assert!(found.iter().all(|(_, more)| !more), "{}\n{:#?}", documents.join("---\n"), found);
        let translation = super::translated(&documents, Options::default(), linkerd);
        let is_named = super::codes(&translation).contains(&"LINKERD-OVERLAP-1");
        prop_assert!(found.is_empty() || is_named, "{}\n{:#?}", documents.join("---\n"), found);
    }
}

fn model(documents: &[String]) -> Model {
    Model::new(&plain(documents))
}

/// Which requests are let in, one after the other.
fn let_in(model: &Model) -> Vec<bool> {
    let pod = Labels::from([("app".to_owned(), "web".to_owned())]);
    let answer = |(source, port, request): (Option<&'static str>, u16, Option<HttpRequest>)| {
        let caller = source.map(|account| Caller { namespace: "front", account });
        model.lets_in(&pod, port, caller.as_ref(), request.as_ref())
    };
    requests().into_iter().map(answer).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_state_on_the_way_lets_in_what_neither_end_does(old in targets(), new in targets()) {
        let (before, after) = (model(&old), model(&new));
        let (at_first, at_last) = (let_in(&before), let_in(&after));
        for (step, state) in before.on_the_way_to(&after).iter().enumerate() {
            let more = let_in(state).iter().zip(at_first.iter().zip(&at_last)).position(|(now, (a, b))| *now && !a && !b);
            let asked = more.map(|index| requests().swap_remove(index));
            prop_assert!(asked.is_none(), "step {step}: {asked:?}\n{}\nto\n{}", old.join("---\n"), new.join("---\n"));
        }
    }
}

#[test]
fn a_workload_is_as_before_until_its_servers_are_there_and_after_they_are_gone() {
    let grants = [web("{containerPort: 80}"), group("all", "{name: m}"), target("t", &["one"], &http("all"))];
    let (open, guarded) = (model(&[]), model(&grants));
    let everything = let_in(&open);
    let created = open.on_the_way_to(&guarded);
    let (last, states) = created.split_last().unwrap();
    assert!(states.iter().all(|state| let_in(state) == everything));
    assert_eq!(let_in(last), let_in(&guarded));
    let deleted = guarded.on_the_way_to(&open);
    assert!(deleted.iter().all(|state| let_in(state) == everything));
}

#[test]
fn the_union_of_overlapping_targets() {
    // The example of the reference, 7.5.
    let documents = [
        web("{containerPort: 80}, {containerPort: 81}"),
        group("metrics", "{name: m, pathRegex: /metrics, methods: [GET]}"),
        group("all", "{name: m}"),
        target("one", &["one"], &http("metrics")),
        target("two", &["two"], &http("all")),
    ];
    assert_eq!(differences(&documents, &LinkerdOptions::default()), []);
}
