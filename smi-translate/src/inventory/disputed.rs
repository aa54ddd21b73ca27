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
    /// One label that a definition asks of pods, and its Service.
    by_label: Relation<(String, String), String>,
}

impl Disputed {
    pub(super) fn is_empty(&self) -> bool {
        self.definitions.is_empty()
    }

    pub(super) fn insert(&mut self, name: &str, definitions: Vec<Arc<Service>>) {
        for label in definitions.iter().filter_map(|definition| asked(definition)) {
            self.by_label.insert(label, name.to_owned());
        }
        self.definitions.insert(name.to_owned(), definitions);
    }

    /// What there was; `None` where the Service was not among them.
    pub(super) fn remove(&mut self, name: &str) -> Option<Vec<Arc<Service>>> {
        let definitions = self.definitions.remove(name)?;
        for label in definitions.iter().filter_map(|definition| asked(definition)) {
            self.by_label.remove(&label, &name.to_owned());
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
        let names = labels.flat_map(|label| self.by_label.of(&label));
        let definitions = names.flat_map(|name| {
            let own = self.definitions.get(name).into_iter().flatten().enumerate();
            own.map(move |(number, definition)| ((name, number), definition))
        });
        definitions.filter(|(_, definition)| definition.selects(workload))
    }
}

fn asked(definition: &Service) -> Option<(String, String)> {
    definition.selector.iter().next().map(|(key, value)| (key.clone(), value.clone()))
}
