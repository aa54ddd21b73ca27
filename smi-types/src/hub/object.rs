//! An object of any kind, without its version.

use super::{
    HTTPRouteGroup, IdentityBinding, TCPRoute, TrafficMetrics, TrafficMetricsList, TrafficSplit,
    TrafficTarget, UDPRoute,
};
use crate::{ApiVersion, Kind, Metadata, Version};

/// An SMI object of any kind. Made by [`convert::read`](crate::convert::read()).
///
/// ```
/// use smi_types::{convert, hub};
///
/// let object = serde_json::json!({
///     "apiVersion": "split.smi-spec.io/v1alpha2", "kind": "TrafficSplit",
///     "metadata": {"name": "web", "namespace": "shop"},
///     "spec": {"service": "web", "backends": [{"service": "web-v1", "weight": 1}]},
/// });
/// match convert::read(&object)?.object {
///     hub::Object::TrafficSplit(split) => assert_eq!(split.service, "web"),
///     other => panic!("a {} is something else", other.kind()),
/// }
/// # Ok::<(), convert::ObjectError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(
    clippy::large_enum_variant,
    reason = "boxes would be in the way of matching, and objects come one at a time"
)]
pub enum Object {
    /// Grants to a destination workload.
    TrafficTarget(TrafficTarget),
    /// Names for a workload.
    IdentityBinding(IdentityBinding),
    /// A set of HTTP requests.
    HTTPRouteGroup(HTTPRouteGroup),
    /// A set of TCP ports.
    TCPRoute(TCPRoute),
    /// A set of UDP ports.
    UDPRoute(UDPRoute),
    /// Shares of the traffic to a Service.
    TrafficSplit(TrafficSplit),
    /// Measurements of one resource or edge.
    TrafficMetrics(TrafficMetrics),
    /// Several TrafficMetrics.
    TrafficMetricsList(TrafficMetricsList),
}

macro_rules! kinds {
    ($($kind:ident)*) => {
        impl Object {
            /// Kind and version, as they were written.
            #[must_use]
            pub const fn api_version(&self) -> ApiVersion {
                ApiVersion { kind: self.kind(), version: self.version() }
            }

            /// The kind.
            #[must_use]
            pub const fn kind(&self) -> Kind {
                match self {
                    $(Object::$kind(_) => Kind::$kind,)*
                }
            }

            /// The version the object was written in.
            #[must_use]
            pub const fn version(&self) -> Version {
                match self {
                    $(Object::$kind(object) => object.version,)*
                }
            }

            /// Name, namespace and so on.
            #[must_use]
            pub const fn metadata(&self) -> &Metadata {
                match self {
                    $(Object::$kind(object) => &object.metadata,)*
                }
            }
        }

        $(impl From<$kind> for Object {
            fn from(object: $kind) -> Self {
                Object::$kind(object)
            }
        })*
    };
}

kinds!(TrafficTarget IdentityBinding HTTPRouteGroup TCPRoute UDPRoute TrafficSplit TrafficMetrics TrafficMetricsList);
