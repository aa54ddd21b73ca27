//! Kubernetes manifests as text: reading YAML and JSON exactly as kubectl does, with a place for every value; writing YAML.
//!
//! * [`read`] splits a text into documents and turns each into a tree of [`Node`]s. An error belongs to one document; the
//!   others are read all the same.
//! * [`decode`] turns a tree into a Rust type through serde. Errors carry the path and the place of the value, and every
//!   field that the type has no use for is reported.
//! * [`write`](fn@write) and [`write_documents`] write YAML that every reader takes the same way.
//! * [`decode_text`], [`line_column`] and [`LineIndex`] go between bytes, text and positions.
//!
//! kubectl's scalar rules are those of YAML 1.1 as Go's `sigs.k8s.io/yaml` has them: `on`, `yes` and `y` are booleans, `0777`
//! is octal, `1.0` is the integer 1 once it is JSON, and keys are strings whatever they look like.
//! We differ from kubectl where it would guess silently: a key that stands twice in one mapping is an error here.
//!
//! ```
//! use smi_translate::yaml::{self, Limits};
//!
//! let text = "kind: TrafficSplit\n---\nweights: [1, 2\n---\nkind: HTTPRouteGroup\n";
//! let documents: Vec<_> = yaml::read(text, &Limits::default()).collect();
//! assert_eq!(documents.len(), 3);
//! let first = documents[0].content.as_ref().unwrap();
//! assert_eq!(first.get("kind").unwrap().as_str(), Some("TrafficSplit"));
//! let error = documents[1].content.as_ref().unwrap_err();
//! assert_eq!(yaml::line_column(text, error.span.start).0, 3);
//! assert!(documents[2].content.is_ok());
//! ```

mod chunk;
mod decode;
mod documents;
mod error;
mod explain;
mod json;
mod keys;
mod limits;
mod node;
mod position;
mod scalar;
mod text;
mod tree;
mod write;

pub use decode::{DecodeError, Decoded, decode, decode_at, decode_fields, decode_known};
pub use documents::{Document, Documents, read};
pub use error::{ReadError, ReadErrorKind};
pub use limits::Limits;
pub use node::{Entry, Node, Span, Value};
pub use position::{LineIndex, line_column};
pub use text::{Text, decode_text};
pub use write::{WriteError, write, write_documents};
