//! Choices of the meshes that are translated to. An option is named after the mesh that it is about.

use clap::parser::ValueSource;
use clap::{ArgMatches, Args};
use smi_istio::Istio;
use smi_linkerd::Linkerd;
use smi_translate::Backend;

use super::istio::IstioArgs;
use super::linkerd::LinkerdArgs;
use super::meaning::MeaningArgs;
use crate::exit::Failure;
use crate::mesh::Mesh;

/// Choices of the meshes that are translated to.
#[derive(Debug, Args)]
pub(crate) struct MeshArgs {
    #[command(flatten)]
    istio: IstioArgs,

    #[command(flatten)]
    linkerd: LinkerdArgs,
}

impl MeshArgs {
    /// The backend for a mesh, with these choices.
    pub(crate) fn backend(&self, mesh: Mesh, meaning: &MeaningArgs) -> Result<Box<dyn Backend>, Failure> {
        Ok(match mesh {
            Mesh::Istio => Box::new(Istio::new(self.istio.apply(meaning.istio()))),
            Mesh::Linkerd => Box::new(Linkerd::new(self.linkerd.options()?)),
        })
    }
}

/// Refuses options of another mesh than that of `--to`: they would have no effect, and whoever writes them expects one.
pub(crate) fn check(matches: &ArgMatches) -> Result<(), Failure> {
    let Some((_, matches)) = matches.subcommand() else { return Ok(()) };
    // Other commands have another `--to`.
    let Ok(Some(chosen)) = matches.try_get_one::<Mesh>("to") else { return Ok(()) };
    let is_given = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    for other in Mesh::ALL.into_iter().filter(|mesh| mesh != chosen) {
        let prefix = format!("{}_", other.word());
        let mut ids = matches.ids().map(clap::Id::as_str);
        if let Some(id) = ids.find(|id| id.starts_with(&prefix) && is_given(id)) {
            let option = format!("--{}", id.replace('_', "-"));
            let (chosen, other) = (chosen.word(), other.word());
            return Err(Failure::new(format!("{option} has no effect on a translation to {chosen}"))
                .help(format!("remove {option}, or write --to {other}")));
        }
    }
    Ok(())
}
