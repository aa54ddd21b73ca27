//! A tree as a Rust type, through serde: with the place of every error, and every field that nobody wanted.

mod access;
mod failure;
mod value;

use std::cell::RefCell;
use std::fmt;

use serde::Deserialize;
use smi_types::{FieldPath, Segment};

use super::{Node, Span};
use failure::Failure;
use value::NodeDeserializer;

/// What came of decoding: the value or the error, and the fields that the type ignores.
#[derive(Clone, Debug, PartialEq)]
pub struct Decoded<T> {
    /// The value.
    pub value: Result<T, DecodeError>,
    /// The fields that the type has no use for, in the order of the text. Where decoding fails, those met before. Fields below
    /// a flattened or untagged part of a type are not among them: serde hides those.
    pub unknown: Vec<FieldPath>,
}

/// A value that does not fit its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// The value, or the map or list in which something is missing.
    pub path: FieldPath,
    /// Where it stands; a list or map is shown by its key.
    pub span: Option<Span>,
    /// What is wrong: lower case, no final full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_root() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.path, self.message)
        }
    }
}

impl std::error::Error for DecodeError {}

/// Decodes a whole document.
///
/// ```
/// use smi_translate::yaml::{self, Limits};
///
/// #[derive(serde::Deserialize)]
/// struct Split { service: String }
///
/// let node = yaml::read("service: 7\nservices: web", &Limits::default()).next().unwrap().content.unwrap();
/// let decoded = yaml::decode::<Split>(&node);
/// let error = decoded.value.err().unwrap();
/// assert_eq!(error.to_string(), "service: invalid type: expected a string, found the integer 7");
/// assert_eq!(error.help.as_deref(), Some("quote it: \"7\""));
/// ```
pub fn decode<'de, T: Deserialize<'de>>(node: &'de Node<'_>) -> Decoded<T> {
    decode_at(node, &FieldPath::root())
}

/// Decodes a part of a document that stands at `base`: reported paths start with it.
pub fn decode_at<'de, T: Deserialize<'de>>(node: &'de Node<'_>, base: &FieldPath) -> Decoded<T> {
    decode_fields(node, &[], base)
}

/// Decodes a map without some of its keys, for kinds whose fields stand at the root of the object beside `apiVersion`, `kind`
/// and `metadata`. Reported paths start with `base`.
pub fn decode_fields<'de, T: Deserialize<'de>>(
    node: &'de Node<'_>,
    skip_keys: &[&str],
    base: &FieldPath,
) -> Decoded<T> {
    let context = Context { unknown: Some(RefCell::default()) };
    let value = deserialize(node, skip_keys, base, &context);
    Decoded { value, unknown: context.unknown.map(RefCell::into_inner).unwrap_or_default() }
}

/// Decodes a part of an object of somebody else's kind, of which most fields are no business of ours.
///
/// # Errors
/// If a field that the type has does not fit.
pub fn decode_known<'de, T: Deserialize<'de>>(
    node: &'de Node<'_>,
    base: &FieldPath,
) -> Result<T, DecodeError> {
    deserialize(node, &[], base, &Context { unknown: None })
}

fn deserialize<'de, T: Deserialize<'de>>(
    node: &'de Node<'_>,
    skip: &[&str],
    base: &FieldPath,
    context: &Context,
) -> Result<T, DecodeError> {
    let path = Path::Base(base);
    let deserializer = NodeDeserializer { node, place: node.span, path: &path, context, skip };
    T::deserialize(deserializer).map_err(Failure::into_error)
}

/// What is collected on the way.
struct Context {
    /// The fields that the type has no use for; `None` where nobody wants to know.
    unknown: Option<RefCell<Vec<FieldPath>>>,
}

/// The path to the value at hand, as a chain through the stack: it costs nothing until somebody asks for it.
enum Path<'p> {
    Base(&'p FieldPath),
    Key(&'p Path<'p>, &'p str),
    Index(&'p Path<'p>, usize),
}

impl Path<'_> {
    fn to_field_path(&self) -> FieldPath {
        let mut segments = Vec::new();
        let mut path = self;
        let base = loop {
            path = match path {
                Path::Base(base) => break base,
                Path::Key(parent, key) => {
                    segments.push(Segment::Key((*key).to_owned().into()));
                    parent
                }
                Path::Index(parent, index) => {
                    segments.push(Segment::Index(*index));
                    parent
                }
            };
        };
        base.segments().iter().cloned().chain(segments.into_iter().rev()).collect()
    }
}
