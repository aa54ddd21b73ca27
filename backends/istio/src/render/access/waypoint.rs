//! Ambient mode: which requests pass a waypoint, the only place that looks at HTTP there (`istio.md` 5.3).
//!
//! A waypoint enforces the policies of the Service that a client addressed, and passes on what they allow under its own identity. So the
//! workloads may let it in only on ports to which every way leads through a Service whose policies allow no more than is granted there:
//! Services that may select the pods at run time and TrafficSplits of other Services are such ways too.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU16;
use std::sync::Arc;

use smi_translate::facts::{self, Addressing, Service, ServicePort, Transport, Workload};
use smi_translate::intent::{AccessIntent, Grant, PortSet, Selection};
use smi_translate::{ObjectRef, OneOrMore, ServiceRef};

use super::members::members;

/// How a waypoint leads to the workloads of a destination.
pub(super) struct Passages<'a> {
    intent: &'a AccessIntent,
    /// Services that lead to workloads of one selection and to no others, by name; several times where selections have workloads in common.
    own: BTreeMap<&'a ServiceRef, Vec<Own<'a>>>,
    /// By selection.
    passages: Vec<Passage<'a>>,
}

/// A Service of a selection.
pub(super) struct Own<'a> {
    pub(super) service: &'a Service,
    /// The index of the selection.
    pub(super) selection: usize,
    /// Each TCP port that every workload has, with the ports of the workloads behind it.
    ports: BTreeMap<u16, BTreeSet<u16>>,
}

/// How a waypoint leads to the workloads of one selection.
#[derive(Default)]
struct Passage<'a> {
    /// Ports of the workloads to which only guarded ways lead.
    guarded: BTreeSet<u16>,
    /// Ports to which others lead.
    open: BTreeMap<u16, Way<'a>>,
    /// The Services that are guarded and lead there.
    entrances: BTreeSet<&'a ServiceRef>,
}

/// A way to workloads on which no policy of their destination looks at requests.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Way<'a> {
    /// From a Service that leads elsewhere as well, or may.
    Service(&'a ServiceRef),
    /// From another Service, by a TrafficSplit.
    Split(&'a ObjectRef, &'a ServiceRef),
    /// From a Service that could not be read.
    Unreadable,
}

/// The pods of one selection.
struct Pods<'a> {
    index: usize,
    selection: &'a Selection,
    workloads: Vec<&'a Arc<Workload>>,
}

