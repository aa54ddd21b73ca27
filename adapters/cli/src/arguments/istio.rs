//! Choices of an Istio installation.

use clap::{Args, ValueEnum};
use smi_istio::{Identities, IstioOptions};

use super::names;

/// Choices of an Istio installation.
#[derive(Debug, Args)]
#[command(next_help_heading = "Istio")]
pub(crate) struct IstioArgs {
    /// Enforce conditions that AuthorizationPolicy cannot say (most regular expressions) exactly, by EnvoyFilters
    /// [default: they are refused]
    #[arg(long, requires = "to")]
    istio_exact: bool,

    /// How callers are named in AuthorizationPolicies
    #[arg(long, requires = "to", value_name = "HOW", value_enum, default_value_t)]
    istio_identities: IdentitiesChoice,

    /// A trustDomainAliases of the mesh: a trust domain that Istio takes for the mesh's own (repeatable; default: none)
    #[arg(long, requires = "to", value_name = "DOMAIN", value_parser = names::trust_domain)]
    istio_trust_domain_alias: Vec<String>,

    /// The workloads are in ambient mode: a node proxy guards connections, and a waypoint looks at requests
    #[arg(long, requires = "to")]
    istio_ambient: bool,

    /// Waypoint in the namespace of each destination, which has a service account of the same name [default: none, so that nothing looks at
    /// requests]
    #[arg(long, value_name = "NAME", requires = "istio_ambient", value_parser = names::object)]
    istio_waypoint: Option<String>,

    /// rootNamespace of the mesh, whose policies apply to every namespace [default: istio-system]
    #[arg(long, value_name = "NAMESPACE", requires = "to", value_parser = names::object)]
    istio_root_namespace: Option<String>,
}

impl IstioArgs {
    /// Adds these choices to others.
    pub(super) fn apply(&self, options: IstioOptions) -> IstioOptions {
        IstioOptions {
            exact: self.istio_exact,
            identities: self.istio_identities.into(),
            trust_domain_aliases: self.istio_trust_domain_alias.iter().cloned().collect(),
            ambient: self.istio_ambient,
            waypoint: self.istio_waypoint.clone(),
            root_namespace: self.istio_root_namespace.clone(),
            ..options
        }
    }
}

/// How callers are named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum IdentitiesChoice {
    /// By their whole identity, trust domain included
    #[default]
    Principals,
    /// By namespace and service account, whatever the trust domain: you vouch that every one the mesh accepts is as good as its own
    ServiceAccounts,
}

impl From<IdentitiesChoice> for Identities {
    fn from(choice: IdentitiesChoice) -> Identities {
        match choice {
            IdentitiesChoice::Principals => Identities::Principals,
            IdentitiesChoice::ServiceAccounts => Identities::ServiceAccounts,
        }
    }
}
