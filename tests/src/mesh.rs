//! The meshes that everything is rendered for. A further mesh is a further line of [`MESHES`].

mod ambient;
mod installations;
mod istio;
mod linkerd;
mod model;

use serde_json::Value;
use smi_translate::diagnostic::CodeDoc;
use smi_translate::{Backend, Options};

pub use model::{Knock, Model, Scene};

use crate::fixture::{Fixture, FixtureOptions};

/// A mesh, and how its backend is set up.
#[derive(Clone, Copy, Debug)]
pub struct TestedMesh {
    /// Its name: in file names of snapshots, and below `mesh:` in expectations.
    pub name: &'static str,
    /// The codes that its backend documents.
    pub codes: &'static [CodeDoc],
    /// What its webhooks would refuse about an object that its CRDs take.
    pub admission: fn(&Value) -> Vec<String>,
    set_up: fn(&FixtureOptions) -> Box<dyn Backend>,
    installations: fn() -> Vec<Installation>,
    model: SetScene,
}

type SetScene = fn(&Scene<'_>) -> Result<Box<dyn Model>, String>;

/// One way to read SMI and to set up a mesh.
pub struct Installation {
    /// How the input is read.
    pub options: Options,
    /// The backend.
    pub backend: Box<dyn Backend>,
}

/// Every mesh.
pub const MESHES: [TestedMesh; 2] = [
    TestedMesh {
        name: "istio",
        codes: &smi_istio::CODES,
        admission: |_| Vec::new(),
        set_up: |options| Box::new(options.istio.backend()),
        installations: installations::istio,
        model: istio::model,
    },
    TestedMesh {
        name: "linkerd",
        codes: &smi_linkerd::CODES,
        admission: smi_linkerd::admission::check,
        set_up: |options| Box::new(options.linkerd.backend()),
        installations: installations::linkerd,
        model: linkerd::model,
    },
];

impl TestedMesh {
    /// The mesh of a name.
    ///
    /// # Panics
    ///
    /// When there is none.
    #[must_use]
    pub fn named(name: &str) -> TestedMesh {
        let mesh = MESHES.into_iter().find(|mesh| mesh.name == name);
        mesh.unwrap_or_else(|| panic!("{name:?} is no mesh that is tested"))
    }

    /// Its backend with default options.
    #[must_use]
    pub fn default_backend(&self) -> Box<dyn Backend> {
        (self.set_up)(&FixtureOptions::default())
    }

    /// Its backend as the options of a scenario set it up.
    ///
    /// # Panics
    ///
    /// When an option has a value that is not known.
    #[must_use]
    pub fn backend(&self, fixture: &Fixture) -> Box<dyn Backend> {
        (self.set_up)(&fixture.expect.options)
    }

    /// Installations that make most of the backend appear, whatever the input.
    #[must_use]
    pub fn installations(&self) -> Vec<Installation> {
        (self.installations)()
    }

    /// Its model with the objects of a scene.
    ///
    /// # Errors
    ///
    /// What the mesh would refuse.
    pub fn model(&self, scene: &Scene<'_>) -> Result<Box<dyn Model>, String> {
        (self.model)(scene)
    }

    /// Whether a code is one of this mesh alone.
    #[must_use]
    pub fn has_code(&self, code: &str) -> bool {
        self.codes.iter().any(|documented| documented.code.0 == code)
    }
}
