//! The routing of one root: a ServiceProfile, or routes for each of its ports, and never both (`linkerd.md` 6).

mod form;
mod order;
mod profile;
mod refusals;
mod routes;
mod services;
mod weights;

#[cfg(test)]
mod tests;

use smi_translate::backend::Report;
use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::intent::{Intent, Root, RoutingIntent};
use smi_translate::{Rendering, ServiceRef};
use smi_types::FieldPath;

pub(crate) use self::form::{Form, choose};
pub(super) use self::refusals::header_values;
use crate::LinkerdOptions;

/// The objects of one root, or none where no rule has an effect.
pub(crate) fn routing(intent: &Intent, routing: &RoutingIntent, options: &LinkerdOptions) -> Rendering {
    let mut rendering = Rendering::default();
    let mut report = Report::default();
    if let Some(root) = root(routing, &mut report) {
        services::check(routing, &mut report);
        if !report.has_error() {
            match choose(routing, options, &mut report) {
                Form::Nothing => {}
                Form::Profile(rule) => {
                    profile::render(intent, routing, root, rule, &mut rendering, &mut report);
                }
                Form::Routes => {
                    routes::render(intent, routing, root, options, &mut rendering, &mut report);
                }
            }
        }
    }
    if report.has_error() {
        rendering.manifests.clear();
    }
    rendering.diagnostics = report.into_diagnostics();
    rendering
}

/// The root Service. Linkerd splits by the cluster IP that a client connects to, which other hosts do not have.
fn root<'r>(routing: &'r RoutingIntent, report: &mut Report) -> Option<&'r ServiceRef> {
    let host = match &routing.root {
        Root::Service(service) => return Some(service),
        Root::Host(host) => host,
    };
    for rule in &routing.rules {
        report.say(
            Diagnostic::new(
                Code("LINKERD-ROOT-1"),
                Severity::Error,
                format!("the root {host} is no Service, and Linkerd splits the traffic of Services only"),
                "the split has no effect",
            )
            .on(&rule.split)
            .at(FieldPath::of("spec").key("service"))
            .help("name a Service of the split's namespace"),
        );
    }
    None
}
