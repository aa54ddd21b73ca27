//! A tree taken apart into rows of texts and wildcards.
//!
//! Alternatives, optional parts, bounded repetitions and small classes become rows of their own. What cannot be written out
//! within the bounds leaves no row, so the rows may say less than the tree, and nothing here is a proof: they are where candidates
//! come from.

use std::collections::HashSet;

use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind, Look, Repetition};

use super::{MAX_ALTERNATIVES, MAX_LITERALS};
use crate::pattern::Scope;

/// Longest row, in pieces.
const MAX_PIECES: usize = 64;

/// Work for one pattern, in bytes copied and then some. It bounds hostile patterns; real ones take a hundredth.
const FUEL: usize = 2 << 20;

/// A wildcard names the characters it refuses up to this number.
const MAX_REFUSED: u64 = 8;

/// A part of a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Piece {
    Text(String),
    Wild(Wild),
    /// Here the text begins.
    Start,
    /// Here the text ends.
    End,
}

/// A class of many characters, or a repetition of a class.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Wild {
    /// It takes the empty text too.
    pub(super) nullable: bool,
    /// It takes one character and no more.
    pub(super) once: bool,
    /// The characters it does not take, leaving out the line feed; `None` if they are many.
    pub(super) refused: Option<Vec<char>>,
    /// It takes slashes.
    pub(super) slashes: bool,
}

impl Wild {
    /// `.*`
    fn anything() -> Wild {
        Wild { nullable: true, once: false, refused: Some(Vec::new()), slashes: true }
    }

    fn of(class: &ClassUnicode, nullable: bool, once: bool) -> Wild {
        let mut rest = class.clone();
        rest.negate();
        let refused = (size(&rest) <= MAX_REFUSED + 1)
            .then(|| characters(&rest).filter(|&c| c != '\n').collect::<Vec<char>>());
        let slashes = class.iter().any(|range| (range.start()..=range.end()).contains(&'/'));
        Wild { nullable, once, refused, slashes }
    }

    /// Whether it is `.*` or `.+`.
    fn takes_all(&self) -> bool {
        !self.once && self.refused.as_ref().is_some_and(Vec::is_empty)
    }
}

/// Texts and wildcards in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Row(pub(super) Vec<Piece>);

impl Row {
    fn of(piece: Piece) -> Row {
        Row(vec![piece])
    }

    fn text(text: impl Into<String>) -> Row {
        Row::of(Piece::Text(text.into()))
    }

    fn push(&mut self, piece: Piece) {
        match (self.0.last_mut(), piece) {
            (Some(Piece::Text(text)), Piece::Text(more)) => text.push_str(&more),
            // Of `.*` and `.*` one is enough, of `.+` and `.*` the former.
            (Some(Piece::Wild(one)), Piece::Wild(other))
                if one.takes_all() && other.takes_all() && (one.nullable || other.nullable) =>
            {
                one.nullable &= other.nullable;
            }
            (_, piece) => self.0.push(piece),
        }
    }

    fn then(&self, other: &Row) -> Row {
        let mut row = self.clone();
        for piece in &other.0 {
            row.push(piece.clone());
        }
        row
    }

    fn literals(&self) -> usize {
        self.0.iter().map(|piece| if let Piece::Text(text) = piece { text.len() } else { 0 }).sum()
    }

    fn is_small(&self) -> bool {
        self.0.len() <= MAX_PIECES && self.literals() <= MAX_LITERALS
    }

    /// The row of whole texts under `scope`, without marks of start and end; `None` if no text fits or this cannot be told.
    fn whole(self, scope: Scope) -> Option<Row> {
        let mut pieces = self.0;
        if scope == Scope::Anywhere {
            pieces.insert(0, Piece::Wild(Wild::anything()));
        }
        if scope != Scope::Full {
            pieces.push(Piece::Wild(Wild::anything()));
        }
        let is_empty = |piece: &Piece| match piece {
            Piece::Wild(wild) => wild.nullable,
            Piece::Text(text) => text.is_empty(),
            Piece::Start | Piece::End => true,
        };
        // Before the last start there can be no text, and behind the first end neither.
        if let Some(start) = pieces.iter().rposition(|piece| *piece == Piece::Start)
            && !pieces.drain(..=start).all(|piece| is_empty(&piece) && piece != Piece::End)
        {
            return None;
        }
        if let Some(end) = pieces.iter().position(|piece| *piece == Piece::End)
            && !pieces.drain(end..).all(|piece| is_empty(&piece))
        {
            return None;
        }
        let mut row = Row::default();
        for piece in pieces {
            row.push(piece);
        }
        Some(row)
    }
}

