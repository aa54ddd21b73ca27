//! Services that cannot take part in Linkerd's routing.

use smi_translate::backend::{Report, about};
use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::facts::Addressing;
use smi_translate::intent::{Root, RoutingIntent};
use smi_types::FieldPath;

const EXTERNAL_NAME: &str = "LINKERD-SERVICE-1";

/// Looks at the root and at every backend that gets a share.
pub(super) fn check(routing: &RoutingIntent, report: &mut Report) {
    if let (Some(facts), Root::Service(root), Some(rule)) =
        (&routing.root_facts, &routing.root, routing.rules.first())
    {
        let diagnostic = match facts.addressing {
            Addressing::ClusterIp => None,
            Addressing::Headless => Some(headless_root(&root.to_string())),
            Addressing::ExternalName => Some(about::external_name(EXTERNAL_NAME, root)),
        };
        if let Some(diagnostic) = diagnostic {
            report.say(diagnostic.on(&rule.split).at(FieldPath::of("spec").key("service")));
        }
    }
    for rule in &routing.rules {
        for backend in routing.taking_part(rule) {
            let facts = backend.facts.as_ref();
            if facts.is_some_and(|facts| facts.addressing == Addressing::ExternalName) {
                let diagnostic = about::external_name(EXTERNAL_NAME, &backend.service);
                report.say(diagnostic.on(&rule.split).at(FieldPath::of("spec").key("backends")));
            }
        }
    }
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
