//! The one idea, tested for access: rendered policies never let in what SMI denies, and keep out what it allows only where a diagnostic
//! says so.
//!
//! Generated worlds are translated under several choices, and an independent model of the mesh evaluates the result. Every
//! call that it lets through to a destination of some TrafficTarget must be one that `decide` allows for the labels of that pod. Where it
//! denies what `decide` allows, each TrafficTarget that allows it must be named by a loss or an error. `SMI_WORLDS` sets the number of
//! worlds (200 by default, translated under each of several choices and called 24 times: for Istio
//! some 16,000 calls that can be compared; 12,000 worlds are a million, in release mode a minute), `SMI_SEED` chooses other ones.
//!
//! A search that never finds anything proves little, so renderers that are broken on purpose are searched too, and found out.

#[path = "access/istio.rs"]
mod istio;
#[path = "access/linkerd.rs"]
mod linkerd;
#[path = "access/order.rs"]
mod order;

use proptest::prelude::*;
use serde_json::Value;
use smi_tests::project::{Meaning, Setup, TranslatedAccess};
use smi_tests::search::{runner, values};
use smi_tests::world::access::{AccessCall, AccessScenario, AccessWorld, Workload, scenario};
use smi_translate::{Diagnostic, ObjectRef, Severity};

/// Calls made in each world.
const CALLS: usize = 24;

/// A mesh that guards pods, set up in one way.
trait Mesh: Setup {
    /// The mesh with some objects.
    ///
    /// # Errors
    ///
    /// What it would refuse.
    fn judge<'a>(
        self,
        world: &'a AccessWorld,
        translated: &'a TranslatedAccess,
        objects: &[Value],
    ) -> Result<Judge<'a>, String>;

    /// Whether a diagnostic says that the port called stays as open as it was.
    fn leaves_open(self, translated: &TranslatedAccess, world: &AccessWorld, call: &AccessCall) -> bool;

    /// Whether an error about another workload says that this one may be denied with it.
    fn is_shut(self, translated: &TranslatedAccess, world: &AccessWorld, workload: &Workload) -> bool;

    /// Whether a loss is one that should not be.
    fn is_avoidable(self, loss: &Diagnostic) -> bool;
}

/// What a mesh does with calls; `None` where it does not see them.
type Judge<'a> = Box<dyn Fn(&AccessCall) -> Option<Passes> + 'a>;

