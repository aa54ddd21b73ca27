//! Selectors, found by the labels that they may select.

use std::collections::{BTreeMap, BTreeSet};

use super::names::Relation;
use crate::facts::Labels;

/// Things with a selector, each filed under one label that it asks for: the one under which the fewest others stood when it came, so that
/// a label that all of them ask for brings none near.
#[derive(Clone, Debug)]
pub(crate) struct Filed<K> {
    by_label: Relation<(String, String), K>,
    labels: BTreeMap<K, (String, String)>,
}

impl<K> Default for Filed<K> {
    fn default() -> Self {
        Filed { by_label: Relation::default(), labels: BTreeMap::new() }
    }
}

impl<K: Ord + Clone> Filed<K> {
    /// Files a thing; whether its selector asks for anything.
    pub(crate) fn insert(&mut self, thing: K, selector: &Labels) -> bool {
        let asked = selector.iter().map(|(key, value)| (key.clone(), value.clone()));
        let Some(rarest) = asked.min_by_key(|label| self.by_label.count(label)) else { return false };
        self.by_label.insert(rarest.clone(), thing.clone());
        self.labels.insert(thing, rarest);
        true
    }

    pub(crate) fn remove(&mut self, thing: &K) {
        if let Some(label) = self.labels.remove(thing) {
            self.by_label.remove(&label, thing);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// What is filed under a label.
    pub(crate) fn under(&self, label: &(String, String)) -> impl Iterator<Item = &K> + use<'_, K> {
        self.by_label.of(label)
    }

    /// What may ask for these labels; each thing asks for one of them at least.
    pub(crate) fn near(&self, labels: &Labels) -> BTreeSet<&K> {
        let labels = labels.iter().map(|(key, value)| (key.clone(), value.clone()));
        labels.flat_map(|label| self.by_label.of(&label)).collect()
    }
}
