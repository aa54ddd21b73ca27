//! Choices of a Linkerd installation.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// Which objects say splits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RoutingForm {
    /// A ServiceProfile; routes where a split has conditions, or the backends do not all have the ports of the root.
    #[default]
    Auto,
    /// A ServiceProfile or nothing.
    ServiceProfile,
    /// Routes only.
    HttpRoute,
}

impl FromStr for RoutingForm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(RoutingForm::Auto),
            "service-profile" => Ok(RoutingForm::ServiceProfile),
            "http-route" => Ok(RoutingForm::HttpRoute),
            _ => Err(format!("{text:?} is none of auto, service-profile and http-route")),
        }
    }
}

/// Which HTTPRoute is written for clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RouteGroup {
    /// That of the Gateway API, `gateway.networking.k8s.io/v1`.
    #[default]
    Gateway,
    /// Linkerd's own, `policy.linkerd.io/v1beta3`: for clusters without the Gateway API.
    Policy,
}

/// A path that the kubelet probes, without query.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProbePath(String);

impl FromStr for ProbePath {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let path = text.split(['?', '#']).next().unwrap_or_default();
        match crate::clause::is_plain_path(path) {
            true => Ok(ProbePath(path.to_owned())),
            false => Err(format!("{text:?} is no path that a probe may have: write one such as /healthz")),
        }
    }
}

impl fmt::Display for ProbePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A range of addresses: `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cidr {
    address: IpAddr,
    length: u8,
}

impl FromStr for Cidr {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parse = || {
            let (address, length) = text.split_once('/')?;
            let (address, length) = (address.parse::<IpAddr>().ok()?, length.parse::<u8>().ok()?);
            let bits = if address.is_ipv4() { 32 } else { 128 };
            (length <= bits).then_some(Cidr { address, length })
        };
        parse().ok_or_else(|| format!("{text:?} is no range of addresses: write one such as 10.0.0.0/8"))
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

/// Choices of a Linkerd installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkerdOptions {
    /// Which objects say splits.
    pub routing: RoutingForm,
    /// Which HTTPRoute is written for clients. For workloads it is always Linkerd's own, which every supported version takes.
    pub outbound_routes: RouteGroup,
    /// Namespace of Linkerd's control plane, which is part of every identity.
    pub control_plane_namespace: String,
    /// Whether overlapping grants may become one route per caller, told from others by the header `l5d-client-id` that proxies set. It is
    /// no documented contract of Linkerd; were it to change, requests would be denied, and never let in wrongly.
    pub per_identity_routes: bool,
    /// Paths that kubelets probe, on every port that is guarded by routes, besides those that the workloads say: what they redirect to, and
    /// those of workloads that are not in the input. They stay open to whoever says to be a kubelet.
    pub probe_paths: BTreeSet<ProbePath>,
    /// Where probes come from; anywhere by default. Without any range no probe is let through.
    pub probe_networks: BTreeSet<Cidr>,
    /// Whether a new Server is to let everybody in until Linkerd follows its routes. The annotation
    /// [`UNTIL_ACCEPTED_ANNOTATION`](crate::UNTIL_ACCEPTED_ANNOTATION) tells the writer so, which patches it afterwards.
    pub no_outage: bool,
}

impl LinkerdOptions {
    /// Whether probes may come from any address.
    pub(crate) fn is_open_to_probes_from_anywhere(&self) -> bool {
        LinkerdOptions::default().probe_networks.is_subset(&self.probe_networks)
    }
}

impl Default for LinkerdOptions {
    fn default() -> Self {
        let anywhere = [IpAddr::from([0; 4]), IpAddr::from([0; 16])];
        LinkerdOptions {
            routing: RoutingForm::default(),
            outbound_routes: RouteGroup::default(),
            control_plane_namespace: "linkerd".to_owned(),
            per_identity_routes: true,
            probe_paths: BTreeSet::new(),
            probe_networks: anywhere.into_iter().map(|address| Cidr { address, length: 0 }).collect(),
            no_outage: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_ranges_are_read_as_linkerd_takes_them() {
        assert_eq!("/healthz?full".parse::<ProbePath>().unwrap().to_string(), "/healthz");
        assert_eq!("http-route".parse(), Ok(RoutingForm::HttpRoute));
        assert!("healthz".parse::<ProbePath>().is_err());
        assert_eq!("10.0.0.0/8".parse::<Cidr>().unwrap().to_string(), "10.0.0.0/8");
        assert!("10.0.0.0/33".parse::<Cidr>().is_err() && "10.0.0.0".parse::<Cidr>().is_err());
        let anywhere: Vec<_> = LinkerdOptions::default().probe_networks.iter().map(Cidr::to_string).collect();
        assert_eq!(anywhere, ["0.0.0.0/0", "::/0"]);
    }
}
