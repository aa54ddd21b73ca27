//! Who may call the workloads of one service account: all its TrafficTargets, their sources and their rules.

mod detours;
mod listening;
mod osm;
mod selection;
mod sources;
mod traffic;

use std::collections::BTreeSet;
use std::sync::Arc;

use smi_types::access::rules_path;

use self::listening::Listening;
use super::{Asked, Resolved};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::facts::Workload;
use crate::intent::{AccessIntent, Account, Grant, Mingled, NamespaceIntent, Reach};
use crate::inventory::{Inventory, Protected, Target};
use crate::options::MissingServices;
use crate::reference::ObjectRef;

/// Resolves the unit of a service account.
pub(super) fn resolve(
    inventory: &Inventory,
    namespace: &str,
    account: &str,
    asked: Asked<'_>,
) -> Resolved<AccessIntent> {
    let mut resolver =
        Resolver { inventory, namespace, account, diagnostics: Vec::new(), used: BTreeSet::new() };
    let targets: Vec<&Target> = inventory.targets_of(namespace, account).collect();
    let services = inventory.services_of(namespace, account);
    let workloads = inventory.workloads_of(namespace);
    let own = workloads.into_iter().flat_map(|workloads| workloads.of_account(account)).collect();
    let listening = Listening::new(own, &services);
    let mut grants = Vec::new();
    let mut protected = Protected::default();
    let mut named = Vec::new();
    for target in &targets {
        resolver.used.insert(target.reference().clone());
        let reaches = resolver.reaches(target);
        let ports = resolver.named_ports(target);
        for reach in &reaches {
            protected.add(reach);
            named.push((reach.clone(), ports.clone()));
        }
        resolver.add_grants(target, reaches, &listening, &mut grants);
    }
    if let Some(target) = targets.first() {
        resolver.check_account(target);
    }
    resolver.check_first_match(&grants);
    let selection::Selected { selections, inseparable, unprotected, lying } =
        selection::select(inventory, (namespace, account), asked.own_label, &grants, &named, &protected);
    if let (Some(target), true) = (targets.first(), grants.is_empty()) {
        let account = Account::new(namespace, account);
        let is_selected = !selections.is_empty() || !inseparable.is_empty();
        resolver.diagnostics.push(denies_everything(target, targets.len(), &account, is_selected));
    }
    if let (Some(Mingled::OtherAccount(other)), Some(target)) = (&lying, targets.first()) {
        resolver.label_lies(target, other);
    }
    let unreadable = workloads.and_then(|workloads| workloads.unreadable().cloned());
    let intent = AccessIntent {
        trust_domain: inventory.options().trust_domain.clone(),
        destination: Account::new(namespace, account),
        complete: inventory.options().missing_services == MissingServices::Exclude && unreadable.is_none(),
        unreadable,
        selections,
        inseparable,
        unprotected,
        others: others(inventory, namespace, account),
        namespace_labels: inventory.namespace_labels(namespace),
        namespace_annotations: inventory.namespace_annotations(namespace),
        detours: asked.detours.then(|| detours::to(inventory, (namespace, account), &services)),
        services,
        disputed: inventory.disputed_services(namespace, account),
        grants,
        targets: targets.iter().map(|target| target.reference().clone()).collect(),
        versions: targets.iter().map(|target| target.object().version).collect(),
        sources: resolver.used.into_iter().collect(),
        allow: Arc::new(inventory.options().allow.clone()),
    };
    Resolved { intent, diagnostics: resolver.diagnostics }
}

fn denies_everything(target: &Target, targets: usize, account: &Account, is_selected: bool) -> Diagnostic {
    let message = match targets {
        1 => format!("the only TrafficTarget of ServiceAccount {account} grants nothing"),
        n => format!("none of the {n} TrafficTargets of ServiceAccount {account} grants anything"),
    };
    let effect = match is_selected {
        true => "its workloads deny every request",
        // What becomes of workloads that nobody knows is for the mesh to say.
        false => "every request to its workloads is to be denied",
    };
    Diagnostic::new(Code("SMI-REF-5"), Severity::Warning, message, effect)
        .on(target.reference())
        .at(smi_types::access::destination_path(target.object().version))
}

/// How many other workloads a message may name.
const OTHERS: usize = 5;

