//! A pattern without regular expressions: alternatives of simple conditions, proved against it.
//!
//! Candidates come from the tree of the pattern ([`rows`], [`candidates`]), and automata decide about them ([`proof`]): what is
//! said here never accepts a text that the pattern refuses, and where it refuses one that the pattern accepts, there is a witness.

mod candidates;
mod proof;
mod rows;
mod template;

use std::sync::Arc;

use std::fmt;

use super::automaton::{self, Walk};
use super::sample::{self, Pick};
use super::{Pattern, Shape};
use proof::Proof;
pub use template::{PathTemplate, TemplateError, TemplateSegment};

/// How many alternatives a pattern is taken apart into at most. A pattern that takes more has fewer, or none.
pub const MAX_ALTERNATIVES: usize = 64;

/// How many bytes the texts of one alternative take at most, its exceptions included.
const MAX_LITERALS: usize = 2048;

/// Longest text tried as a witness where there is no automaton.
const MAX_WITNESS: usize = 256;

/// A condition on a text that needs no regular expression.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Text {
    /// Every text, the empty one too.
    Any,
    /// This text only.
    Exact(String),
    /// Every text that begins so; not empty.
    Prefix(String),
    /// Every text that ends so; not empty.
    Suffix(String),
    /// Every path that fits.
    Template(PathTemplate),
}

impl Text {
    /// Whether `text` is accepted.
    #[must_use]
    pub fn accepts(&self, text: &str) -> bool {
        match self {
            Text::Any => true,
            Text::Exact(exact) => text == exact,
            Text::Prefix(prefix) => text.starts_with(prefix.as_str()),
            Text::Suffix(suffix) => text.ends_with(suffix.as_str()),
            Text::Template(template) => template.accepts(text),
        }
    }

    /// How many bytes of text it takes to say it.
    fn literals(&self) -> usize {
        match self {
            Text::Any => 0,
            Text::Exact(text) | Text::Prefix(text) | Text::Suffix(text) => text.len(),
            Text::Template(template) => template
                .segments()
                .iter()
                .map(|segment| if let TemplateSegment::Literal(text) = segment { text.len() + 1 } else { 5 })
                .sum(),
        }
    }
}

/// A condition, and texts it leaves out all the same.
///
/// ```
/// use smi_translate::pattern::{Alternative, Text};
///
/// let below = Alternative {
///     accept: Text::Prefix("/api/".to_owned()),
///     except: vec![Text::Exact("/api/".to_owned())],
/// };
/// assert!(below.accepts("/api/v1"));
/// assert!(!below.accepts("/api/"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Alternative {
    /// What is accepted.
    pub accept: Text,
    /// What of it is refused. Only what [`Alternative::accept`] accepts is worth mention, and not all of it.
    pub except: Vec<Text>,
}

impl Alternative {
    /// Whether `text` is accepted.
    #[must_use]
    pub fn accepts(&self, text: &str) -> bool {
        self.accept.accepts(text) && !self.except.iter().any(|except| except.accepts(text))
    }

    fn literals(&self) -> usize {
        self.accept.literals() + self.except.iter().map(Text::literals).sum::<usize>()
    }
}

impl From<Text> for Alternative {
    fn from(accept: Text) -> Alternative {
        Alternative { accept, except: Vec::new() }
    }
}

/// What a mesh can say without regular expressions, and about which texts.
///
/// Exact and prefix conditions are always there; the rest is added.
///
/// ```
/// use smi_translate::pattern::{Coverage, Grammar, Pattern, PatternError, Scope, Text};
///
/// let path = Pattern::new("/[^?#]*", Scope::Full)?;
/// let grammar = Grammar::new(path).with_suffixes().writing(|text| match text {
///     Text::Exact(text) | Text::Prefix(text) | Text::Suffix(text) => !text.contains('*'),
///     Text::Any | Text::Template(_) => true,
/// });
///
/// // Every path begins with a slash, so this is any path.
/// let any = Pattern::new("/.*", Scope::Full)?.alternatives(&grammar);
/// assert_eq!(any.alternatives, [Text::Any.into()]);
/// // No path has a question mark in it.
/// let query = Pattern::new(r"/a\?b", Scope::Start)?.alternatives(&grammar);
/// assert!(query.alternatives.is_empty() && query.coverage == Coverage::Exact);
/// let star = Pattern::new(r"/a\*", Scope::Full)?.alternatives(&grammar);
/// assert!(star.alternatives.is_empty() && star.missing() == Some("/a*"));
/// # Ok::<(), PatternError>(())
/// ```
#[derive(Clone)]
pub struct Grammar {
    universe: Pattern,
    /// A shortest text of the universe.
    sample: Option<String>,
    suffixes: bool,
    templates: bool,
    exceptions: bool,
    can_write: fn(&Text) -> bool,
    /// Tells grammars apart: clones have the same, others another.
    identity: Arc<()>,
}

