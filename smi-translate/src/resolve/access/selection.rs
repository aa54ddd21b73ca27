//! Which labels tell the workloads of a service account from all others of their namespace.
//!
//! Meshes select workloads by the labels of their pods, not by their service account, and a label that another workload has as well would
//! hand the grant to it. So a selector is taken only where it is proved, for every workload that is known, that it reaches the right
//! ones and nobody else (`istio.md` 4.2).

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{OwnLabel, Protected};
use crate::facts::{Labels, Workload};
use crate::intent::{Grant, Inseparable, Mingled, Selection};
use crate::inventory::{Inventory, Workloads};

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
    let limited = !protected.pods.is_empty();
    members.extend(stamp.clone().filter(|_| protected.all).map(|stamp| (stamp, Vec::new())));
    for workload in workloads.of_account(account) {
        if !protected.covers(&workload.labels) {
            unprotected.push(Arc::clone(workload));
            continue;
        }
        match separate(workloads, workload, (stamp.as_ref(), own), limited) {
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

/// The first selector of a workload that is its own: the label that says its service account, the one that the mesh puts on its pods, the
/// labels by which its controller knows it, all labels of its pods.
fn separate(
    workloads: &Workloads,
    workload: &Arc<Workload>,
    (stamp, own): (Option<&Labels>, OwnLabel<'_>),
    limited: bool,
) -> Result<Labels, Inseparable> {
    let account = &workload.service_account;
    // Who sets the option vouches for the label: pods get it from a webhook, and no template has it. Where bindings tell workloads of one
    // account apart, it does not.
    let stamp = stamp.filter(|stamp| {
        !limited && stamp.iter().all(|(key, value)| workload.labels.get(key).is_none_or(|own| own == value))
    });
    if let Some(own) = own(workload).map(|label| Labels::from([label])).filter(|_| stamp.is_none())
        && !has_other_pods(workloads, workload, &own)
        && (!limited || covers_alike(workloads, workload, &own))
    {
        return Ok(own);
    }
    let mut because = Mingled::NoLabels;
    for candidate in stamp.into_iter().chain(&workload.selector).chain([&workload.labels]) {
        if candidate.is_empty() {
            continue;
        }
        match mingled(workloads, account, candidate) {
            None if !limited || covers_alike(workloads, workload, candidate) => return Ok(candidate.clone()),
            None => {}
            Some(reason) => because = reason,
        }
    }
    let labels = Some(workload.labels.clone()).filter(|labels| !labels.is_empty());
    Err(Inseparable { workload: Arc::clone(workload), labels, because })
}

/// Whether an IdentityBinding that reaches `workload` reaches everything that a candidate selects: whoever has all its labels is reached
/// as well. The candidate with all labels always passes.
fn covers_alike(workloads: &Workloads, workload: &Workload, candidate: &Labels) -> bool {
    let selected = workloads.selected(candidate);
    selected.iter().all(|other| crate::facts::selects(&workload.labels, &other.labels))
}

/// Whether pods of a workload have another service account than it says: it was changed, and they are left from before. The mesh's label
/// is theirs as well.
fn has_other_pods(workloads: &Workloads, workload: &Workload, own: &Labels) -> bool {
    let known = workload.selector.as_ref().unwrap_or(&workload.labels);
    let pods: Labels = own.iter().chain(known).map(|(key, value)| (key.clone(), value.clone())).collect();
    workloads.selected(&pods).iter().any(|other| other.service_account != workload.service_account)
}

/// A workload that a selector must not reach, if it does.
fn mingled(workloads: &Workloads, account: &str, selector: &Labels) -> Option<Mingled> {
    if let Some(unreadable) = workloads.unreadable() {
        return Some(Mingled::Unreadable(unreadable.clone()));
    }
    let selected = workloads.selected(selector);
    let other = selected.into_iter().find(|workload| workload.service_account != account);
    other.map(|other| Mingled::OtherAccount(other.object.clone()))
}
