//! Intents into Istio objects.

pub(crate) mod access;
mod conditions;
mod envoy_regex;
mod gateways;
mod namespace;
mod ports;
mod proxied_headers;
mod rules;
mod services;
mod size;
mod weights;

use smi_translate::diagnostic::Severity;
use smi_translate::intent::{Intent, Root, RoutingIntent};
use smi_translate::{Manifest, Rendering};

use crate::resources::{VIRTUAL_SERVICE, VirtualServiceSpec};
use crate::{IstioOptions, WRITER};

pub(crate) use access::access;
pub(crate) use namespace::namespace;

/// One VirtualService for the root of `routing`, or none where no rule has an effect.
pub(crate) fn routing(intent: &Intent, routing: &RoutingIntent, options: &IstioOptions) -> Rendering {
    let mut rendering = Rendering::default();
    let binding = gateways::binding(routing, options, &mut rendering.diagnostics);
    services::check(routing, options.ambient, &mut rendering.diagnostics);
    if options.ambient && options.waypoint.is_none() && binding.mesh {
        rendering.diagnostics.extend(routing.rules.iter().map(services::without_waypoint));
    }
    if let Some(too_many) = size::estimated(routing, &binding) {
        rendering.diagnostics.push(too_many);
        return rendering;
    }
    binding.put_on_account(routing, &mut rendering.accounts);
    let host = match &routing.root {
        Root::Service(service) => service.fqdn(&routing.cluster_domain),
        Root::Host(host) => host.clone(),
    };
    let mut routes = ports::Routes::new(routing, &binding, &mut rendering);
    routes.render_all();
    let (http, tcp, at_gateways) = routes.finish();
    if rendering.diagnostics.iter().any(|d| d.severity == Severity::Error) {
        return rendering;
    }
    if !http.is_empty() || !tcp.is_empty() {
        let spec =
            VirtualServiceSpec { hosts: vec![host], gateways: binding.gateway_names(at_gateways), http, tcp };
        let name = match &routing.root {
            Root::Service(service) => format!("smi-{}", service.name),
            Root::Host(host) => format!("smi-{host}"),
        };
        if spec.http.iter().flat_map(|route| &route.matches).any(|block| block.uri.is_some()) {
            rendering.diagnostics.extend(conditions::normalised_paths(routing));
        }
        rendering.diagnostics.extend(conditions::joined_lines(routing));
        let may_be_large = size::may_be_large(&spec);
        let manifest = Manifest::new(VIRTUAL_SERVICE, (&routing.namespace, name), WRITER, intent, spec);
        if may_be_large {
            rendering.diagnostics.extend(size::measured(&manifest, routing));
        }
        rendering.manifests.push(manifest);
    }
    rendering
}
