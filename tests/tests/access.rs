//! The one idea, tested for access: rendered policies never let in what SMI denies, and keep out what it allows only where a diagnostic
//! says so.
//!
//! Generated worlds are translated under several choices, and an independent model of Istio's authorization evaluates the result. Every
//! call that it lets through to a destination of some TrafficTarget must be one that `decide` allows for the labels of that pod. Where it
//! denies what `decide` allows, each TrafficTarget that allows it must be named by a loss or an error. `SMI_WORLDS` sets the number of
//! worlds (200 by default, translated under each of six choices and called 24 times: some 16,000 calls that can be
//! compared; 12,000 worlds are a million, in release mode a minute), `SMI_SEED` chooses other ones.
//!
//! A search that never finds anything proves little, so renderers that are broken on purpose are searched too, and found out.

#[path = "access/broken.rs"]
mod broken;
#[path = "access/order.rs"]
mod order;

use proptest::prelude::*;
use smi_tests::istio_model::{Guard, Passage};
use smi_tests::project::{Choices, Meaning, TranslatedAccess};
use smi_tests::search::{number, runner, values};
use smi_tests::world::access::{AccessCall, AccessScenario, AccessWorld, Workload, scenario};
use smi_translate::{Diagnostic, ObjectRef, Severity};

/// Calls made in each world.
const CALLS: usize = 24;

/// What a comparison found.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Found {
    /// The mesh does what SMI says.
    Same,
    /// It denies what SMI allows, and a diagnostic says so.
    Narrower,
    /// There is nothing to compare.
    Nothing,
    /// It should not be.
    Difference(String),
}

/// Compares one call.
fn compare(world: &AccessWorld, call: &AccessCall, translated: &TranslatedAccess, guard: &Guard) -> Found {
    let workload = &world.workloads[call.to];
    let Some(meaning) = translated.meaning(world, call) else { return Found::Nothing };
    let passes = match guard.judge(&world.inbound(call)) {
        Passage::Allowed => true,
        Passage::Denied => false,
        Passage::Unseen => return Found::Nothing,
    };
    let difference = |what: &str| {
        let text = format!("{call:?}\n  to {workload:?}\n  SMI says  {meaning:?}\n  the mesh  {what}");
        Found::Difference(text)
    };
    if !translated.denies_by_default(world, workload) {
        return match passes || is_said_to_be_closed(translated, world, workload) {
            true => Found::Nothing,
            false => difference("closes a pod that is nobody's destination"),
        };
    }
    match &meaning {
        Meaning::Denied if passes => match is_said_to_be_open(translated, workload) {
            true => Found::Nothing,
            false => difference("lets it through"),
        },
        Meaning::Denied => Found::Same,
        Meaning::Allowed(_) if passes => Found::Same,
        Meaning::Allowed(targets) => {
            match targets.iter().find(|target| !is_narrowed(translated, target, workload)) {
                None => Found::Narrower,
                Some(target) => difference(&format!("denies it, and nothing is said of {target}")),
            }
        }
    }
}

/// Whether a loss or an error names a TrafficTarget; or one of the same unit, and says that nothing is granted to the workload.
fn is_narrowed(translated: &TranslatedAccess, target: &ObjectRef, workload: &Workload) -> bool {
    translated.reports(target).next().is_some()
        || translated
            .intent(workload)
            .targets
            .iter()
            .any(|other| translated.reports(other).any(|d| is_about(d, &name_of(workload))))
}

fn name_of(workload: &Workload) -> String {
    ObjectRef::new(workload.object.0, &workload.pod.namespace, &workload.object.1).to_string()
}

/// Whether an error says that a workload without labels of its own stays open.
fn is_said_to_be_open(translated: &TranslatedAccess, workload: &Workload) -> bool {
    let intent = translated.intent(workload);
    let name = name_of(workload);
    let unlabelled = intent.inseparable.iter().filter(|one| one.labels.is_none());
    unlabelled.map(|one| one.workload.object.to_string()).any(|other| other == name)
        && translated.diagnostics.iter().any(|d| is_about(d, &name))
}

/// Whether a pod that is nobody's destination is closed with good reason: an error says of a destination that no label tells it from
/// others, and the pod has all its labels. That its service account has other pods that are a destination is none.
fn is_said_to_be_closed(translated: &TranslatedAccess, world: &AccessWorld, workload: &Workload) -> bool {
    world.workloads.iter().any(|other| {
        translated.intent(other).inseparable.iter().any(|one| {
            let labels = one.labels.as_ref();
            labels.is_some_and(|labels| smi_translate::facts::selects(labels, &workload.pod.labels))
                && translated.diagnostics.iter().any(|d| is_about(d, &one.workload.object.to_string()))
        })
    })
}

fn is_about(diagnostic: &Diagnostic, workload: &str) -> bool {
    diagnostic.severity == Severity::Error && mentions(diagnostic, workload)
}

fn mentions(diagnostic: &Diagnostic, name: &str) -> bool {
    diagnostic.message.contains(name) || diagnostic.effect.contains(name)
}

/// What there is to find in a world.
#[derive(Debug, Default)]
struct Findings {
    same: usize,
    allowed: usize,
    narrower: usize,
    difference: Option<String>,
}

