//! `smi explain`: what SMI objects mean, root by root.

mod form;
mod text;

use clap::Args;
use smi_translate::read::Input;
use smi_translate::{Intent, resolve};

use crate::arguments::{FindingsArgs, InputArgs, MeaningArgs, TextOrStructure};
use crate::exit::{Exit, Outcome};
use crate::output;
use crate::report::{Findings, Reporter, counted};
use crate::terminal::{Terminal, printable};
use form::{Explanation, Refused};

pub(super) use text::percent;

const EXAMPLES: &str = "\
Examples:
  {smi} explain manifests/
  {smi} explain -o json manifests/

Exit status:
  0  clean
  1  losses or warnings at or above --fail-on
  2  some objects have errors
  3  unreadable input, or an error of usage";

/// Show what SMI objects mean: every root, its rules, and who gets which share
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Explain {
    #[command(flatten)]
    input: InputArgs,

    /// Form of the answer
    #[arg(short, long, value_name = "FORM", value_enum, default_value_t)]
    output: TextOrStructure,

    #[command(flatten)]
    meaning: MeaningArgs,

    #[command(flatten)]
    findings: FindingsArgs,
}

impl Explain {
    /// Runs the command.
    pub(crate) fn run(&self, terminal: Terminal) -> Outcome {
        let reporter = Reporter::new(&self.findings, &self.input.files, terminal)?;
        let options = self.meaning.options(reporter.allow());
        let Input { inventory, sources, mut diagnostics } = self.input.load(options, None)?;
        diagnostics.extend(inventory.check());
        let mut explanation = Explanation::default();
        for unit in inventory.units() {
            let resolved = resolve(&inventory, &unit);
            diagnostics.extend(resolved.diagnostics);
            let Intent::Routing(routing) = resolved.intent;
            explanation.routing.extend(form::routing(&routing));
        }
        let findings = Findings::new(&sources, diagnostics);
        explanation.refused = findings
            .refused()
            .into_iter()
            .map(|(object, codes)| Refused { object: object.map(|object| object.to_string()), codes })
            .collect();

        let text = match self.output {
            TextOrStructure::Json => output::json(&explanation)?,
            TextOrStructure::Yaml => output::yaml(&explanation)?,
            TextOrStructure::Text => printable(&text::render(&explanation)),
        };
        output::stdout(&text)?;
        let mut words = vec![counted(inventory.units().count(), "root")];
        words.extend(findings.tally());
        reporter.publish(&findings, &words.join("; "), false, Exit::Clean)
    }
}
