//! The meshes that `--to` takes.

use clap::ValueEnum;
use smi_istio::{Istio, IstioOptions};
use smi_translate::Backend;

/// A mesh to translate to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mesh {
    /// Istio: VirtualServices and AuthorizationPolicies
    Istio,
}

impl Mesh {
    /// Every mesh.
    pub(crate) const ALL: [Mesh; 1] = [Mesh::Istio];

    /// The backend that renders for this mesh.
    pub(crate) fn backend(self, istio: IstioOptions) -> Box<dyn Backend> {
        match self {
            Mesh::Istio => Box::new(Istio::new(istio)),
        }
    }
}
