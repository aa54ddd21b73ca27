//! Traffic access v1alpha4, of March 2022: TrafficTarget with IdentityBindings as subjects, and IdentityBinding.
//!
//! ```
//! use serde_json::json;
//! use smi_types::access::{Rule, v1alpha4::{IdentityBindingSpec, Subject, TrafficTargetSpec}};
//! use smi_types::{Metadata, Object};
//!
//! let subject = |kind: &str, name: &str| Subject { kind: kind.into(), name: name.into(), ..Subject::default() };
//! let target = Object {
//!     metadata: Metadata::named("shop", "api"),
//!     spec: TrafficTargetSpec {
//!         destination: subject("ServiceAccount", "api"),
//!         rules: Some(vec![Rule { kind: "HTTPRouteGroup".into(), name: "orders".into(), matches: Some(vec!["read".into()]) }]),
//!         sources: Some(vec![subject("IdentityBinding", "partners")]),
//!     },
//! };
//! assert_eq!(serde_json::to_value(&target)?, json!({
//!     "apiVersion": "access.smi-spec.io/v1alpha4", "kind": "TrafficTarget", "metadata": {"name": "api", "namespace": "shop"},
//!     "spec": {
//!         "destination": {"kind": "ServiceAccount", "name": "api"},
//!         "rules": [{"kind": "HTTPRouteGroup", "name": "orders", "matches": ["read"]}],
//!         "sources": [{"kind": "IdentityBinding", "name": "partners"}],
//!     },
//! }));
//!
//! let binding: Object<IdentityBindingSpec> = serde_json::from_value(json!({
//!     "apiVersion": "access.smi-spec.io/v1alpha4", "kind": "IdentityBinding", "metadata": {"name": "partners", "namespace": "shop"},
//!     "spec": {"schemes": {"spiffeIdentities": ["spiffe://partner.example/orders"]}},
//! }))?;
//! assert_eq!(binding.spec.schemes.spiffe_identities.unwrap().len(), 1);
//! # Ok::<(), serde_json::Error>(())
//! ```

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Rule;
use crate::missing_body::body_or_none;
use crate::null::null_default;
use crate::object::{Body, Layout};
use crate::version::{ACCESS_GROUP, Version};

/// The fields of a TrafficTarget v1alpha4, which stand under `spec`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::without_defaults))]
#[cfg_attr(feature = "kube", derive(kube::CustomResource))]
#[cfg_attr(
    feature = "kube",
    kube(
        group = "access.smi-spec.io",
        version = "v1alpha4",
        kind = "TrafficTarget",
        plural = "traffictargets",
        shortname = "tt",
        category = "smi",
        namespaced,
        status = "crate::status::Status",
        derive = "PartialEq",
        doc = "Grants to one destination: which sources may send which traffic.",
        printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
    )
)]
#[serde(remote = "Self")]
pub struct TrafficTargetSpec {
    /// The workload that is protected.
    #[serde(default, deserialize_with = "null_default")]
    pub destination: Subject,
    /// The traffic that is allowed (SMI-ACCESS-20). Nothing where it is absent or empty (SMI-ACCESS-12).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rules: Option<Vec<Rule>>,
    /// Who may call. Nobody where it is absent or empty (SMI-ACCESS-12).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<Vec<Subject>>,
}

/// A workload identity in a TrafficTarget v1alpha4.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::without_defaults))]
pub struct Subject {
    /// `ServiceAccount`, or `IdentityBinding`; any other kind matches nobody (D-A7).
    #[serde(default, deserialize_with = "null_default")]
    pub kind: String,
    /// Name of the object.
    #[serde(default, deserialize_with = "null_default")]
    pub name: String,
    /// Its namespace; absent and empty mean the TrafficTarget's own (SMI-ACCESS-7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// API group of the kind: `access.smi-spec.io` for an IdentityBinding, empty or absent for a ServiceAccount (D-A8).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

body_or_none!(TrafficTargetSpec, IdentityBindingSpec);

impl Body for TrafficTargetSpec {
    const GROUP: &'static str = ACCESS_GROUP;
    const VERSION: Version = Version::V1Alpha4;
    const KIND: &'static str = "TrafficTarget";
    const PLURAL: &'static str = "traffictargets";
    const LAYOUT: Layout = Layout::Spec;
}

/// The `spec` of an IdentityBinding v1alpha4, the only version of the kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::without_defaults))]
#[cfg_attr(feature = "kube", derive(kube::CustomResource))]
#[cfg_attr(
    feature = "kube",
    kube(
        group = "access.smi-spec.io",
        version = "v1alpha4",
        kind = "IdentityBinding",
        plural = "identitybindings",
        shortname = "ib",
        category = "smi",
        namespaced,
        status = "crate::status::Status",
        derive = "PartialEq",
        doc = "Names for one workload, to which TrafficTargets refer as one.",
        printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp")
    )
)]
#[serde(remote = "Self")]
pub struct IdentityBindingSpec {
    /// Ways to recognise the workload, OR-ed (SMI-ID-1).
    #[serde(default, deserialize_with = "null_default")]
    pub schemes: IdentitySchemes,
}

/// Ways to recognise one workload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::without_defaults))]
#[serde(rename_all = "camelCase")]
pub struct IdentitySchemes {
    /// Pods of the binding's namespace by their labels. Excludes `serviceAccount` (SMI-VAL-22).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod_label_selector: Option<PodLabelSelector>,
    /// SPIFFE IDs of X.509 certificates.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spiffe_identities: Option<Vec<String>>,
    /// A ServiceAccount of the binding's namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service_account: Option<String>,
}

/// Pods by their labels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::without_defaults))]
#[serde(rename_all = "camelCase")]
pub struct PodLabelSelector {
    /// Labels that a pod must have, all of them (SMI-ID-3). Where it is absent, the selector counts as absent too: Go clients
    /// write `{"matchLabels": null}` for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub match_labels: Option<BTreeMap<String, String>>,
}

impl Body for IdentityBindingSpec {
    const GROUP: &'static str = ACCESS_GROUP;
    const VERSION: Version = Version::V1Alpha4;
    const KIND: &'static str = "IdentityBinding";
    const PLURAL: &'static str = "identitybindings";
    const LAYOUT: Layout = Layout::Spec;
}
