//! Traffic access, `access.smi-spec.io`: who may call whom. All traffic that no TrafficTarget allows is denied (SMI-ACCESS-1).
//!
//! A TrafficTarget allows a request if its destination is the called workload, one of its sources the calling one, and its rules allow
//! the traffic: all three in the same target (SMI-ACCESS-3). Targets add up; there is no rule that denies. Workloads are named by
//! ServiceAccount, or by an IdentityBinding, which knows them by labels, by SPIFFE IDs or by ServiceAccount. The destination is in
//! the target's own namespace, sources may be anywhere.
//!
//! Of the rules, HTTPRouteGroups say which requests, and TCPRoutes beside them on which ports: a target with both allows requests that
//! match on those ports, and no other TCP traffic (SMI-ACCESS-20). Without HTTPRouteGroup, TCPRoutes allow whatever comes to their
//! ports. Ports are those on which the workload listens. Without rules, or without sources, nothing is allowed.
//!
//! # Versions
//!
//! | version | since | what changed |
//! | --- | --- | --- |
//! | [`v1alpha1`] | May 2019 | `destination`, `specs` and `sources` stand at the root; `destination.port` restricts all rules |
//! | [`v1alpha2`] | July 2020 | they stand under `spec`, and `specs` are `rules` |
//! | [`v1alpha3`] | August 2020 | no `destination.port`: TCPRoutes have ports now. UDPRoute. What Open Service Mesh reads |
//! | [`v1alpha4`] | March 2022 | IdentityBinding, and `group` on subjects. Never in a release of the specification |
//!
//! A port that a later version does not have stays in force in the annotation, and [`convert::materialize`](crate::convert::materialize) makes
//! a TCPRoute of it. The conversions of the Go SDKs drop it, which opens every port.

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
