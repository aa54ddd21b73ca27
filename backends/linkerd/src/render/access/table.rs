//! Who may send which requests to a port, and how routes say it (`linkerd.md` 7.5).
//!
//! Of all matches of all routes Linkerd takes the most specific, and asks for the policies of its route alone; SMI wants the union. So a
//! match is also for those whom a wider match lets in, and where Linkerd's choice could still be the wrong one, every caller gets a
//! route that only its own requests satisfy.

use std::collections::BTreeSet;

use smi_translate::pattern::Shape;

use crate::clause::Clause;

use super::callers::Caller;

/// Matches up to which pairs are compared, and how many of them may have patterns that only automata compare. Beyond, every caller gets a
/// route of its own.
const COMPARED: usize = 4_000;
const COMPARED_BY_AUTOMATA: usize = 64;

/// A match, and who may use it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) clause: Clause,
    pub(super) callers: BTreeSet<Caller>,
    /// The grants that it comes from.
    pub(super) grants: BTreeSet<usize>,
}

/// All that is granted on a port over HTTP.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    pub(super) entries: Vec<Entry>,
    /// Whether somebody may send whatever it likes: then requests that satisfy no match must find a route too.
    pub(super) has_tcp: bool,
}

impl Table {
    /// Adds a match; one that is there already gets the callers.
    pub(super) fn add(&mut self, grant: usize, clause: Clause, callers: &BTreeSet<Caller>) {
        if callers.is_empty() {
            return;
        }
        match self.entries.iter_mut().find(|entry| entry.clause == clause) {
            Some(entry) => {
                entry.callers.extend(callers.iter().cloned());
                entry.grants.insert(grant);
            }
            None => {
                let grants = BTreeSet::from([grant]);
                self.entries.push(Entry { clause, callers: callers.clone(), grants });
            }
        }
    }

    /// Lets in at every match whom a wider match lets in anyway, and drops matches that say nothing of their own.
    pub(super) fn spread(&self) -> Table {
        if !self.is_comparable() || self.has_one_set_of_callers() {
            return self.clone();
        }
        let within = |a: usize, b: usize| a != b && self.entries[a].clause.is_within(&self.entries[b].clause);
        let mut entries: Vec<Entry> = Vec::new();
        for (index, entry) in self.entries.iter().enumerate() {
            let mut entry = entry.clone();
            let wider: Vec<&Entry> = (0..self.entries.len())
                .filter(|other| within(index, *other))
                .map(|o| &self.entries[o])
                .collect();
            // Its own callers are let in by what is wider: then it is of no use, unless it hides a match for others.
            entry.callers.extend(wider.iter().flat_map(|other| other.callers.iter().cloned()));
            entries.push(entry);
        }
        Table { entries, has_tcp: self.has_tcp }
    }

    /// Whether its matches can be compared in reasonable time.
    fn is_comparable(&self) -> bool {
        let needs_automata = |entry: &&Entry| entry.clause.patterns().any(|p| *p.shape() == Shape::Regex);
        self.entries.len() <= COMPARED
            && self.entries.iter().filter(needs_automata).count() <= COMPARED_BY_AUTOMATA
    }

    fn has_one_set_of_callers(&self) -> bool {
        self.entries.windows(2).all(|pair| pair[0].callers == pair[1].callers)
    }

    /// Two matches of which Linkerd may choose the one that does not let in everybody whom the other does; the second is `None` for the
    /// match of all other requests. Without such a pair, routes by callers mean exactly what is granted.
    pub(super) fn conflict(&self) -> Option<(usize, Option<usize>)> {
        let everything = Clause::default();
        if self.needs_rest()
            && let Some(index) =
                self.entries.iter().position(|entry| !is_always_chosen_over(&entry.clause, &everything))
        {
            return Some((index, None));
        }
        if self.has_one_set_of_callers() {
            return None;
        }
        if !self.is_comparable() {
            return Some((0, Some(1)));
        }
        for (index, one) in self.entries.iter().enumerate() {
            for (later, other) in self.entries.iter().enumerate().skip(index + 1) {
                let is_fine = one.callers == other.callers
                    || one.callers.is_superset(&other.callers)
                        && is_always_chosen_over(&one.clause, &other.clause)
                    || other.callers.is_superset(&one.callers)
                        && is_always_chosen_over(&other.clause, &one.clause)
                    || one.clause.is_disjoint(&other.clause);
                if !is_fine {
                    return Some((index, Some(later)));
                }
            }
        }
        None
    }

    /// Whether requests that satisfy no match need a route, for those who may send whatever they like.
    pub(super) fn needs_rest(&self) -> bool {
        self.has_tcp && !self.entries.iter().any(|entry| entry.clause.is_unconditional())
    }

