//! TrafficTargets, IdentityBindings and routes of ports, whole and broken; and whom a TrafficTarget protects.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::super::{NAMESPACES, groups};
use super::{ACCOUNTS, AccessWorld, Labels, PORTS, Workload, named};

/// The names that bindings and routes of ports have, each kind its own.
const BINDINGS: [&str; 2] = ["b0", "b1"];
const ROUTES: [&str; 2] = ["r0", "r1"];

/// A TrafficTarget.
#[derive(Clone, Debug)]
pub(super) struct TargetPlan {
    version: u8,
    namespace: &'static str,
    destination: Option<Value>,
    port: Option<Value>,
    rules: Option<Vec<Value>>,
    sources: Option<Vec<Value>>,
}

pub(super) fn plan() -> impl Strategy<Value = TargetPlan> {
    let port = weighted(
        0.3,
        prop_oneof![
            8 => select(PORTS.to_vec()).prop_map(|port| json!(port)),
            2 => select(PORTS.to_vec()).prop_map(|port| json!(port.to_string())),
            1 => select(vec![json!(0), json!(-1), json!(65536), json!("http")]),
        ],
    );
    let rules =
        prop_oneof![1 => Just(None), 1 => Just(Some(Vec::new())), 30 => vec(rule(), 1..=2).prop_map(Some)];
    let sources = prop_oneof![1 => Just(None), 1 => Just(Some(Vec::new())), 30 => vec(subject(false), 1..=3).prop_map(Some)];
    let destination = prop_oneof![1 => Just(None), 40 => subject(true).prop_map(Some)];
    (1u8..=4, super::super::namespace(), destination, port, rules, sources).prop_map(
        |(version, namespace, destination, port, rules, sources)| TargetPlan {
            version,
            namespace,
            destination,
            port: port.filter(|_| version < 3),
            rules,
            sources,
        },
    )
}

fn subject(destination: bool) -> impl Strategy<Value = Value> {
    let account = prop_oneof![9 => Just(ACCOUNTS[0]), 4 => Just(ACCOUNTS[1]), 1 => Just(ACCOUNTS[2]), 1 => Just(ACCOUNTS[3])];
    let binding = prop_oneof![4 => Just(BINDINGS[0]), 2 => Just(BINDINGS[1]), 1 => Just("absent")];
    let bindings = if destination { 5 } else { 16 };
    let named = prop_oneof![
        40 => account.prop_map(|name| json!({"kind": "ServiceAccount", "name": name})),
        bindings => binding.prop_map(|name| json!({"kind": "IdentityBinding", "name": name})),
        1 => select(vec!["*", "", "Not A Name"]).prop_map(|name| json!({"kind": "ServiceAccount", "name": name})),
        1 => Just(json!({"kind": "Group", "name": "api"})),
        1 => Just(json!({"kind": "ServiceAccount"})),
        1 => Just(json!({"kind": "ServiceAccount", "name": "api", "group": "access.smi-spec.io"})),
        1 => Just(json!({"kind": "IdentityBinding", "name": "b0", "group": "access.smi-spec.io"})),
    ];
    let own = if destination { 30 } else { 6 };
    let namespace = prop_oneof![
        10 => Just(None),
        own => Just(Some(NAMESPACES[0])),
        1 => Just(Some(NAMESPACES[1])),
        1 => Just(Some("")),
    ];
    (named, namespace).prop_map(|(mut subject, namespace)| {
        if let Some(namespace) = namespace {
            subject["namespace"] = json!(namespace);
        }
        subject
    })
}

fn rule() -> impl Strategy<Value = Value> {
    let group = prop_oneof![12 => groups::name(), 1 => Just("absent")];
    let route = || prop_oneof![8 => Just(ROUTES[0]), 3 => Just(ROUTES[1]), 1 => Just("absent")];
    let matches = || {
        weighted(
            0.35,
            prop_oneof![
                1 => Just(Vec::new()),
                6 => vec(select(vec!["m0", "m0", "m1", "m2", "nope"]), 1..=2),
            ],
        )
    };
    let with = |kind: &'static str, (name, matches): (&str, Option<Vec<&str>>)| {
        let mut rule = json!({"kind": kind, "name": name});
        if let Some(matches) = matches {
            rule["matches"] = json!(matches);
        }
        rule
    };
    prop_oneof![
        24 => (group, matches()).prop_map(move |one| with("HTTPRouteGroup", one)),
        16 => (route(), weighted(0.1, vec(select(vec!["m0", "nope"]), 0..=1))).prop_map(move |one| with("TCPRoute", one)),
        2 => (route(), Just(None)).prop_map(move |one| with("UDPRoute", one)),
        1 => Just(json!({"kind": "GRPCRoute", "name": "g0"})),
        1 => Just(json!({"kind": "TCPRoute"})),
    ]
}

