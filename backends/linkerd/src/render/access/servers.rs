//! Which ports of which pods get a Server: every port that is known, granted or not, because only a Server denies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use smi_translate::backend::{Report, about};
use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::facts::{Labels, Workload, selects};
use smi_translate::intent::{AccessIntent, Grant, Granted};
use smi_types::access::rules_path;

use super::ports::{self, OverTcp};

/// One port of the pods with some labels, and the grants that reach it.
#[derive(Clone, Debug)]
pub(super) struct Guarded {
    pub(super) labels: Labels,
    pub(super) port: u16,
    /// Whether Linkerd sees connections only.
    pub(super) is_opaque: bool,
    /// Grants of all that is sent over TCP, by index.
    pub(super) tcp: BTreeSet<usize>,
    /// Grants of HTTP requests, by index. None on an opaque port.
    pub(super) http: BTreeSet<usize>,
}

/// The Servers of a destination.
pub(super) fn of(access: &AccessIntent, report: &mut Report) -> Vec<Guarded> {
    let mut guarded: BTreeMap<(Labels, u16), Guarded> = BTreeMap::new();
    for selection in &access.selections {
        let known = ports::known(access, &selection.workloads);
        let listed = ports::listed(access, &selection.grants);
        let all = || selection.grants.iter().map(|grant| &access.grants[*grant]);
        if known.is_empty() {
            let for_all = all().find(|grant| grant.is_tcp() && ports::is_for_all(&grant.ports));
            if for_all.is_some() || listed.is_empty() {
                report.say(unknown_ports(access, &selection.labels, for_all));
            }
        }
        for port in known.union(&listed).copied() {
            let is_opaque = ports::is_opaque(&selection.workloads, port);
            let one = guard(access, &selection.labels, &selection.grants, port, is_opaque, report);
            guarded.insert((selection.labels.clone(), port), one);
        }
    }
    drop_repeated(access, &mut guarded, report);
    // Nothing is granted to what no selector tells apart; where it shares its labels with a selection, that one decides.
    for inseparable in &access.inseparable {
        let Some(labels) = &inseparable.labels else { continue };
        let workload = [Arc::clone(&inseparable.workload)];
        let known = ports::known(access, &workload);
        if known.is_empty() {
            report.say(unknown_ports(access, labels, None));
        }
        for port in known {
            let is_opaque = ports::is_opaque(&workload, port);
            let one = || guard(access, labels, &[], port, is_opaque, report);
            guarded.entry((labels.clone(), port)).or_insert_with(one);
        }
    }
    guarded.into_values().collect()
}

fn guard(
    access: &AccessIntent,
    labels: &Labels,
    grants: &[usize],
    port: u16,
    is_opaque: bool,
    report: &mut Report,
) -> Guarded {
    let mut one =
        Guarded { labels: labels.clone(), port, is_opaque, tcp: BTreeSet::new(), http: BTreeSet::new() };
    for index in grants {
        let grant = &access.grants[*index];
        if !grant.ports.contains(port) {
            continue;
        }
        match &grant.traffic {
            Granted::Udp => {}
            Granted::Tcp => {
                one.tcp.insert(*index);
            }
            // What is sent there is no HTTP to the mesh (SMI-ACCESS-22), so that it is denied (SMI-ACCESS-20.3).
            Granted::Http(_) if is_opaque => report.say(not_http(grant, port)),
            Granted::Http(_) => {
                one.http.insert(*index);
            }
        }
    }
    one
}

/// Drops Servers of pods that another Server of the same port selects as well: of two, Linkerd follows the older (`linkerd.md` 3.2).
fn drop_repeated(access: &AccessIntent, guarded: &mut BTreeMap<(Labels, u16), Guarded>, report: &mut Report) {
    let workloads = |labels: &Labels| -> Vec<&Arc<Workload>> {
        let own = access.selections.iter().filter(|selection| selection.labels == *labels);
        own.flat_map(|selection| &selection.workloads).collect()
    };
    let mut dropped = BTreeSet::new();
    for (wide, port) in guarded.keys() {
        for (narrow, same) in guarded.keys() {
            let overlaps = port == same
                && wide != narrow
                && !dropped.contains(&(wide.clone(), *port))
                && workloads(narrow).iter().any(|workload| selects(wide, &workload.labels));
            if !overlaps {
                continue;
            }
            let (one, other) = (&guarded[&(wide.clone(), *port)], &guarded[&(narrow.clone(), *port)]);
            let is_alike = (one.is_opaque, &one.tcp, &one.http) == (other.is_opaque, &other.tcp, &other.http);
            let covers = workloads(narrow).iter().all(|workload| selects(wide, &workload.labels));
            if is_alike && covers {
                dropped.insert((narrow.clone(), *port));
            } else {
                report.say(overlapping(access, *port));
            }
        }
    }
    guarded.retain(|key, _| !dropped.contains(key));
}

fn unknown_ports(access: &AccessIntent, labels: &Labels, for_all: Option<&Grant>) -> Diagnostic {
    let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let message = format!(
        "no port of the pods with {} is known, and Linkerd guards ports one by one",
        labels.join(",")
    );
    let effect = "ports that no TrafficTarget lists stay as open as the default inbound policy leaves them";
    let diagnostic = about::destination(access, ("LINKERD-PORT-5", Severity::Error), message, effect)
        .help("declare the ports of the containers, or list them in a TCPRoute");
    match for_all {
        Some(grant) => diagnostic.on(&grant.target).at(rules_path(grant.object.version)),
        None => diagnostic,
    }
}

fn not_http(grant: &Grant, port: u16) -> Diagnostic {
    Diagnostic::new(
        Code("LINKERD-PORT-6"),
        Severity::Warning,
        format!("HTTP is granted on port {port} of the workload, which is opaque to Linkerd"),
        "Linkerd sees no HTTP requests there, so that no match ever holds and all is denied",
    )
    .on(&grant.target)
    .at(rules_path(grant.object.version))
    .help("leave the port out of config.linkerd.io/opaque-ports")
}

fn overlapping(access: &AccessIntent, port: u16) -> Diagnostic {
    about::destination(
        access,
        ("LINKERD-SERVER-1", Severity::Loss),
        format!("port {port} of some pods is selected by two Servers with different grants, because labels of one workload are among those of another"),
        "Linkerd follows the older Server, so that the pods of both may have the grants of one of them only",
    )
    .help("give the pods of each workload a label of their own")
}
