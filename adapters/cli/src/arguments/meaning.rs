//! How SMI is read, where installations differ.

use std::collections::BTreeSet;

use clap::{Args, ValueEnum};
use smi_istio::{GatewayRef, IstioOptions};
use smi_translate::{
    AccessScope, HeaderMatching, Inventory, MissingServices, Options, PathAnchoring, Profile,
};
use smi_types::HeaderStyle;

use super::{names, permissive};
use crate::exit::Failure;

/// How SMI is read.
#[derive(Debug, Args)]
#[command(next_help_heading = "How SMI is read")]
pub(crate) struct MeaningArgs {
    /// The mesh whose reading the manifests were written for
    #[arg(long, value_name = "MESH", value_enum, default_value_t)]
    profile: ProfileChoice,

    /// DNS domain of the cluster
    #[arg(long, value_name = "DOMAIN", default_value = "cluster.local", value_parser = names::dns_domain)]
    cluster_domain: String,

    /// Trust domain of the mesh, in which service accounts have their identities
    #[arg(long, value_name = "DOMAIN", default_value = "cluster.local", value_parser = names::trust_domain)]
    trust_domain: String,

    /// What a Service, a workload or a service account means that is not in the input
    #[arg(long, value_name = "HOW", value_enum, default_value_t)]
    missing_services: MissingServicesChoice,

    /// Where a pathRegex must match [default: as --profile reads it; start for spec]
    #[arg(long, value_name = "WHERE", value_enum)]
    path_anchoring: Option<PathAnchoringChoice>,

    /// How a header pattern is compared with a value [default: as --profile reads it; full for spec]
    #[arg(long, value_name = "HOW", value_enum)]
    header_matching: Option<HeaderMatchingChoice>,

    /// Which workloads deny what no TrafficTarget allows [default: destinations]
    #[arg(long, value_name = "SCOPE", value_enum)]
    access_scope: Option<AccessScopeChoice>,

    /// Whether the mesh that the manifests come from ran in permissive mode, and ignored TrafficTargets; to be answered with --profile
    /// osm and fsm where there are any
    #[arg(long, value_name = "BOOL")]
    osm_permissive: Option<bool>,

    /// Let a TrafficTarget protect a service account of another namespace [default: it is refused]
    #[arg(long)]
    allow_foreign_destination: bool,

    /// Label whose value on every pod is the name of its service account; you vouch for it [default: none]
    #[arg(long, value_name = "KEY", value_parser = names::label_key)]
    service_account_label: Option<String>,

    /// Gateway that splits may bind to, also with a host as root (repeatable; default: none)
    #[arg(long, value_name = "NS/NAME", help_heading = "Istio")]
    istio_gateway: Vec<GatewayRef>,

    /// Let a split of a host outside the cluster also act for clients inside the mesh [default: only at gateways]
    #[arg(long, help_heading = "Istio")]
    istio_mesh_hosts: bool,
}

impl MeaningArgs {
    /// The same choices, as the library takes them: what the profile says, and what was said otherwise.
    pub(crate) fn options(&self, allow: &BTreeSet<String>) -> Result<Options, Failure> {
        let profile = Options::for_profile(self.profile.into());
        Ok(Options {
            cluster_domain: self.cluster_domain.clone(),
            trust_domain: self.trust_domain.clone(),
            missing_services: self.missing_services.into(),
            path_anchoring: self.path_anchoring.map_or(profile.path_anchoring, Into::into),
            header_matching: self.header_matching.map_or(profile.header_matching, Into::into),
            access_scope: permissive::scope(
                profile.profile,
                self.osm_permissive,
                self.access_scope.map(Into::into),
            )?,
            foreign_destinations: self.allow_foreign_destination,
            service_account_label: self.service_account_label.clone(),
            host_roots: !self.istio_gateway.is_empty(),
            allow: allow.clone(),
            ..profile
        })
    }

    /// For commands whose answer depends on whether TrafficTargets are enforced: a failure where that is not known.
    pub(crate) fn check(&self, inventory: &Inventory) -> Result<(), Failure> {
        permissive::check(inventory, self.osm_permissive)
    }

