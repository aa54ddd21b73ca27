//! Conditions on HTTP requests, compiled: the matches of HTTPRouteGroups with their patterns read.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::pattern::Pattern;
use crate::reference::ObjectRef;

/// When a rule applies.
#[derive(Clone, Debug)]
pub enum Condition {
    /// To every request and connection.
    Always,
    /// To HTTP requests that satisfy at least one of these matches. Never empty: a condition without a match is a rule that never
    /// applies, and is left out of the intent.
    Http(Vec<Arc<HttpMatch>>),
}

impl Condition {
    /// The number of its alternatives: matches, or one.
    #[must_use]
    pub fn alternatives(&self) -> usize {
        match self {
            Condition::Always => 1,
            Condition::Http(matches) => matches.len(),
        }
    }
}

/// One match of an HTTPRouteGroup: path, method and headers must all hold (SMI-HTTP-1).
#[derive(Clone, Debug)]
pub struct HttpMatch {
    /// The group it comes from.
    pub group: ObjectRef,
    /// Its name in the group.
    pub name: String,
    /// Condition on the path; `None` accepts every path (SMI-HTTP-2).
    pub path: Option<Pattern>,
    /// Condition on the method.
    pub methods: Methods,
    /// Conditions on headers, all of which must hold (SMI-HTTP-9).
    pub headers: Vec<HeaderCondition>,
}

impl HttpMatch {
    /// Whether it accepts every HTTP request (SMI-HTTP-15).
    #[must_use]
    pub fn is_unconditional(&self) -> bool {
        self.path.is_none() && self.methods == Methods::Any && self.headers.is_empty()
    }
}

/// Condition on the method (SMI-HTTP-8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Methods {
    /// Every method.
    Any,
    /// One of these, compared byte for byte. Never empty.
    OneOf(BTreeSet<String>),
}

impl Methods {
    /// Reads the `methods` of a match: absent, empty and `*` mean any method.
    #[must_use]
    pub fn new(methods: &[String]) -> Methods {
        if methods.is_empty() || methods.iter().any(|m| m == "*") {
            Methods::Any
        } else {
            Methods::OneOf(methods.iter().cloned().collect())
        }
    }

    /// Whether `method` is accepted.
    #[must_use]
    pub fn accepts(&self, method: &str) -> bool {
        match self {
            Methods::Any => true,
            Methods::OneOf(methods) => methods.contains(method),
        }
    }
}

/// Name of a header as conditions use it: lower case, with the authority apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HeaderName {
    /// The authority of the request: `host`, or `:authority` (SMI-HTTP-13, SMI-VAL-37).
    Authority,
    /// Any other header, in lower case (SMI-HTTP-11).
    Named(String),
}

impl HeaderName {
    /// Reads a header name.
    #[must_use]
    pub fn new(name: &str) -> HeaderName {
        match name.to_ascii_lowercase() {
            name if name == "host" || name == ":authority" => HeaderName::Authority,
            name => HeaderName::Named(name),
        }
    }
}

impl fmt::Display for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HeaderName::Authority => f.write_str("host"),
            HeaderName::Named(name) => f.write_str(name),
        }
    }
}

/// A header must be present, and the value of at least one of its lines must match (SMI-HTTP-12).
#[derive(Clone, Debug)]
pub struct HeaderCondition {
    /// The header.
    pub name: HeaderName,
    /// What its value must match.
    pub pattern: Pattern,
}
