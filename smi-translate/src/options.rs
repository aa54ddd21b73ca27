//! How SMI is read: the few points where an installation may choose.

use std::collections::BTreeSet;

use smi_types::validate;

/// What a Service that is not in the input means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingServices {
    /// The input is a part of the cluster: the Service is assumed to exist and to have every port asked of it. For files.
    #[default]
    Assume,
    /// The input is the whole cluster: the Service does not exist (SMI-SPLIT-11). For controllers.
    Exclude,
}

/// How `pathRegex` is anchored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PathAnchoring {
    /// At the start only: `/api` admits `/api/v1` (SMI-HTTP-3).
    #[default]
    Start,
    /// At both ends, as Open Service Mesh read it (SMI-HTTP-6).
    Full,
}

/// How a header pattern is compared with a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HeaderMatching {
    /// It must match the whole value (SMI-HTTP-10).
    #[default]
    Full,
    /// It must be found in the value, as Traefik Mesh and NGINX Service Mesh read it.
    Search,
}

/// How SMI objects are read and translated.
///
/// ```
/// let options = smi_translate::Options { cluster_domain: "k8s.example".to_owned(), ..Default::default() };
/// assert!(!options.host_roots);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// DNS domain of the cluster; `cluster.local` unless told otherwise.
    pub cluster_domain: String,
    /// What a Service that is not in the input means.
    pub missing_services: MissingServices,
    /// How `pathRegex` is anchored.
    pub path_anchoring: PathAnchoring,
    /// How header patterns are compared.
    pub header_matching: HeaderMatching,
    /// Whether a split may have a root that is no Service of its namespace but another host name (SMI-SPLIT-1). Backends that
    /// support it need further consent.
    pub host_roots: bool,
    /// Codes of losses the user accepts.
    pub allow: BTreeSet<String>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            cluster_domain: "cluster.local".to_owned(),
            missing_services: MissingServices::default(),
            path_anchoring: PathAnchoring::default(),
            header_matching: HeaderMatching::default(),
            host_roots: false,
            allow: BTreeSet::new(),
        }
    }
}

impl Options {
    /// The same choices, as validation takes them.
    pub(crate) fn validation(&self) -> validate::Context {
        validate::Context { cluster_domain: self.cluster_domain.clone(), allow_host_root: self.host_roots }
    }
}
