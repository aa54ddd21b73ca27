//! A split without conditions as the `dstOverrides` of a ServiceProfile (`linkerd.md` 6.3).

use smi_translate::backend::Report;
use smi_translate::backend::{Layer, Part};
use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::intent::{Intent, RoutingIntent, Rule, WeightedBackend};
use smi_translate::{Manifest, OneOrMore, Rendering, ServiceRef};
use smi_types::FieldPath;

use super::weights;
use crate::WRITER;
use crate::resources::service_profile::{SERVICE_PROFILE, ServiceProfileSpec, WeightedDestination};

/// Destinations that are written into one object: an API server takes about 1.5 MB.
const MAX_DESTINATIONS: usize = 4_000;

/// Renders the rule, which means the same on all ports.
///
/// Linkerd looks a profile up in the namespace of the client and then in that of the Service: the name says the Service, the namespace is
/// that of the Service, so that the clients of all namespaces follow.
pub(super) fn render(
    intent: &Intent,
    routing: &RoutingIntent,
    root: &ServiceRef,
    index: usize,
    rendering: &mut Rendering,
    report: &mut Report,
) {
    let rule = &routing.rules[index];
    for port in routing.tcp_ports().into_iter().filter(|port| rule.has_effect(*port)) {
        for layer in [Layer::Http, Layer::Tcp] {
            let part = Part { rule: index, port: port.map(|port| port.port), layer };
            rendering.accounts.settle(part, 1);
        }
    }
    let backends = destinations(routing, rule);
    if backends.len() > MAX_DESTINATIONS {
        report.say(too_many(rule, backends.len()));
        return;
    }
    let (weights, exact) = weights::of_profile(&backends.iter().map(|b| b.weight).collect::<Vec<_>>());
    if !exact {
        report.say(weights::scaled(rule, weights::PROFILE_SUM));
    }
    let destinations = backends.iter().zip(weights).map(|(backend, weight)| WeightedDestination {
        // The root stands for its own endpoints: overrides are not followed again (SMI-SPLIT-12).
        authority: backend.service.fqdn(&routing.cluster_domain),
        weight,
    });
    let Some(dst_overrides) = OneOrMore::new(destinations.collect()) else { return };
    let place = (routing.namespace.as_str(), root.fqdn(&routing.cluster_domain));
    let spec = ServiceProfileSpec { dst_overrides };
    // Routes and retry budgets in it belong to users (`linkerd.md` 6.3).
    let manifest = Manifest { shared: true, ..Manifest::new(SERVICE_PROFILE, place, WRITER, intent, spec) };
    rendering.manifests.push(manifest);
    report.say(followed_later(rule));
}

/// The backends that get a share, and those that wait for one with weight zero, in written order.
fn destinations<'r>(routing: &RoutingIntent, rule: &'r Rule) -> Vec<&'r WeightedBackend> {
    let effective = routing.tcp_ports().into_iter().find_map(|port| rule.effective(port));
    let takes_part = |backend: &&WeightedBackend| {
        let mut known = effective.iter().flat_map(|effective| effective.backends().iter());
        backend.weight == 0 || known.any(|other| std::ptr::eq(*other, *backend))
    };
    rule.backends.iter().filter(takes_part).collect()
}

fn too_many(rule: &Rule, number: usize) -> Diagnostic {
    Diagnostic::new(
        Code("LINKERD-SIZE-2"),
        Severity::Error,
        format!("the split has {number} backends, and a ServiceProfile has room for {MAX_DESTINATIONS}"),
        "nothing is rendered for this root: the root Service answers",
    )
    .on(&rule.split)
    .at(FieldPath::of("spec").key("backends"))
    .help("use fewer backends")
}

fn followed_later(rule: &Rule) -> Diagnostic {
    Diagnostic::new(
        Code("LINKERD-PROFILE-1"),
        Severity::Info,
        "a proxy looks for a ServiceProfile when its client first calls the Service",
        "clients that call the Service already, without a ServiceProfile, follow the split once they were idle or are restarted; later changes of its weights are followed at once",
    )
    .on(&rule.split)
}
