//! HTTP requests, and whether a match accepts one (section 5.4 of the reference).

use crate::intent::{HeaderCondition, HeaderName, HttpMatch};

/// An HTTP request: what conditions can look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpRequest {
    /// Method, as sent.
    pub method: String,
    /// Request target, as sent: query, fragment and the authority of an absolute form are ignored (SMI-HTTP-4).
    pub path: String,
    /// Header lines, as sent; the authority is the line `host`.
    pub headers: Vec<(String, String)>,
}

impl HttpMatch {
    /// Whether the match accepts a request.
    #[must_use]
    pub fn accepts(&self, request: &HttpRequest) -> bool {
        self.methods.accepts(&request.method)
            && self.path.as_ref().is_none_or(|path| path.is_match(path_of(&request.path)))
            && self.headers.iter().all(|header| header.accepts(request))
    }
}

impl HeaderCondition {
    /// Whether at least one line of the header matches; a missing header never does (SMI-HTTP-12).
    #[must_use]
    pub fn accepts(&self, request: &HttpRequest) -> bool {
        request
            .headers
            .iter()
            .any(|(name, value)| self.name == HeaderName::new(name) && self.pattern.is_match(value))
    }
}

/// The path of a request target: no query, no fragment, no scheme and authority (SMI-HTTP-4).
fn path_of(target: &str) -> &str {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    match path.split_once("://") {
        Some((_, rest)) if !path.starts_with('/') => rest.find('/').map_or("/", |slash| &rest[slash..]),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::path_of;

    #[test]
    fn only_the_path_of_a_target_counts() {
        assert_eq!(path_of("/a/b?c=/d#e"), "/a/b");
        assert_eq!(path_of("http://shop.example/a?b"), "/a");
        assert_eq!(path_of("http://shop.example"), "/");
        assert_eq!(path_of("*"), "*");
        assert_eq!(path_of("/%61"), "/%61");
    }
}
