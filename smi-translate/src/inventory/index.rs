//! Which splits use what: pairs of names, in order.

use std::collections::BTreeSet;

/// Names, each with the names of the splits that use it.
#[derive(Clone, Debug, Default)]
pub(super) struct Index(BTreeSet<(String, String)>);

impl Index {
    pub(super) fn insert(&mut self, used: &str, split: &str) {
        self.0.insert((used.to_owned(), split.to_owned()));
    }

    pub(super) fn remove(&mut self, used: &str, split: &str) {
        self.0.remove(&(used.to_owned(), split.to_owned()));
    }

    /// The splits that use `used`, in order.
    pub(super) fn of<'a>(&'a self, used: &'a str) -> impl Iterator<Item = &'a str> {
        let first = (used.to_owned(), String::new());
        self.0.range(first..).take_while(move |(name, _)| name == used).map(|(_, split)| split.as_str())
    }

    /// Everything that is used, in order.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        let mut last = None;
        let names = self.0.iter().map(|(used, _)| used.as_str());
        names.filter(move |name| last.replace(*name) != Some(*name))
    }
}
