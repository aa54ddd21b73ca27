//! Splits that send requests to backends which deny them (SMI-SPLIT-22).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use smi_types::FieldPath;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::intent::{Account, Granted, HttpMatch, Source};
use crate::inventory::{Inventory, Split};
use crate::reference::ServiceRef;
use crate::resolve::resolve_access;

/// What an account grants, by caller.
type Callers = BTreeMap<String, Vec<Granted>>;

/// One warning for each split and backend that denies a caller which the root or another backend admits.
pub(super) fn denied(inventory: &Inventory) -> Vec<Diagnostic> {
    let mut known = Known { inventory, callers: BTreeMap::new() };
    let mut diagnostics = Vec::new();
    for split in inventory.splits().filter(|split| split.is_applied()) {
        known.check(split, &mut diagnostics);
    }
    diagnostics
}

/// The callers of each account that was asked for; `None` where the account is open to everybody.
struct Known<'a> {
    inventory: &'a Inventory,
    callers: BTreeMap<Account, Option<Arc<Callers>>>,
}

impl Known<'_> {
    fn check(&mut self, split: &Split, diagnostics: &mut Vec<Diagnostic>) {
        let namespace = &split.reference().namespace;
        let root = split.root().map(|root| ServiceRef::new(namespace, root.unit_name()));
        let sending: Vec<_> = split.backends().iter().filter(|backend| backend.weight > 0).collect();
        let mut admitted = Callers::new();
        for service in root.iter().chain(sending.iter().map(|backend| &backend.service)) {
            for account in self.accounts(service) {
                for (caller, granted) in self.callers(&account).iter().flat_map(|callers| callers.iter()) {
                    admitted.entry(caller.clone()).or_default().extend(granted.iter().cloned());
                }
            }
        }
        let mut seen = BTreeSet::new();
        let members: Vec<ServiceRef> =
            root.into_iter().chain(sending.iter().map(|backend| backend.service.clone())).collect();
        let open = members
            .iter()
            .find(|service| self.accounts(service).iter().any(|account| self.callers(account).is_none()));
        for backend in sending {
            for account in self.accounts(&backend.service) {
                let Some(callers) = self.callers(&account) else { continue };
                if let Some(open) = open.filter(|open| **open != backend.service) {
                    if seen.insert((backend.service.clone(), account.clone())) {
                        let at = FieldPath::of("spec").key("backends").index(backend.index).key("service");
                        let warning = closed_beside_open(&backend.service, &account, open);
                        diagnostics.push(warning.on(split.reference()).at(at));
                    }
                    continue;
                }
                if !seen.insert((backend.service.clone(), account.clone())) {
                    continue;
                }
                let lacking: Vec<&String> = admitted
                    .iter()
                    .filter(|(caller, granted)| {
                        let here = callers.get(*caller).map(Vec::as_slice).unwrap_or_default();
                        !granted.iter().all(|granted| here.iter().any(|own| covers(own, granted)))
                    })
                    .map(|(caller, _)| caller)
                    .collect();
                if !lacking.is_empty() {
                    let at = FieldPath::of("spec").key("backends").index(backend.index).key("service");
                    diagnostics
                        .push(warning(&backend.service, &account, &lacking).on(split.reference()).at(at));
                }
            }
        }
    }

    /// The service accounts of the workloads behind a Service.
    fn accounts(&self, service: &ServiceRef) -> BTreeSet<Account> {
        let selector = self.inventory.service(&service.namespace, &service.name).map(|s| &s.selector);
        let workloads = self.inventory.workloads_of(&service.namespace);
        let (Some(selector), Some(workloads)) = (selector.filter(|labels| !labels.is_empty()), workloads)
        else {
            return BTreeSet::new();
        };
        workloads
            .selected(selector)
            .map(|workload| Account::new(&service.namespace, &workload.service_account))
            .collect()
    }

    /// Who may call an account; `None` where everybody may, because no TrafficTarget protects it.
    fn callers(&mut self, account: &Account) -> Option<Arc<Callers>> {
        let inventory = self.inventory;
        let found = self.callers.entry(account.clone()).or_insert_with(|| {
            let intent = resolve_access(inventory, account).intent;
            if intent.targets.is_empty() && !inventory.denies_by_default(&account.namespace) {
                return None;
            }
            let mut callers = Callers::new();
            for grant in &intent.grants {
                for source in &grant.sources {
                    callers.entry(name(source)).or_default().push(grant.traffic.clone());
                }
            }
            Some(Arc::new(callers))
        });
        found.clone()
    }
}

fn name(source: &Source) -> String {
    match source {
        Source::Account(account) => format!("ServiceAccount {account}"),
        Source::Identity(id) => id.to_string(),
        Source::Pods(pods) => pods.binding.to_string(),
    }
}

/// Whether what is granted here is granted there as well. Ports are left out: each backend listens on its own.
fn covers(own: &Granted, other: &Granted) -> bool {
    match (own, other) {
        (Granted::Tcp, Granted::Tcp | Granted::Http(_)) => true,
        // A split moves no UDP.
        (_, Granted::Udp) => true,
        (Granted::Http(own), Granted::Http(other)) => {
            other.iter().all(|wanted| own.iter().any(|m| m.is_unconditional() || is_same(m, wanted)))
        }
        (Granted::Http(_) | Granted::Udp, Granted::Tcp) | (Granted::Udp, Granted::Http(_)) => false,
    }
}

fn is_same(one: &HttpMatch, other: &HttpMatch) -> bool {
    (&one.group, &one.name) == (&other.group, &other.name)
}

fn closed_beside_open(backend: &ServiceRef, account: &Account, open: &ServiceRef) -> Diagnostic {
    Diagnostic::new(
        Code("SMI-SPLIT-22"),
        Severity::Warning,
        format!("everybody may call {open}, and only the sources of its TrafficTargets may call the backend {backend}"),
        "requests of others that the split sends to this backend are denied there, and not sent elsewhere",
    )
    .help(format!("grant the same callers everywhere, or remove the TrafficTargets of ServiceAccount {account}"))
}

/// How many callers a message names before it counts the rest.
const NAMED: usize = 3;

fn warning(backend: &ServiceRef, account: &Account, lacking: &[&String]) -> Diagnostic {
    let mut callers = lacking.iter().take(NAMED).map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    if lacking.len() > NAMED {
        callers = format!("{callers} and {} more", lacking.len() - NAMED);
    }
    Diagnostic::new(
        Code("SMI-SPLIT-22"),
        Severity::Warning,
        format!("the backend {backend} does not grant {callers} what the root or another backend does"),
        "requests that the split sends to this backend are denied there, and not sent elsewhere",
    )
    .help(format!("write a TrafficTarget for ServiceAccount {account} that grants the same"))
}
