//! Conditions as Istio match blocks. Istio compares whole texts, so SMI's anchoring is written out (SMI-HTTP-5).

use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::intent::{Condition, HeaderName, HttpMatch, Methods, RoutingIntent, Rule};
use smi_translate::pattern::{Pattern, Shape};
use smi_types::FieldPath;

use super::envoy_regex::{self, Refusal};
use super::proxied_headers;
use crate::resources::{HttpMatchRequest, StringMatch};

/// Bytes of a regular expression that Istio's webhook takes.
const REGEX_LIMIT: usize = 1024;

/// A condition in Istio's words, which are the same wherever the rule applies.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Said {
    /// It holds for every HTTP request. Told from the match blocks: a path pattern that accepts every path leaves none.
    Everything,
    /// One match block per alternative, without port and gateways.
    Blocks(Vec<HttpMatchRequest>),
    /// Istio has no words for it; an error says so.
    Unsayable,
}

/// Says the condition of a rule.
pub(super) fn say(rule: &Rule, out: &mut Vec<Diagnostic>) -> Said {
    let Condition::Http(sources) = &rule.when else { return Said::Everything };
    let mut blocks = Vec::with_capacity(sources.len());
    let mut unsayable = Vec::new();
    for source in sources {
        match match_block(source) {
            Ok(block) if block.is_empty() => return Said::Everything,
            Ok(block) => blocks.push(block),
            Err(reason) => unsayable.push(reason.diagnostic(rule, source)),
        }
    }
    if unsayable.is_empty() {
        return Said::Blocks(blocks);
    }
    out.append(&mut unsayable);
    Said::Unsayable
}

/// Says once per root that Istio does not compare paths as they were sent (SMI-HTTP-4).
pub(super) fn normalised_paths(routing: &RoutingIntent) -> Option<Diagnostic> {
    let looks_at_path = |rule: &&Rule| match &rule.when {
        Condition::Always => false,
        Condition::Http(matches) => matches.iter().any(|source| source.path.is_some()),
    };
    let rule = routing.rules.iter().find(looks_at_path)?;
    let diagnostic = Diagnostic::new(
        Code("ISTIO-PATH-1"),
        Severity::Info,
        "paths are compared after Istio has normalised them",
        "a request for /a/../b or /%62 satisfies a condition on /b, where SMI compares the path as it was sent",
    );
    Some(diagnostic.on(&rule.split).at(FieldPath::of("spec").key("matches")))
}

/// Says once per root that Istio joins the lines of some headers.
pub(super) fn joined_lines(routing: &RoutingIntent) -> Option<Diagnostic> {
    routing.rules.iter().find_map(|rule| {
        let Condition::Http(matches) = &rule.when else { return None };
        let diagnostic = proxied_headers::joined(matches.iter().map(AsRef::as_ref))?;
        Some(diagnostic.on(&rule.split).at(FieldPath::of("spec").key("matches")))
    })
}

/// The match block of one SMI match, without port and gateways.
fn match_block(source: &HttpMatch) -> Result<HttpMatchRequest, Unsayable> {
    let mut block = HttpMatchRequest { method: method(&source.methods)?, ..HttpMatchRequest::default() };
    if let Some(path) = &source.path {
        block.uri = path_match(path)?;
    }
    for header in &source.headers {
        if matches!(&header.name, HeaderName::Named(name) if proxied_headers::are_unseen(name)) {
            return Err(Unsayable::Removed(header.name.clone()));
        }
        let value = header_match(&header.pattern)?;
        let earlier = match &header.name {
            HeaderName::Authority => block.authority.replace(value),
            HeaderName::Named(name) => block.headers.insert(name.clone(), value),
        };
        if earlier.is_some() {
            return Err(Unsayable::HeaderTwice(header.name.clone()));
        }
    }
    Ok(block)
}

fn method(methods: &Methods) -> Result<Option<StringMatch>, Unsayable> {
    let Methods::OneOf(methods) = methods else { return Ok(None) };
    let methods: Vec<&str> = methods.iter().map(String::as_str).collect();
    match methods.as_slice() {
        [one] => Ok(Some(StringMatch::Exact((*one).to_owned()))),
        several => {
            let regex = several.iter().map(|m| escape(m)).collect::<Vec<_>>().join("|");
            within_limit(regex, &methods.join("|")).map(Some)
        }
    }
}

