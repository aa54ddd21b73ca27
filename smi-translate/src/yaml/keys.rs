//! No key twice in one map.

use std::collections::HashMap;

use super::position::LineCounter;
use super::{Entry, ReadError, ReadErrorKind, Span};

/// Up to here comparing all pairs is cheaper than a table.
const FEW: usize = 16;

/// The first key that stands twice: its earlier and its later place.
pub(super) fn duplicate(entries: &[Entry<'_>]) -> Option<(Span, usize)> {
    if entries.len() <= FEW {
        for (position, entry) in entries.iter().enumerate().skip(1) {
            if let Some(earlier) = entries[..position].iter().find(|earlier| earlier.key == entry.key) {
                return Some((earlier.key_span, position));
            }
        }
        return None;
    }
    let mut seen = HashMap::with_capacity(entries.len());
    for (position, entry) in entries.iter().enumerate() {
        if let Some(earlier) = seen.insert(entry.key.as_ref(), entry.key_span) {
            return Some((earlier, position));
        }
    }
    None
}

/// The error for a key that stands at `first` and again at `again`.
pub(super) fn duplicate_error(lines: &LineCounter<'_>, key: &str, first: Span, again: Span) -> ReadError {
    let (first, second) = (lines.line(first.start), lines.line(again.start));
    let lines = if first == second {
        format!("twice in line {first}")
    } else {
        format!("twice in one mapping, in line {first} and in line {second}")
    };
    ReadError::new(ReadErrorKind::DuplicateKey, again, format!("the key {key:?} stands {lines}"))
        .help("remove one of them: kubectl would use the last and forget the other without a word")
}
