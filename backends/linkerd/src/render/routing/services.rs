//! Services that cannot take part in Linkerd's routing.

use smi_translate::backend::Report;
use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::facts::Addressing;
use smi_translate::intent::{Root, RoutingIntent, Rule};
use smi_types::FieldPath;

use super::tcp_ports;

/// Looks at the root and at every backend that gets a share.
pub(super) fn check(routing: &RoutingIntent, report: &mut Report) {
    if let (Some(facts), Root::Service(root), Some(rule)) =
        (&routing.root_facts, &routing.root, routing.rules.first())
    {
        let diagnostic = match facts.addressing {
            Addressing::ClusterIp => None,
            Addressing::Headless => Some(headless_root(&root.to_string())),
            Addressing::ExternalName => Some(external_name(&root.to_string())),
        };
        if let Some(diagnostic) = diagnostic {
            report.say(diagnostic.on(&rule.split).at(FieldPath::of("spec").key("service")));
        }
    }
    let ports = tcp_ports(routing);
    for rule in &routing.rules {
        for backend in &rule.backends {
            let takes_part =
                backend.weight > 0 && ports.iter().any(|port| port.is_none_or(|port| backend.exposes(port)));
            let is_external =
                backend.facts.as_ref().is_some_and(|facts| facts.addressing == Addressing::ExternalName);
            if takes_part && is_external {
                report.say(external_backend(rule, &backend.service.to_string()));
            }
        }
    }
}

fn external_backend(rule: &Rule, service: &str) -> Diagnostic {
    external_name(service).on(&rule.split).at(FieldPath::of("spec").key("backends"))
}

fn external_name(service: &str) -> Diagnostic {
    Diagnostic::new(
        Code("LINKERD-SERVICE-1"),
        Severity::Error,
        format!("{service} is an ExternalName Service, which has no endpoints in the mesh"),
        "nothing is rendered for this root: clients reach it as without a split",
    )
    .help("use a Service that selects pods")
}

fn headless_root(service: &str) -> Diagnostic {
    Diagnostic::new(
        Code("LINKERD-SERVICE-2"),
        Severity::Error,
        format!("the root {service} is headless, and Linkerd knows a Service by its cluster IP"),
        "nothing is rendered for this root: clients reach the pods whose addresses they dial",
    )
    .help("give the root Service a cluster IP")
}
