//! Patterns against what RE2 and Go say (`pattern/dialect.jsonl`), and their proofs against their meaning.

use std::collections::HashSet;

use proptest::prelude::*;
use regex_syntax::hir::{ClassUnicode, ClassUnicodeRange};
use smi_translate::pattern::{Inclusion, Overlap, Pattern, PatternError, Scope, Shape};

const SCOPES: [Scope; 3] = [Scope::Start, Scope::Full, Scope::Anywhere];

fn pattern(source: &str, scope: Scope) -> Pattern {
    Pattern::new(source, scope).unwrap_or_else(|error| panic!("{source:?} at {}: {error}", error.offset))
}

fn refused(source: &str) -> PatternError {
    Pattern::new(source, Scope::Full).expect_err(source)
}

/// What a shape says about a text; `None` if it leaves that to the regular expression.
fn shape_accepts(shape: &Shape, text: &str) -> Option<bool> {
    match shape {
        Shape::Nothing => Some(false),
        Shape::Any => Some(true),
        Shape::Exact(exact) => Some(text == exact),
        Shape::Prefix(prefix) => Some(text.starts_with(prefix.as_str())),
        Shape::Suffix(suffix) => Some(text.ends_with(suffix.as_str())),
        Shape::Regex => None,
        other => panic!("{other:?} has no test"),
    }
}

/// A row of the table of patterns.
struct Row {
    pattern: String,
    accepted: bool,
    /// Texts, and whether they match under each of [`SCOPES`].
    texts: Vec<(String, [bool; 3])>,
}

impl Row {
    /// Whether proofs about it are quick without optimisation: large counts and Unicode classes are not.
    fn is_quick(&self) -> bool {
        self.accepted && !["00}", "\\p", "\\P"].iter().any(|slow| self.pattern.contains(slow))
    }
}

fn rows() -> Vec<Row> {
    include_str!("pattern/dialect.jsonl")
        .lines()
        .map(|line| {
            let row: serde_json::Value = serde_json::from_str(line).expect("a row is JSON");
            let answers =
                ["start", "full", "anywhere"].map(|key| row[key].as_str().unwrap_or_default().as_bytes());
            let texts = row["texts"].as_array().expect("a row has texts").iter().enumerate();
            Row {
                pattern: row["pattern"].as_str().expect("a row has a pattern").to_owned(),
                accepted: row["accepted"].as_bool().expect("a row says whether it is accepted"),
                texts: texts
                    .map(|(i, text)| {
                        (
                            text.as_str().expect("a text is a string").to_owned(),
                            answers.map(|a| a.get(i) == Some(&b'1')),
                        )
                    })
                    .collect(),
            }
        })
        .collect()
}

// === The dialect ===

#[test]
fn accepts_and_matches_as_re2_and_go_do() {
    let rows = rows();
    assert!(rows.len() > 800);
    let regex = pattern("[^x]y", Scope::Full);
    for row in rows {
        let source = &row.pattern;
        assert_eq!(Pattern::new(source, Scope::Full).is_ok(), row.accepted, "{source:?}");
        if !row.accepted {
            continue;
        }
        for (index, scope) in SCOPES.into_iter().enumerate() {
            let pattern = pattern(source, scope);
            for (text, expected) in &row.texts {
                assert_eq!(pattern.is_match(text), expected[index], "{source:?} {scope:?} {text:?}");
            }
            if !row.is_quick() {
                continue;
            }
            // Asked again when the automaton exists, which then answers.
            let shape = pattern.shape().clone();
            let _ = pattern.overlaps(&regex);
            for (text, expected) in &row.texts {
                assert_eq!(pattern.is_match(text), expected[index], "{source:?} {scope:?} {text:?}");
                if !text.contains('\n')
                    && let Some(accepted) = shape_accepts(&shape, text)
                {
                    assert_eq!(accepted, expected[index], "{source:?} {scope:?} {text:?} {shape:?}");
                }
            }
        }
    }
}

#[test]
fn refuses_names_that_two_groups_share_though_re2_and_go_do_not() {
    // Meshes with the Rust regex crate (Linkerd) refuse them.
    assert_eq!(refused("(?P<n>a)(?<n>b)").message, "the group name \"n\" is used twice");
    pattern("(?P<n>a)(?P<m>b)", Scope::Full);
}

