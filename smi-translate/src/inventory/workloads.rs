//! The workloads of one namespace, found by service account and by label.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::names::Relation;
use crate::facts::{Labels, TemplateUser, Workload, selects};
use crate::reference::ObjectRef;

/// The workloads of one namespace.
#[derive(Clone, Debug, Default)]
pub(crate) struct Workloads {
    by_object: BTreeMap<ObjectRef, Arc<Workload>>,
    by_account: Relation<String, ObjectRef>,
    by_label: Relation<(String, String), ObjectRef>,
    /// Each workload by its name and those of what controls it, with which meshes label its pods.
    by_name: Relation<String, ObjectRef>,
    /// The service accounts of those, each with how many they are.
    accounts_of_name: BTreeMap<String, BTreeMap<String, usize>>,
    /// Each workload by one label of those by which it would be selected, the one that the fewest others had.
    by_own_label: Relation<(String, String), ObjectRef>,
    own_labels: BTreeMap<ObjectRef, (String, String)>,
    /// Workloads that are there and could not be read: nothing is known of their labels.
    unreadable: BTreeSet<ObjectRef>,
    template_users: BTreeMap<ObjectRef, TemplateUser>,
    /// Each workload to what runs pods from its template, whether it exists or not.
    users_of_template: Relation<ObjectRef, ObjectRef>,
}

