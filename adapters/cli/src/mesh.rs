//! The meshes that `--to` takes.

use clap::ValueEnum;
use smi_istio::Istio;
use smi_linkerd::Linkerd;
use smi_translate::Backend;

/// A mesh to translate to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mesh {
    /// Istio: VirtualServices and AuthorizationPolicies
    Istio,
    /// Linkerd: ServiceProfiles or HTTPRoutes, and Servers with their policies
    Linkerd,
}

impl Mesh {
    /// Every mesh.
    pub(crate) const ALL: [Mesh; 2] = [Mesh::Istio, Mesh::Linkerd];

    /// The backend of this mesh, with the usual choices.
    pub(crate) fn usual_backend(self) -> Box<dyn Backend> {
        match self {
            Mesh::Istio => Box::new(Istio::default()),
            Mesh::Linkerd => Box::new(Linkerd::default()),
        }
    }

    /// What `--to` calls it, and how the names of its options begin.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Mesh::Istio => "istio",
            Mesh::Linkerd => "linkerd",
        }
    }
}
