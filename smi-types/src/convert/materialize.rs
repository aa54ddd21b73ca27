//! The destination port of early TrafficTargets as a TCPRoute, which needs no carrier (SMI-CONV-12).

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;
use std::num::NonZeroU16;

use super::carrier;
use super::traffic_target::{self, DESTINATION_PORT};
use crate::hub::{Ports, Rule, TCPRoute, TrafficTarget};
use crate::quote::quoted;
use crate::service_name::is_object_name;
use crate::{InvalidPort, Metadata, Version};

/// A TrafficTarget without a destination port, and the TCPRoute that says the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Materialized {
    /// The target without its port.
    pub target: TrafficTarget,
    /// The route that a rule of the target names now. `None` where the target needs none: it had no port, or no rule that the
    /// port restricts.
    pub route: Option<TCPRoute>,
}

/// Why a destination port cannot become a TCPRoute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MaterializeError {
    /// The port is no port number; the target grants nothing.
    Port(InvalidPort),
    /// The TCPRoutes that the target names do not have the port, or do not exist; the target grants no TCP traffic.
    NoPortLeft {
        /// The port.
        port: u16,
    },
    /// The name of the new route would be no name of an object.
    Name {
        /// The name.
        name: String,
    },
    /// Another TCPRoute has the name of the new route.
    Taken {
        /// The name.
        name: String,
    },
}

impl fmt::Display for MaterializeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MaterializeError::Port(invalid) => write!(f, "the destination port is invalid: {invalid}"),
            MaterializeError::NoPortLeft { port } => {
                write!(
                    f,
                    "the TCPRoutes of the target do not have its destination port {port}; it grants no TCP traffic"
                )
            }
            MaterializeError::Name { name } => {
                write!(
                    f,
                    "the TCPRoute for the destination port would be called {}, which is not a valid name",
                    quoted(name)
                )
            }
            MaterializeError::Taken { name } => {
                write!(f, "a TCPRoute {} exists and has other ports than the destination port", quoted(name))
            }
        }
    }
}

impl Error for MaterializeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            MaterializeError::Port(invalid) => Some(invalid),
            _ => None,
        }
    }
}

/// Replaces the destination port by a TCPRoute `<name>-port-<port>` and a rule that names it. The target grants what it granted
/// before, now in every version.
///
/// `routes` are the TCPRoutes of the target's namespace. TCPRoutes are OR-ed (SMI-ACCESS-20): next to a route with other ports the
/// new one would open these, so it takes the place of all that the target names. Where one of its name has this port alone
/// already, that one is used.
///
/// ```
/// use smi_types::hub::{Rule, Source, Subject, TrafficTarget};
/// use smi_types::{Metadata, Port, Version, convert};
///
/// let account = |name: &str| Subject { kind: "ServiceAccount".into(), name: name.into(), ..Subject::default() };
/// let target = TrafficTarget {
///     metadata: Metadata::named("shop", "api"),
///     version: Version::V1Alpha2,
///     destination: account("api"),
///     port: Some(Port::from(8080)),
///     rules: vec![Rule { kind: "HTTPRouteGroup".into(), name: "routes".into(), matches: None }],
///     sources: vec![Source { subject: account("web"), port: None }],
/// };
/// let materialized = convert::materialize(&target, &[])?;
/// assert_eq!(materialized.target.port, None);
/// assert_eq!(materialized.target.rules[1].name, "api-port-8080");
/// assert!(materialized.route.unwrap().ports.contains(8080));
/// # Ok::<(), convert::MaterializeError>(())
/// ```
///
/// # Errors
///
/// When the port is no port number, when the named TCPRoutes do not have it, or when the new TCPRoute cannot have its name.
pub fn materialize(target: &TrafficTarget, routes: &[TCPRoute]) -> Result<Materialized, MaterializeError> {
    let mut target = target.clone();
    let Some(port) = target.port.take() else { return Ok(Materialized { target, route: None }) };
    let port = port.number().map_err(|invalid| MaterializeError::Port(invalid.clone()))?;
    carrier::remove(&mut target.metadata, DESTINATION_PORT, traffic_target::KEYS);

    let is_tcp = |rule: &Rule| rule.kind == "TCPRoute";
    // The port restricts HTTP and TCP only. Where no rule grants either, a TCPRoute would be a grant, not a restriction.
    if !target.rules.iter().any(|rule| is_tcp(rule) || rule.kind == "HTTPRouteGroup") {
        return Ok(Materialized { target, route: None });
    }
    let route_of = |name: &str| {
        routes.iter().find(|route| {
            route.metadata.name() == name && route.metadata.namespace() == target.metadata.namespace()
        })
    };
    let has_port = |rule: &Rule| {
        route_of(&rule.name).is_some_and(|route| applies(rule, route) && route.ports.contains(port.get()))
    };
    if target.rules.iter().any(is_tcp) && !target.rules.iter().filter(|rule| is_tcp(rule)).any(has_port) {
        return Err(MaterializeError::NoPortLeft { port: port.get() });
    }

    let name = format!("{}-port-{port}", target.metadata.name());
    if !is_object_name(&name) {
        return Err(MaterializeError::Name { name });
    }
    let route = match route_of(&name) {
        Some(existing) if !is_only(&existing.ports, port) => return Err(MaterializeError::Taken { name }),
        Some(existing) => existing.clone(),
        None => TCPRoute {
            metadata: Metadata {
                name: Some(name.clone()),
                namespace: target.metadata.namespace.clone(),
                ..Metadata::default()
            },
            version: Version::V1Alpha4,
            match_name: None,
            ports: Ports::listed(vec![port.into()]),
        },
    };
    let rule = Rule { kind: "TCPRoute".to_owned(), name, matches: None };
    let position = target.rules.iter().position(is_tcp).unwrap_or(target.rules.len());
    target.rules.retain(|rule| !is_tcp(rule));
    target.rules.insert(position, rule);
    Ok(Materialized { target, route: Some(route) })
}

/// Whether the rule means the route (SMI-L4-5).
fn applies(rule: &Rule, route: &TCPRoute) -> bool {
    let names = rule.matches.as_deref().unwrap_or_default();
    names.is_empty() || route.match_name.as_ref().is_some_and(|name| names.contains(name))
}

fn is_only(ports: &Ports, port: NonZeroU16) -> bool {
    match ports {
        Ports::All => false,
        Ports::Listed(list) => list.numbers() == BTreeSet::from([port]),
    }
}
