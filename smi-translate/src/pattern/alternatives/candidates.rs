//! From rows to candidates: alternatives that may be worth a proof.
//!
//! Candidates may be wrong and may be redundant. The proof drops those; what matters here is that the right ones are among them.

use super::rows::{Piece, Row, Wild};
use super::template::{PathTemplate, TemplateSegment};
use super::{Alternative, MAX_LITERALS, Text};
use crate::pattern::{Pattern, Shape};

/// The candidates of a pattern with these rows; the first is [`Text::Any`].
pub(super) fn of(pattern: &Pattern, rows: &[Row], templates: bool) -> Vec<Alternative> {
    let mut found = vec![Alternative::from(Text::Any)];
    let mut add = |alternative: Alternative| {
        if alternative.literals() <= MAX_LITERALS && !found.contains(&alternative) {
            found.push(alternative);
        }
    };
    // A shape is proved, and may be one that no row shows.
    match pattern.shape() {
        Shape::Exact(text) => add(Text::Exact(text.clone()).into()),
        Shape::Prefix(text) => add(Text::Prefix(text.clone()).into()),
        Shape::Suffix(text) => add(Text::Suffix(text.clone()).into()),
        Shape::Nothing | Shape::Any | Shape::Regex => {}
    }
    for row in rows {
        of_row(&row.0, &mut add);
        if templates {
            of_template(&row.0).into_iter().for_each(&mut add);
        }
    }
    found
}

fn of_row(row: &[Piece], add: &mut impl FnMut(Alternative)) {
    let (begin, behind) = leading_text(row);
    match behind {
        [] => add(Text::Exact(begin.to_owned()).into()),
        [Piece::Wild(first), rest @ ..] => {
            prefix(begin, first, rest, add);
            if let [between @ .., Piece::Wild(last), Piece::Text(end)] = behind {
                suffix(begin, between, last, end, add);
            }
        }
        _ => {}
    }
}

/// The text at the start of a row, and what follows.
fn leading_text(row: &[Piece]) -> (&str, &[Piece]) {
    match row {
        [Piece::Text(text), rest @ ..] => (text, rest),
        _ => ("", row),
    }
}

/// Everything that begins with `text`: without exceptions if only wildcards follow, and with those exceptions that a first
/// wildcard calls for. `/a/[^/].*` is everything below `/a/` but `/a/` itself and what begins with `/a//`.
fn prefix(text: &str, first: &Wild, rest: &[Piece], add: &mut impl FnMut(Alternative)) {
    let begins = |text: String| if text.is_empty() { Text::Any } else { Text::Prefix(text) };
    if first.nullable {
        if rest.iter().all(is_wild) {
            add(begins(text.to_owned()).into());
        }
        return;
    }
    let Some(refused) = &first.refused else { return };
    let mut except = vec![Text::Exact(text.to_owned())];
    except.extend(refused.iter().map(|c| Text::Prefix(format!("{text}{c}"))));
    add(Alternative { accept: begins(text.to_owned()), except });
}

/// The same from behind. A text at the start may be one that all texts of the universe have: `/.*new` is what ends with `new`.
fn suffix(begin: &str, between: &[Piece], last: &Wild, end: &str, add: &mut impl FnMut(Alternative)) {
    if !between.iter().all(is_wild) {
        return;
    }
    let accept = Text::Suffix(end.to_owned());
    if last.nullable {
        return add(accept.into());
    }
    let Some(refused) = &last.refused else { return };
    let mut except = vec![Text::Exact(end.to_owned())];
    if !begin.is_empty() {
        except.push(Text::Exact(format!("{begin}{end}")));
    }
    except.extend(refused.iter().map(|c| Text::Suffix(format!("{c}{end}"))));
    add(Alternative { accept, except });
}

fn is_wild(piece: &Piece) -> bool {
    matches!(piece, Piece::Wild(_))
}