#[test]
fn ignores_case_as_unicode_folds_it() {
    let cased = ('\0'..=char::MAX).filter(|c| !c.to_lowercase().eq([*c]) || !c.to_uppercase().eq([*c]));
    for c in cased {
        let mut class = ClassUnicode::new([ClassUnicodeRange::new(c, c)]);
        class.case_fold_simple();
        let folded = pattern(&format!("(?i){c}"), Scope::Full);
        for other in class.iter().flat_map(|range| range.start()..=range.end()) {
            assert!(folded.is_match(other.encode_utf8(&mut [0; 4])), "{c:?} {other:?}");
        }
    }
}

#[test]
fn tells_what_is_wrong_and_where() {
    let cases = [
        ("*", 0, "there is nothing before \"*\" to repeat", "write \".*\" for any text"),
        ("a|+?", 2, "there is nothing before \"+?\" to repeat", "\\+?"),
        ("a++", 2, "\"+\" follows another repetition", "possessive"),
        ("a**", 2, "\"*\" follows another repetition", "(?:…)"),
        ("x/(?=a)", 2, "RE2 has no look-ahead", "list the texts"),
        ("(?<!a)b", 0, "RE2 has no look-behind", "list the texts"),
        ("(a)\\1", 3, "RE2 has no back-references, so \"\\1\" cannot be used", ""),
        ("(?P<a>x)(?P=a)", 8, "RE2 has no back-references", ""),
        ("(?>a)", 0, "RE2 has no atomic groups", ""),
        ("(?#a)", 0, "RE2 has no comments", ""),
        ("(?x)a", 0, "RE2 has no group \"(?x\"", "i, m, s and U"),
        ("ab{1001}", 2, "the repetition \"{1001}\" counts beyond 1000", ""),
        ("ab{2,1}", 2, "the repetition \"{2,1}\" runs backwards", ""),
        ("(a{1,1000}){2}", 11, "the repetition counts multiply to more than 1000", ""),
        ("a[b", 1, "the character class has no closing \"]\"", "\\["),
        ("[z-a]", 1, "the range \"z-a\" runs backwards", ""),
        ("[[:foo:]]", 1, "there is no character class \"[:foo:]\"", ""),
        ("a(b", 1, "the group has no closing \")\"", "\\("),
        ("ab)", 2, "the \")\" closes no group", "\\)"),
        ("é\\Z", 2, "\"\\Z\" is no escape that RE2 and Go know", "\\z"),
        ("\\C", 0, "\"\\C\" is no escape that RE2 and Go know", ""),
        ("\\xZZ", 0, "\"\\xZ\" is no code point", "hexadecimal"),
        ("\\p{Klingon}", 0, "\"\\p{Klingon}\" is no Unicode class that RE2 and Go know", "scripts"),
        ("a\\", 1, "the pattern ends in a backslash", "\\\\"),
        ("(?P<é>a)", 0, "\"é\" is no group name", "letters"),
    ];
    for (source, offset, message, help) in cases {
        let error = refused(source);
        assert_eq!((error.offset, error.to_string().as_str()), (offset, message), "{source:?}");
        assert!(error.help.unwrap_or_default().contains(help), "{source:?}");
    }
}

#[test]
fn messages_are_clauses() {
    for row in rows().iter().filter(|row| !row.accepted) {
        let error = refused(&row.pattern);
        let first = error.message.chars().next().unwrap();
        assert!(!first.is_uppercase() || error.message.starts_with("RE2"), "{error}");
        assert!(!error.message.ends_with(['.', '!']), "{error}");
        assert!(row.pattern.is_char_boundary(error.offset), "{:?} {error:?}", row.pattern);
    }
}

// === Bounds ===

