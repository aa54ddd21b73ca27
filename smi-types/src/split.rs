//! TrafficSplit, `split.smi-spec.io`: shares of the traffic to one root Service for several backend Services.

use serde::{Deserialize, Serialize};

use crate::null::null_default;

pub mod v1alpha1;
pub mod v1alpha2;
pub mod v1alpha3;
pub mod v1alpha4;

/// A reference to the condition of a split: an HTTPRouteGroup in the split's own namespace (SMI-GEN-3).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::without_defaults))]
#[serde(rename_all = "camelCase")]
pub struct RouteRef {
    /// `specs.smi-spec.io`, which is also the meaning of an absent one (D-P6).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_group: Option<String>,
    /// `HTTPRouteGroup`; any other kind never matches (SMI-VAL-47).
    #[serde(default, deserialize_with = "null_default")]
    pub kind: String,
    /// Name of the route group.
    #[serde(default, deserialize_with = "null_default")]
    pub name: String,
}
