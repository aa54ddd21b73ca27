//! The CustomResourceDefinitions that we publish, on a server, with our own code behind the conversion webhook: every object that some
//! upstream definition lets in, ours let in too, keep and give back, also where they take the place of the upstream definition.

use std::collections::BTreeMap;

use futures::{StreamExt, stream};
use serde_json::{Value, json};
use smi_types::convert::{self, ConvertOptions};
use smi_types::crd::{self, STORED, Serving};
use smi_types::{Kind, Version, review};

use super::{AT_ONCE, shared};

#[path = "definitions/manifests.rs"]
mod manifests;
#[path = "definitions/meaning.rs"]
mod meaning;
#[path = "definitions/upstream.rs"]
mod upstream;
#[path = "definitions/world.rs"]
mod world;

use manifests::Manifest;
use meaning::{Meaning, meaning, says_something};
use upstream::Served;
use world::World;

/// The objects of a kind that upstream definitions have let in.
struct Kept<'m> {
    served: Served,
    manifests: Vec<&'m Manifest>,
    /// As they gave them back, in each version that they serve.
    views: BTreeMap<Version, BTreeMap<String, Value>>,
}

impl<'m> Kept<'m> {
    /// Stores what is let in, and sees how it is given back.
    async fn new(world: &World, served: Served, manifests: &'m [Manifest]) -> Kept<'m> {
        let (kind, versions) = (served.kind, &served.versions);
        let can_be_written = |m: &&Manifest| m.api.kind == kind && versions.contains(&m.api.version);
        let stored = manifests
            .iter()
            .filter(can_be_written)
            .map(async |manifest| world.store(manifest).await.then_some(manifest));
        let manifests =
            stream::iter(stored).buffer_unordered(AT_ONCE).filter_map(std::future::ready).collect().await;
        let mut views = BTreeMap::new();
        for version in versions {
            let view = world.list(kind, *version).await;
            views.insert(*version, view.unwrap_or_else(|error| panic!("{kind} {version}: {error}")));
        }
        Kept { served, manifests, views }
    }

    /// What an object must be in a version from now on: what it was in the version in which it was written or stored, or else what
    /// our conversion makes of what was stored. (Upstream definitions that serve several versions convert none of them: in the version
    /// in which it was written, an object may be a wrong one, and right in the one in which it was stored.)
    fn wanted(&self, manifest: &Manifest, version: Version) -> Meaning {
        let view = |version| self.views.get(&version).and_then(|view| view.get(manifest.name()));
        let written = view(manifest.api.version).filter(|_| version == manifest.api.version);
        let stored = view(self.served.stored).expect("upstream definitions serve what they store");
        match written.filter(|written| says_something(written)) {
            Some(written) => meaning(written),
            None => meaning(&converted(stored, version)),
        }
    }

    /// Writes every object.
    async fn touch(&self, world: &World) -> Vec<String> {
        let kind = self.served.kind;
        let objects = world.list(kind, STORED).await.unwrap_or_default();
        let touched = self.manifests.iter().map(async |manifest| {
            let error = world.touch(kind, objects.get(manifest.name())?).await.err()?;
            Some(format!("{manifest} cannot be written: {error}"))
        });
        stream::iter(touched).buffer_unordered(AT_ONCE).filter_map(std::future::ready).collect().await
    }
}

/// What manifests of a kind must be in each version that is served.
struct Wanted<'m> {
    kind: Kind,
    meanings: Vec<(&'m Manifest, Version, Meaning)>,
}

impl<'m> Wanted<'m> {
    fn new(
        kind: Kind,
        serving: &Serving,
        manifests: &[&'m Manifest],
        wanted: impl Fn(&Manifest, Version) -> Meaning,
    ) -> Wanted<'m> {
        let served = kind.versions().iter().copied().filter(|version| serving.serves(kind, *version));
        let in_version = |version| manifests.iter().map(move |manifest| (*manifest, version));
        let all = served.flat_map(in_version);
        let meanings =
            all.map(|(manifest, version)| (manifest, version, wanted(manifest, version))).collect();
        Wanted { kind, meanings }
    }

