//! What objects say about each other that concerns no single unit.

mod allowances;
mod splits;

use std::collections::HashMap;

use crate::backend::Backend;
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::facts::{Runs, TemplateUser, Workload};
use crate::inventory::{Inventory, Protected, SubjectKind, Target, Workloads};
use crate::options::{AccessScope, DENY_BY_DEFAULT_LABEL, MissingServices, Profile};
use crate::reference::ObjectRef;

/// Findings about the inventory as a whole: TrafficTargets that reach no workload, and splits whose backends do not admit the same
/// callers (SMI-SPLIT-22).
#[must_use]
pub fn lint(inventory: &Inventory) -> Vec<Diagnostic> {
    lint_for(inventory, None, false)
}

/// How a namespace is closed by its label.
pub(crate) fn by_label() -> String {
    format!("choose `--access-scope namespaces` and label their namespaces {DENY_BY_DEFAULT_LABEL}=true")
}

/// The same for a mesh, in which workloads are closed in its own way; `is_mingled` says whether some destination cannot be told from
/// workloads that are none.
pub(crate) fn lint_for(
    inventory: &Inventory,
    backend: Option<&dyn Backend>,
    is_mingled: bool,
) -> Vec<Diagnostic> {
    let mut diagnostics = allowances::misplaced(inventory, backend);
    diagnostics.extend(unclear_namespaces(inventory));
    let targets = inventory.targets().count();
    if targets == 0 {
        return diagnostics;
    }
    if inventory.options().access_scope == AccessScope::Off {
        diagnostics.push(without_effect(targets));
        return diagnostics;
    }
    diagnostics.extend(inventory.targets().filter_map(|target| unprotected(inventory, target)));
    let destinations = destinations(inventory);
    let how_to_close = backend.map_or_else(by_label, Backend::how_to_deny_by_default);
    diagnostics.extend(open_workloads(inventory, &destinations, &how_to_close, is_mingled));
    diagnostics.extend(copies(inventory, &destinations));
    diagnostics.extend(splits::denied(inventory));
    diagnostics
}

/// Namespaces whose label says neither that they deny by default nor that they do not.
fn unclear_namespaces(inventory: &Inventory) -> Vec<Diagnostic> {
    if inventory.options().access_scope != AccessScope::Namespaces {
        return Vec::new();
    }
    let unclear = inventory.namespaces().filter_map(|namespace| {
        let value = namespace.labels.get(DENY_BY_DEFAULT_LABEL).filter(|value| *value != "true" && *value != "false")?;
        let found = Diagnostic::new(
            Code("SMI-ACCESS-26"),
            Severity::Warning,
            format!("the label {DENY_BY_DEFAULT_LABEL} of the Namespace is {value:?}, which is neither \"true\" nor \"false\""),
            "the namespace does not deny by default: its workloads that are nobody's destination stay open",
        );
        Some(found.on(&ObjectRef::new("Namespace", "", &namespace.name)).help("write \"true\" to close it"))
    });
    unclear.collect()
}

/// The workloads of each service account that some TrafficTarget protects, by namespace and name.
type Destinations = HashMap<(String, String), Protected>;

fn destinations(inventory: &Inventory) -> Destinations {
    let mut destinations = Destinations::new();
    for (account, reach) in inventory.targets().flat_map(|target| inventory.reaches_of(target)) {
        destinations.entry(account).or_default().add(&reach);
    }
    destinations
}

/// How many workloads a message names before it counts the rest.
const NAMED: usize = 5;

/// Workloads that are nobody's destination: SMI denies them to everybody (SMI-ACCESS-1), and the scope leaves them open. The meshes of some
/// profiles denied them as well.
fn open_workloads(
    inventory: &Inventory,
    destinations: &Destinations,
    how_to_close: &str,
    is_mingled: bool,
) -> Option<Diagnostic> {
    let effect = match is_mingled {
        true => {
            "they stay open to everybody, but for those that have all labels of a destination: only destinations of TrafficTargets deny by default"
        }
        false => "they stay open to everybody: only destinations of TrafficTargets deny by default",
    };
    let open: Vec<String> = inventory
        .namespaces_with_workloads()
        .filter(|namespace| !inventory.denies_by_default(namespace))
        .flat_map(|namespace| inventory.workloads(namespace))
        .filter(|workload| !is_destination(destinations, workload))
        .map(|workload| workload.object.to_string())
        .collect();
    let severity = match inventory.options().profile {
        Profile::Osm | Profile::Fsm | Profile::Traefik => Severity::Warning,
        Profile::Spec | Profile::Nginx | Profile::Linkerd => Severity::Info,
    };
    let mut names = open.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    if open.len() > NAMED {
        names = format!("{names} and {} more", open.len() - NAMED);
    }
    (!open.is_empty()).then(|| {
        Diagnostic::new(
            Code("SMI-ACCESS-26"),
            severity,
            format!("no TrafficTarget has these workloads of the input as its destination: {names}"),
            effect,
        )
        .help(format!("to close the others too, {how_to_close}"))
    })
}

