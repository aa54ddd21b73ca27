//! The command line: which commands there are, under which name the program runs, and how errors of usage are told.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser};

use crate::arguments::check_meshes;
use crate::command::Command;
use crate::exit::Exit;
use crate::output;
use crate::terminal::{ColorChoice, Terminal, printable};

/// Translate, check and explain Service Mesh Interface (SMI) manifests
#[derive(Debug, Parser)]
#[command(name = "smi", version, after_help = AFTER_HELP)]
#[command(
    long_about = "Translate, check and explain Service Mesh Interface (SMI) manifests. Reads files, directories and the output of \
    Helm or kustomize; needs no cluster."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t, help_heading = "Display")]
    color: ColorChoice,

    /// Show only errors, losses, and findings at or above --fail-on
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Display")]
    quiet: bool,

    /// Show every finding on its own; without this, findings of a kind that comes by the dozen share one line
    #[arg(short, long, global = true, help_heading = "Display")]
    verbose: bool,
}

/// What stands for the name of the program in help texts.
const NAME: &str = "{smi}";

const AFTER_HELP: &str = "\
Examples:
  {smi} lint manifests/
  {smi} explain manifests/
  {smi} explain --workload shop/api manifests/
  {smi} translate --to istio manifests/ > mesh.yaml
  helm template shop | {smi} translate --to linkerd -
  {smi} convert --to-version v1alpha4 old.yaml > new.yaml

Exit status:
  0  clean
  1  losses or warnings at or above --fail-on, or differences found by --check
  2  some objects were refused; the others were not affected
  3  unreadable input, or an error of usage";

/// Runs the program.
pub(crate) fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let program = arguments.first().map(OsString::as_os_str);
    let mut command = command(program).color(usage_color(&arguments));
    let matches = match command.try_get_matches_from_mut(&arguments) {
        Ok(matches) => matches,
        Err(error) => return usage(error),
    };
    let (cli, terminal) = match parsed(&matches, &mut command) {
        Ok(parsed) => parsed,
        Err(error) => return usage(error),
    };
    match check_meshes(&matches).and_then(|()| cli.command.run(terminal, || completable(program))) {
        Ok(exit) => exit,
        Err(failure) => {
            let label = if terminal.color { "\u{1b}[1m\u{1b}[31merror\u{1b}[0m" } else { "error" };
            for failure in failure.each() {
                terminal.write(&format!("{label}: {}\n", printable(&failure.to_string())));
            }
            Exit::Unusable
        }
    }
}

/// Colours of errors of usage, which come up before `--color` is read.
fn usage_color(arguments: &[OsString]) -> clap::ColorChoice {
    let choice = |text: &str| match text {
        "always" => clap::ColorChoice::Always,
        "never" => clap::ColorChoice::Never,
        _ => clap::ColorChoice::Auto,
    };
    let texts: Vec<&str> = arguments.iter().filter_map(|argument| argument.to_str()).collect();
    let apart = texts.windows(2).find(|pair| pair[0] == "--color").map(|pair| pair[1]);
    let joined = texts.iter().find_map(|text| text.strip_prefix("--color="));
    apart.or(joined).map_or(clap::ColorChoice::Auto, choice)
}

fn parsed(matches: &ArgMatches, command: &mut clap::Command) -> Result<(Cli, Terminal), clap::Error> {
    let cli = Cli::from_arg_matches(matches).map_err(|error| error.format(command))?;
    let terminal = Terminal { color: cli.color.on_stderr(), quiet: cli.quiet, verbose: cli.verbose };
    Ok((cli, terminal))
}

/// Help and version go to standard output and are what was asked for; anything else is an error of usage.
fn usage(error: clap::Error) -> Exit {
    if error.use_stderr() {
        // Nobody is left to tell when standard error is gone.
        drop(error.print());
        return Exit::Unusable;
    }
    match output::stdout(&error.to_string()) {
        Ok(()) => Exit::Clean,
        Err(_) => Exit::Unusable,
    }
}

/// The command line under the name the program was started with; kubectl starts its plugin `kubectl-smi` for `kubectl smi`.
fn command(program: Option<&OsStr>) -> clap::Command {
    let stem = stem(program);
    let shown = if stem == "kubectl-smi" { "kubectl smi" } else { stem };
    named(Cli::command(), shown).bin_name(shown)
}

/// The command line under the name of the program's file, and that name: shells complete words, and `kubectl smi` is two.
fn completable(program: Option<&OsStr>) -> (clap::Command, String) {
    let name = stem(program).replace(char::is_whitespace, "-");
    (named(Cli::command(), &name), name)
}

/// The name of the program's file.
fn stem(program: Option<&OsStr>) -> &str {
    let file = program.map(Path::new).and_then(Path::file_name).and_then(OsStr::to_str).unwrap_or("smi");
    file.strip_suffix(".exe").unwrap_or(file)
}

/// Puts the name of the program into the examples of every command.
fn named(command: clap::Command, name: &str) -> clap::Command {
    let after_help = command.get_after_help().map(|text| text.to_string().replace(NAME, name));
    let command = command.mut_subcommands(|subcommand| named(subcommand, name));
    match after_help {
        Some(text) => command.after_help(text),
        None => command,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command(None).debug_assert();
    }

    #[test]
    fn help_follows_the_name_of_the_program() {
        for (program, shown) in [
            ("/usr/bin/smi", "smi"),
            ("kubectl-smi", "kubectl smi"),
            ("smi-0.1", "smi-0.1"),
            ("kubectl-smi.exe", "kubectl smi"),
        ] {
            let help = command(Some(OsStr::new(program))).render_help().to_string();
            assert!(help.contains(&format!("Usage: {shown} [OPTIONS] <COMMAND>")), "{help}");
            assert!(help.contains(&format!("  {shown} lint manifests/")), "{help}");
            assert!(!help.contains(NAME), "{help}");
        }
    }
}
