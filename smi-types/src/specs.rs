//! Traffic specs, `specs.smi-spec.io`: which requests are meant. They have no effect until another object refers to them.
//!
//! * **HTTPRouteGroup**: a list of named matches, any of which selects a request. Within one [`HTTPMatch`] path, methods and headers must
//!   all hold, and what is absent holds always. Paths are regular expressions (RE2) anchored at the start alone: `/api` also
//!   selects `/apix`. Header conditions must match the whole value (SMI-HTTP-10).
//! * **TCPRoute** and **UDPRoute**: ports, any of which is meant; none given means all.
//!
//! # Versions
//!
//! | version | since | what changed |
//! | --- | --- | --- |
//! | [`v1alpha1`] | May 2019 | `matches` stand at the root; a TCPRoute has no fields |
//! | [`v1alpha2`] | January 2020 | `headers` |
//! | [`v1alpha3`] | July 2020 | `matches` stand under `spec` |
//! | [`v1alpha4`] | August 2020 | TCPRoute has `spec.matches.ports`, and there is UDPRoute |
//!
//! `headers` were a list of maps until December 2021 and are a map since then, without a change of version: both are read in every version,
//! and [`HeaderStyle`](crate::HeaderStyle) says which to write (D-S1).

#[cfg_attr(feature = "kube", allow(dead_code, reason = "nothing reads the copies that KubeSchema makes"))]
pub mod v1alpha1;
#[cfg_attr(feature = "kube", allow(dead_code, reason = "nothing reads the copies that KubeSchema makes"))]
pub mod v1alpha2;
#[cfg_attr(feature = "kube", allow(dead_code, reason = "nothing reads the copies that KubeSchema makes"))]
pub mod v1alpha3;
#[cfg_attr(feature = "kube", allow(dead_code, reason = "nothing reads the copies that KubeSchema makes"))]
pub mod v1alpha4;

use serde::{Deserialize, Serialize, Serializer};

use crate::headers::Headers;
use crate::null::null_default;
use crate::port::Port;
use crate::{FieldPath, Version};

/// Where the matches of an HTTPRouteGroup of `version` stand: at the root until v1alpha2, under `spec` later.
#[must_use]
pub fn matches_path(version: Version) -> FieldPath {
    match version {
        Version::V1Alpha1 | Version::V1Alpha2 => FieldPath::of("matches"),
        Version::V1Alpha3 | Version::V1Alpha4 => FieldPath::of("spec").key("matches"),
    }
}

/// Where the ports of a TCPRoute or UDPRoute v1alpha4 stand.
#[must_use]
pub fn ports_path() -> FieldPath {
    FieldPath::of("spec").key("matches").key("ports")
}

/// One alternative of an HTTPRouteGroup: path, methods and headers must all hold (SMI-HTTP-1).
///
/// The shape is the same in every version. `headers` came with v1alpha2; it is read and written in v1alpha1 too, because dropping
/// a condition would widen what the match means (D-S2, SMI-CONV-21).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::without_defaults))]
#[serde(rename_all = "camelCase")]
pub struct HTTPMatch {
    /// Name, unique in its group; TrafficTargets refer to it.
    #[serde(default, deserialize_with = "null_default")]
    pub name: String,
    /// Regular expression (RE2) for the path, anchored at the start only (SMI-HTTP-3). Absent and empty mean any path
    /// (SMI-HTTP-2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_regex: Option<String>,
    /// Methods, OR-ed. Absent, empty and `*` mean any method (SMI-HTTP-8).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub methods: Option<Vec<String>>,
    /// Header conditions, AND-ed (SMI-HTTP-9).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub headers: Option<Headers>,
}

/// The ports of a TCPRoute or UDPRoute v1alpha4.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::without_defaults))]
pub struct PortMatch {
    /// Name that the `matches` of a TrafficTarget's rule can list (SMI-L4-5).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Ports of the destination workload, OR-ed. Absent and empty mean all ports (SMI-L4-2), and are written as `[]` (D-S5).
    #[serde(default, serialize_with = "never_absent")]
    #[cfg_attr(feature = "schemars", schemars(with = "Option<Vec<i64>>"))]
    pub ports: Option<Vec<Port>>,
}

fn never_absent<S: Serializer>(ports: &Option<Vec<Port>>, serializer: S) -> Result<S::Ok, S::Error> {
    ports.as_deref().unwrap_or_default().serialize(serializer)
}
