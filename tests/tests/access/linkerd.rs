//! Linkerd: Servers, routes, AuthorizationPolicies and authentications.

#[path = "linkerd/broken.rs"]
mod broken;
#[path = "linkerd/probes.rs"]
mod probes;

use serde_json::Value;
use smi_tests::linkerd_model::{self, Ages, Passage, Pod, Precedence};
use smi_tests::project::{LinkerdChoices, TranslatedAccess, linkerd_arrival, linkerd_pod};
use smi_tests::search::number;
use smi_tests::world::access::{AccessCall, AccessWorld, PORTS, Workload};
use smi_translate::Diagnostic;

use super::order::{grants_no_more_on_the_way, is_reuse_of_names_noticed};
use super::{
    Judge, Mesh, Passes, is_about, is_independent_of_order, is_said_to_be_closed, means_what_smi_says,
    name_of, worlds_are_rich,
};

impl Mesh for LinkerdChoices {
    fn judge<'a>(
        self,
        world: &'a AccessWorld,
        _: &'a TranslatedAccess,
        objects: &[Value],
    ) -> Result<Judge<'a>, String> {
        let installation = self.installation(world);
        let mesh = linkerd_model::Mesh::new(objects, &[], &installation)
            .map_err(|refusals| refusals[0].to_string())?;
        let of_ages = |ages| {
            let mesh = mesh.clone().with_ages(ages);
            Precedence::ALL.map(|precedence| mesh.clone().with_precedence(precedence))
        };
        let meshes: Vec<linkerd_model::Mesh> = Ages::ALL.into_iter().flat_map(of_ages).collect();
        let pods: Vec<Pod> = world.workloads.iter().map(linkerd_pod).collect();
        Ok(Box::new(move |call| {
            let arrival = linkerd_arrival(world, call, &pods[call.to], &installation);
            let mut passes = Passes { perhaps: false, certainly: true };
            for mesh in &meshes {
                match mesh.judge(&arrival) {
                    Passage::Allowed => passes.perhaps = true,
                    Passage::NotFound | Passage::Forbidden | Passage::Refused => passes.certainly = false,
                    Passage::Unseen | Passage::Unknown(_) => return None,
                }
            }
            Some(passes)
        }))
    }

    /// Linkerd guards ports one by one, and nobody knows of a port that no container declares and no TrafficTarget names.
    fn leaves_open(self, translated: &TranslatedAccess, world: &AccessWorld, call: &AccessCall) -> bool {
        let is_said = |diagnostic: &Diagnostic| diagnostic.code.0 == "LINKERD-OPEN-1";
        let is_known = PORTS.contains(&call.port) || world.is_named(&world.workloads[call.to], call.port);
        !is_known && translated.diagnostics.iter().any(is_said)
    }

    /// Of several Servers the oldest counts, and it may be that of a workload from which no label tells this one.
    fn is_shut(self, translated: &TranslatedAccess, world: &AccessWorld, workload: &Workload) -> bool {
        let name = name_of(workload);
        is_said_to_be_closed(translated, world, workload)
            && translated.diagnostics.iter().any(|d| d.code.0 == "LINKERD-SELECTOR-1" && is_about(d, &name))
    }

    fn is_avoidable(self, loss: &Diagnostic) -> bool {
        self == LinkerdChoices::Losses && loss.code.0 == "LINKERD-OVERLAP-1"
    }
}

#[test]
fn by_default_policies_mean_what_smi_says() {
    means_what_smi_says(LinkerdChoices::Default, number("SMI_WORLDS", 200));
}

#[test]
fn with_losses_allowed_policies_mean_no_more_than_smi_says() {
    means_what_smi_says(LinkerdChoices::Losses, number("SMI_WORLDS", 200));
}

#[test]
fn callers_may_share_routes() {
    means_what_smi_says(LinkerdChoices::SharedRoutes, number("SMI_WORLDS", 200));
}

#[test]
fn probes_open_nothing_else() {
    means_what_smi_says(LinkerdChoices::Probes, number("SMI_WORLDS", 200));
}

#[test]
fn the_readings_of_other_meshes_are_rendered_as_well() {
    means_what_smi_says(LinkerdChoices::Meshes, number("SMI_WORLDS", 200));
}

#[test]
fn the_order_of_the_input_does_not_matter() {
    is_independent_of_order(LinkerdChoices::Losses);
}

#[test]
fn worlds_are_not_empty_of_meaning() {
    LinkerdChoices::ALL.into_iter().for_each(worlds_are_rich);
}

#[test]
fn no_state_on_the_way_grants_more_than_the_old_or_the_new_objects() {
    grants_no_more_on_the_way(LinkerdChoices::Losses);
}

#[test]
fn nor_does_one_with_shared_routes() {
    grants_no_more_on_the_way(LinkerdChoices::SharedRoutes);
}

#[test]
fn names_that_are_used_again_are_noticed() {
    assert!(is_reuse_of_names_noticed(LinkerdChoices::Losses));
}
