//! Which kind of object says a root's splits.

use smi_translate::ServiceRef;
use smi_translate::backend::Report;
use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::facts::ServicePort;
use smi_translate::intent::{Condition, RoutingIntent, Rule};
use smi_types::FieldPath;

use crate::{LinkerdOptions, RoutingForm};

/// What becomes of a root.
pub(crate) enum Form {
    /// No split has an effect.
    Nothing,
    /// One ServiceProfile with the weights of this rule.
    Profile(usize),
    /// One route per port.
    Routes,
}

pub(crate) fn choose(routing: &RoutingIntent, options: &LinkerdOptions, report: &mut Report) -> Form {
    let ports = routing.tcp_ports();
    let is_effective = |rule: &&Rule| ports.iter().any(|port| rule.has_effect(*port));
    let mut effective = routing.rules.iter().filter(is_effective);
    let conditional = effective.clone().find(|rule| matches!(rule.when, Condition::Http(_)));
    let unconditional = effective.find(|rule| matches!(rule.when, Condition::Always));
    match (options.routing, conditional, unconditional) {
        (_, None, None) => Form::Nothing,
        (RoutingForm::HttpRoute, ..) | (RoutingForm::Auto, Some(_), None) => Form::Routes,
        (RoutingForm::Auto, Some(_), Some(rule)) => {
            report.say(both(rule));
            Form::Routes
        }
        (RoutingForm::ServiceProfile, Some(rule), _) => {
            report.say(conditional_profile(rule));
            Form::Nothing
        }
        (RoutingForm::Auto | RoutingForm::ServiceProfile, None, Some(rule)) => {
            let index = routing.rules.iter().position(|other| std::ptr::eq(other, rule)).unwrap_or_default();
            match (is_alike_on_all(rule, &ports), options.routing) {
                (true, _) => Form::Profile(index),
                (false, RoutingForm::ServiceProfile) => {
                    report.say(ports_differ(rule));
                    Form::Nothing
                }
                (false, _) => {
                    report.say(routes_for_ports(rule));
                    Form::Routes
                }
            }
        }
    }
}

/// Whether a rule means the same on all ports: a ServiceProfile treats them all alike.
fn is_alike_on_all(rule: &Rule, ports: &[Option<&ServicePort>]) -> bool {
    let shares = |port: &Option<&ServicePort>| -> Vec<(&ServiceRef, u128)> {
        let effective = rule.effective(*port);
        let backends = effective.iter().flat_map(|effective| effective.backends().iter());
        backends.filter(|backend| backend.weight > 0).map(|b| (&b.service, b.weight)).collect()
    };
    ports.split_first().is_none_or(|(first, rest)| {
        let first = shares(first);
        rest.iter().all(|port| shares(port) == first)
    })
}

/// A profile and a route for one root would not both be followed: each client's proxy keeps the first that it found (`linkerd.md` 6.4).
fn both(rule: &Rule) -> Diagnostic {
    Diagnostic::new(
        Code("LINKERD-ROUTING-1"),
        Severity::Warning,
        "the root also has splits with `matches`, so that this one becomes a route as well: Linkerd follows either routes or a ServiceProfile",
        "clients that already follow a ServiceProfile of this root ignore the routes until they are restarted",
    )
    .on(&rule.split)
    .help("where the root had a ServiceProfile with dstOverrides before, restart its clients; --linkerd-routing http-route uses routes throughout")
}

fn conditional_profile(rule: &Rule) -> Diagnostic {
    Diagnostic::new(
        Code("LINKERD-ROUTING-2"),
        Severity::Error,
        "the split has `matches`, and a ServiceProfile has no conditions",
        "nothing is rendered for this root: the root Service answers",
    )
    .on(&rule.split)
    .at(FieldPath::of("spec").key("matches"))
    .help("use --linkerd-routing auto or http-route")
}

fn ports_differ(rule: &Rule) -> Diagnostic {
    Diagnostic::new(
        Code("LINKERD-PORT-2"),
        Severity::Error,
        "the backends do not all have the TCP ports of the root, and a ServiceProfile treats all ports alike",
        "nothing is rendered for this root: the root Service answers",
    )
    .on(&rule.split)
    .at(FieldPath::of("spec").key("backends"))
    .help("add the ports to the backends, or use --linkerd-routing auto or http-route")
}

fn routes_for_ports(rule: &Rule) -> Diagnostic {
    Diagnostic::new(
        Code("LINKERD-ROUTING-3"),
        Severity::Info,
        "the backends do not all have the TCP ports of the root, and a ServiceProfile treats all ports alike",
        "the split becomes one route per port instead",
    )
    .on(&rule.split)
    .at(FieldPath::of("spec").key("backends"))
}
