//! Texts that a pattern accepts, read off its tree without an automaton.
//!
//! Two different shortest texts prove that a pattern is no exact, prefix or suffix condition, and one text is often all it takes
//! to show what a pattern admits beside. So common patterns need no automaton at all.

use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind, Look};

/// Longest text made here, in bytes.
const MAX_LEN: usize = 1024;

/// Which of several shortest texts to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pick {
    First,
    Last,
}

/// The tree without anchors at its ends: `^` before it and `$` behind it. `None` if it holds other conditions on places.
pub(super) fn unanchored(hir: &Hir) -> Option<&[Hir]> {
    let mut items = match hir.kind() {
        HirKind::Concat(items) => items.as_slice(),
        _ => std::slice::from_ref(hir),
    };
    while let [first, rest @ ..] = items
        && *first.kind() == HirKind::Look(Look::Start)
    {
        items = rest;
    }
    while let [rest @ .., last] = items
        && *last.kind() == HirKind::Look(Look::End)
    {
        items = rest;
    }
    items.iter().all(|item| item.properties().look_set().is_empty()).then_some(items)
}

/// A shortest text that the sequence accepts, if one without line feed is easily found.
pub(super) fn shortest(items: &[Hir], pick: Pick) -> Option<String> {
    let mut text = String::new();
    let mut minimum = 0;
    for item in items {
        minimum += item.properties().minimum_len()?;
        append(item, pick, &mut text)?;
    }
    (text.len() == minimum && !text.contains('\n')).then_some(text)
}

fn append(hir: &Hir, pick: Pick, text: &mut String) -> Option<()> {
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) => text.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(Class::Unicode(class)) => text.push(character(class, pick)?),
        HirKind::Repetition(repetition) => {
            for _ in 0..repetition.min {
                append(&repetition.sub, pick, text)?;
            }
        }
        HirKind::Concat(items) => {
            for item in items {
                append(item, pick, text)?;
            }
        }
        HirKind::Alternation(items) => {
            let minimum = hir.properties().minimum_len()?;
            let mut short = items.iter().filter(|item| item.properties().minimum_len() == Some(minimum));
            append(if pick == Pick::First { short.next() } else { short.next_back() }?, pick, text)?;
        }
        HirKind::Look(_) | HirKind::Capture(_) | HirKind::Class(Class::Bytes(_)) => return None,
    }
    (text.len() <= MAX_LEN).then_some(())
}

/// The first or last visible ASCII character of a class; without any, its first character.
fn character(class: &ClassUnicode, pick: Pick) -> Option<char> {
    let visible = class.iter().filter_map(|range| {
        let (start, end) = (range.start().max('!'), range.end().min('~'));
        (start <= end).then_some((start, end))
    });
    match pick {
        Pick::First => visible.map(|(start, _)| start).min(),
        Pick::Last => visible.map(|(_, end)| end).max(),
    }
    .or_else(|| class.iter().next().map(|range| range.start()))
}