fn search(scenario: &AccessScenario, translated: &TranslatedAccess) -> Findings {
    let mut findings = Findings::default();
    let guard = match translated.guard() {
        Ok(guard) => guard,
        Err(refusals) => {
            findings.difference = Some(format!("refused: {}", refusals[0]));
            return findings;
        }
    };
    for call in &scenario.calls {
        match compare(&scenario.world, call, translated, &guard) {
            Found::Same => {
                findings.same += 1;
                let passes = guard.judge(&scenario.world.inbound(call)) == Passage::Allowed;
                findings.allowed += usize::from(passes);
            }
            Found::Narrower => findings.narrower += 1,
            Found::Nothing => {}
            Found::Difference(text) => {
                findings.difference = Some(text);
                break;
            }
        }
    }
    findings
}

/// The objects and the diagnostics that matter, for a failure.
fn shown(translated: &TranslatedAccess) -> String {
    let objects = translated.rendered.iter().map(|one| one.object.to_string());
    let said = translated.diagnostics.iter().filter(|d| d.severity > Severity::Info);
    let said = said.map(|d| {
        let object = d.object.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{} {:?} {object}: {}; {}", d.code, d.severity, d.message, d.effect)
    });
    objects.chain(said).collect::<Vec<_>>().join("\n            ")
}

fn means_what_smi_says(choices: Choices, worlds: u64) {
    let checked = runner(worlds).run(&scenario(CALLS), |scenario| {
        let translated = TranslatedAccess::of(&scenario.world, choices);
        if let Some(difference) = search(&scenario, &translated).difference {
            return Err(TestCaseError::fail(format!("{difference}\n  rendered  {}", shown(&translated))));
        }
        let defect = translated.diagnostics.iter().find(|diagnostic| diagnostic.code.0 == "SMI-LOSS-1");
        prop_assert!(defect.is_none(), "the backend forgot a part of an intent: {:?}", defect);
        if choices == Choices::Exact {
            let lost =
                translated.diagnostics.iter().find(|d| d.severity == Severity::Loss && !is_out_of_reach(d));
            prop_assert!(lost.is_none(), "lost, though everything is to be exact: {:?}", lost);
        }
        Ok(())
    });
    if let Err(failure) = checked {
        panic!("{choices:?}: {failure}");
    }
}

/// Losses that no exact condition mends: workloads and callers that Istio cannot tell apart, and UDP.
fn is_out_of_reach(diagnostic: &Diagnostic) -> bool {
    !["ISTIO-PATH", "ISTIO-HEADER", "ISTIO-METHOD", "ISTIO-REGEX", "ISTIO-MATCH"]
        .iter()
        .any(|prefix| diagnostic.code.0.starts_with(prefix))
}

#[test]
fn by_default_policies_mean_what_smi_says() {
    means_what_smi_says(Choices::Default, number("SMI_WORLDS", 200));
}

#[test]
fn with_losses_allowed_policies_mean_no_more_than_smi_says() {
    means_what_smi_says(Choices::Losses, number("SMI_WORLDS", 200));
}

#[test]
fn exact_conditions_lose_nothing() {
    means_what_smi_says(Choices::Exact, number("SMI_WORLDS", 200));
}

#[test]
fn callers_may_be_named_by_service_account() {
    means_what_smi_says(Choices::ServiceAccounts, number("SMI_WORLDS", 200));
}

#[test]
fn whole_namespaces_may_deny_by_default() {
    means_what_smi_says(Choices::Namespaces, number("SMI_WORLDS", 200));
}

#[test]
fn the_readings_of_other_meshes_are_rendered_as_well() {
    means_what_smi_says(Choices::Meshes, number("SMI_WORLDS", 200));
}

#[test]
fn the_order_of_the_input_does_not_matter() {
    let checked = runner(200).run(&scenario(0), |AccessScenario { mut world, .. }| {
        let objects = |world: &AccessWorld| -> Vec<String> {
            let translated = TranslatedAccess::of(world, Choices::Losses);
            translated.rendered.iter().map(|one| one.object.to_string()).collect()
        };
        let forth = objects(&world);
        world.manifests.reverse();
        prop_assert_eq!(forth, objects(&world));
        Ok(())
    });
    if let Err(failure) = checked {
        panic!("{failure}");
    }
}

/// Worlds in which nothing is allowed, or nothing is denied, would agree about everything.
#[test]
fn worlds_are_not_empty_of_meaning() {
    for choices in Choices::ALL {
        let mut all = Findings::default();
        for scenario in worlds(300) {
            let translated = TranslatedAccess::of(&scenario.world, choices);
            let found = search(&scenario, &translated);
            all.same += found.same;
            all.allowed += found.allowed;
            all.narrower += found.narrower;
        }
        println!(
            "{choices:?}: {} calls compared, {} of them allowed; {} denied with a diagnostic",
            all.same + all.narrower,
            all.allowed,
            all.narrower
        );
        assert!(all.same + all.narrower > 300 * CALLS / 2, "{choices:?}: {all:?}");
        assert!(all.allowed > 300, "{choices:?}: {all:?}");
    }
}

/// Worlds without a test around them.
fn worlds(number: u64) -> impl Iterator<Item = AccessScenario> {
    values(scenario(CALLS), number)
}
