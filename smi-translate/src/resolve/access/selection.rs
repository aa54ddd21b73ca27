//! Which labels tell the workloads of a service account from all others of their namespace.
//!
//! Meshes select workloads by the labels of their pods, not by their service account, and a label that another workload has as well would
//! hand the grant to it. So a selector is taken only where it is proved, for every workload that is known, that it reaches the right
//! ones and nobody else (`istio.md` 4.2).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::OwnLabel;
use crate::facts::{Labels, Runs, TemplateUser, Workload, selects};
use crate::intent::{Grant, Inseparable, Mingled, Selection};
use crate::inventory::{Inventory, Protected, Workloads};

/// The longest value of a label.
const MAX_LABEL_VALUE: usize = 63;

pub(super) struct Selected {
    pub(super) selections: Vec<Selection>,
    pub(super) inseparable: Vec<Inseparable>,
    pub(super) unprotected: Vec<Arc<Workload>>,
    /// Why the label that says the service account cannot be used, where the options name one.
    pub(super) lying: Option<Mingled>,
}

/// Selectors for the workloads of a service account, equal ones merged.
pub(super) fn select(
    inventory: &Inventory,
    (namespace, account): (&str, &str),
    own: OwnLabel<'_>,
    grants: &[Grant],
    protected: &Protected,
) -> Selected {
    let none = Workloads::default();
    let workloads = inventory.workloads_of(namespace).unwrap_or(&none);
    let stamp = inventory.options().service_account_label.as_ref();
    let stamp = stamp
        .filter(|_| account.len() <= MAX_LABEL_VALUE)
        .map(|key| Labels::from([(key.clone(), account.to_owned())]));
    let lying = stamp.as_ref().and_then(|stamp| mingled(workloads, account, stamp));
    let stamp = stamp.filter(|_| lying.is_none());
    let mut members: BTreeMap<Labels, Vec<Arc<Workload>>> = BTreeMap::new();
    let mut inseparable = Vec::new();
    let mut unprotected = Vec::new();
    members.extend(stamp.clone().filter(|_| protected.all).map(|stamp| (stamp, Vec::new())));
    let mut separation = Separation { workloads, account, own, protected, stamp, sound: HashMap::new() };
    for workload in workloads.of_account(account) {
        if !protected.covers(&workload.labels) {
            unprotected.push(Arc::clone(workload));
            continue;
        }
        match separation.of(workload) {
            Ok(labels) => members.entry(labels).or_default().push(Arc::clone(workload)),
            Err(mingled) => inseparable.push(mingled),
        }
    }
    let selections = members.into_iter().map(|(labels, workloads)| {
        let reaching = |grant: &Grant| match workloads.is_empty() {
            true => grant.reach.covers(&labels),
            false => workloads.iter().all(|workload| grant.reach.covers(&workload.labels)),
        };
        let grants =
            grants.iter().enumerate().filter(|(_, grant)| reaching(grant)).map(|(index, _)| index).collect();
        Selection { labels, workloads, grants }
    });
    Selected { selections: selections.collect(), inseparable, unprotected, lying }
}

/// What tells the workloads of one service account from all others.
struct Separation<'a> {
    workloads: &'a Workloads,
    account: &'a str,
    own: OwnLabel<'a>,
    protected: &'a Protected,
    /// The label that says the service account.
    stamp: Option<Labels>,
    /// Whether only the right pods have a label that the mesh puts on them.
    sound: HashMap<(String, String), bool>,
}

impl Separation<'_> {
    /// The first selector of a workload that is its own: the label that says its service account, the one that the mesh puts on its pods,
    /// the labels by which its controller knows it, all labels of its pods.
    fn of(&mut self, workload: &Arc<Workload>) -> Result<Labels, Inseparable> {
        let stamp = self.stamp.clone().filter(|stamp| self.is_stamped(workload, stamp));
        if let Some(own) = (self.own)(workload).filter(|own| stamp.is_none() && self.is_sound(workload, own))
        {
            return Ok(Labels::from([own]));
        }
        let limited = self.protected.is_limited();
        let mut because = Mingled::NoLabels;
        for candidate in stamp.iter().chain(&workload.selector).chain([&workload.labels]) {
            if candidate.is_empty() {
                continue;
            }
            match mingled(self.workloads, self.account, candidate) {
                None if !limited || self.covers_alike(workload, candidate) => return Ok(candidate.clone()),
                None => {}
                Some(reason) => because = reason,
            }
        }
        let labels = Some(workload.labels.clone()).filter(|labels| !labels.is_empty());
        Err(Inseparable { workload: Arc::clone(workload), labels, because })
    }

    /// Whether the pods of a workload have the label that says their service account. Who sets the option vouches for it: pods get it from
    /// a webhook when they are made, and no template has it; a pod that is there has it or never will. Where bindings tell workloads of
    /// one account apart, it does not.
    fn is_stamped(&self, workload: &Workload, stamp: &Labels) -> bool {
        let is_pod = workload.object.kind == "Pod";
        let says = |(key, value)| match workload.labels.get(key) {
            Some(own) => own == value,
            None => !is_pod,
        };
        !self.protected.is_limited() && stamp.iter().all(says)
    }

    /// Whether a label that the mesh puts on the pods of a workload is on no pods but those with the same grants. Pods that were left by a
    /// change of a workload have it as well, and those that others run from its template do not have it.
    fn is_sound(&mut self, workload: &Workload, label: &(String, String)) -> bool {
        let Separation { workloads, account, own, protected, .. } = *self;
        // The mesh names workloads of one kind apart; what it would put on others is not known.
        let is_named = workload.owner.is_none() && workload.object.kind != "Pod";
        let unread = match is_named {
            true => workloads.unreadable_of_other_kind(&workload.object.kind),
            false => workloads.unreadable(),
        };
        if unread.is_some() || workloads.is_crowded(&label.1) {
            return false;
        }
        if let Some(known) = self.sound.get(label) {
            return *known;
        }
        let labels = Labels::from([label.clone()]);
        let named = workloads.named(&label.1).filter(|other| own(other).as_ref() == Some(label));
        let is_alike = |other: &Arc<Workload>| {
            let runs_pods = |user: &TemplateUser| user.runs == Runs::Pods;
            other.service_account == account
                && protected.reaches_alike(&workload.labels, &other.labels)
                && !workloads.template_users(&other.object).any(runs_pods)
        };
        let is_sound = named.chain(workloads.selected(&labels)).all(is_alike);
        self.sound.insert(label.clone(), is_sound);
        is_sound
    }

    /// Whether an IdentityBinding that reaches `workload` reaches everything that a candidate selects: whoever has all its labels is
    /// reached as well. The candidate with all labels always passes.
    fn covers_alike(&self, workload: &Workload, candidate: &Labels) -> bool {
        self.workloads.selected(candidate).all(|other| selects(&workload.labels, &other.labels))
    }
}

/// A workload that a selector must not reach, if it does.
fn mingled(workloads: &Workloads, account: &str, selector: &Labels) -> Option<Mingled> {
    if let Some(unreadable) = workloads.unreadable() {
        return Some(Mingled::Unreadable(unreadable.clone()));
    }
    let other = workloads.selected(selector).find(|workload| workload.service_account != account);
    other.map(|other| Mingled::OtherAccount(other.object.clone()))
}
