//! How SMI is read: the few points where an installation may choose.

mod profile;

use std::collections::BTreeSet;

use smi_types::validate;

pub use profile::Profile;

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

/// What a rule of a TrafficTarget covers that names an HTTPRouteGroup and none of its matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NoMatches {
    /// All of them (SMI-ACCESS-13).
    #[default]
    All,
    /// None, as in Open Service Mesh, which walks the names.
    Nothing,
}

/// What a TrafficTarget without rules grants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NoRules {
    /// Nothing (SMI-ACCESS-12).
    #[default]
    Nothing,
    /// All TCP and HTTP traffic, as in NGINX Service Mesh.
    AllTcp,
}

/// How the rest of a TrafficTarget is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TargetReading {
    /// As the specification says.
    #[default]
    Spec,
    /// As Open Service Mesh did: a rule of another kind than HTTPRouteGroup and TCPRoute voids the whole object, a namespace that is
    /// left out is nobody's, and TCPRoutes alone open the ports that are declared as TCP.
    Osm,
}

/// Which ports a backend of a split needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BackendPorts {
    /// It takes part on those ports of the root that it has (SMI-SPLIT-9).
    #[default]
    Each,
    /// It takes part if it has every port of the root, as in Traefik Mesh.
    All,
}

/// Where the backends of a split may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BackendNamespaces {
    /// In the split's namespace (A-30).
    #[default]
    Own,
    /// In any, written `namespace/name`, as in Flomesh Service Mesh (A-38).
    Any,
}

/// Which workloads deny by default what no TrafficTarget allows (SMI-ACCESS-26).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum AccessScope {
    /// Those that are the destination of at least one TrafficTarget.
    #[default]
    Destinations,
    /// Those, and every workload of the namespaces that ask for it by the label [`DENY_BY_DEFAULT_LABEL`].
    Namespaces,
    /// None: TrafficTargets have no effect. What a mesh with its access control switched off did, Open Service Mesh in permissive
    /// mode for one.
    Off,
}

/// Label of a namespace, with the value `true`, that asks for deny-by-default of all its workloads.
pub const DENY_BY_DEFAULT_LABEL: &str = "adapters.smi-spec.io/deny-by-default";

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
    /// Whose reading the other options follow; messages name it.
    pub profile: Profile,
    /// Trust domain of the mesh, in which ServiceAccounts have SPIFFE IDs (SMI-ACCESS-6).
    pub trust_domain: String,
    /// Whether a TrafficTarget may protect a workload of another namespace (SMI-ACCESS-11).
    pub foreign_destinations: bool,
    /// Label whose value, on every pod of the mesh, is the name of the pod's service account: it selects what no other label tells apart.
    /// Whoever sets this option vouches for the label, by an admission webhook for one; it is checked against the workloads that are known.
    pub service_account_label: Option<String>,
    /// Which workloads deny by default.
    pub access_scope: AccessScope,
    /// What a rule without `matches` covers.
    pub no_matches: NoMatches,
    /// What a TrafficTarget without rules grants.
    pub no_rules: NoRules,
    /// How the rest of a TrafficTarget is read.
    pub target_reading: TargetReading,
    /// Which ports a backend of a split needs.
    pub backend_ports: BackendPorts,
    /// Where the backends of a split may be.
    pub backend_namespaces: BackendNamespaces,
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
            profile: Profile::default(),
            trust_domain: "cluster.local".to_owned(),
            foreign_destinations: false,
            service_account_label: None,
            access_scope: AccessScope::default(),
            no_matches: NoMatches::default(),
            no_rules: NoRules::default(),
            target_reading: TargetReading::default(),
            backend_ports: BackendPorts::default(),
            backend_namespaces: BackendNamespaces::default(),
        }
    }
}

impl Options {
    /// The same choices, as validation takes them.
    pub(crate) fn validation(&self) -> validate::Context {
        validate::Context { cluster_domain: self.cluster_domain.clone(), allow_host_root: self.host_roots }
    }

    /// The same choices, as validation of access takes them.
    pub(crate) fn access_validation(&self) -> validate::AccessContext {
        validate::AccessContext {
            trust_domain: self.trust_domain.clone(),
            allow_foreign_destination: self.foreign_destinations,
        }
    }
}
