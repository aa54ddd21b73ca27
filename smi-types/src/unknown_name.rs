//! What is wrong with a text that should be one of a few names.

use std::error::Error;
use std::fmt;

use crate::quote::quoted;

/// A text that is none of the names that exist: the error of [`Kind`](crate::Kind), [`Version`](crate::Version),
/// [`HeaderStyle`](crate::HeaderStyle), [`MetricName`](crate::metrics::MetricName) and [`ResourceKind`](crate::metrics::ResourceKind) as
/// [`FromStr`](std::str::FromStr).
///
/// ```
/// use smi_types::Version;
///
/// let error = "v1beta1".parse::<Version>().unwrap_err();
/// assert_eq!(error.to_string(), r#""v1beta1" is no version of SMI; there are v1alpha1, v1alpha2, v1alpha3, v1alpha4"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownName {
    /// What was to be named: `kind of SMI`, for example.
    pub what: &'static str,
    /// The text.
    pub text: String,
    /// The names that exist.
    pub known: Vec<&'static str>,
}

impl UnknownName {
    pub(crate) fn new<const N: usize>(what: &'static str, text: &str, known: [&'static str; N]) -> Self {
        UnknownName { what, text: text.to_owned(), known: known.to_vec() }
    }
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let UnknownName { what, text, known } = self;
        write!(f, "{} is no {what}; there are {}", quoted(text), known.join(", "))
    }
}

impl Error for UnknownName {}
