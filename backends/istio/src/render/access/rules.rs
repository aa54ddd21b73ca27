//! Clauses and callers put together as rules, as few as keep the meaning.
//!
//! A rule is a product: every caller may send everything in it. So two rules become one only where one of the factors is the same
//! (SMI-ACCESS-21).

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::callers::Caller;
use super::traffic::Clause;
use crate::resources::authorization::{Operation, When};

/// What one grant, or a part of it, allows.
pub(super) struct Allowance {
    pub(super) grant: usize,
    pub(super) callers: Rc<BTreeSet<Caller>>,
    pub(super) clause: Rc<Clause>,
}

/// A rule before it is written: there are callers.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) callers: BTreeSet<Caller>,
    pub(super) to: To,
    pub(super) when: Vec<When>,
    /// Indices of the grants it comes from.
    pub(super) grants: BTreeSet<usize>,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum To {
    Everything,
    /// One of these; never empty.
    One(BTreeSet<Operation>),
}

impl To {
    fn of(operation: Option<&Operation>) -> To {
        operation.map_or(To::Everything, |operation| To::One(BTreeSet::from([operation.clone()])))
    }

    fn add(&mut self, operation: Option<&Operation>) {
        match (&mut *self, operation) {
            (To::Everything, _) => {}
            (_, None) => *self = To::Everything,
            (To::One(operations), Some(operation)) => {
                operations.insert(operation.clone());
            }
        }
    }

    fn unite(&mut self, other: To) {
        match (&mut *self, other) {
            (To::Everything, _) => {}
            (_, To::Everything) => *self = To::Everything,
            (To::One(own), To::One(other)) => own.extend(other),
        }
    }
}

/// Rules that allow what the allowances do, in the order of the first grant of each.
pub(super) fn merge(allowances: impl IntoIterator<Item = Allowance>) -> Vec<Draft> {
    with_equal_callers(with_equal_traffic(per_grant(allowances)))
}

/// What two rules must have in common beside callers or traffic.
type Kind = (bool, Vec<When>);

/// The clauses of one grant that can share a rule.
fn per_grant(allowances: impl IntoIterator<Item = Allowance>) -> Vec<(Kind, Draft)> {
    let mut drafts: Vec<(Kind, Draft)> = Vec::new();
    let mut index: HashMap<(usize, *const BTreeSet<Caller>, Kind), usize> = HashMap::new();
    for Allowance { grant, callers, clause } in allowances {
        let kind = (clause.http, clause.when.clone());
        // A waypoint is let in for the same grant as its callers are elsewhere.
        let key = (grant, Rc::as_ptr(&callers), kind.clone());
        match index.get(&key) {
            Some(known) => drafts[*known].1.to.add(clause.operation.as_ref()),
            None => {
                index.insert(key, drafts.len());
                let draft = Draft {
                    callers: (*callers).clone(),
                    to: To::of(clause.operation.as_ref()),
                    when: clause.when.clone(),
                    grants: BTreeSet::from([grant]),
                };
                drafts.push((kind, draft));
            }
        }
    }
    drafts
}

fn with_equal_traffic(drafts: Vec<(Kind, Draft)>) -> Vec<(Kind, Draft)> {
    let mut merged: Vec<(Kind, Draft)> = Vec::new();
    let mut index: HashMap<(Kind, To), usize> = HashMap::new();
    for (kind, draft) in drafts {
        match index.get(&(kind.clone(), draft.to.clone())) {
            Some(known) => {
                let own = &mut merged[*known].1;
                own.callers.extend(draft.callers);
                own.grants.extend(draft.grants);
            }
            None => {
                index.insert((kind.clone(), draft.to.clone()), merged.len());
                merged.push((kind, draft));
            }
        }
    }
    merged
}

fn with_equal_callers(drafts: Vec<(Kind, Draft)>) -> Vec<Draft> {
    let mut merged: Vec<Draft> = Vec::new();
    let mut index: HashMap<(Kind, BTreeSet<Caller>), usize> = HashMap::new();
    for (kind, draft) in drafts {
        match index.get(&(kind.clone(), draft.callers.clone())) {
            Some(known) => {
                let own = &mut merged[*known];
                own.to.unite(draft.to);
                own.grants.extend(draft.grants);
            }
            None => {
                index.insert((kind, draft.callers.clone()), merged.len());
                merged.push(draft);
            }
        }
    }
    merged
}
