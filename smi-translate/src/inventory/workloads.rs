//! The workloads of one namespace, found by service account and by label.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::names::Relation;
use crate::facts::{Labels, Workload, selects};
use crate::reference::ObjectRef;

/// The workloads of one namespace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Workloads {
    by_object: BTreeMap<ObjectRef, Arc<Workload>>,
    by_account: Relation<String, ObjectRef>,
    by_label: Relation<(String, String), ObjectRef>,
    /// Each workload by one label of those by which it would be selected, the one that the fewest others had.
    by_own_label: Relation<(String, String), ObjectRef>,
    own_labels: BTreeMap<ObjectRef, (String, String)>,
    /// Workloads that are there and could not be read: nothing is known of their labels.
    unreadable: std::collections::BTreeSet<ObjectRef>,
}

impl Workloads {
    pub(super) fn insert(&mut self, workload: Workload) {
        let object = workload.object.clone();
        self.remove(&object);
        self.by_account.insert(workload.service_account.clone(), object.clone());
        for label in &workload.labels {
            self.by_label.insert((label.0.clone(), label.1.clone()), object.clone());
        }
        if let Some(rarest) = self.rarest(own_selector(&workload)) {
            self.by_own_label.insert(rarest.clone(), object.clone());
            self.own_labels.insert(object.clone(), rarest);
        }
        self.by_object.insert(object, Arc::new(workload));
    }

    pub(super) fn insert_unreadable(&mut self, object: ObjectRef) {
        self.remove(&object);
        self.unreadable.insert(object);
    }

    /// Whether there was one.
    pub(super) fn remove(&mut self, object: &ObjectRef) -> bool {
        let unreadable = self.unreadable.remove(object);
        let Some(workload) = self.by_object.remove(object) else { return unreadable };
        self.by_account.remove(&workload.service_account, object);
        for label in &workload.labels {
            self.by_label.remove(&(label.0.clone(), label.1.clone()), object);
        }
        if let Some(label) = self.own_labels.remove(object) {
            self.by_own_label.remove(&label, object);
        }
        true
    }

    /// The label that the fewest workloads have.
    fn rarest(&self, labels: &Labels) -> Option<(String, String)> {
        let labels = labels.iter().map(|(key, value)| (key.clone(), value.clone()));
        labels.min_by_key(|label| self.by_label.count(label))
    }

    pub(super) fn get(&self, object: &ObjectRef) -> Option<&Arc<Workload>> {
        self.by_object.get(object)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Workload>> {
        self.by_object.values()
    }

    /// A workload that could not be read, if there is any.
    pub(crate) fn unreadable(&self) -> Option<&ObjectRef> {
        self.unreadable.first()
    }

    /// The workloads of a service account, by name.
    pub(crate) fn of_account(&self, account: &str) -> impl Iterator<Item = &Arc<Workload>> {
        self.by_account.of(account).filter_map(|object| self.by_object.get(object))
    }

    /// The workloads that a selector selects, by name; the rarest of its labels is looked up. An empty selector selects all.
    pub(crate) fn selected<'a>(&'a self, selector: &'a Labels) -> Vec<&'a Arc<Workload>> {
        let Some(rarest) = self.rarest(selector) else { return self.iter().collect() };
        let candidates = self.by_label.of(&rarest).filter_map(|object| self.by_object.get(object));
        candidates.filter(|workload| selects(selector, &workload.labels)).collect()
    }

    /// The workloads whose own selector also selects pods with these labels, so that the two may be hard to tell apart.
    pub(super) fn reaching(&self, labels: &Labels) -> Vec<&Arc<Workload>> {
        let mut near = std::collections::BTreeSet::new();
        for (key, value) in labels {
            near.extend(self.by_own_label.of(&(key.clone(), value.clone())));
        }
        near.into_iter()
            .filter_map(|object| self.by_object.get(object))
            .filter(|workload| selects(own_selector(workload), labels))
            .collect()
    }
}

/// The fewest labels by which a workload would be selected.
fn own_selector(workload: &Workload) -> &Labels {
    workload.selector.as_ref().unwrap_or(&workload.labels)
}
