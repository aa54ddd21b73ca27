//! IdentityBinding without its version.

use std::collections::BTreeMap;

use crate::{Metadata, Version};

/// Names for one workload; who any of them recognises belongs to the binding (SMI-ID-1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityBinding {
    /// Name, namespace and so on.
    pub metadata: Metadata,
    /// The version the object was written in.
    pub version: Version,
    /// Pods of the binding's namespace by their labels (SMI-ID-2). Excludes `service_account` (SMI-VAL-22).
    pub pod_selector: Option<PodSelector>,
    /// SPIFFE IDs as written; [`SpiffeId::parse`](crate::spiffe::SpiffeId::parse) reads one.
    pub spiffe_identities: Vec<String>,
    /// A ServiceAccount of the binding's namespace (SMI-ID-2).
    pub service_account: Option<String>,
}

/// Labels that a pod must have, all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PodSelector {
    /// The labels. An empty map selects no pod, unlike elsewhere in Kubernetes: see [`selects`](Self::selects).
    pub match_labels: BTreeMap<String, String>,
}

impl PodSelector {
    /// Whether a pod with these labels is selected (SMI-ID-3). A selector without labels selects none (SMI-VAL-23).
    ///
    /// ```
    /// use smi_types::hub::PodSelector;
    ///
    /// let labels = |key: &str| [(key.to_owned(), "web".to_owned())].into();
    /// assert!(PodSelector { match_labels: labels("app") }.selects(&labels("app")));
    /// assert!(!PodSelector { match_labels: labels("app") }.selects(&labels("tier")));
    /// assert!(!PodSelector::default().selects(&labels("app")));
    /// ```
    #[must_use]
    pub fn selects(&self, labels: &BTreeMap<String, String>) -> bool {
        !self.match_labels.is_empty()
            && self.match_labels.iter().all(|(key, value)| labels.get(key) == Some(value))
    }
}
