//! What objects say about each other that concerns no single unit.

mod splits;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::inventory::{Inventory, SubjectKind, Target};
use crate::options::AccessScope;
use crate::reference::ObjectRef;

/// Findings about the inventory as a whole: TrafficTargets that reach no workload, and splits whose backends do not admit the same
/// callers (SMI-SPLIT-22).
#[must_use]
pub fn lint(inventory: &Inventory) -> Vec<Diagnostic> {
    let targets = inventory.targets().count();
    if targets == 0 {
        return Vec::new();
    }
    if inventory.options().access_scope == AccessScope::Off {
        return vec![without_effect(targets)];
    }
    let mut diagnostics: Vec<Diagnostic> =
        inventory.targets().filter_map(|target| unprotected(inventory, target)).collect();
    diagnostics.extend(splits::denied(inventory));
    diagnostics
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
