//! Choices of a Linkerd installation.

use clap::{Args, ValueEnum};
use smi_linkerd::{Cidr, LinkerdOptions, ProbePath, RouteGroup, RoutingForm};

use super::names;
use crate::exit::Failure;

/// Choices of a Linkerd installation.
#[derive(Debug, Args)]
#[command(next_help_heading = "Linkerd")]
pub(crate) struct LinkerdArgs {
    /// Objects that say splits
    #[arg(long, requires = "to", value_name = "FORM", value_enum, default_value_t)]
    linkerd_routing: RoutingChoice,

    /// HTTPRoute that is written for clients
    #[arg(long, requires = "to", value_name = "GROUP", value_enum, default_value_t)]
    linkerd_outbound_routes: RouteGroupChoice,

    /// Namespace of Linkerd's control plane, which is a part of every identity
    #[arg(long, requires = "to", value_name = "NAMESPACE", default_value = "linkerd", value_parser = names::namespace)]
    linkerd_control_plane_namespace: String,

    /// Whether grants that overlap may become one route per caller, which its header l5d-client-id tells from others; Linkerd's proxies set
    /// that header, but do not promise it. Without it, what overlaps is denied where Linkerd would ask the wrong policy
    #[arg(long, requires = "to", value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set)]
    linkerd_per_identity_routes: bool,

    /// Path that kubelets GET besides the probes of the workloads in the input: what a probe redirects to, for one. It stays open to whoever
    /// says to be a kubelet, on ports where HTTP is granted or probed (repeatable; default: none)
    #[arg(long, requires = "to", value_name = "PATH")]
    linkerd_probe_path: Vec<ProbePath>,

    /// Addresses that probes come from, such as 10.0.0.0/8; `none` denies the probes that Linkerd sees (repeatable; default: any)
    #[arg(long, requires = "to", value_name = "CIDR", value_parser = probe_network)]
    linkerd_probe_network: Vec<ProbeNetwork>,

    /// Annotate new Servers for a controller, which is to close them only once Linkerd follows their routes; kubectl ignores the
    /// annotation
    #[arg(long, requires = "to")]
    linkerd_no_outage: bool,
}

impl LinkerdArgs {
    /// The same choices, as the backend takes them.
    pub(super) fn options(&self) -> Result<LinkerdOptions, Failure> {
        let defaults = LinkerdOptions::default();
        let none = self.linkerd_probe_network.contains(&ProbeNetwork::None);
        if none && self.linkerd_probe_network.len() > 1 {
            return Err(Failure::new(
                "--linkerd-probe-network none denies probes, and another range lets them through",
            )
            .help("remove one of the two"));
        }
        if none && !self.linkerd_probe_path.is_empty() {
            return Err(Failure::new(
                "--linkerd-probe-network none denies probes, and --linkerd-probe-path lets one through",
            )
            .help("remove one of the two"));
        }
        let networks = self.linkerd_probe_network.iter().filter_map(|network| match network {
            ProbeNetwork::None => None,
            ProbeNetwork::Of(cidr) => Some(*cidr),
        });
        Ok(LinkerdOptions {
            routing: self.linkerd_routing.into(),
            outbound_routes: self.linkerd_outbound_routes.into(),
            control_plane_namespace: self.linkerd_control_plane_namespace.clone(),
            per_identity_routes: self.linkerd_per_identity_routes,
            probe_paths: self.linkerd_probe_path.iter().cloned().collect(),
            probe_networks: match self.linkerd_probe_network.is_empty() {
                true => defaults.probe_networks,
                false => networks.collect(),
            },
            no_outage: self.linkerd_no_outage,
        })
    }
}

/// Objects that say splits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum RoutingChoice {
    /// A ServiceProfile; routes where a split has conditions, or where the backends lack ports of the root
    #[default]
    Auto,
    /// A ServiceProfile or nothing: no Gateway API needed, and what linkerd-smi wrote
    ServiceProfile,
    /// Routes only: clients that are running follow them at once
    HttpRoute,
}

impl From<RoutingChoice> for RoutingForm {
    fn from(choice: RoutingChoice) -> RoutingForm {
        match choice {
            RoutingChoice::Auto => RoutingForm::Auto,
            RoutingChoice::ServiceProfile => RoutingForm::ServiceProfile,
            RoutingChoice::HttpRoute => RoutingForm::HttpRoute,
        }
    }
}

/// HTTPRoute that is written for clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum RouteGroupChoice {
    /// That of the Gateway API, gateway.networking.k8s.io/v1
    #[default]
    Gateway,
    /// Linkerd's own, policy.linkerd.io/v1beta3: for clusters without the Gateway API
    Policy,
}

impl From<RouteGroupChoice> for RouteGroup {
    fn from(choice: RouteGroupChoice) -> RouteGroup {
        match choice {
            RouteGroupChoice::Gateway => RouteGroup::Gateway,
            RouteGroupChoice::Policy => RouteGroup::Policy,
        }
    }
}

/// Where probes come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ProbeNetwork {
    None,
    Of(Cidr),
}

fn probe_network(text: &str) -> Result<ProbeNetwork, String> {
    match text {
        "none" => Ok(ProbeNetwork::None),
        cidr => cidr.parse().map(ProbeNetwork::Of).map_err(|error: String| format!("{error}, or `none`")),
    }
}
