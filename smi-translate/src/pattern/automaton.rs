//! Automata of whole texts, and walks over pairs of them: the proofs of this module.
//!
//! Every automaton here accepts a text as a whole; the scope of a pattern is written into it as "anything before" and
//! "anything behind". Memory is bounded everywhere, and a bound that is hit is never an answer.
//!
//! Proofs range over texts without a line feed: neither a path nor a header value can hold one, and only there does `.*` mean
//! "anything".

use std::collections::HashSet;

use regex_automata::dfa::{Automaton as _, StartKind, dense};
use regex_automata::nfa::thompson::{self, NFA, WhichCaptures};
use regex_automata::util::primitives::StateID;
use regex_automata::{Anchored, MatchKind, util::start};
use regex_syntax::hir::{Dot, Hir, Look, Repetition};

use super::Scope;

/// Patterns up to this cost (see `Node::cost`) take less than [`NFA_BYTES`] without a trial.
const CHEAP: u64 = 4_000;

/// Memory of the automaton that every accepted pattern has. Whatever fits is well within what RE2 accepts by default, so that no
/// mesh refuses it for its size.
const NFA_BYTES: usize = 2 << 20;

/// Automata that take more memory are not made deterministic.
const PROOF_BYTES: usize = 64 << 10;

/// Memory of a deterministic automaton, and of the work to make it.
const DFA_BYTES: usize = 256 << 10;

/// Pairs of states that a walk visits.
const PAIRS: usize = 50_000;

/// Bytes in the order in which witnesses should prefer them.
static READABLE: [u8; 255] = readable();

const fn readable() -> [u8; 255] {
    let first = b"x/y1a-bcdefghijklmnopqrstuvwzABCDEFGHIJKLMNOPQRSTUVWXYZ023456789_.~";
    let mut order = [0; 255];
    let mut filled = 0;
    while filled < first.len() {
        order[filled] = first[filled];
        filled += 1;
    }
    // Then other visible characters, parts of characters beyond ASCII, and last control characters.
    let mut round = 0;
    while round < 3 {
        let mut byte = 0;
        while byte < 256 {
            let in_round = match byte {
                0x0A => false,
                0x21..=0x7E => round == 0,
                0x80..=0xFF | 0x20 => round == 1,
                _ => round == 2,
            };
            let mut known = false;
            let mut i = 0;
            while i < first.len() {
                known = known || first[i] as usize == byte;
                i += 1;
            }
            if in_round && !known {
                order[filled] = byte as u8;
                filled += 1;
            }
            byte += 1;
        }
        round += 1;
    }
    order
}

/// `text`, as a tree.
pub(super) fn literal(text: &str) -> Hir {
    Hir::literal(text.as_bytes())
}

/// Any text at all.
pub(super) fn anything() -> Hir {
    Hir::repetition(Repetition { min: 0, max: None, greedy: true, sub: Box::new(Hir::dot(Dot::AnyChar)) })
}

/// The tree of the whole texts that `hir` accepts under `scope`.
pub(super) fn whole(hir: Hir, scope: Scope) -> Hir {
    Hir::concat(match scope {
        Scope::Start => vec![hir, anything(), Hir::look(Look::End)],
        Scope::Full => vec![hir, Hir::look(Look::End)],
        Scope::Anywhere => vec![anything(), hir, anything(), Hir::look(Look::End)],
    })
}

/// Whether the automaton of a pattern of this tree and cost is small enough, under any scope.
pub(super) fn fits(hir: &Hir, cost: u64) -> bool {
    let largest = || whole(hir.clone(), Scope::Anywhere);
    cost <= CHEAP
        || thompson::Compiler::new().configure(config(Some(NFA_BYTES))).build_from_hir(&largest()).is_ok()
}

/// The automaton of a tree made by [`whole`] from one that [`fits`].
pub(super) fn compile(whole: &Hir) -> NFA {
    let nfa = thompson::Compiler::new().configure(config(None)).build_from_hir(whole);
    nfa.expect("without a limit, and far from that of state numbers, nothing can fail")
}

fn config(limit: Option<usize>) -> thompson::Config {
    thompson::Config::new().utf8(false).which_captures(WhichCaptures::None).nfa_size_limit(limit)
}

/// A deterministic automaton of whole texts.
#[derive(Debug)]
pub(super) struct Automaton {
    dfa: dense::DFA<Vec<u32>>,
    start: StateID,
}

/// States of the parts up to which an automaton of many may take all of its memory.
const EASY: usize = 64;

impl Automaton {
    /// Makes `nfa` deterministic, unless that takes too much.
    pub(super) fn new(nfa: &NFA) -> Option<Automaton> {
        if nfa.memory_usage() > PROOF_BYTES {
            return None;
        }
        Automaton::within(nfa, DFA_BYTES)
    }

    /// The automaton of many trees made by [`whole`], which tells them apart, unless it takes more than `bytes`.
    pub(super) fn of_many(wholes: &[Hir], bytes: usize) -> Option<Automaton> {
        let nfa =
            thompson::Compiler::new().configure(config(Some(bytes))).build_many_from_hir(wholes).ok()?;
        // Each state of the automaton costs as much work as it stands for states of its parts: memory alone would not bound that.
        Automaton::within(&nfa, bytes / nfa.states().len().div_ceil(EASY))
    }

