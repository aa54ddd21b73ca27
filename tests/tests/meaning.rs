//! The one idea, tested: whatever we render means exactly what SMI says.
//!
//! Generated worlds are translated, and an independent model of Istio evaluates the result. For every call it must give the shares
//! that `decide` gives; where a root was refused, the root itself. `SMI_WORLDS` sets the number of worlds (1,000 by default),
//! `SMI_SEED` chooses other ones.
//!
//! A search that never finds anything proves little, so renderers that are broken on purpose are searched too, and found out.

#[path = "meaning/broken.rs"]
mod broken;

use proptest::prelude::*;
use smi_tests::istio_model::{Mesh, Outcome};
use smi_tests::project::Translated;
use smi_tests::search::{number, runner, values};
use smi_tests::world::{Scenario, scenario};

/// Calls made in each world.
const CALLS: usize = 24;

/// The first call that the mesh would treat differently from what SMI says, or configuration that it would refuse.
fn difference(scenario: &Scenario, translated: &Translated) -> Option<String> {
    let world = &scenario.world;
    let mesh = match Mesh::new(&translated.objects, &world.cluster) {
        Ok(mesh) => mesh,
        Err(refusals) => return Some(format!("refused: {}", refusals[0])),
    };
    scenario.calls.iter().find_map(|call| {
        let meaning = translated.meaning(world, call)?;
        let routed = mesh.route(call);
        (routed != meaning).then(|| format!("{call:?}\n  SMI says  {meaning}\n  the mesh  {routed}"))
    })
}

#[test]
fn rendered_objects_mean_what_smi_says() {
    let checked = runner(number("SMI_WORLDS", 1000)).run(&scenario(CALLS), |scenario| {
        let translated = Translated::of(&scenario.world);
        if let Some(difference) = difference(&scenario, &translated) {
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
        panic!("{failure}");
    }
}

#[test]
fn nothing_is_rendered_for_services_that_do_not_exist() {
    let checked = runner(200).run(&scenario(0), |Scenario { world, .. }| {
        for object in Translated::of(&world).objects {
            let host = object["spec"]["hosts"][0].as_str().unwrap_or_default().to_owned();
            prop_assert!(world.cluster.iter().any(|service| service.fqdn() == host), "{}", host);
        }
        Ok(())
    });
    if let Err(failure) = checked {
        panic!("{failure}");
    }
}

#[test]
fn neither_the_order_nor_the_spelling_of_the_input_matters() {
    let checked = runner(200).run(&scenario(0), |Scenario { mut world, .. }| {
        let yaml = Translated::of(&world);
        world.manifests.reverse();
        let json: Vec<String> = world.manifests.iter().map(ToString::to_string).collect();
        let json = Translated::of_text(&world, &json.join("\n---\n"));
        prop_assert_eq!(yaml.objects, json.objects);
        Ok(())
    });
    if let Err(failure) = checked {
        panic!("{failure}");
    }
}

/// Worlds in which nothing is split would agree about everything.
#[test]
fn worlds_are_not_empty_of_meaning() {
    let (mut split, mut conditional, mut compared, mut refused) = (0, 0, 0, 0);
    for Scenario { world, calls } in worlds(300) {
        let translated = Translated::of(&world);
        conditional +=
            translated.objects.iter().filter(|object| object.to_string().contains(r#""uri":"#)).count();
        for call in calls {
            let Some(meaning) = translated.meaning(&world, &call) else { continue };
            compared += 1;
            refused += usize::from(translated.is_refused(&call.namespace, &call.service));
            split += usize::from(meaning != Outcome::all(&call.namespace, &call.service, call.port));
        }
    }
    println!(
        "{compared} calls compared, {split} of them split, {refused} to refused roots, {conditional} objects with paths"
    );
    assert!(compared > 300 * CALLS / 2, "{compared} calls compared");
    assert!(split > 700, "{split} calls split");
    assert!(conditional > 10, "{conditional} objects with conditions on paths");
    assert!(refused > 50 && refused < compared / 3, "{refused} calls to refused roots");
}

/// Worlds without a test around them.
fn worlds(number: u64) -> impl Iterator<Item = Scenario> {
    values(scenario(CALLS), number)
}
