//! Generated worlds of access: TrafficTargets, IdentityBindings and routes of every version and spelling over a few workloads, and
//! calls aimed at the workloads' pods.
//!
//! As in the worlds of routing, everything is put together from small vectors and small choices and turned into objects at the very
//! end. All pods there are come from workloads among the manifests: what is said of a selector is proved for those that are known.

mod calls;
mod targets;
mod workloads;

use std::collections::BTreeMap;
use std::fmt;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::{Unlisted, groups};
use crate::istio_model::{Inbound, Payload, Pod};

/// Labels of a pod.
pub type Labels = BTreeMap<String, String>;

/// The service accounts of a world, in each namespace.
const ACCOUNTS: [&str; 4] = ["api", "web", "job", "default"];

/// The ports that containers declare; 7000 has no Service.
pub const PORTS: [u16; 3] = [8080, 9090, 7000];

/// The trust domain that the mesh takes for its own besides its own.
pub const ALIAS: &str = "old.example";

/// A pod, and what a mesh without access to labels knows of it.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its pod.
    pub pod: Pod,
    /// Its service account.
    pub account: String,
    /// Kind and name of the object that it comes from.
    pub object: (&'static str, String),
}

/// A world.
#[derive(Clone)]
pub struct AccessWorld {
    /// The objects that are translated, in the order in which they are read.
    pub manifests: Vec<Value>,
    /// The pods there are, one of each workload.
    pub workloads: Vec<Workload>,
    /// What follows from a ServiceAccount not being among the manifests.
    pub unlisted: Unlisted,
    /// Trust domain of the mesh.
    pub trust_domain: String,
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A pod of a service account of the mesh.
    Account {
        /// Namespace.
        namespace: String,
        /// Name.
        account: String,
        /// Labels of the pod.
        labels: Labels,
        /// Whether its certificate is of the mesh's other trust domain.
        alias: bool,
    },
    /// Another SPIFFE ID, without the scheme.
    Spiffe(String),
    /// Plaintext.
    Nobody,
}

/// A request or connection to a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessCall {
    /// Who calls.
    pub caller: Caller,
    /// The pod called, among those of the world.
    pub to: usize,
    /// The port of the pod.
    pub port: u16,
    /// What is sent.
    pub payload: Payload,
}

/// A world and calls to make in it.
#[derive(Clone)]
pub struct AccessScenario {
    /// The world.
    pub world: AccessWorld,
    /// The calls.
    pub calls: Vec<AccessCall>,
}

impl AccessWorld {
    /// The manifests as a stream of JSON documents.
    #[must_use]
    pub fn json(&self) -> String {
        let documents: Vec<String> = self.manifests.iter().map(ToString::to_string).collect();
        documents.join("\n---\n")
    }

    /// What a call is to the pod that receives it.
    #[must_use]
    pub fn inbound(&self, call: &AccessCall) -> Inbound<'_> {
        let pod = &self.workloads[call.to].pod;
        Inbound::new(pod, call.caller.id(&self.trust_domain).as_deref(), call.port, call.payload.clone())
    }

    /// Whether some TrafficTarget has the workload as its destination, as the specification says.
    #[must_use]
    pub fn is_destination(&self, workload: &Workload) -> bool {
        self.manifests.iter().any(|manifest| targets::protects(manifest, workload, self))
    }

    /// Whether such a TrafficTarget names a port, whatever it grants there.
    #[must_use]
    pub fn is_named(&self, workload: &Workload, port: u16) -> bool {
        let mut targets =
            self.manifests.iter().filter(|manifest| targets::protects(manifest, workload, self));
        targets.any(|target| targets::named_ports(target, self).contains(&port))
    }
}

impl Caller {
    /// The SPIFFE ID of its certificate, without the scheme.
    #[must_use]
    pub fn id(&self, trust_domain: &str) -> Option<String> {
        match self {
            Caller::Account { namespace, account, alias, .. } => {
                let domain = if *alias { ALIAS } else { trust_domain };
                Some(format!("{domain}/ns/{namespace}/sa/{account}"))
            }
            Caller::Spiffe(id) => Some(id.clone()),
            Caller::Nobody => None,
        }
    }
}

impl fmt::Debug for AccessWorld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "world of {} in which unlisted objects are: {:?}", self.trust_domain, self.unlisted)?;
        self.manifests.iter().try_for_each(|manifest| writeln!(f, "  {manifest}"))
    }
}

/// The world only: a test that fails names the call.
impl fmt::Debug for AccessScenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.world.fmt(f)
    }
}