/// The rows of whole texts that `hir` accepts under `scope`, in the order of the source.
pub(super) fn of(hir: &Hir, scope: Scope) -> Vec<Row> {
    let mut fuel = FUEL;
    let rows = expand(hir, &mut fuel).into_iter().filter_map(|row| row.whole(scope));
    let mut set = Rows::default();
    for row in rows {
        set.add(row);
    }
    set.list
}

/// Different rows, in order.
#[derive(Default)]
struct Rows {
    list: Vec<Row>,
    known: HashSet<Row>,
}

impl Rows {
    /// Whether there is room for it.
    fn add(&mut self, row: Row) -> bool {
        if self.known.contains(&row) {
            return true;
        }
        if self.list.len() == MAX_ALTERNATIVES {
            return false;
        }
        self.known.insert(row.clone());
        self.list.push(row);
        true
    }
}

fn expand(hir: &Hir, fuel: &mut usize) -> Vec<Row> {
    match hir.kind() {
        HirKind::Empty => vec![Row::default()],
        HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
            Ok(text) => vec![Row::text(text)],
            Err(_) => Vec::new(),
        },
        HirKind::Class(Class::Unicode(class)) => single(class),
        HirKind::Look(Look::Start | Look::StartLF) => vec![Row::of(Piece::Start)],
        HirKind::Look(Look::End | Look::EndLF) => vec![Row::of(Piece::End)],
        HirKind::Look(_) | HirKind::Class(Class::Bytes(_)) => Vec::new(),
        HirKind::Capture(capture) => expand(&capture.sub, fuel),
        HirKind::Concat(items) => {
            let start = vec![Row::default()];
            items.iter().fold(start, |rows, item| {
                // Without a row before, none can follow, and the work is spared.
                if rows.is_empty() { rows } else { product(&rows, &expand(item, fuel), fuel) }
            })
        }
        HirKind::Alternation(items) => {
            let mut rows = Rows::default();
            for row in items.iter().flat_map(|item| expand(item, fuel)) {
                rows.add(row);
            }
            rows.list
        }
        HirKind::Repetition(repetition) => repeat(repetition, fuel),
    }
}

/// One character of a class.
fn single(class: &ClassUnicode) -> Vec<Row> {
    if size(class) <= MAX_ALTERNATIVES as u64 {
        characters(class).map(Row::text).collect()
    } else {
        vec![Row::of(Piece::Wild(Wild::of(class, false, true)))]
    }
}

fn repeat(repetition: &Repetition, fuel: &mut usize) -> Vec<Row> {
    let (min, max) = (repetition.min, repetition.max);
    if let (0 | 1, None, HirKind::Class(Class::Unicode(class))) = (min, max, repetition.sub.kind()) {
        let some = Wild::of(class, false, false);
        return match (min, some.takes_all()) {
            (1, _) => vec![Row::of(Piece::Wild(some))],
            (_, true) => vec![Row::of(Piece::Wild(Wild::anything()))],
            (_, false) => vec![Row::default(), Row::of(Piece::Wild(some))],
        };
    }
    // Of an unbounded repetition the first rounds: `(/.*)*` says no more than `(/.*)?`, and the proof finds that out.
    let max = max.unwrap_or(min.max(1));
    let sub = expand(&repetition.sub, fuel);
    let mut rounds = vec![Row::default()];
    let mut all = Rows::default();
    for round in 0..=max {
        if round >= min && !rounds.iter().all(|row| all.add(row.clone())) {
            return Vec::new();
        }
        if round == max {
            break;
        }
        let next = product(&rounds, &sub, fuel);
        if next.is_empty() {
            // Without rows for what is repeated there is at most the empty text; otherwise there are too many.
            return if sub.is_empty() { all.list } else { Vec::new() };
        }
        if next == rounds {
            // Only the empty text is repeated, and no round will bring more.
            for row in rounds {
                all.add(row);
            }
            break;
        }
        rounds = next;
    }
    all.list
}

/// Each row of `a` followed by each of `b`; none if there are too many, because a choice among them would mean nothing.
fn product(a: &[Row], b: &[Row], fuel: &mut usize) -> Vec<Row> {
    let mut rows = Rows::default();
    for before in a {
        for behind in b {
            let work = 64 * (before.0.len() + behind.0.len() + 1) + before.literals() + behind.literals();
            let Some(rest) = fuel.checked_sub(work) else {
                *fuel = 0;
                return Vec::new();
            };
            *fuel = rest;
            let row = before.then(behind);
            if !row.is_small() || !rows.add(row) {
                return Vec::new();
            }
        }
    }
    rows.list
}

/// How many characters a class has.
fn size(class: &ClassUnicode) -> u64 {
    class.iter().map(|range| u64::from(u32::from(range.end()) - u32::from(range.start())) + 1).sum()
}

/// The characters of a small class.
fn characters(class: &ClassUnicode) -> impl Iterator<Item = char> {
    class.iter().flat_map(|range| range.start()..=range.end())
}
