//! What routes cannot say of a split, and what there is to know about those that they say.

use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::facts::ServicePort;
use smi_translate::intent::Rule;
use smi_types::FieldPath;

use super::routes::MATCHES;
use crate::resources::http_route::limits;

/// What Linkerd does with header values that SMI looks at like at others.
pub(in crate::render) fn header_values(such_requests: &str) -> Diagnostic {
    Diagnostic::new(
        Code("LINKERD-HEADER-2"),
        Severity::Info,
        "Linkerd compares header values of visible ASCII characters only",
        format!(
            "requests with other characters in the value of a header that a condition looks at {such_requests}"
        ),
    )
}

const NOTHING: &str = "nothing is rendered for this root: the root Service answers";

pub(super) fn unknown_ports(rule: &Rule) -> Diagnostic {
    Diagnostic::new(
        Code("LINKERD-PORT-1"),
        Severity::Error,
        "the ports of the root are not known, and a route names the port of its parent and of every backend",
        NOTHING,
    )
    .on(&rule.split)
    .at(FieldPath::of("spec").key("service"))
    .help("add the root Service to the input")
}

pub(super) fn condition_unseen(rule: &Rule, port: u16, otherwise: Option<&Rule>) -> Diagnostic {
    Diagnostic::new(
        Code("LINKERD-PORT-3"),
        Severity::Warning,
        format!("port {port} of the root is opaque to Linkerd, which sees no HTTP requests there"),
        match otherwise {
            Some(other) => {
                format!("the condition of this split never holds on port {port}: {} decides", other.split)
            }
            None => format!(
                "the condition of this split never holds on port {port}: traffic goes to the root Service"
            ),
        },
    )
    .on(&rule.split)
    .at(FieldPath::of("spec").key("matches"))
    .help("set the appProtocol of the port to http or kubernetes.io/h2c")
}

pub(super) fn tcp_not_meant(rule: &Rule, port: &ServicePort) -> Diagnostic {
    Diagnostic::new(
        Code("LINKERD-PORT-7"),
        Severity::Info,
        format!("port {} is named for HTTP, and a route splits HTTP requests only", port.port),
        format!(
            "connections to port {} that are not HTTP, if there are any, go to the root Service",
            port.port
        ),
    )
    .on(&rule.split)
    .at(FieldPath::of("spec").key("service"))
}

pub(super) fn tcp_unsplit(rule: &Rule, port: &ServicePort) -> Diagnostic {
    Diagnostic::new(
        Code("LINKERD-PORT-4"),
        Severity::Loss,
        format!(
            "Linkerd finds out by itself what is spoken on port {}, and a route splits HTTP requests only",
            port.port
        ),
        format!("connections to port {} that are not HTTP go to the root Service", port.port),
    )
    .on(&rule.split)
    .at(FieldPath::of("spec").key("service"))
    .help("where the port speaks HTTP only nothing is lost: set its appProtocol to http; to have connections split, set it to linkerd.io/opaque")
}

pub(super) fn too_many_matches() -> Diagnostic {
    Diagnostic::new(
        Code("LINKERD-SIZE-1"),
        Severity::Error,
        format!(
            "the conditions of this root take more than the {MATCHES} matches, or more room, than a route has"
        ),
        NOTHING,
    )
    .at(FieldPath::of("spec").key("matches"))
    .help("say several conditions by one pattern")
}

pub(super) fn too_many_backends(rule: &Rule, number: usize) -> Diagnostic {
    Diagnostic::new(
        Code("LINKERD-SIZE-2"),
        Severity::Error,
        format!("the split has {number} backends with a weight, and a route takes {}", limits::BACKENDS),
        NOTHING,
    )
    .on(&rule.split)
    .at(FieldPath::of("spec").key("backends"))
    .help("use fewer backends, or a split without `matches` as a ServiceProfile")
}

pub(super) fn unordered(earlier: &Rule, later: &Rule) -> Diagnostic {
    Diagnostic::new(
        Code("LINKERD-ORDER-1"),
        Severity::Error,
        format!(
            "some requests satisfy the conditions of this split and of {}, and Linkerd would let the later one decide",
            later.split
        ),
        NOTHING,
    )
    .on(&earlier.split)
    .at(FieldPath::of("spec").key("matches"))
    .help("make the conditions exclude each other, or let the earlier one look at as many headers as the later one")
}

pub(super) fn unsayable(
    rule: &Rule,
    what: &str,
    (code, problem, help): (&'static str, String, &'static str),
) -> Diagnostic {
    Diagnostic::new(Code(code), Severity::Error, format!("{what} {problem}"), NOTHING)
        .on(&rule.split)
        .at(FieldPath::of("spec").key("matches"))
        .help(help)
}
