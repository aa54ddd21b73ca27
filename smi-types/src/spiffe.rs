//! SPIFFE IDs, as IdentityBindings list them (SMI-VAL-24).

use std::error::Error;
use std::fmt;
use std::str::FromStr;

use crate::quote::quoted;

const SCHEME: &str = "spiffe://";
/// Longest ID, with its scheme.
const LIMIT: usize = 2048;
/// Longest trust domain.
const TRUST_DOMAIN_LIMIT: usize = 255;

/// A SPIFFE ID: `spiffe://cluster.local/ns/shop/sa/web`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpiffeId {
    /// The whole ID, with its scheme.
    text: String,
    /// Where the path begins: at its first slash.
    path: usize,
}

impl SpiffeId {
    /// Reads an ID. The prose writes IDs without their scheme; it is added (D-A11).
    ///
    /// ```
    /// use smi_types::spiffe::SpiffeId;
    ///
    /// let id = SpiffeId::parse("cluster.local/ns/shop/sa/web")?;
    /// assert_eq!(id.to_string(), "spiffe://cluster.local/ns/shop/sa/web");
    /// assert_eq!((id.trust_domain(), id.path()), ("cluster.local", "/ns/shop/sa/web"));
    /// assert_eq!(id.service_account(), Some(("shop", "web")));
    /// # Ok::<(), smi_types::spiffe::SpiffeIdError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the text is no SPIFFE ID of a workload: `spiffe://`, a trust domain of lower-case letters, digits, dots, hyphens and
    /// underscores, and a path of segments of letters, digits, dots, hyphens and underscores.
    pub fn parse(text: &str) -> Result<SpiffeId, SpiffeIdError> {
        let fail = |problem| Err(SpiffeIdError { text: quoted(text), problem });
        let rest = text.strip_prefix(SCHEME).unwrap_or(text);
        if rest.is_empty() {
            return fail(SpiffeIdProblem::Empty);
        }
        if SCHEME.len() + rest.len() > LIMIT {
            return fail(SpiffeIdProblem::TooLong);
        }
        if rest.contains("://") {
            return fail(SpiffeIdProblem::OtherScheme);
        }
        let Some(slash) = rest.find('/') else { return fail(SpiffeIdProblem::NoPath) };
        let (trust_domain, path) = rest.split_at(slash);
        if !is_trust_domain(trust_domain) {
            return fail(SpiffeIdProblem::TrustDomain);
        }
        if !path[1..].split('/').all(is_segment) {
            return fail(SpiffeIdProblem::Path);
        }
        Ok(SpiffeId { text: format!("{SCHEME}{rest}"), path: SCHEME.len() + slash })
    }

    /// The trust domain.
    #[must_use]
    pub fn trust_domain(&self) -> &str {
        &self.text[SCHEME.len()..self.path]
    }

    /// The path, with its first slash.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.text[self.path..]
    }

    /// The whole ID, with its scheme.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Namespace and name of the ServiceAccount, where the path has the form `/ns/<namespace>/sa/<name>` (SMI-ACCESS-6).
    #[must_use]
    pub fn service_account(&self) -> Option<(&str, &str)> {
        let (namespace, name) = self.path().strip_prefix("/ns/")?.split_once("/sa/")?;
        (!namespace.contains('/') && !name.contains('/')).then_some((namespace, name))
    }
}

fn is_trust_domain(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-_".contains(&b);
    !text.is_empty() && text.len() <= TRUST_DOMAIN_LIMIT && text.bytes().all(allowed)
}

/// The characters of the SPIFFE standard, which leaves out `*`: in a mesh's policy it would be a wildcard.
fn is_segment(text: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b".-_".contains(&b);
    !matches!(text, "" | "." | "..") && text.bytes().all(allowed)
}

impl fmt::Display for SpiffeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for SpiffeId {
    type Err = SpiffeIdError;

    fn from_str(text: &str) -> Result<Self, SpiffeIdError> {
        SpiffeId::parse(text)
    }
}

/// Why a text is no SPIFFE ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpiffeIdError {
    text: String,
    /// What is wrong.
    pub problem: SpiffeIdProblem,
}