#[test]
fn hostile_patterns_are_refused_or_stay_small() {
    let refusals = [
        ("a".repeat(1 << 20), "bytes"),
        ("(".repeat(20_000), "bytes"),
        ("(".repeat(4_000), "nests"),
        ("(?:a".repeat(240) + &")*".repeat(240), "nests"),
        ("a*".to_owned() + &"\\Q\\E*".repeat(700), "nests"),
        ("a{1,1000}{1,1000}".to_owned(), "repetition"),
        ("((a{1,100}){1,10}){1,10}".to_owned(), "1000"),
        (r"\pL".repeat(1300), "too large"),
        (r"(?:\pL\pN\pS){1000}".to_owned(), "too large"),
    ];
    for (source, word) in refusals {
        let error = refused(&source);
        assert!(error.message.contains(word), "{error}");
    }
    let other = pattern("/x[a-z]+y", Scope::Start);
    let bounded = [
        r"[\x00-\x{10FFFF}]{1000}".to_owned(),
        "(x+x+)+y".to_owned(),
        format!("({})", ["ab"; 1300].join("|")),
        ".*a.{12}".to_owned(),
        r"\b\w+\b.*".repeat(20),
        "a?".repeat(150) + &"a".repeat(150),
        "(?:(?:a{0,10}){0,10}){0,4}".to_owned(),
        "(".repeat(122) + "a" + &")*".repeat(122),
    ];
    for source in bounded {
        for scope in SCOPES {
            let pattern = pattern(&source, scope);
            let _ = (pattern.shape(), pattern.is_match(&"a".repeat(300)));
            let _ = (pattern.overlaps(&other), pattern.inclusion(&other));
            let _ = (pattern.differs_from_search(), pattern.ends_inside_segment());
        }
    }
    let too_large = pattern(r"[\x00-\x{10FFFF}]{1000}", Scope::Full);
    assert_eq!(*too_large.shape(), Shape::Regex);
    assert_eq!(too_large.overlaps(&other), Overlap::Unknown);
    assert_eq!(too_large.inclusion(&other), Inclusion::Unknown);
    assert!(too_large.is_match(&"é".repeat(1000)) && !too_large.is_match(&"é".repeat(999)));
}

#[test]
fn what_is_accepted_for_one_scope_can_be_run_in_every_scope() {
    let counted = |n: usize| format!("{}[cd]{{{}}}", "[ab]{1000}".repeat(n / 1000), n % 1000);
    let (mut accepted, mut too_large) = (0, 100_000);
    while too_large - accepted > 1 {
        let middle = (accepted + too_large) / 2;
        let fits = Pattern::new(&counted(middle), Scope::Full).is_ok();
        *(if fits { &mut accepted } else { &mut too_large }) = middle;
    }
    for scope in SCOPES {
        let pattern = pattern(&counted(accepted), scope);
        assert!(!pattern.is_match("a"));
        let _ = (pattern.differs_from_search(), pattern.ends_inside_segment());
        assert!(Pattern::new(&counted(too_large), scope).is_err());
    }
}

// === Shapes and surprises ===

#[test]
fn shapes_of_patterns() {
    let prefix = |text: &str| Shape::Prefix(text.to_owned());
    let exact = |text: &str| Shape::Exact(text.to_owned());
    let suffix = |text: &str| Shape::Suffix(text.to_owned());
    let (start, full, anywhere) = (Scope::Start, Scope::Full, Scope::Anywhere);
    let cases = [
        ("/api", start, prefix("/api")),
        ("/api.*", start, prefix("/api")),
        ("^/api", start, prefix("/api")),
        ("\\A/api", start, prefix("/api")),
        ("/api(/.*)?", start, prefix("/api")),
        ("/api/*", start, prefix("/api")),
        ("/a|/ab", start, prefix("/a")),
        ("/a\\.b", start, prefix("/a.b")),
        ("\\Q/a.b", start, prefix("/a.b")),
        ("(/status)(?:.*)", start, prefix("/status")),
        ("/[a]b", start, prefix("/ab")),
        ("^/health$", start, exact("/health")),
        ("/health$", start, exact("/health")),
        ("(/a)$|/a$", start, exact("/a")),
        ("/a\\z", start, exact("/a")),
        ("/a|/b$", start, Shape::Regex),
        ("", start, Shape::Any),
        (".*", start, Shape::Any),
        ("(|/x)", start, Shape::Any),
        ("$", start, exact("")),
        (".*a-book.*new", start, Shape::Regex),
        ("/users/[0-9]+", start, Shape::Regex),
        ("(?i)/api", start, Shape::Regex),
        ("(?i)/1", start, prefix("/1")),
        ("v1", full, exact("v1")),
        ("^true$", full, exact("true")),
        ("(?i:é|É)?x{0}$", full, Shape::Regex),
        ("v1.*", full, prefix("v1")),
        (".*x", full, suffix("x")),
        ("(.*x|x)$", full, suffix("x")),
        (".*", full, Shape::Any),
        ("[^\\n]*", full, Shape::Any),
        (".*.*", full, Shape::Any),
        ("(.|x)*", full, Shape::Any),
        (".+", full, Shape::Regex),
        (".*Android.*", full, Shape::Regex),
        ("", full, exact("")),
        ("bookstore.$NAMESPACE", full, Shape::Nothing),
        ("a^b", full, Shape::Nothing),
        ("\\x{D800}", full, Shape::Nothing),
        ("a\\nb", full, Shape::Nothing),
        ("v1", anywhere, Shape::Regex),
        ("^v1", anywhere, prefix("v1")),
        ("v1$", anywhere, suffix("v1")),
        ("^v1$", anywhere, exact("v1")),
        ("", anywhere, Shape::Any),
        ("x*", anywhere, Shape::Any),
    ];
    for (source, scope, shape) in cases {
        assert_eq!(*pattern(source, scope).shape(), shape, "{source:?} {scope:?}");
    }
}

