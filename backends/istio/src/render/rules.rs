//! What of a rule is the same on every port, made once, when it is first needed.

use smi_translate::diagnostic::Diagnostic;
use smi_translate::intent::{Effective, Rule, WeightedBackend};

use super::conditions::{self, Said};
use super::weights;

/// A rule and what was made of it so far.
pub(super) struct Prepared<'a> {
    pub(super) rule: &'a Rule,
    said: Option<Said>,
    weights: Option<(Vec<&'a WeightedBackend>, Vec<u32>)>,
    is_reported_scaled: bool,
}

impl<'a> Prepared<'a> {
    pub(super) fn new(rule: &'a Rule) -> Self {
        Prepared { rule, said: None, weights: None, is_reported_scaled: false }
    }

    /// The condition. What cannot be said is reported the first time.
    pub(super) fn said(&mut self, out: &mut Vec<Diagnostic>) -> &Said {
        self.said.get_or_insert_with(|| conditions::say(self.rule, out))
    }

    /// The weights of the backends that take part on a port: mostly those of the port before. Scaling is reported once.
    pub(super) fn weights(&mut self, effective: &Effective<'a>, out: &mut Vec<Diagnostic>) -> &[u32] {
        let is_same = |known: &[&WeightedBackend]| {
            known.len() == effective.backends().len()
                && known.iter().zip(effective.backends()).all(|(a, b)| std::ptr::eq(*a, *b))
        };
        let known = self.weights.take().filter(|(backends, _)| is_same(backends));
        let (_, weights) = self.weights.insert(known.unwrap_or_else(|| {
            let (weights, exact) = weights::istio_weights(effective);
            if !exact && !self.is_reported_scaled {
                self.is_reported_scaled = true;
                out.push(weights::scaled(self.rule));
            }
            (effective.backends().to_vec(), weights)
        }));
        weights
    }
}
