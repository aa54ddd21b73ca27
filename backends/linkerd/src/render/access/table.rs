//! Who may send which requests to a port, and how routes say it (`linkerd.md` 7.5).
//!
//! Of all matches of all routes Linkerd takes the most specific, and asks for the policies of its route alone; SMI wants the union. So a
//! match is also for those whom a wider match lets in, and where Linkerd's choice could still be the wrong one, every caller gets a
//! route that only its own requests satisfy.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use smi_translate::pattern::Shape;

use crate::clause::Clause;

use super::callers::Caller;

/// Pairs of matches that are compared, what comparing their callers may cost, and how many matches may have patterns that only automata
/// compare. Beyond, every caller gets a route of its own.
const COMPARED: usize = 1_000_000;
const COMPARED_CALLERS: usize = 4_000_000;
const COMPARED_BY_AUTOMATA: usize = 64;

/// A match, and who may use it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    pub(super) clause: Clause,
    pub(super) callers: Rc<BTreeSet<Caller>>,
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
    /// The matches of some grants, each with those who may use it; one of several grants is for the callers of all of them.
    pub(super) fn of<'a>(
        matches: impl IntoIterator<Item = (usize, &'a Clause, &'a Rc<BTreeSet<Caller>>)>,
        has_tcp: bool,
    ) -> Table {
        let mut entries: Vec<Entry> = Vec::new();
        #[expect(clippy::mutable_key_type, reason = "a pattern hashes its source, which never changes")]
        let mut known: HashMap<&Clause, usize> = HashMap::new();
        for (grant, clause, callers) in matches {
            if callers.is_empty() {
                continue;
            }
            if let Some(entry) = known.get(clause).and_then(|index| entries.get_mut(*index)) {
                if entry.callers != *callers {
                    Rc::make_mut(&mut entry.callers).extend(callers.iter().cloned());
                }
                entry.grants.insert(grant);
                continue;
            }
            known.insert(clause, entries.len());
            let grants = BTreeSet::from([grant]);
            entries.push(Entry { clause: clause.clone(), callers: Rc::clone(callers), grants });
        }
        Table { entries, has_tcp }
    }

    /// Lets in at every match whom a wider match lets in anyway, and drops matches that say nothing of their own.
    pub(super) fn spread(&self) -> Table {
        if !self.is_comparable() || self.has_one_set_of_callers() {
            return self.clone();
        }
        let near = Near::of(&self.entries);
        let within = |a: usize, b: usize| a != b && self.entries[a].clause.is_within(&self.entries[b].clause);
        let mut entries: Vec<Entry> = Vec::new();
        for (index, entry) in self.entries.iter().enumerate() {
            let mut entry = entry.clone();
            let wider: Vec<&Entry> = near
                .of_entry(&self.entries, index)
                .filter(|other| within(index, *other))
                .map(|o| &self.entries[o])
                .collect();
            // Its own callers are let in by what is wider: then it is of no use, unless it hides a match for others.
            for other in wider.into_iter().filter(|other| other.callers != self.entries[index].callers) {
                Rc::make_mut(&mut entry.callers).extend(other.callers.iter().cloned());
            }
            entries.push(entry);
        }
        Table { entries, has_tcp: self.has_tcp }
    }

    /// Whether its matches can be compared in reasonable time.
    fn is_comparable(&self) -> bool {
        let needs_automata = |entry: &&Entry| entry.clause.patterns().any(|p| *p.shape() == Shape::Regex);
        let callers: usize = self.entries.iter().map(|entry| entry.callers.len()).sum();
        let near = Near::of(&self.entries).most();
        near.saturating_mul(self.entries.len()) <= COMPARED
            && near.saturating_mul(callers) <= COMPARED_CALLERS
            && self.entries.iter().filter(needs_automata).count() <= COMPARED_BY_AUTOMATA
    }

    fn has_one_set_of_callers(&self) -> bool {
        self.entries.windows(2).all(|pair| pair[0].callers == pair[1].callers)
    }

    /// Two matches of which Linkerd may choose the one that does not let in everybody whom the other does; the second is `None` for the
    /// match of all other requests. Without such a pair, routes by callers mean exactly what is granted.
    pub(super) fn conflict(&self) -> Option<(usize, Option<usize>)> {
        if self.needs_rest()
            && let Some(index) = self.entries.iter().position(|entry| !beats_rest(&entry.clause))
        {
            return Some((index, None));
        }
        if self.has_one_set_of_callers() {
            return None;
        }
        if !self.is_comparable() {
            return Some((0, Some(1)));
        }
        self.pairs().next().map(|(one, other)| (one, Some(other)))
    }

    /// The matches of all such pairs. The others keep their meaning beside them, whatever becomes of these.
    pub(super) fn conflicting(&self) -> BTreeSet<usize> {
        let mut all: BTreeSet<usize> = match (self.has_one_set_of_callers(), self.is_comparable()) {
            (true, _) => BTreeSet::new(),
            (false, true) => self.pairs().flat_map(|(one, other)| [one, other]).collect(),
            (false, false) => (0..self.entries.len()).collect(),
        };
        let mut entries = self.entries.iter().enumerate();
        let is_rest =
            |(index, entry): (usize, &Entry)| entry.clause.is_unconditional() && !all.contains(&index);
        if self.has_tcp && !entries.any(is_rest) {
            let tied = self.entries.iter().enumerate().filter(|(_, entry)| !beats_rest(&entry.clause));
            all.extend(tied.map(|(index, _)| index).collect::<Vec<_>>());
        }
        all
    }

    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let near = Near::of(&self.entries);
        (0..self.entries.len()).flat_map(move |index| {
            let later = near.of_entry(&self.entries, index).filter(|other| *other > index);
            let conflicts =
                later.filter(|other| !Table::is_fine(&self.entries[index], &self.entries[*other]));
            conflicts.map(|other| (index, other)).collect::<Vec<_>>()
        })
    }

    fn is_fine(one: &Entry, other: &Entry) -> bool {
        one.callers == other.callers
            || one.callers.is_superset(&other.callers) && is_always_chosen_over(&one.clause, &other.clause)
            || other.callers.is_superset(&one.callers) && is_always_chosen_over(&other.clause, &one.clause)
            || one.clause.is_disjoint(&other.clause)
    }

    /// Some of its matches.
    pub(super) fn only(&self, is_kept: impl Fn(usize) -> bool) -> Table {
        let kept = self.entries.iter().enumerate().filter(|(index, _)| is_kept(*index));
        Table { entries: kept.map(|(_, entry)| entry.clone()).collect(), has_tcp: self.has_tcp }
    }

    /// Whether requests that satisfy no match need a route, for those who may send whatever they like.
    pub(super) fn needs_rest(&self) -> bool {
        self.has_tcp && !self.entries.iter().any(|entry| entry.clause.is_unconditional())
    }

    /// The matches by who may use them.
    pub(super) fn by_callers(&self) -> Vec<(Rc<BTreeSet<Caller>>, Vec<Clause>)> {
        let mut groups: Vec<(Rc<BTreeSet<Caller>>, Vec<Clause>)> = Vec::new();
        let mut known: BTreeMap<&BTreeSet<Caller>, usize> = BTreeMap::new();
        for entry in &self.entries {
            let index = *known.entry(&entry.callers).or_insert(groups.len());
            if index == groups.len() {
                groups.push((Rc::clone(&entry.callers), Vec::new()));
            }
            groups[index].1.push(entry.clause.clone());
        }
        groups
    }

    /// The matches that each caller may use.
    pub(super) fn by_caller(&self) -> BTreeMap<&Caller, Vec<&Clause>> {
        let mut own: BTreeMap<&Caller, Vec<&Clause>> = BTreeMap::new();
        for entry in &self.entries {
            for caller in entry.callers.iter() {
                own.entry(caller).or_default().push(&entry.clause);
            }
        }
        own
    }
}

