//! Options that several commands share, one group each.

mod findings;
mod input;
mod meaning;
mod structure;

pub(crate) use findings::{FindingsArgs, ReportFormat, ReportTarget};
pub(crate) use input::InputArgs;
pub(crate) use meaning::{HeaderStyleChoice, MeaningArgs};
pub(crate) use structure::{Structure, TextOrStructure};
