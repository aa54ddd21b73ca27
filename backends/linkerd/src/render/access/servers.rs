//! Which ports of which pods get a Server: every port that is known, granted or not, because only a Server denies.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use smi_translate::backend::{Report, about};
use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::facts::{Labels, ProbeRequest, Workload, selects};
use smi_translate::intent::{AccessIntent, Grant, Granted};
use smi_types::access::rules_path;

use super::ports;
use crate::resources::server::ProxyProtocol;
use crate::workload::{DEFAULT_POLICY, Proxy, annotation};

/// One port of the pods with some labels, and the grants that reach it.
#[derive(Clone, Debug)]
pub(super) struct Guarded {
    pub(super) labels: Labels,
    pub(super) port: u16,
    /// Whether Linkerd sees connections only, because it is told so.
    pub(super) is_opaque: bool,
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

impl Guarded {
    /// A port that nobody may call.
    fn bare(access: &AccessIntent, labels: &Labels, workloads: &[Arc<Workload>], port: u16) -> Guarded {
        Guarded {
            labels: labels.clone(),
            port,
            is_opaque: ports::is_opaque(access, workloads, port),
            speaks_http: ports::speaks_http(access, workloads, port),
            is_open_before: !workloads.is_empty()
                && workloads.iter().all(|workload| {
                    matches!(annotation(access, workload, DEFAULT_POLICY), None | Some("all-unauthenticated"))
                }),
            is_known: !workloads.is_empty(),
            probes: ports::probes(workloads, port),
            tcp: BTreeSet::new(),
            http: BTreeSet::new(),
        }
    }

    /// Whether a probe needs a route, though no request has one: Linkerd's own lets httpGet probes through, and those only whose path is
    /// written with a slash in front.
    pub(super) fn needs_probe_routes(&self) -> bool {
        let needs = |probe: &ProbeRequest| match probe {
            ProbeRequest::Http { path, .. } => !path.starts_with('/'),
            ProbeRequest::Grpc => true,
            ProbeRequest::Https => false,
        };
        self.probes.iter().any(needs) && self.proxy_protocol() != ProxyProtocol::Opaque
    }

    /// Whether another Server lets in the same.
    fn grants_as(&self, other: &Guarded) -> bool {
        (self.proxy_protocol(), &self.tcp, &self.http) == (other.proxy_protocol(), &other.tcp, &other.http)
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
        for grant in all().filter(|grant| grant.is_tcp()) {
            let own =
                grant.ports.numbers().into_iter().flatten().filter(|port| ports::PROXY_PORTS.contains(port));
            own.for_each(|port| report.say(of_the_proxy(grant, port)));
        }
        for port in known.union(&listed).copied() {
            let bare = Guarded::bare(access, &selection.labels, &selection.workloads, port);
            let one = grant(access, bare, &selection.grants, report);
            guarded.insert((selection.labels.clone(), port), one);
        }
    }
    // Nothing is granted to what no selector tells apart; where it shares its labels with a selection, that one decides.
    for inseparable in &access.inseparable {
        let Some(labels) = &inseparable.labels else { continue };
        let workload = [Arc::clone(&inseparable.workload)];
        let known = ports::known(access, &workload);
        let reaching = access.grants.iter().enumerate();
        let reaching = reaching.filter(|(_, grant)| grant.reach.covers(&inseparable.workload.labels));
        let listed = ports::listed(access, &reaching.map(|(index, _)| index).collect::<Vec<_>>());
        if known.is_empty() {
            report.say(unknown_ports(access, labels, None));
        }
        for port in known.union(&listed).copied() {
            guarded
                .entry((labels.clone(), port))
                .or_insert_with(|| Guarded::bare(access, labels, &workload, port));
        }
    }
    overlaps(access, &mut guarded, report);
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

/// Looks for pods that two Servers of a port select: of the two, Linkerd follows the older (`linkerd.md` 3.2). Where both grant the same
/// that makes no difference, if both also let the same probes through.
fn overlaps(access: &AccessIntent, guarded: &mut BTreeMap<(Labels, u16), Guarded>, report: &mut Report) {
    let mut by_label: HashMap<(&str, &str), Vec<(&Labels, &Workload)>> = HashMap::new();
    for selection in &access.selections {
        for workload in &selection.workloads {
            for (key, value) in &workload.labels {
                by_label.entry((key, value)).or_default().push((&selection.labels, workload));
            }
        }
    }
    let mut alike: Vec<[(Labels, u16); 2]> = Vec::new();
    for ((wide, port), one) in guarded.iter() {
        let having = wide.iter().map(|(key, value)| by_label.get(&(key.as_str(), value.as_str())));
        let rarest = having.min_by_key(|workloads| workloads.map_or(0, Vec::len)).flatten();
        let selected = rarest.into_iter().flatten().filter(|(_, workload)| selects(wide, &workload.labels));
        let others: BTreeSet<&Labels> =
            selected.map(|(labels, _)| *labels).filter(|labels| *labels != wide).collect();
        for narrow in others {
            let key = (narrow.clone(), *port);
            match guarded.get(&key) {
                Some(other) if one.grants_as(other) => alike.push([(wide.clone(), *port), key]),
                Some(other) => {
                    let grants = [&one.tcp, &one.http, &other.tcp, &other.http].into_iter().flatten();
                    let targets: BTreeSet<_> = grants.map(|grant| &access.grants[*grant].target).collect();
                    targets.into_iter().for_each(|target| report.say(overlapping(access, *port).on(target)));
                }
                None => {}
            }
        }
    }
    // As often as a probe can be handed on.
    for _ in 0..alike.len() {
        let mut is_done = true;
        for [one, other] in &alike {
            let both: BTreeSet<_> = [one, other]
                .into_iter()
                .filter_map(|key| guarded.get(key))
                .flat_map(|own| own.probes.clone())
                .collect();
            for key in [one, other] {
                if let Some(own) = guarded.get_mut(key).filter(|own| own.probes != both) {
                    own.probes.clone_from(&both);
                    is_done = false;
                }
            }
        }
        if is_done {
            break;
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

fn overlapping(access: &AccessIntent, port: u16) -> Diagnostic {
    about::destination(
        access,
        ("LINKERD-SERVER-1", Severity::Loss),
        format!("port {port} of some pods is selected by two Servers with different grants, because labels of one workload are among those of another"),
        "Linkerd follows the older Server, so that the pods of both may have the grants of one of them only",
    )
    .help("give the pods of each workload a label of their own")
}