impl TargetPlan {
    /// The target as the `index`th object of its kind.
    pub(super) fn manifest(&self, index: usize) -> Value {
        let version = format!("access.smi-spec.io/v1alpha{}", self.version);
        let mut object = named("TrafficTarget", &version, self.namespace, &format!("t{}", 9 - index));
        let mut spec = Map::new();
        if let Some(destination) = &self.destination {
            let mut destination = destination.clone();
            if let Some(port) = &self.port {
                destination["port"] = port.clone();
            }
            spec.insert("destination".to_owned(), destination);
        }
        let rules = if self.version == 1 { "specs" } else { "rules" };
        spec.extend(self.rules.as_ref().map(|list| (rules.to_owned(), json!(list))));
        spec.extend(self.sources.as_ref().map(|list| ("sources".to_owned(), json!(list))));
        match (self.version, &mut object) {
            (1, Value::Object(fields)) => fields.extend(spec),
            _ => object["spec"] = Value::Object(spec),
        }
        object
    }
}

/// An IdentityBinding.
#[derive(Clone, Debug)]
pub(super) struct BindingPlan {
    namespace: &'static str,
    selector: Option<Value>,
    account: Option<&'static str>,
    ids: Option<Vec<&'static str>>,
}

/// SPIFFE IDs: of other trust domains, of no account, of the mesh, and some that are none.
const IDS: [&str; 11] = [
    "spiffe://other.example/ns/shop/sa/api",
    "spiffe://other.example/vm/db",
    "other.example/vm/db",
    "spiffe://cluster.local/ns/shop/sa/web",
    "spiffe://cluster.local/ns/shop/sa/api",
    "spiffe://mesh.example/ns/shop/sa/web",
    "spiffe://cluster.local/ns/lab/sa/api",
    "spiffe://cluster.local/vm/db",
    "spiffe://other.example/*",
    "https://other.example/vm/db",
    "",
];

/// Identities of callers that are no account of the mesh, or look like one.
pub(super) const FOREIGN: [&str; 7] = [
    "other.example/ns/shop/sa/api",
    "other.example/vm/db",
    "cluster.local/ns/shop/sa/web",
    "mesh.example/ns/shop/sa/web",
    "cluster.local/vm/db",
    "other.example/vm/db/2",
    "cluster.local/ns/lab/sa/api",
];

pub(super) fn binding() -> impl Strategy<Value = BindingPlan> {
    let selector = prop_oneof![
        12 => super_selector(),
        1 => Just(json!({"matchLabels": {}})),
        1 => Just(json!({"matchLabels": null})),
        1 => Just(json!({})),
        1 => Just(json!({"matchLabels": {"app": "not a label!"}})),
    ];
    let account = prop_oneof![3 => Just(ACCOUNTS[0]), 2 => Just(ACCOUNTS[1]), 1 => Just(ACCOUNTS[2])];
    let ids = vec(prop_oneof![4 => select(IDS[..8].to_vec()), 1 => select(IDS.to_vec())], 1..=2);
    (super::super::namespace(), weighted(0.6, selector), weighted(0.3, account), weighted(0.35, ids))
        .prop_map(|(namespace, selector, account, ids)| BindingPlan { namespace, selector, account, ids })
}

fn super_selector() -> impl Strategy<Value = Value> {
    let labels = vec![
        json!({"app": "api"}),
        json!({"app": "web"}),
        json!({"app": "api", "tier": "front"}),
        json!({"tier": "front"}),
        json!({"version": "v1"}),
        json!({"app": "nobody"}),
    ];
    select(labels).prop_map(|labels| json!({"matchLabels": labels}))
}

impl BindingPlan {
    pub(super) fn manifest(&self, index: usize) -> Value {
        let mut object =
            named("IdentityBinding", "access.smi-spec.io/v1alpha4", self.namespace, BINDINGS[index]);
        let mut schemes = Map::new();
        schemes.extend(self.selector.as_ref().map(|one| ("podLabelSelector".to_owned(), one.clone())));
        schemes.extend(self.account.map(|name| ("serviceAccount".to_owned(), json!(name))));
        schemes.extend(self.ids.as_ref().map(|ids| ("spiffeIdentities".to_owned(), json!(ids))));
        object["spec"] = json!({"schemes": schemes});
        object
    }
}