    /// Whatever a server does not give back as it must be.
    async fn losses(&self, world: &World) -> Vec<String> {
        let mut losses = Vec::new();
        for in_version in self.meanings.chunk_by(|(_, one, _), (_, other, _)| one == other) {
            let version = in_version[0].1;
            let found = match world.list(self.kind, version).await {
                Ok(found) => found,
                Err(error) => {
                    losses.push(format!("{} cannot be listed in {version}: {error}", self.kind));
                    continue;
                }
            };
            for (manifest, _, wanted) in in_version {
                let found = found.get(manifest.name()).map(meaning);
                if found.as_ref() != Some(wanted) {
                    losses.push(format!(
                        "{manifest} in {version}\n  expected {wanted:?}\n  found    {found:?}"
                    ));
                }
            }
        }
        losses
    }
}

/// Our conversion, as a webhook.
fn ours(asked: &Value) -> Result<Value, String> {
    let answer = review::conversion(asked, &ConvertOptions::default());
    answer.map(|answer| answer.review).map_err(|error| error.to_string())
}

/// An object without the fields that it does not have: an API server prunes them before it asks for conversion.
fn pruned(object: &Value) -> Option<Value> {
    let read = convert::read(object).ok()?.object;
    Some(convert::write(&read, read.version(), &ConvertOptions::default()).ok()?.object)
}

/// What our conversion makes of an object that a server has stored.
fn converted(stored: &Value, version: Version) -> Value {
    let (group, own) = stored["apiVersion"]
        .as_str()
        .and_then(|version| version.split_once('/'))
        .expect("an object of SMI has a group");
    if own == version.as_str() {
        return stored.clone();
    }
    let object = pruned(stored).unwrap_or_else(|| stored.clone());
    let desired = format!("{group}/{version}");
    let asked = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "ConversionReview",
        "request": {"uid": "one", "desiredAPIVersion": desired, "objects": [object]},
    });
    let review = ours(&asked).unwrap_or_else(|error| panic!("{error}: {object}"));
    review["response"]["convertedObjects"][0].clone()
}

/// What becomes of objects where our definitions take the place of others.
#[derive(Default)]
struct Replaced<'m> {
    /// How many the others have let in.
    objects: usize,
    /// Those of them that have passed a schema.
    checked: Vec<&'m Manifest>,
    losses: Vec<String>,
}

async fn replaced<'m>(world: &World, definitions: &[Value], manifests: &'m [Manifest]) -> Replaced<'m> {
    let serving = world.every_version();
    world.install(definitions).await;
    let mut all_kept = Vec::new();
    for served in upstream::served(definitions) {
        all_kept.push(Kept::new(world, served, manifests).await);
    }
    upstream::replace(&world.client, &crd::definitions(&serving)).await;
    upstream::ours_in_force(&world.client).await;
    let mut replaced = Replaced::default();
    for kept in all_kept {
        let wanted = |manifest: &Manifest, version| kept.wanted(manifest, version);
        let wanted = Wanted::new(kept.served.kind, &serving, &kept.manifests, wanted);
        replaced.losses.extend(wanted.losses(world).await);
        replaced.losses.extend(kept.touch(world).await);
        replaced.losses.extend(wanted.losses(world).await);
        replaced.objects += kept.manifests.len();
        if kept.served.has_schema {
            replaced.checked.extend(kept.manifests);
        }
    }
    replaced
}

/// What is lost of manifests that are written where our definitions are, each in its own version.
async fn written_anew(world: &World, serving: &Serving, manifests: &[&Manifest]) -> Vec<String> {
    world.install(&crd::definitions(serving)).await;
    let mut failures = Vec::new();
    for kind in crd::KINDS {
        let served =
            |manifest: &&&Manifest| manifest.api.kind == kind && serving.serves(kind, manifest.api.version);
        let manifests: Vec<&Manifest> = manifests.iter().filter(served).copied().collect();
        let stored = manifests
            .iter()
            .map(async |manifest| (!world.store(manifest).await).then(|| format!("{manifest} is refused")));
        let refused: Vec<String> =
            stream::iter(stored).buffer_unordered(AT_ONCE).filter_map(std::future::ready).collect().await;
        failures.extend(refused);
        let wanted = |manifest: &Manifest, version| meaning(&converted(&manifest.object, version));
        failures.extend(Wanted::new(kind, serving, &manifests, wanted).losses(world).await);
    }
    failures
}

fn assert_none(losses: &[String]) {
    let shown = losses.iter().take(40).cloned().collect::<Vec<_>>().join("\n");
    assert!(losses.is_empty(), "{} losses\n{shown}", losses.len());
}

