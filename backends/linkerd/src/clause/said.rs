//! A clause in the words of a route.

use std::collections::BTreeMap;

use smi_translate::pattern::{Pattern, Shape};

use super::Clause;
use crate::expression::{Unrunnable, whole_value};
use crate::resources::http_route::{Comparison, HeaderMatch, HttpRouteMatch, PathMatch, limits};

/// What a route has no words for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unsayable {
    /// A method outside the nine that a route can name.
    Method(String),
    /// A condition on the authority of the request.
    Authority,
    /// A header name that no route takes.
    HeaderName(String),
    /// A header that Linkerd's proxies write themselves, which no condition may be about.
    OwnHeader(String),
    /// More conditions on headers than a match takes, or more patterns for one header than its name has spellings.
    TooManyHeaders,
    /// A regular expression that Linkerd does not run; with the first characters of what is written.
    Expression(String, Unrunnable),
}

/// The match of a route that means the same as a clause.
pub(crate) fn say(clause: &Clause) -> Result<HttpRouteMatch, Unsayable> {
    if clause.headers.len() > limits::HEADERS {
        return Err(Unsayable::TooManyHeaders);
    }
    let path = clause.path.as_ref().map(path).transpose()?;
    let mut times: BTreeMap<&str, u32> = BTreeMap::new();
    let mut headers = Vec::with_capacity(clause.headers.len());
    for (name, pattern) in &clause.headers {
        let earlier = times.entry(name).or_default();
        headers.push(header(name, *earlier, pattern)?);
        *earlier += 1;
    }
    Ok(HttpRouteMatch { path, headers, method: clause.method })
}

fn path(pattern: &Pattern) -> Result<PathMatch, Unsayable> {
    match pattern.shape() {
        Shape::Exact(text) if is_exact(pattern) => {
            Ok(PathMatch { comparison: Comparison::Exact, value: text.clone() })
        }
        _ => {
            let value = expression(pattern, limits::PATH_BYTES)?;
            Ok(PathMatch { comparison: Comparison::RegularExpression, value })
        }
    }
}

/// Whether a path is written as it is.
pub(super) fn is_exact(pattern: &Pattern) -> bool {
    matches!(pattern.shape(), Shape::Exact(text) if is_plain_path(text))
}

/// Whether every bundle of the Gateway API takes a text as an exact path.
pub(crate) fn is_plain_path(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/._~!$&'()*+,;=:@-".contains(&byte);
    let forbidden = ["//", "/./", "/../"];
    text.starts_with('/')
        && text.len() <= limits::PATH_BYTES
        && text.bytes().all(is_allowed)
        && !forbidden.iter().any(|part| text.contains(part))
        && !text.ends_with("/.")
        && !text.ends_with("/..")
}

/// A condition on a header. Linkerd takes names in any spelling, and asks that all conditions hold, those on one header too (`linkerd.md`
/// 15): the second pattern for a header names it in capitals, a third with other letters in capitals.
fn header(name: &str, earlier: u32, pattern: &Pattern) -> Result<HeaderMatch, Unsayable> {
    if !is_header_name(name) {
        return Err(Unsayable::HeaderName(name.to_owned()));
    }
    let name = spelling(name, earlier).ok_or(Unsayable::TooManyHeaders)?;
    let (comparison, value) = match pattern.shape() {
        Shape::Exact(text) if is_plain_value(text) => (Comparison::Exact, text.clone()),
        _ => (Comparison::RegularExpression, expression(pattern, limits::HEADER_BYTES)?),
    };
    Ok(HeaderMatch { name, comparison, value })
}

/// Whether a route takes a text as the name of a header.
pub(crate) fn is_header_name(name: &str) -> bool {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.len() <= 256 && name.bytes().all(is_token)
}

/// The name with the letters in capitals that are set in `number`; `None` where it has too few letters.
fn spelling(name: &str, number: u32) -> Option<String> {
    let mut left = number;
    let spelt = name
        .chars()
        .map(|c| {
            if !c.is_ascii_alphabetic() {
                return c;
            }
            let is_capital = left & 1 == 1;
            left >>= 1;
            if is_capital { c.to_ascii_uppercase() } else { c }
        })
        .collect();
    (left == 0).then_some(spelt)
}

