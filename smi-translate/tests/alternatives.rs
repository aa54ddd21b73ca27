//! Patterns as alternatives: the tables of what Istio can say, and every claim against what the pattern means.

use std::sync::LazyLock;

use proptest::prelude::*;
use smi_translate::pattern::{
    Alternative, Alternatives, Coverage, Grammar, MAX_ALTERNATIVES, PathTemplate, Pattern, Scope,
    TemplateError, TemplateSegment, Text,
};

const SCOPES: [Scope; 3] = [Scope::Start, Scope::Full, Scope::Anywhere];

/// Paths as Envoy compares them: normalised, without query and fragment.
const PATHS: &str = r#"/[^\x00-\x20\x7f?#{}"<>^|`\\]*"#;

/// Values of headers: no control characters, no blanks around them.
const VALUES: &str = r"(?:[^\x00-\x20\x7f](?:[^\x00-\x08\x0a-\x1f\x7f]*[^\x00-\x20\x7f])?)?";

static PATH: LazyLock<Grammar> = LazyLock::new(|| {
    let universe = pattern(PATHS, Scope::Full);
    Grammar::new(universe).with_suffixes().with_templates().with_exceptions().writing(can_write)
});

static VALUE: LazyLock<Grammar> = LazyLock::new(|| {
    let universe = pattern(VALUES, Scope::Full);
    Grammar::new(universe).with_suffixes().with_exceptions().writing(can_write)
});

/// A mesh that knows exact and prefix conditions, and texts of every kind.
static PLAIN: LazyLock<Grammar> = LazyLock::new(|| Grammar::new(pattern("", Scope::Start)));

/// What Istio can write.
fn can_write(text: &Text) -> bool {
    let (text, start, end) = match text {
        Text::Any | Text::Template(_) => return true,
        Text::Exact(text) => (text, true, true),
        Text::Prefix(text) => (text, true, false),
        Text::Suffix(text) => (text, false, true),
    };
    let misread = (start && text.starts_with('*')) || (end && text.ends_with('*'));
    !text.is_empty() && !text.contains(['{', '}']) && !misread
}

fn pattern(source: &str, scope: Scope) -> Pattern {
    Pattern::new(source, scope).unwrap_or_else(|error| panic!("{source:?}: {error}"))
}

/// Alternatives as the tables write them: `/a`, `/a*`, `*a`, `*`, `/a/{*}`, exceptions behind ` - `.
fn written(alternatives: &Alternatives) -> Vec<String> {
    let text = |text: &Text| match text {
        Text::Any => "*".to_owned(),
        Text::Exact(text) => text.clone(),
        Text::Prefix(text) => format!("{text}*"),
        Text::Suffix(text) => format!("*{text}"),
        Text::Template(template) => template.to_string(),
    };
    let alternative = |alternative: &Alternative| {
        let texts = std::iter::once(&alternative.accept).chain(&alternative.except).map(text);
        texts.collect::<Vec<_>>().join(" - ")
    };
    alternatives.alternatives.iter().map(alternative).collect()
}

#[track_caller]
fn check(source: &str, scope: Scope, grammar: &Grammar, expected: &[&str], missing: Option<&str>) {
    let found = pattern(source, scope).alternatives(grammar);
    assert_eq!(written(&found), expected, "{source:?} {scope:?}, missing {:?}", found.missing());
    assert_eq!(found.missing(), missing, "{source:?} {scope:?}");
    assert_eq!(found.is_exact(), missing.is_none(), "{source:?} {scope:?}");
}

#[track_caller]
fn full_path(source: &str, expected: &[&str], missing: Option<&str>) {
    check(source, Scope::Full, &PATH, expected, missing);
}

#[track_caller]
fn start_path(source: &str, expected: &[&str], missing: Option<&str>) {
    check(source, Scope::Start, &PATH, expected, missing);
}

#[track_caller]
fn value(source: &str, expected: &[&str], missing: Option<&str>) {
    check(source, Scope::Full, &VALUE, expected, missing);
}

// === Paths ===

