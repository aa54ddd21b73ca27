//! The loop over all units: what the command line prints and the controllers keep is made here.

mod foreign;
mod together;

use std::collections::BTreeSet;

use self::foreign::Others;
use crate::backend::{Backend, Rendering};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::facts::Workload;
use crate::intent::{Intent, UnitKey};
use crate::inventory::Inventory;
use crate::lint::lint_for;
use crate::manifest::Manifest;
use crate::reference::ObjectRef;
use crate::resolve::{Asked, Resolved, resolve_for};

/// Everything that became of an inventory.
#[derive(Clone, Debug, Default)]
pub struct Translation {
    /// The objects, unit by unit, each unit in the order of its stages.
    pub manifests: Vec<Manifest>,
    /// What there is to say about the input and the translation.
    pub diagnostics: Vec<Diagnostic>,
    /// Units of which something was refused because of an error, or of a loss that nobody allowed. A refused routing renders nothing,
    /// and its root answers as without a split; refused access renders what can be said, and denies the rest.
    pub refused: Vec<UnitKey>,
}

/// What became of one unit.
#[derive(Clone, Debug, Default)]
pub struct UnitTranslation {
    /// The objects, in the order of their stages.
    pub manifests: Vec<Manifest>,
    /// What there is to say about this unit; what an object says about itself is in [`Inventory::check`].
    pub diagnostics: Vec<Diagnostic>,
    /// Whether something of it was refused because of an error, or of a loss that nobody allowed; see [`Translation::refused`].
    pub refused: bool,
}

/// Translates everything.
///
/// ```
/// use smi_translate::{Options, read::{ReadOptions, Reader}, translate};
///
/// let mut reader = Reader::new(ReadOptions::default());
/// reader.add("split.yaml", b"
/// apiVersion: split.smi-spec.io/v1alpha2
/// kind: TrafficSplit
/// metadata: {name: website, namespace: shop}
/// spec:
///   service: website
///   backends: [{service: website-v1, weight: 90}, {service: website-v2, weight: 10}]
/// ");
/// let input = reader.finish(Options::default());
/// let translation = translate(&input.inventory, &smi_istio::Istio::default());
/// assert_eq!(translation.manifests[0].name, "smi-website");
/// ```
#[must_use]
pub fn translate(inventory: &Inventory, backend: &dyn Backend) -> Translation {
    let others = Others::new(inventory, backend);
    let mut diagnostics = inventory.check();
    let mut translation = Translation::default();
    let mut is_mingled = false;
    for key in inventory.units() {
        let resolved = resolve_with(inventory, &key, backend);
        is_mingled |= match &resolved.intent {
            Intent::Access(access) => access.inseparable.iter().any(|one| one.labels.is_some()),
            Intent::Routing(_) | Intent::Namespace(_) => false,
        };
        let unit = translate_resolved(inventory, backend, resolved, &others);
        translation.manifests.extend(unit.manifests);
        translation.diagnostics.extend(unit.diagnostics);
        if unit.refused {
            translation.refused.push(key);
        }
    }
    diagnostics.extend(lint_for(inventory, Some(backend), is_mingled));
    diagnostics.append(&mut translation.diagnostics);
    Translation { diagnostics, ..translation }
}

/// Translates one unit: what a controller does with every unit a change touches.
#[must_use]
pub fn translate_unit(inventory: &Inventory, backend: &dyn Backend, key: &UnitKey) -> UnitTranslation {
    let resolved = resolve_with(inventory, key, backend);
    translate_resolved(inventory, backend, resolved, &Others::new(inventory, backend))
}

/// Resolves a unit for the mesh of a backend.
fn resolve_with(inventory: &Inventory, key: &UnitKey, backend: &dyn Backend) -> Resolved<Intent> {
    let own_label = |workload: &Workload| backend.workload_label(workload);
    resolve_for(inventory, key, Asked { own_label: &own_label, detours: backend.guards_services() })
}

