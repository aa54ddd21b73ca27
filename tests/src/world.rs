//! Generated worlds: Services, TrafficSplits and HTTPRouteGroups of every version and spelling, and calls aimed at them.
//!
//! A world holds two things: the *manifests*, which are what the project gets to read, and the *cluster*, the Services that really
//! exist, which is what the mesh knows. They differ, because people translate files that name Services living elsewhere.
//!
//! Everything is put together from small vectors and small choices and turned into objects at the very end, so that shrinking takes away
//! whole splits, backends, matches and calls, and leaves a world that can be read.

pub mod access;
mod calls;
mod groups;
mod patterns;
mod services;
mod splits;
mod weights;

use std::fmt;

use proptest::prelude::*;
use serde_json::Value;

use crate::istio_model::{Call, Service};

/// The namespaces of a world. Most of it lives in the first.
pub const NAMESPACES: [&str; 2] = ["shop", "lab"];

/// The names Services have; every reference in a world is to one of these.
const NAMES: [&str; 4] = ["web", "web-v1", "web-v2", "db"];

/// What a Service that is not among the manifests means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlisted {
    /// It exists, with every port asked of it: the manifests are a part of the cluster.
    Exists,
    /// It does not exist: the manifests are all there is.
    Missing,
}

/// A world.
#[derive(Clone)]
pub struct World {
    /// The objects that are translated, in the order in which they are read.
    pub manifests: Vec<Value>,
    /// The Services that exist.
    pub cluster: Vec<Service>,
    /// The Services among the manifests.
    pub listed: Vec<Service>,
    /// What follows from a Service not being listed.
    pub unlisted: Unlisted,
}

/// A world and calls to make in it.
#[derive(Clone)]
pub struct Scenario {
    /// The world.
    pub world: World,
    /// The calls.
    pub calls: Vec<Call>,
}

impl World {
    /// The manifests as a stream of YAML documents.
    #[must_use]
    pub fn yaml(&self) -> String {
        let document =
            |manifest| serde_saphyr::to_string(manifest).expect("a JSON value can be written as YAML");
        self.manifests.iter().map(|manifest| format!("---\n{}", document(manifest))).collect()
    }

    /// The Service of a name that exists.
    #[must_use]
    pub fn service(&self, namespace: &str, name: &str) -> Option<&Service> {
        self.cluster.iter().find(|service| service.namespace == namespace && service.name == name)
    }

    /// Whether the Service is among the manifests.
    #[must_use]
    pub fn lists(&self, namespace: &str, name: &str) -> bool {
        self.listed.iter().any(|service| service.namespace == namespace && service.name == name)
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "world in which unlisted Services are: {:?}", self.unlisted)?;
        for manifest in &self.manifests {
            writeln!(f, "  {manifest}")?;
        }
        let unlisted = self.cluster.iter().filter(|service| !self.lists(&service.namespace, &service.name));
        let names: Vec<_> =
            unlisted.map(|service| format!("{}/{}", service.namespace, service.name)).collect();
        writeln!(f, "  unlisted: {}", names.join(" "))
    }
}

/// The world only: a test that fails names the call.
impl fmt::Debug for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.world.fmt(f)
    }
}

/// A Service as Kubernetes has it.
#[must_use]
pub fn service_manifest(service: &Service) -> Value {
    services::manifest(service)
}

/// A world with `calls` calls.
pub fn scenario(calls: usize) -> impl Strategy<Value = Scenario> {
    (world(), proptest::collection::vec(calls::recipe(), calls)).prop_map(|(world, recipes)| {
        let calls = recipes.iter().map(|recipe| recipe.aim(&world)).collect();
        Scenario { world, calls }
    })
}

/// A world.
pub fn world() -> impl Strategy<Value = World> {
    let objects = (
        services::plan(),
        proptest::collection::vec(splits::plan(), 1..=5),
        prop_oneof![1 => Just(Vec::new()), 9 => proptest::collection::vec(groups::plan(), 1..=3)],
    );
    (objects, prop_oneof![Just(Unlisted::Exists), Just(Unlisted::Missing)], any::<prop::sample::Index>())
        .prop_map(|((services, splits, groups), unlisted, rotation)| {
            let listed = services.listed();
            let mut manifests: Vec<Value> = listed.iter().map(services::manifest).collect();
            manifests.extend(splits.iter().enumerate().map(|(index, split)| split.manifest(index)));
            manifests.extend(groups::manifests(&groups));
            // Decisions must not depend on the order of the input.
            let first = rotation.index(manifests.len().max(1));
            manifests.rotate_left(first);
            World { cluster: services.cluster(unlisted), listed, manifests, unlisted }
        })
}

/// A namespace: mostly the first.
fn namespace() -> impl Strategy<Value = &'static str> {
    prop_oneof![10 => Just(NAMESPACES[0]), 1 => Just(NAMESPACES[1])]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    use super::*;

    #[test]
    fn worlds_reach_what_they_are_meant_to_reach() {
        let mut runner = TestRunner::deterministic();
        let mut seen = BTreeSet::new();
        for _ in 0..400 {
            let Scenario { world, calls } = scenario(20).new_tree(&mut runner).unwrap().current();
            assert_eq!(calls.len(), 20);
            for manifest in &world.manifests {
                seen.insert(format!(
                    "{} {}",
                    manifest["apiVersion"].as_str().unwrap(),
                    manifest["kind"].as_str().unwrap()
                ));
                if manifest["metadata"]["creationTimestamp"].is_string() {
                    seen.insert("creationTimestamp".to_owned());
                }
            }
            if world.listed.len() < world.cluster.len() {
                seen.insert("unlisted Service".to_owned());
            }
        }
        for version in 1..=4 {
            assert!(seen.contains(&format!("split.smi-spec.io/v1alpha{version} TrafficSplit")));
            assert!(seen.contains(&format!("specs.smi-spec.io/v1alpha{version} HTTPRouteGroup")));
        }
        assert!(
            seen.contains("v1 Service")
                && seen.contains("creationTimestamp")
                && seen.contains("unlisted Service")
        );
    }
}
