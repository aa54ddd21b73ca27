//! Options that several commands share, one group each.

mod findings;
mod input;
mod istio;
mod linkerd;
mod meaning;
mod meshes;
pub(crate) mod names;
mod permissive;
mod serving;
mod structure;

pub(crate) use findings::{FindingsArgs, ReportFormat, ReportTarget};
pub(crate) use input::InputArgs;
pub(crate) use meaning::{HeaderStyleChoice, MeaningArgs};
pub(crate) use meshes::{MeshArgs, check as check_meshes};
pub(crate) use serving::ServingArgs;
pub(crate) use structure::{Structure, TextOrStructure};