#[tokio::test]
async fn what_upstream_definitions_let_in_is_kept_by_ours() {
    let Some(folder) = shared() else { return };
    let Some(manifests) = manifests::all() else { return };
    let sets = upstream::sets(&folder.join("smi"));
    let all = sets.iter().map(async |(set, definitions)| {
        let replaced = replaced(&World::new(ours).await?, definitions, &manifests).await;
        println!("{set}: {} objects", replaced.objects);
        assert!(replaced.objects > 0, "{set}");
        Some((set, replaced))
    });
    let all: Vec<_> = stream::iter(all).buffer_unordered(2).filter_map(std::future::ready).collect().await;
    let Some(world) = World::new(ours).await else { return };
    let losses = all
        .iter()
        .flat_map(|(set, replaced)| replaced.losses.iter().map(move |loss| format!("{set}: {loss}")));
    assert_none(&losses.collect::<Vec<_>>());

    let let_in: BTreeMap<&str, &Manifest> = all
        .iter()
        .flat_map(|(_, replaced)| &replaced.checked)
        .map(|manifest| (manifest.name(), *manifest))
        .collect();
    let let_in: Vec<&Manifest> = let_in.into_values().collect();
    assert!(let_in.len() > 500, "{}", let_in.len());
    println!("{} manifests written anew", let_in.len());
    assert_none(&written_anew(&world, &world.every_version(), &let_in).await);
    let Some(world) = World::new(ours).await else { return };
    assert_none(&written_anew(&world, &Serving::OneVersion, &let_in).await);
}

/// What API servers do without a webhook.
fn only_relabels(asked: &Value) -> Result<Value, String> {
    let request = &asked["request"];
    let mut objects = request["objects"].clone();
    for object in objects.as_array_mut().into_iter().flatten() {
        object["apiVersion"] = request["desiredAPIVersion"].clone();
    }
    let response =
        json!({"uid": request["uid"], "result": {"status": "Success"}, "convertedObjects": objects});
    Ok(json!({"apiVersion": asked["apiVersion"], "kind": asked["kind"], "response": response}))
}

/// The test above can fail.
#[tokio::test]
async fn a_webhook_that_only_relabels_loses_what_versions_spell_differently() {
    let Some(folder) = shared() else { return };
    let Some(manifests) = manifests::all() else { return };
    let Some(world) = World::new(only_relabels).await else { return };
    let sets = upstream::sets(&folder.join("smi"));
    let (_, definitions) =
        sets.iter().find(|(set, _)| set == "smi-adapter-istio").expect("the adapter has a set");
    let losses = replaced(&world, definitions, &manifests).await.losses.join("\n");
    assert!(losses.contains("v1alpha1 TrafficTarget of fixture access-v1alpha1 in v1alpha4"), "{losses}");
}

/// A weight that says no share has no other version. Its object must neither hide the others from a list nor stay for ever.
#[tokio::test]
async fn what_cannot_be_converted_hides_nothing_and_can_be_removed() {
    let Some(folder) = shared() else { return };
    let Some(world) = World::new(ours).await else { return };
    let sets = upstream::sets(&folder.join("smi"));
    let (_, definitions) = sets.iter().find(|(set, _)| set == "linkerd-smi").expect("Linkerd has a set");
    world.install(definitions).await;
    let kind = Kind::TrafficSplit;
    let split = |version, name, weight: Value| {
        let backends = json!([{"service": "website-v1", "weight": weight}]);
        Manifest::new(kind, version, name, json!({"service": "website", "backends": backends}))
    };
    for (name, weight) in [("good", "500m"), ("negative", "-1"), ("percent", "10%")] {
        assert!(world.store(&split(Version::V1Alpha1, name, json!(weight))).await, "{name}");
    }
    upstream::replace(&world.client, &crd::definitions(&world.every_version())).await;
    upstream::ours_in_force(&world.client).await;
    assert!(world.store(&split(STORED, "fraction", json!(0.5))).await);

    let names = |list: BTreeMap<String, Value>| list.into_keys().collect::<Vec<_>>();
    for version in kind.versions() {
        let all = ["fraction", "good", "negative", "percent"].map(str::to_owned).to_vec();
        assert_eq!(world.list(kind, *version).await.map(names), Ok(all), "{version}");
    }
    for (name, version) in
        [("negative", STORED), ("percent", Version::V1Alpha1), ("fraction", Version::V1Alpha2)]
    {
        world.remove(kind, version, name).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    assert_eq!(world.list(kind, STORED).await.map(names), Ok(vec!["good".to_owned()]));
}
