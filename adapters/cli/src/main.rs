//! `smi`: translate, check and explain Service Mesh Interface manifests, without a cluster. Also runs as the kubectl plugin
//! `kubectl-smi`.
//!
//! Standard output carries results, standard error everything said about them. What each exit status means is in [`exit`].

mod arguments;
mod cli;
mod codes;
mod command;
mod exit;
mod input;
mod mesh;
mod output;
mod report;
mod terminal;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run(std::env::args_os()).into()
}
