//! TrafficSplits of every version: spellings of names, ages, conditions.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{NAMES, NAMESPACES, groups, weights};
use crate::istio_model::CLUSTER_DOMAIN;

#[derive(Clone, Debug)]
pub(super) struct SplitPlan {
    namespace: &'static str,
    root: Named,
    /// Minutes past noon.
    created: Option<u8>,
    shape: Shape,
}

/// What differs between versions.
#[derive(Clone, Debug)]
enum Shape {
    V1Alpha1(Vec<(Named, Option<Value>)>),
    V1Alpha2(Vec<(Named, Option<Value>)>),
    Later { version: u8, backends: Vec<(Named, Option<Value>)>, matches: Option<Vec<Value>> },
}

/// A Service by one of its names.
#[derive(Clone, Debug)]
struct Named {
    name: usize,
    spelling: Spelling,
}

#[derive(Clone, Copy, Debug)]
enum Spelling {
    Short,
    Namespaced,
    Svc,
    Full,
    FullWithDot,
    /// Not acceptable: a Service of the other namespace.
    Elsewhere,
    /// Not acceptable: no Service at all.
    Foreign,
}

pub(super) fn plan() -> impl Strategy<Value = SplitPlan> {
    let created = weighted(0.6, 0u8..3);
    (super::namespace(), root(), created, shape()).prop_map(|(namespace, root, created, shape)| SplitPlan {
        namespace,
        root,
        created,
        shape,
    })
}

fn shape() -> impl Strategy<Value = Shape> {
    let backends = || vec((named(), weights::integer()), 1..=4);
    prop_oneof![
        2 => vec((named(), weights::quantity()), 1..=4).prop_map(Shape::V1Alpha1),
        2 => backends().prop_map(Shape::V1Alpha2),
        10 => (3u8..=4, prop_oneof![30 => backends(), 1 => Just(Vec::new())], weighted(0.75, prop_oneof![1 => Just(Vec::new()), 12 => vec(reference(), 1..=2)]))
            .prop_map(|(version, backends, matches)| Shape::Later { version, backends, matches }),
    ]
}

/// An entry of `spec.matches`.
fn reference() -> impl Strategy<Value = Value> {
    let kind = prop_oneof![20 => Just("HTTPRouteGroup"), 1 => Just("TCPRoute"), 1 => Just("Pod")];
    let group = prop_oneof![
        12 => Just(None),
        2 => Just(Some(Value::Null)),
        2 => Just(Some(json!("specs.smi-spec.io"))),
        1 => Just(Some(json!("specs.smi-spec.io/v1alpha4"))),
        1 => Just(Some(json!("example.com"))),
    ];
    let name = prop_oneof![12 => groups::name(), 1 => Just("absent")];
    (kind, name, group).prop_map(|(kind, name, group)| {
        let mut entry = json!({"kind": kind, "name": name});
        if let Some(group) = group {
            entry["apiGroup"] = group;
        }
        entry
    })
}

fn root() -> impl Strategy<Value = Named> {
    (prop_oneof![6 => Just(0), 1 => 0..NAMES.len()], spelling())
        .prop_map(|(name, spelling)| Named { name, spelling })
}

fn named() -> impl Strategy<Value = Named> {
    (0..NAMES.len(), spelling()).prop_map(|(name, spelling)| Named { name, spelling })
}

fn spelling() -> impl Strategy<Value = Spelling> {
    prop_oneof![
        40 => Just(Spelling::Short),
        2 => Just(Spelling::Namespaced),
        2 => Just(Spelling::Svc),
        2 => Just(Spelling::Full),
        2 => Just(Spelling::FullWithDot),
        1 => Just(Spelling::Elsewhere),
        1 => Just(Spelling::Foreign),
    ]
}

impl Named {
    fn in_namespace(&self, namespace: &str) -> String {
        let name = NAMES[self.name];
        match self.spelling {
            Spelling::Short => name.to_owned(),
            Spelling::Namespaced => format!("{name}.{namespace}"),
            Spelling::Svc => format!("{name}.{namespace}.svc"),
            Spelling::Full => format!("{name}.{namespace}.svc.{CLUSTER_DOMAIN}"),
            Spelling::FullWithDot => format!("{name}.{namespace}.svc.{CLUSTER_DOMAIN}."),
            Spelling::Elsewhere => {
                let other = if namespace == NAMESPACES[0] { NAMESPACES[1] } else { NAMESPACES[0] };
                format!("{name}.{other}")
            }
            Spelling::Foreign => "shop.example.com".to_owned(),
        }
    }
}

impl SplitPlan {
    /// The split as the `index`th object of its kind. Names run against the index, so that age and name disagree.
    pub(super) fn manifest(&self, index: usize) -> Value {
        let mut metadata = json!({"name": format!("split-{}", 9 - index), "namespace": self.namespace});
        if let Some(minutes) = self.created {
            metadata["creationTimestamp"] = json!(format!("2026-01-01T12:{minutes:02}:00Z"));
        }
        let (version, backends) = match &self.shape {
            Shape::V1Alpha1(backends) => (1, backends),
            Shape::V1Alpha2(backends) => (2, backends),
            Shape::Later { version, backends, .. } => (*version, backends),
        };
        let backends = backends.iter().map(|(service, weight)| {
            let mut backend = json!({"service": service.in_namespace(self.namespace)});
            if let Some(weight) = weight {
                backend["weight"] = weight.clone();
            }
            backend
        });
        let mut spec = json!({
            "service": self.root.in_namespace(self.namespace),
            "backends": backends.collect::<Vec<_>>(),
        });
        if let Shape::Later { matches: Some(matches), .. } = &self.shape {
            spec["matches"] = json!(matches);
        }
        json!({
            "apiVersion": format!("split.smi-spec.io/v1alpha{version}"), "kind": "TrafficSplit",
            "metadata": metadata, "spec": spec,
        })
    }
}
