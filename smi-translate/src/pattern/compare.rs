//! Whether two patterns have a text in common, and whether one accepts all that the other accepts.
//!
//! Simple shapes are compared as texts, so that thousands of literals can be compared pair by pair; everything else by automata.

use super::automaton::{self, Walk};
use super::{Pattern, Shape};

/// Whether two patterns accept a common text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Overlap {
    /// No text is accepted by both.
    Disjoint,
    /// Both accept this text.
    Witness(String),
    /// One of them is too large to tell.
    Unknown,
}

/// Whether one pattern accepts all that another accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Inclusion {
    /// Everything the first accepts, the second accepts.
    Subset,
    /// The first accepts this text and the second does not.
    Counterexample(String),
    /// One of them is too large to tell.
    Unknown,
}

pub(super) fn overlaps(a: &Pattern, b: &Pattern) -> Overlap {
    let witness = match (a.shape(), b.shape()) {
        (Shape::Nothing, _) | (_, Shape::Nothing) => return Overlap::Disjoint,
        (Shape::Exact(text), _) if b.is_match(text) => text.clone(),
        (_, Shape::Exact(text)) if a.is_match(text) => text.clone(),
        (Shape::Exact(_), _) | (_, Shape::Exact(_)) => return Overlap::Disjoint,
        (Shape::Any, Shape::Any) => String::new(),
        (Shape::Prefix(text) | Shape::Suffix(text), Shape::Any)
        | (Shape::Any, Shape::Prefix(text) | Shape::Suffix(text)) => text.clone(),
        (Shape::Prefix(one), Shape::Prefix(other)) | (Shape::Suffix(one), Shape::Suffix(other)) => {
            let longer = if one.len() > other.len() { one } else { other };
            if !(a.is_match(longer) && b.is_match(longer)) {
                return Overlap::Disjoint;
            }
            longer.clone()
        }
        (Shape::Prefix(prefix), Shape::Suffix(suffix)) | (Shape::Suffix(suffix), Shape::Prefix(prefix)) => {
            format!("{prefix}{suffix}")
        }
        _ => return overlaps_by_automata(a, b),
    };
    Overlap::Witness(witness)
}

fn overlaps_by_automata(a: &Pattern, b: &Pattern) -> Overlap {
    match walk(a, b, |in_a, in_b| in_a && in_b) {
        Walk::Found(text) => Overlap::Witness(text),
        Walk::Nowhere => Overlap::Disjoint,
        Walk::Unknown => Overlap::Unknown,
    }
}

pub(super) fn inclusion(a: &Pattern, b: &Pattern) -> Inclusion {
    let subset = match (a.shape(), b.shape()) {
        (Shape::Nothing, _) | (_, Shape::Any) => true,
        (Shape::Exact(text), _) => b.is_match(text),
        (Shape::Prefix(one), Shape::Prefix(other)) => one.starts_with(other.as_str()),
        (Shape::Suffix(one), Shape::Suffix(other)) => one.ends_with(other.as_str()),
        (Shape::Regex, _) | (_, Shape::Regex) => return inclusion_by_automata(a, b),
        _ => false,
    };
    if subset {
        return Inclusion::Subset;
    }
    counterexample(a.shape(), b.shape())
        .map_or_else(|| inclusion_by_automata(a, b), Inclusion::Counterexample)
}

/// A text that `a` accepts and `b` refuses, where both are simple and there is one.
fn counterexample(a: &Shape, b: &Shape) -> Option<String> {
    let tries: Vec<String> = match a {
        Shape::Exact(text) => vec![text.clone()],
        Shape::Any => ["", "x", "y"].map(str::to_owned).to_vec(),
        Shape::Prefix(text) => ["", "x", "y"].map(|end| format!("{text}{end}")).to_vec(),
        Shape::Suffix(text) => ["", "x", "y"].map(|start| format!("{start}{text}")).to_vec(),
        Shape::Nothing | Shape::Regex => Vec::new(),
    };
    // A regular expression was asked about an exact text before, and refused it.
    tries.into_iter().find(|text| !b.accepts(text).unwrap_or(false))
}

fn inclusion_by_automata(a: &Pattern, b: &Pattern) -> Inclusion {
    match walk(a, b, |in_a, in_b| in_a && !in_b) {
        Walk::Found(text) => Inclusion::Counterexample(text),
        Walk::Nowhere => Inclusion::Subset,
        Walk::Unknown => Inclusion::Unknown,
    }
}

fn walk(a: &Pattern, b: &Pattern, wanted: impl Fn(bool, bool) -> bool) -> Walk {
    match (a.automaton(), b.automaton()) {
        (Some(a), Some(b)) => automaton::walk(a, b, wanted),
        _ => Walk::Unknown,
    }
}
