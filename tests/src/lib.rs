//! What tests of several crates share: an independent model of the mesh, worlds to translate, and the glue to the project.
//!
//! * [`istio_model`] says what a mesh does with rendered objects. It never calls the project.
//! * [`world`] generates Services, SMI objects and calls with proptest. It never calls the project either.
//! * [`project`] translates a world and asks what SMI says about a call; [`search`] runs through worlds.
//! * [`fixture`] reads the scenarios under `fixtures/` and translates them; [`istio_view`] asks the model about their requests.
//! * [`istiod`] asks istiod's own code and a real Envoy instead of the model.
//! * [`cases`] finds the recorded manifests beside the checkout.

pub mod cases;
pub mod fixture;
pub mod istio_model;
pub mod istio_view;
pub mod istiod;
pub mod project;
pub mod search;
pub mod world;

/// The examples of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
