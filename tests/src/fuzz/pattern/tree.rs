//! A regular expression as a tree: how RE2 spells it, and which texts it matches, found by trying every way.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::fuzz::choices::Choices;

/// The characters of patterns and texts: those that folding, classes and segments tell apart, and some that have to be escaped.
const LETTERS: [char; 20] = [
    'a', 'b', 'A', 'k', 's', '/', '.', '-', '_', '0', '9', 'é', 'É', '\u{212A}', 'ſ', '*', ' ', '[', '\\',
    '~',
];

/// A regular expression.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    Letter(char),
    Any,
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
    /// `d`, `w`, `s` or the opposite.
    Perl(char),
    Start,
    End,
    /// `\b`, or `\B`.
    Boundary(bool),
    Sequence(Vec<Tree>),
    Alternatives(Vec<Tree>),
    Repeated {
        what: Box<Tree>,
        least: usize,
        most: Option<usize>,
        lazy: bool,
    },
    Folded(Box<Tree>),
    WithLineFeeds(Box<Tree>),
}

/// What `(?i)` and `(?s)` set.
#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    fold: bool,
    line_feeds: bool,
}

impl Tree {
    pub(super) fn chosen(choices: &mut Choices<'_>, depth: usize) -> Tree {
        if depth == 0 {
            return Tree::leaf(choices);
        }
        let part = |choices: &mut Choices<'_>| Tree::chosen(choices, depth - 1);
        match choices.below(10) {
            0..3 => Tree::leaf(choices),
            3..6 => Tree::Sequence(choices.list(4, part)),
            6 => Tree::Alternatives(choices.list(3, part)),
            7 | 8 => {
                let least = choices.of(&[0, 0, 1, 2]);
                let most = choices.of(&[None, Some(least), Some(least + 1), Some(3)]);
                let what = Box::new(part(choices));
                Tree::Repeated { what, least, most, lazy: choices.once_in(4) }
            }
            _ if choices.once_in(3) => Tree::WithLineFeeds(Box::new(part(choices))),
            _ => Tree::Folded(Box::new(part(choices).without_perl())),
        }
    }

