//! Who may call the workloads of one service account, as data.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;
use smi_translate::facts::{Labels, Workload};
use smi_translate::intent::{self, AccessIntent, Granted, Inseparable, Mingled, Reach, Source};

use super::{Match, form_of};

/// Grants to one service account.
#[derive(Serialize)]
pub(crate) struct Access {
    pub(crate) namespace: String,
    /// `ns/serviceaccount`.
    pub(crate) destination: String,
    /// The protected workloads of the service account that are known, `Kind ns/name`.
    pub(crate) workloads: Vec<String>,
    /// Workloads of the service account that are no destination: TrafficTargets protect others of it, or none at all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) unprotected: Vec<String>,
    /// Nothing but these is allowed.
    pub(crate) grants: Vec<Grant>,
    /// Workloads that no selector tells from those of another account: meshes that select by labels can grant them nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) inseparable: Vec<Mixed>,
    /// Whether any TrafficTarget is about the service account.
    #[serde(skip)]
    pub(crate) is_asked_for: bool,
}

/// A workload that no selector tells from those of another account.
#[derive(Serialize)]
pub(crate) struct Mixed {
    pub(crate) workload: String,
    pub(crate) because: String,
}

/// What one TrafficTarget grants.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Grant {
    /// `ns/name`.
    pub(crate) target: String,
    /// `ns/serviceaccount`, `spiffe://…`, or `IdentityBinding ns/name` for pods by their labels.
    pub(crate) sources: Vec<String>,
    /// The labels that those IdentityBindings ask for.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) source_labels: BTreeMap<String, Labels>,
    /// `http`, `tcp` or `udp`.
    pub(crate) protocol: &'static str,
    /// `None` for every port.
    pub(crate) ports: Option<Vec<u16>>,
    /// One of these must hold; empty where the protocol has no requests.
    pub(crate) matches: Vec<Match>,
    /// The labels of the pods that it is for; `None` for every pod of the service account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) destination_labels: Option<Labels>,
}

/// The entry for a service account.
pub(crate) fn access(intent: &AccessIntent) -> Access {
    entry(intent, |_| true, |_| true)
}

/// The entry for one workload of it: nothing about the others.
pub(crate) fn access_of(intent: &AccessIntent, workload: &Workload) -> Access {
    entry(intent, |own| own.object == workload.object, |grant| grant.reach.covers(&workload.labels))
}

fn entry(
    intent: &AccessIntent,
    is_wanted: impl Fn(&Workload) -> bool,
    reaches: impl Fn(&intent::Grant) -> bool,
) -> Access {
    let names = |workloads: &mut dyn Iterator<Item = &Arc<Workload>>| -> Vec<String> {
        let mut names: Vec<String> = workloads
            .filter(|workload| is_wanted(workload))
            .map(|workload| workload.object.to_string())
            .collect();
        names.sort();
        names
    };
    let unprotected = names(&mut intent.unprotected.iter());
    let mut workloads = names(&mut intent.workloads());
    workloads.retain(|workload| !unprotected.contains(workload));
    let inseparable = intent.inseparable.iter().filter(|inseparable| is_wanted(&inseparable.workload));
    Access {
        namespace: intent.destination.namespace.clone(),
        destination: intent.destination.to_string(),
        workloads,
        unprotected,
        grants: intent.grants.iter().filter(|grant| reaches(grant)).map(grant).collect(),
        inseparable: inseparable.map(mixed).collect(),
        is_asked_for: !intent.targets.is_empty(),
    }
}

fn grant(grant: &intent::Grant) -> Grant {
    let mut source_labels = BTreeMap::new();
    let sources = grant.sources.iter().map(|source| match source {
        Source::Account(account) => account.to_string(),
        Source::Identity(id) => id.to_string(),
        Source::Pods(pods) => {
            source_labels.insert(pods.binding.to_string(), pods.labels.clone());
            pods.binding.to_string()
        }
    });
    Grant {
        target: grant.target.namespaced_name(),
        sources: sources.collect(),
        source_labels,
        protocol: grant.traffic.protocol(),
        ports: grant.ports.numbers(),
        matches: match &grant.traffic {
            Granted::Http(matches) => matches.iter().map(|entry| form_of(entry)).collect(),
            Granted::Tcp | Granted::Udp => Vec::new(),
        },
        destination_labels: match &grant.reach {
            Reach::All => None,
            Reach::Pods { binding: _, labels } => Some(labels.clone()),
        },
    }
}

fn mixed(inseparable: &Inseparable) -> Mixed {
    let Inseparable { workload, labels: _, because, named_ports: _ } = inseparable;
    Mixed {
        workload: workload.object.to_string(),
        because: match because {
            Mingled::OtherAccount(other) => {
                format!("its labels also select {other}, which has another service account")
            }
            Mingled::Unreadable(other) => {
                format!("its labels may also select {other}, which could not be read")
            }
            Mingled::NoLabels => "its pods have no labels".to_owned(),
        },
    }
}
