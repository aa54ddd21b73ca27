//! Where the workloads of a destination listen, and which ports of Services lead there: looked up once for all its TrafficTargets.

use std::cell::OnceCell;
use std::collections::{BTreeSet, HashMap};
use std::num::NonZeroU16;
use std::sync::Arc;

use crate::facts::{Pods, Service, ServicePort, TargetPort, Transport, Workload};

/// The workloads of a service account, and the Services that select some of them.
pub(super) struct Listening<'a> {
    own: Vec<&'a Arc<Workload>>,
    services: &'a [Arc<Service>],
    pods: OnceCell<Pods<'a>>,
    listened: OnceCell<BTreeSet<u16>>,
    dialled: OnceCell<HashMap<u16, Vec<Dialled<'a>>>>,
}

/// A port of a Service.
type Dialled<'a> = (&'a Service, &'a ServicePort);

impl<'a> Listening<'a> {
    pub(super) fn new(own: Vec<&'a Arc<Workload>>, services: &'a [Arc<Service>]) -> Self {
        let (pods, listened, dialled) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        Listening { own, services, pods, listened, dialled }
    }

    /// Whether a container declares a port, or a Service has it as a target.
    pub(super) fn is_listened(&self, number: u16) -> bool {
        let listened = || {
            let declared = self.own.iter().flat_map(|workload| &workload.ports).map(|port| port.number);
            let ports: BTreeSet<&ServicePort> =
                self.services.iter().flat_map(|service| &service.ports).collect();
            let targets = ports.into_iter().flat_map(|port| {
                let behind = self.own.iter().filter_map(|workload| port.container_port(workload));
                // Only a name means another number in every workload.
                behind.take(if is_named(port) { usize::MAX } else { 1 })
            });
            declared.chain(targets).collect()
        };
        self.listened.get_or_init(listened).contains(&number)
    }

    /// The first Service that leads from a port of its own to another one of the pods, and that one.
    pub(super) fn led_elsewhere(&self, number: u16) -> Option<(&'a Service, u16)> {
        let services = self.dialled.get_or_init(|| dialled(self.services)).get(&number)?;
        services.iter().find_map(|(service, port)| {
            let behind = self.behind(service, port).next()?;
            (behind != number).then_some((*service, behind))
        })
    }

    /// The ports behind those ports of Services that `is_meant`.
    pub(super) fn led_to(&self, is_meant: impl Fn(&ServicePort) -> bool) -> BTreeSet<NonZeroU16> {
        let services = self.services.iter();
        let meant = services.flat_map(|service| service.ports.iter().map(move |port| (service, port)));
        let meant = meant.filter(|(_, port)| is_meant(port));
        let behind = meant.flat_map(|(service, port)| {
            self.behind(service, port).take(if is_named(port) { usize::MAX } else { 1 })
        });
        behind.filter_map(NonZeroU16::new).collect()
    }

    fn behind<'s>(
        &'s self,
        service: &'s Service,
        port: &'s ServicePort,
    ) -> impl Iterator<Item = u16> + use<'a, 's> {
        let pods = self.pods.get_or_init(|| Pods::of(self.own.iter().copied()));
        pods.selected_by(&service.selector).filter_map(|workload| port.container_port(workload))
    }
}

fn is_named(port: &ServicePort) -> bool {
    matches!(port.target_port, Some(TargetPort::Name(_)))
}

/// The Services by the ports that clients dial; the first of each number counts.
fn dialled(services: &[Arc<Service>]) -> HashMap<u16, Vec<Dialled<'_>>> {
    let mut dialled: HashMap<u16, Vec<Dialled<'_>>> = HashMap::new();
    for service in services {
        let mut seen = BTreeSet::new();
        for port in service.ports.iter().filter(|port| port.transport() == Transport::Tcp) {
            if seen.insert(port.port) {
                dialled.entry(port.port).or_default().push((service, port));
            }
        }
    }
    dialled
}