    fn leaf(choices: &mut Choices<'_>) -> Tree {
        match choices.below(16) {
            0..9 => Tree::Letter(choices.of(&LETTERS)),
            9 | 10 => Tree::Any,
            11 | 12 => {
                let range = |choices: &mut Choices<'_>| {
                    let (a, b) = (choices.of(&LETTERS), choices.of(&LETTERS));
                    if choices.once_in(3) { (a.min(b), a.max(b)) } else { (a, a) }
                };
                let mut ranges = choices.list(2, range);
                ranges.push(range(choices));
                Tree::Class { negated: choices.once_in(2), ranges }
            }
            13 => Tree::Perl(choices.of(&['d', 'w', 's', 'D', 'W', 'S'])),
            14 => choices.of(&[Tree::Start, Tree::End]),
            _ => Tree::Boundary(choices.once_in(2)),
        }
    }

    /// Engines differ in whether `\w` is folded.
    fn without_perl(self) -> Tree {
        let all = |parts: Vec<Tree>| parts.into_iter().map(Tree::without_perl).collect();
        match self {
            Tree::Perl(_) => Tree::Any,
            Tree::Sequence(parts) => Tree::Sequence(all(parts)),
            Tree::Alternatives(parts) => Tree::Alternatives(all(parts)),
            Tree::Repeated { what, least, most, lazy } => {
                Tree::Repeated { what: Box::new(what.without_perl()), least, most, lazy }
            }
            Tree::Folded(part) => Tree::Folded(Box::new(part.without_perl())),
            Tree::WithLineFeeds(part) => Tree::WithLineFeeds(Box::new(part.without_perl())),
            leaf => leaf,
        }
    }

    /// A text of characters that the pattern is about.
    pub(super) fn text(choices: &mut Choices<'_>) -> String {
        choices.list(9, |choices| choices.of(&LETTERS)).into_iter().collect()
    }

    /// Whether it is known how the characters of a text are folded.
    pub(super) fn knows(text: &str) -> bool {
        text.chars().all(|c| c.is_ascii() || LETTERS.contains(&c))
    }

    /// How RE2 and Go spell it.
    pub(super) fn source(&self) -> String {
        let mut source = String::new();
        self.spell(&mut source);
        source
    }

    fn spell(&self, out: &mut String) {
        match self {
            Tree::Letter(c) => spell_letter(out, *c),
            Tree::Any => out.push('.'),
            Tree::Class { negated, ranges } => {
                out.push_str(if *negated { "[^" } else { "[" });
                for (first, last) in ranges {
                    spell_letter(out, *first);
                    if first != last {
                        out.push('-');
                        spell_letter(out, *last);
                    }
                }
                out.push(']');
            }
            Tree::Perl(class) => out.extend(['\\', *class]),
            Tree::Start => out.push('^'),
            Tree::End => out.push('$'),
            Tree::Boundary(is) => out.push_str(if *is { "\\b" } else { "\\B" }),
            Tree::Sequence(parts) => parts.iter().for_each(|part| part.spell_group(out, "(?:")),
            Tree::Alternatives(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    out.push_str(if index == 0 { "" } else { "|" });
                    part.spell_group(out, "(");
                }
            }
            Tree::Repeated { what, least, most, lazy } => {
                what.spell_group(out, "(?:");
                let written = match (least, most) {
                    (0, None) => write!(out, "*"),
                    (1, None) => write!(out, "+"),
                    (0, Some(1)) => write!(out, "?"),
                    (least, None) => write!(out, "{{{least},}}"),
                    (least, Some(most)) if least == most => write!(out, "{{{least}}}"),
                    (least, Some(most)) => write!(out, "{{{least},{most}}}"),
                };
                written.expect("a string takes every text");
                out.push_str(if *lazy { "?" } else { "" });
            }
            Tree::Folded(part) => part.spell_group(out, "(?i:"),
            Tree::WithLineFeeds(part) => part.spell_group(out, "(?s:"),
        }
    }

    fn spell_group(&self, out: &mut String, open: &str) {
        if let (Tree::Letter(_) | Tree::Any | Tree::Class { .. } | Tree::Perl(_), "(?:") = (self, open) {
            return self.spell(out);
        }
        out.push_str(open);
        self.spell(out);
        out.push(')');
    }

    /// Whether the whole text is matched.
    pub(super) fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        self.ends(&text, 0, Flags::default()).contains(&text.len())
    }

    /// Whether something that begins where the text does is matched.
    pub(super) fn matches_a_start(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        !self.ends(&text, 0, Flags::default()).is_empty()
    }

    /// Whether something in the text is matched.
    pub(super) fn matches_within(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        (0..=text.len()).any(|at| !self.ends(&text, at, Flags::default()).is_empty())
    }

    /// Where a match that begins `at` can end.
    fn ends(&self, text: &[char], at: usize, flags: Flags) -> BTreeSet<usize> {
        let one = |fits: bool| if fits { BTreeSet::from([at + 1]) } else { BTreeSet::new() };
        let here = |holds: bool| if holds { BTreeSet::from([at]) } else { BTreeSet::new() };
        let next = text.get(at).copied();
        match self {
            Tree::Letter(c) => one(next.is_some_and(|next| same(next, *c, flags))),
            Tree::Any => one(next.is_some_and(|next| flags.line_feeds || next != '\n')),
            Tree::Class { negated, ranges } => one(next.is_some_and(|next| {
                let holds = |c: char| ranges.iter().any(|(first, last)| (*first..=*last).contains(&c));
                let held = if flags.fold { folds(next).into_iter().any(holds) } else { holds(next) };
                held != *negated
            })),
            Tree::Perl(class) => one(next.is_some_and(|next| perl(*class, next))),
            Tree::Start => here(at == 0),
            Tree::End => here(at == text.len()),
            Tree::Boundary(is) => {
                let is_word = |c: Option<&char>| c.is_some_and(|c| perl('w', *c));
                let before = at.checked_sub(1).and_then(|before| text.get(before));
                here((is_word(before) != is_word(text.get(at))) == *is)
            }
            Tree::Sequence(parts) => parts.iter().fold(BTreeSet::from([at]), |ends, part| {
                ends.into_iter().flat_map(|at| part.ends(text, at, flags)).collect()
            }),
            Tree::Alternatives(parts) if parts.is_empty() => here(true),
            Tree::Alternatives(parts) => parts.iter().flat_map(|part| part.ends(text, at, flags)).collect(),
            Tree::Repeated { what, least, most, lazy: _ } => {
                let mut all = here(*least == 0);
                let mut ends = BTreeSet::from([at]);
                // After so many rounds nothing new can come.
                for round in 1..=most.unwrap_or(least + text.len() + 1) {
                    ends = ends.into_iter().flat_map(|at| what.ends(text, at, flags)).collect();
                    if round >= *least {
                        all.extend(&ends);
                    }
                }
                all
            }
            Tree::Folded(part) => part.ends(text, at, Flags { fold: true, ..flags }),
            Tree::WithLineFeeds(part) => part.ends(text, at, Flags { line_feeds: true, ..flags }),
        }
    }

    /// Whether it asks for places that are none between words: engines that see bytes find some within a character.
    pub(super) fn sees_bytes(&self) -> bool {
        match self {
            Tree::Boundary(is) => !is,
            Tree::Sequence(parts) | Tree::Alternatives(parts) => parts.iter().any(Tree::sees_bytes),
            Tree::Repeated { what: part, .. } | Tree::Folded(part) | Tree::WithLineFeeds(part) => {
                part.sees_bytes()
            }
            _ => false,
        }
    }
}

fn spell_letter(out: &mut String, c: char) {
    if c.is_ascii_punctuation() && !matches!(c, '/' | '_' | '~') {
        out.push('\\');
    }
    out.push(c);
}

fn same(a: char, b: char, flags: Flags) -> bool {
    a == b || (flags.fold && folds(a).contains(&b))
}

/// The characters that are the same but for their case, of those that occur here.
fn folds(c: char) -> Vec<char> {
    let groups = [['k', 'K', '\u{212A}'], ['s', 'S', 'ſ'], ['é', 'É', 'É']];
    match groups.into_iter().find(|group| group.contains(&c)) {
        Some(group) => group.to_vec(),
        None => vec![c, c.to_ascii_lowercase(), c.to_ascii_uppercase()],
    }
}

fn perl(class: char, c: char) -> bool {
    match class {
        'd' => c.is_ascii_digit(),
        'w' => c.is_ascii_alphanumeric() || c == '_',
        's' => matches!(c, '\t' | '\n' | '\u{c}' | '\r' | ' '),
        _ => !perl(class.to_ascii_lowercase(), c),
    }
}
