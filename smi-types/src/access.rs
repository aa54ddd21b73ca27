//! Traffic access, `access.smi-spec.io`: who may call whom. All traffic that no TrafficTarget allows is denied (SMI-ACCESS-1).

use serde::{Deserialize, Serialize};

use crate::null::null_default;
use crate::{FieldPath, Version};

pub mod v1alpha1;
pub mod v1alpha2;
pub mod v1alpha3;
pub mod v1alpha4;

/// Where the destination of a TrafficTarget of `version` stands: at the root in v1alpha1, under `spec` later.
#[must_use]
pub fn destination_path(version: Version) -> FieldPath {
    body_path(version).key("destination")
}

/// Where the rules of a TrafficTarget of `version` stand: `specs` at the root in v1alpha1, `spec.rules` later.
#[must_use]
pub fn rules_path(version: Version) -> FieldPath {
    match version {
        Version::V1Alpha1 => FieldPath::of("specs"),
        _ => body_path(version).key("rules"),
    }
}

/// Where the sources of a TrafficTarget of `version` stand: at the root in v1alpha1, under `spec` later.
#[must_use]
pub fn sources_path(version: Version) -> FieldPath {
    body_path(version).key("sources")
}

fn body_path(version: Version) -> FieldPath {
    match version {
        Version::V1Alpha1 => FieldPath::root(),
        Version::V1Alpha2 | Version::V1Alpha3 | Version::V1Alpha4 => FieldPath::of("spec"),
    }
}

/// One rule of a TrafficTarget: a route in its own namespace (SMI-GEN-3). The shape is the same in every version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::without_defaults))]
pub struct Rule {
    /// `HTTPRouteGroup`, `TCPRoute` or `UDPRoute`; any other kind grants nothing (D-A6).
    #[serde(default, deserialize_with = "null_default")]
    pub kind: String,
    /// Name of the route.
    #[serde(default, deserialize_with = "null_default")]
    pub name: String,
    /// Names of matches of an HTTPRouteGroup, OR-ed. Absent and empty mean all of them (SMI-ACCESS-13).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matches: Option<Vec<String>>,
}
