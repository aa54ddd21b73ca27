//! Patterns in the words of AuthorizationPolicy: a text, a prefix, a suffix, a template (`istio.md` 4.5 and 4.6).
//!
//! What the words say is proved never to be more than the pattern says. Where it is less, there is a witness.

use std::sync::LazyLock;

use smi_translate::OneOrMore;
use smi_translate::pattern::{Alternative, Coverage, Grammar, Pattern, Scope, Text};

/// Paths as Istio compares them: without query and fragment, normalised, so that the characters missing here are percent-encoded or
/// slashes by then. `*` is the path of `OPTIONS *`. A proof about fewer texts than there are could grant too much, so what is in doubt
/// is in.
const PATHS: &str = r"/[!$-;=@-\[\]_a-z~\x{80}-\x{10FFFF}]*|\*";

/// Values of headers.
const VALUES: &str = r"[^\x00\r\n]*";

static PATH_WORDS: LazyLock<Grammar> = LazyLock::new(|| {
    Grammar::new(universe(PATHS)).with_suffixes().with_templates().with_exceptions().writing(is_path_word)
});

/// `notValues` looks at every line of a header and SMI at any one (SMI-HTTP-12), so that there are no exceptions.
static VALUE_WORDS: LazyLock<Grammar> =
    LazyLock::new(|| Grammar::new(universe(VALUES)).with_suffixes().writing(is_value_word));

fn universe(source: &str) -> Pattern {
    Pattern::new(source, Scope::Full).expect("the pattern is a constant, and it is tested")
}

/// What a pattern becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said<T> {
    /// Alternatives; none where nothing can be said, or where nothing can match.
    pub(super) alternatives: Vec<T>,
    /// What is missing, if something is.
    pub(super) missing: Option<Missing>,
}

/// That something of a pattern cannot be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Missing {
    /// A text that the pattern accepts and the alternatives do not; `None` where the pattern is too large to find one.
    pub(super) example: Option<String>,
}

impl Missing {
    fn of(coverage: &Coverage) -> Option<Missing> {
        match coverage {
            Coverage::Exact => None,
            Coverage::Narrower(text) => Some(Missing { example: Some(text.clone()) }),
            _ => Some(Missing { example: None }),
        }
    }
}

/// `paths` and `notPaths` of one operation; neither accepts every path.
pub(super) type Paths = (Option<OneOrMore<String>>, Option<OneOrMore<String>>);

/// A condition on the path.
pub(super) fn paths(pattern: &Pattern) -> Said<Paths> {
    let found = pattern.alternatives(&PATH_WORDS);
    let mut missing = Missing::of(&found.coverage);
    let mut plain = Vec::new();
    let mut alternatives = Vec::new();
    for alternative in &found.alternatives {
        let Some((accept, except)) = path_words(pattern, alternative) else {
            // Nothing is written that is not proved to be harmless, whatever the engine says.
            missing = missing.or(Some(Missing { example: None }));
            continue;
        };
        match (accept, OneOrMore::new(except)) {
            (None, None) => return Said { alternatives: vec![(None, None)], missing: None },
            (Some(word), None) => plain.push(word),
            // Exceptions are for the whole operation, so that such an alternative has one of its own.
            (accept, except) => alternatives.push((accept.map(OneOrMore::one), except)),
        }
    }
    if let Some(plain) = OneOrMore::new(plain) {
        alternatives.insert(0, (Some(plain), None));
    }
    Said { alternatives, missing }
}

/// The word for what is accepted, `None` for every path, and the words for the exceptions.
fn path_words(pattern: &Pattern, alternative: &Alternative) -> Option<(Option<String>, Vec<String>)> {
    let accept = match &alternative.accept {
        // A request may have no path at all: CONNECT.
        Text::Any if pattern.is_match("") => None,
        Text::Any => Some("*".to_owned()),
        text => Some(path_word(text)?),
    };
    let except = alternative.except.iter().map(path_word).collect::<Option<Vec<String>>>()?;
    Some((accept, except))
}

fn path_word(text: &Text) -> Option<String> {
    is_path_word(text).then(|| word(text))
}

/// Whether Istio reads the word of a text as that text. Braces are for templates only, and a template of another form than these makes
/// Envoy abort, although Istio takes it (`istio.md` 4.5).
fn is_path_word(text: &Text) -> bool {
    match text {
        Text::Any => true,
        Text::Exact(own) | Text::Prefix(own) | Text::Suffix(own) => {
            is_value_word(text) && !own.contains(['{', '}'])
        }
        Text::Template(template) => {
            let written = template.to_string();
            written.starts_with('/') && !written.contains("//")
        }
    }
}

