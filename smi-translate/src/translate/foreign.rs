//! The user's own mesh objects, found by what they are about.

use std::collections::{BTreeSet, HashMap};

use crate::backend::{Backend, Claim};
use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::facts::Labels;
use crate::intent::{AccessIntent, Root, RoutingIntent};
use crate::inventory::{Filed, Foreign, Inventory};
use crate::reference::ObjectRef;

/// The user's own mesh objects.
pub(super) struct Others<'i> {
    /// By the roots that they are about.
    claims: HashMap<Root, Vec<&'i Foreign>>,
    /// By namespace.
    beside: HashMap<&'i str, Beside<'i>>,
}

/// Those of one namespace, in order, which may do something to its workloads.
#[derive(Default)]
struct Beside<'i> {
    all: Vec<&'i Foreign>,
    /// Indices of those that are about pods with some labels.
    selecting: Filed<usize>,
    /// Indices of the others.
    others: Vec<usize>,
}

impl<'i> Others<'i> {
    pub(super) fn new(inventory: &'i Inventory, backend: &dyn Backend) -> Self {
        let mut others = Others { claims: HashMap::new(), beside: HashMap::new() };
        for foreign in inventory.foreign() {
            for root in backend.claims(foreign, inventory.options()) {
                others.claims.entry(root).or_default().push(foreign);
            }
            let beside = others.beside.entry(&foreign.object.namespace).or_default();
            let index = beside.all.len();
            beside.all.push(foreign);
            if !beside.selecting.insert(index, &backend.selected_pods(foreign)) {
                beside.others.push(index);
            }
        }
        others
    }

    /// What they do to the routing of a root: the first that takes it over, or what there is to say about all of them.
    pub(super) fn about(
        &self,
        routing: &RoutingIntent,
        backend: &dyn Backend,
    ) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
        let mut said = Vec::new();
        for foreign in self.claims.get(&routing.root).into_iter().flatten() {
            match backend.claim(foreign, routing) {
                Claim::Takes { help } => {
                    let splits = routing.rules.iter().map(|rule| &rule.split);
                    return Err(splits.map(|split| conflicted(split, &foreign.object, help)).collect());
                }
                Claim::Leaves(diagnostics) => said.extend(diagnostics),
            }
        }
        Ok(said)
    }

    /// What they do to the workloads of a destination.
    pub(super) fn interference(&self, access: &AccessIntent, backend: &dyn Backend) -> Vec<Diagnostic> {
        let own = access.destination.namespace.as_str();
        let mesh = backend.mesh_namespace().filter(|mesh| *mesh != own);
        let beside: Vec<&Beside<'_>> = [Some(own), mesh]
            .into_iter()
            .flatten()
            .filter_map(|namespace| self.beside.get(namespace))
            .collect();
        if beside.is_empty() {
            return Vec::new();
        }
        let pods = pods(access, backend);
        let near = beside.into_iter().flat_map(|beside| beside.near(&pods));
        near.flat_map(|foreign| backend.interference(foreign, access)).collect()
    }
}

impl<'i> Beside<'i> {
    /// Those that may be about pods with one of these sets of labels, in order.
    fn near(&self, pods: &BTreeSet<Labels>) -> Vec<&'i Foreign> {
        let near = pods.iter().flat_map(|labels| self.selecting.near(labels));
        let indices: BTreeSet<usize> = near.chain(&self.others).copied().collect();
        indices.into_iter().map(|index| self.all[index]).collect()
    }
}

/// The labels of the pods of a destination, with those that the mesh puts there.
fn pods(access: &AccessIntent, backend: &dyn Backend) -> BTreeSet<Labels> {
    let workloads = access.workloads().map(|workload| {
        let mut labels = workload.labels.clone();
        labels.extend(backend.workload_label(workload));
        labels
    });
    let selected = access.selections.iter().map(|selection| selection.labels.clone());
    workloads.chain(selected).collect()
}

fn conflicted(split: &ObjectRef, owner: &ObjectRef, help: &'static str) -> Diagnostic {
    Diagnostic::new(
        Code("SMI-CONFLICT-1"),
        Severity::Error,
        format!("{owner} already routes the root of this split, and this project did not write it"),
        "nothing is rendered for the split, because the mesh would follow only one of the two",
    )
    .on(split)
    .help(help)
}
