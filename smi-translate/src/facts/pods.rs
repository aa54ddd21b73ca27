//! The pods of some workloads, found by selectors.

use std::collections::HashMap;
use std::sync::Arc;

use super::workload::{Labels, Workload, selects};

/// Workloads, found by the labels of their pods.
#[derive(Clone, Debug, Default)]
pub struct Pods<'a> {
    by_label: HashMap<(&'a str, &'a str), Vec<&'a Arc<Workload>>>,
}

impl<'a> Pods<'a> {
    /// The pods of these workloads.
    pub fn of(workloads: impl IntoIterator<Item = &'a Arc<Workload>>) -> Self {
        let mut pods = Pods::default();
        for workload in workloads {
            for (key, value) in &workload.labels {
                pods.by_label.entry((key, value)).or_default().push(workload);
            }
        }
        pods
    }

    /// The workloads that a selector selects, in the order in which they came; none where it is empty, as that of a Service. Only those
    /// with its rarest label are looked at.
    pub fn selected_by<'s>(
        &'s self,
        selector: &'s Labels,
    ) -> impl Iterator<Item = &'a Arc<Workload>> + use<'a, 's> {
        let having = |(key, value): (&'s String, &'s String)| -> &'s [&'a Arc<Workload>] {
            self.by_label.get(&(key.as_str(), value.as_str())).map_or(&[], Vec::as_slice)
        };
        let candidates = selector.iter().map(having).min_by_key(|having| having.len()).unwrap_or_default();
        candidates.iter().copied().filter(|workload| selects(selector, &workload.labels))
    }
}