#[test]
fn says_the_rows_of_the_path_table_exactly() {
    full_path("/api", &["/api"], None);
    full_path("/api.*", &["/api*"], None);
    full_path("/api.+", &["/api* - /api"], None);
    full_path(".*/new", &["*/new"], None);
    full_path(".+/new", &["*/new - /new"], None);
    full_path(".+new", &["*new"], None);
    full_path(r"/.*\.html", &["*.html"], None);
    full_path(r"/.+\.html", &["*.html - /.html"], None);
    full_path(".*[^a]/new", &["*/new - /new - *a/new"], None);
    full_path(".*", &["*"], None);
    full_path(".+", &["*"], None);
    full_path("/.*", &["*"], None);
    full_path("/.+", &["/* - /"], None);
    full_path("/api(/.*)?", &["/api", "/api/*"], None);
    full_path("/api(/.*)*", &["/api", "/api/*"], None);
    full_path("/api/?", &["/api", "/api/"], None);
    full_path("/api|/v[12]/x", &["/api", "/v1/x", "/v2/x"], None);
    full_path("/a{2,3}", &["/aa", "/aaa"], None);
    full_path("", &[], None);
}

#[test]
fn says_the_rows_of_the_path_table_narrower() {
    full_path("/a/[^/]+", &["/a/{*}"], Some("/a/["));
    full_path("/a/[^/]+/b", &["/a/{*}/b"], Some("/a/[/b"));
    full_path("/a/[^/]+/[^/]+/", &["/a/{*}/{*}/"], Some("/a/x/[/"));
    full_path("/a/.*/b", &["/a/{**}/b"], Some("/a/[/b"));
    full_path("/a/.+/b", &["/a/{**}/b - /a//b"], Some("/a/[/b"));
    full_path("/a/.+/b/", &["/a/{**}/b/ - /a//b/"], Some("/a/[/b/"));
    full_path("/a/[^/]+/.*/b", &["/a/{*}/{**}/b"], Some("/a/[//b"));
    full_path("/a/.*/[^/]+", &["/a/{*}/{*}"], Some("/a//x"));
    full_path("/a/[^/]*", &["/a/", "/a/{*}"], Some("/a/["));
    full_path("/a/[^/]+/.*", &["/a/{*}/{**}"], Some("/a/[/"));
    full_path("/[^/]+", &["/{*}"], Some("/["));
    full_path("/a/[^/]+/b(/.*)?", &["/a/{*}/b", "/a/{*}/b/{**}"], Some("/a/[/b"));
    full_path("/a/[^/]+/?", &["/a/{*}", "/a/{*}/"], Some("/a/["));
    full_path("/a/([^/]+/)?b", &["/a/b", "/a/{*}/b"], Some("/a/[/b"));
    full_path("/(a|b)/[^/]+", &["/a/{*}", "/b/{*}"], Some("/a/["));
    full_path("/a/[!-.0-~]+", &["/a/{*}"], Some("/a/["));
    full_path("/a/[^/]+/*|/b/é/[^/]+", &["/a/{*}", "/a/{*}/"], Some("/a/["));
}

#[test]
fn says_what_is_free_behind_its_end() {
    start_path("", &["*"], None);
    start_path("/api", &["/api*"], None);
    start_path("/api$", &["/api"], None);
    start_path("^/api/.*$", &["/api/*"], None);
    start_path("/a|/b$", &["/a*", "/b"], None);
    start_path("/a/[^/]+", &["/a/* - /a/ - /a//*"], None);
    start_path("/a[^/]+", &["/a* - /a - /a/*"], None);
    start_path("/a/[^/]", &["/a/* - /a/ - /a//*"], None);
    start_path("/a/[^/?#]+(/.*)?$", &["/a/* - /a/ - /a//*"], None);
    start_path("/a/[^/]+$", &["/a/{*}"], Some("/a/["));
    start_path("/a/[^/]+/b", &["/a/{*}/b", "/a/{*}/b/{**}"], Some("/a/[/b"));
    start_path("/a/[^/]+/", &["/a/{*}/{**}"], Some("/a/[/"));
    start_path("/a/[^x]", &["/a/* - /a/ - /a/x*"], None);
    start_path("/a$b", &[], None);
    start_path("$", &[], None);
}

