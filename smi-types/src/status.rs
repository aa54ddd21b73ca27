//! What controllers say about an object, under `status`: whether they take it, whether what it names is there, and whether the mesh does
//! what it says.
//!
//! SMI itself never defined a status. This one is what the definitions of [`crd`](crate::crd) hold, the same for every kind and version:
//! conditions as all of Kubernetes has them (`metav1.Condition`), for the object and, where several meshes have a controller, for each
//! mesh.
//!
//! ```
//! use serde::Deserialize;
//! use smi_types::status::{Condition, ConditionType, Reason, Status};
//!
//! let split = serde_json::json!({
//!     "apiVersion": "split.smi-spec.io/v1alpha4", "kind": "TrafficSplit",
//!     "metadata": {"name": "web", "namespace": "shop", "generation": 3},
//!     "spec": {"service": "web", "backends": [{"service": "web-v1", "weight": 1}]},
//!     "status": {"conditions": [{
//!         "type": "Programmed", "status": "True", "reason": "Programmed", "message": "",
//!         "lastTransitionTime": "2026-11-21T17:00:00Z", "observedGeneration": 2,
//!     }, {
//!         "type": "Accepted", "status": "False", "reason": "Invalid", "message": "the weight of web-v1 is negative",
//!         "lastTransitionTime": "2026-11-21T17:05:00Z", "observedGeneration": 3,
//!     }]},
//! });
//! let status = Status::deserialize(&split["status"])?;
//! let generation = split["metadata"]["generation"].as_i64();
//!
//! // It was programmed, but somebody has changed it since.
//! assert!(status.condition(ConditionType::Programmed).is_some_and(Condition::is_true));
//! assert_eq!(status.current(ConditionType::Programmed, generation), None);
//! let accepted = status.current(ConditionType::Accepted, generation).expect("of this generation");
//! assert_eq!(accepted.reason, Reason::Invalid);
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! | condition | when it holds | reasons when it does not |
//! | --- | --- | --- |
//! | [`Accepted`](ConditionType::Accepted) | the object means something | `Invalid`, `UnsupportedValue`, `Conflicted`, `ForeignDestination` |
//! | [`ResolvedRefs`](ConditionType::ResolvedRefs) | all that it names is there | `RouteNotFound`, `MatchNotFound`, `BackendNotFound`, `ServiceNotFound`, `PortMismatch`, `IdentityBindingNotFound`, `InvalidKind` |
//! | [`Programmed`](ConditionType::Programmed) | the mesh does what it says | `Pending`, `NoEffectiveBackend`, `Unsupported`, `TranslationLoss`, `Error` |
//!
//! A condition that holds has its own name as reason, as in Gateway API.
//!
//! # Reading
//!
//! Every JSON value is read as a [`Status`], so that what some other controller or an older definition has stored never hides the object
//! it belongs to. Unknown types and reasons are kept as [`Other`](ConditionType::Other). What has another form than here reads as if
//! it were not there: a list element that is no map, a text that is none, a generation that is no whole number. A status of a
//! condition that is neither `True` nor `False` is [`Unknown`](ConditionStatus::Unknown). Fields that are not in the definitions are
//! not kept, as an API server with these definitions does not keep them.
//!
//! # Writing
//!
//! Write a status through the status subresource, best by server-side apply: conditions and meshes are lists by name, so that each
//! controller owns its own and leaves alone those of others. A status that was read from another form may lack texts that the
//! definitions require, and is then refused by the API server.

use serde::Serialize;

mod condition;
mod open_name;
mod read;
mod reason;

pub use condition::{Condition, ConditionStatus, ConditionType};
pub use reason::Reason;

/// The `status` of an object of any kind and version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// The state of the object, one condition of each type.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// The same by mesh, where several have a controller.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub meshes: Vec<MeshStatus>,
    /// The `metadata.generation` that the conditions of the object are about, where they do not say so themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
}

impl Status {
    /// The condition of a type, whatever generation of the object it is about; the first, where an old definition let in several.
    pub fn condition(&self, type_: impl AsRef<str>) -> Option<&Condition> {
        of_type(&self.conditions, type_.as_ref())
    }

    /// The condition of a type, if it is about this `metadata.generation` of the object: the condition's own `observedGeneration`
    /// says so, or the status' where the condition has none. `None` where nothing says so, and for an object without a generation,
    /// which no API server has stored.
    pub fn current(&self, type_: impl AsRef<str>, generation: impl Into<Option<i64>>) -> Option<&Condition> {
        let condition = self.condition(type_)?;
        let observed = condition.observed_generation.or(self.observed_generation);
        is_about(observed, generation.into()).then_some(condition)
    }

    /// What the controller of one mesh says.
    ///
    /// ```
    /// use smi_types::status::{ConditionType, Status};
    ///
    /// let status: Status = serde_json::from_str(r#"{"meshes": [{"name": "istio", "conditions": [
    ///     {"type": "Accepted", "status": "True", "reason": "Accepted", "message": "", "lastTransitionTime": "2026-11-21T17:00:00Z"}
    /// ]}]}"#)?;
    /// let istio = status.mesh("istio").expect("it has a controller");
    /// assert!(istio.condition(ConditionType::Accepted).is_some());
    /// assert_eq!(status.mesh("linkerd"), None);
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn mesh(&self, name: &str) -> Option<&MeshStatus> {
        self.meshes.iter().find(|mesh| mesh.name == name)
    }
}

/// What the controller of one mesh says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MeshStatus {
    /// Name of the mesh.
    pub name: String,
    /// The state of the object in this mesh, one condition of each type.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
}

impl MeshStatus {
    /// The condition of a type, whatever generation of the object it is about; the first, where an old definition let in several.
    pub fn condition(&self, type_: impl AsRef<str>) -> Option<&Condition> {
        of_type(&self.conditions, type_.as_ref())
    }

    /// The condition of a type, if it says itself that it is about this `metadata.generation` of the object. The generation in the
    /// status does not count here: another mesh's controller may have written it.
    pub fn current(&self, type_: impl AsRef<str>, generation: impl Into<Option<i64>>) -> Option<&Condition> {
        self.condition(type_).filter(|condition| condition.is_about(generation))
    }
}

fn of_type<'a>(conditions: &'a [Condition], type_: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| condition.type_.as_str() == type_)
}

/// Nothing is about a generation that is not known.
fn is_about(observed: Option<i64>, generation: Option<i64>) -> bool {
    observed.is_some() && observed == generation
}
