//! Which workloads the policy of a selection guards: its own, and those of other selections that have its labels too.

use std::collections::HashMap;
use std::sync::Arc;

use smi_translate::facts::{Labels, Workload, selects};
use smi_translate::intent::AccessIntent;

/// The workloads that each selection of an intent selects.
pub(super) fn members(intent: &AccessIntent) -> Vec<Vec<&Arc<Workload>>> {
    // Some meshes put labels on pods that no template has.
    let mut members: Vec<Vec<_>> = intent
        .selections
        .iter()
        .map(|one| one.workloads.iter().filter(|own| !selects(&one.labels, &own.labels)).collect())
        .collect();
    let by_label = by_rarest_label(intent.selections.iter().map(|selection| &selection.labels));
    for workload in intent.workloads() {
        let near = workload.labels.iter().filter_map(|label| by_label.get(&label)).flatten();
        for index in near.filter(|index| selects(&intent.selections[**index].labels, &workload.labels)) {
            members[*index].push(workload);
        }
    }
    members
}

type Label<'a> = (&'a String, &'a String);

/// Selectors by one label of each, the one that the fewest others have.
fn by_rarest_label<'a>(
    selectors: impl Iterator<Item = &'a Labels> + Clone,
) -> HashMap<Label<'a>, Vec<usize>> {
    let mut counts: HashMap<Label<'a>, usize> = HashMap::new();
    for label in selectors.clone().flatten() {
        *counts.entry(label).or_default() += 1;
    }
    let mut by_label: HashMap<Label<'a>, Vec<usize>> = HashMap::new();
    for (index, selector) in selectors.enumerate() {
        if let Some(rarest) = selector.iter().min_by_key(|label| counts[label]) {
            by_label.entry(rarest).or_default().push(index);
        }
    }
    by_label
}
