//! What is written means to Linkerd what was written before means to SMI.

use proptest::prelude::*;

use super::*;

/// What Linkerd makes of an expression: a leftmost-first search whose hit must span the value.
fn linkerd_matches(regex: &str, value: &str) -> bool {
    regex::Regex::new(regex).unwrap().find(value).is_some_and(|hit| hit.range() == (0..value.len()))
}

fn written(source: &str, scope: Scope) -> String {
    whole_value(&Pattern::new(source, scope).unwrap(), 4096).unwrap()
}

#[test]
fn expressions_are_wrapped_by_their_scope() {
    assert_eq!(written("/metrics", Scope::Full), "^(/metrics)$");
    assert_eq!(written("/metrics", Scope::Start), "^(/metrics).*$");
    assert_eq!(written("v1", Scope::Anywhere), "^.*(v1).*$");
}

#[test]
fn leftmost_first_loses_nothing() {
    // Bare, `/a|/ab` does not match `/ab`, and `/api/.*?` nothing longer than `/api/`.
    assert!(!linkerd_matches("/a|/ab", "/ab"));
    assert!(linkerd_matches(&written("/a|/ab", Scope::Full), "/ab"));
    assert!(linkerd_matches(&written("/api/.*?", Scope::Full), "/api/v1"));
}

#[test]
fn what_the_two_read_differently_is_written_out() {
    let cases = [
        (r"/u/{id}", r"^(/u/\{id\})$"),
        (r"/\d+", r"^(/[0-9]+)$"),
        (r"\Qa.b\E", r"^(a\.b)$"),
        (r"[a&&b]", r"^([a\x{26}\x{26}b])$"),
        (r"(?P<1>a)", r"^((a))$"),
        (r"a{,5}", r"^(a\{,5\})$"),
        (r"[\D]", r"^([[^0-9]])$"),
    ];
    for (source, expected) in cases {
        assert_eq!(written(source, Scope::Full), expected);
    }
    assert!(!linkerd_matches(&written(r"\d", Scope::Full), "٣"), "ASCII digits only");
}

/// It is not compiled to find out.
#[test]
fn the_longest_plain_text_compiles() {
    for (text, scope) in [("/aB-~&#<>", Scope::Start), ("𝒳ü ", Scope::Full), ("-", Scope::Anywhere)] {
        let longest = text.repeat((4096 - 12) / text.len());
        let regex = written(&longest, scope);
        assert!(regex::Regex::new(&regex).is_ok() && linkerd_matches(&regex, &longest), "{scope:?}");
    }
}

#[test]
fn what_is_too_long_or_too_large_is_refused() {
    let long = Pattern::new(&"a".repeat(1000), Scope::Full).unwrap();
    assert_eq!(whole_value(&long, 100), Err(Unrunnable::TooLong(1004)));
}

fn piece() -> impl Strategy<Value = String> {
    let texts = [
        "a",
        "b",
        "/",
        "-",
        ".",
        "\\.",
        "\\d",
        "\\D",
        "\\w",
        "\\W",
        "\\s",
        "\\S",
        "[ab]",
        "[^a]",
        "[a-c-]",
        "[]a]",
        "[[a]",
        "[a&&b]",
        "[a~~b]",
        "[a--b]",
        "[\\d_]",
        "[^\\w]",
        "[\\D]",
        "[[:alpha:]]",
        "[[:^digit:]]",
        "\\Qa|b\\E",
        "\\x41",
        "\\x{e9}",
        "\\101",
        "\\pL",
        "\\p{^Lu}",
        "\\PN",
        "{",
        "}",
        "]",
        "{x}",
        "{,2}",
        "a{2}",
        "a{0,2}",
        "(?i:k)",
        "(?i)",
        "(?:a|b)",
        "(?P<n>a)",
        "|",
        "a*",
        "b+?",
        "^",
        "$",
        "\\b",
        "é",
        "#",
        "&",
        "~",
        "(?s:.)",
        "\\n",
        "\\t",
        "\\A",
        "\\z",
    ];
    proptest::sample::select(texts.to_vec()).prop_map(str::to_owned)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
    #[test]
    fn linkerd_reads_what_smi_means(
        pieces in proptest::collection::vec(piece(), 1..6),
        texts in proptest::collection::vec("[ab/\\-.A-C0-9_ é٣Kſk{}\\[\\]&~#x,|2]{0,5}", 8),
        scope in proptest::sample::select(vec![Scope::Start, Scope::Full, Scope::Anywhere]),
    ) {
        let Ok(pattern) = Pattern::new(&pieces.concat(), scope) else { return Ok(()) };
        let regex = whole_value(&pattern, 4096).unwrap();
        for text in texts {
            prop_assert_eq!(pattern.is_match(&text), linkerd_matches(&regex, &text), "{} on {:?}", regex, text);
        }
    }
}