#[test]
fn header_patterns_that_a_search_would_read_differently() {
    for source in
        ["v1", "t|True", "^v1", "v1$", ".*x", "[0-9]+", "bookstore.bookstore", ".*Callback*", "^a|b$"]
    {
        let full = pattern(source, Scope::Full);
        let witness = full.differs_from_search().expect(source);
        assert!(
            pattern(source, Scope::Anywhere).is_match(&witness) && !full.is_match(&witness),
            "{source:?}"
        );
    }
    for source in ["^true$", ".*", ".*curl.*", "^(.*?;)?(type=insider)(;.*)?$", ".*-http-client/*.*", "x*y^"]
    {
        assert_eq!(pattern(source, Scope::Full).differs_from_search(), None, "{source:?}");
    }
    assert_eq!(pattern("v1", Scope::Start).differs_from_search(), None);
}

#[test]
fn path_patterns_that_end_inside_a_segment() {
    for source in [
        "/api",
        "^/api",
        "/api/*",
        "/users/[0-9]+",
        "/payments/[a-z0-9-]+",
        ".*new",
        "/a$|/b",
        "/a/(b|c)",
        "/a\\b",
    ] {
        assert!(pattern(source, Scope::Start).ends_inside_segment(), "{source:?}");
    }
    for source in [
        "",
        "/",
        "/api/",
        "/api/.*",
        "/api.*",
        ".*",
        "/health$",
        "/a/[^/]+",
        "/a(/|$)",
        "/.*valid.*",
        "/a/[^/]+/",
    ] {
        assert!(!pattern(source, Scope::Start).ends_inside_segment(), "{source:?}");
    }
    assert!(!pattern("/api", Scope::Full).ends_inside_segment());
}

// === Comparisons ===

#[test]
fn comparisons_of_patterns() {
    let cases = [
        // a, b, overlap, a within b, b within a
        ("/api/v[0-9]+", "/api/.*", true, true, false),
        ("/a", "/b", false, false, false),
        ("/a", "/ab", true, false, true),
        ("/a$", "/a", true, true, false),
        ("/a/[0-9]+$", "/a/[a-z]+$", false, false, false),
        ("/a/[^/]+$", "/a/.+", true, true, false),
        ("x|y", "[xy]", true, true, true),
        ("a\\x{D800}", "/a", false, true, false),
        (".*x$", "/y", true, false, false),
        (".*", "", true, true, true),
    ];
    for (a, b, overlap, forth, back) in cases {
        let (one, other) = (pattern(a, Scope::Start), pattern(b, Scope::Start));
        assert_eq!(check_overlap(&one, &other), Some(overlap), "{a:?} {b:?}");
        assert_eq!(check_inclusion(&one, &other), Some(forth), "{a:?} {b:?}");
        assert_eq!(check_inclusion(&other, &one), Some(back), "{b:?} {a:?}");
    }
}

/// Whether they overlap, the witness checked.
fn check_overlap(a: &Pattern, b: &Pattern) -> Option<bool> {
    match a.overlaps(b) {
        Overlap::Disjoint => Some(false),
        Overlap::Witness(text) => {
            assert!(a.is_match(&text) && b.is_match(&text), "{a:?} {b:?} {text:?}");
            Some(true)
        }
        _ => None,
    }
}

