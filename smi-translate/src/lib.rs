//! Service Mesh Interface (SMI) objects in, the objects of a mesh out, and nothing lost on the way without a word.
//!
//! The way of the data, one module each:
//!
//! ```text
//! text ──read──► Inventory ──resolve──► Intent ──Backend::render──► Manifests + Diagnostics
//!                                         │
//!                                       decide   (what SMI says happens to a request)
//! ```
//!
//! * [`read`] turns YAML and JSON into an [`Inventory`] of SMI objects and facts.
//! * [`resolve`](fn@resolve) makes an [`Intent`] of one unit: references resolved, versions gone.
//! * [`decide`](fn@decide) evaluates an intent. It is the written meaning of SMI, executable.
//! * A [`Backend`] renders an intent into the objects of its mesh and means exactly what `decide` says, or names the difference.
//! * [`translate`](fn@translate) is the loop over all units.
//! * [`testing`] compares translations with earlier ones, for snapshot tests.
//!
//! Nothing here reads a file, a clock or a socket.

pub mod backend;
pub mod codes;
pub mod decide;
pub mod diagnostic;
pub mod facts;
pub mod intent;
pub mod inventory;
pub mod lint;
pub mod manifest;
mod one_or_more;
pub mod options;
pub mod pattern;
pub mod read;
pub mod reference;
pub mod resolve;
pub mod testing;
pub mod translate;
pub mod weights;
pub mod yaml;

pub use backend::{Backend, Capability, Claim, Rendering, Support};
pub use decide::{
    AccessRequest, Decision, HttpRequest, Identity, Meaning, Peer, Request, Traffic, Verdict, decide,
};
pub use diagnostic::{Code, CodeDoc, Diagnostic, Severity, SourceSpan};
pub use intent::{AccessIntent, Account, Intent, RoutingIntent, UnitKey};
pub use inventory::{Inventory, Object};
pub use manifest::{Manifest, Stage};
pub use one_or_more::OneOrMore;
pub use options::{AccessScope, HeaderMatching, MissingServices, Options, PathAnchoring, Profile};
pub use reference::{ObjectRef, ServiceRef};
pub use resolve::{Resolved, resolve, resolve_access, resolve_routing};
pub use translate::{Translation, UnitTranslation, translate, translate_unit};
pub use weights::Share;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
