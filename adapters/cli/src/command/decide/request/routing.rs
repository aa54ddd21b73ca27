//! Questions where a request goes.

use smi_translate::intent::{Ports, Root, RoutingIntent};
use smi_translate::{MissingServices, Options, Request, Traffic};
use smi_types::service_name::{self, ServiceName, ServiceNameError};

/// A request, and the root it goes to.
#[derive(Debug)]
pub(crate) struct RoutingQuestion {
    /// The root, as it was named.
    pub(crate) host: String,
    /// Namespace and name of the root that answers.
    pub(crate) root: (String, String),
    /// The request.
    pub(crate) request: Request,
}

pub(super) fn question(
    host: &str,
    cluster_domain: &str,
    port: Option<u16>,
    traffic: Traffic,
) -> Result<RoutingQuestion, String> {
    let (namespace, root) = root(host, cluster_domain)?;
    Ok(RoutingQuestion {
        host: format!("{namespace}/{root}"),
        root: (namespace, root),
        request: Request { port, traffic },
    })
}

/// Namespace and root of a host: `NAMESPACE/SERVICE`, where the Service may be written as splits write it, or the DNS name alone.
fn root(host: &str, cluster_domain: &str) -> Result<(String, String), String> {
    let explain = |error: ServiceNameError| match error.help() {
        Some(help) => format!("{error}; {help}"),
        None => error.to_string(),
    };
    let Some((namespace, name)) = host.split_once('/') else {
        // No namespace is empty, so that a plain name is nobody's own.
        return match service_name::parse(host, "", cluster_domain).map_err(explain)? {
            ServiceName::Other { service, namespace } => Ok((namespace, service)),
            ServiceName::Own(_) | ServiceName::Host(_) => {
                Err(format!("the host {host:?} names no namespace; write NAMESPACE/SERVICE"))
            }
        };
    };
    if namespace.is_empty() || name.is_empty() || name.contains('/') {
        return Err(format!("the host {host:?} is not of the form NAMESPACE/SERVICE"));
    }
    match service_name::parse(name, namespace, cluster_domain).map_err(explain)? {
        ServiceName::Own(name) | ServiceName::Host(name) => Ok((namespace.to_owned(), name)),
        ServiceName::Other { namespace: other, .. } => {
            Err(format!("the host {host:?} names the namespaces {namespace} and {other}"))
        }
    }
}

/// The only port of the root where none was named; several, and the question makes no sense without one: the error names them.
pub(crate) fn fill_port(question: &mut RoutingQuestion, routing: &RoutingIntent) -> Result<(), String> {
    let (None, Ports::Known(ports)) = (question.request.port, &routing.ports) else { return Ok(()) };
    match ports.as_slice() {
        [] => Ok(()),
        [only] => {
            question.request.port = Some(only.port);
            Ok(())
        }
        several => Err(several.iter().map(|port| port.port.to_string()).collect::<Vec<_>>().join(", ")),
    }
}

/// Whether there is such a Service, and such a port: nothing can be sent to one that is not there.
pub(crate) fn check(
    question: &RoutingQuestion,
    routing: &RoutingIntent,
    options: &Options,
) -> Result<(), String> {
    let Root::Service(_) = routing.root else { return Ok(()) };
    let host = &question.host;
    match &routing.ports {
        Ports::Assumed if options.missing_services == MissingServices::Exclude => {
            Err(format!("there is no Service {host} in the input, which is the whole cluster"))
        }
        Ports::Assumed => Ok(()),
        Ports::Known(ports) => match question.request.port {
            Some(port) if !ports.iter().any(|known| known.port == port) => {
                Err(format!("the Service {host} has no port {port}"))
            }
            _ => Ok(()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_spelled_as_splits_spell_them() {
        for host in ["a/b", "a/b.a", "a/b.a.svc", "a/b.a.svc.cluster.local.", "b.a", "b.a.svc.cluster.local"]
        {
            assert_eq!(root(host, "cluster.local"), Ok(("a".to_owned(), "b".to_owned())), "{host}");
        }
        let outside = ("a".to_owned(), "www.example.com".to_owned());
        assert_eq!(root("a/www.example.com", "cluster.local"), Ok(outside));
    }
}
