//! The one idea, tested: whatever we render means exactly what SMI says.
//!
//! Generated worlds are translated, and an independent model of the mesh evaluates the result. For every call it must give the shares
//! that `decide` gives; where a root was refused, the root itself. `SMI_WORLDS` sets the number of worlds (1,000 by default),
//! `SMI_SEED` chooses other ones.
//!
//! A search that never finds anything proves little, so renderers that are broken on purpose are searched too, and found out.

#[path = "meaning/istio.rs"]
mod istio;
#[path = "meaning/linkerd.rs"]
mod linkerd;

use std::fmt::Debug;

use proptest::prelude::*;
use serde_json::Value;
use smi_tests::istio_model::{Call, Outcome};
use smi_tests::project::Translated;
use smi_tests::search::{runner, values};
use smi_tests::world::{Scenario, World, scenario};
use smi_translate::{Backend, Options};

/// Calls made in each world.
const CALLS: usize = 24;

/// A mesh, set up in one way.
trait Routing: Copy + Debug {
    /// How SMI is read.
    fn options(self) -> Options;

    /// The backend.
    fn backend(self) -> Box<dyn Backend>;

    /// What the model of the mesh says of calls.
    ///
    /// # Errors
    ///
    /// What the mesh would refuse.
    fn model<'a>(self, world: &'a World, translated: &'a Translated) -> Result<Compare<'a>, String>;

    /// A world, translated.
    fn translate(self, world: &World) -> Translated {
        Translated::with(world, self.options(), self.backend().as_ref())
    }
}

/// Compares a call; `None` where SMI and the mesh cannot be compared.
type Compare<'a> = Box<dyn Fn(&Call) -> Option<Compared> + 'a>;

/// What SMI and a mesh say of one call.
struct Compared {
    /// What SMI says.
    meaning: Outcome,
    /// What the mesh says, where it is something else.
    otherwise: Option<String>,
}

/// The first call that the mesh would treat differently from what SMI says, or configuration that it would refuse.
fn difference(mesh: impl Routing, scenario: &Scenario, translated: &Translated) -> Option<String> {
    let compare = match mesh.model(&scenario.world, translated) {
        Ok(compare) => compare,
        Err(refusal) => return Some(format!("refused: {refusal}")),
    };
    scenario.calls.iter().find_map(|call| {
        let Compared { meaning, otherwise } = compare(call)?;
        otherwise.map(|routed| format!("{call:?}\n  SMI says  {meaning}\n  the mesh  {routed}"))
    })
}

fn means_what_smi_says(mesh: impl Routing, worlds: u64) {
    let checked = runner(worlds).run(&scenario(CALLS), |scenario| {
        let translated = mesh.translate(&scenario.world);
        if let Some(difference) = difference(mesh, &scenario, &translated) {
            let objects: Vec<String> = translated.objects.iter().map(ToString::to_string).collect();
            return Err(TestCaseError::fail(format!(
                "{difference}\n  rendered  {}",
                objects.join("\n            ")
            )));
        }
        prop_assert!(translated.explains_refusals(), "a root was refused without a word");
        let defect = translated.diagnostics.iter().find(|diagnostic| diagnostic.code.0 == "SMI-LOSS-1");
        prop_assert!(defect.is_none(), "the backend forgot a part of an intent: {:?}", defect);
        Ok(())
    });
    if let Err(failure) = checked {
        panic!("{mesh:?}: {failure}");
    }
}

fn is_independent_of_order_and_spelling(mesh: impl Routing) {
    let checked = runner(200).run(&scenario(0), |Scenario { mut world, .. }| {
        let yaml = mesh.translate(&world);
        world.manifests.reverse();
        let json: Vec<String> = world.manifests.iter().map(ToString::to_string).collect();
        let backend = mesh.backend();
        let json = Translated::with_text(&world, &json.join("\n---\n"), mesh.options(), backend.as_ref());
        prop_assert_eq!(yaml.objects, json.objects);
        Ok(())
    });
    if let Err(failure) = checked {
        panic!("{mesh:?}: {failure}");
    }
}

/// What there is to compare in some worlds.
#[derive(Clone, Copy, Debug, Default)]
struct Richness {
    compared: usize,
    split: usize,
    refused: usize,
    /// Objects that contain a text.
    conditional: usize,
}

/// Counts what there is in worlds: those in which nothing is split would agree about everything.
fn richness(mesh: impl Routing, condition: &str, number: u64) -> Richness {
    let mut found = Richness::default();
    for Scenario { world, calls } in worlds(number) {
        let translated = mesh.translate(&world);
        let has_condition = |object: &&Value| object.to_string().contains(condition);
        found.conditional += translated.objects.iter().filter(has_condition).count();
        let compare = mesh.model(&world, &translated).expect("what is rendered is taken");
        for call in calls {
            let Some(Compared { meaning, .. }) = compare(&call) else { continue };
            found.compared += 1;
            found.refused += usize::from(translated.is_refused(&call.namespace, &call.service));
            found.split += usize::from(meaning != Outcome::all(&call.namespace, &call.service, call.port));
        }
    }
    found
}

/// Worlds searched before a broken renderer counts as undetected.
const SEARCHED: u64 = 3_000;

/// Searches for a world that tells a renderer, which is broken in one way, from a right one. Of what was rendered `break_one` changes an
/// object, and says whether it did; what it leaves `null` is not written.
fn is_noticed(mesh: impl Routing, break_one: impl Fn(&mut Value) -> bool) -> bool {
    worlds(SEARCHED).any(|scenario| {
        let mut translated = mesh.translate(&scenario.world);
        let broken = translated.objects.iter_mut().map(&break_one).filter(|broken| *broken).count();
        translated.objects.retain(|object| !object.is_null());
        broken > 0 && difference(mesh, &scenario, &translated).is_some()
    })
}

/// Worlds without a test around them.
fn worlds(number: u64) -> impl Iterator<Item = Scenario> {
    values(scenario(CALLS), number)
}
