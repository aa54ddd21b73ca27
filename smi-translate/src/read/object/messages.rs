//! What there is to say about a document that cannot be read, or not as it stands.

use smi_types::convert::Loss;
use smi_types::{FieldPath, Kind, Version, access, validate};

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::inventory::{STAYS_CLOSED, from_finding};
use crate::reference::ObjectRef;
use crate::yaml::DecodeError;

pub(super) fn carrier(kind: Kind, loss: Loss) -> Diagnostic {
    from_finding(validate::carrier(loss), &ObjectRef::new(kind.as_str(), "", ""))
}

pub(super) fn unknown_field(kind: Kind, version: Version, path: &FieldPath) -> Diagnostic {
    from_finding(validate::unknown_field(kind, version, path), &ObjectRef::new(kind.as_str(), "", ""))
}

pub(super) fn mistyped(error: &DecodeError) -> Diagnostic {
    let diagnostic = Diagnostic::new(
        Code("SMI-READ-5"),
        Severity::Error,
        error.message.clone(),
        "the object has no effect, as an API server would refuse it",
    );
    Diagnostic { help: error.help.clone().map(Into::into), ..diagnostic.at(error.path.clone()) }
}

pub(super) fn mistyped_match(error: &DecodeError) -> Diagnostic {
    let effect = "this match matches nothing; the other matches of the group are not affected";
    Diagnostic { effect: effect.into(), ..mistyped(error) }
}

/// A label or an annotation that is no string, and the text that it is read as.
pub(super) fn no_string(error: &DecodeError, read_as: Option<&str>) -> Diagnostic {
    let effect = match read_as {
        Some(text) => format!("an API server would refuse the object; it is read as if {text:?} stood there"),
        None => "an API server would refuse the object; it is read as if this did not stand there".to_owned(),
    };
    Diagnostic { effect: effect.into(), ..mistyped(error) }
}

pub(super) fn not_a_list(path: FieldPath) -> Diagnostic {
    Diagnostic::new(
        Code("SMI-READ-5"),
        Severity::Error,
        "invalid type: expected a list of matches",
        "the object has no effect, as an API server would refuse it",
    )
    .at(path)
}
pub(super) fn misplaced_objects() -> Diagnostic {
    Diagnostic::new(
        Code("SMI-READ-11"),
        Severity::Error,
        "SMI objects stand inside something that is neither a document of their own nor a List",
        "they are not read: what they grant is not granted, and what they protect stays open",
    )
    .help("write each as a document of its own, or all as the items of a List (apiVersion: v1, kind: List)")
}

pub(super) fn elsewhere(version: Version) -> Diagnostic {
    let place = access::destination_path(version);
    Diagnostic::new(
        Code("SMI-VAL-10"),
        Severity::Error,
        format!("the destination does not stand where {version} has it, at {place}"),
        STAYS_CLOSED,
    )
    .help(format!("move destination, rules and sources to where {version} has them, or write the version that has them there"))
}

pub(super) fn not_an_object() -> Diagnostic {
    Diagnostic::new(
        Code("SMI-READ-8"),
        Severity::Warning,
        "this document is not a Kubernetes object: it is no map",
        "it is ignored",
    )
}

pub(super) fn nameless(kind: Kind) -> Diagnostic {
    Diagnostic::new(
        Code("SMI-VAL-2"),
        Severity::Error,
        format!("this {kind} has no metadata.name"),
        "the object has no effect, because nothing can refer to it",
    )
    .at(FieldPath::of("metadata"))
    .help("give it a name")
}

pub(super) fn matches_at_the_root(version: Version) -> Diagnostic {
    Diagnostic::new(
        Code("SMI-READ-9"),
        Severity::Warning,
        format!("`matches` stands at the root of an HTTPRouteGroup {version}, where only v1alpha1 and v1alpha2 have it"),
        "it is read as spec.matches; an API server would drop it and the group would select nothing",
    )
    .at(FieldPath::of("matches"))
    .help("move it under `spec`")
}
pub(super) fn untranslated(reference: &ObjectRef, mesh: &str) -> Diagnostic {
    Diagnostic::new(
        Code("SMI-KIND-3"),
        Severity::Warning,
        format!("{} is a kind of {mesh}, and none of SMI", reference.kind),
        "it is not translated: what it allows, denies or changes is not in the result",
    )
    .on(reference)
    .help("write what it says with the objects of your mesh")
}
