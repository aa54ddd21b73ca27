//! Runs a pattern over a text, in linear time.

use regex_automata::nfa::thompson::pikevm::{Cache, PikeVM};
use regex_automata::util::pool::Pool;
use regex_automata::{Anchored, Input};

use super::Pattern;
use super::automaton::Automaton;
use super::shape::{Piece, Pieces, Shape, of_pieces};

/// The cheapest way to run a pattern.
pub(super) enum Matcher {
    /// Comparing texts says it all, for every text there is.
    Text(Shape),
    /// All paths through the automaton, followed side by side.
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
        let vm =
            PikeVM::new_from_nfa(pattern.compile()).expect("a compiled automaton always gives a machine");
        let for_cache = vm.clone();
        Matcher::States(vm, Box::new(Pool::new(Box::new(move || for_cache.create_cache()))))
    }

    /// Whether `text` matches. `automaton` is the deterministic one, if it was needed before: it is faster.
    pub(super) fn is_match(&self, text: &str, automaton: Option<&Option<Automaton>>) -> bool {
        match (self, automaton) {
            (Matcher::Text(shape), _) => shape.accepts(text).unwrap_or(false),
            (_, Some(Some(automaton))) => automaton.is_match(text),
            (Matcher::States(vm, caches), _) => {
                let input = Input::new(text).anchored(Anchored::Yes).earliest(true);
                vm.is_match(&mut caches.get(), input)
            }
        }
    }
}
