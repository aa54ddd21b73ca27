//! What can be measured, and how it is named.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::UnknownName;

/// A kind that traffic can be measured for (reference, section 7.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ResourceKind {
    /// All pods of a namespace.
    Namespace,
    /// All pods of a node.
    Node,
    /// One pod, the finest there is.
    Pod,
    /// The pods of a ReplicationController.
    ReplicationController,
    /// Traffic addressed to a Service.
    Service,
    /// The pods of a DaemonSet.
    DaemonSet,
    /// The pods of a Deployment.
    Deployment,
    /// The pods of a ReplicaSet.
    ReplicaSet,
    /// The pods of a StatefulSet.
    StatefulSet,
    /// The pods of a Job.
    Job,
    /// Traffic to the root Service of a TrafficSplit, by backend.
    TrafficSplit,
}

impl ResourceKind {
    /// Every kind.
    pub const ALL: [ResourceKind; 11] = [
        ResourceKind::Namespace,
        ResourceKind::Node,
        ResourceKind::Pod,
        ResourceKind::ReplicationController,
        ResourceKind::Service,
        ResourceKind::DaemonSet,
        ResourceKind::Deployment,
        ResourceKind::ReplicaSet,
        ResourceKind::StatefulSet,
        ResourceKind::Job,
        ResourceKind::TrafficSplit,
    ];

    /// The kind as Kubernetes spells it. The Go SDK writes `Daemonset`, `Statefulset` and `Trafficsplit` (D-M2).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ResourceKind::Namespace => "Namespace",
            ResourceKind::Node => "Node",
            ResourceKind::Pod => "Pod",
            ResourceKind::ReplicationController => "ReplicationController",
            ResourceKind::Service => "Service",
            ResourceKind::DaemonSet => "DaemonSet",
            ResourceKind::Deployment => "Deployment",
            ResourceKind::ReplicaSet => "ReplicaSet",
            ResourceKind::StatefulSet => "StatefulSet",
            ResourceKind::Job => "Job",
            ResourceKind::TrafficSplit => "TrafficSplit",
        }
    }

    /// Reads a kind in any spelling of its letters; `None` for one that has no metrics.
    ///
    /// ```
    /// use smi_types::metrics::ResourceKind;
    ///
    /// assert_eq!(ResourceKind::parse("Daemonset"), Some(ResourceKind::DaemonSet));
    /// assert_eq!(ResourceKind::parse("ConfigMap"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<ResourceKind> {
        ResourceKind::ALL.into_iter().find(|kind| kind.as_str().eq_ignore_ascii_case(text))
    }

    /// The name in URLs: `daemonsets`.
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            ResourceKind::Namespace => "namespaces",
            ResourceKind::Node => "nodes",
            ResourceKind::Pod => "pods",
            ResourceKind::ReplicationController => "replicationcontrollers",
            ResourceKind::Service => "services",
            ResourceKind::DaemonSet => "daemonsets",
            ResourceKind::Deployment => "deployments",
            ResourceKind::ReplicaSet => "replicasets",
            ResourceKind::StatefulSet => "statefulsets",
            ResourceKind::Job => "jobs",
            ResourceKind::TrafficSplit => "trafficsplits",
        }
    }

    /// Reads the name in a URL.
    #[must_use]
    pub fn parse_plural(text: &str) -> Option<ResourceKind> {
        ResourceKind::ALL.into_iter().find(|kind| kind.plural() == text)
    }

    /// The `apiVersion` of the measured objects.
    #[must_use]
    pub const fn api_version(self) -> &'static str {
        match self {
            ResourceKind::Namespace
            | ResourceKind::Node
            | ResourceKind::Pod
            | ResourceKind::ReplicationController
            | ResourceKind::Service => "v1",
            ResourceKind::DaemonSet
            | ResourceKind::Deployment
            | ResourceKind::ReplicaSet
            | ResourceKind::StatefulSet => "apps/v1",
            ResourceKind::Job => "batch/v1",
            ResourceKind::TrafficSplit => "split.smi-spec.io/v1alpha4",
        }
    }

    /// Whether the measured objects are in a namespace.
    #[must_use]
    pub const fn is_namespaced(self) -> bool {
        !matches!(self, ResourceKind::Namespace | ResourceKind::Node)
    }
}

/// As [`ResourceKind::parse`].
impl FromStr for ResourceKind {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let known = || ResourceKind::ALL.map(ResourceKind::as_str);
        ResourceKind::parse(text).ok_or_else(|| UnknownName::new("kind that can be measured", text, known()))
    }
}

impl fmt::Display for ResourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which object is meant: the reference of Kubernetes, with the fields that metrics use. Whatever is absent is not said: a
/// reference with a kind alone means all objects of the kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ObjectReference {
    /// Kind; [`ResourceKind::parse`] reads any spelling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Namespace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `group/version` of the kind.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// Unique id of the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// Version of the object that is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_version: Option<String>,
    /// A part of the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field_path: Option<String>,
}

impl ObjectReference {
    /// A reference to one object, with the `apiVersion` of its kind (SMI-MET-4). The namespace is left out for kinds that have none.
    ///
    /// ```
    /// use smi_types::metrics::{ObjectReference, ResourceKind};
    ///
    /// let web = ObjectReference::to(ResourceKind::Deployment, "shop", "web");
    /// assert_eq!(serde_json::to_value(&web).unwrap(), serde_json::json!({
    ///     "apiVersion": "apps/v1", "kind": "Deployment", "namespace": "shop", "name": "web",
    /// }));
    /// ```
    pub fn to(kind: ResourceKind, namespace: impl Into<String>, name: impl Into<String>) -> Self {
        ObjectReference {
            kind: Some(kind.as_str().to_owned()),
            namespace: kind.is_namespaced().then(|| namespace.into()),
            name: Some(name.into()),
            api_version: Some(kind.api_version().to_owned()),
            ..ObjectReference::default()
        }
    }

    /// The kind, if it is one that has metrics.
    #[must_use]
    pub fn resource_kind(&self) -> Option<ResourceKind> {
        ResourceKind::parse(self.kind.as_deref()?)
    }

    /// Whether nothing is said: every object is meant.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == ObjectReference::default()
    }

    /// The same reference with the kind in the spelling of Kubernetes.
    pub(crate) fn respelled(self) -> Self {
        match self.resource_kind() {
            Some(kind) => ObjectReference { kind: Some(kind.as_str().to_owned()), ..self },
            None => self,
        }
    }
}
