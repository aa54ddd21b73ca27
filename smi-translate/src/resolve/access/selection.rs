//! Which labels tell the workloads of a service account from all others of their namespace.
//!
//! Meshes select workloads by the labels of their pods, not by their service account, and a label that another workload has as well would
//! hand the grant to it. So a selector is taken only where it is proved, for every workload that is known, that it reaches the right
//! ones and nobody else (`istio.md` 4.2).

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZeroU16;
use std::sync::Arc;

use crate::facts::{Labels, Runs, TemplateUser, Workload, selects};
use crate::intent::{Grant, Inseparable, Mingled, Reach, Selection};
use crate::inventory::{Filed, Inventory, Protected, Workloads};
use crate::resolve::OwnLabel;

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
    named: &[(Reach, BTreeSet<NonZeroU16>)],
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
    let naming = Reaching::of(named.iter().map(|(reach, _)| reach));
    let named_for = |labels: &Labels| {
        let naming = naming.whoever_has(labels).into_iter();
        naming.flat_map(|index| named[index].1.iter().copied()).collect()
    };
    let mut members: BTreeMap<Labels, Vec<Arc<Workload>>> = BTreeMap::new();
    let mut inseparable = Vec::new();
    let mut unprotected = Vec::new();
    members.extend(stamp.clone().filter(|_| protected.all).map(|stamp| (stamp, Vec::new())));
    let mut separation = Separation {
        workloads,
        account,
        own,
        protected,
        stamp,
        sound: HashMap::new(),
        judged: BTreeMap::new(),
    };
    for workload in workloads.of_account(account) {
        if !protected.covers(&workload.labels) {
            unprotected.push(Arc::clone(workload));
            continue;
        }
        match separation.of(workload) {
            Ok(labels) => members.entry(labels).or_default().push(Arc::clone(workload)),
            Err(because) => inseparable.push(Inseparable {
                workload: Arc::clone(workload),
                labels: Some(workload.labels.clone()).filter(|labels| !labels.is_empty()),
                because,
                named_ports: named_for(&workload.labels),
            }),
        }
    }
    let reaching = Reaching::of(grants.iter().map(|grant| &grant.reach));
    let selections = members.into_iter().map(|(labels, workloads)| {
        let had = if workloads.is_empty() { labels.clone() } else { common(workloads.iter()) };
        Selection { labels, workloads, grants: reaching.whoever_has(&had), named_ports: named_for(&had) }
    });
    Selected { selections: selections.collect(), inseparable, unprotected, lying }
}

/// Things by the pods that they reach, such as grants.
struct Reaching<'a> {
    reaches: Vec<&'a Reach>,
    /// The indices of those that reach all workloads.
    all: Vec<usize>,
    /// The indices of those that reach what a binding selects.
    pods: Filed<usize>,
}

impl<'a> Reaching<'a> {
    fn of(reaches: impl Iterator<Item = &'a Reach>) -> Self {
        let mut reaching = Reaching { reaches: reaches.collect(), all: Vec::new(), pods: Filed::default() };
        for (index, reach) in reaching.reaches.iter().enumerate() {
            match reach {
                Reach::All => reaching.all.push(index),
                Reach::Pods { labels, .. } => drop(reaching.pods.insert(index, labels)),
            }
        }
        reaching
    }

    /// The indices of what reaches all pods with these labels, in order.
    fn whoever_has(&self, labels: &Labels) -> Vec<usize> {
        let near = self.pods.near(labels).into_iter().copied();
        let mut reaching: Vec<usize> = near
            .filter(|index| self.reaches[*index].covers(labels))
            .chain(self.all.iter().copied())
            .collect();
        reaching.sort_unstable();
        reaching
    }
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
    /// Selectors that reach nobody else, each with the labels that all have whom it reaches, and why others do not do.
    judged: BTreeMap<Labels, Result<Labels, Mingled>>,
}

impl Separation<'_> {
    /// The first selector of a workload that is its own: the label that says its service account, the one that the mesh puts on its pods,
    /// the labels by which its controller knows it, all labels of its pods.
    fn of(&mut self, workload: &Arc<Workload>) -> Result<Labels, Mingled> {
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
            match self.judge(candidate) {
                // Whoever has all labels of the workload is reached by the same IdentityBindings. The candidate with all of them passes.
                Ok(common) if !limited || selects(&workload.labels, common) => return Ok(candidate.clone()),
                Ok(_) => {}
                Err(reason) => because = reason.clone(),
            }
        }
        Err(because)
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

    /// The labels that all have whom a selector reaches, if it reaches nobody else.
    fn judge(&mut self, selector: &Labels) -> &Result<Labels, Mingled> {
        if !self.judged.contains_key(selector) {
            let verdict = match mingled(self.workloads, self.account, selector) {
                Some(reason) => Err(reason),
                None => Ok(common(self.workloads.selected(selector))),
            };
            self.judged.insert(selector.clone(), verdict);
        }
        &self.judged[selector]
    }
}

/// The labels that all these workloads have.
fn common<'a>(mut workloads: impl Iterator<Item = &'a Arc<Workload>>) -> Labels {
    let mut common = workloads.next().map(|workload| workload.labels.clone()).unwrap_or_default();
    for workload in workloads {
        common.retain(|key, value| workload.labels.get(key) == Some(value));
    }
    common
}

/// A workload that a selector must not reach, if it does.
fn mingled(workloads: &Workloads, account: &str, selector: &Labels) -> Option<Mingled> {
    if let Some(unreadable) = workloads.unreadable() {
        return Some(Mingled::Unreadable(unreadable.clone()));
    }
    let other = workloads.selected(selector).find(|workload| workload.service_account != account);
    other.map(|other| Mingled::OtherAccount(other.object.clone()))
}
