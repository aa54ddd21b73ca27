//! Intents into Istio objects.

mod conditions;
mod gateways;
mod ports;
mod services;
mod weights;

use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::intent::{Intent, Root, RoutingIntent};
use smi_translate::{Manifest, Rendering};

use crate::resources::{VIRTUAL_SERVICE, VirtualServiceSpec};
use crate::{IstioOptions, WRITER};

/// Bytes of one object that an API server takes, with its default settings.
const OBJECT_LIMIT: usize = 1_500_000;

/// One VirtualService for the root of `routing`, or none where no rule has an effect.
pub(crate) fn routing(intent: &Intent, routing: &RoutingIntent, options: &IstioOptions) -> Rendering {
    let mut rendering = Rendering::default();
    let binding = gateways::binding(routing, options, &mut rendering.diagnostics);
    services::check(routing, &mut rendering.diagnostics);
    let host = match &routing.root {
        Root::Service(service) => service.fqdn(&routing.cluster_domain),
        Root::Host(host) => host.clone(),
    };
    let mut routes = ports::Routes::new(routing, &binding, &mut rendering);
    routes.render_all();
    let (http, tcp) = routes.finish();
    if rendering.diagnostics.iter().any(|d| d.severity == Severity::Error) {
        return rendering;
    }
    if !http.is_empty() || !tcp.is_empty() {
        let spec = VirtualServiceSpec { hosts: vec![host], gateways: binding.gateway_names(), http, tcp };
        let name = match &routing.root {
            Root::Service(service) => format!("smi-{}", service.name),
            Root::Host(host) => format!("smi-{host}"),
        };
        rendering.diagnostics.extend(conditions::normalised_paths(routing));
        let manifest = Manifest::new(VIRTUAL_SERVICE, (&routing.namespace, name), WRITER, intent, spec);
        rendering.diagnostics.extend(too_large(&manifest, routing));
        rendering.manifests.push(manifest);
    }
    rendering
}

fn too_large(manifest: &Manifest, routing: &RoutingIntent) -> Option<Diagnostic> {
    let matches: usize = routing.rules.iter().map(|rule| conditions::count(&rule.when)).sum();
    // Below this an object cannot reach the limit: one match has at most a few hundred bytes besides its patterns, and those are
    // bounded. Measuring every object would cost a second serialisation.
    if matches < 100 {
        return None;
    }
    let size = serde_json::to_vec(manifest).map_or(usize::MAX, |bytes| bytes.len());
    (size > OBJECT_LIMIT).then(|| {
        Diagnostic::new(
            Code("ISTIO-SIZE-1"),
            Severity::Error,
            format!("the VirtualService for this root has {size} bytes; an API server takes at most {OBJECT_LIMIT}"),
            "nothing is rendered for this root: the root Service answers",
        )
        .on(&routing.rules[0].split)
        .help("use fewer matches, or patterns that cover more of them")
    })
}
