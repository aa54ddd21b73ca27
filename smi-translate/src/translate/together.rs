//! Objects that are translated together share a verdict: a root is rendered from all its TrafficSplits, a destination from all its
//! TrafficTargets. What holds for all of them is said in full on one, and every other one is pointed there.

use std::collections::{BTreeSet, HashMap, HashSet};

use smi_types::access::destination_path;
use smi_types::{FieldPath, Version};

use crate::backend::about;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::intent::{AccessIntent, Intent, RoutingIntent};
use crate::reference::ObjectRef;

const CODE: Code = Code("SMI-UNIT-1");

/// The objects of a unit that share what `said` says of another one, each with a diagnostic of its own.
///
/// `refusing` are those of `said` that keep objects from being written, and `is_rendered` says whether the unit has objects of the mesh.
pub(super) fn shared<'d>(
    intent: &Intent,
    said: impl Iterator<Item = &'d Diagnostic>,
    refusing: &[&Diagnostic],
    is_rendered: bool,
) -> Vec<Diagnostic> {
    let said: Vec<&Diagnostic> = said.collect();
    match intent {
        Intent::Routing(routing) => shared_root(routing, refusing),
        // A loss that is accepted is none for anybody.
        Intent::Access(access) if is_rendered => shared_destination(access, refusing),
        Intent::Access(access) => shared_destination(access, &said),
        Intent::Namespace(_) => Vec::new(),
    }
}

/// One split that cannot be expressed refuses its whole root.
fn shared_root(routing: &RoutingIntent, refusing: &[&Diagnostic]) -> Vec<Diagnostic> {
    let Some(because) = refusing.first() else { return Vec::new() };
    let named = named(refusing, Severity::Loss);
    let splits: BTreeSet<&ObjectRef> = routing.rules.iter().map(|rule| &rule.split).collect();
    let unnamed = splits.into_iter().filter(|split| !named.contains(split));
    let place = because.object.as_ref().map(|object| format!(", said of {object},")).unwrap_or_default();
    unnamed
        .map(|split| {
            let message = format!(
                "{}{place} refuses this split too: a root is rendered from all its splits",
                because.code
            );
            let effect = "nothing is rendered for this root: the root Service answers";
            Diagnostic::new(CODE, Severity::Error, message, effect).on(split).help("do what is said there")
        })
        .collect()
}

/// What is said of the destination is said in full on the first of its targets.
fn shared_destination(access: &AccessIntent, said: &[&Diagnostic]) -> Vec<Diagnostic> {
    let Some((first, others)) = access.targets.split_first() else { return Vec::new() };
    let destination = about::destination_of(access, first);
    let of_destination: Vec<&Diagnostic> = said
        .iter()
        .copied()
        .filter(|one| one.object.as_ref() == Some(first) && one.path == destination)
        .collect();
    let Some(gravest) = of_destination.iter().copied().max_by_key(|one| one.severity) else {
        return Vec::new();
    };
    let as_grave = of_destination.iter().filter(|one| one.severity == gravest.severity);
    let codes: BTreeSet<&str> = as_grave.map(|one| one.code.0).collect();
    let codes: Vec<&str> = codes.into_iter().collect();
    let message = format!(
        "{}, said of {first}, holds for this target too: both protect {}",
        codes.join(" and "),
        access.destination
    );
    let named = named(said, gravest.severity);
    let unnamed = others.iter().filter(|target| !named.contains(target));
    let versions: HashMap<&ObjectRef, Version> =
        access.targets.iter().zip(access.versions.iter().copied()).collect();
    let place =
        |target| versions.get(target).map_or_else(FieldPath::root, |version| destination_path(*version));
    unnamed
        .map(|target| {
            Diagnostic::new(CODE, gravest.severity, message.clone(), gravest.effect.clone())
                .on(target)
                .at(place(target))
                .help("do what is said there")
        })
        .collect()
}

/// The objects of which something as grave as that is said.
fn named<'d>(said: &[&'d Diagnostic], severity: Severity) -> HashSet<&'d ObjectRef> {
    said.iter().filter(|one| one.severity >= severity).filter_map(|one| one.object.as_ref()).collect()
}