/// Whether a call gets through. What the mesh does may depend on what nobody chooses, as which of two objects is older.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Passes {
    /// It may.
    perhaps: bool,
    /// It does in any case.
    certainly: bool,
}

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
fn compare(
    mesh: impl Mesh,
    world: &AccessWorld,
    call: &AccessCall,
    translated: &TranslatedAccess,
    judge: &Judge<'_>,
) -> Found {
    let workload = &world.workloads[call.to];
    let Some(meaning) = translated.meaning(world, call) else { return Found::Nothing };
    let Some(passes) = judge(call) else { return Found::Nothing };
    let difference = |what: &str| {
        let text = format!("{call:?}\n  to {workload:?}\n  SMI says  {meaning:?}\n  the mesh  {what}");
        Found::Difference(text)
    };
    if !translated.denies_by_default(world, workload) {
        return match passes.certainly || is_said_to_be_closed(translated, world, workload) {
            true => Found::Nothing,
            false => difference("closes a pod that is nobody's destination"),
        };
    }
    match &meaning {
        Meaning::Denied if passes.perhaps => match is_open(mesh, translated, world, call) {
            true => Found::Nothing,
            false => difference("lets it through"),
        },
        Meaning::Denied => Found::Same,
        Meaning::Allowed(_) if passes.certainly => Found::Same,
        Meaning::Allowed(targets) => {
            let named = |target: &&ObjectRef| is_narrowed(translated, target, workload);
            match targets.iter().find(|target| !named(target) && !mesh.is_shut(translated, world, workload)) {
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

/// Whether a diagnostic says that what is called stays open.
fn is_open(mesh: impl Mesh, translated: &TranslatedAccess, world: &AccessWorld, call: &AccessCall) -> bool {
    is_said_to_be_open(translated, &world.workloads[call.to]) || mesh.leaves_open(translated, world, call)
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

fn search(mesh: impl Mesh, scenario: &AccessScenario, translated: &TranslatedAccess) -> Findings {
    let mut findings = Findings::default();
    let judge = match mesh.judge(&scenario.world, translated, &translated.objects()) {
        Ok(judge) => judge,
        Err(refusal) => {
            findings.difference = Some(format!("refused: {refusal}"));
            return findings;
        }
    };
    for call in &scenario.calls {
        match compare(mesh, &scenario.world, call, translated, &judge) {
            Found::Same => {
                findings.same += 1;
                findings.allowed += usize::from(judge(call).is_some_and(|passes| passes.certainly));
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

fn means_what_smi_says(mesh: impl Mesh, worlds: u64) {
    let checked = runner(worlds).run(&scenario(CALLS), |scenario| {
        let translated = TranslatedAccess::of(&scenario.world, mesh);
        if let Some(difference) = search(mesh, &scenario, &translated).difference {
            return Err(TestCaseError::fail(format!("{difference}\n  rendered  {}", shown(&translated))));
        }
        let defect = translated.diagnostics.iter().find(|diagnostic| diagnostic.code.0 == "SMI-LOSS-1");
        prop_assert!(defect.is_none(), "the backend forgot a part of an intent: {:?}", defect);
        let mut losses = translated.diagnostics.iter().filter(|d| d.severity == Severity::Loss);
        let avoidable = losses.find(|loss| mesh.is_avoidable(loss));
        prop_assert!(avoidable.is_none(), "lost, though everything is to be exact: {:?}", avoidable);
        Ok(())
    });
    if let Err(failure) = checked {
        panic!("{mesh:?}: {failure}");
    }
}

fn is_independent_of_order(mesh: impl Mesh) {
    let checked = runner(200).run(&scenario(0), |AccessScenario { mut world, .. }| {
        let objects = |world: &AccessWorld| -> Vec<String> {
            TranslatedAccess::of(world, mesh).objects().iter().map(ToString::to_string).collect()
        };
        let forth = objects(&world);
        world.manifests.reverse();
        prop_assert_eq!(forth, objects(&world));
        Ok(())
    });
    if let Err(failure) = checked {
        panic!("{mesh:?}: {failure}");
    }
}

/// Worlds in which nothing is allowed, or nothing is denied, would agree about everything.
fn worlds_are_rich(mesh: impl Mesh) {
    let mut all = Findings::default();
    for scenario in worlds(300) {
        let translated = TranslatedAccess::of(&scenario.world, mesh);
        let found = search(mesh, &scenario, &translated);
        all.same += found.same;
        all.allowed += found.allowed;
        all.narrower += found.narrower;
    }
    assert!(all.same + all.narrower > 300 * CALLS / 2, "{mesh:?}: {all:?}");
    assert!(all.allowed > 300, "{mesh:?}: {all:?}");
}

/// Worlds searched before a broken renderer counts as undetected.
const SEARCHED: u64 = 4_000;

/// Searches for a world that tells a renderer, which is broken in one way, from a right one. Of what was rendered `break_one` changes an
/// object, and says whether it did; what it leaves `null` is not written.
fn is_noticed(mesh: impl Mesh, break_one: impl Fn(&mut Value) -> bool) -> bool {
    worlds(SEARCHED).any(|scenario| {
        let mut translated = TranslatedAccess::of(&scenario.world, mesh);
        let broken =
            translated.rendered.iter_mut().map(|one| break_one(&mut one.object)).filter(|broken| *broken);
        let broken = broken.count();
        translated.rendered.retain(|one| !one.object.is_null());
        broken > 0 && search(mesh, &scenario, &translated).difference.is_some()
    })
}

/// Worlds without a test around them.
fn worlds(number: u64) -> impl Iterator<Item = AccessScenario> {
    values(scenario(CALLS), number)
}
