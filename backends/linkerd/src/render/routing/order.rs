//! Rules in SMI's order, for proxies that take the most specific match instead (`linkerd.md` 5, "which match wins").
//!
//! SMI asks the rules one after the other (SMI-SPLIT-16). Linkerd compares all matches: the longest path wins, then the most headers, then
//! a method (newer proxies look at the method first), and only between equals the earlier rule. With a path pattern in every match all paths are equally long. Where a match
//! of a later rule would still win over one of an earlier rule, the earlier rule gets both conditions in one match: it has at least as
//! many headers and a method if one of them has, so that it wins for exactly the requests that satisfy both.

use smi_translate::pattern::{Pattern, Scope};

use crate::clause::Clause;

/// Why no order says what SMI says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unordered {
    /// The clauses at these places of these rules overlap, and no single path pattern says both.
    Overlap { earlier: usize, later: usize },
    /// More matches are needed than an object has room for.
    TooMany,
}

/// The clauses of each rule with what it needs to win over later rules. `limit` bounds their sum.
pub(super) fn ordered(rules: &[Vec<Clause>], limit: usize) -> Result<Vec<Vec<Clause>>, Unordered> {
    let mut rules = rules.to_vec();
    if rules.iter().map(Vec::len).sum::<usize>() > limit {
        return Err(Unordered::TooMany);
    }
    // A single rule competes with requests that satisfy no condition only, and those tie at worst: the earlier rule wins.
    if rules.len() < 2 {
        return Ok(rules);
    }
    let any_path = Pattern::new(".*", Scope::Full).expect("it is a pattern");
    for clause in rules.iter_mut().flatten() {
        clause.path.get_or_insert_with(|| any_path.clone());
    }
    for earlier in (0..rules.len() - 1).rev() {
        let (before, after) = rules.split_at_mut(earlier + 1);
        let own = &mut before[earlier];
        for (later, others) in after.iter().enumerate() {
            for other in others {
                for index in 0..own.len() {
                    let clause = &own[index];
                    if clause.is_as_specific_as(other) || clause.is_disjoint(other) {
                        continue;
                    }
                    let both = clause
                        .and(other)
                        .ok_or(Unordered::Overlap { earlier, later: earlier + 1 + later })?;
                    if !own.contains(&both) {
                        own.push(both);
                    }
                    if own.len() > limit {
                        return Err(Unordered::TooMany);
                    }
                }
            }
        }
    }
    match rules.iter().map(Vec::len).sum::<usize>() > limit {
        true => Err(Unordered::TooMany),
        false => Ok(rules),
    }
}
