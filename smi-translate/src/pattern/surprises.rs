//! Patterns that accept other texts than their author may expect (SMI-VAL-35, SMI-VAL-36).

use std::collections::HashSet;

use super::automaton::{self, Automaton};
use super::sample::{self, Pick};
use super::shape::{Piece, Pieces};
use super::{Inclusion, Pattern, Scope};

/// How many combinations of states are looked at.
const LIMIT: usize = 50_000;

/// A value that a search accepts and the whole-value match refuses.
pub(super) fn found_by_search_only(pattern: &Pattern) -> Option<String> {
    if pattern.scope() != Scope::Full {
        return None;
    }
    if let Some(pieces) = Pieces::of(pattern.hir())
        && let ([Piece::Text(text)], false) = (pieces.row.as_slice(), pieces.ends)
        && !text.contains('\n')
    {
        return Some(format!("{text}x"));
    }
    if let Some(items) = sample::unanchored(pattern.hir())
        && let Some(text) = sample::shortest(items, Pick::First)
    {
        let search = pattern.with_scope(Scope::Anywhere);
        let longer = [format!("{text}x"), format!("x{text}")];
        if let Some(found) = longer.into_iter().find(|text| !pattern.is_match(text) && search.is_match(text))
        {
            return Some(found);
        }
    }
    match pattern.with_scope(Scope::Anywhere).inclusion(pattern) {
        Inclusion::Counterexample(text) => Some(text),
        Inclusion::Subset | Inclusion::Unknown => None,
    }
}

/// Whether the pattern can stop after a character of a path segment and still accept the path when the segment goes on in a way
/// the pattern does not spell out.
pub(super) fn ends_inside_segment(pattern: &Pattern) -> bool {
    if pattern.scope() != Scope::Start {
        return false;
    }
    if let Some(pieces) = Pieces::of(pattern.hir()) {
        match pieces.row.last() {
            _ if pieces.ends => return false,
            None | Some(Piece::Anything(_)) => return false,
            Some(Piece::Text(text)) if pieces.row.len() == 1 => {
                return !text.ends_with('/') && !text.contains('\n');
            }
            Some(Piece::Text(_)) => {}
        }
    }
    let full = pattern.with_scope(Scope::Full);
    if let Some(items) = sample::unanchored(pattern.hir())
        && let Some(text) = sample::shortest(items, Pick::First)
        && text.bytes().next_back().is_some_and(in_segment)
        && ["~", "x"].iter().any(|next| {
            let longer = format!("{text}{next}");
            !full.is_match(&longer) && pattern.is_match(&longer)
        })
    {
        return true;
    }
    match (full.automaton(), pattern.automaton()) {
        (Some(full), Some(start)) => goes_on(full, start),
        _ => false,
    }
}

/// Whether a text that `full` accepts ends within a segment and goes on to one that only `start` accepts.
fn goes_on(full: &Automaton, start: &Automaton) -> bool {
    let bytes = automaton::representatives(full, start, in_segment);
    let begin = (full.start(), start.start(), false);
    let mut seen = HashSet::from([begin]);
    let mut queue = vec![begin];
    while let Some((in_full, in_start, inside)) = queue.pop() {
        let ended = inside && full.accepts(in_full);
        for &byte in &bytes {
            let next = (full.step(in_full, byte), start.step(in_start, byte), in_segment(byte));
            if ended && next.2 && start.accepts(next.1) && !full.accepts(next.0) {
                return true;
            }
            if !full.is_dead(next.0) && seen.len() < LIMIT && seen.insert(next) {
                queue.push(next);
            }
        }
    }
    false
}

/// Whether a path segment may hold this byte (RFC 3986, `pchar`).
fn in_segment(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:@".contains(&byte)
}
