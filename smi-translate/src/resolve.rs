//! From inventory to intent: references resolved, everything that does not take part named.

mod access;
mod routing;
pub(crate) mod shadow;

use crate::diagnostic::Diagnostic;
use crate::facts::Workload;
use crate::intent::{AccessIntent, Account, Intent, RoutingIntent, UnitKey};
use crate::inventory::Inventory;
use crate::options::AccessScope;

/// An intent, and what had to be said while it was made.
#[derive(Clone, Debug)]
pub struct Resolved<T> {
    /// The intent.
    pub intent: T,
    /// References that do not resolve, parts that do not take part, assumptions.
    pub diagnostics: Vec<Diagnostic>,
}

/// What a mesh asks of a unit beside what SMI says.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The label that the mesh puts on the pods of a workload, and on no others.
    pub(crate) own_label: OwnLabel<'a>,
    /// Whether it must know every way to the workloads.
    pub(crate) detours: bool,
}

pub(crate) type OwnLabel<'a> = &'a dyn Fn(&Workload) -> Option<(String, String)>;

const NOTHING: Asked<'static> = Asked { own_label: &|_| None, detours: false };

/// Resolves one unit. A unit that no object asks for has an intent without rules, without targets or without sources.
#[must_use]
pub fn resolve(inventory: &Inventory, key: &UnitKey) -> Resolved<Intent> {
    resolve_for(inventory, key, NOTHING)
}

/// The same for a mesh.
pub(crate) fn resolve_for(inventory: &Inventory, key: &UnitKey, asked: Asked<'_>) -> Resolved<Intent> {
    match key {
        UnitKey::Routing { namespace, root } => {
            let Resolved { intent, diagnostics } = routing::resolve(inventory, namespace, root);
            Resolved { intent: Intent::Routing(intent), diagnostics }
        }
        UnitKey::Access { namespace, service_account } => {
            let Resolved { mut intent, diagnostics } =
                access::resolve(inventory, namespace, service_account, asked);
            if inventory.options().access_scope == AccessScope::Off {
                // Nobody asks for the unit, and nothing is to be said of it.
                intent.targets.clear();
                intent.grants.clear();
                intent.selections.clear();
                intent.inseparable.clear();
                return Resolved { intent: Intent::Access(intent), diagnostics: Vec::new() };
            }
            Resolved { intent: Intent::Access(intent), diagnostics }
        }
        UnitKey::Namespace { namespace } => Resolved {
            intent: Intent::Namespace(access::resolve_namespace(inventory, namespace)),
            diagnostics: Vec::new(),
        },
    }
}

/// Resolves the routing of one root: the name of a Service of the namespace, or a host.
#[must_use]
pub fn resolve_routing(inventory: &Inventory, namespace: &str, root: &str) -> Resolved<RoutingIntent> {
    routing::resolve(inventory, namespace, root)
}

/// Resolves who may call the workloads of a service account, whatever the scope of deny-by-default. Without a TrafficTarget for it, that
/// is nobody.
#[must_use]
pub fn resolve_access(inventory: &Inventory, account: &Account) -> Resolved<AccessIntent> {
    access::resolve(inventory, &account.namespace, &account.name, NOTHING)
}
