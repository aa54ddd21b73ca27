//! `smi capabilities`: what of SMI a mesh can say.

use clap::Args;
use serde::Serialize;
use smi_translate::{Capability, Support};

use crate::arguments::TextOrStructure;
use crate::exit::{Exit, Outcome};
use crate::mesh::Mesh;
use crate::output;

const EXAMPLES: &str = "\
Examples:
  {smi} capabilities
  {smi} capabilities --to istio -o json

Support:
  exact    with exactly the meaning SMI gives it
  partial  with less than that; a finding with the code names the difference
  refused  not at all; an error with the code says so";

/// Show what of SMI a mesh can say
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Capabilities {
    /// Only this mesh [default: every mesh]
    #[arg(long, value_name = "MESH", value_enum)]
    to: Option<Mesh>,

    /// Form of the answer
    #[arg(short, long, value_name = "FORM", value_enum, default_value_t)]
    output: TextOrStructure,
}

#[derive(Serialize)]
struct MeshCapabilities {
    mesh: &'static str,
    capabilities: &'static [Capability],
}

impl Capabilities {
    /// Runs the command.
    pub(crate) fn run(&self) -> Outcome {
        let meshes: Vec<MeshCapabilities> = Mesh::ALL
            .into_iter()
            .filter(|mesh| self.to.is_none_or(|wanted| wanted == *mesh))
            .map(|mesh| {
                let backend = mesh.usual_backend();
                MeshCapabilities { mesh: backend.name(), capabilities: backend.capabilities() }
            })
            .collect();
        let text = match self.output {
            TextOrStructure::Json => output::json(&meshes)?,
            TextOrStructure::Yaml => output::yaml(&meshes)?,
            TextOrStructure::Text => meshes.iter().map(table).collect::<Vec<_>>().join("\n"),
        };
        output::stdout(&text)?;
        Ok(Exit::Clean)
    }
}

fn table(mesh: &MeshCapabilities) -> String {
    let width = mesh.capabilities.iter().map(|c| c.feature.chars().count()).max().unwrap_or_default();
    let mut text = format!("{}\n", mesh.mesh);
    for Capability { feature, support, note } in mesh.capabilities {
        let support = match support {
            Support::Exact => "exact",
            Support::Partial => "partial",
            Support::Refused => "refused",
        };
        text.push_str(&format!("  {feature:width$}  {support:7}  {note}\n"));
    }
    text
}
