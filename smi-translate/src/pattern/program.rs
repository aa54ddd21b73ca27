//! How large a pattern is to an engine that runs it as a program.

use regex_automata::nfa::thompson::State;

use super::Pattern;

impl Pattern {
    /// How many instructions it takes, about: engines bound that. Envoy refuses a whole configuration for one program above its limit.
    #[must_use]
    pub fn program_size(&self) -> usize {
        let instructions = |state: &State| match state {
            State::Sparse(transitions) => 2 * transitions.transitions.len(),
            State::Dense(_) => 512,
            State::Union { alternates } => alternates.len(),
            State::ByteRange { .. }
            | State::Look { .. }
            | State::BinaryUnion { .. }
            | State::Capture { .. }
            | State::Fail
            | State::Match { .. } => 1,
        };
        self.compile().states().iter().map(instructions).sum()
    }
}
