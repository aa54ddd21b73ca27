//! What a conversion has to say, as diagnostics; the classes are those of the reference, section 6.2.

use std::borrow::Cow;

use smi_translate::diagnostic::{Code, Diagnostic};
use smi_translate::yaml::{Node, Value};
use smi_translate::{ObjectRef, Severity, SourceSpan};
use smi_types::access::destination_path;
use smi_types::convert::{CARRIER_ANNOTATION, Invalid, Loss, LossClass, MaterializeError};
use smi_types::{ApiVersion, FieldPath, Kind, Port, Version};

use crate::codes;

const LEFT_OUT: &str = "the object is left out of the output";

/// The object that something is said about, and where it stands.
pub(super) struct Place<'n, 's> {
    pub(super) object: ObjectRef,
    pub(super) source: usize,
    pub(super) node: &'n Node<'s>,
}

impl Place<'_, '_> {
    fn say(
        &self,
        (code, severity): (Code, Severity),
        path: &FieldPath,
        message: impl Into<String>,
        effect: impl Into<Cow<'static, str>>,
    ) -> Diagnostic {
        let span = self.node.locate(path).unwrap_or(self.node.span);
        let mut diagnostic =
            Diagnostic::new(code, severity, message, effect).on(&self.object).at(path.clone());
        diagnostic.span = Some(SourceSpan { source: self.source, start: span.start, end: span.end });
        diagnostic
    }

    /// A body that stands where its version does not look for it is no field to leave out: nothing of the object would be left.
    pub(super) fn lost_whole(&self, diagnostic: Diagnostic) -> Diagnostic {
        let body = FieldPath::of("spec");
        let is_filled = || match self.node.get("spec").map(|spec| &spec.value) {
            Some(Value::Map(entries)) => !entries.is_empty(),
            _ => false,
        };
        if diagnostic.code.0 == "SMI-VAL-3" && diagnostic.path == body && is_filled() {
            return Diagnostic { severity: Severity::Error, effect: LEFT_OUT.into(), ..diagnostic };
        }
        diagnostic
    }
}

/// What a finding of the reader means here.
pub(super) fn left_out(diagnostic: Diagnostic) -> Diagnostic {
    let effect = match (diagnostic.severity, diagnostic.code.0) {
        (Severity::Error, _) => LEFT_OUT,
        (_, "SMI-VAL-3") => "the field is left out of the output",
        _ => return diagnostic,
    };
    Diagnostic { effect: effect.into(), ..diagnostic }
}

/// A loss; `None` for differences of spelling, which nobody needs to hear of.
pub(super) fn loss(loss: &Loss, place: &Place<'_, '_>, forced: bool) -> Option<Diagnostic> {
    let Loss { path, from, to, class, text, carried } = loss;
    let kept = match carried {
        true => format!("the annotation {CARRIER_ANNOTATION} keeps it, and converting back restores it"),
        false => "no annotation keeps it".to_owned(),
    };
    let (code, severity, effect) = match class {
        LossClass::Cosmetic => return None,
        LossClass::Carried => (codes::CARRIED, Severity::Info, kept),
        LossClass::Narrowing => {
            (codes::NARROWING, Severity::Warning, format!("programs that know {to} only do less; {kept}"))
        }
        LossClass::Widening if forced && *carried => (codes::WIDENING, Severity::Warning, kept),
        LossClass::Widening if forced => {
            (codes::WIDENING, Severity::Warning, "such programs admit or route more".to_owned())
        }
        LossClass::Widening => (codes::WIDENING, Severity::Error, LEFT_OUT.to_owned()),
    };
    let diagnostic = place.say((code, severity), path, text.as_str(), effect);
    let is_port = place.object.kind == Kind::TrafficTarget.as_str() && *path == port_path(*from);
    Some(match severity {
        Severity::Error => diagnostic.help("accept it with --force if no such program reads the objects"),
        _ if is_port => diagnostic.help("write a TCPRoute instead, which every reader knows: --materialize"),
        _ => diagnostic,
    })
}

/// Where a TrafficTarget has its port, if it is no annotation.
fn port_path(version: Version) -> FieldPath {
    destination_path(version).key("port")
}

