//! `smi crds`: the CustomResourceDefinitions of SMI's kinds, and what other definitions lack.

mod checked;
mod folder;

use std::path::{Path, PathBuf};

use clap::Args;
use smi_types::crd::{self, Serving};

use crate::arguments::{FindingsArgs, ServingArgs, Structure};
use crate::exit::{Exit, Outcome};
use crate::output;
use crate::report::{Reporter, counted};
use crate::terminal::{self, Terminal};

const EXAMPLES: &str = "\
Examples:
  {smi} crds | kubectl apply -f -
  {smi} crds --conversion-webhook smi/webhook --ca-bundle ca.pem | kubectl apply -f -
  {smi} crds --output-dir crds/
  kubectl get crds -o yaml | {smi} crds --check -

A cluster can serve several versions of a kind only if a webhook converts between them. Without one an API server relabels objects
and drops what the other version does not have: weights such as 500m stand where numbers belong, and conditions and ports get
lost, so that more traffic is split or let in than anybody wrote. So without --conversion-webhook every kind has one version,
v1alpha4. Programs that write an older one need the webhook: Flagger writes TrafficSplits v1alpha1, and so does Argo Rollouts
unless told otherwise. Files in an older version: {smi} convert.

The schemas accept what any published SMI definition accepted, and leave all else to validation.

Exit status:
  0  clean
  1  with --check: warnings at or above --fail-on
  2  with --check: errors, such as conditions that get lost
  3  unreadable input, or an error of usage";

/// Print the CustomResourceDefinitions of SMI's kinds, or say what others lack
///
/// Without --conversion-webhook every kind has one version, v1alpha4.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
#[command(mut_group("FindingsArgs", |group| group.requires("check")))]
pub(crate) struct Crds {
    #[command(flatten)]
    serving: ServingArgs,

    /// Form of the definitions on standard output
    #[arg(short, long, value_name = "FORM", value_enum, default_value_t, conflicts_with_all = ["output_dir", "check"])]
    output: Structure,

    /// Write one file per definition into this directory
    #[arg(long, value_name = "DIR", conflicts_with = "check")]
    output_dir: Option<PathBuf>,

    /// Print nothing, but say what a controller would miss in a cluster with the definitions in these files, directories, or `-` for
    /// standard input; what is no definition of an SMI kind is skipped
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "ServingArgs")]
    check: Vec<PathBuf>,

    #[command(flatten)]
    findings: FindingsArgs,
}

impl Crds {
    /// Runs the command.
    pub(crate) fn run(&self, terminal: Terminal) -> Outcome {
        if !self.check.is_empty() {
            let reporter = Reporter::new(&self.findings, &self.check, terminal)?;
            return checked::run(&self.check, &reporter);
        }
        let serving = self.serving.serving()?;
        let definitions = crd::definitions(&serving);
        match (&self.output_dir, self.output) {
            (Some(directory), _) => self.write(directory, &definitions, terminal)?,
            (None, Structure::Yaml) => output::stdout(&output::yaml_documents(&definitions)?)?,
            (None, Structure::Json) => output::stdout(&output::list(&definitions)?)?,
        }
        if serving == Serving::OneVersion && !self.serving.is_chosen() {
            terminal.note(&format!(
                "every kind is served as {} alone; programs that write older versions need --conversion-webhook",
                crd::STORED
            ));
        }
        Ok(Exit::Clean)
    }

    fn write(
        &self,
        directory: &Path,
        definitions: &[serde_json::Value],
        terminal: Terminal,
    ) -> Result<(), crate::exit::Failure> {
        let changed = folder::write(directory, definitions)?;
        let unchanged = definitions.len() - changed;
        let shown = terminal::path(directory);
        terminal.note(&format!("wrote {} in {shown}, {unchanged} unchanged", counted(changed, "file")));
        Ok(())
    }
}
