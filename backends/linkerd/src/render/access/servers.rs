//! Which ports of which pods get a Server: every port that is known, granted or not, because only a Server denies.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use smi_translate::backend::{Report, about};
use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::facts::{Labels, ProbeRequest, Workload, selects};
use smi_translate::intent::{AccessIntent, Grant, Granted};
use smi_types::access::rules_path;

use super::ports;
use crate::resources::server::ProxyProtocol;
use crate::workload::Proxy;

/// One port of the pods with some labels, and the grants that reach it.
#[derive(Clone, Debug)]
pub(super) struct Guarded {
    pub(super) labels: Labels,
    pub(super) port: u16,
    /// Whether Linkerd sees connections only, because it is told so.
    pub(super) is_opaque: bool,
    /// Whether something says that HTTP is spoken here.
    pub(super) speaks_http: bool,
    /// Whether a workload is known that listens here.
    pub(super) is_known: bool,
    /// What kubelets send here.
    pub(super) probes: BTreeSet<ProbeRequest>,
    /// Grants of all that is sent over TCP, by index.
    pub(super) tcp: BTreeSet<usize>,
    /// Grants of HTTP requests, by index. None on an opaque port.
    pub(super) http: BTreeSet<usize>,
}

impl Guarded {
    /// A port that nobody may call.
    fn bare(access: &AccessIntent, labels: &Labels, workloads: &[Arc<Workload>], port: u16) -> Guarded {
        Guarded {
            labels: labels.clone(),
            port,
            is_opaque: ports::is_opaque(access, workloads, port),
            speaks_http: ports::speaks_http(access, workloads, port),
            is_known: !workloads.is_empty(),
            probes: ports::probes(workloads, port),
            tcp: BTreeSet::new(),
            http: BTreeSet::new(),
        }
    }

    /// How the proxy finds out what is spoken. Where only connections are granted it does not look, because with protocols of which the
    /// server speaks first it would look for ten seconds; but nothing keeps it from seeing HTTP where HTTP is said to be spoken.
    pub(super) fn proxy_protocol(&self) -> ProxyProtocol {
        let is_tcp = !self.tcp.is_empty() && self.http.is_empty() && !self.speaks_http;
        if self.is_opaque || is_tcp { ProxyProtocol::Opaque } else { ProxyProtocol::Unknown }
    }
}

/// The Servers of a destination.
pub(super) fn of(access: &AccessIntent, report: &mut Report) -> Vec<Guarded> {
    let mut guarded: BTreeMap<(Labels, u16), Guarded> = BTreeMap::new();
    for selection in &access.selections {
        let known = ports::known(access, &selection.workloads);
        let listed = ports::listed(access, &selection.grants);
        let all = || selection.grants.iter().map(|grant| &access.grants[*grant]);
        let is_meshed = |workload: &Arc<Workload>| Proxy::of(access, workload) != Proxy::Disabled;
        // Without a proxy nothing is guarded anyway.
        let may_be_meshed = selection.workloads.is_empty() || selection.workloads.iter().any(is_meshed);
        if known.is_empty() && may_be_meshed {
            let for_all = all().find(|grant| grant.is_tcp() && ports::is_for_all(&grant.ports));
            if for_all.is_some() || listed.is_empty() {
                report.say(unknown_ports(access, &selection.labels, for_all));
            }
        }
        for port in known.union(&listed).copied() {
            let bare = Guarded::bare(access, &selection.labels, &selection.workloads, port);
            let one = grant(access, bare, &selection.grants, report);
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
            guarded
                .entry((labels.clone(), port))
                .or_insert_with(|| Guarded::bare(access, labels, &workload, port));
        }
    }
    guarded.into_values().collect()
}

/// Adds the grants that reach a port.
fn grant(access: &AccessIntent, mut one: Guarded, grants: &[usize], report: &mut Report) -> Guarded {
    let port = one.port;
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
            Granted::Http(_) if one.is_opaque => report.say(not_http(grant, port)),
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
    let mut dropped: BTreeMap<(Labels, u16), (Labels, u16)> = BTreeMap::new();
    for (wide, port) in guarded.keys() {
        for (narrow, same) in guarded.keys() {
            let overlaps = port == same
                && wide != narrow
                && !dropped.contains_key(&(wide.clone(), *port))
                && workloads(narrow).iter().any(|workload| selects(wide, &workload.labels));
            if !overlaps {
                continue;
            }
            let (one, other) = (&guarded[&(wide.clone(), *port)], &guarded[&(narrow.clone(), *port)]);
            let is_alike = (one.proxy_protocol(), &one.tcp, &one.http)
                == (other.proxy_protocol(), &other.tcp, &other.http);
            let covers = workloads(narrow).iter().all(|workload| selects(wide, &workload.labels));
            if is_alike && covers {
                dropped.insert((narrow.clone(), *port), (wide.clone(), *port));
            } else {
                report.say(overlapping(access, *port));
            }
        }
    }
    for (narrow, wide) in dropped {
        let probes = guarded.remove(&narrow).map(|one| one.probes).unwrap_or_default();
        if let Some(wide) = guarded.get_mut(&wide) {
            wide.probes.extend(probes);
        }
    }
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
