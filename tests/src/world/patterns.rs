//! Regular expressions nobody would write, over an alphabet so small that short texts hit them: anchors in odd places, alternations
//! without a group, empty parts. And such texts.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A pattern that RE2 takes.
pub(super) fn pattern() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        8 => select(vec!["a", "b", "/", "/a", "/b", "ab"]),
        3 => select(vec![".", ".*", "[ab]", "[^a]", r"\w", r"\.", "[/b]"]),
        2 => select(vec!["^", "$", "", "/a$", "^/", r"\A", r"\z", r"\b"]),
    ];
    leaf.prop_map(str::to_owned).prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            4 => vec(inner.clone(), 1..=3).prop_map(|parts| parts.concat()),
            3 => vec(inner.clone(), 2..=3).prop_map(|parts| parts.join("|")),
            1 => inner.clone().prop_map(|part| format!("({part})")),
            2 => (inner.clone(), select(vec!["*", "+", "?", "{2}", "*?"])).prop_map(|(part, times)| format!("(?:{part}){times}")),
            1 => inner.prop_map(|part| format!("(?i:{part})")),
        ]
    })
}

/// A path over the alphabet of the patterns. `.` stands only where it makes no dot segment.
pub(super) fn path() -> impl Strategy<Value = String> {
    vec(select(vec!["a", "b", "/", "ab", "/a", "a.b", "B"]), 0..=4)
        .prop_map(|parts| format!("/{}", parts.concat()))
}

/// A header value over the alphabet of the patterns.
pub(super) fn value() -> impl Strategy<Value = String> {
    vec(select(vec!["a", "b", "/", "ab", "A"]), 0..=3).prop_map(|parts| parts.concat())
}
