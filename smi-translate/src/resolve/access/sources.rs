//! Who a TrafficTarget lets in.

use std::collections::{BTreeMap, BTreeSet};

use smi_types::access::sources_path;

use super::Resolver;
use crate::decide::Identity;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::facts::Labels;
use crate::intent::{Account, PodSource, Source};
use crate::inventory::{Binding, SubjectKind, Target};
use crate::one_or_more::OneOrMore;
use crate::reference::ObjectRef;

impl Resolver<'_> {
    /// The sources of a target, without repetition; `None` where there is none, and nothing is granted (SMI-ACCESS-12).
    pub(super) fn sources(&mut self, target: &Target) -> Option<OneOrMore<Source>> {
        let inventory = self.inventory;
        let mut sources = Vec::new();
        for (index, subject) in &target.sources {
            match subject.kind {
                SubjectKind::ServiceAccount => {
                    if self.is_missing(&subject.namespace, &subject.name) {
                        let name = Account::new(&subject.namespace, &subject.name);
                        self.unresolved_source(target, *index, format!("there is no ServiceAccount {name}"));
                    }
                    sources.push(Source::Account(Account::new(&subject.namespace, &subject.name)));
                }
                SubjectKind::IdentityBinding => match inventory.binding(&subject.namespace, &subject.name) {
                    Some(binding) => {
                        self.used.insert(binding.reference().clone());
                        sources.extend(self.identities(binding));
                        if binding.is_broken() && binding.identities.is_empty() && binding.pods.is_none() {
                            let message = format!("{} recognises nobody", binding.reference());
                            self.unresolved_source(target, *index, message);
                        }
                    }
                    None => {
                        let name = ObjectRef::new("IdentityBinding", &subject.namespace, &subject.name);
                        self.unresolved_source(
                            target,
                            *index,
                            format!("{name} is not in the input, or was refused"),
                        );
                    }
                },
            }
        }
        OneOrMore::new(without_repetition(sources))
    }

    fn identities(&self, binding: &Binding) -> Vec<Source> {
        let mut sources: Vec<Source> = binding
            .identities
            .iter()
            .map(|identity| match identity {
                Identity::Account(account) => Source::Account(account.clone()),
                Identity::Spiffe(id) => Source::Identity(id.clone()),
            })
            .collect();
        sources.extend(binding.pods.as_ref().map(|labels| Source::Pods(self.pods(binding, labels))));
        sources
    }

    /// The pods that a binding selects, with the service accounts they run under.
    fn pods(&self, binding: &Binding, labels: &Labels) -> PodSource {
        let reference = binding.reference();
        let mut accounts = BTreeMap::new();
        if let Some(workloads) = self.inventory.workloads_of(&reference.namespace) {
            for workload in workloads.selected(labels) {
                let name = &workload.service_account;
                accounts.entry(Account::new(&reference.namespace, name)).or_insert_with(|| {
                    let mut same = workloads.of_account(name);
                    let outside = same.find(|other| !crate::facts::selects(labels, &other.labels));
                    outside.map(|other| other.object.clone()).or_else(|| workloads.unreadable().cloned())
                });
            }
        }
        PodSource { binding: reference.clone(), labels: labels.clone(), accounts }
    }

    fn unresolved_source(&mut self, target: &Target, index: usize, message: String) {
        let path = sources_path(target.object().version).index(index);
        self.diagnostics.push(
            Diagnostic::new(Code("SMI-VAL-19"), Severity::Warning, message, "this source is nobody")
                .on(target.reference())
                .at(path),
        );
    }
}

fn without_repetition(sources: Vec<Source>) -> Vec<Source> {
    let (mut accounts, mut identities, mut bindings) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut unique: Vec<Source> = Vec::new();
    for source in sources {
        let is_new = match &source {
            Source::Account(account) => accounts.insert(account.clone()),
            Source::Identity(id) => identities.insert(id.to_string()),
            Source::Pods(pods) => bindings.insert(pods.binding.clone()),
        };
        if is_new {
            unique.push(source);
        }
    }
    unique
}
