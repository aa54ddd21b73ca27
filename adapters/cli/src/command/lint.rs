//! `smi lint`: everything that can be said about SMI objects, without writing anything.

use clap::Args;
use smi_translate::lint::lint;
use smi_translate::read::Input;
use smi_translate::{Inventory, resolve};

use crate::arguments::{FindingsArgs, InputArgs, MeaningArgs, MeshArgs, TextOrStructure};
use crate::exit::{Exit, Outcome};
use crate::mesh::Mesh;
use crate::output;
use crate::report::{Findings, Reporter, json_document, listed};
use crate::terminal::Terminal;

const EXAMPLES: &str = "\
Examples:
  {smi} lint manifests/
  {smi} lint --to istio manifests/                 also what Istio cannot say
  {smi} lint --report sarif smi.sarif manifests/   for code scanning
  {smi} lint --fail-on warning -q manifests/       in a commit hook

Exit status:
  0  clean
  1  losses or warnings at or above --fail-on
  2  some objects have errors, or are refused by the mesh of --to
  3  unreadable input, or an error of usage";

/// Check SMI objects: syntax, fields, patterns, references
///
/// Findings go to standard error; standard output stays empty unless -o says otherwise.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Lint {
    #[command(flatten)]
    input: InputArgs,

    /// Also check what this mesh can say [default: no mesh]
    #[arg(long, value_name = "MESH", value_enum)]
    to: Option<Mesh>,

    /// Form of the findings: text goes to standard error, the others to standard output
    #[arg(short, long, value_name = "FORM", value_enum, default_value_t)]
    output: TextOrStructure,

    #[command(flatten)]
    meaning: MeaningArgs,

    #[command(flatten)]
    meshes: MeshArgs,

    #[command(flatten)]
    findings: FindingsArgs,
}

impl Lint {
    /// Runs the command.
    pub(crate) fn run(&self, terminal: Terminal) -> Outcome {
        let reporter = Reporter::new(&self.findings, &self.input.files, terminal)?;
        let backend = self.to.map(|mesh| self.meshes.backend(mesh, &self.meaning)).transpose()?;
        let Input { inventory, sources, mut diagnostics } =
            self.input.load(self.meaning.options(reporter.allow())?, backend.as_deref())?;
        let mut refused = false;
        match &backend {
            Some(backend) => {
                self.meaning.check(&inventory)?;
                let translation = smi_translate::translate(&inventory, &**backend);
                diagnostics.extend(translation.diagnostics);
                refused = !translation.refused.is_empty();
            }
            None => {
                diagnostics.extend(inventory.check());
                diagnostics.extend(lint(&inventory));
                diagnostics.extend(inventory.units().flat_map(|unit| resolve(&inventory, &unit).diagnostics));
            }
        }
        let findings = Findings::new(&sources, diagnostics);
        let summary = summary(&inventory, &findings);
        let exit = if refused { Exit::Refused } else { Exit::Clean };
        match self.output {
            TextOrStructure::Text => reporter.publish(&findings, &summary, true, exit),
            TextOrStructure::Json => {
                output::stdout(&output::json(&json_document(&findings))?)?;
                reporter.publish_reports(&findings, false)?;
                Ok(reporter.sum_up(&findings, &summary, exit))
            }
            TextOrStructure::Yaml => {
                output::stdout(&output::yaml(&json_document(&findings))?)?;
                reporter.publish_reports(&findings, false)?;
                Ok(reporter.sum_up(&findings, &summary, exit))
            }
        }
    }
}

/// `2 TrafficSplits and 1 HTTPRouteGroup read: 1 error, 2 warnings`.
fn summary(inventory: &Inventory, findings: &Findings) -> String {
    let routes = |kind: &str| inventory.port_routes().filter(|route| route.kind == kind).count();
    let kinds = [
        (inventory.splits().count(), "TrafficSplit"),
        (inventory.targets().count(), "TrafficTarget"),
        (inventory.groups().count(), "HTTPRouteGroup"),
        (routes("TCPRoute"), "TCPRoute"),
        (routes("UDPRoute"), "UDPRoute"),
        (inventory.bindings().count(), "IdentityBinding"),
    ];
    let read =
        listed(&kinds).unwrap_or_else(|| "no TrafficSplit, TrafficTarget or HTTPRouteGroup".to_owned());
    match findings.tally().as_slice() {
        [] => format!("{read} read: nothing to complain about"),
        words => format!("{read} read: {}", words.join(", ")),
    }
}
