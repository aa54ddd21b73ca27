//! The schemas of TCPRoute and UDPRoute.

use serde_json::json;

use super::schema::{Field, list, object, string};
use crate::Version;

/// Description and fields of the route for a protocol.
pub(super) fn schema(protocol: &str, version: Version) -> (&'static str, Vec<Field>) {
    let description = match protocol {
        "TCP" => "A set of TCP ports, to which TrafficTargets refer.",
        _ => "A set of UDP ports, to which TrafficTargets refer.",
    };
    match version {
        Version::V1Alpha1 | Version::V1Alpha2 => (description, Vec::new()),
        Version::V1Alpha3 => (description, vec![("spec", object("Without fields: all ports.", []))]),
        Version::V1Alpha4 => {
            let ports = list(
                "Ports of the destination, 1 to 65535. All ports where there are none.",
                json!({"type": "integer"}),
            );
            let matches = object(
                "The ports that are meant.",
                [
                    ("name", string("Name that the rules of a TrafficTarget can list in matches.")),
                    ("ports", ports),
                ],
            );
            (description, vec![("spec", object("The ports that are meant.", [("matches", matches)]))])
        }
    }
}