/// The templates of a row in which every wildcard fills a segment. What is free behind the last segment of a row becomes nothing
/// or further segments.
fn of_template(row: &[Piece]) -> Vec<Alternative> {
    let (mut segments, mut open_end) = (segments(row), false);
    if let Some(last) = segments.last_mut()
        && let [.., Part::Text(_), Part::Wild(wild)] = last.as_slice()
        && wild.nullable
        && wild.slashes
    {
        last.pop();
        open_end = true;
    }
    // The path begins with a slash.
    if segments.len() < 2 || !segments.remove(0).is_empty() {
        return Vec::new();
    }
    let trailing_slash = segments.last().is_some_and(Vec::is_empty);
    if trailing_slash {
        segments.pop();
    }
    let last_wild = segments.iter().rposition(|parts| parts.iter().any(|part| matches!(part, Part::Wild(_))));
    let narrow: Option<Vec<TemplateSegment>> = segments.iter().map(|parts| one_segment(parts)).collect();
    let Some(narrow) = narrow else { return Vec::new() };
    let make = |segments: Vec<TemplateSegment>| PathTemplate::new(segments, trailing_slash).ok();
    let mut found: Vec<Alternative> = Vec::new();
    if open_end {
        let mut below = narrow.clone();
        below.push(TemplateSegment::Many);
        found.extend(make(narrow).map(|template| Text::Template(template).into()));
        found.extend(make(below).map(|template| Text::Template(template).into()));
    } else if let Some(at) = last_wild {
        found.extend(make(narrow.clone()).map(|template| Text::Template(template).into()));
        found.extend(with_many(&segments[at], narrow, at).and_then(|(segments, without)| {
            let accept = Text::Template(make(segments)?);
            let end = if trailing_slash { "/" } else { "" };
            let except = without.map(|path| Text::Exact(path + end)).into_iter().collect();
            Some(Alternative { accept, except })
        }));
    }
    found
}

/// A part of a segment.
enum Part<'r> {
    Text(&'r str),
    Wild(&'r Wild),
}

/// The row, cut at the slashes of its texts.
fn segments(row: &[Piece]) -> Vec<Vec<Part<'_>>> {
    let mut segments = vec![Vec::new()];
    for piece in row {
        match piece {
            Piece::Text(text) => {
                for (index, part) in text.split('/').enumerate() {
                    if index > 0 {
                        segments.push(Vec::new());
                    }
                    if let (false, Some(segment)) = (part.is_empty(), segments.last_mut()) {
                        segment.push(Part::Text(part));
                    }
                }
            }
            Piece::Wild(wild) => {
                if let Some(segment) = segments.last_mut() {
                    segment.push(Part::Wild(wild));
                }
            }
            Piece::Start | Piece::End => {}
        }
    }
    segments
}

/// The segment as literal or `{*}`; `None` if it is empty or mixed.
fn one_segment(parts: &[Part<'_>]) -> Option<TemplateSegment> {
    match parts {
        [Part::Text(text)] => Some(TemplateSegment::Literal((*text).to_owned())),
        [Part::Wild(_), rest @ ..] if rest.iter().all(|part| matches!(part, Part::Wild(_))) => {
            Some(TemplateSegment::One)
        }
        _ => None,
    }
}

/// The template with `{**}` for the segment `at`, the last with wildcards, and a path that this takes and the row does not.
fn with_many(
    parts: &[Part<'_>],
    mut segments: Vec<TemplateSegment>,
    at: usize,
) -> Option<(Vec<TemplateSegment>, Option<String>)> {
    let [Part::Wild(first), rest @ ..] = parts else { return None };
    if first.slashes {
        segments[at] = TemplateSegment::Many;
        let literals: Option<Vec<&str>> = segments
            .iter()
            .map(|segment| match segment {
                TemplateSegment::Literal(text) => Some(text.as_str()),
                TemplateSegment::Many => Some(""),
                TemplateSegment::One => None,
            })
            .collect();
        let empty = literals.filter(|_| !first.nullable).map(|texts| format!("/{}", texts.join("/")));
        return Some((segments, empty));
    }
    // `[^/]+.*`
    if rest.iter().any(|part| matches!(part, Part::Wild(wild) if wild.slashes)) {
        segments.insert(at + 1, TemplateSegment::Many);
        return Some((segments, None));
    }
    None
}
