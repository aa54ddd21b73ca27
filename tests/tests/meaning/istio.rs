//! Istio: VirtualServices.

#[path = "istio/broken.rs"]
mod broken;

use proptest::prelude::*;
use smi_istio::Istio;
use smi_tests::istio_model::Mesh;
use smi_tests::project::Translated;
use smi_tests::search::{number, runner};
use smi_tests::world::{Scenario, World, scenario};
use smi_translate::{Backend, Options};

use super::{
    CALLS, Compare, Compared, Routing, is_independent_of_order_and_spelling, means_what_smi_says, richness,
};

/// Istio as it is by default.
#[derive(Clone, Copy, Debug)]
struct Default;

impl Routing for Default {
    fn options(self) -> Options {
        Options::default()
    }

    fn backend(self) -> Box<dyn Backend> {
        Box::new(Istio::default())
    }

    fn model<'a>(self, world: &'a World, translated: &'a Translated) -> Result<Compare<'a>, String> {
        let mesh = Mesh::new(&translated.objects, &world.cluster).map_err(|all| all[0].to_string())?;
        Ok(Box::new(move |call| {
            let meaning = translated.meaning(world, call)?;
            let routed = mesh.route(call);
            let otherwise = (routed != meaning).then(|| routed.to_string());
            Some(Compared { meaning, otherwise })
        }))
    }
}

#[test]
fn rendered_objects_mean_what_smi_says() {
    means_what_smi_says(Default, number("SMI_WORLDS", 1000));
}

#[test]
fn nothing_is_rendered_for_services_that_do_not_exist() {
    let checked = runner(200).run(&scenario(0), |Scenario { world, .. }| {
        for object in Default.translate(&world).objects {
            let host = object["spec"]["hosts"][0].as_str().unwrap_or_default().to_owned();
            prop_assert!(world.cluster.iter().any(|service| service.fqdn() == host), "{}", host);
        }
        Ok(())
    });
    if let Err(failure) = checked {
        panic!("{failure}");
    }
}

#[test]
fn neither_the_order_nor_the_spelling_of_the_input_matters() {
    is_independent_of_order_and_spelling(Default);
}

#[test]
fn worlds_are_not_empty_of_meaning() {
    let found = richness(Default, r#""uri":"#, 300);
    assert!(found.compared > 300 * CALLS / 2, "{found:?}");
    assert!(found.split > 700, "{found:?}");
    assert!(found.conditional > 10, "{found:?}");
    assert!(found.refused > 50 && found.refused < found.compared / 3, "{found:?}");
}
