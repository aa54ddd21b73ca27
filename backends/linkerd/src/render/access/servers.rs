//! Which ports of which pods get a Server: every port that is known, granted or not, because only a Server denies.

mod shared;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use smi_translate::backend::{Report, about};
use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::facts::{Labels, ProbeRequest, Workload};
use smi_translate::intent::{AccessIntent, Grant, Granted};
use smi_types::access::rules_path;

use super::ports::{self, Leading};
use crate::LinkerdOptions;
use crate::resources::server::ProxyProtocol;
use crate::workload::{DEFAULT_POLICY, Proxy, annotation};

/// One port of the pods with some labels, and the grants that reach it.
#[derive(Clone, Debug)]
pub(super) struct Guarded {
    pub(super) labels: Labels,
    pub(super) port: u16,
    /// Whether Linkerd sees connections only, because it is told so.
    pub(super) is_opaque: bool,
    /// Whether the workloads list their opaque ports, in place of those by default.
    lists_opaque: bool,
    /// Whether something says that HTTP is spoken here.
    pub(super) speaks_http: bool,
    /// Whether everybody is let in before there is a Server, as far as the workloads say.
    pub(super) is_open_before: bool,
    /// Whether a workload is known that listens here.
    pub(super) is_known: bool,
    /// What kubelets send here.
    pub(super) probes: BTreeSet<ProbeRequest>,
    /// Grants of all that is sent over TCP, by index.
    pub(super) tcp: BTreeSet<usize>,
    /// Grants of HTTP requests, by index. None on an opaque port.
    pub(super) http: BTreeSet<usize>,
}

/// The workloads behind Servers, and what is known of their ports.
struct Behind<'w> {
    workloads: &'w [Arc<Workload>],
    known: BTreeSet<u16>,
    speaking_http: BTreeSet<u16>,
    probes: BTreeMap<u16, BTreeSet<ProbeRequest>>,
}

impl<'w> Behind<'w> {
    fn of(workloads: &'w [Arc<Workload>], leading: &Leading<'_>) -> Self {
        let (known, speaking_http) = (leading.known(workloads), leading.speaking_http(workloads));
        Behind { workloads, known, speaking_http, probes: ports::probes(workloads) }
    }
}

impl Guarded {
    /// A port that nobody may call.
    fn bare(access: &AccessIntent, labels: &Labels, behind: &Behind<'_>, port: u16) -> Guarded {
        let workloads = behind.workloads;
        Guarded {
            labels: labels.clone(),
            port,
            is_opaque: ports::is_opaque(access, workloads, port),
            lists_opaque: ports::list_opaque(access, workloads),
            speaks_http: behind.speaking_http.contains(&port),
            is_open_before: !workloads.is_empty()
                && workloads.iter().all(|workload| {
                    matches!(annotation(access, workload, DEFAULT_POLICY), None | Some("all-unauthenticated"))
                }),
            is_known: !workloads.is_empty(),
            probes: behind.probes.get(&port).cloned().unwrap_or_default(),
            tcp: BTreeSet::new(),
            http: BTreeSet::new(),
        }
    }

    /// Whether probes need a route, though no request may have one: to a Server without any, Linkerd adds a route of its own, which lets
    /// in whoever asks for the path of an httpGet probe, and no other probe (`linkerd.md` 7.6).
    pub(super) fn needs_probe_routes(&self, options: &LinkerdOptions) -> bool {
        let denies_all = options.probe_networks.is_empty();
        self.sees_requests() && (!self.probes.is_empty() || !self.is_known && denies_all)
    }

    /// Whether there may be probes that Linkerd lets through by itself, and nobody knows of them.
    pub(super) fn has_unknown_probes(&self) -> bool {
        self.sees_requests() && !self.is_known
    }

    fn sees_requests(&self) -> bool {
        self.proxy_protocol() != ProxyProtocol::Opaque
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
    let leading = Leading::of(access);
    for selection in &access.selections {
        let behind = Behind::of(&selection.workloads, &leading);
        let named = ports::named(&selection.named_ports);
        let all = || selection.grants.iter().map(|grant| &access.grants[*grant]);
        let is_meshed = |workload: &Arc<Workload>| Proxy::of(access, workload) != Proxy::Disabled;
        // Without a proxy nothing is guarded anyway.
        let may_be_meshed = selection.workloads.is_empty() || selection.workloads.iter().any(is_meshed);
        if behind.known.is_empty() && may_be_meshed {
            let for_all = all().find(|grant| grant.is_tcp() && ports::is_for_all(&grant.ports));
            if for_all.is_some() || named.is_empty() {
                report.say(unknown_ports(access, &selection.labels, for_all));
            }
        }
        for grant in all().filter(|grant| grant.is_tcp()) {
            let own =
                grant.ports.numbers().into_iter().flatten().filter(|port| ports::PROXY_PORTS.contains(port));
            own.for_each(|port| report.say(of_the_proxy(grant, port)));
        }
        for port in behind.known.union(&named).copied() {
            let bare = Guarded::bare(access, &selection.labels, &behind, port);
            let one = grant(access, bare, &selection.grants, report);
            guarded.insert((selection.labels.clone(), port), one);
        }
    }
    // Nothing is granted to what no selector tells apart; where it shares its labels with a selection, that one decides.
    for inseparable in &access.inseparable {
        let Some(labels) = &inseparable.labels else { continue };
        let workload = [Arc::clone(&inseparable.workload)];
        let behind = Behind::of(&workload, &leading);
        let named = ports::named(&inseparable.named_ports);
        if behind.known.is_empty() {
            report.say(unknown_ports(access, labels, None));
        }
        for port in behind.known.union(&named).copied() {
            guarded
                .entry((labels.clone(), port))
                .or_insert_with(|| Guarded::bare(access, labels, &behind, port));
        }
    }
    shared::agree(access, &mut guarded, report);
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
            Granted::Http(_) if one.is_opaque => report.say(not_http(grant, port, one.lists_opaque)),
            Granted::Http(_) => {
                one.http.insert(*index);
            }
        }
    }
    one
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

fn not_http(grant: &Grant, port: u16, is_listed: bool) -> Diagnostic {
    Diagnostic::new(
        Code("LINKERD-PORT-6"),
        Severity::Warning,
        format!("HTTP is granted on port {port} of the workload, which is opaque to Linkerd"),
        "Linkerd sees no HTTP requests there, so that no match ever holds and all is denied",
    )
    .on(&grant.target)
    .at(rules_path(grant.object.version))
    .help(match is_listed {
        true => "leave the port out of config.linkerd.io/opaque-ports",
        false => "the port is opaque by default: annotate the pods with config.linkerd.io/opaque-ports, which lists the ones that are, or use another port",
    })
}

fn of_the_proxy(grant: &Grant, port: u16) -> Diagnostic {
    Diagnostic::new(
        Code("LINKERD-PORT-8"),
        Severity::Warning,
        format!("port {port} is granted, which is a port of Linkerd's own proxy"),
        "the port stays as open as Linkerd leaves it: a Server there would deny the probes of the proxy",
    )
    .on(&grant.target)
    .at(rules_path(grant.object.version))
    .help("leave the port out of the TCPRoute")
}