#[test]
fn says_nothing_where_istio_cannot() {
    for (source, missing) in [
        (".*L.*", "/L"),
        (".*a-book.*new", "/a-booknew"),
        (".*-http-client/*.*", "/-http-client"),
        ("/a.*b", "/ab"),
        ("/[a-z]+", "/x"),
        (r"/\d+", "/1"),
        (r"/\w+", "/x"),
        ("/a/v[^/]+", "/a/vx"),
        ("/a/[^/]+b", "/a/xb"),
    ] {
        full_path(source, &[], Some(missing));
    }
    full_path(r"/a\*", &[], Some("/a*"));
    full_path(r"/a\*.*", &["/a**"], None);
    full_path(r".*\*", &[], Some("/*"));
    full_path(r"/a\*b", &["/a*b"], None);
    full_path(r"/a|/b\*", &["/a"], Some("/b*"));
}

#[test]
fn leaves_out_what_cannot_occur() {
    for never in
        [r"/a\?b", "/a#b", r"/a\{b", "/a}", "/a b", "/a\"", "/<", "/>", r"/\^", r"/\|", "/`", r"/\\", "api"]
    {
        full_path(never, &[], None);
        start_path(never, &[], None);
    }
    full_path(r"/a(\?.*)?", &["/a"], None);
    full_path(r"/a|/b\?.*", &["/a"], None);
    start_path(r"/a([?#]|$)", &["/a"], None);
    start_path(r"/a([/?#].*)?$", &["/a", "/a/*"], None);
    full_path("/[^/?#]*(/[?#]*)?", &["/", "//", "/{*}", "/{*}/"], Some("/["));
}

#[test]
fn ignores_case_while_it_fits() {
    start_path("(?i)/v1", &["/V1*", "/v1*"], None);
    let api = pattern("(?i)/api", Scope::Full).alternatives(&PATH);
    assert!(api.is_exact());
    assert_eq!(api.alternatives.len(), 8);
    let long = pattern("(?i)/application", Scope::Full).alternatives(&PATH);
    assert_eq!(long.alternatives, []);
    assert_eq!(long.missing().map(str::to_lowercase).as_deref(), Some("/application"));
}

#[test]
fn drops_what_another_alternative_says() {
    full_path("/a.*|/a/b", &["/a*"], None);
    full_path("/a/x|/a/[^/]+", &["/a/{*}"], Some("/a/["));
    full_path("/a|.*", &["*"], None);
    full_path("/a|/[^a].*|/a.+|/", &["*"], None);
}

#[test]
fn keeps_within_what_the_mesh_has() {
    let plain = |source: &str, expected: &[&str], missing: Option<&str>| {
        check(source, Scope::Full, &PLAIN, expected, missing);
    };
    plain("/api.+", &[], Some("/apix"));
    plain(".*new", &[], Some("new"));
    plain("/a/[^/]+", &[], Some("/a/x"));
    plain("/a|/b.*", &["/a", "/b*"], None);
    plain("/.*", &["/*"], None);
    plain(".+", &[], Some("x"));
    plain("a\nb", &[], None);
}

// === Header values ===

#[test]
fn says_the_rows_of_the_header_table() {
    value("v1", &["v1"], None);
    value("v1.*", &["v1*"], None);
    value(".*v1", &["*v1"], None);
    value(".*", &["*"], None);
    value("v1.+", &["v1* - v1"], None);
    value(".+v1", &["*v1 - v1"], None);
    value("v1|v2|x.*", &["v1", "v2", "x*"], None);
    value(".+", &[], Some("x"));
    value("", &[], Some(""));
    value("v1|", &["v1"], Some(""));
    value(".*v1.*", &[], Some("v1"));
    value("a .*", &["a *"], None);
    value("a ", &[], None);
    value("[^x].*", &[], Some("/"));
    value("v[^/]+", &[], Some("vx"));
}

#[test]
fn says_three_of_four_branches_of_the_cookie() {
    value(
        "^(.*?;)?(type=insider)(;.*)?$",
        &["type=insider", "type=insider;*", "*;type=insider"],
        Some(";type=insider;"),
    );
}

// === Templates ===

