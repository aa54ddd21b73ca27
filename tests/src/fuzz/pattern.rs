//! Patterns: each reads as RE2 reads it, and whatever is said about all texts holds for every text that is tried.

mod tree;

use std::sync::LazyLock;

use smi_translate::pattern::{
    Alternatives, Coverage, Grammar, Inclusion, MAX_ALTERNATIVES, Overlap, Pattern, Scope, Shape, Text,
};

use self::tree::Tree;
use super::choices::Choices;
use crate::istio_model::Re2;

const SCOPES: [Scope; 3] = [Scope::Start, Scope::Full, Scope::Anywhere];

/// Two patterns and then texts, a line each. Input that begins with a control character is a tree of choices instead.
pub fn pattern(data: &[u8]) {
    if data.first().is_some_and(|first| *first < b'\t') {
        return of_choices(&mut Choices::new(&data[1..]));
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut lines = text.split('\n');
    let sources = [lines.next().unwrap_or_default(), lines.next().unwrap_or_default()];
    let mut texts: Vec<String> = lines.take(8).map(str::to_owned).collect();
    texts.extend(sources.iter().flat_map(|source| tries(source)));
    let [first, second] = sources.map(|source| read(source, &texts));
    if let Some(first) = first {
        compare(&first, &second.unwrap_or_else(|| first.clone()), &mut texts);
    }
}

/// A pattern of known meaning.
fn of_choices(choices: &mut Choices<'_>) {
    let trees = [3, 2].map(|depth| Tree::chosen(choices, depth));
    let mut texts: Vec<String> = (0..8).map(|_| Tree::text(choices)).collect();
    let patterns = trees.clone().map(|tree| {
        let source = tree.source();
        let patterns = read(&source, &[]);
        patterns.unwrap_or_else(|| panic!("{source:?} is a pattern of RE2"))
    });
    compare(&patterns[0], &patterns[1], &mut texts);
    texts.push(String::new());
    for (tree, patterns) in trees.iter().zip(&patterns) {
        for text in texts.iter().filter(|text| Tree::knows(text) && (text.is_ascii() || !tree.sees_bytes())) {
            let meant = [tree.matches_a_start(text), tree.matches(text), tree.matches_within(text)];
            let said = [0, 1, 2].map(|scope| patterns[scope].is_match(text));
            assert_eq!(said, meant, "{:?} and {text:?}", tree.source());
        }
    }
}

/// A source under each scope.
type Scoped = [Pattern; 3];

/// Reads a pattern and compares it with the model of Envoy; `None` where it is refused.
fn read(source: &str, texts: &[String]) -> Option<Scoped> {
    let read = SCOPES.map(|scope| Pattern::new(source, scope));
    for refused in read.iter().filter_map(|read| read.as_ref().err()) {
        assert!(read.iter().all(Result::is_err), "{source:?} is refused under some scopes only");
        assert!(source.is_char_boundary(refused.offset), "{source:?}: {refused:?}");
        assert!(!refused.message.is_empty() && refused.message.len() < 500, "{source:?}: {refused:?}");
    }
    let [Ok(start), Ok(full), Ok(anywhere)] = read else { return None };
    // What the model would take for a class within a class.
    if !source.contains("[:")
        && let Ok(model) = Re2::new(source)
    {
        for text in texts {
            assert_eq!(full.is_match(text), model.matches_all_of(text), "{source:?} and {text:?}");
        }
    }
    Some([start, full, anywhere])
}

/// What is said about two patterns, with each other and with simple conditions.
fn compare(first: &Scoped, second: &Scoped, texts: &mut Vec<String>) {
    let before: Vec<[bool; 3]> = texts.iter().map(|text| verdicts(first, text)).collect();
    for (a, b) in first.iter().zip(second.iter().cycle().skip(1)) {
        pair(a, b, texts);
    }
    for pattern in first {
        shape(pattern, texts);
        whole(pattern, texts);
    }
    for (scope, grammar) in [(0, &*PATH), (1, &*PATH), (1, &*VALUE), (2, &*PLAIN)] {
        alternatives(&first[scope], grammar, texts);
    }
    if let Some(witness) = first[1].differs_from_search() {
        assert_eq!(verdicts(first, &witness)[1..], [false, true], "{:?} and {witness:?}", first[1]);
    }
    let _ = first[0].ends_inside_segment();
    for (text, before) in texts.iter().zip(before) {
        let verdicts = verdicts(first, text);
        assert_eq!(verdicts, before, "{:?} and {text:?}, before and after proofs", first[1]);
        let [start, full, anywhere] = verdicts;
        assert!(full <= start && start <= anywhere, "{:?} and {text:?}: {verdicts:?}", first[1]);
    }
}

fn verdicts(patterns: &Scoped, text: &str) -> [bool; 3] {
    [0, 1, 2].map(|scope| patterns[scope].is_match(text))
}

/// Overlap and inclusion. Witnesses join the texts.
fn pair(a: &Pattern, b: &Pattern, texts: &mut Vec<String>) {
    let overlap = a.overlaps(b);
    let in_both = |text: &&String| !text.contains('\n') && a.is_match(text) && b.is_match(text);
    match &overlap {
        Overlap::Witness(text) => {
            assert!(in_both(&text), "{a:?} and {b:?} are said to share {text:?}");
            assert!(matches!(b.overlaps(a), Overlap::Witness(_)), "{a:?} overlaps {b:?} one way only");
        }
        Overlap::Disjoint => assert_eq!(texts.iter().find(in_both), None, "{a:?} and {b:?}"),
        _ => {}
    }
    let outside = |text: &&String| !text.contains('\n') && a.is_match(text) && !b.is_match(text);
    let mut found = Vec::new();
    match a.inclusion(b) {
        Inclusion::Subset => assert_eq!(texts.iter().find(outside), None, "{a:?} in {b:?}"),
        Inclusion::Counterexample(text) => {
            assert!(outside(&&text), "{a:?} is said to accept {text:?}, and {b:?} not to");
            found.push(text);
        }
        _ => {}
    }
    assert!(!matches!(a.inclusion(a), Inclusion::Counterexample(_)), "{a:?} is not in itself");
    if let Overlap::Witness(text) = overlap {
        found.push(text);
    }
    let short = found.into_iter().filter(|text| text.len() < 4096);
    // Their verdicts were not noted before; they follow the texts that were.
    texts.extend(short);
}

fn shape(pattern: &Pattern, texts: &[String]) {
    let shape = pattern.shape();
    for text in texts.iter().filter(|text| !text.contains('\n')) {
        let accepted = match shape {
            Shape::Nothing => false,
            Shape::Any => true,
            Shape::Exact(exact) => text == exact,
            Shape::Prefix(prefix) => text.starts_with(prefix.as_str()),
            Shape::Suffix(suffix) => text.ends_with(suffix.as_str()),
            _ => return,
        };
        assert_eq!(accepted, pattern.is_match(text), "{pattern:?} is {shape:?}, and {text:?}");
    }
    if let Shape::Exact(text) | Shape::Prefix(text) | Shape::Suffix(text) = shape {
        assert!(pattern.is_match(text), "{pattern:?} is {shape:?}");
    }
}

/// SMI-HTTP-5: the same for an engine that matches whole texts.
fn whole(pattern: &Pattern, texts: &[String]) {
    let source = pattern.full_match_regex();
    // What is at a limit may be beyond it with a group around it.
    let Ok(whole) = Pattern::new(&source, Scope::Full) else {
        assert!(source.len() > 100, "{source:?} means {pattern:?}, and is refused");
        return;
    };
    for text in texts.iter().filter(|text| !text.contains('\n')) {
        assert_eq!(whole.is_match(text), pattern.is_match(text), "{source:?} for {pattern:?}, and {text:?}");
    }
}

fn alternatives(pattern: &Pattern, grammar: &Grammar, texts: &mut Vec<String>) {
    let found: Alternatives = pattern.alternatives(grammar);
    assert!(found.alternatives.len() <= MAX_ALTERNATIVES);
    let universe = grammar.universe();
    if let Coverage::Narrower(text) = &found.coverage {
        assert!(universe.is_match(text) && pattern.is_match(text), "{pattern:?} is said to accept {text:?}");
        let has_template = found.alternatives.iter().any(|one| matches!(one.accept, Text::Template(_)));
        assert!(has_template || !found.accept(text), "{pattern:?}: {found:?}");
    }
    for text in texts.iter().filter(|text| !text.contains('\n') && universe.is_match(text)) {
        let (said, meant) = (found.accept(text), pattern.is_match(text));
        assert!(!said || meant, "{pattern:?} denies {text:?}: {found:?}");
        assert!(said || !meant || !found.is_exact(), "{pattern:?} accepts {text:?}: {found:?}");
    }
    let short = found.missing().filter(|text| text.len() < 4096).map(str::to_owned);
    texts.extend(short);
}

/// Texts that a pattern may be about: itself, its characters, and what is left without those that have a meaning.
fn tries(source: &str) -> Vec<String> {
    let cut: String = source.chars().take(200).collect();
    let plain: String = cut.chars().filter(|c| !r"\.+*?()|[]{}^$".contains(*c)).collect();
    let branches = cut.split('|').map(|branch| branch.trim_matches(['(', ')', '^', '$']).to_owned());
    let mut tries: Vec<String> = branches.take(8).collect();
    tries.extend([String::new(), format!("/{plain}"), format!("{plain}x"), plain, cut]);
    tries
}

/// Paths as Envoy compares them, and what Istio can say of them.
static PATH: LazyLock<Grammar> = LazyLock::new(|| {
    let universe = Pattern::new(r#"/[^\x00-\x20\x7f?#{}"<>^|`\\]*"#, Scope::Full);
    let universe = universe.expect("the pattern of paths is one");
    Grammar::new(universe).with_suffixes().with_templates().with_exceptions().writing(can_write)
});

/// Values of headers.
static VALUE: LazyLock<Grammar> = LazyLock::new(|| {
    let universe =
        Pattern::new(r"(?:[^\x00-\x20\x7f](?:[^\x00-\x08\x0a-\x1f\x7f]*[^\x00-\x20\x7f])?)?", Scope::Full);
    let universe = universe.expect("the pattern of values is one");
    Grammar::new(universe).with_suffixes().with_exceptions().writing(can_write)
});

/// A mesh that knows exact and prefix conditions, and texts of every kind.
static PLAIN: LazyLock<Grammar> =
    LazyLock::new(|| Grammar::new(Pattern::new("", Scope::Start).expect("nothing is a pattern")));

fn can_write(text: &Text) -> bool {
    match text {
        Text::Exact(text) | Text::Prefix(text) | Text::Suffix(text) => {
            !text.is_empty() && !text.contains(['{', '}', '*'])
        }
        Text::Any | Text::Template(_) => true,
    }
}
