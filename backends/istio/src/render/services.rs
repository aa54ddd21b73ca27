//! Services that cannot take part in Istio's routing, or not exactly.

use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::facts::Addressing;
use smi_translate::intent::{Root, RoutingIntent, Rule, WeightedBackend};
use smi_types::FieldPath;

/// Looks at the root and at every backend with a weight.
pub(super) fn check(routing: &RoutingIntent, diagnostics: &mut Vec<Diagnostic>) {
    if let (Some(facts), Root::Service(root), Some(rule)) =
        (&routing.root_facts, &routing.root, routing.rules.first())
    {
        let diagnostic = match facts.addressing {
            Addressing::ClusterIp => None,
            Addressing::Headless => Some(headless_root(&root.to_string())),
            Addressing::ExternalName => Some(external_name(&root.to_string())),
        };
        diagnostics.extend(diagnostic.map(|d| d.on(&rule.split).at(FieldPath::of("spec").key("service"))));
    }
    for rule in &routing.rules {
        diagnostics
            .extend(rule.backends.iter().filter(|b| b.weight > 0).filter_map(|backend| unfit(rule, backend)));
    }
}

fn unfit(rule: &Rule, backend: &WeightedBackend) -> Option<Diagnostic> {
    let name = backend.service.to_string();
    let diagnostic = match backend.facts.as_ref()?.addressing {
        Addressing::ClusterIp => return None,
        Addressing::Headless => headless_backend(&name),
        Addressing::ExternalName => external_name(&name),
    };
    Some(diagnostic.on(&rule.split).at(FieldPath::of("spec").key("backends")))
}

fn external_name(service: &str) -> Diagnostic {
    Diagnostic::new(
        Code("ISTIO-SERVICE-1"),
        Severity::Error,
        format!("{service} is an ExternalName Service, which has no endpoints in the mesh"),
        "nothing is rendered for this root: the root Service answers",
    )
    .help("use a Service that selects pods")
}

fn headless_backend(service: &str) -> Diagnostic {
    Diagnostic::new(
        Code("ISTIO-SERVICE-2"),
        Severity::Loss,
        format!("the backend {service} is headless, and Istio's sidecars connect to the address the client dialled instead"),
        "its share does not reach it",
    )
    .help("give the Service a cluster IP, or run istiod with PILOT_ENABLE_EDS_FOR_HEADLESS_SERVICES")
}

fn headless_root(service: &str) -> Diagnostic {
    Diagnostic::new(
        Code("ISTIO-SERVICE-3"),
        Severity::Warning,
        format!("the root {service} is headless"),
        "HTTP requests are split by their Host header; TCP connections go to the pod address that the client dials",
    )
    .help("give the root Service a cluster IP")
}
