//! HTTPRouteGroup without its version.

use crate::{Metadata, Version};

pub use crate::specs::HTTPMatch;

/// A named set of HTTP requests: the union of its matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HTTPRouteGroup {
    /// Name, namespace and so on.
    pub metadata: Metadata,
    /// The version the object was written in.
    pub version: Version,
    /// The alternatives, OR-ed; an empty list selects nothing (SMI-VAL-40).
    pub matches: Vec<HTTPMatch>,
}
