//! Version-free forms of the SMI kinds. Every version converts to them and from them (SMI-CONV-1); everything above this crate
//! works on them only.

mod http_route_group;
mod traffic_split;
mod weights;

pub use http_route_group::{HTTPMatch, HTTPRouteGroup};
pub use traffic_split::{Backend, RouteRef, TrafficSplit};
pub use weights::{WeightError, WeightProblem};
