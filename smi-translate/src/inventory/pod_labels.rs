//! The labels of pods, to find what selects some of them: many pods have the same labels, and many selectors ask for the same one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::facts::{Labels, Service, Workload, selects};

/// The labels of the pods of some workloads.
pub(super) struct PodLabels<'a> {
    /// Each set of labels once, under each of its labels.
    by_label: BTreeMap<(&'a String, &'a String), Vec<&'a Labels>>,
}

impl<'a> PodLabels<'a> {
    pub(super) fn of(workloads: impl Iterator<Item = &'a Arc<Workload>>) -> Self {
        let sets: BTreeSet<&Labels> = workloads.map(|workload| &workload.labels).collect();
        let mut by_label: BTreeMap<_, Vec<&Labels>> = BTreeMap::new();
        for labels in sets {
            for label in labels {
                by_label.entry(label).or_default().push(labels);
            }
        }
        PodLabels { by_label }
    }

    /// The Services that select some of the pods, of those that are filed under one label that they ask for.
    pub(super) fn selected_by<'s, K: Ord, S: Iterator<Item = (K, &'s Arc<Service>)>>(
        &self,
        under: impl Fn(&(String, String)) -> S,
    ) -> BTreeMap<K, &'s Arc<Service>> {
        let filed = self.by_label.iter().flat_map(|((key, value), sets)| {
            let near = under(&((*key).clone(), (*value).clone()));
            near.filter(|(_, service)| sets.iter().any(|labels| selects(&service.selector, labels)))
        });
        filed.collect()
    }
}