/// TCPRoutes of every version, and UDPRoutes.
pub(super) fn routes() -> impl Strategy<Value = Vec<Value>> {
    let ports = prop_oneof![
        12 => vec(select(vec![8080u32, 8080, 9090, 7000, 80]), 1..=2),
        1 => Just(Vec::new()),
        1 => Just(vec![0]),
        1 => Just(vec![0, 8080, 70000]),
    ];
    let route = (
        0usize..2,
        prop_oneof![1 => 1u8..=3, 4 => Just(4)],
        super::super::namespace(),
        weighted(0.9, ports),
        any::<bool>(),
        prop::bool::weighted(0.15),
    );
    vec(route, 0..=3).prop_map(|routes| {
        let mut out: Vec<Value> = Vec::new();
        for (name, version, namespace, ports, has_name, udp) in routes {
            let kind = if udp { "UDPRoute" } else { "TCPRoute" };
            let version = if udp { 4 } else { version };
            let api = format!("specs.smi-spec.io/v1alpha{version}");
            let mut route = named(kind, &api, namespace, ROUTES[name]);
            if version == 4 {
                let mut matches = Map::new();
                matches.extend(ports.map(|ports| ("ports".to_owned(), json!(ports))));
                matches.extend(has_name.then(|| ("name".to_owned(), json!("m0"))));
                route["spec"] = json!({"matches": matches});
            }
            let is_new =
                |other: &Value| other["metadata"] != route["metadata"] || other["kind"] != route["kind"];
            if out.iter().all(is_new) {
                out.push(route);
            }
        }
        out
    })
}

/// Whether an object is a TrafficTarget with this workload as its destination.
///
/// Written from the specification: a destination of an unknown kind, of another namespace (SMI-ACCESS-11), without a name, or a binding
/// that is not there or selects nobody, protects nobody. One of a wrong group is broken, and keeps closed what it names all the same.
pub(super) fn protects(manifest: &Value, workload: &Workload, world: &AccessWorld) -> bool {
    if manifest["kind"] != "TrafficTarget" {
        return false;
    }
    let own = manifest["metadata"]["namespace"].as_str().unwrap_or_default();
    let is_first = manifest["apiVersion"] == "access.smi-spec.io/v1alpha1";
    let destination = if is_first { &manifest["destination"] } else { &manifest["spec"]["destination"] };
    let text = |field: &str| destination[field].as_str().unwrap_or_default();
    let namespace = if text("namespace").is_empty() { own } else { text("namespace") };
    if namespace != own || workload.pod.namespace != own {
        return false;
    }
    // Before the last version there is no such field.
    let group = if manifest["apiVersion"] == "access.smi-spec.io/v1alpha4" { text("group") } else { "" };
    match (text("kind"), group) {
        ("ServiceAccount", _) => text("name") == workload.account,
        ("IdentityBinding", "" | "access.smi-spec.io") => {
            let is_meant = |object: &&Value| {
                object["kind"] == "IdentityBinding"
                    && object["metadata"]["name"] == text("name")
                    && object["metadata"]["namespace"] == own
            };
            world
                .manifests
                .iter()
                .filter(is_meant)
                .any(|binding| recognises(binding, workload, &world.trust_domain))
        }
        _ => false,
    }
}

/// The ports of a TrafficTarget's TCPRoutes, and its own.
pub(super) fn named_ports(target: &Value, world: &AccessWorld) -> Vec<u16> {
    let spec = if target["spec"].is_object() { &target["spec"] } else { target };
    let rules = spec["rules"].as_array().or_else(|| spec["specs"].as_array());
    let routes = rules.into_iter().flatten().filter(|rule| rule["kind"] == "TCPRoute");
    let of_route = |rule: &Value| {
        world.manifests.iter().find(|object| {
            object["kind"] == "TCPRoute"
                && object["metadata"]["name"] == rule["name"]
                && object["metadata"]["namespace"] == target["metadata"]["namespace"]
        })
    };
    let lists = routes.filter_map(of_route).filter_map(|route| route["spec"]["matches"]["ports"].as_array());
    let mut ports: Vec<u16> =
        lists.flatten().filter_map(Value::as_u64).filter_map(|port| u16::try_from(port).ok()).collect();
    ports.extend(spec["destination"]["port"].as_u64().and_then(|port| u16::try_from(port).ok()));
    ports.retain(|port| *port > 0);
    ports
}

/// Whether a binding means a workload of its namespace (5.3).
fn recognises(binding: &Value, workload: &Workload, trust_domain: &str) -> bool {
    let schemes = &binding["spec"]["schemes"];
    let account = schemes["serviceAccount"].as_str().filter(|name| !name.is_empty());
    let labels = schemes["podLabelSelector"]["matchLabels"].as_object();
    if account.is_some() && labels.is_some() {
        return false;
    }
    let valid = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    let selected = labels.is_some_and(|labels| {
        let asked: Labels = labels
            .iter()
            .map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned()))
            .collect();
        !asked.is_empty()
            && asked.values().all(|value| valid(value))
            && asked.iter().all(|(key, value)| workload.pod.labels.get(key) == Some(value))
    });
    let own = format!("{trust_domain}/ns/{}/sa/{}", workload.pod.namespace, workload.account);
    let mut ids = schemes["spiffeIdentities"].as_array().into_iter().flatten().filter_map(Value::as_str);
    selected
        || account == Some(workload.account.as_str())
        || ids.any(|id| id.strip_prefix("spiffe://").unwrap_or(id) == own)
}