/// The alternatives of a condition on the value of a header. A missing header never matches, so that every value is "present".
pub(super) fn values(pattern: &Pattern) -> Said<String> {
    let found = pattern.alternatives(&VALUE_WORDS);
    let plain = found.alternatives.iter().filter(|alternative| alternative.except.is_empty());
    let alternatives: Vec<String> =
        plain.map(|alternative| &alternative.accept).filter(|text| is_value_word(text)).map(word).collect();
    let missing = match alternatives.len() == found.alternatives.len() {
        true => Missing::of(&found.coverage),
        false => Some(Missing { example: None }),
    };
    Said { alternatives, missing }
}

/// Whether Istio reads the word of a text as that text: empty words are refused, and stars at the ends are wildcards.
fn is_value_word(text: &Text) -> bool {
    match text {
        Text::Any => true,
        Text::Exact(own) | Text::Prefix(own) | Text::Suffix(own) => {
            !own.is_empty() && !own.starts_with('*') && !own.ends_with('*')
        }
        Text::Template(_) => false,
    }
}

fn word(text: &Text) -> String {
    match text {
        Text::Any => "*".to_owned(),
        Text::Exact(own) => own.clone(),
        Text::Prefix(own) => format!("{own}*"),
        Text::Suffix(own) => format!("*{own}"),
        Text::Template(template) => template.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(source: &str, scope: Scope) -> Said<Paths> {
        paths(&Pattern::new(source, scope).unwrap())
    }

    fn list(words: &[&str]) -> Option<OneOrMore<String>> {
        OneOrMore::new(words.iter().map(|word| (*word).to_owned()).collect())
    }

    #[test]
    fn the_rows_of_the_reference() {
        let cases: [(&str, Scope, &[Paths]); 13] = [
            ("/api", Scope::Full, &[(list(&["/api"]), None)]),
            ("/api", Scope::Start, &[(list(&["/api*"]), None)]),
            ("/api.+", Scope::Full, &[(list(&["/api*"]), list(&["/api"]))]),
            (".*/new", Scope::Full, &[(list(&["*/new"]), None)]),
            (".*", Scope::Full, &[(None, None)]),
            ("", Scope::Start, &[(None, None)]),
            (".+", Scope::Full, &[(list(&["*"]), None)]),
            ("/.*", Scope::Full, &[(list(&["/*"]), None)]),
            ("/api(/.*)?", Scope::Full, &[(list(&["/api", "/api/*"]), None)]),
            ("/api/?", Scope::Full, &[(list(&["/api", "/api/"]), None)]),
            ("/a/[^/]+", Scope::Start, &[(list(&["/a/*"]), list(&["/a/", "/a//*"]))]),
            (r"/a\?b", Scope::Start, &[]),
            (r"/a\{b", Scope::Start, &[]),
        ];
        for (source, scope, expected) in cases {
            let mut said = path(source, scope);
            for (paths, _) in &mut said.alternatives {
                let sorted = paths.take().map(|paths| {
                    let mut paths = paths.into_vec();
                    paths.sort();
                    paths
                });
                *paths = sorted.and_then(OneOrMore::new);
            }
            assert_eq!(said.alternatives, expected, "{source}");
            assert_eq!(said.missing, None, "{source}");
        }
    }

    #[test]
    fn what_is_missing_has_a_witness() {
        let said = path("/users/[^/]+/orders", Scope::Full);
        assert_eq!(said.alternatives, [(list(&["/users/{*}/orders"]), None)]);
        let missing = said.missing.and_then(|missing| missing.example).unwrap();
        assert!(missing.contains(['[', ']']) || !missing.is_ascii(), "{missing}");
        for source in [".*a-book.*new", "/a/[a-z]+", r"/a\*"] {
            let said = path(source, Scope::Full);
            assert!(said.alternatives.is_empty(), "{source}");
            let example = said.missing.and_then(|missing| missing.example).unwrap();
            assert!(Pattern::new(source, Scope::Full).unwrap().is_match(&example), "{source}: {example}");
        }
    }

    #[test]
    fn values_of_headers() {
        let value = |source: &str| values(&Pattern::new(source, Scope::Full).unwrap());
        let cases: [(&str, &[&str], bool); 9] = [
            ("v1", &["v1"], true),
            ("v1.*", &["v1*"], true),
            (".*v1", &["*v1"], true),
            (".*", &["*"], true),
            ("a|b.*", &["a", "b*"], true),
            (".+", &[], false),
            ("", &[], false),
            ("v.+", &[], false),
            (r"v\*", &[], false),
        ];
        for (source, expected, exact) in cases {
            let mut said = value(source);
            said.alternatives.sort();
            assert_eq!(said.alternatives, expected, "{source}");
            assert_eq!(said.missing.is_none(), exact, "{source}");
        }
        assert_eq!(value("^(.*?;)?(type=insider)(;.*)?$").alternatives.len(), 3);
    }
}
