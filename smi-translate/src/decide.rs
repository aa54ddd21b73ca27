//! The meaning of SMI, executable: an intent and a request in, shares out. Every backend must mean exactly this.

use crate::facts::{ServicePort, Transport};
use crate::intent::{Condition, HeaderCondition, HeaderName, HttpMatch, Intent, Ports, Root, RoutingIntent};
use crate::reference::ObjectRef;
use crate::weights::Share;

/// A request or connection, as the mesh sees it at the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The port dialled; `None` where the ports of the root are not known either.
    pub port: Option<u16>,
    /// What is sent.
    pub traffic: Traffic,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// An HTTP request.
    Http(HttpRequest),
    /// A TCP connection that the mesh does not see as HTTP.
    Tcp,
    /// UDP.
    Udp,
}

/// An HTTP request: what conditions can look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpRequest {
    /// Method, as sent.
    pub method: String,
    /// Request target, as sent: query, fragment and the authority of an absolute form are ignored (SMI-HTTP-4).
    pub path: String,
    /// Header lines, as sent; the authority is the line `host`.
    pub headers: Vec<(String, String)>,
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

/// Decides where a request goes.
///
/// A conditional split that has no effect on the port (SMI-SPLIT-8) is passed over, as if it were not there. The oldest
/// unconditional split decides even then: younger ones are ignored (SMI-SPLIT-16), and the root answers.
#[must_use]
pub fn decide(intent: &Intent, request: &Request) -> Decision {
    match intent {
        Intent::Routing(routing) => decide_routing(routing, request),
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
                .map(|backend| (backend.service.name.clone(), effective.share(backend)))
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

fn tcp_port(ports: &[ServicePort], number: Option<u16>) -> Option<&ServicePort> {
    ports.iter().find(|port| Some(port.port) == number && port.transport() == Transport::Tcp)
}

fn root_name(root: &Root) -> String {
    match root {
        Root::Service(service) => service.name.clone(),
        Root::Host(host) => host.clone(),
    }
}

impl HttpMatch {
    /// Whether the match accepts a request.
    #[must_use]
    pub fn accepts(&self, request: &HttpRequest) -> bool {
        self.methods.accepts(&request.method)
            && self.path.as_ref().is_none_or(|path| path.is_match(path_of(&request.path)))
            && self.headers.iter().all(|header| header.accepts(request))
    }
}

impl HeaderCondition {
    /// Whether at least one line of the header matches; a missing header never does (SMI-HTTP-12).
    #[must_use]
    pub fn accepts(&self, request: &HttpRequest) -> bool {
        request
            .headers
            .iter()
            .any(|(name, value)| self.name == HeaderName::new(name) && self.pattern.is_match(value))
    }
}

/// The path of a request target: no query, no fragment, no scheme and authority (SMI-HTTP-4).
fn path_of(target: &str) -> &str {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    match path.split_once("://") {
        Some((_, rest)) if !path.starts_with('/') => rest.find('/').map_or("/", |slash| &rest[slash..]),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::path_of;

    #[test]
    fn only_the_path_of_a_target_counts() {
        assert_eq!(path_of("/a/b?c=/d#e"), "/a/b");
        assert_eq!(path_of("http://shop.example/a?b"), "/a");
        assert_eq!(path_of("http://shop.example"), "/");
        assert_eq!(path_of("*"), "*");
        assert_eq!(path_of("/%61"), "/%61");
    }
}