#[test]
fn templates_are_checked() {
    let read = |text: &str| text.parse::<PathTemplate>();
    for good in ["/{*}", "/{**}", "/a/{*}/b", "/a/{**}/b/", "/{*}/{**}/c.d"] {
        assert_eq!(read(good).map(|template| template.to_string()).as_deref(), Ok(good));
    }
    for (bad, error) in [
        ("", TemplateError::NoLeadingSlash),
        ("a/{*}", TemplateError::NoLeadingSlash),
        ("/", TemplateError::EmptySegment),
        ("//{*}", TemplateError::EmptySegment),
        ("/{*}//", TemplateError::EmptySegment),
        ("/a//{*}", TemplateError::EmptySegment),
        ("/a", TemplateError::NoOperator),
        ("/{**}/{*}", TemplateError::AfterMany),
        ("/{**}/{**}", TemplateError::AfterMany),
        ("/a{*}", TemplateError::BadLiteral("a{*}".to_owned())),
        ("/a*/{*}", TemplateError::BadLiteral("a*".to_owned())),
        ("/é/{*}", TemplateError::BadLiteral("é".to_owned())),
    ] {
        assert_eq!(read(bad), Err(error), "{bad}");
    }
    let empty = vec![TemplateSegment::One, TemplateSegment::Literal(String::new())];
    assert_eq!(PathTemplate::new(empty, false), Err(TemplateError::EmptySegment));
    assert_eq!(PathTemplate::new(Vec::new(), true), Err(TemplateError::EmptySegment));
}

#[test]
fn templates_accept_whole_paths() {
    let accepts =
        |template: &str, path: &str| template.parse::<PathTemplate>().expect("a template").accepts(path);
    for (template, path, expected) in [
        ("/a/{*}/b", "/a/x/b", true),
        ("/a/{*}/b", "/a//b", false),
        ("/a/{*}/b", "/a/x/y/b", false),
        ("/a/{*}/b", "/a/[/b", false),
        ("/a/{*}", "/a/*=", true),
        ("/a/{*}", "/a/x/", false),
        ("/a/{*}/", "/a/x/", true),
        ("/a/{*}/", "/a/x", false),
        ("/a/{**}", "/a", false),
        ("/a/{**}", "/a/", true),
        ("/a/{**}", "/a//", true),
        ("/a/{**}", "/a/[", false),
        ("/a/{**}/b", "/a/b", false),
        ("/a/{**}/b", "/a//b", true),
        ("/a/{**}/b", "/a/b/b/b", true),
        ("/a/{**}/b/", "/a/x/b/", true),
    ] {
        assert_eq!(accepts(template, path), expected, "{template} {path}");
    }
}

#[test]
fn templates_mean_less_in_older_versions() {
    // Every version takes these characters, but newer ones take more: not sound.
    full_path("/a/[A-Za-z0-9._~%!$&'()+,;:@-]+", &[], Some("/a/x"));
    // Newer versions take all of these, older ones lack two: not complete.
    full_path("/a/[A-Za-z0-9._~%!$&'()*+,;:@=-]+", &["/a/{*}"], Some("/a/*"));
    full_path(r"/a/[A-Za-z0-9._~%!$&'()*+,;:@=-]+|/a/[*]", &["/a/{*}"], Some("/a/*"));
}

// === Bounds ===

