//! The order of writes: whatever has been written when, nothing is let in that neither the old nor the new objects of SMI allow.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Value;
use smi_tests::project::{Meaning, Rendered, TranslatedAccess, reference};
use smi_tests::search::{number, runner, values};
use smi_tests::world::access::{AccessCall, AccessScenario, AccessWorld, change};

use super::{CALLS, Mesh, is_open, shown};

/// How a controller writes the objects of a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// What is new or changed in the order of its stages, then what is gone in reverse.
    Careful,
    /// What is gone first.
    Careless,
}

/// The states that a cluster goes through, unit by unit.
fn states(old: &[Rendered], new: &[Rendered], order: Order, backwards: bool) -> Vec<Vec<Value>> {
    let mut units: Vec<&String> =
        old.iter().chain(new).map(|one| &one.unit).collect::<BTreeSet<_>>().into_iter().collect();
    if backwards {
        units.reverse();
    }
    let mut state: Vec<Value> = old.iter().map(|one| one.object.clone()).collect();
    let mut states = Vec::new();
    for unit in units {
        let is_kept =
            |one: &Rendered| new.iter().any(|other| reference(&other.object) == reference(&one.object));
        let mut written: Vec<&Rendered> = new.iter().filter(|one| one.unit == *unit).collect();
        written.sort_by_key(|one| one.stage);
        let mut gone: Vec<&Rendered> = old.iter().filter(|one| one.unit == *unit && !is_kept(one)).collect();
        gone.sort_by_key(|one| Reverse(one.stage));
        let write = |one| (one, true);
        let remove = |one| (one, false);
        let steps: Vec<(&Rendered, bool)> = match order {
            Order::Careful => written.into_iter().map(write).chain(gone.into_iter().map(remove)).collect(),
            Order::Careless => gone.into_iter().map(remove).chain(written.into_iter().map(write)).collect(),
        };
        for (one, is_there) in steps {
            if is_there && state.contains(&one.object) {
                continue;
            }
            state.retain(|other| reference(other) != reference(&one.object));
            if is_there {
                state.push(one.object.clone());
            }
            states.push(state.clone());
        }
    }
    states
}

fn allows(mesh: impl Mesh, world: &AccessWorld, translated: &TranslatedAccess, call: &AccessCall) -> bool {
    let workload = &world.workloads[call.to];
    !translated.denies_by_default(world, workload)
        || is_open(mesh, translated, world, call)
        || matches!(translated.meaning(world, call), Some(Meaning::Allowed(_)) | None)
}

/// A call that is let in on the way from one world to another though neither allows it, or objects that the mesh would refuse.
fn opening(
    scenario: &AccessScenario,
    changed: &AccessWorld,
    mesh: impl Mesh,
    order: Order,
    rename: impl Fn(&mut [Rendered]),
) -> Option<String> {
    let world = &scenario.world;
    let (mut old, mut new) = (TranslatedAccess::of(world, mesh), TranslatedAccess::of(changed, mesh));
    rename(&mut old.rendered);
    rename(&mut new.rendered);
    let denied = |call: &&AccessCall| !allows(mesh, world, &old, call) && !allows(mesh, changed, &new, call);
    let denied: Vec<&AccessCall> = scenario.calls.iter().filter(denied).collect();
    for state in
        [false, true].into_iter().flat_map(|backwards| states(&old.rendered, &new.rendered, order, backwards))
    {
        let judge = match mesh.judge(world, &new, &state) {
            Ok(judge) => judge,
            Err(refusal) => return Some(format!("refused: {refusal}")),
        };
        let passes = |call: &&&AccessCall| judge(call).is_some_and(|passes| passes.perhaps);
        if let Some(call) = denied.iter().find(passes) {
            let state: Vec<String> = state.iter().map(ToString::to_string).collect();
            return Some(format!(
                "{call:?} is let in on the way\n  to    {changed:?}\n  state {}\n  old   {}\n  new   {}",
                state.join("\n        "),
                shown(&old),
                shown(&new)
            ));
        }
    }
    None
}

pub(super) fn grants_no_more_on_the_way(mesh: impl Mesh) {
    let checked =
        runner(number("SMI_WORLDS", 100)).run(&change(CALLS), |(scenario, changed)| {
            match opening(&scenario, &changed, mesh, Order::Careful, |_| ()) {
                Some(opening) => Err(TestCaseError::fail(opening)),
                None => Ok(()),
            }
        });
    if let Err(failure) = checked {
        panic!("{mesh:?}: {failure}");
    }
}

/// Changes searched for one that tells a wrong way from a right one.
const SEARCHED: u64 = 6_000;

/// Whether a controller that removes first lets in somebody on the way.
pub(super) fn is_carelessness_noticed(mesh: impl Mesh) -> bool {
    let mut changes = values(change(CALLS), SEARCHED);
    changes.any(|(scenario, changed)| opening(&scenario, &changed, mesh, Order::Careless, |_| ()).is_some())
}

/// Whether somebody is let in on the way where objects are named by their position in a unit, so that they change their meaning in place.
pub(super) fn is_reuse_of_names_noticed(mesh: impl Mesh) -> bool {
    let mut changes = values(change(CALLS), SEARCHED);
    changes.any(|(scenario, changed)| {
        opening(&scenario, &changed, mesh, Order::Careful, name_by_position).is_some()
    })
}

fn name_by_position(rendered: &mut [Rendered]) {
    let units: BTreeSet<String> = rendered.iter().map(|one| one.unit.clone()).collect();
    for unit in units {
        let mut names: Vec<String> = Vec::new();
        for one in rendered.iter().filter(|one| one.unit == unit) {
            let name = reference(&one.object).name;
            if !names.contains(&name) {
                names.push(name);
            }
        }
        for one in rendered.iter_mut().filter(|one| one.unit == unit) {
            let renamed = names.iter().enumerate().fold(one.object.to_string(), |text, (position, name)| {
                text.replace(&format!("\"{name}\""), &format!("\"unit-{unit}-{position}\""))
            });
            one.object = serde_json::from_str(&renamed).expect("only names have changed");
        }
    }
}
