//! Rules written down within the limits of an API server: what is too much for one entry, rule or policy is divided.
//!
//! Policies that allow are OR-ed, and so are rules: what is divided means the same, and each part alone less.

use std::collections::BTreeSet;

use serde::Serialize;
use smi_translate::OneOrMore;

use super::callers;
use super::rules::{Draft, To};
use crate::render::size::written;
use crate::resources::authorization::{From, Rule, To as Entry};

/// Rules of a policy, and entries of `from`, that Istio takes; entries of `to` are held to the same.
const ENTRIES: usize = 512;

/// Bytes of the entries of `from`, of `to` and of `when` in one rule.
const LIST_BYTES: usize = 300_000;

/// Bytes of the rules of one policy: an API server takes 1.5 MB for the whole object.
const RULES_BYTES: usize = 1_200_000;

/// Rules divided into policies.
#[derive(Default)]
pub(super) struct Divided {
    /// The rules of each policy.
    pub(super) policies: Vec<OneOrMore<Rule>>,
    /// Grants of which something does not fit even when divided.
    pub(super) too_large: BTreeSet<usize>,
}

/// Divides rules into as many policies as they need.
pub(super) fn divide(drafts: &[Draft]) -> Divided {
    let mut divided = Divided::default();
    let mut rules = Vec::new();
    for draft in drafts {
        match written_rules(draft) {
            (own, Fits::All) => rules.extend(own),
            (own, Fits::Partly) => {
                rules.extend(own);
                divided.too_large.extend(&draft.grants);
            }
        }
    }
    divided.policies = chunks(rules, ENTRIES, RULES_BYTES);
    divided
}

enum Fits {
    All,
    Partly,
}

/// One rule, or several where there are more callers or operations than one takes: every part of the ones with every part of the others.
fn written_rules(draft: &Draft) -> (Vec<Rule>, Fits) {
    if written(&draft.when) > LIST_BYTES {
        return (Vec::new(), Fits::Partly);
    }
    let when = OneOrMore::new(draft.when.clone());
    let from = chunks(callers::written(&draft.callers), ENTRIES, LIST_BYTES);
    let (to, fits) = match &draft.to {
        To::Everything => (vec![None], Fits::All),
        To::One(operations) => {
            let entries = operations.iter().map(|operation| Entry { operation: operation.clone() });
            let small: Vec<Entry> = entries.filter(|entry| written(entry) <= LIST_BYTES).collect();
            let fits = if small.len() == operations.len() { Fits::All } else { Fits::Partly };
            (chunks(small, ENTRIES, LIST_BYTES).into_iter().map(Some).collect(), fits)
        }
    };
    let rule = |from: &OneOrMore<From>, to: &Option<OneOrMore<Entry>>| Rule {
        from: from.clone(),
        to: to.clone(),
        when: when.clone(),
    };
    let rules = from.iter().flat_map(|from| to.iter().map(move |to| rule(from, to)));
    (rules.collect(), fits)
}

/// Divides a list at a number of entries and of bytes. An entry that is too large by itself stands alone.
pub(super) fn chunks<T: Serialize>(entries: Vec<T>, most: usize, bytes: usize) -> Vec<OneOrMore<T>> {
    let mut chunks = Vec::new();
    let mut chunk = Vec::new();
    let mut taken = 0_usize;
    for entry in entries {
        let size = written(&entry);
        if chunk.len() == most || taken.saturating_add(size) > bytes {
            chunks.extend(OneOrMore::new(std::mem::take(&mut chunk)));
            taken = 0;
        }
        taken = taken.saturating_add(size);
        chunk.push(entry);
    }
    chunks.extend(OneOrMore::new(chunk));
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::access::callers::Caller;
    use crate::resources::authorization::Operation;

    fn draft(callers: usize, operations: usize, length: usize) -> Draft {
        let port = |index: usize| OneOrMore::one(format!("{index}{}", "0".repeat(length)));
        Draft {
            callers: (0..callers).map(|index| Caller::ServiceAccount(format!("shop/a{index}"))).collect(),
            to: To::One((0..operations).map(|index| Operation::on_ports(port(index))).collect()),
            when: Vec::new(),
            grants: BTreeSet::from([7]),
        }
    }

    #[test]
    fn no_list_is_longer_than_istio_takes() {
        let divided = divide(&[draft(16 * 513, 513, 1)]);
        assert_eq!(divided.policies.len(), 1);
        let counts: Vec<_> = divided.policies[0]
            .iter()
            .map(|rule| (rule.from.len(), rule.to.as_ref().unwrap().len()))
            .collect();
        assert_eq!(counts, [(512, 512), (512, 1), (1, 512), (1, 1)]);
        let many: Vec<Draft> = (0..513).map(|_| draft(1, 1, 1)).collect();
        let policies: Vec<usize> = divide(&many).policies.iter().map(|rules| rules.len()).collect();
        assert_eq!(policies, [512, 1]);
    }

    #[test]
    fn no_policy_is_larger_than_an_api_server_takes() {
        let large: Vec<Draft> = (0..20).map(|_| draft(3, 25, 10_000)).collect();
        let divided = divide(&large);
        assert!(divided.policies.len() > 4);
        assert!(divided.policies.iter().all(|rules| written(rules) < 1_400_000));
        assert!(divided.too_large.is_empty());
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_named() {
        let divided = divide(&[draft(1, 2, 400_000)]);
        assert!(divided.policies.is_empty(), "a rule without operations would allow everything");
        assert_eq!(divided.too_large, BTreeSet::from([7]));
    }
}