    fn within(nfa: &NFA, bytes: usize) -> Option<Automaton> {
        let config = dense::Config::new()
            .accelerate(false)
            .minimize(false)
            .match_kind(MatchKind::All)
            .start_kind(StartKind::Anchored)
            .dfa_size_limit(Some(bytes))
            .determinize_size_limit(Some(bytes));
        let dfa = dense::Builder::new().configure(config).build_from_nfa(nfa).ok()?;
        let start = dfa.start_state(&start::Config::new().anchored(Anchored::Yes)).ok()?;
        Some(Automaton { dfa, start })
    }

    /// The automaton of a small tree made by [`whole`].
    pub(super) fn of(whole: &Hir) -> Option<Automaton> {
        Automaton::new(&compile(whole))
    }

    pub(super) fn start(&self) -> StateID {
        self.start
    }

    pub(super) fn step(&self, state: StateID, byte: u8) -> StateID {
        self.dfa.next_state(state, byte)
    }

    /// Whether a text that ends in `state` is accepted.
    pub(super) fn accepts(&self, state: StateID) -> bool {
        self.dfa.is_match_state(self.end(state))
    }

    /// Which of many trees accept a text that ends in `state`, by index.
    pub(super) fn accepted(&self, state: StateID) -> impl Iterator<Item = usize> {
        let end = self.end(state);
        let count = if self.dfa.is_match_state(end) { self.dfa.match_len(end) } else { 0 };
        (0..count).map(move |index| self.dfa.match_pattern(end, index).as_usize())
    }

    /// Where a text that ends in `state` ends. The same trees accept what ends at the same place.
    pub(super) fn end(&self, state: StateID) -> StateID {
        self.dfa.next_eoi_state(state)
    }

    /// Whether no text can be accepted from `state` on. Not every such state is recognised.
    pub(super) fn is_dead(&self, state: StateID) -> bool {
        self.dfa.is_dead_state(state)
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        let mut state = self.start;
        for byte in text.bytes() {
            state = self.step(state, byte);
            if self.is_dead(state) {
                return false;
            }
        }
        self.accepts(state)
    }
}

/// What a walk came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Walk {
    /// A shortest text of the wanted kind.
    Found(String),
    /// There is none.
    Nowhere,
    /// Too many states.
    Unknown,
}

/// Looks for a shortest text without line feed for which `wanted` holds of what the two automata say.
///
/// The wanted kind must imply that one of the two accepts: both accept UTF-8 only, so that what is found is text.
pub(super) fn walk(a: &Automaton, b: &Automaton, wanted: impl Fn(bool, bool) -> bool) -> Walk {
    let bytes = representatives(a, b, |_| false);
    let mut seen = HashSet::new();
    let mut queue: Vec<Step> = vec![Step { states: (a.start, b.start), from: 0, byte: 0 }];
    seen.insert(queue[0].states);
    let mut next = 0;
    while let Some(step) = queue.get(next) {
        let (in_a, in_b) = step.states;
        if wanted(a.accepts(in_a), b.accepts(in_b)) {
            return match spell(&queue, next) {
                Some(text) => Walk::Found(text),
                None => Walk::Unknown,
            };
        }
        for &byte in &bytes {
            let states = (a.step(in_a, byte), b.step(in_b, byte));
            // Where one is dead its answer is "no" for good.
            let hopeless = match (a.is_dead(states.0), b.is_dead(states.1)) {
                (true, true) => true,
                (true, false) => !wanted(false, true),
                (false, true) => !wanted(true, false),
                (false, false) => false,
            };
            if hopeless {
                continue;
            }
            if seen.insert(states) {
                if queue.len() >= PAIRS {
                    return Walk::Unknown;
                }
                queue.push(Step { states, from: next, byte });
            }
        }
        next += 1;
    }
    Walk::Nowhere
}

/// A pair of states, and how the walk got there.
struct Step {
    states: (StateID, StateID),
    from: usize,
    byte: u8,
}

fn spell(queue: &[Step], last: usize) -> Option<String> {
    let mut bytes = Vec::new();
    let mut at = last;
    while at != 0 {
        bytes.push(queue[at].byte);
        at = queue[at].from;
    }
    bytes.reverse();
    String::from_utf8(bytes).ok()
}

/// One byte of each kind that one of the two automata or `mark` tells apart, readable ones first, and no line feed.
pub(super) fn representatives(a: &Automaton, b: &Automaton, mark: impl Fn(u8) -> bool) -> Vec<u8> {
    let mut kinds = HashSet::new();
    let kind = |byte| (a.dfa.byte_classes().get(byte), b.dfa.byte_classes().get(byte), mark(byte));
    READABLE.iter().copied().filter(|&byte| kinds.insert(kind(byte))).collect()
}

/// The same for any number of automata.
pub(super) fn common_representatives(automata: &[&Automaton]) -> Vec<u8> {
    let mut kinds: HashSet<Vec<u8>> = HashSet::new();
    let kind = |byte| automata.iter().map(|automaton| automaton.dfa.byte_classes().get(byte)).collect();
    READABLE.iter().copied().filter(|&byte| kinds.insert(kind(byte))).collect()
}