/// Which matches a request may satisfy together: two different literal paths, never.
struct Near<'a> {
    literal: HashMap<&'a str, Vec<usize>>,
    others: Vec<usize>,
}

impl<'a> Near<'a> {
    fn of(entries: &'a [Entry]) -> Near<'a> {
        let mut near = Near { literal: HashMap::new(), others: Vec::new() };
        for (index, entry) in entries.iter().enumerate() {
            match literal(entry) {
                Some(path) => near.literal.entry(path).or_default().push(index),
                None => near.others.push(index),
            }
        }
        near
    }

    /// The matches that one may have a request in common with, itself included; in no order.
    fn of_entry<'s>(&'s self, entries: &'s [Entry], index: usize) -> Box<dyn Iterator<Item = usize> + 's> {
        match literal(&entries[index]) {
            Some(path) => {
                let alike = self.literal.get(path).into_iter().flatten();
                Box::new(alike.chain(&self.others).copied())
            }
            None => Box::new(0..entries.len()),
        }
    }

    /// How many a match has at the most, but for those that have all.
    fn most(&self) -> usize {
        self.others.len() + self.literal.values().map(Vec::len).max().unwrap_or_default()
    }
}

fn literal(entry: &Entry) -> Option<&str> {
    match entry.clause.path.as_ref()?.shape() {
        Shape::Exact(path) => Some(path),
        _ => None,
    }
}

/// Whether Linkerd takes a match for every request that satisfies it, and not the match of all others.
fn beats_rest(clause: &Clause) -> bool {
    is_always_chosen_over(clause, &Clause::default())
}

/// Whether Linkerd takes `one` for every request that satisfies both; a tie is decided by the age of the objects, which nobody writes.
///
/// A path pattern counts the whole path, and no path counts as one character. Then headers count and a method, in
/// either order, and to newer proxies an exact path before them.
fn is_always_chosen_over(one: &Clause, other: &Clause) -> bool {
    let has_higher_rank = one.is_more_specific_than(other);
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

    fn callers(names: &[&str]) -> Rc<BTreeSet<Caller>> {
        Rc::new(names.iter().map(|name| Caller::Account(Account::new("front", *name))).collect())
    }

    fn table(entries: &[(Clause, &[&str])], has_tcp: bool) -> Table {
        let named: Vec<_> = entries.iter().map(|(_, names)| callers(names)).collect();
        let matches = entries.iter().zip(&named).enumerate();
        let table =
            Table::of(matches.map(|(index, ((clause, _), callers))| (index, clause, callers)), has_tcp);
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
    fn newer_proxies_prefer_an_exact_path_to_more_headers() {
        // The first lets in all callers of the second and looks at a header more, but the second has an exact path.
        let wide = clause(Some("/m.*"), &["x"], None);
        let exact = clause(Some("/metrics"), &[], None);
        let found = table(&[(wide, &["a", "b"]), (exact, &["b"])], false);
        assert_eq!(found.conflict(), Some((0, Some(1))));
        assert_eq!(found.conflicting(), [0, 1].into());
    }

    #[test]
    fn matches_without_a_conflict_are_told_from_the_others() {
        let apart = [
            (clause(Some("/a.*"), &["x"], None), &["a"][..]),
            (clause(Some("/a.*"), &["y"], None), &["b"]),
            (clause(Some("/b.*"), &[], None), &["c"]),
        ];
        assert_eq!(table(&apart, false).conflicting(), [0, 1].into());
        assert_eq!(table(&apart, true).conflicting(), [0, 1].into(), "no path of one character");
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
