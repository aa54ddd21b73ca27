//! Where requests to a root go.

use super::{Meaning, Traffic};
use crate::facts::{ServicePort, Transport};
use crate::intent::{Condition, Ports, Root, RoutingIntent};
use crate::reference::{ObjectRef, ServiceRef};
use crate::weights::Share;

/// A request or connection, as the mesh sees it at the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The port dialled; `None` where the ports of the root are not known either.
    pub port: Option<u16>,
    /// What is sent.
    pub traffic: Traffic,
}

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// Services and their shares: positive, adding up to one, in the order of the split. A root that is a host is named as it is.
    pub shares: Vec<(String, Share)>,
    /// The split that decided; `None` where the request goes to the root as without any split.
    pub by: Option<ObjectRef>,
    /// The rule of the reference that decided.
    pub rule: &'static str,
}

/// A conditional split that has no effect on the port (SMI-SPLIT-8) is passed over, as if it were not there. The oldest
/// unconditional split decides even then: younger ones are ignored (SMI-SPLIT-16), and the root answers.
impl Meaning for RoutingIntent {
    type Request = Request;
    type Decision = Decision;

    fn decide(&self, request: &Request) -> Decision {
        decide_routing(self, request)
    }
}

fn decide_routing(intent: &RoutingIntent, request: &Request) -> Decision {
    let to_root = |rule| Decision { shares: vec![(root_name(&intent.root), Share::WHOLE)], by: None, rule };
    if request.traffic == Traffic::Udp {
        return to_root("SMI-SPLIT-21");
    }
    // A TCP connection names no host.
    if matches!((&intent.root, &request.traffic), (Root::Host(_), Traffic::Tcp)) {
        return to_root("SMI-SPLIT-1");
    }
    let port = match &intent.ports {
        Ports::Assumed => None,
        Ports::Known(ports) => match tcp_port(ports, request.port) {
            Some(port) => Some(port),
            None => return to_root("SMI-SPLIT-9"),
        },
    };
    for rule in &intent.rules {
        let reason = match (&rule.when, &request.traffic) {
            (Condition::Always, _) => "SMI-SPLIT-2",
            (Condition::Http(matches), Traffic::Http(http)) if matches.iter().any(|m| m.accepts(http)) => {
                "SMI-SPLIT-17"
            }
            (Condition::Http(_), _) => continue,
        };
        if let Some(effective) = rule.effective(port) {
            let shares = effective
                .backends()
                .iter()
                .map(|backend| (name_in(&intent.namespace, &backend.service), effective.share(backend)))
                .filter(|(_, share)| !share.is_zero())
                .collect();
            return Decision { shares, by: Some(rule.split.clone()), rule: reason };
        }
        if matches!(rule.when, Condition::Always) {
            return to_root("SMI-SPLIT-8");
        }
    }
    to_root("SMI-SPLIT-18")
}

/// The plain name of a Service of the root's namespace; others with theirs.
fn name_in(namespace: &str, service: &ServiceRef) -> String {
    match service.namespace == namespace {
        true => service.name.clone(),
        false => service.to_string(),
    }
}

fn tcp_port(ports: &[ServicePort], number: Option<u16>) -> Option<&ServicePort> {
    ports.iter().find(|port| Some(port.port) == number && port.transport() == Transport::Tcp)
}

fn root_name(root: &Root) -> String {
    match root {
        Root::Service(service) => service.name.clone(),
        Root::Host(host) => host.clone(),
    }
}