/// Whether `a` is within `b`, the counterexample checked.
fn check_inclusion(a: &Pattern, b: &Pattern) -> Option<bool> {
    match a.inclusion(b) {
        Inclusion::Subset => Some(true),
        Inclusion::Counterexample(text) => {
            assert!(a.is_match(&text) && !b.is_match(&text), "{a:?} {b:?} {text:?}");
            Some(false)
        }
        _ => None,
    }
}

#[test]
fn the_regex_for_full_matches_means_the_same() {
    for row in rows().iter().filter(|row| row.is_quick()) {
        for scope in [Scope::Start, Scope::Anywhere] {
            let original = pattern(&row.pattern, scope);
            let composed = pattern(&original.full_match_regex(), Scope::Full);
            for (one, other) in [(&original, &composed), (&composed, &original)] {
                assert_ne!(check_inclusion(one, other), Some(false), "{one:?} {other:?}");
            }
        }
    }
    assert_eq!(pattern("/a|/b$", Scope::Start).full_match_regex(), "(?:/a|/b$).*");
    assert_eq!(pattern("v1", Scope::Full).full_match_regex(), "v1");
    assert_eq!(pattern("v1", Scope::Anywhere).full_match_regex(), ".*(?:v1).*");
    assert_eq!(pattern("\\Qa|b", Scope::Start).full_match_regex(), "(?:\\Qa|b\\E).*");
    assert_eq!(pattern("\\Qa\\", Scope::Start).full_match_regex(), "(?:\\Qa\\\\E).*");
}

#[test]
fn a_pattern_is_its_source_and_its_scope() {
    fn shared<T: Send + Sync + Clone>(_: &T) {}
    let api = pattern("/api", Scope::Start);
    shared(&api);
    assert_eq!(api, api.clone());
    assert_eq!(HashSet::from([api.clone(), pattern("/api", Scope::Start)]).len(), 1);
    assert_ne!(api, pattern("/api", Scope::Full));
    assert_ne!(api, pattern("/api.*", Scope::Start));
    assert_eq!(format!("{api:?}"), "Pattern { source: \"/api\", scope: Start }");
}

// === Generated patterns ===

/// Patterns that are accepted, mostly.
fn sources() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "a", "b", "/", "é", ".", ".*", "[ab]", "[^/]", "[^a]+", "\\w", "\\b", "\\B", "^", "$", "\\z", "",
        "ab", "(?i)a", "[^a]", "(?s).", "\\Qa.\\E", "(?m)$",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| a + &b),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(?:{a}|{b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a}|{b}")),
            (inner, prop::sample::select(vec!["*", "+", "?", "{2}", "{0,2}", "{0}"]))
                .prop_map(|(a, n)| format!("({a}){n}")),
        ]
    })
}

fn scopes() -> impl Strategy<Value = Scope> {
    prop::sample::select(SCOPES.to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn proofs_agree_with_the_meaning(
        a in sources(), b in sources(), scope in scopes(), other_scope in scopes(),
        texts in prop::collection::vec("[ab/é.A_-]{0,6}", 12),
    ) {
        let (a, b) = (pattern(&a, scope), pattern(&b, other_scope));
        let composed = pattern(&a.full_match_regex(), Scope::Full);
        let included = check_inclusion(&a, &b);
        let overlap = check_overlap(&a, &b);
        prop_assert_eq!(overlap, check_overlap(&b, &a));
        let witness = a.differs_from_search();
        if let Some(text) = &witness {
            let search = pattern(a.source(), Scope::Anywhere);
            prop_assert!(search.is_match(text) && !a.is_match(text));
        }
        for text in &texts {
            let accepted = a.is_match(text);
            prop_assert_eq!(composed.is_match(text), accepted, "{:?} {:?}", composed, text);
            if let Some(shape) = shape_accepts(a.shape(), text) {
                prop_assert_eq!(shape, accepted, "{:?} {:?} {:?}", a, a.shape(), text);
            }
            prop_assert!(!(accepted && b.is_match(text)) || overlap != Some(false), "{:?} {:?} {:?}", a, b, text);
            prop_assert!(!accepted || b.is_match(text) || included != Some(true), "{:?} {:?} {:?}", a, b, text);
        }
    }
}