fn translate_resolved(
    inventory: &Inventory,
    backend: &dyn Backend,
    resolved: Resolved<Intent>,
    others: &Others<'_>,
) -> UnitTranslation {
    let mut unit = UnitTranslation { diagnostics: resolved.diagnostics, ..UnitTranslation::default() };
    let mut said = Vec::new();
    match &resolved.intent {
        Intent::Routing(routing) => {
            if routing.rules.is_empty() {
                return unit;
            }
            match others.about(routing, backend) {
                Ok(about_root) => said.extend(about_root),
                Err(conflicts) => {
                    unit.diagnostics.extend(conflicts);
                    unit.refused = true;
                    return unit;
                }
            }
        }
        Intent::Access(access) => {
            said.extend(others.interference(access, backend));
        }
        Intent::Namespace(_) => {}
    }
    let Rendering { manifests, mut diagnostics, accounts } = backend.render(&resolved.intent);
    if matches!(resolved.intent, Intent::Access(_))
        || !diagnostics.iter().any(|d| d.severity == Severity::Error)
    {
        diagnostics.extend(accounts.unsettled(&resolved.intent, backend.name()));
    }
    let options = inventory.options();
    let whole = manifests.iter().filter(|manifest| !manifest.shared);
    let taken = whole.map(Manifest::object).find(|object| inventory.is_foreign(object));
    if let Some(taken) = &taken {
        diagnostics.extend(name_taken(&resolved.intent, taken));
    }
    let refusing = refuse(&mut diagnostics, &options.allow, &resolved.intent);
    unit.refused = !refusing.is_empty();
    let partly = matches!(resolved.intent, Intent::Access(_) | Intent::Namespace(_)) && taken.is_none();
    if !unit.refused || partly {
        unit.manifests = manifests;
    }
    let refusing: Vec<&Diagnostic> = refusing.into_iter().map(|index| &diagnostics[index]).collect();
    let shared = together::shared(
        &resolved.intent,
        said.iter().chain(&diagnostics),
        &refusing,
        !unit.manifests.is_empty(),
    );
    if unit.refused && matches!(resolved.intent, Intent::Routing(_)) {
        // They are about objects that are not written.
        diagnostics.retain(|diagnostic| diagnostic.severity > Severity::Info);
    }
    for said in [said, diagnostics, shared] {
        unit.diagnostics.extend(said);
    }
    unit
}

/// Which of the things that a backend said keep its objects from being written; says in each loss what becomes of it.
fn refuse(diagnostics: &mut [Diagnostic], allow: &BTreeSet<String>, intent: &Intent) -> Vec<usize> {
    let mut refusing = Vec::new();
    let allowances = intent.allowances();
    for (index, diagnostic) in diagnostics.iter_mut().enumerate() {
        let code = diagnostic.code;
        let by_object = || diagnostic.object.as_ref().is_some_and(|object| allowances.has(object, code));
        let allowed = || allow.contains(code.0) || by_object();
        match diagnostic.severity {
            Severity::Error => refusing.push(index),
            Severity::Loss if !allowed() => {
                refusing.push(index);
                let (what, kind) = match intent {
                    Intent::Routing(_) => {
                        ("nothing is rendered for this root unless you accept that:", "TrafficSplit")
                    }
                    Intent::Access(_) | Intent::Namespace(_) => ("to accept the loss,", "TrafficTarget"),
                };
                let help = format!(
                    "{}{what} `--allow {code}`, or annotate the {kind} with adapters.smi-spec.io/allow: {code}",
                    diagnostic.help.take().map(|help| help + "; ").unwrap_or_default()
                );
                diagnostic.help = Some(help.into());
            }
            _ => {}
        }
    }
    refusing
}

fn name_taken(intent: &Intent, taken: &ObjectRef) -> Vec<Diagnostic> {
    let (objects, effect): (Vec<&ObjectRef>, _) = match intent {
        Intent::Routing(routing) => (
            routing.rules.iter().map(|rule| &rule.split).collect(),
            "nothing is rendered for the split, because an object of somebody else is never overwritten",
        ),
        Intent::Access(access) => (
            access.targets.iter().collect(),
            "nothing is rendered for the destination, because an object of somebody else is never overwritten: its workloads stay as \
             open as the other object leaves them",
        ),
        Intent::Namespace(namespace) => (
            namespace.sources.iter().collect(),
            "the namespace stays as open as the other object leaves it, because an object of somebody else is never overwritten",
        ),
    };
    let message = format!("{taken} exists, and this project did not write it");
    let diagnostic = Diagnostic::new(Code("SMI-CONFLICT-1"), Severity::Error, message, effect);
    let diagnostic = diagnostic.help("rename the other object");
    objects.into_iter().map(|object| diagnostic.clone().on(object)).collect()
}