    /// What is said here about Istio's gateways.
    pub(super) fn istio(&self) -> IstioOptions {
        IstioOptions {
            gateways: self.istio_gateway.iter().cloned().collect(),
            mesh_hosts: self.istio_mesh_hosts,
            ..IstioOptions::default()
        }
    }
}

/// Whose reading of SMI the manifests were written for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum ProfileChoice {
    /// The specification
    #[default]
    Spec,
    /// Open Service Mesh: whole paths, a rule without matches grants nothing, namespaces are written out
    Osm,
    /// Flomesh Service Mesh and osm-edge: the same, and backends of other namespaces
    Fsm,
    /// Traefik Mesh: header patterns are searched for, a backend needs every port of the root
    Traefik,
    /// NGINX Service Mesh: header patterns are searched for, a TrafficTarget without rules grants all of TCP
    Nginx,
    /// Linkerd's SMI extension, which reads TrafficSplits as the specification does
    Linkerd,
}

impl From<ProfileChoice> for Profile {
    fn from(choice: ProfileChoice) -> Profile {
        match choice {
            ProfileChoice::Spec => Profile::Spec,
            ProfileChoice::Osm => Profile::Osm,
            ProfileChoice::Fsm => Profile::Fsm,
            ProfileChoice::Traefik => Profile::Traefik,
            ProfileChoice::Nginx => Profile::Nginx,
            ProfileChoice::Linkerd => Profile::Linkerd,
        }
    }
}

/// Which workloads deny by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum AccessScopeChoice {
    /// Those that are the destination of a TrafficTarget
    Destinations,
    /// Those, and all of the namespaces with the label adapters.smi-spec.io/deny-by-default=true
    Namespaces,
    /// None: TrafficTargets have no effect
    Off,
}

impl From<AccessScopeChoice> for AccessScope {
    fn from(choice: AccessScopeChoice) -> AccessScope {
        match choice {
            AccessScopeChoice::Destinations => AccessScope::Destinations,
            AccessScopeChoice::Namespaces => AccessScope::Namespaces,
            AccessScopeChoice::Off => AccessScope::Off,
        }
    }
}

/// What a Service that is not in the input means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum MissingServicesChoice {
    /// The input is a part of the cluster: it exists, with every port asked of it
    #[default]
    Assume,
    /// The input is the whole cluster: it does not exist
    Exclude,
}

impl From<MissingServicesChoice> for MissingServices {
    fn from(choice: MissingServicesChoice) -> MissingServices {
        match choice {
            MissingServicesChoice::Assume => MissingServices::Assume,
            MissingServicesChoice::Exclude => MissingServices::Exclude,
        }
    }
}

/// How `pathRegex` is anchored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PathAnchoringChoice {
    /// From the start of the path on: /api admits /api/v1
    Start,
    /// The whole path, as Open Service Mesh read it
    Full,
}

impl From<PathAnchoringChoice> for PathAnchoring {
    fn from(choice: PathAnchoringChoice) -> PathAnchoring {
        match choice {
            PathAnchoringChoice::Start => PathAnchoring::Start,
            PathAnchoringChoice::Full => PathAnchoring::Full,
        }
    }
}

/// How a header pattern is compared with a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum HeaderMatchingChoice {
    /// It must match the whole value
    Full,
    /// It must be found in the value, as Traefik Mesh and NGINX Service Mesh read it
    Search,
}

impl From<HeaderMatchingChoice> for HeaderMatching {
    fn from(choice: HeaderMatchingChoice) -> HeaderMatching {
        match choice {
            HeaderMatchingChoice::Full => HeaderMatching::Full,
            HeaderMatchingChoice::Search => HeaderMatching::Search,
        }
    }
}

/// How header conditions are spelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum HeaderStyleChoice {
    /// headers: {x-debug: "1"}
    Map,
    /// headers: [{x-debug: "1"}]
    List,
}

impl From<HeaderStyleChoice> for HeaderStyle {
    fn from(choice: HeaderStyleChoice) -> HeaderStyle {
        match choice {
            HeaderStyleChoice::Map => HeaderStyle::Map,
            HeaderStyleChoice::List => HeaderStyle::List,
        }
    }
}
