//! Permissive mode of Open Service Mesh and its descendants, which ignored TrafficTargets: whoever translates what such a mesh held
//! says whether it was on. It is never guessed, because a wrong guess closes traffic that was open, or opens what was closed.

use smi_translate::{AccessScope, Inventory, Profile};

use crate::exit::Failure;
use crate::report::counted;

/// Whether a profile is that of a mesh with a permissive mode.
fn has_mode(profile: Profile) -> bool {
    matches!(profile, Profile::Osm | Profile::Fsm)
}

/// The scope of access control that an answer leaves; `asked` is what the user wants of it otherwise.
pub(super) fn scope(
    profile: Profile,
    permissive: Option<bool>,
    asked: Option<AccessScope>,
) -> Result<AccessScope, Failure> {
    match (permissive, asked) {
        (Some(_), _) if !has_mode(profile) => Err(Failure::new(format!(
            "--osm-permissive is about a mesh that was OSM or FSM, but the profile is {profile}"
        ))
        .help("remove --osm-permissive, or write --profile osm or --profile fsm")),
        (Some(true), Some(AccessScope::Destinations | AccessScope::Namespaces)) => Err(Failure::new(
            "--osm-permissive true leaves TrafficTargets without effect, and --access-scope enforces them",
        )
        .help("remove one of the two")),
        (Some(true), _) => Ok(AccessScope::Off),
        (Some(false) | None, asked) => Ok(asked.unwrap_or_default()),
    }
}

/// Asks for the answer where there is none and TrafficTargets are enforced.
pub(super) fn check(inventory: &Inventory, permissive: Option<bool>) -> Result<(), Failure> {
    let options = inventory.options();
    let targets = inventory.targets().count();
    let is_enforced = targets > 0 && options.access_scope != AccessScope::Off;
    if !is_enforced || !has_mode(options.profile) || permissive.is_some() {
        return Ok(());
    }
    let (counted, mesh) = (counted(targets, "TrafficTarget"), options.profile.as_str().to_uppercase());
    let message = format!(
        "the input has {counted}, and --osm-permissive is not given: in permissive mode {mesh} ignored TrafficTargets, and to \
         enforce them would close traffic that was open"
    );
    Err(Failure::new(message).help(
        "look up spec.traffic.enablePermissiveTrafficPolicyMode in the mesh's MeshConfig; write --osm-permissive true where it was \
         on (TrafficTargets get no effect), or --osm-permissive false where it was off (they are enforced)",
    ))
}