impl Grammar {
    /// A mesh with exact and prefix conditions. `universe` accepts the texts that can reach the comparison, as a whole; what is
    /// said about all texts is said about those.
    ///
    /// Where the universe is too large for an automaton, nothing can be proved.
    #[must_use]
    pub fn new(universe: Pattern) -> Grammar {
        let sample = universe.automaton().and_then(|all| match automaton::walk(all, all, |a, _| a) {
            Walk::Found(text) => Some(text),
            Walk::Nowhere | Walk::Unknown => None,
        });
        Grammar {
            universe,
            sample,
            suffixes: false,
            templates: false,
            exceptions: false,
            can_write: |_| true,
            identity: Arc::default(),
        }
    }

    /// There are suffix conditions as well.
    #[must_use]
    pub fn with_suffixes(self) -> Grammar {
        Grammar { suffixes: true, identity: Arc::default(), ..self }
    }

    /// There are path templates as well.
    #[must_use]
    pub fn with_templates(self) -> Grammar {
        Grammar { templates: true, identity: Arc::default(), ..self }
    }

    /// Alternatives can have exceptions.
    #[must_use]
    pub fn with_exceptions(self) -> Grammar {
        Grammar { exceptions: true, identity: Arc::default(), ..self }
    }

    /// Only conditions for which `can_write` holds can be written down, as what is accepted and as exceptions. Without this, all.
    #[must_use]
    pub fn writing(self, can_write: fn(&Text) -> bool) -> Grammar {
        Grammar { can_write, identity: Arc::default(), ..self }
    }

    /// The texts that can reach the comparison.
    #[must_use]
    pub fn universe(&self) -> &Pattern {
        &self.universe
    }

    pub(super) fn identity(&self) -> &Arc<()> {
        &self.identity
    }

    fn has_text(&self, text: &Text) -> bool {
        let known = match text {
            Text::Any | Text::Exact(_) | Text::Prefix(_) => true,
            Text::Suffix(_) => self.suffixes,
            Text::Template(_) => self.templates,
        };
        known && (self.can_write)(text)
    }

    fn has(&self, alternative: &Alternative) -> bool {
        (self.exceptions || alternative.except.is_empty())
            && self.has_text(&alternative.accept)
            && alternative.except.iter().all(|text| self.has_text(text))
    }
}

impl fmt::Debug for Grammar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grammar")
            .field("universe", &self.universe)
            .field("suffixes", &self.suffixes)
            .field("templates", &self.templates)
            .field("exceptions", &self.exceptions)
            .finish_non_exhaustive()
    }
}

/// A pattern in simple conditions. A text is accepted if one of the alternatives accepts it.
///
/// Without alternatives and exact, the pattern accepts no text that can occur. Without alternatives and not exact, it cannot be
/// said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternatives {
    /// In the order of the source; each is proved to accept nothing in the universe that the pattern refuses.
    pub alternatives: Vec<Alternative>,
    /// Whether they accept all that the pattern accepts.
    pub coverage: Coverage,
}

/// Whether alternatives accept all that a pattern accepts in the universe.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Coverage {
    /// All of it: proved.
    Exact,
    /// The pattern accepts this text of the universe, and the alternatives do not; or, if all else is covered, not in every version
    /// of a mesh with [templates](PathTemplate).
    Narrower(String),
    /// The pattern is too large to tell. Then there are no alternatives.
    Unknown,
}

impl Alternatives {
    /// Whether the alternatives are proved to mean the same as the pattern.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.coverage == Coverage::Exact
    }

    /// The witness that something is missing, if there is one.
    #[must_use]
    pub fn missing(&self) -> Option<&str> {
        match &self.coverage {
            Coverage::Narrower(text) => Some(text),
            Coverage::Exact | Coverage::Unknown => None,
        }
    }

    /// Whether one of the alternatives accepts `text`.
    #[must_use]
    pub fn accept(&self, text: &str) -> bool {
        self.alternatives.iter().any(|alternative| alternative.accepts(text))
    }

    fn exact(alternatives: Vec<Alternative>) -> Alternatives {
        Alternatives { alternatives, coverage: Coverage::Exact }
    }
}

