//! Services that select no workload that is known: they wait for labels which pods get at run time, or for workloads that nobody has told of.

use std::collections::{BTreeMap, BTreeSet};

use super::names::Relation;
use super::workloads::Workloads;
use crate::facts::{Labels, Service, selects};

/// The idle Services of one namespace.
#[derive(Clone, Debug, Default)]
pub(super) struct Idle {
    /// Every Service with a selector, by one label it asks for: the one for which the fewest others asked when it came, so that a label
    /// that all of them ask for brings none near.
    by_label: Relation<(String, String), String>,
    /// That label, by Service.
    labels: BTreeMap<String, (String, String)>,
    names: BTreeSet<String>,
}

impl Idle {
    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.names.iter()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Notes a Service that is there.
    pub(super) fn note(&mut self, service: &Service, workloads: Option<&Workloads>) {
        let asked = service.selector.iter().map(|(key, value)| (key.clone(), value.clone()));
        let Some(rarest) = asked.min_by_key(|label| self.by_label.count(label)) else { return };
        self.by_label.insert(rarest.clone(), service.service.name.clone());
        self.labels.insert(service.service.name.clone(), rarest);
        self.weigh(service, workloads);
    }

    /// Forgets one that is gone; whether it was idle.
    pub(super) fn forget(&mut self, service: &Service) -> bool {
        if let Some(label) = self.labels.remove(&service.service.name) {
            self.by_label.remove(&label, &service.service.name);
        }
        self.names.remove(&service.service.name)
    }

    /// Looks anew at a Service, the workloads of whose namespace have changed; whether something is different now.
    pub(super) fn weigh(&mut self, service: &Service, workloads: Option<&Workloads>) -> bool {
        let name = &service.service.name;
        match workloads.is_some_and(|workloads| workloads.has_selected(&service.selector)) {
            true => self.names.remove(name),
            false => self.names.insert(name.clone()),
        }
    }

    /// The Services that may ask for these labels; each of them asks for one at least.
    pub(super) fn near(&self, labels: &Labels) -> BTreeSet<String> {
        let labels = labels.iter().map(|(key, value)| (key.clone(), value.clone()));
        labels.flat_map(|label| self.by_label.of(&label)).cloned().collect()
    }

    /// Whether a change of labels can make a Service idle, or end that.
    pub(super) fn concerns(service: &Service, old: Option<&Labels>, new: Option<&Labels>) -> bool {
        let selected =
            |labels: Option<&Labels>| labels.is_some_and(|labels| selects(&service.selector, labels));
        selected(old) != selected(new)
    }
}
