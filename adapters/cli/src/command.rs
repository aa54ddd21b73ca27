//! The commands, one file each.

mod capabilities;
mod completions;
mod convert;
mod crds;
mod decide;
mod explain;
mod lint;
mod translate;

use clap::Subcommand;

use crate::exit::Outcome;
use crate::terminal::Terminal;

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Translate SMI objects into the objects of a mesh
    Translate(translate::Translate),
    /// Check SMI objects: syntax, fields, patterns, references
    Lint(lint::Lint),
    /// Convert SMI objects to another version
    Convert(convert::Convert),
    /// Show what SMI objects mean: who gets which share of the traffic, and who may call whom
    Explain(explain::Explain),
    /// Answer where requests go, and whether they are allowed
    Decide(decide::Decide),
    /// Print the CustomResourceDefinitions of SMI's kinds, or say what others lack
    Crds(crds::Crds),
    /// Show what of SMI a mesh can say
    Capabilities(capabilities::Capabilities),
    /// Print a completion script for a shell
    Completions(completions::Completions),
}

impl Command {
    /// Runs the command; `command_line` makes the whole command line and its name, for those that describe it.
    pub(crate) fn run(
        &self,
        terminal: Terminal,
        command_line: impl FnOnce() -> (clap::Command, String),
    ) -> Outcome {
        match self {
            Command::Translate(translate) => translate.run(terminal),
            Command::Lint(lint) => lint.run(terminal),
            Command::Convert(convert) => convert.run(terminal),
            Command::Explain(explain) => explain.run(terminal),
            Command::Decide(decide) => decide.run(terminal),
            Command::Crds(crds) => crds.run(terminal),
            Command::Capabilities(capabilities) => capabilities.run(),
            Command::Completions(completions) => completions.run(command_line()),
        }
    }
}