impl<'a> Passages<'a> {
    pub(super) fn of(intent: &'a AccessIntent) -> Passages<'a> {
        let pods = members(intent).into_iter().zip(&intent.selections).enumerate();
        let pods: Vec<Pods<'a>> =
            pods.map(|(index, (workloads, selection))| Pods { index, selection, workloads }).collect();
        let mut passages = Passages { intent, own: BTreeMap::new(), passages: Vec::new() };
        for service in services(intent).filter(|service| service.addressing == Addressing::ClusterIp) {
            // What the Service asks for is at least what the selection asks for, so that it finds nobody else.
            for pods in pods.iter().filter(|pods| facts::selects(&pods.selection.labels, &service.selector)) {
                passages.own.entry(&service.service).or_default().push(pods.own(service));
            }
        }
        passages.passages = pods.iter().map(|pods| passages.to(pods)).collect();
        passages
    }

    /// The Services that the waypoint guards, each with the selections that are its own.
    pub(super) fn own(&self) -> impl Iterator<Item = &[Own<'a>]> {
        self.own.values().map(Vec::as_slice)
    }

    fn to(&self, pods: &Pods<'a>) -> Passage<'a> {
        let mut passage = Passage::default();
        let intent = self.intent;
        let leading: BTreeMap<&ServiceRef, &Arc<Service>> = intent
            .services
            .iter()
            .filter(|service| pods.are_selected_by(service))
            .chain(late_services(intent).filter(|service| pods.may_be_selected_by(service)))
            .map(|service| (&service.service, service))
            .collect();
        for (name, service) in &leading {
            // Clients of a headless Service call pods by their addresses, past the waypoint.
            if service.addressing == Addressing::ClusterIp {
                self.add(&mut passage, pods, (*name, service), Way::Service(name));
            }
        }
        for split in intent.detours.iter().flat_map(|detours| &detours.splits) {
            if let Some(backend) = leading.get(&split.backend) {
                self.add(&mut passage, pods, (&split.root, backend), Way::Split(&split.split, &split.root));
            }
        }
        // Where nobody looked for other ways there may be some.
        if intent.detours.as_ref().is_none_or(|detours| detours.unreadable_service) {
            let guarded = passage.guarded.iter();
            passage.open.extend(guarded.map(|port| (*port, Way::Unreadable)));
        }
        passage.guarded.retain(|port| !passage.open.contains_key(port));
        passage
    }

    /// Adds the way from the Service that clients address to the pods behind another, or the same.
    fn add(
        &self,
        passage: &mut Passage<'a>,
        pods: &Pods<'a>,
        (addressed, backend): (&'a ServiceRef, &Service),
        way: Way<'a>,
    ) {
        for port in tcp_ports(backend) {
            let led_to = pods.behind(backend, port).led_to;
            if self.is_guarded(addressed, port.port, &led_to, pods) {
                passage.entrances.insert(addressed);
                passage.guarded.extend(led_to);
            } else {
                passage.open.extend(led_to.into_iter().map(|port| (port, way)));
            }
        }
    }

    /// Whether the policy of the Service that clients address lets nothing through on one of its ports that is not granted on the ports of
    /// the pods behind it: those ports are its own, and so are all grants.
    fn is_guarded(&self, addressed: &ServiceRef, port: u16, led_to: &BTreeSet<u16>, pods: &Pods<'_>) -> bool {
        let Some(own) = self.own.get(addressed) else { return false };
        own.iter().all(|own| {
            let granted = &self.intent.selections[own.selection].grants;
            let has = |grant: &usize| pods.selection.grants.binary_search(grant).is_ok();
            (own.selection == pods.index || granted.iter().all(has))
                && own.ports.get(&port).is_none_or(|behind| led_to.is_subset(behind))
        })
    }

    /// Those ports of the workloads of a selection that a grant reaches through the waypoint.
    pub(super) fn reached(&self, selection: usize, grant: &Grant) -> BTreeSet<u16> {
        let guarded = self.passages[selection].guarded.iter().copied();
        guarded.filter(|port| grant.ports.contains(*port)).collect()
    }

    /// The ports of a Service on which a grant counts, as the waypoint sees them: those of the Service.
    pub(super) fn dialled(&self, own: &Own<'_>, grant: &Grant) -> Option<PortSet> {
        let reached = self.reached(own.selection, grant);
        only(own.leading_to(&reached).map(|(port, _)| port))
    }

    /// The ports of a grant that the workloads have and no request comes to through the waypoint, by the ways that keep it out; `None`
    /// where no Service leads there. A grant for all ports is for those that Services lead to.
    pub(super) fn missing(
        &self,
        selection: usize,
        grant: &Grant,
    ) -> BTreeMap<Option<Way<'a>>, BTreeSet<u16>> {
        let passage = &self.passages[selection];
        let reached = self.reached(selection, grant);
        let own = passage.entrances.iter().flat_map(|name| &self.own[name]);
        let answered: BTreeSet<u16> = own
            .flat_map(|own| {
                let reached = self.reached(own.selection, grant);
                own.leading_to(&reached).flat_map(|(_, behind)| behind.clone()).collect::<Vec<_>>()
            })
            .filter(|port| reached.contains(port))
            .collect();
        let asked: BTreeSet<u16> = match grant.ports.numbers() {
            Some(ports) => ports.into_iter().collect(),
            None => passage.guarded.iter().chain(passage.open.keys()).copied().collect(),
        };
        let mut missing: BTreeMap<Option<Way<'a>>, BTreeSet<u16>> = BTreeMap::new();
        for port in asked.difference(&answered) {
            missing.entry(passage.open.get(port).copied()).or_default().insert(*port);
        }
        if asked.is_empty() {
            missing.insert(None, BTreeSet::new());
        }
        missing
    }
}

impl Own<'_> {
    /// The ports behind which there are no others than these.
    fn leading_to(&self, ports: &BTreeSet<u16>) -> impl Iterator<Item = (u16, &BTreeSet<u16>)> {
        let leading = self.ports.iter().map(|(port, behind)| (*port, behind));
        leading.filter(|(_, behind)| !behind.is_empty() && behind.is_subset(ports))
    }
}

/// All Services that lead to the workloads, or may.
fn services(intent: &AccessIntent) -> impl Iterator<Item = &Arc<Service>> {
    intent.services.iter().chain(late_services(intent))
}

fn late_services(intent: &AccessIntent) -> impl Iterator<Item = &Arc<Service>> {
    intent.detours.iter().flat_map(|detours| &detours.late_services)
}

fn tcp_ports(service: &Service) -> impl Iterator<Item = &ServicePort> {
    service.ports.iter().filter(|port| port.transport() == Transport::Tcp)
}

/// The ports of the workloads behind a port of a Service.
struct Behind {
    led_to: BTreeSet<u16>,
    /// Whether every workload has the port.
    everywhere: bool,
}

impl<'a> Pods<'a> {
    fn own(&self, service: &'a Service) -> Own<'a> {
        let ports = tcp_ports(service).map(|port| (port.port, self.behind(service, port)));
        // Where one workload lacks the port, the others have it all the same.
        let ports = ports.filter(|(_, behind)| behind.everywhere);
        let ports = ports.map(|(port, behind)| (port, behind.led_to)).collect();
        Own { service, selection: self.index, ports }
    }

    fn are_selected_by(&self, service: &Service) -> bool {
        self.workloads.iter().any(|workload| service.selects(workload))
    }

    fn may_be_selected_by(&self, service: &Service) -> bool {
        self.workloads.iter().any(|workload| service.may_select(workload))
    }

    fn behind(&self, service: &Service, port: &ServicePort) -> Behind {
        // Whoever selects none as they are written may select each of them.
        let as_written = self.are_selected_by(service);
        let selected = self.workloads.iter().filter(|workload| !as_written || service.selects(workload));
        let ports: Vec<Option<u16>> = selected.map(|workload| port.container_port(workload)).collect();
        Behind {
            everywhere: ports.iter().all(Option::is_some),
            led_to: ports.into_iter().flatten().collect(),
        }
    }
}

/// These ports; `None` where there is none.
pub(super) fn only(ports: impl IntoIterator<Item = u16>) -> Option<PortSet> {
    let ports: BTreeSet<NonZeroU16> = ports.into_iter().filter_map(NonZeroU16::new).collect();
    OneOrMore::new(ports.into_iter().collect()).map(PortSet::Only)
}