#[test]
fn hostile_patterns_are_bounded() {
    let sources = [
        "/".to_owned() + &"(a|b)".repeat(40),
        "/".to_owned() + &"(a|b)".repeat(800),
        "/(a?){50}".to_owned(),
        "/(a?){500}".to_owned(),
        "/[a-z]{1,30}".to_owned(),
        "/[^/]{1,30}".to_owned(),
        "/((a{0,30}){0,30})".to_owned(),
        "/((((a?b?){5}){5}){5})".to_owned(),
        "/(((a*)*)*)*".to_owned(),
        "/".to_owned() + &"a?".repeat(2000),
        "/".to_owned() + &"(a".repeat(80) + &")?".repeat(80),
        "/".to_owned() + &"[^/]+/".repeat(500),
        "/(a|b|c|d)*x(a|b|c|d){12}".to_owned(),
        "/".to_owned() + &"x".repeat(4000),
        r"/\x{1f600}(é|ü|[^\x00-\x{ffff}])*".to_owned(),
        r"(?i)/\pL+|\PN*k".to_owned(),
        "/".to_owned() + &"x".repeat(4000) + ".+",
        (0..800).map(|i| format!("/{i}")).collect::<Vec<_>>().join("|"),
        (0..300).map(|i| format!("/{i}/[^/]+")).collect::<Vec<_>>().join("|"),
        (0..300).map(|i| format!(".*{i}-")).collect::<Vec<_>>().join("|"),
        (0..300).map(|i| format!("/{i}.+")).collect::<Vec<_>>().join("|"),
        (10..74).map(|i| format!(".+{i}{}", "x".repeat(50))).collect::<Vec<_>>().join("|"),
        (10..74).map(|i| format!("/{i}{}", "[^/]+/x".repeat(7))).collect::<Vec<_>>().join("|"),
    ];
    for source in sources {
        for scope in SCOPES {
            for grammar in [&*PATH, &*VALUE] {
                let pattern = pattern(&source, scope);
                let found = pattern.alternatives(grammar);
                assert!(found.alternatives.len() <= MAX_ALTERNATIVES, "{source}");
                if let Some(text) = found.missing() {
                    assert!(pattern.is_match(text) && !found.accept(text), "{source} {text:?}");
                }
            }
        }
    }
    let unknown = pattern("/(a|b|c|d)*x(a|b|c|d){12}[^/]{500}", Scope::Full).alternatives(&PATH);
    assert_eq!(unknown.alternatives, []);
    assert_ne!(unknown.coverage, Coverage::Exact);
}

#[test]
fn many_optional_parts_still_fit() {
    let found = pattern("/(a?){50}", Scope::Full).alternatives(&PATH);
    assert!(found.is_exact());
    assert_eq!(found.alternatives.len(), 51);
}

// === Every claim against the meaning ===

fn regex() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "a", "b", "/", "/a", "/b", ".", ".*", ".+", "[ab]", "[^/]", "[^/]+", "[^/]*", "[^a]+", "^", "$",
        "(?i:a)", r"\*", r"\[", "", "a;", "{2}", "/",
    ]);
    let leaf = leaf.prop_map(|leaf| if leaf == "{2}" { "a{2}".to_owned() } else { leaf.to_owned() });
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            4 => prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
            2 => prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| format!("(?:{})", parts.join("|"))),
            2 => (inner, prop::sample::select(vec!["?", "*", "+", "{0,2}", "{2}", "{1,}"]))
                .prop_map(|(inner, operator)| format!("(?:{inner}){operator}")),
        ]
    })
}

/// Texts over few characters, most of them paths.
fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "/", "/", "A", "[", "*", ";", "é"]), 0..8)
        .prop_map(|parts| parts.concat())
}

/// Whether a condition says of a text the same in every version of a mesh.
fn is_stable(text: &str) -> bool {
    !text.contains(['*', '='])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn claims_hold(
        source in regex(),
        slash in any::<bool>(),
        texts in prop::collection::vec(text(), 40),
    ) {
        let source = if slash { format!("/{source}") } else { source };
        for (scope, grammar) in SCOPES.into_iter().flat_map(|s| [(s, &*PATH), (s, &*VALUE), (s, &*PLAIN)]) {
            let pattern = pattern(&source, scope);
            let found = pattern.alternatives(grammar);
            let claim = format!("{source:?} {scope:?} {:?} {:?}", written(&found), found.coverage);
            prop_assert!(found.coverage != Coverage::Unknown, "{}", claim);
            for text in texts.iter().flat_map(|text| [text.clone(), format!("/{text}")]) {
                if !grammar.universe().is_match(&text) {
                    continue;
                }
                let is_match = pattern.is_match(&text);
                prop_assert!(!found.accept(&text) || is_match, "{} accepts {:?}", claim, text);
                if found.is_exact() {
                    prop_assert!(!is_match || found.accept(&text), "{} refuses {:?}", claim, text);
                }
            }
            if let Some(text) = found.missing() {
                prop_assert!(grammar.universe().is_match(text), "{}", claim);
                prop_assert!(pattern.is_match(text), "{}", claim);
                prop_assert!(!found.accept(text) || !is_stable(text), "{}", claim);
            }
            let writable = |text: &Text| !matches!(text, Text::Template(_)) || std::ptr::eq(grammar, &*PATH);
            prop_assert!(found.alternatives.iter().all(|alternative| writable(&alternative.accept)));
        }
    }
}
