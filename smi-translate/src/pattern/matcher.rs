//! Runs a pattern over a text, in linear time.

use regex_automata::nfa::thompson::pikevm::{Cache, PikeVM};
use regex_automata::util::pool::Pool;
use regex_automata::{Anchored, Input};

use super::Pattern;
use super::shape::{Piece, Pieces, Shape, of_pieces};

/// The cheapest way to run a pattern.
pub(super) enum Matcher {
    /// Comparing texts says it all, for every text there is.
    Text(Shape),
    /// The deterministic automaton of the pattern.
    Automaton,
    /// Its states, followed in parallel: slower, for automata that would be too large.
    States(PikeVM, Box<Pool<Cache, Box<dyn Fn() -> Cache + Send + Sync>>>),
}

impl Matcher {
    pub(super) fn new(pattern: &Pattern) -> Matcher {
        let pieces = Pieces::of(pattern.hir()).map(|pieces| pieces.whole(pattern.scope()));
        if let Some(row) = pieces
            // Unlike a shape, a match must be right for texts with line feeds too.
            && !row.iter().any(|piece| matches!(piece, Piece::Anything(false)))
            && let Some(shape) = of_pieces(&row)
            && shape != Shape::Nothing
        {
            return Matcher::Text(shape);
        }
        if pattern.automaton().is_some() {
            return Matcher::Automaton;
        }
        let nfa = pattern.compile().expect("a pattern too large to compile is refused when it is read");
        let vm = PikeVM::new_from_nfa(nfa).expect("a compiled automaton always gives a machine");
        let for_cache = vm.clone();
        Matcher::States(vm, Box::new(Pool::new(Box::new(move || for_cache.create_cache()))))
    }

    pub(super) fn is_match(&self, pattern: &Pattern, text: &str) -> bool {
        match self {
            Matcher::Text(shape) => shape.accepts(text).unwrap_or(false),
            Matcher::Automaton => pattern.automaton().is_some_and(|automaton| automaton.is_match(text)),
            Matcher::States(vm, caches) => {
                let input = Input::new(text).anchored(Anchored::Yes).earliest(true);
                vm.is_match(&mut caches.get(), input)
            }
        }
    }
}