/// A world with `calls` calls.
pub fn scenario(calls: usize) -> impl Strategy<Value = AccessScenario> {
    (world(), vec(calls::recipe(), calls)).prop_map(|(world, recipes)| {
        let calls = recipes.iter().map(|recipe| recipe.aim(&world)).collect();
        AccessScenario { world, calls }
    })
}

/// A world, another one with the same workloads whose SMI objects are partly those of the first, and calls for both.
pub fn change(calls: usize) -> impl Strategy<Value = (AccessScenario, AccessWorld)> {
    let edits = vec((any::<Index>(), any::<bool>()), 1..=4);
    (scenario(calls), objects(), edits).prop_map(|(scenario, other, edits)| {
        let mut changed = scenario.world.clone();
        let is_smi = |manifest: &Value| {
            manifest["apiVersion"].as_str().is_some_and(|version| version.contains("smi-spec.io"))
        };
        for (index, replace) in edits {
            let old: Vec<usize> =
                (0..changed.manifests.len()).filter(|at| is_smi(&changed.manifests[*at])).collect();
            if !replace && !old.is_empty() {
                changed.manifests.remove(old[index.index(old.len())]);
            } else if !other.is_empty() {
                changed.put(other[index.index(other.len())].clone());
            }
        }
        (scenario, changed)
    })
}

impl AccessWorld {
    /// Adds an object, or replaces the one of its kind, namespace and name.
    pub fn put(&mut self, manifest: Value) {
        let same = |other: &Value| {
            other["kind"] == manifest["kind"]
                && other["metadata"]["name"] == manifest["metadata"]["name"]
                && other["metadata"]["namespace"] == manifest["metadata"]["namespace"]
        };
        self.manifests.retain(|other| !same(other));
        self.manifests.push(manifest);
    }
}

/// A world.
pub fn world() -> impl Strategy<Value = AccessWorld> {
    let mesh = (
        prop_oneof![Just(Unlisted::Exists), Just(Unlisted::Missing)],
        prop_oneof![3 => Just("cluster.local"), 1 => Just("mesh.example")],
        any::<Index>(),
    );
    (workloads::plan(), objects(), mesh).prop_map(|(plan, objects, (unlisted, trust_domain, rotation))| {
        let mut manifests = plan.manifests();
        manifests.extend(objects);
        let first = rotation.index(manifests.len().max(1));
        manifests.rotate_left(first);
        AccessWorld {
            manifests,
            workloads: plan.workloads(),
            unlisted,
            trust_domain: trust_domain.to_owned(),
        }
    })
}

/// The SMI objects of a world.
fn objects() -> impl Strategy<Value = Vec<Value>> {
    let groups = prop_oneof![1 => Just(Vec::new()), 9 => vec(groups::plan_with(path()), 1..=3)];
    (vec(targets::plan(), 1..=4), vec(targets::binding(), 0..=2), targets::routes(), groups).prop_map(
        |(plans, bindings, routes, groups)| {
            let mut manifests = groups::manifests(&groups);
            manifests.extend(bindings.iter().enumerate().map(|(index, plan)| plan.manifest(index)));
            manifests.extend(routes);
            manifests.extend(plans.iter().enumerate().map(|(index, plan)| plan.manifest(index)));
            manifests
        },
    )
}

/// Patterns for paths of the shapes that AuthorizationPolicy can say wholly, in part or not at all, and any other.
fn path() -> BoxedStrategy<String> {
    let shapes = vec![
        "/a$",
        "/a",
        "^/a/$",
        "/a.*",
        "/a.+",
        ".*/a$",
        "/a(/.*)?$",
        "/a/?$",
        "/a/[^/]+$",
        "/a/[^/]+/b$",
        "/a/.*/b$",
        "/a/[^/]*$",
        "/a/[^/]+",
        "/(a|b)$",
        "/a|/b$",
        "/[ab]$",
        "/a/[a-z]+$",
        r"/a\*",
        r"/\*$",
        ".*",
        ".+",
        "",
        "/",
        "/a.*b",
        "(?i)/a$",
        "/a/b|/a/[^/]+$",
        "/v[0-9]$",
        "/{id}",
        "/a\\?x",
        ".*a.*",
        "/a//b$",
    ];
    prop_oneof![2 => select(shapes).prop_map(str::to_owned), 1 => groups::path()].boxed()
}

fn named(kind: &str, version: &str, namespace: &str, name: &str) -> Value {
    json!({"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": namespace}})
}
