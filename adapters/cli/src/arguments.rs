//! Options that several commands share, one group each.

mod findings;
mod input;
mod istio;
mod meaning;
pub(crate) mod names;
mod permissive;
mod structure;

pub(crate) use findings::{FindingsArgs, ReportFormat, ReportTarget};
pub(crate) use input::InputArgs;
pub(crate) use istio::IstioArgs;
pub(crate) use meaning::{HeaderStyleChoice, MeaningArgs};
pub(crate) use structure::{Structure, TextOrStructure};
