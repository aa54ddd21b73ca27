//! Pods that several Servers of one port select: of them Linkerd follows the oldest (`linkerd.md` 3.2), and nobody chooses which that is.
//! So all of them grant the same: what each of them would.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use smi_translate::backend::Report;
use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::facts::{Labels, Workload, selects};
use smi_translate::intent::{AccessIntent, Grant};
use smi_types::access::rules_path;

use super::super::names::Names;
use super::Guarded;

/// The labels of some pods, and one of their ports.
type Key = (Labels, u16);

/// How many workloads and Servers a message names before it counts the rest.
const NAMED: usize = 5;

/// Leaves to Servers with pods in common what all of them grant, and lets the probes of all of them through at each.
pub(super) fn agree(access: &AccessIntent, guarded: &mut BTreeMap<Key, Guarded>, report: &mut Report) {
    for group in groups(&pairs(access, guarded)) {
        let members = || group.iter().filter_map(|key| guarded.get(key));
        let common = |of: fn(&Guarded) -> &BTreeSet<usize>| {
            let mut sets = members().map(of).cloned();
            let first = sets.next().unwrap_or_default();
            sets.fold(first, |common, own| &common & &own)
        };
        let (tcp, http) = (common(|own| &own.tcp), common(|own| &own.http));
        let probes: BTreeSet<_> = members().flat_map(|own| own.probes.iter().cloned()).collect();
        let granted: BTreeSet<usize> =
            members().flat_map(|own| own.tcp.iter().chain(&own.http).copied()).collect();
        let lost = granted.iter().filter(|grant| !tcp.contains(grant) && !http.contains(grant));
        let lost: BTreeMap<_, &Grant> =
            lost.map(|grant| &access.grants[*grant]).map(|grant| (&grant.target, grant)).collect();
        if !lost.is_empty() {
            let said = overlapping(access, &group);
            lost.into_values().for_each(|grant| {
                report.say(said.clone().on(&grant.target).at(rules_path(grant.object.version)));
            });
        }
        for key in &group {
            if let Some(own) = guarded.get_mut(key) {
                (own.tcp, own.http, own.probes) = (tcp.clone(), http.clone(), probes.clone());
            }
        }
    }
}

/// Two Servers of a port that select a workload both.
fn pairs(access: &AccessIntent, guarded: &BTreeMap<Key, Guarded>) -> Vec<[Key; 2]> {
    let mut by_label: HashMap<(&str, &str), Vec<(&Labels, &Workload)>> = HashMap::new();
    for selection in &access.selections {
        for workload in &selection.workloads {
            for (key, value) in &workload.labels {
                by_label.entry((key, value)).or_default().push((&selection.labels, workload));
            }
        }
    }
    let mut pairs = Vec::new();
    for (wide, port) in guarded.keys() {
        let having = wide.iter().map(|(key, value)| by_label.get(&(key.as_str(), value.as_str())));
        let rarest = having.min_by_key(|workloads| workloads.map_or(0, Vec::len)).flatten();
        let selected = rarest.into_iter().flatten().filter(|(_, workload)| selects(wide, &workload.labels));
        let others: BTreeSet<&Labels> =
            selected.map(|(labels, _)| *labels).filter(|labels| *labels != wide).collect();
        let others = others.into_iter().map(|narrow| (narrow.clone(), *port));
        let others = others.filter(|key| guarded.contains_key(key));
        pairs.extend(others.map(|other| [(wide.clone(), *port), other]));
    }
    pairs
}

/// All that hang together by pairs.
fn groups(pairs: &[[Key; 2]]) -> Vec<BTreeSet<Key>> {
    let mut beside: BTreeMap<&Key, Vec<&Key>> = BTreeMap::new();
    for [one, other] in pairs {
        beside.entry(one).or_default().push(other);
        beside.entry(other).or_default().push(one);
    }
    let mut seen: BTreeSet<&Key> = BTreeSet::new();
    let mut groups = Vec::new();
    for start in beside.keys() {
        let mut group = BTreeSet::new();
        let mut next = vec![*start];
        while let Some(key) = next.pop() {
            if seen.insert(key) {
                group.insert(key.clone());
                next.extend(beside[key].iter().copied());
            }
        }
        if !group.is_empty() {
            groups.push(group);
        }
    }
    groups
}

fn overlapping(access: &AccessIntent, group: &BTreeSet<Key>) -> Diagnostic {
    let names = Names::new(&access.destination);
    let servers: Vec<String> = group.iter().map(|(labels, port)| names.server(labels, *port)).collect();
    let labels: BTreeSet<&Labels> = group.iter().map(|(labels, _)| labels).collect();
    let selected = access.selections.iter().filter(|own| labels.contains(&own.labels));
    let workloads: BTreeSet<String> =
        selected.flat_map(|own| &own.workloads).map(|workload| workload.object.to_string()).collect();
    let port = group.first().map_or(0, |(_, port)| *port);
    let message = format!(
        "port {port} of {} is selected by several Servers ({}), because labels of one workload are among those of another, and they do not \
         all grant what this target grants",
        listed(workloads),
        listed(servers)
    );
    let effect = "Linkerd would follow the oldest Server, so that each of them grants only what all of them do: this target grants nothing at them";
    Diagnostic::new(Code("LINKERD-SERVER-1"), Severity::Loss, message, effect)
        .help("give the pods of each workload a label of their own")
}

fn listed(names: impl IntoIterator<Item = String, IntoIter: ExactSizeIterator>) -> String {
    let names = names.into_iter();
    let left = names.len().saturating_sub(NAMED);
    let list = names.take(NAMED).collect::<Vec<_>>().join(", ");
    if left > 0 { format!("{list} and {left} more") } else { list }
}
