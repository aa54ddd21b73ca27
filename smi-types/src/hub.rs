//! Version-free forms of the SMI kinds. Every version converts to them and from them (SMI-CONV-1); everything above this crate
//! works on them only.
//!
//! Each holds the version it was written in, because some checks and paths depend on it, and what an annotation carried from another
//! version is back in its place. Names and weights stand as they were written; methods read them:
//! [`TrafficSplit::weights`] gives integers, [`TrafficTarget::ports`] the ports that a target is limited to.
//!
//! [`convert::read`](crate::convert::read) makes them from JSON, [`Convertible::into_hub`](crate::convert::Convertible::into_hub) from the
//! types of one version; [`convert::write`](crate::convert::write) goes back.

mod http_route_group;
mod identity_binding;
mod object;
mod port_routes;
mod ports;
mod traffic_metrics;
mod traffic_split;
mod traffic_target;
mod weights;

pub use http_route_group::{HTTPMatch, HTTPRouteGroup};
pub use identity_binding::{IdentityBinding, PodSelector};
pub use object::Object;
pub use port_routes::{TCPRoute, UDPRoute};
pub use ports::{PortList, Ports};
pub use traffic_metrics::{Edge, TrafficMetrics, TrafficMetricsList};
pub use traffic_split::{Backend, RouteRef, TrafficSplit};
pub use traffic_target::{Rule, Source, Subject, TrafficTarget};
pub use weights::{WeightError, WeightProblem};
