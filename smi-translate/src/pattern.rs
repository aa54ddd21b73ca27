//! Regular expressions as SMI means them: the RE2 dialect, anchored by their place, compared by proof.
//!
//! A [`Pattern`] is a source text and a [`Scope`]. What it means is [`Pattern::is_match`]; everything else is proved to agree
//! with that: [`Pattern::shape`] says it without a regular expression where that is possible, [`Pattern::full_match_regex`] says
//! it to an engine that matches whole texts, [`Pattern::alternatives`] says it to one that has no regular expressions,
//! [`Pattern::overlaps`] and [`Pattern::inclusion`] compare two patterns.
//!
//! Accepted is what Google's RE2 (Envoy) and Go's `regexp` (webhooks of meshes) both accept, read as they read it
//! (SMI-HTTP-7). The tree is built by a reader of our own, because `regex_syntax` reads another dialect.
//!
//! Texts are paths and header values. Neither can hold a line feed, and every statement about *all* texts leaves such texts out.
//!
//! ```
//! use smi_translate::pattern::{Pattern, Scope, Shape};
//!
//! let path = Pattern::new("/api(/.*)?", Scope::Start)?;
//! assert!(path.is_match("/apix"));
//! assert_eq!(*path.shape(), Shape::Prefix("/api".to_owned()));
//!
//! let header = Pattern::new("v1|v2", Scope::Full)?;
//! assert!(!header.is_match("v10"));
//! assert_eq!(header.differs_from_search().as_deref(), Some("v1x"));
//! # Ok::<(), smi_translate::pattern::PatternError>(())
//! ```

mod alternatives;
mod automaton;
mod class;
mod compare;
mod cursor;
mod error;
mod escape;
mod matcher;
mod node;
mod parse;
mod program;
mod sample;
mod shape;
mod surprises;
mod unicode;

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use regex_automata::nfa::thompson::NFA;
use regex_syntax::hir::Hir;

pub use alternatives::{
    Alternative, Alternatives, Coverage, Grammar, MAX_ALTERNATIVES, PathTemplate, TemplateError,
    TemplateSegment, Text,
};
use automaton::Automaton;
pub use compare::{Inclusion, Overlap};
pub use error::PatternError;
use matcher::Matcher;
use shape::Pieces;
pub use shape::Shape;

/// Longest source of a pattern in bytes (SMI-VAL-31).
pub const MAX_SOURCE_LEN: usize = 4096;

/// Where in a text a pattern must match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// From the start on, and what follows is free: `pathRegex` (SMI-HTTP-3).
    Start,
    /// The whole text: header values (SMI-HTTP-10), and `pathRegex` where full anchoring is chosen (SMI-HTTP-6).
    Full,
    /// Somewhere: header values where search is chosen (SMI-HTTP-10).
    Anywhere,
}

/// A regular expression and where it must match. Cheap to clone; automata are built when first needed, once for all clones.
#[derive(Clone)]
pub struct Pattern(Arc<Inner>);

struct Inner {
    source: Box<str>,
    scope: Scope,
    /// What is written, without the scope.
    hir: Hir,
    open_quote: bool,
    matcher: OnceLock<Matcher>,
    automaton: OnceLock<Option<Automaton>>,
    shape: OnceLock<Shape>,
    /// Those of the first grammar that was asked about, which mostly is the only one: many destinations share one pattern.
    alternatives: OnceLock<(Arc<()>, Alternatives)>,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    ///
    /// If `source` is longer than [`MAX_SOURCE_LEN`], is refused by RE2 or by Go, or takes too large an automaton (SMI-VAL-31).
    pub fn new(source: &str, scope: Scope) -> Result<Pattern, PatternError> {
        if source.len() > MAX_SOURCE_LEN {
            let message =
                format!("the pattern has {} bytes, and at most {MAX_SOURCE_LEN} are allowed", source.len());
            return Err(PatternError::new(MAX_SOURCE_LEN, message));
        }
        let parsed = parse::parse(source)?;
        if !automaton::fits(&parsed.node.hir, parsed.node.cost) {
            return Err(parse::too_large(0));
        }
        Ok(Pattern(Arc::new(Inner {
            source: source.into(),
            scope,
            hir: parsed.node.hir,
            open_quote: parsed.open_quote,
            matcher: OnceLock::new(),
            automaton: OnceLock::new(),
            shape: OnceLock::new(),
            alternatives: OnceLock::new(),
        })))
    }

