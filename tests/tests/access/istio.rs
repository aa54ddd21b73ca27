//! Istio: AuthorizationPolicies, and the EnvoyFilters that enforce what these cannot say.

#[path = "istio/broken.rs"]
mod broken;

use serde_json::Value;
use smi_tests::istio_model::Passage;
use smi_tests::project::{Choices, TranslatedAccess};
use smi_tests::search::number;
use smi_tests::world::access::{AccessCall, AccessWorld, Workload};
use smi_translate::Diagnostic;

use super::order::{grants_no_more_on_the_way, is_carelessness_noticed};
use super::{Judge, Mesh, Passes, is_independent_of_order, means_what_smi_says, worlds_are_rich};

impl Mesh for Choices {
    fn judge<'a>(
        self,
        world: &'a AccessWorld,
        translated: &'a TranslatedAccess,
        objects: &[Value],
    ) -> Result<Judge<'a>, String> {
        let guard = translated.guard_of(objects).map_err(|refusals| refusals[0].to_string())?;
        let passes = |passage| match passage {
            Passage::Allowed => Some(Passes { perhaps: true, certainly: true }),
            Passage::Denied => Some(Passes { perhaps: false, certainly: false }),
            Passage::Unseen => None,
        };
        Ok(Box::new(move |call| passes(guard.judge(&world.inbound(call)))))
    }

    /// One policy guards all ports.
    fn leaves_open(self, _: &TranslatedAccess, _: &AccessWorld, _: &AccessCall) -> bool {
        false
    }

    /// Policies add up.
    fn is_shut(self, _: &TranslatedAccess, _: &AccessWorld, _: &Workload) -> bool {
        false
    }

    /// Exact conditions mend all losses but these: workloads and callers that Istio cannot tell apart, and UDP.
    fn is_avoidable(self, loss: &Diagnostic) -> bool {
        const MENDED: [&str; 5] =
            ["ISTIO-PATH", "ISTIO-HEADER", "ISTIO-METHOD", "ISTIO-REGEX", "ISTIO-MATCH"];
        self == Choices::Exact && MENDED.iter().any(|prefix| loss.code.0.starts_with(prefix))
    }
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
    is_independent_of_order(Choices::Losses);
}

#[test]
fn worlds_are_not_empty_of_meaning() {
    Choices::ALL.into_iter().for_each(worlds_are_rich);
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
    assert!(is_carelessness_noticed(Choices::Losses));
}
