//! The tree a regular expression is read into, and the bounds that keep it small.
//!
//! The tree itself is `regex_syntax`'s [`Hir`], built by hand: its own parser reads another dialect. Beside it a node carries
//! what the bounds need. Groups leave no trace in the tree, because only the set of matched texts matters here.

use regex_syntax::hir::{Class, ClassUnicode, Dot, Hir, HirKind, Repetition};
use regex_syntax::utf8::Utf8Sequences;

/// Largest count in a repetition, and largest product of nested counts. RE2 and Go share it.
pub(super) const MAX_REPEAT: u32 = 1000;

/// How deep groups, repetitions, sequences and alternatives may nest. Go allows 1000, RE2 has no bound.
pub(super) const MAX_HEIGHT: u32 = 250;

/// A part of a regular expression.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) hir: Hir,
    /// Largest product of repetition counts on a path from here to a leaf.
    pub(super) repeats: u32,
    /// Levels of nesting, counted as Go counts them or higher.
    pub(super) height: u32,
    /// Upper bound of the number of states and transitions it takes.
    pub(super) cost: u64,
}

impl Node {
    pub(super) fn leaf(hir: Hir) -> Node {
        let cost = match hir.kind() {
            HirKind::Literal(literal) => literal.0.len() as u64,
            HirKind::Class(Class::Unicode(class)) => class_cost(class),
            _ => 1,
        };
        Node { hir, repeats: 1, height: 1, cost }
    }

    pub(super) fn any(dot: Dot) -> Node {
        Node::leaf(Hir::dot(dot))
    }

    /// A group that captures or not: only its depth counts.
    pub(super) fn group(self) -> Node {
        Node { height: self.height + 1, ..self }
    }

    pub(super) fn sequence(nodes: Vec<Node>) -> Node {
        Node::join(nodes, Hir::concat)
    }

    pub(super) fn alternatives(nodes: Vec<Node>) -> Node {
        Node::join(nodes, Hir::alternation)
    }

    fn join(mut nodes: Vec<Node>, join: fn(Vec<Hir>) -> Hir) -> Node {
        if nodes.len() == 1
            && let Some(node) = nodes.pop()
        {
            return node;
        }
        let repeats = nodes.iter().map(|n| n.repeats).max().unwrap_or(1);
        let height = nodes.iter().map(|n| n.height).max().unwrap_or(0) + 1;
        let cost = nodes.iter().fold(nodes.len() as u64 + 1, |sum, n| sum.saturating_add(n.cost));
        Node { hir: join(nodes.into_iter().map(|n| n.hir).collect()), repeats, height, cost }
    }

    /// The node `min` to `max` times. The caller has bounded both.
    pub(super) fn repeat(self, min: u32, max: Option<u32>) -> Node {
        let times = max.unwrap_or(min).max(1);
        Node {
            repeats: self.repeats.saturating_mul(times),
            height: self.height + 1,
            cost: self.cost.saturating_add(2).saturating_mul(u64::from(times)),
            hir: Hir::repetition(Repetition { min, max, greedy: true, sub: Box::new(self.hir) }),
        }
    }
}

/// Bytes of all UTF-8 sequences of a class: no automaton for it has more transitions.
fn class_cost(class: &ClassUnicode) -> u64 {
    class
        .iter()
        .map(|range| {
            if range.end().is_ascii() {
                1
            } else {
                Utf8Sequences::new(range.start(), range.end()).map(|s| s.len() as u64).sum()
            }
        })
        .sum::<u64>()
        + 1
}
