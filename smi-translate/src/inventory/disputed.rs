//! Services that are there and cannot be used, with what is known of them: which definition holds nobody knows, and each may lead to ports
//! of pods that must be guarded.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::filed::Filed;
use crate::facts::Service;

/// The unusable Services of one namespace.
#[derive(Clone, Debug, Default)]
pub(super) struct Disputed {
    /// By name.
    definitions: BTreeMap<String, Vec<Arc<Service>>>,
    /// Service and number of each definition with a selector.
    filed: Filed<(String, usize)>,
}

impl Disputed {
    pub(super) fn is_empty(&self) -> bool {
        self.definitions.is_empty()
    }

    pub(super) fn insert(&mut self, name: &str, definitions: Vec<Arc<Service>>) {
        for (number, definition) in definitions.iter().enumerate() {
            self.filed.insert((name.to_owned(), number), &definition.selector);
        }
        self.definitions.insert(name.to_owned(), definitions);
    }

    /// What there was; `None` where the Service was not among them.
    pub(super) fn remove(&mut self, name: &str) -> Option<Vec<Arc<Service>>> {
        let definitions = self.definitions.remove(name)?;
        for number in 0..definitions.len() {
            self.filed.remove(&(name.to_owned(), number));
        }
        Some(definitions)
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.definitions.contains_key(name)
    }

    /// The definitions that are filed under a label, by the name of their Service and their number.
    pub(super) fn under(
        &self,
        label: &(String, String),
    ) -> impl Iterator<Item = (&(String, usize), &Arc<Service>)> + use<'_> {
        let places = self.filed.under(label);
        places.filter_map(|place| Some((place, self.definitions.get(&place.0)?.get(place.1)?)))
    }
}
