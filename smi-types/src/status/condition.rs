//! One aspect of the state of an object: `metav1.Condition`.

use std::fmt;

use serde::Serialize;

use super::Reason;
use super::open_name::open_name;

/// One aspect of the state of an object. All fields but the generation are always written, as the definitions require.
///
/// ```
/// use smi_types::status::{Condition, ConditionStatus, ConditionType, Reason};
///
/// let condition = Condition {
///     type_: ConditionType::Programmed,
///     status: ConditionStatus::False,
///     reason: Reason::Pending,
///     message: String::new(),
///     last_transition_time: "2026-11-21T17:00:00Z".into(),
///     observed_generation: Some(1),
/// };
/// assert_eq!(serde_json::to_value(&condition)?, serde_json::json!({
///     "type": "Programmed", "status": "False", "reason": "Pending", "message": "",
///     "lastTransitionTime": "2026-11-21T17:00:00Z", "observedGeneration": 1,
/// }));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Condition {
    /// Which aspect.
    #[serde(rename = "type")]
    pub type_: ConditionType,
    /// Whether it holds.
    pub status: ConditionStatus,
    /// Why, in one word.
    pub reason: Reason,
    /// Why, for people; at most 32768 characters.
    pub message: String,
    /// When the status changed last, as a time of RFC 3339 such as `2026-11-21T17:00:00Z`. It stays as it is while only reason or message
    /// change. Text, so that this crate needs no library for time: `k8s_openapi`'s `Time`, jiff and chrono write and read this form.
    pub last_transition_time: String,
    /// The `metadata.generation` that the condition is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
}

impl Condition {
    /// Whether it holds, for the generation that it is about.
    #[must_use]
    pub fn is_true(&self) -> bool {
        self.status == ConditionStatus::True
    }

    /// Whether the condition says itself that it is about this `metadata.generation` of its object. Not where either is absent;
    /// [`Status::current`](super::Status::current) looks at the generation of the whole status too.
    pub fn is_about(&self, generation: impl Into<Option<i64>>) -> bool {
        super::is_about(self.observed_generation, generation.into())
    }
}

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
pub enum ConditionStatus {
    /// It holds.
    True,
    /// It does not.
    False,
    /// Nobody can say; any other text is read so.
    #[default]
    Unknown,
}

impl ConditionStatus {
    /// The status as Kubernetes spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ConditionStatus::True => "True",
            ConditionStatus::False => "False",
            ConditionStatus::Unknown => "Unknown",
        }
    }
}

impl fmt::Display for ConditionStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

open_name! {
    /// Which aspect of the state of an object a condition is about.
    ///
    /// [`From`] a text knows the names here; [`Other`](Self::Other) is for all that are not among them.
    pub enum ConditionType {
        /// A controller takes the object as it is: it means something.
        Accepted,
        /// All that the object names is there.
        ResolvedRefs,
        /// The mesh does what the object says.
        Programmed,
    }
}