/// Whether a header value can be compared as it stands.
pub(crate) fn is_plain_value(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= limits::HEADER_BYTES
        && text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ')
        && text.trim() == text
}

fn expression(pattern: &Pattern, limit: usize) -> Result<String, Unsayable> {
    whole_value(pattern, limit)
        .map_err(|reason| Unsayable::Expression(pattern.source().chars().take(40).collect(), reason))
}

impl Unsayable {
    /// The code, what is wrong, and what to do.
    pub(crate) fn words(&self) -> (&'static str, String, &'static str) {
        match self {
            Unsayable::Method(method) => (
                "LINKERD-METHOD-1",
                format!("asks for the method {method:?}, and routes can name the nine methods of HTTP only"),
                "leave the method out, or accept any method",
            ),
            Unsayable::Authority => (
                "LINKERD-HOST-1",
                "has a condition on the host, which Linkerd's routes compare without its port and not by a pattern".to_owned(),
                "remove the condition",
            ),
            Unsayable::HeaderName(name) => (
                "LINKERD-HEADER-1",
                format!("has a condition on {name:?}, which is no name of a header to Linkerd"),
                "remove the condition",
            ),
            Unsayable::OwnHeader(name) => (
                "LINKERD-HEADER-1",
                format!("has a condition on {name:?}, a header that Linkerd's proxies write themselves"),
                "remove the condition",
            ),
            Unsayable::TooManyHeaders => (
                "LINKERD-HEADER-1",
                format!("has more conditions on headers than the {} that a route takes, or too many on one header", limits::HEADERS),
                "write one pattern that says several of them",
            ),
            Unsayable::Expression(start, Unrunnable::TooLong(length)) => (
                "LINKERD-REGEX-1",
                format!("has the regular expression {start:?}…, which has {length} bytes as Linkerd needs it, and that is too long"),
                "split the pattern into several matches",
            ),
            Unsayable::Expression(start, Unrunnable::Refused(reason)) => (
                "LINKERD-REGEX-1",
                format!("has the regular expression {start:?}…, which Linkerd refuses: {reason}"),
                "use shorter patterns, or fewer repetitions, in several matches",
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use smi_translate::pattern::Scope;

    use super::*;

    fn said(path: Option<&str>, headers: &[(&str, &str)]) -> serde_json::Value {
        let pattern = |source: &str, scope| Pattern::new(source, scope).unwrap();
        let clause = Clause {
            path: path.map(|path| pattern(path, Scope::Start)),
            headers: headers.iter().map(|(n, p)| ((*n).to_owned(), pattern(p, Scope::Full))).collect(),
            method: None,
        };
        serde_json::to_value(say(&clause).unwrap()).unwrap()
    }

    #[test]
    fn literals_are_exact_and_the_rest_spans_the_value() {
        let exact = serde_json::json!({"path": {"type": "Exact", "value": "/api"}});
        assert_eq!(said(Some("/api$"), &[]), exact);
        assert_eq!(said(Some("/api"), &[])["path"]["value"], "^(/api).*$");
        assert_eq!(said(Some("/a//b$"), &[])["path"]["value"], "^(/a//b$).*$");
        let header = said(None, &[("user-agent", ".*Firefox.*")])["headers"][0].clone();
        let expected = serde_json::json!(
            {"name": "user-agent", "type": "RegularExpression", "value": "^(.*Firefox.*)$"});
        assert_eq!(header, expected);
    }

    #[test]
    fn two_patterns_for_one_header_must_both_hold() {
        let headers = said(None, &[("x-a", "a.*"), ("x-a", ".*b"), ("x-a", ".*c.*")])["headers"].clone();
        let names: Vec<_> = headers.as_array().unwrap().iter().map(|h| h["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["x-a", "X-a", "x-A"]);
        assert_eq!(spelling("x", 2), None);
    }
}
