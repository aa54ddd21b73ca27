//! What a mesh has to provide to be a target.

pub mod about;
mod accounting;
mod callers;
mod report;
mod selecting;

use serde::Serialize;

use crate::diagnostic::{CodeDoc, Diagnostic};
use crate::facts::{Labels, Workload};
use crate::intent::{AccessIntent, Intent, Root, RoutingIntent};
use crate::inventory::Foreign;
use crate::manifest::Manifest;
use crate::options::Options;

pub use accounting::{Accounts, GrantPart, Layer, Part};
pub use callers::{nobody, told_apart};
pub use report::Report;
pub use selecting::Selecting;

/// Renders intents into the objects of one mesh.
///
/// A rendering means exactly what [`decide`](fn@crate::decide) says of its intent; where the mesh cannot say it, the rendering says less
/// and names that in a diagnostic of severity loss, or it says nothing and gives an error.
pub trait Backend: Send + Sync {
    /// Name of the mesh, as `smi translate --to` takes it.
    fn name(&self) -> &'static str;

    /// The codes of what this backend says.
    fn codes(&self) -> &'static [CodeDoc] {
        &[]
    }

    /// What of SMI the mesh can say.
    fn capabilities(&self) -> &'static [Capability];

    /// Group and kind of the mesh objects that users write themselves and that decide the same questions as ours.
    fn foreign_kinds(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    /// The roots whose routing a user's own mesh object is about.
    fn claims(&self, _object: &Foreign, _options: &Options) -> Vec<Root> {
        Vec::new()
    }

    /// What such an object does to the routing of one of its roots.
    fn claim(&self, _object: &Foreign, _intent: &RoutingIntent) -> Claim {
        Claim::Takes { help: TAKEN }
    }

    /// A label that the mesh itself puts on the pods of a workload, and on no others: the best of all selectors. Its value is the name of
    /// the workload, or of what controls it; for a pod it is one that the pod has.
    fn workload_label(&self, _workload: &Workload) -> Option<(String, String)> {
        None
    }

    /// Whether the mesh guards Services besides workloads, so that it must know every [way](crate::intent::Detours) to the workloads.
    fn guards_services(&self) -> bool {
        false
    }

    /// How workloads are closed that no TrafficTarget names, as the end of a sentence.
    fn how_to_deny_by_default(&self) -> String {
        crate::lint::by_label()
    }

    /// The namespace whose policies apply to the whole mesh.
    fn mesh_namespace(&self) -> Option<&str> {
        None
    }

    /// The labels that pods must have for a user's own object to do anything to them; none where it may be about any.
    fn selected_pods(&self, _object: &Foreign) -> Labels {
        Labels::new()
    }

    /// What a user's own mesh object, of the same namespace or of the [mesh's](Self::mesh_namespace), does to the workloads of an access intent: a policy that allows more than SMI does, for one.
    fn interference(&self, _object: &Foreign, _intent: &AccessIntent) -> Vec<Diagnostic> {
        Vec::new()
    }

    /// Renders one unit. Pure and deterministic: equal intents give equal renderings.
    fn render(&self, intent: &Intent) -> Rendering;
}

/// What there is to do about a user's own object that takes a root over.
const TAKEN: &str = "remove one of the two, or move the routes of the other object into SMI objects";

/// What a user's own mesh object does to the routing of a root.
#[derive(Clone, Debug, PartialEq)]
pub enum Claim {
    /// It takes it over. The root gets no objects of ours: the mesh would follow only one of the two.
    Takes {
        /// What there is to do.
        help: &'static str,
    },
    /// It leaves it, or most of it, and this is what there is to say.
    Leaves(Vec<Diagnostic>),
}

/// What a backend made of one intent.
#[derive(Clone, Debug, Default)]
pub struct Rendering {
    /// The objects, in the order of their stages.
    pub manifests: Vec<Manifest>,
    /// What could not be said, or only in part.
    pub diagnostics: Vec<Diagnostic>,
    /// Which parts of the intent the backend dealt with. What is missing here is reported by [`translate`](fn@crate::translate): no
    /// backend can forget a part silently.
    pub accounts: Accounts,
}

/// How well a mesh says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Support {
    /// With exactly the meaning SMI gives it.
    Exact,
    /// With less than that; a loss says so.
    Partial,
    /// Not at all; an error says so.
    Refused,
}

/// One thing SMI can say, and how well a mesh says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Capability {
    /// What SMI says: `TrafficSplit weights`.
    pub feature: &'static str,
    /// How well the mesh says it.
    pub support: Support,
    /// What it becomes, or why it cannot be had.
    pub note: &'static str,
}

impl Capability {
    /// What the mesh says with exactly the meaning SMI gives it.
    #[must_use]
    pub const fn exact(feature: &'static str, note: &'static str) -> Capability {
        Capability { feature, support: Support::Exact, note }
    }

    /// What the mesh says with less than that.
    #[must_use]
    pub const fn partial(feature: &'static str, note: &'static str) -> Capability {
        Capability { feature, support: Support::Partial, note }
    }

    /// What the mesh cannot say.
    #[must_use]
    pub const fn refused(feature: &'static str, note: &'static str) -> Capability {
        Capability { feature, support: Support::Refused, note }
    }
}
