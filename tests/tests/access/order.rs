//! The order of writes: whatever has been written when, nothing is let in that neither the old nor the new objects of SMI allow.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::Value;
use smi_tests::istio_model::Passage;
use smi_tests::project::{Choices, Meaning, Rendered, TranslatedAccess};
use smi_tests::search::{number, runner};
use smi_tests::world::access::{AccessCall, AccessWorld, change};

use super::{CALLS, is_said_to_be_open, shown};

/// The states that a cluster goes through: unit by unit, what is new or changed in the order of its stages, then what is gone in reverse.
fn states(old: &[Rendered], new: &[Rendered], backwards: bool) -> Vec<Vec<Value>> {
    let key = |object: &Value| {
        (
            object["kind"].to_string(),
            object["metadata"]["namespace"].to_string(),
            object["metadata"]["name"].to_string(),
        )
    };
    let mut units: Vec<&String> =
        old.iter().chain(new).map(|one| &one.unit).collect::<BTreeSet<_>>().into_iter().collect();
    if backwards {
        units.reverse();
    }
    let mut state: Vec<Value> = old.iter().map(|one| one.object.clone()).collect();
    let mut states = Vec::new();
    for unit in units {
        let mut written: Vec<&Rendered> = new.iter().filter(|one| one.unit == *unit).collect();
        written.sort_by_key(|one| one.stage);
        for one in written {
            if state.contains(&one.object) {
                continue;
            }
            state.retain(|other| key(other) != key(&one.object));
            state.push(one.object.clone());
            states.push(state.clone());
        }
        let kept = |one: &&Rendered| new.iter().any(|other| key(&other.object) == key(&one.object));
        let mut gone: Vec<&Rendered> = old.iter().filter(|one| one.unit == *unit && !kept(one)).collect();
        gone.sort_by_key(|one| std::cmp::Reverse(one.stage));
        for one in gone {
            state.retain(|other| key(other) != key(&one.object));
            states.push(state.clone());
        }
    }
    states
}

fn allows(world: &AccessWorld, translated: &TranslatedAccess, call: &AccessCall) -> bool {
    let workload = &world.workloads[call.to];
    !world.is_destination(workload)
        || is_said_to_be_open(translated, workload)
        || matches!(translated.meaning(world, call), Some(Meaning::Allowed(_)) | None)
}

fn grants_no_more_on_the_way(choices: Choices) {
    let checked = runner(number("SMI_WORLDS", 100)).run(&change(CALLS), |(scenario, changed)| {
        let old = TranslatedAccess::of(&scenario.world, choices);
        let new = TranslatedAccess::of(&changed, choices);
        for backwards in [false, true] {
            let states = states(&old.rendered, &new.rendered, backwards);
            if let Some(last) = states.last() {
                let of = |objects: &mut dyn Iterator<Item = String>| objects.collect::<BTreeSet<_>>();
                let rendered = of(&mut new.rendered.iter().map(|one| one.object.to_string()));
                prop_assert_eq!(of(&mut last.iter().map(ToString::to_string)), rendered);
            }
            for state in states {
                let guard = match new.guard_of(&state) {
                    Ok(guard) => guard,
                    Err(refusals) => return Err(TestCaseError::fail(format!("refused: {}", refusals[0]))),
                };
                for call in &scenario.calls {
                    let passes = guard.judge(&scenario.world.inbound(call)) == Passage::Allowed;
                    let fine = !passes || allows(&scenario.world, &old, call) || allows(&changed, &new, call);
                    prop_assert!(
                        fine,
                        "{:?} is let in on the way\n  to {:?}\n  state {:?}\n  old {}\n  new {}",
                        call,
                        changed,
                        state,
                        shown(&old),
                        shown(&new)
                    );
                }
            }
        }
        Ok(())
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