impl Workloads {
    pub(super) fn insert(&mut self, workload: Workload) {
        let object = workload.object.clone();
        self.remove(&object);
        self.by_account.insert(workload.service_account.clone(), object.clone());
        for label in &workload.labels {
            self.by_label.insert((label.0.clone(), label.1.clone()), object.clone());
        }
        for name in names(&workload) {
            self.by_name.insert(name.clone(), object.clone());
            let accounts = self.accounts_of_name.entry(name.clone()).or_default();
            *accounts.entry(workload.service_account.clone()).or_default() += 1;
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
        for name in names(&workload) {
            self.by_name.remove(name, object);
            let Some(accounts) = self.accounts_of_name.get_mut(name) else { continue };
            match accounts.get_mut(&workload.service_account) {
                Some(count) if *count > 1 => *count -= 1,
                _ => {
                    accounts.remove(&workload.service_account);
                }
            }
            if accounts.is_empty() {
                self.accounts_of_name.remove(name);
            }
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

    /// A workload.
    pub(crate) fn get(&self, object: &ObjectRef) -> Option<&Arc<Workload>> {
        self.by_object.get(object)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Workload>> {
        self.by_object.values()
    }

    /// A workload that could not be read, if there is any.
    pub(crate) fn unreadable(&self) -> Option<&ObjectRef> {
        self.unreadable.first()
    }

    /// One that is of another kind than this.
    pub(crate) fn unreadable_of_other_kind(&self, kind: &str) -> Option<&ObjectRef> {
        // They are in order of kind.
        [self.unreadable.first(), self.unreadable.last()]
            .into_iter()
            .flatten()
            .find(|other| other.kind != kind)
    }

    /// Whether workloads of so many service accounts have to do with a name that it is not asked whom it tells apart: a change of one of them
    /// is to touch few units.
    pub(crate) fn is_crowded(&self, name: &str) -> bool {
        self.accounts_of_name.get(name).is_some_and(|accounts| accounts.len() > CROWD)
    }

    /// What is known of those that could not be read, as far as anything depends on it.
    pub(super) fn blindness(&self) -> [Option<ObjectRef>; 2] {
        [self.unreadable.first().cloned(), self.unreadable.last().cloned()]
    }

    /// The workloads of a service account, by name.
    pub(crate) fn of_account(&self, account: &str) -> impl Iterator<Item = &Arc<Workload>> {
        self.by_account.of(account).filter_map(|object| self.by_object.get(object))
    }

    /// The workloads that a selector selects, by name; the rarest of its labels is looked up. An empty selector selects all.
    pub(crate) fn selected<'a>(&'a self, selector: &'a Labels) -> impl Iterator<Item = &'a Arc<Workload>> {
        let rarest = self.rarest(selector);
        let all = rarest.is_none().then(|| self.iter());
        let candidates = rarest.into_iter().flat_map(|rarest| self.by_label.of(&rarest));
        let candidates = candidates.filter_map(|object| self.by_object.get(object));
        all.into_iter().flatten().chain(candidates.filter(|workload| selects(selector, &workload.labels)))
    }

    /// Whether a selector selects any; an empty one does.
    pub(super) fn has_selected(&self, selector: &Labels) -> bool {
        let Some(rarest) = self.rarest(selector) else { return true };
        let mut candidates = self.by_label.of(&rarest).filter_map(|object| self.by_object.get(object));
        candidates.any(|workload| selects(selector, &workload.labels))
    }

    /// Whether a selector selects a workload of a service account; whichever are fewer are looked at, those of the account or those with
    /// the rarest label.
    pub(super) fn has_selected_of(&self, account: &str, selector: &Labels) -> bool {
        let rarest = self.rarest(selector);
        let having = rarest.as_ref().map_or(usize::MAX, |rarest| self.by_label.count(rarest));
        match having < self.by_account.count(&account.to_owned()) {
            true => self.selected(selector).any(|workload| workload.service_account == account),
            false => self.of_account(account).any(|workload| selects(selector, &workload.labels)),
        }
    }

    /// The workloads that have a name, and those that an object of that name controls, as far as they say so.
    pub(crate) fn named(&self, name: &str) -> impl Iterator<Item = &Arc<Workload>> {
        self.by_name.of(name).filter_map(|object| self.by_object.get(object))
    }

    /// Notes what runs pods from the template of a workload; answers what it said before.
    pub(super) fn change_template_user(
        &mut self,
        object: &ObjectRef,
        new: Option<TemplateUser>,
    ) -> Option<TemplateUser> {
        let old = match new.clone() {
            Some(new) => self.template_users.insert(object.clone(), new),
            None => self.template_users.remove(object),
        };
        if let Some(old) = &old {
            self.users_of_template.remove(&old.template, object);
        }
        if let Some(new) = new {
            self.users_of_template.insert(new.template, object.clone());
        }
        old
    }

    /// What runs pods from the template of a workload, beside itself.
    pub(crate) fn template_users(&self, workload: &ObjectRef) -> impl Iterator<Item = &TemplateUser> {
        self.users_of_template.of(workload).filter_map(|object| self.template_users.get(object))
    }

    /// The service accounts of the workloads whose own selector also selects the pods of this one, and of those whose pods may have the same
    /// name on them, so that the two may be hard to tell apart.
    pub(super) fn accounts_around(&self, workload: &Workload) -> BTreeSet<&String> {
        let mut accounts = BTreeSet::new();
        for (key, value) in &workload.labels {
            let near = self.by_own_label.of(&(key.clone(), value.clone()));
            let near = near.filter_map(|object| self.get(object));
            let reaching = near.filter(|other| selects(own_selector(other), &workload.labels));
            accounts.extend(reaching.map(|other| &other.service_account));
        }
        for name in names(workload).chain(workload.labels.values()) {
            // One more than a crowd: it may have become one by this workload.
            let few = self.accounts_of_name.get(name).filter(|accounts| accounts.len() <= CROWD + 1);
            accounts.extend(few.into_iter().flat_map(BTreeMap::keys));
        }
        accounts
    }
}

/// How many service accounts a name may have to do with.
const CROWD: usize = 256;

/// The names that a mesh may put on the pods of a workload, or has put there.
fn names(workload: &Workload) -> impl Iterator<Item = &String> {
    let owner = workload.owner.as_ref().map(|(_, name)| name);
    let is_pod = workload.object.kind == "Pod";
    let labels = workload.labels.values().filter(move |value| is_pod && workload.is_named_after(value));
    [&workload.object.name].into_iter().chain(owner).chain(labels)
}

/// The fewest labels by which a workload would be selected.
fn own_selector(workload: &Workload) -> &Labels {
    workload.selector.as_ref().unwrap_or(&workload.labels)
}
