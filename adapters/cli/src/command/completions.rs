//! `smi completions`: a completion script for a shell.

use clap::Args;
use clap_complete::Shell;

use crate::exit::{Exit, Outcome};
use crate::output;

const EXAMPLES: &str = "\
Examples:
  {smi} completions bash > ~/.local/share/bash-completion/completions/smi
  {smi} completions zsh > ~/.zfunc/_smi
  {smi} completions fish > ~/.config/fish/completions/smi.fish";

/// Print a completion script for a shell
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    /// Runs the command.
    pub(crate) fn run(&self, (mut command_line, name): (clap::Command, String)) -> Outcome {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command_line, name, &mut script);
        output::stdout(&String::from_utf8_lossy(&script))?;
        Ok(Exit::Clean)
    }
}
