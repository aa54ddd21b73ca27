//! How SMI is read, where installations differ.

use std::collections::BTreeSet;

use clap::{Args, ValueEnum};
use smi_istio::{GatewayRef, IstioOptions};
use smi_translate::{Backend, HeaderMatching, MissingServices, Options, PathAnchoring};
use smi_types::HeaderStyle;

use crate::mesh::Mesh;

/// How SMI is read.
#[derive(Debug, Args)]
#[command(next_help_heading = "How SMI is read")]
pub(crate) struct MeaningArgs {
    /// DNS domain of the cluster
    #[arg(long, value_name = "DOMAIN", default_value = "cluster.local")]
    pub(crate) cluster_domain: String,

    /// What a Service means that is not in the input
    #[arg(long, value_name = "HOW", value_enum, default_value_t)]
    pub(crate) missing_services: MissingServicesChoice,

    /// Where a pathRegex must match
    #[arg(long, value_name = "WHERE", value_enum, default_value_t)]
    pub(crate) path_anchoring: PathAnchoringChoice,

    /// How a header pattern is compared with a value
    #[arg(long, value_name = "HOW", value_enum, default_value_t)]
    pub(crate) header_matching: HeaderMatchingChoice,

    /// Gateway that splits may bind to, also with a host as root (repeatable; default: none)
    #[arg(long, value_name = "NS/NAME")]
    pub(crate) istio_gateway: Vec<GatewayRef>,

    /// Let a split of a host outside the cluster also act for clients inside the mesh [default: only at gateways]
    #[arg(long)]
    pub(crate) istio_mesh_hosts: bool,
}

impl MeaningArgs {
    /// The same choices, as the library takes them.
    pub(crate) fn options(&self, allow: &BTreeSet<String>) -> Options {
        Options {
            cluster_domain: self.cluster_domain.clone(),
            missing_services: match self.missing_services {
                MissingServicesChoice::Assume => MissingServices::Assume,
                MissingServicesChoice::Exclude => MissingServices::Exclude,
            },
            path_anchoring: match self.path_anchoring {
                PathAnchoringChoice::Start => PathAnchoring::Start,
                PathAnchoringChoice::Full => PathAnchoring::Full,
            },
            header_matching: match self.header_matching {
                HeaderMatchingChoice::Full => HeaderMatching::Full,
                HeaderMatchingChoice::Search => HeaderMatching::Search,
            },
            host_roots: !self.istio_gateway.is_empty(),
            allow: allow.clone(),
        }
    }

    /// The backend for a mesh, with these choices.
    pub(crate) fn backend(&self, mesh: Mesh) -> Box<dyn Backend> {
        mesh.backend(IstioOptions {
            gateways: self.istio_gateway.iter().cloned().collect(),
            mesh_hosts: self.istio_mesh_hosts,
        })
    }
}

/// What a Service that is not in the input means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum MissingServicesChoice {
    /// The input is a part of the cluster: it exists, with every port asked of it
    #[default]
    Assume,
    /// The input is the whole cluster: it does not exist
    Exclude,
}

/// How `pathRegex` is anchored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PathAnchoringChoice {
    /// From the start of the path on: /api admits /api/v1
    #[default]
    Start,
    /// The whole path, as Open Service Mesh read it
    Full,
}

/// How a header pattern is compared with a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum HeaderMatchingChoice {
    /// It must match the whole value
    #[default]
    Full,
    /// It must be found in the value, as Traefik Mesh and NGINX Service Mesh read it
    Search,
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