/// A method as it stands, in a regular expression.
fn escape(method: &str) -> String {
    let mut text = String::new();
    for c in method.chars() {
        if !c.is_ascii_alphanumeric() && c.is_ascii() {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

/// A path is compared without its query, as SMI does.
fn path_match(path: &Pattern) -> Result<Option<StringMatch>, Unsayable> {
    match path.shape() {
        Shape::Any => Ok(None),
        Shape::Exact(text) if !text.is_empty() => Ok(Some(StringMatch::Exact(text.clone()))),
        Shape::Prefix(text) => Ok(Some(StringMatch::Prefix(text.clone()))),
        _ => regex(path).map(Some),
    }
}

/// Every header condition keeps an entry, because a missing header never matches (SMI-HTTP-12).
fn header_match(pattern: &Pattern) -> Result<StringMatch, Unsayable> {
    match pattern.shape() {
        Shape::Exact(text) if !text.is_empty() => Ok(StringMatch::Exact(text.clone())),
        Shape::Prefix(text) if !text.is_empty() => Ok(StringMatch::Prefix(text.clone())),
        _ => regex(pattern),
    }
}

fn regex(pattern: &Pattern) -> Result<StringMatch, Unsayable> {
    if let Err(refusal) = envoy_regex::check(pattern) {
        return Err(Unsayable::Refused { start: pattern.source().chars().take(40).collect(), refusal });
    }
    match pattern.full_match_regex() {
        // Istio takes an empty regular expression for none at all; the empty group means the empty text.
        regex if regex.is_empty() => Ok(StringMatch::Regex("()".to_owned())),
        regex => within_limit(regex, pattern.source()),
    }
}

/// A regular expression, unless it is too long; `written` names it then.
fn within_limit(regex: String, written: &str) -> Result<StringMatch, Unsayable> {
    match regex.len() {
        length if length > REGEX_LIMIT => {
            Err(Unsayable::RegexTooLong { start: written.chars().take(40).collect(), length })
        }
        _ => Ok(StringMatch::Regex(regex)),
    }
}

/// What Istio has no words for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unsayable {
    /// A regular expression above the limit, with its first characters and its length in bytes.
    RegexTooLong { start: String, length: usize },
    /// A regular expression that Envoy does not take, with its first characters.
    Refused { start: String, refusal: Refusal },
    /// Two patterns for one header.
    HeaderTwice(HeaderName),
    /// A header that proxies take off or write themselves.
    Removed(HeaderName),
}

impl Unsayable {
    pub(super) fn diagnostic(&self, rule: &Rule, source: &HttpMatch) -> Diagnostic {
        let (code, problem, help) = match self {
            Unsayable::RegexTooLong { start, length } => (
                Code("ISTIO-REGEX-1"),
                format!(
                    "the regular expression {start:?}… has {length} bytes as Istio needs it, and Istio takes at most {REGEX_LIMIT}"
                ),
                "split the pattern into several matches",
            ),
            Unsayable::Refused { start, refusal: Refusal::TooLarge } => (
                Code("ISTIO-REGEX-2"),
                format!(
                    "the regular expression {start:?}… is too large for Envoy, which would refuse all routes with it"
                ),
                "use shorter patterns, or fewer repetitions, in several matches",
            ),
            Unsayable::Refused { start, refusal: Refusal::NotAscii } => (
                Code("ISTIO-REGEX-2"),
                format!(
                    "the regular expression {start:?}… names characters beyond ASCII, each of which is several to Envoy"
                ),
                "write the value as an exact text or a prefix",
            ),
            Unsayable::HeaderTwice(name) => (
                Code("ISTIO-HEADER-1"),
                format!("header {name} has two patterns that must both match, and Istio has room for one"),
                "write one pattern that says both",
            ),
            Unsayable::Removed(name) => (
                Code("ISTIO-HEADER-4"),
                format!(
                    "no condition sees header {name} as it was sent: Istio's proxies remove it or write it themselves"
                ),
                "use a header of your own",
            ),
        };
        Diagnostic::new(
            code,
            Severity::Error,
            format!("match {:?} of {}: {problem}", source.name, source.group),
            "nothing is rendered for this root: the root Service answers",
        )
        .on(&rule.split)
        .at(FieldPath::of("spec").key("matches"))
        .help(help)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_envoy_does_not_take_is_never_written() {
        let said =
            |source: &str| header_match(&Pattern::new(source, smi_translate::pattern::Scope::Full).unwrap());
        let refused = |refusal| move |said: &Result<_, _>| matches!(said, Err(Unsayable::Refused { refusal: own, .. }) if *own == refusal);
        // Envoy refuses the routes of every host on the port for it.
        assert!(refused(Refusal::NotAscii)(&said(r"\x{4e00}+")));
        assert!(refused(Refusal::TooLarge)(&said("(abcdefghijklmnopqrstuvwxyz){999}")));
        assert_eq!(said("é"), Ok(StringMatch::Exact("é".to_owned())));
    }

    #[test]
    fn methods_are_one_text_or_a_regular_expression_within_the_limit() {
        let said = |methods: &[&str]| {
            method(&Methods::new(&methods.iter().map(|m| (*m).to_owned()).collect::<Vec<_>>()))
        };
        assert_eq!(said(&["*"]), Ok(None));
        assert_eq!(said(&["GET", "GET"]), Ok(Some(StringMatch::Exact("GET".to_owned()))));
        assert_eq!(said(&["M-SEARCH", "GET"]), Ok(Some(StringMatch::Regex("GET|M\\-SEARCH".to_owned()))));
        let many: Vec<String> = (0..200).map(|index| format!("METHOD{index}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(matches!(said(&many), Err(Unsayable::RegexTooLong { length, .. }) if length > REGEX_LIMIT));
    }
}
