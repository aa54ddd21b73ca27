//! Where the fields of one object stand, so that a diagnostic finds its place without a second look at the text.
//!
//! Nearly every object has something to say about it. Keeping the trees would take several times the memory of the input, parsing
//! them again nearly doubles the time of a translation; places alone are small.

use smi_types::{FieldPath, Segment};

use crate::yaml::{Node, Span, Value};

/// What stands here has no marks for its fields: nearly nothing is ever said about them.
const CLOSED: [&str; 2] = ["metadata", "status"];

/// The places in one object.
#[derive(Debug)]
pub(super) struct Outline {
    whole: Span,
    /// Entries of maps and elements of lists, each before what is inside it.
    marks: Vec<Mark>,
}

#[derive(Debug)]
struct Mark {
    /// How many maps and lists are around it inside the object, the object itself left out.
    depth: u32,
    /// The key; empty for an element of a list.
    key: Range,
    /// Where to point.
    place: Range,
}

/// Offsets that take half the room of a [`Span`].
type Range = std::ops::Range<u32>;

impl Outline {
    /// Marks every field of an object; `None` for one beyond the first 4 GiB of a text.
    pub(super) fn of(object: &Node<'_>) -> Option<Outline> {
        let mut outline = Outline { whole: object.span, marks: Vec::with_capacity(16) };
        outline.mark(object, 0)?;
        Some(outline)
    }

    fn mark(&mut self, node: &Node<'_>, depth: u32) -> Option<()> {
        match &node.value {
            Value::Map(entries) => {
                for entry in entries {
                    let (key, place) = (range(entry.key_span)?, range(entry.place())?);
                    self.marks.push(Mark { depth, key, place });
                    if depth > 0 || !CLOSED.contains(&entry.key.as_ref()) {
                        self.mark(&entry.value, depth + 1)?;
                    }
                }
            }
            Value::Seq(items) => {
                for item in items {
                    self.marks.push(Mark { depth, key: 0..0, place: range(item.span)? });
                    self.mark(item, depth + 1)?;
                }
            }
            _ => {}
        }
        Some(())
    }

    /// The whole object.
    pub(super) fn whole(&self) -> Span {
        self.whole
    }

    /// Whether [`locate`](Self::locate) knows about this path.
    pub(super) fn covers(&self, path: &FieldPath) -> bool {
        !matches!(path.segments(), [Segment::Key(first), _, ..] if CLOSED.contains(&first.as_ref()))
    }

    /// The same as [`Node::locate`], for the object this was made of; `text` is the source it stands in.
    pub(super) fn locate(&self, path: &FieldPath, text: &str) -> Option<Span> {
        let mut steps = path.segments().iter();
        let Some(mut step) = steps.next() else { return Some(self.whole) };
        let mut found = None;
        let (mut depth, mut position) = (0, 0);
        for mark in &self.marks {
            if mark.depth < depth {
                break;
            }
            if mark.depth > depth {
                continue;
            }
            let taken = match step {
                Segment::Key(key) => !mark.key.is_empty() && slice(text, &mark.key) == *key,
                Segment::Index(index) => mark.key.is_empty() && position == *index,
            };
            position += 1;
            if taken {
                found = Some(Span::new(mark.place.start as usize, mark.place.end as usize));
                let Some(next) = steps.next() else { break };
                (step, depth, position) = (next, depth + 1, 0);
            }
        }
        found
    }
}

fn range(span: Span) -> Option<Range> {
    Some(u32::try_from(span.start).ok()?..u32::try_from(span.end).ok()?)
}

/// A key without its quotes. No field of ours needs an escape.
fn slice<'t>(text: &'t str, key: &Range) -> &'t str {
    let key = text.get(key.start as usize..key.end as usize).unwrap_or_default();
    key.trim_matches(['"', '\''])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Limits, read};

    #[test]
    fn an_outline_finds_what_the_tree_finds() {
        let texts = [
            "kind: K\nmetadata: {name: n}\nspec:\n  service: web\n  empty:\n  backends:\n  - service: a\n    weight: 1\n  - {service: b, weight: 2}\n",
            r#"{"kind":"K","spec":{"service":"web","backends":[{"weight":1,"service":"a"},{"service":"b"}],"empty":null},"metadata":{}}"#,
            "- 1\n- 2\n",
            "just text",
        ];
        let key = |key: &'static str| FieldPath::of("spec").key(key);
        let paths = [
            FieldPath::root(),
            FieldPath::of("kind"),
            FieldPath::of("metadata"),
            FieldPath::of("absent"),
            FieldPath::of("spec"),
            key("service"),
            key("empty"),
            key("absent"),
            key("service").key("deeper"),
            key("backends"),
            key("backends").index(0),
            key("backends").index(1).key("service"),
            key("backends").index(1).key("absent"),
            key("backends").index(2).key("service"),
            key("backends").key("service"),
            FieldPath::root().index(1),
        ];
        for text in texts {
            let node = read(text, &Limits::default()).next().unwrap().content.unwrap();
            let outline = Outline::of(&node).unwrap();
            for path in &paths {
                assert!(outline.covers(path));
                assert_eq!(outline.locate(path, text), node.locate(path), "{path} in {text}");
            }
        }
    }

    #[test]
    fn metadata_are_left_to_the_tree() {
        let node = read("metadata: {name: n}", &Limits::default()).next().unwrap().content.unwrap();
        assert!(!Outline::of(&node).unwrap().covers(&FieldPath::of("metadata").key("name")));
    }
}
