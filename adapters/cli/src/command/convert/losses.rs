//! What a conversion has to say, as diagnostics; the classes are those of the reference, section 6.2.

use std::borrow::Cow;

use smi_translate::diagnostic::{Code, Diagnostic};
use smi_translate::yaml::Node;
use smi_translate::{ObjectRef, Severity, SourceSpan};
use smi_types::convert::{CARRIER_ANNOTATION, Invalid, Loss, LossClass};
use smi_types::{ApiVersion, FieldPath, Kind, Version};

use crate::codes;

const LEFT_OUT: &str = "the object is left out of the output";

fn diagnostic(
    (code, severity): (Code, Severity),
    reference: ObjectRef,
    (source, node): (usize, &Node<'_>),
    path: &FieldPath,
    message: impl Into<String>,
    effect: impl Into<Cow<'static, str>>,
) -> Diagnostic {
    let span = node.locate(path).unwrap_or(node.span);
    let mut diagnostic = Diagnostic::new(code, severity, message, effect).on(&reference).at(path.clone());
    diagnostic.span = Some(SourceSpan { source, start: span.start, end: span.end });
    diagnostic
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
pub(super) fn loss(
    loss: &Loss,
    reference: &ObjectRef,
    source: usize,
    node: &Node<'_>,
    forced: bool,
) -> Option<Diagnostic> {
    let Loss { path, from: _, to, class, text, carried } = loss;
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
    let diagnostic =
        diagnostic((code, severity), reference.clone(), (source, node), path, text.as_str(), effect);
    Some(match severity {
        Severity::Error => diagnostic.help("accept it with --force if no such program reads the objects"),
        _ => diagnostic,
    })
}

/// A value that cannot be converted at all.
pub(super) fn invalid(invalid: &Invalid, reference: ObjectRef, source: usize, node: &Node<'_>) -> Diagnostic {
    let Invalid { path, from, to, text } = invalid;
    let message = format!("cannot convert {from} to {to}: {text}");
    diagnostic((codes::INVALID, Severity::Error), reference, (source, node), path, message, LEFT_OUT)
}

/// An object that the types do not fit, although the reader took it.
pub(super) fn unreadable(
    reference: ObjectRef,
    source: usize,
    node: &Node<'_>,
    message: String,
) -> Diagnostic {
    diagnostic(
        (codes::INVALID, Severity::Error),
        reference,
        (source, node),
        &FieldPath::root(),
        message,
        LEFT_OUT,
    )
}

/// The kind never had the version.
pub(super) fn no_such_version(
    kind: Kind,
    to: Version,
    reference: ObjectRef,
    source: usize,
    node: &Node<'_>,
) -> Diagnostic {
    let versions: Vec<&str> = kind.versions().iter().map(|version| version.as_str()).collect();
    let message = format!("{kind} has no version {to}");
    diagnostic(
        (codes::VERSION, Severity::Error),
        reference,
        (source, node),
        &FieldPath::of("apiVersion"),
        message,
        LEFT_OUT,
    )
    .help(format!("it has {}", versions.join(", ")))
}

/// The kind is not converted by this version of the tool.
pub(super) fn unconverted(
    api: ApiVersion,
    reference: ObjectRef,
    source: usize,
    node: &Node<'_>,
) -> Diagnostic {
    let message = format!("{} is not converted by this version", api.kind);
    diagnostic(
        (codes::UNCONVERTED, Severity::Info),
        reference,
        (source, node),
        &FieldPath::of("apiVersion"),
        message,
        format!("it passes through as it is, in {}", api.version),
    )
}

/// Comments inside the object are gone.
pub(super) fn comments(reference: ObjectRef, source: usize, node: &Node<'_>) -> Diagnostic {
    let path = FieldPath::of("apiVersion");
    let message = "comments inside the object are not kept";
    diagnostic(
        (codes::TEXT, Severity::Info),
        reference,
        (source, node),
        &path,
        message,
        "none on traffic; comments before the object are kept",
    )
}
