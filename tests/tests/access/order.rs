//! The order of writes: whatever has been written when, nothing is let in that neither the old nor the new objects of SMI allow.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Value;
use smi_tests::istio_model::Passage;
use smi_tests::project::{Choices, Meaning, Rendered, TranslatedAccess, reference};
use smi_tests::search::{number, runner, values};
use smi_tests::world::access::{AccessCall, AccessScenario, AccessWorld, change};

use super::{CALLS, is_said_to_be_open, shown};

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

fn allows(world: &AccessWorld, translated: &TranslatedAccess, call: &AccessCall) -> bool {
    let workload = &world.workloads[call.to];
    !translated.denies_by_default(world, workload)
        || is_said_to_be_open(translated, workload)
        || matches!(translated.meaning(world, call), Some(Meaning::Allowed(_)) | None)
}

/// A call that is let in on the way from one world to another though neither allows it, or objects that the mesh would refuse.
fn opening(
    scenario: &AccessScenario,
    changed: &AccessWorld,
    choices: Choices,
    order: Order,
) -> Option<String> {
    let old = TranslatedAccess::of(&scenario.world, choices);
    let new = TranslatedAccess::of(changed, choices);
    let denied = |call: &&AccessCall| !allows(&scenario.world, &old, call) && !allows(changed, &new, call);
    let denied: Vec<&AccessCall> = scenario.calls.iter().filter(denied).collect();
    for state in
        [false, true].into_iter().flat_map(|backwards| states(&old.rendered, &new.rendered, order, backwards))
    {
        let guard = match new.guard_of(&state) {
            Ok(guard) => guard,
            Err(refusals) => return Some(format!("refused: {}", refusals[0])),
        };
        let passes = |call: &&&AccessCall| guard.judge(&scenario.world.inbound(call)) == Passage::Allowed;
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

fn grants_no_more_on_the_way(choices: Choices) {
    let checked =
        runner(number("SMI_WORLDS", 100)).run(&change(CALLS), |(scenario, changed)| {
            match opening(&scenario, &changed, choices, Order::Careful) {
                Some(opening) => Err(TestCaseError::fail(opening)),
                None => Ok(()),
            }
        });
    if let Err(failure) = checked {
        panic!("{choices:?}: {failure}");
    }
}

#[test]
fn no_state_on_the_way_grants_more_than_the_old_or_the_new_objects() {
    grants_no_more_on_the_way(Choices::Losses);
}

#[test]
fn nor_does_one_with_exact_conditions() {
    grants_no_more_on_the_way(Choices::Exact);
}

#[test]
fn nor_does_one_with_whole_namespaces() {
    grants_no_more_on_the_way(Choices::Namespaces);
}

#[test]
fn a_controller_that_removes_first_is_noticed() {
    let mut changes = values(change(CALLS), 6_000);
    assert!(
        changes
            .any(|(scenario, changed)| opening(&scenario, &changed, Choices::Losses, Order::Careless)
                .is_some())
    );
}
