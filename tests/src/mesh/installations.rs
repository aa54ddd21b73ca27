//! Ways to set up a mesh that make most of its backend appear.

use std::collections::BTreeSet;

use smi_istio::{Identities, Istio, IstioOptions};
use smi_linkerd::{Linkerd, LinkerdOptions, RouteGroup, RoutingForm};
use smi_translate::diagnostic::CodeDoc;
use smi_translate::{AccessScope, Backend, MissingServices, Options};

use super::Installation;

/// The input is the whole cluster.
fn whole_cluster() -> Options {
    Options { missing_services: MissingServices::Exclude, ..Options::default() }
}

/// The user accepts every loss.
fn every_loss(codes: &[CodeDoc]) -> Options {
    let allow = codes.iter().map(|documented| documented.code.0.to_owned()).collect();
    Options { allow, host_roots: true, access_scope: AccessScope::Namespaces, ..Options::default() }
}

fn installation(options: Options, backend: impl Backend + 'static) -> Installation {
    Installation { options, backend: Box::new(backend) }
}

pub(super) fn istio() -> Vec<Installation> {
    let gateways = BTreeSet::from(["istio-system/public".parse().expect("a gateway is NAMESPACE/NAME")]);
    let exact = IstioOptions {
        exact: true,
        gateways,
        mesh_hosts: true,
        identities: Identities::ServiceAccounts,
        ..IstioOptions::default()
    };
    let waypoint =
        IstioOptions { ambient: true, waypoint: Some("waypoint".to_owned()), ..IstioOptions::default() };
    vec![
        installation(Options::default(), Istio::default()),
        installation(whole_cluster(), Istio::default()),
        installation(every_loss(&smi_istio::CODES), Istio::default()),
        installation(every_loss(&smi_istio::CODES), Istio::new(exact)),
        installation(Options::default(), Istio::new(waypoint)),
    ]
}

pub(super) fn linkerd() -> Vec<Installation> {
    let routes = LinkerdOptions {
        routing: RoutingForm::HttpRoute,
        outbound_routes: RouteGroup::Policy,
        per_identity_routes: false,
        probe_paths: BTreeSet::from(["/healthz".parse().expect("it is a path")]),
        no_outage: true,
        ..LinkerdOptions::default()
    };
    let gateway_routes = LinkerdOptions { routing: RoutingForm::HttpRoute, ..LinkerdOptions::default() };
    let profiles = LinkerdOptions { routing: RoutingForm::ServiceProfile, ..LinkerdOptions::default() };
    vec![
        installation(Options::default(), Linkerd::default()),
        installation(whole_cluster(), Linkerd::new(gateway_routes)),
        installation(every_loss(&smi_linkerd::CODES), Linkerd::new(routes)),
        installation(every_loss(&smi_linkerd::CODES), Linkerd::new(profiles)),
    ]
}
