//! Services that are there and cannot be used, with what is known of them: which definition holds nobody knows, and each may lead to ports
//! of pods that must be guarded.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::names::Relation;
use crate::facts::{Service, Workload};

/// The unusable Services of one namespace.
#[derive(Clone, Debug, Default)]
pub(super) struct Disputed {
    /// By name.
    definitions: BTreeMap<String, Vec<Arc<Service>>>,
    /// One label that a definition asks of pods, and its Service and number.
    by_label: Relation<(String, String), (String, usize)>,
}

impl Disputed {
    pub(super) fn is_empty(&self) -> bool {
        self.definitions.is_empty()
    }

    pub(super) fn insert(&mut self, name: &str, definitions: Vec<Arc<Service>>) {
        for (label, place) in places(name, &definitions) {
            self.by_label.insert(label, place);
        }
        self.definitions.insert(name.to_owned(), definitions);
    }

    /// What there was; `None` where the Service was not among them.
    pub(super) fn remove(&mut self, name: &str) -> Option<Vec<Arc<Service>>> {
        let definitions = self.definitions.remove(name)?;
        for (label, place) in places(name, &definitions) {
            self.by_label.remove(&label, &place);
        }
        Some(definitions)
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.definitions.contains_key(name)
    }

    /// The definitions that select the pods of a workload, by the name of their Service and their number.
    pub(super) fn selecting(
        &self,
        workload: &Workload,
    ) -> impl Iterator<Item = ((&String, usize), &Arc<Service>)> {
        let labels = workload.labels.iter().map(|(key, value)| (key.clone(), value.clone()));
        let places = labels.flat_map(|label| self.by_label.of(&label));
        let definitions = places
            .filter_map(|(name, number)| Some(((name, *number), self.definitions.get(name)?.get(*number)?)));
        definitions.filter(|(_, definition)| definition.selects(workload))
    }
}

/// One label that each definition asks of pods, with the name of its Service and its number; none where it asks for none.
fn places(
    name: &str,
    definitions: &[Arc<Service>],
) -> impl Iterator<Item = ((String, String), (String, usize))> {
    definitions.iter().enumerate().filter_map(move |(number, definition)| {
        let (key, value) = definition.selector.iter().next()?;
        Some(((key.clone(), value.clone()), (name.to_owned(), number)))
    })
}