/// Some workloads of the namespace, where none has the service account.
fn others(inventory: &Inventory, namespace: &str, account: &str) -> Vec<Arc<Workload>> {
    // Where the input is the whole cluster, the account has none.
    let is_part = inventory.options().missing_services == MissingServices::Assume;
    let workloads = inventory.workloads_of(namespace).filter(|_| is_part);
    let Some(workloads) = workloads else { return Vec::new() };
    match workloads.of_account(account).next() {
        Some(_) => Vec::new(),
        None => workloads.iter().take(OTHERS).cloned().collect(),
    }
}

/// Resolves the unit of a namespace; without sources where the namespace does not ask for deny-by-default.
pub(super) fn resolve_namespace(inventory: &Inventory, namespace: &str) -> NamespaceIntent {
    let asks = inventory.denies_by_default(namespace);
    let gateways = inventory.workloads(namespace).filter(|workload| asks && workload.is_gateway());
    NamespaceIntent {
        namespace: namespace.to_owned(),
        sources: asks.then(|| ObjectRef::new("Namespace", "", namespace)).into_iter().collect(),
        gateways: gateways.map(|workload| workload.object.clone()).collect(),
    }
}

struct Resolver<'a> {
    inventory: &'a Inventory,
    namespace: &'a str,
    account: &'a str,
    diagnostics: Vec<Diagnostic>,
    /// The objects that the unit comes from.
    used: BTreeSet<ObjectRef>,
}

impl<'a> Resolver<'a> {
    /// Which workloads of this service account a target protects.
    fn reaches(&self, target: &Target) -> Vec<Reach> {
        let reaches = self.inventory.reaches_at(target, (self.namespace, self.account));
        // Schemes of a binding are OR-ed (SMI-ID-1): where one of them reaches every workload, the others add nothing.
        match reaches.contains(&Reach::All) {
            true => vec![Reach::All],
            false => reaches,
        }
    }

    /// What one target grants to the workloads of this service account.
    fn add_grants(
        &mut self,
        target: &Target,
        reaches: Vec<Reach>,
        listening: &Listening<'_>,
        grants: &mut Vec<Grant>,
    ) {
        if !target.grants {
            self.report_void(target);
            return;
        }
        let traffic = self.traffic(target, listening);
        self.report_dots(target);
        self.report_nameless_sources(target);
        self.report_closed_ports(target, &traffic, listening);
        let Some(sources) = self.sources(target) else { return };
        for reach in reaches {
            if let Reach::Pods { binding, .. } = &reach {
                self.used.insert(binding.clone());
            }
            grants.extend(traffic.iter().map(|(ports, traffic)| Grant {
                target: target.reference().clone(),
                object: Arc::clone(&target.object),
                reach: reach.clone(),
                sources: sources.clone(),
                ports: ports.clone(),
                traffic: traffic.clone(),
            }));
        }
    }

    /// A service account that does not exist has no pods (SMI-ACCESS-18); only where the input is the whole cluster.
    fn check_account(&mut self, target: &Target) {
        if self.is_missing(self.namespace, self.account) {
            let name = Account::new(self.namespace, self.account);
            let path = smi_types::access::destination_path(target.object().version);
            self.diagnostics.push(
                Diagnostic::new(
                    Code("SMI-VAL-19"),
                    Severity::Warning,
                    format!("there is no ServiceAccount {name}"),
                    "no pod can run under it, so that there is nothing to protect",
                )
                .on(target.reference())
                .at(path),
            );
        }
    }

    /// The label that should say the service account says this one of a workload that has another.
    fn label_lies(&mut self, target: &Target, other: &ObjectRef) {
        let key = self.inventory.options().service_account_label.as_deref().unwrap_or_default();
        let path = smi_types::access::destination_path(target.object().version);
        self.diagnostics.push(
            Diagnostic::new(
                Code("SMI-REF-4"),
                Severity::Warning,
                format!("{other} has the label {key}: {}, and another service account", self.account),
                "the label is not used for this destination: workloads are selected by their other labels, where these tell them apart",
            )
            .on(target.reference())
            .at(path)
            .help("correct the label, and find out who wrote it"),
        );
    }

    fn is_missing(&self, namespace: &str, account: &str) -> bool {
        self.inventory.options().missing_services == MissingServices::Exclude
            && account != "default"
            && !self.inventory.has_service_account(namespace, account)
    }

    /// Says that a rule contributes nothing.
    fn unresolved(&mut self, target: &Target, rule: usize, message: String, effect: &'static str) {
        let path = rules_path(target.object().version).index(rule);
        self.diagnostics.push(
            Diagnostic::new(Code("SMI-VAL-19"), Severity::Warning, message, effect)
                .on(target.reference())
                .at(path),
        );
    }
}