/// What can be wrong with a SPIFFE ID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SpiffeIdProblem {
    /// Nothing is there.
    Empty,
    /// More than 2048 bytes.
    TooLong,
    /// A scheme other than `spiffe`.
    OtherScheme,
    /// A trust domain alone, which no workload has as its identity.
    NoPath,
    /// A trust domain with other characters than lower-case letters, digits, dots, hyphens and underscores.
    TrustDomain,
    /// An empty segment, or other characters than letters, digits, dots, hyphens and underscores. A query or fragment is one.
    Path,
}

impl fmt::Display for SpiffeIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SpiffeIdError { text, problem } = self;
        write!(f, "{text} is no SPIFFE ID: ")?;
        f.write_str(match problem {
            SpiffeIdProblem::Empty => "it is empty",
            SpiffeIdProblem::TooLong => "it is longer than 2048 bytes",
            SpiffeIdProblem::OtherScheme => "it does not start with spiffe://",
            SpiffeIdProblem::NoPath => "it has no path",
            SpiffeIdProblem::TrustDomain => {
                "a trust domain has lower-case letters, digits, dots, hyphens and underscores only"
            }
            SpiffeIdProblem::Path => {
                "a path has non-empty segments of letters, digits, dots, hyphens and underscores only"
            }
        })
    }
}

impl Error for SpiffeIdError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_the_same_id() {
        let with = SpiffeId::parse("spiffe://cluster.local/ns/shop/sa/web").unwrap();
        assert_eq!("cluster.local/ns/shop/sa/web".parse(), Ok(with.clone()));
        assert_eq!(SpiffeId::parse(with.as_str()), Ok(with));
    }

    #[test]
    fn parts() {
        for (text, trust_domain, path, account) in [
            ("spiffe://a/b", "a", "/b", None),
            ("federated.trust_domain-1/boo", "federated.trust_domain-1", "/boo", None),
            ("td/ns/a/sa/b", "td", "/ns/a/sa/b", Some(("a", "b"))),
            ("td/ns/a/sa/b/c", "td", "/ns/a/sa/b/c", None),
            ("td/ns/a/x/sa/b", "td", "/ns/a/x/sa/b", None),
            ("td/ns/a", "td", "/ns/a", None),
        ] {
            let id = SpiffeId::parse(text).unwrap();
            assert_eq!((id.trust_domain(), id.path(), id.service_account()), (trust_domain, path, account));
        }
    }

    #[test]
    fn what_is_none() {
        use SpiffeIdProblem::{Empty, NoPath, OtherScheme, Path, TooLong, TrustDomain};
        for (text, problem) in [
            ("", Empty),
            ("spiffe://", Empty),
            ("https://td/a", OtherScheme),
            ("SPIFFE://td/a", OtherScheme),
            ("spiffe://spiffe://td/a", OtherScheme),
            ("td", NoPath),
            ("spiffe:///a", TrustDomain),
            ("TD/a", TrustDomain),
            ("user@td/a", TrustDomain),
            ("td:80/a", TrustDomain),
            ("tdü/a", TrustDomain),
            ("td/", Path),
            ("td/a/", Path),
            ("td//a", Path),
            ("td/a?b=c", Path),
            ("td/a#b", Path),
            ("td/a%20b", Path),
            ("td/ns/../sa/b", Path),
            ("td/ns/*", Path),
            ("td/a\n", Path),
        ] {
            assert_eq!(SpiffeId::parse(text).unwrap_err().problem, problem, "{text}");
        }
        let fits = format!("td/{}", "a".repeat(LIMIT - "spiffe://td/".len()));
        assert!(SpiffeId::parse(&fits).is_ok());
        assert_eq!(SpiffeId::parse(&format!("{fits}a")).unwrap_err().problem, TooLong);
        assert_eq!(SpiffeId::parse(&format!("{}/a", "d".repeat(256))).unwrap_err().problem, TrustDomain);
        assert_eq!(SpiffeId::parse("td").unwrap_err().to_string(), r#""td" is no SPIFFE ID: it has no path"#);
    }
}
