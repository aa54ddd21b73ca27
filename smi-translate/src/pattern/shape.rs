//! What a pattern means in simpler words than a regular expression, if it does.
//!
//! Most patterns are literals and are recognised from their tree alone. For the rest a candidate is guessed from a shortest
//! accepted text (an exact, prefix or suffix condition has exactly one) and proved with automata.

use regex_syntax::hir::{Class, Dot, Hir, HirKind, Look};

use super::Scope;
use super::automaton::{self, Automaton, Walk};
use super::sample::{self, Pick};

/// The texts a pattern accepts, in the simplest words. Texts here are paths and header values, which hold no line feed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// No text.
    Nothing,
    /// Every text.
    Any,
    /// This text only.
    Exact(String),
    /// Every text that begins so; never empty.
    Prefix(String),
    /// Every text that ends so; never empty.
    Suffix(String),
    /// None of the others, or not proved to be one of them.
    Regex,
}

impl Shape {
    /// Whether a text without line feed is accepted; `None` if the shape does not tell.
    pub(super) fn accepts(&self, text: &str) -> Option<bool> {
        match self {
            Shape::Nothing => Some(false),
            Shape::Any => Some(true),
            Shape::Exact(exact) => Some(text == exact),
            Shape::Prefix(prefix) => Some(text.starts_with(prefix.as_str())),
            Shape::Suffix(suffix) => Some(text.ends_with(suffix.as_str())),
            Shape::Regex => None,
        }
    }
}

/// A pattern as a row of simple pieces, without the anchors around them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pieces {
    /// It begins with `^` or the like.
    pub(super) starts: bool,
    /// It ends with `$` or the like.
    pub(super) ends: bool,
    pub(super) row: Vec<Piece>,
}

/// A simple piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// `.*`; whether it includes line feeds.
    Anything(bool),
}

impl Pieces {
    /// The pieces of a tree that holds nothing else.
    pub(super) fn of(hir: &Hir) -> Option<Pieces> {
        let mut items: &[Hir] = match hir.kind() {
            HirKind::Empty => &[],
            HirKind::Concat(items) => items,
            _ => std::slice::from_ref(hir),
        };
        let mut pieces = Pieces { starts: false, ends: false, row: Vec::new() };
        while let [first, rest @ ..] = items
            && *first.kind() == HirKind::Look(Look::Start)
        {
            pieces.starts = true;
            items = rest;
        }
        while let [rest @ .., last] = items
            && *last.kind() == HirKind::Look(Look::End)
        {
            pieces.ends = true;
            items = rest;
        }
        for item in items {
            pieces.add(Piece::of(item)?);
        }
        Some(pieces)
    }

    fn add(&mut self, piece: Piece) {
        match (self.row.last_mut(), piece) {
            (Some(Piece::Text(text)), Piece::Text(more)) => text.push_str(&more),
            (Some(Piece::Anything(all)), Piece::Anything(more)) => *all |= more,
            (_, piece) => self.row.push(piece),
        }
    }

    /// The pieces of the whole text under `scope`.
    pub(super) fn whole(self, scope: Scope) -> Vec<Piece> {
        let mut whole = Pieces { starts: true, ends: true, row: Vec::new() };
        if scope == Scope::Anywhere && !self.starts {
            whole.add(Piece::Anything(true));
        }
        let ends = self.ends || scope == Scope::Full;
        for piece in self.row {
            whole.add(piece);
        }
        if !ends {
            whole.add(Piece::Anything(true));
        }
        whole.row
    }
}

impl Piece {
    fn of(hir: &Hir) -> Option<Piece> {
        match hir.kind() {
            HirKind::Literal(literal) => Some(Piece::Text(std::str::from_utf8(&literal.0).ok()?.to_owned())),
            HirKind::Repetition(repetition) if repetition.min == 0 && repetition.max.is_none() => {
                let HirKind::Class(Class::Unicode(class)) = repetition.sub.kind() else { return None };
                let is =
                    |dot| matches!(Hir::dot(dot).kind(), HirKind::Class(Class::Unicode(all)) if all == class);
                if is(Dot::AnyChar) {
                    Some(Piece::Anything(true))
                } else if is(Dot::AnyCharExceptLF) {
                    Some(Piece::Anything(false))
                } else {
                    None
                }
            }
            _ => None,
        }
    }
}

/// The shape of the whole text with these pieces, if they are few enough to tell.
pub(super) fn of_pieces(row: &[Piece]) -> Option<Shape> {
    let shape = match row {
        [] => Shape::Exact(String::new()),
        [Piece::Anything(_)] => Shape::Any,
        [Piece::Text(text)] => Shape::Exact(text.clone()),
        [Piece::Text(text), Piece::Anything(_)] => Shape::Prefix(text.clone()),
        [Piece::Anything(_), Piece::Text(text)] => Shape::Suffix(text.clone()),
        _ => return None,
    };
    let impossible = row.iter().any(|piece| matches!(piece, Piece::Text(text) if text.contains('\n')));
    Some(if impossible { Shape::Nothing } else { shape })
}

/// Whether the tree has two shortest texts, so that under any scope it is a regular expression and nothing simpler: exact,
/// prefix and suffix conditions have one, and what accepts everything has the empty text only.
pub(super) fn is_certainly_regex(hir: &Hir) -> bool {
    let Some(items) = sample::unanchored(hir) else { return false };
    match (sample::shortest(items, Pick::First), sample::shortest(items, Pick::Last)) {
        (Some(first), Some(last)) => first != last,
        _ => false,
    }
}

/// The shape of the language of `automaton`, by proof.
pub(super) fn prove(automaton: &Automaton) -> Shape {
    let shortest = match automaton::walk(automaton, automaton, |a, _| a) {
        Walk::Found(text) => text,
        Walk::Nowhere => return Shape::Nothing,
        Walk::Unknown => return Shape::Regex,
    };
    // Two samples leave one candidate. Should they mislead, the proof fails and the pattern stays a regular expression.
    let longer_behind = automaton.is_match(&format!("{shortest}\u{1}~"));
    let longer_before = automaton.is_match(&format!("\u{1}~{shortest}"));
    let (candidate, hir) = match (longer_before, longer_behind) {
        (false, false) => (Shape::Exact(shortest.clone()), vec![automaton::literal(&shortest)]),
        (true, true) if shortest.is_empty() => (Shape::Any, vec![automaton::anything()]),
        (false, true) => {
            (Shape::Prefix(shortest.clone()), vec![automaton::literal(&shortest), automaton::anything()])
        }
        (true, false) => {
            (Shape::Suffix(shortest.clone()), vec![automaton::anything(), automaton::literal(&shortest)])
        }
        (true, true) => return Shape::Regex,
    };
    let proved = Automaton::of(&automaton::whole(Hir::concat(hir), Scope::Full))
        .is_some_and(|other| automaton::walk(automaton, &other, |a, b| a != b) == Walk::Nowhere);
    if proved { candidate } else { Shape::Regex }
}
