//! Large inputs.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::{exact_options, group, route, specs, target, translated, web};
use crate::IstioOptions;
use smi_translate::{Options, Translation};

fn timed(documents: &[String], istio: IstioOptions) -> (Translation, Duration) {
    let start = Instant::now();
    (translated(documents, Options::default(), istio), start.elapsed())
}

#[test]
fn rules_that_do_not_fit_one_policy_make_several() {
    let mut documents = vec![web()];
    for index in 1..=600 {
        documents.push(route("TCPRoute", &format!("p{index}"), &index.to_string()));
        let rule = format!("{{kind: TCPRoute, name: p{index}}}");
        documents.push(target(&format!("t{index:03}"), &[&format!("a{index}")], &rule));
    }
    let (translation, _) = timed(&documents, IstioOptions::default());
    let counts: Vec<usize> = specs(&translation, "AuthorizationPolicy")
        .iter()
        .map(|policy| policy["rules"].as_array().unwrap().len())
        .collect();
    assert_eq!(counts, [512, 88]);
    let names: Vec<&str> = translation.manifests.iter().map(|manifest| manifest.name.as_str()).collect();
    assert_eq!(names[1], format!("{}-2", names[0]));
}

#[test]
fn many_targets_share_rules() {
    let mut documents = vec![web(), group("g", "{name: m, pathRegex: /a}")];
    let targets = (0..10_000).map(|index| {
        target(&format!("t{index}"), &[&format!("a{index}")], "{kind: HTTPRouteGroup, name: g}")
    });
    documents.extend(targets);
    let (translation, time) = timed(&documents, IstioOptions::default());
    let policies = specs(&translation, "AuthorizationPolicy");
    let callers: BTreeSet<String> = policies
        .iter()
        .flat_map(|policy| policy["rules"].as_array().unwrap())
        .flat_map(|rule| rule["from"].as_array().unwrap())
        .flat_map(|from| from["source"]["principals"].as_array().unwrap())
        .map(ToString::to_string)
        .collect();
    assert_eq!(callers.len(), 10_000);
    assert!(time < Duration::from_secs(60), "{time:?}");
}

fn matches(number: usize, pattern: &str) -> String {
    let mut text = String::new();
    for index in 0..number {
        write!(text, "{{name: m{index}, pathRegex: '{}'}}, ", pattern.replace('#', &index.to_string()))
            .unwrap();
    }
    text
}

#[test]
fn many_matches_make_policies_of_bounded_size() {
    let long = "a".repeat(100);
    let documents = [
        web(),
        group("g", &matches(20_000, &format!("/{long}/#/$"))),
        target("t", &["a"], "{kind: HTTPRouteGroup, name: g}"),
    ];
    let (translation, time) = timed(&documents, IstioOptions::default());
    let policies = specs(&translation, "AuthorizationPolicy");
    assert!(policies.len() > 1);
    assert!(policies.iter().all(|policy| policy.to_string().len() < 1_400_000));
    assert!(time < Duration::from_secs(60), "{time:?}");
}

#[test]
fn many_matches_that_cannot_be_said() {
    let documents = [
        web(),
        group("g", &matches(200, "/users/[a-z]+/#/x.*y")),
        target("t", &["a"], "{kind: HTTPRouteGroup, name: g}"),
    ];
    let (translation, time) = timed(&documents, IstioOptions::default());
    assert_eq!(specs(&translation, "AuthorizationPolicy").len(), 1);
    let losses = translation.diagnostics.iter().filter(|diagnostic| diagnostic.code.0 == "ISTIO-PATH-2");
    assert_eq!(losses.count(), 200);
    assert!(time < Duration::from_secs(120), "{time:?}");
}

#[test]
fn filters_have_a_bounded_size() {
    // Methods that Istio would take for wildcards, which only a filter can compare.
    let methods =
        |of: usize| (0..1_000).map(|index| format!("'M{of}N{index}*'")).collect::<Vec<_>>().join(", ");
    let matches: Vec<String> =
        (0..30).map(|index| format!("{{name: m{index}, methods: [{}]}}", methods(index))).collect();
    let documents =
        [web(), group("g", &matches.join(", ")), target("t", &["a"], "{kind: HTTPRouteGroup, name: g}")];
    let (translation, time) = timed(&documents, exact_options());
    let filters = specs(&translation, "EnvoyFilter");
    assert!(filters.len() > 1);
    assert!(filters.iter().all(|filter| filter.to_string().len() < 1_400_000));
    // Each filter has a verdict of its own, and the policy asks for every one.
    let patches: usize = filters.iter().map(|filter| filter["configPatches"].as_array().unwrap().len()).sum();
    let policies = specs(&translation, "AuthorizationPolicy");
    assert_eq!(policies[0]["rules"].as_array().unwrap().len(), patches);
    assert!(time < Duration::from_secs(60), "{time:?}");
}