    /// The matches by who may use them.
    pub(super) fn by_callers(&self) -> Vec<(BTreeSet<Caller>, Vec<Clause>)> {
        let mut groups: Vec<(BTreeSet<Caller>, Vec<Clause>)> = Vec::new();
        for entry in &self.entries {
            match groups.iter_mut().find(|(callers, _)| *callers == entry.callers) {
                Some((_, clauses)) => clauses.push(entry.clause.clone()),
                None => groups.push((entry.callers.clone(), vec![entry.clause.clone()])),
            }
        }
        groups
    }

    /// The matches that one caller may use.
    pub(super) fn of_caller(&self, caller: &Caller) -> Vec<Clause> {
        let own = self.entries.iter().filter(|entry| entry.callers.contains(caller));
        own.map(|entry| entry.clause.clone()).collect()
    }

    /// Everybody who may use some match.
    pub(super) fn callers(&self) -> BTreeSet<Caller> {
        self.entries.iter().flat_map(|entry| entry.callers.iter().cloned()).collect()
    }
}

/// Whether Linkerd takes `one` for every request that satisfies both; a tie is decided by the age of the objects, which nobody writes.
///
/// A path pattern counts the whole path, and no path counts as one character. Then headers count and a method, in either order.
fn is_always_chosen_over(one: &Clause, other: &Clause) -> bool {
    let has_higher_rank = one.is_as_specific_as(other) && !other.is_as_specific_as(one);
    match (&one.path, &other.path) {
        (Some(_), None) => has_higher_rank || one.refuses_shortest_paths(),
        (Some(_), Some(_)) | (None, None) => has_higher_rank,
        (None, Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use smi_translate::Account;
    use smi_translate::pattern::{Pattern, Scope};

    use super::*;

    fn clause(path: Option<&str>, headers: &[&str], method: Option<&'static str>) -> Clause {
        Clause {
            path: path.map(|path| Pattern::new(path, Scope::Full).unwrap()),
            headers: headers
                .iter()
                .map(|n| ((*n).to_owned(), Pattern::new("x", Scope::Full).unwrap()))
                .collect(),
            method,
        }
    }

    fn callers(names: &[&str]) -> BTreeSet<Caller> {
        names.iter().map(|name| Caller::Account(Account::new("front", *name))).collect()
    }

    fn table(entries: &[(Clause, &[&str])], has_tcp: bool) -> Table {
        let mut table = Table { entries: Vec::new(), has_tcp };
        for (index, (clause, names)) in entries.iter().enumerate() {
            table.add(index, clause.clone(), &callers(names));
        }
        table.spread()
    }

    #[test]
    fn a_match_is_also_for_those_whom_a_wider_one_lets_in() {
        // The example of the reference: prometheus may GET /metrics, web may do everything.
        let metrics = clause(Some("/metrics"), &[], Some("GET"));
        let table = table(&[(metrics, &["prometheus"]), (Clause::default(), &["web"])], false);
        assert_eq!(table.entries[0].callers, callers(&["prometheus", "web"]));
        assert_eq!(table.conflict(), None);
        assert_eq!(table.by_callers().len(), 2);
    }

    #[test]
    fn ties_are_conflicts() {
        let metrics = clause(Some("/metrics"), &[], None);
        let all_paths = clause(Some("/m.*"), &[], None);
        let found = table(&[(metrics.clone(), &["a"]), (all_paths.clone(), &["b"])], false).conflict();
        assert_eq!(found, Some((0, Some(1))), "both paths are equally long to Linkerd");
        assert_eq!(table(&[(metrics, &["a"]), (all_paths, &["a"])], false).conflict(), None);
        let apart = [(clause(Some("/a"), &[], None), &["a"][..]), (clause(Some("/b"), &[], None), &["b"])];
        assert_eq!(table(&apart, false).conflict(), None);
        let crossing = [(clause(None, &["x"], None), &["a"][..]), (clause(None, &["y"], None), &["b"])];
        assert_eq!(table(&crossing, false).conflict(), Some((0, Some(1))));
    }

    #[test]
    fn the_match_of_all_other_requests_must_lose() {
        let root = [(clause(Some("/.*"), &[], None), &["a"][..])];
        assert_eq!(
            table(&root, true).conflict(),
            Some((0, None)),
            "a request for / has a path of one character"
        );
        assert_eq!(table(&root, false).conflict(), None);
        let api = [(clause(Some("/api"), &[], None), &["a"][..])];
        assert_eq!(table(&api, true).conflict(), None);
        let everything = [(Clause::default(), &["a"][..])];
        assert_eq!(table(&everything, true).conflict(), None, "it takes all other requests itself");
    }
}
