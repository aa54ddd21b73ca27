//! HTTPRouteGroups of every version: paths, methods, headers in both styles, and things that do not compile.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

/// The names groups have.
const NAMES: [&str; 3] = ["g0", "g1", "g2"];

/// Patterns for paths, each hitting and missing some of the paths that calls use.
const PATHS: [&str; 28] = [
    "",
    "/",
    "/x",
    "^/x$",
    "/x$",
    "/a|/b$",
    "^/a|^/b",
    ".*",
    "/.*",
    "/v[0-9]+",
    "/v[0-9]+$",
    "/api(/.*)?",
    "/api(/.*)?$",
    "^/api/",
    "/api",
    "/api/?$",
    "(?i)/API",
    r"/v\d",
    "/a.b",
    r"/a\.b",
    "x",
    "/é",
    "/$",
    "^",
    "/[a&&b]",
    "/[^a-x]",
    r"/\w+$",
    "/(a|x)y?$",
];

/// Patterns for header values.
const VALUES: [&str; 12] = [
    "1",
    ".*",
    "",
    ".+",
    "^1$",
    "a|b",
    "^fire.*$",
    ".*Firefox.*",
    "web",
    r"web(\.shop)?.*",
    r"\d+",
    "(?i)FIREFOX.*",
];

#[derive(Clone, Debug)]
pub(super) struct GroupPlan {
    namespace: &'static str,
    version: u8,
    matches: Vec<MatchPlan>,
}

#[derive(Clone, Debug)]
struct MatchPlan {
    path: Option<String>,
    methods: Option<Vec<&'static str>>,
    headers: Option<HeadersPlan>,
}

#[derive(Clone, Debug)]
struct HeadersPlan {
    list: bool,
    entries: Vec<(&'static str, String)>,
}

pub(super) fn plan() -> impl Strategy<Value = GroupPlan> {
    plan_with(path())
}

/// A group whose patterns for paths are these or, now and then, any.
pub(super) fn plan_with(
    paths: impl Strategy<Value = String> + Clone + 'static,
) -> impl Strategy<Value = GroupPlan> {
    (super::namespace(), 1u8..=4, prop_oneof![1 => Just(Vec::new()), 12 => vec(condition(paths), 1..=3)])
        .prop_map(|(namespace, version, matches)| GroupPlan { namespace, version, matches })
}

/// One of the names, the first most of all, so that references often resolve.
pub(super) fn name() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => Just(NAMES[0]), 2 => Just(NAMES[1]), 1 => Just(NAMES[2])]
}

fn condition(paths: impl Strategy<Value = String> + 'static) -> impl Strategy<Value = MatchPlan> {
    let method =
        prop_oneof![20 => select(vec!["GET", "HEAD", "POST", "PUT"]), 1 => Just("*"), 1 => Just("get")];
    (weighted(0.85, paths), weighted(0.35, vec(method, 0..=3)), weighted(0.6, headers()))
        .prop_map(|(path, methods, headers)| MatchPlan { path, methods, headers })
}

pub(super) fn path() -> BoxedStrategy<String> {
    let broken = vec!["(", "[", "a**", r"(?=/x)", "x{1001}"];
    prop_oneof![
        20 => select(PATHS.to_vec()).prop_map(str::to_owned),
        12 => super::patterns::pattern(),
        1 => select(broken).prop_map(str::to_owned),
        1 => (230usize..270).prop_map(|classes| format!("/x?{}", "[yz]".repeat(classes))),
    ]
    .boxed()
}

fn headers() -> impl Strategy<Value = HeadersPlan> {
    let name = prop_oneof![
        30 => select(vec!["x-debug", "X-Debug", "user-agent", "cookie", "host", ":authority"]),
        1 => select(vec!["bad name", ":path", ""]),
    ];
    let value = prop_oneof![
        30 => select(VALUES.to_vec()).prop_map(str::to_owned),
        12 => super::patterns::pattern(),
        1 => select(vec!["(", "*"]).prop_map(str::to_owned),
    ];
    (any::<bool>(), prop_oneof![1 => Just(Vec::new()), 12 => vec((name, value), 1..=3)])
        .prop_map(|(list, entries)| HeadersPlan { list, entries })
}

/// The groups as objects, named in turn.
pub(super) fn manifests(groups: &[GroupPlan]) -> Vec<Value> {
    groups.iter().zip(NAMES).map(|(group, name)| group.manifest(name)).collect()
}

impl GroupPlan {
    fn manifest(&self, name: &str) -> Value {
        let matches: Vec<_> =
            self.matches.iter().enumerate().map(|(index, plan)| plan.value(index)).collect();
        let mut object = json!({
            "apiVersion": format!("specs.smi-spec.io/v1alpha{}", self.version), "kind": "HTTPRouteGroup",
            "metadata": {"name": name, "namespace": self.namespace},
        });
        if self.version <= 2 {
            object["matches"] = json!(matches);
        } else {
            object["spec"] = json!({"matches": matches});
        }
        object
    }
}

impl MatchPlan {
    fn value(&self, index: usize) -> Value {
        let mut out = json!({"name": format!("m{index}")});
        if let Some(path) = &self.path {
            out["pathRegex"] = json!(path);
        }
        if let Some(methods) = &self.methods {
            out["methods"] = json!(methods);
        }
        if let Some(HeadersPlan { list, entries }) = &self.headers {
            let entry = |(name, value): &(&str, String)| ((*name).to_owned(), json!(value));
            out["headers"] = if *list {
                entries.iter().map(|pair| Value::Object([entry(pair)].into_iter().collect())).collect()
            } else {
                Value::Object(entries.iter().map(entry).collect::<Map<_, _>>())
            };
        }
        out
    }
}
