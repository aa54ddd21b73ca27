//! TrafficSplit, `split.smi-spec.io`: shares of the traffic to one root Service for several backend Services.
//!
//! Clients call the root, and their mesh sends each request (or connection, where it is not HTTP) to one of the backends. The share of
//! a backend is its weight divided by the sum of all; weights have no unit, and need not add up to 100. Where all are zero the split
//! has no effect, and the root answers with its own endpoints (SMI-SPLIT-8). Root and backends are Services of the split's namespace.
//!
//! With `matches` a split is conditional: it moves only requests that some match of the named HTTPRouteGroups selects, and all others go to
//! the endpoints of the root, not to a backend (SMI-SPLIT-18).
//!
//! # Versions
//!
//! | version | since | what changed |
//! | --- | --- | --- |
//! | [`v1alpha1`] | May 2019 | weights are Kubernetes quantities: `"500m"`, `"1"`. Flagger and Argo Rollouts still write it |
//! | [`v1alpha2`] | October 2019 | weights are whole numbers |
//! | [`v1alpha3`] | February 2020 | `spec.matches` |
//! | [`v1alpha4`] | January 2021 | nothing; v1alpha3 and v1alpha4 are the same fields |
//!
//! Quantities become integers with one factor for the whole split, so that the shares stay exact: `1` and `500m` are 1000 and 500 (SMI-CONV-41).
//! The conversions of the Go SDK make 1 and 500 of them.

use serde::{Deserialize, Serialize};

use crate::null::null_default;

#[cfg_attr(feature = "kube", allow(dead_code, reason = "nothing reads the copies that KubeSchema makes"))]
pub mod v1alpha1;
#[cfg_attr(feature = "kube", allow(dead_code, reason = "nothing reads the copies that KubeSchema makes"))]
pub mod v1alpha2;
#[cfg_attr(feature = "kube", allow(dead_code, reason = "nothing reads the copies that KubeSchema makes"))]
pub mod v1alpha3;
#[cfg_attr(feature = "kube", allow(dead_code, reason = "nothing reads the copies that KubeSchema makes"))]
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
