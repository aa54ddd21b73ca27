//! A mapping while it grows, and merge keys (`<<`).

use std::borrow::Cow;
use std::collections::HashMap;

use crate::yaml::position::LineCounter;
use crate::yaml::{Entry, Node, ReadError, ReadErrorKind, Span, Value, keys};

/// An open mapping.
#[derive(Default)]
pub(super) struct Map<'s> {
    pub(super) entries: Vec<Entry<'s>>,
    /// The key whose value comes next.
    pub(super) key: Option<Key<'s>>,
    /// After a merge key: where each key is, and whether it was written here.
    pub(super) merged: Option<HashMap<Cow<'s, str>, (usize, bool)>>,
}

pub(super) enum Key<'s> {
    Name(Cow<'s, str>, Span),
    Merge(Span),
}

impl<'s> Map<'s> {
    /// A key written here, after a merge key: it wins over what was merged before it.
    pub(super) fn insert_after_merge(
        &mut self,
        entry: Entry<'s>,
        lines: &LineCounter<'_>,
    ) -> Result<(), ReadError> {
        let merged = self.merged.get_or_insert_default();
        if let Some((position, written)) = merged.get_mut(&entry.key) {
            let existing = &mut self.entries[*position];
            if *written {
                return Err(keys::duplicate_error(lines, &entry.key, existing.key_span, entry.key_span));
            }
            *written = true;
            *existing = entry;
        } else {
            merged.insert(entry.key.clone(), (self.entries.len(), true));
            self.entries.push(entry);
        }
        Ok(())
    }

    /// `<<: value`. What is merged wins over what stands before it, as in go-yaml 2.
    pub(super) fn merge(
        &mut self,
        value: Node<'s>,
        key: Span,
        lines: &LineCounter<'_>,
    ) -> Result<(), ReadError> {
        if self.merged.is_none() {
            if let Some((first, again)) = keys::duplicate(&self.entries) {
                let again = &self.entries[again];
                return Err(keys::duplicate_error(lines, &again.key, first, again.key_span));
            }
            let positions =
                self.entries.iter().enumerate().map(|(at, entry)| (entry.key.clone(), (at, true)));
            self.merged = Some(positions.collect());
        }
        match value.value {
            Value::Map(entries) => self.merge_entries(entries),
            Value::Seq(items) => {
                // The first of them wins.
                for item in items.into_iter().rev() {
                    let Value::Map(entries) = item.value else { return Err(bad_merge(item.span)) };
                    self.merge_entries(entries);
                }
            }
            _ => return Err(bad_merge(key)),
        }
        Ok(())
    }

    fn merge_entries(&mut self, entries: Vec<Entry<'s>>) {
        let merged = self.merged.get_or_insert_default();
        for entry in entries {
            if let Some((position, _)) = merged.get(&entry.key) {
                self.entries[*position] = entry;
            } else {
                merged.insert(entry.key.clone(), (self.entries.len(), false));
                self.entries.push(entry);
            }
        }
    }
}

#[cold]
fn bad_merge(span: Span) -> ReadError {
    ReadError::new(ReadErrorKind::Unsupported, span, "the merge key << needs a mapping or a list of mappings")
        .help("put \"<<\" in quotes if it is an ordinary key")
}