pub(super) fn of(pattern: &Pattern, grammar: &Grammar) -> Alternatives {
    if let Some(simple) = of_shape(pattern.shape(), grammar) {
        return simple;
    }
    if pattern.automaton().is_none() || grammar.universe.automaton().is_none() {
        return unproved(pattern, grammar);
    }
    let rows = rows::of(pattern.hir(), pattern.scope());
    let candidates = candidates::of(pattern, &rows, grammar.templates);
    let mut count = candidates.len();
    while count > 0 {
        let candidates = &candidates[..count];
        if let Some(proof) = Proof::new(pattern, &grammar.universe, candidates) {
            return choose(&proof, candidates, grammar);
        }
        // Fewer candidates take a smaller automaton.
        count /= 2;
    }
    unproved(pattern, grammar)
}

/// The common cases, where a proved shape needs no further proof. `None` leaves it to the automata.
fn of_shape(shape: &Shape, grammar: &Grammar) -> Option<Alternatives> {
    let sample = grammar.sample.as_deref()?;
    let text = match shape {
        Shape::Nothing => return Some(Alternatives::exact(Vec::new())),
        Shape::Regex => return None,
        Shape::Any => Text::Any,
        Shape::Exact(text) if !grammar.universe.is_match(text) => {
            return Some(Alternatives::exact(Vec::new()));
        }
        Shape::Exact(text) => Text::Exact(text.clone()),
        // A condition that the shortest text of all meets may be none, and one that its own text fails may never be met.
        Shape::Prefix(text) | Shape::Suffix(text) if !grammar.universe.is_match(text) => return None,
        Shape::Prefix(text) => Text::Prefix(text.clone()),
        Shape::Suffix(text) => Text::Suffix(text.clone()),
    };
    let is_plain = matches!(text, Text::Any | Text::Exact(_)) || !text.accepts(sample);
    (is_plain && grammar.has_text(&text)).then(|| Alternatives::exact(vec![text.into()]))
}

/// Nothing is proved, and a witness is there if it is easily found.
fn unproved(pattern: &Pattern, grammar: &Grammar) -> Alternatives {
    let witness = sample::unanchored(pattern.hir())
        .and_then(|items| sample::shortest(items, Pick::First))
        .filter(|text| text.len() <= MAX_WITNESS)
        .filter(|text| grammar.universe.is_match(text) && pattern.is_match(text));
    let coverage = witness.map_or(Coverage::Unknown, Coverage::Narrower);
    Alternatives { alternatives: Vec::new(), coverage }
}

/// The proved candidates that the mesh can write, without those that others make needless.
fn choose(proof: &Proof, candidates: &[Alternative], grammar: &Grammar) -> Alternatives {
    let alternatives: Vec<Alternative> = candidates
        .iter()
        .zip(&proof.exceptions)
        .map(|(candidate, except)| Alternative { accept: candidate.accept.clone(), except: except.clone() })
        .collect();
    let mut chosen: Vec<usize> = (0..candidates.len())
        .filter(|&index| proof.sound[index] && grammar.has(&alternatives[index]))
        .collect();
    let mut by_worth = chosen.clone();
    by_worth.sort_by_key(|&index| worth(&alternatives[index]));
    for index in by_worth {
        let others: Vec<usize> = chosen.iter().copied().filter(|&other| other != index).collect();
        if !proof.needs(index, &others) {
            chosen = others;
        }
    }
    chosen.truncate(MAX_ALTERNATIVES);
    let coverage = proof.missing(&chosen).map_or(Coverage::Exact, Coverage::Narrower);
    Alternatives {
        alternatives: chosen.into_iter().map(|index| alternatives[index].clone()).collect(),
        coverage,
    }
}

/// The lower, the sooner it goes when others make it needless: first what is hard to read, then what says less.
fn worth(alternative: &Alternative) -> (u8, isize) {
    let rank = match &alternative.accept {
        Text::Template(_) => 0,
        _ if !alternative.except.is_empty() => 1,
        Text::Exact(_) => 2,
        Text::Suffix(_) => 3,
        Text::Prefix(_) => 4,
        Text::Any => 5,
    };
    (rank, -isize::try_from(alternative.literals()).unwrap_or(isize::MAX))
}