    /// The text it was read from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// Where it must match.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.0.scope
    }

    /// Whether `text` matches, in time linear in its length.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        self.0.matcher.get_or_init(|| Matcher::new(self)).is_match(text, self.0.automaton.get())
    }

    /// The texts it accepts in the simplest words, proved to be the same.
    ///
    /// Literals are recognised at once; other patterns are decided by automata on the first call.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        self.0.shape.get_or_init(|| {
            let simple =
                Pieces::of(self.hir()).and_then(|pieces| shape::of_pieces(&pieces.whole(self.scope())));
            match simple {
                Some(shape) => shape,
                None if shape::is_certainly_regex(self.hir()) => Shape::Regex,
                None => self.automaton().map_or(Shape::Regex, shape::prove),
            }
        })
    }

    /// A regular expression that means the same to an engine which matches whole texts (SMI-HTTP-5).
    ///
    /// The group is always there where something is added, so that alternatives stay together, and a quotation that the source
    /// leaves open is closed.
    #[must_use]
    pub fn full_match_regex(&self) -> String {
        let source = self.source();
        let close = if self.0.open_quote { "\\E" } else { "" };
        match self.scope() {
            Scope::Start => format!("(?:{source}{close}).*"),
            Scope::Full => format!("{source}{close}"),
            Scope::Anywhere => format!(".*(?:{source}{close}).*"),
        }
    }

    /// The pattern for a mesh without regular expressions: simple conditions, each proved to accept nothing that the pattern
    /// refuses, and a text that they leave out if they leave out any.
    ///
    /// Shapes that the mesh can say cost nothing more; for other patterns a single walk over automata decides.
    ///
    /// ```
    /// use smi_translate::pattern::{Grammar, Pattern, PatternError, Scope, Text};
    ///
    /// let grammar = Grammar::new(Pattern::new("/[^?#]*", Scope::Full)?).with_templates();
    ///
    /// let api = Pattern::new("/api(/.*)?", Scope::Full)?.alternatives(&grammar);
    /// assert!(api.is_exact());
    /// assert_eq!(
    ///     api.alternatives,
    ///     [Text::Exact("/api".to_owned()).into(), Text::Prefix("/api/".to_owned()).into()]
    /// );
    ///
    /// let user = Pattern::new("/users/[^/]+", Scope::Full)?.alternatives(&grammar);
    /// assert_eq!(user.alternatives, [Text::Template("/users/{*}".parse().expect("a template")).into()]);
    /// assert_eq!(user.missing(), Some("/users/\""));
    /// # Ok::<(), PatternError>(())
    /// ```
    #[must_use]
    pub fn alternatives(&self, grammar: &Grammar) -> Alternatives {
        let compute = || (Arc::clone(grammar.identity()), alternatives::of(self, grammar));
        match self.0.alternatives.get_or_init(compute) {
            (known, alternatives) if Arc::ptr_eq(known, grammar.identity()) => alternatives.clone(),
            _ => alternatives::of(self, grammar),
        }
    }

    /// Whether some text is accepted by both.
    #[must_use]
    pub fn overlaps(&self, other: &Pattern) -> Overlap {
        compare::overlaps(self, other)
    }

    /// Whether `other` accepts everything that this pattern accepts.
    #[must_use]
    pub fn inclusion(&self, other: &Pattern) -> Inclusion {
        compare::inclusion(self, other)
    }

    /// For a pattern that must match the whole text, a text that a search would accept and it refuses (SMI-VAL-35).
    ///
    /// `None` for other scopes, if there is no such text, and if the pattern is too large to tell.
    #[must_use]
    pub fn differs_from_search(&self) -> Option<String> {
        surprises::found_by_search_only(self)
    }

    /// For a pattern that is free behind its end, whether it can end inside a path segment, so that `/api` also admits `/apix`
    /// (SMI-VAL-36).
    ///
    /// A pattern that spells out how the segment goes on, such as `/api.*`, is meant so and gives `false`; so do other scopes,
    /// and patterns too large to tell.
    #[must_use]
    pub fn ends_inside_segment(&self) -> bool {
        surprises::ends_inside_segment(self)
    }

    fn hir(&self) -> &Hir {
        &self.0.hir
    }

    /// The same pattern for another place.
    fn with_scope(&self, scope: Scope) -> Pattern {
        Pattern(Arc::new(Inner {
            source: self.0.source.clone(),
            scope,
            hir: self.0.hir.clone(),
            open_quote: self.0.open_quote,
            matcher: OnceLock::new(),
            automaton: OnceLock::new(),
            shape: OnceLock::new(),
            alternatives: OnceLock::new(),
        }))
    }

    fn compile(&self) -> NFA {
        automaton::compile(&automaton::whole(self.hir().clone(), self.scope()))
    }

    /// The deterministic automaton, unless it is too large.
    fn automaton(&self) -> Option<&Automaton> {
        self.0.automaton.get_or_init(|| Automaton::new(&self.compile())).as_ref()
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pattern").field("source", &self.source()).field("scope", &self.scope()).finish()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        (self.source(), self.scope()) == (other.source(), other.scope())
    }
}

impl Eq for Pattern {}

impl Hash for Pattern {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.source(), self.scope()).hash(state);
    }
}
