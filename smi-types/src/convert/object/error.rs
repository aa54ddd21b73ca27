//! Why a JSON object cannot be read or converted.

use std::error::Error;
use std::fmt;

use crate::convert::{Invalid, Loss};
use crate::quote::{clause, quoted};
use crate::validate::Finding;
use crate::{FieldPath, Kind, Version};

/// Why a JSON object cannot be read as an SMI object, or not be converted.
///
/// Printed, it says where and what: `spec.backends: invalid type: string "web", expected a list`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectError {
    /// What kind of problem it is.
    pub problem: ObjectProblem,
    /// The field that stands in the way; the root where it is the object as a whole.
    pub path: FieldPath,
    /// What is wrong with it, in words.
    pub message: String,
    /// What to do, where there is more to say than the message does.
    pub help: Option<String>,
}

/// What can be wrong with a JSON object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ObjectProblem {
    /// The value is no JSON object.
    NotAnObject,
    /// Its `apiVersion` and `kind` are those of something else than SMI.
    NotSmi,
    /// It is meant as an SMI object and is none: SMI has no such group, kind or version (SMI-VAL-1).
    UnknownApi,
    /// The kind does not have the version that it should be converted to.
    NoSuchVersion,
    /// It is a list inside a list: nothing in it has an effect.
    ListInList,
    /// A field has the wrong type.
    WrongType,
    /// A value cannot be converted at all (class *invalid* of section 6.2 of the reference).
    Invalid,
}

/// What to do about an object that means nothing until its annotation is removed.
pub(crate) const HELP_CLOSED: &str = "write the object in the version that the annotation came from, or remove the annotation where the object says all that restricts it";

impl ObjectError {
    fn new(problem: ObjectProblem, path: FieldPath, message: impl Into<String>) -> Self {
        ObjectError { problem, path, message: clause(message.into()), help: None }
    }

    pub(super) fn not_an_object() -> Self {
        ObjectError::new(
            ObjectProblem::NotAnObject,
            FieldPath::root(),
            "this is not a Kubernetes object: it is no map",
        )
    }

    pub(super) fn not_smi(api_version: &str, kind: &str) -> Self {
        let message = match (api_version, kind) {
            ("", "") => "this is no SMI object: it has neither apiVersion nor kind".to_owned(),
            ("", kind) => format!("{} is no kind of SMI", quoted(kind)),
            (api_version, kind) => format!("{} of {} is no kind of SMI", quoted(kind), quoted(api_version)),
        };
        ObjectError::new(ObjectProblem::NotSmi, FieldPath::root(), message)
    }

    pub(super) fn unknown(Finding { path, message, help, .. }: Finding) -> Self {
        ObjectError { help, ..ObjectError::new(ObjectProblem::UnknownApi, path, message) }
    }

    pub(super) fn no_such_version(kind: Kind, to: Version) -> Self {
        ObjectError::new(ObjectProblem::NoSuchVersion, FieldPath::of("apiVersion"), kind.has_not(to))
    }

    pub(super) fn closed(Loss { path, text, .. }: &Loss) -> Self {
        let help = Some(HELP_CLOSED.to_owned());
        ObjectError { help, ..ObjectError::new(ObjectProblem::Invalid, path.clone(), text.clone()) }
    }

    pub(crate) fn list_in_list() -> Self {
        let message = "a list stands inside a list";
        let help = Some("put its items into the outer list".to_owned());
        ObjectError { help, ..ObjectError::new(ObjectProblem::ListInList, FieldPath::root(), message) }
    }

    pub(super) fn wrong_type(path: FieldPath, message: String) -> Self {
        ObjectError::new(ObjectProblem::WrongType, path, message)
    }

    /// The same error in an object that stands at `prefix`.
    pub(super) fn under(self, prefix: &FieldPath) -> Self {
        ObjectError { path: prefix.join(&self.path), ..self }
    }
}

impl From<Invalid> for ObjectError {
    fn from(Invalid { path, from, to, text }: Invalid) -> Self {
        ObjectError::new(ObjectProblem::Invalid, path, format!("cannot convert {from} to {to}: {text}"))
    }
}

impl fmt::Display for ObjectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_root() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

impl Error for ObjectError {}
