//! Services that select no workload that is known: they wait for labels which pods get at run time, or for workloads that nobody has told of.

use std::collections::BTreeSet;

use super::filed::Filed;
use super::workloads::Workloads;
use crate::facts::{Labels, Service, selects};

/// The idle Services of one namespace.
#[derive(Clone, Debug, Default)]
pub(super) struct Idle {
    /// Every Service with a selector.
    filed: Filed<String>,
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
        if self.filed.insert(service.service.name.clone(), &service.selector) {
            self.weigh(service, workloads);
        }
    }

    /// Forgets one that is gone; whether it was idle.
    pub(super) fn forget(&mut self, service: &Service) -> bool {
        self.filed.remove(&service.service.name);
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

    /// The Services with a selector that are filed under a label, which is one that they ask for.
    pub(super) fn under(&self, label: &(String, String)) -> impl Iterator<Item = &String> + use<'_> {
        self.filed.under(label)
    }

    /// The Services that may ask for these labels.
    pub(super) fn near(&self, labels: &Labels) -> BTreeSet<&String> {
        self.filed.near(labels)
    }

    /// Whether a change of labels can make a Service idle, or end that.
    pub(super) fn concerns(service: &Service, old: Option<&Labels>, new: Option<&Labels>) -> bool {
        let selected =
            |labels: Option<&Labels>| labels.is_some_and(|labels| selects(&service.selector, labels));
        selected(old) != selected(new)
    }
}