/// A destination port that cannot become a TCPRoute; `missing` are TCPRoutes that the target names and the input does not have.
pub(super) fn no_route(
    error: &MaterializeError,
    missing: &[&str],
    from: Version,
    place: &Place<'_, '_>,
) -> Diagnostic {
    let help = match error {
        MaterializeError::Port(_) => "mend the port".to_owned(),
        MaterializeError::NoPortLeft { .. } if !missing.is_empty() => format!(
            "convert it together with TCPRoute {}, which the input does not have, or without --materialize: an annotation keeps the port",
            missing.join(" and "),
        ),
        MaterializeError::Taken { .. } => {
            "rename that TCPRoute, or convert without --materialize: an annotation keeps the port".to_owned()
        }
        MaterializeError::NoPortLeft { .. } | MaterializeError::Name { .. } => {
            "convert it without --materialize: an annotation keeps the port".to_owned()
        }
    };
    let path = written_port_path(from, place);
    place.say((codes::ROUTE, Severity::Error), &path, error.to_string(), LEFT_OUT).help(help)
}

/// A destination port that restricts nothing and is not kept.
pub(super) fn idle_port(port: &Port, from: Version, place: &Place<'_, '_>) -> Diagnostic {
    let message = format!("the destination port {port} restricts none of the rules, and is left out");
    let path = written_port_path(from, place);
    let effect = "none on traffic: a TCPRoute in its place would grant what the target does not";
    place.say((codes::IDLE, Severity::Info), &path, message, effect)
}

fn written_port_path(version: Version, place: &Place<'_, '_>) -> FieldPath {
    let own = port_path(version);
    match place.node.locate(&own) {
        Some(_) => own,
        None => FieldPath::of("metadata").key("annotations").key(CARRIER_ANNOTATION),
    }
}

/// A value that cannot be converted at all.
pub(super) fn invalid(invalid: &Invalid, place: &Place<'_, '_>) -> Diagnostic {
    let Invalid { path, from, to, text } = invalid;
    let message = format!("cannot convert {from} to {to}: {text}");
    place.say((codes::INVALID, Severity::Error), path, message, LEFT_OUT)
}

/// An object that the types do not fit, although the reader took it.
pub(super) fn unreadable(place: &Place<'_, '_>, message: String) -> Diagnostic {
    place.say((codes::INVALID, Severity::Error), &FieldPath::root(), message, LEFT_OUT)
}

/// The kind never had the version.
pub(super) fn no_such_version(kind: Kind, to: Version, place: &Place<'_, '_>) -> Diagnostic {
    let versions: Vec<&str> = kind.versions().iter().map(|version| version.as_str()).collect();
    let message = format!("{kind} has no version {to}");
    place
        .say((codes::VERSION, Severity::Error), &FieldPath::of("apiVersion"), message, LEFT_OUT)
        .help(format!("it has {}", versions.join(", ")))
}

/// The kind is not converted by this version of the tool.
pub(super) fn unconverted(api: ApiVersion, place: &Place<'_, '_>) -> Diagnostic {
    let message = format!("{} is not converted", api.kind);
    let effect = format!("it passes through as it is, in {}", api.version);
    place.say((codes::UNCONVERTED, Severity::Info), &FieldPath::of("apiVersion"), message, effect)
}

/// Comments inside the object are gone.
pub(super) fn comments(place: &Place<'_, '_>) -> Diagnostic {
    let message = "comments inside the object are not kept";
    let effect = "none on traffic; comments before the object are kept";
    place.say((codes::TEXT, Severity::Info), &FieldPath::of("apiVersion"), message, effect)
}

/// Comments inside a list are gone.
pub(super) fn comments_in_list(source: usize, node: &Node<'_>) -> Diagnostic {
    let message = "comments inside the list are not kept";
    let effect = "none on traffic; comments before the list are kept";
    let mut diagnostic = Diagnostic::new(codes::TEXT, Severity::Info, message, effect);
    let span = node.locate(&FieldPath::of("apiVersion")).unwrap_or(node.span);
    diagnostic.span = Some(SourceSpan { source, start: span.start, end: span.end });
    diagnostic
}