fn is_destination(destinations: &Destinations, workload: &Workload) -> bool {
    let account = (workload.object.namespace.clone(), workload.service_account.clone());
    destinations.get(&account).is_some_and(|protected| protected.covers(&workload.labels))
}

/// Workloads that somebody makes from those of the input when it runs, with the same service account: nobody knows their labels.
fn copies(inventory: &Inventory, destinations: &Destinations) -> Vec<Diagnostic> {
    let options = inventory.options();
    // Pods that say their service account are selected by that, and who knows the whole cluster will see the copy.
    if options.service_account_label.is_some() || options.missing_services == MissingServices::Exclude {
        return Vec::new();
    }
    let namespaces = inventory.namespaces_with_workloads().filter_map(|name| inventory.workloads_of(name));
    let of = |workloads: &Workloads| -> Vec<Diagnostic> {
        let protected = workloads.iter().filter(|workload| is_destination(destinations, workload));
        let users = protected.flat_map(|workload| workloads.template_users(&workload.object));
        let copied = users.filter_map(|user| match &user.runs {
            Runs::Copy(copy) if workloads.get(copy).is_none() => {
                Some(unknown_copy(user, copy, inventory.denies_by_default(&copy.namespace)))
            }
            Runs::Copy(_) | Runs::Pods => None,
        });
        copied.collect()
    };
    namespaces.flat_map(of).collect()
}

fn unknown_copy(user: &TemplateUser, copy: &ObjectRef, is_closed: bool) -> Diagnostic {
    let effect = match is_closed {
        true => {
            "the copy has the service account of a destination and labels of its own, by which nothing is granted to it: where its namespace is closed, it denies everything"
        }
        false => {
            "the copy has the service account of a destination and labels of its own, by which it is not selected: it stays as open as it is"
        }
    };
    Diagnostic::new(
        Code("SMI-ACCESS-26"),
        Severity::Warning,
        format!("{} runs the pods of {} in a copy: {copy} is not in the input", user.object, user.template),
        effect,
    )
    .on(&user.object)
    .help("translate again with the copy in the input, or label every pod with its service account and translate with `--service-account-label`")
}

fn without_effect(targets: usize) -> Diagnostic {
    let message = match targets {
        1 => "access control is off, and the TrafficTarget of the input has no effect".to_owned(),
        n => format!("access control is off, and the {n} TrafficTargets of the input have no effect"),
    };
    Diagnostic::new(Code("SMI-ACCESS-26"), Severity::Warning, message, "nothing is rendered for them: who may call whom stays as the mesh has it")
        .help("enforce them with `--access-scope destinations`, or with `--osm-permissive false` where the profile asks")
}

/// A destination that is a binding which selects nothing: there is no unit in which its workload could be protected.
fn unprotected(inventory: &Inventory, target: &Target) -> Option<Diagnostic> {
    let subject = target.destinations.first().filter(|_| inventory.reaches_of(target).is_empty())?;
    if subject.kind != SubjectKind::IdentityBinding {
        return None;
    }
    let binding = ObjectRef::new("IdentityBinding", &subject.namespace, &subject.name);
    let message = match inventory.binding(&subject.namespace, &subject.name) {
        None => format!("{binding} is not in the input, or was refused"),
        Some(_) => format!("{binding} selects no workload of the input"),
    };
    let path = smi_types::access::destination_path(target.object().version);
    Some(
        Diagnostic::new(
            Code("SMI-VAL-19"),
            Severity::Error,
            message,
            "nobody knows which workload is the destination: nothing is granted, and it stays open",
        )
        .on(target.reference())
        .at(path)
        .help("add the binding and the workloads it selects to the input, or name a ServiceAccount as destination"),
    )
}
