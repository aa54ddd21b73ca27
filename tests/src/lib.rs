//! What tests of several crates share: an independent model of the mesh, worlds to translate, and the glue to the project.
//!
//! * [`istio_model`] and [`linkerd_model`] say what a mesh does with rendered objects. They never call the project.
//! * [`world`] generates Services, SMI objects and calls with proptest. It never calls the project either.
//! * [`project`] translates a world and asks what SMI says about a call; [`search`] runs through worlds.
//! * [`mesh`] lists the meshes that everything is rendered for, each with its backend and its model.
//! * [`fixture`] reads the scenarios under `fixtures/` and translates them; [`istio_view`] and
//!   [`linkerd_view`] show their manifests to the models.
//! * [`istiod`] asks istiod's own code and a real Envoy instead of the model.
//! * [`fuzz`] holds laws for every input, which fuzzers and proptest try to break.
//! * [`cases`] finds the recorded manifests beside the checkout.

pub mod cases;
pub mod fixture;
pub mod fuzz;
pub mod istio_model;
pub mod istio_view;
pub mod istiod;
pub mod linkerd_model;
pub mod linkerd_view;
pub mod mesh;
pub mod project;
pub mod search;
pub mod world;

/// The examples of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
