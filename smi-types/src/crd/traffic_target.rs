//! The schema of TrafficTarget.

use serde_json::Value;

use super::schema::{Field, list, object, open, string, strings};
use crate::Version;

/// Its description and its fields.
pub(super) fn schema(version: Version) -> (&'static str, Vec<Field>) {
    let description =
        "Grants to one workload: which sources may send it which traffic. Everything else is denied.";
    let fields = vec![
        ("destination", subject("The workload that is protected.", version, Role::Destination)),
        (if version == Version::V1Alpha1 { "specs" } else { "rules" }, rules(version)),
        (
            "sources",
            list("Who may call. Nobody where there are none.", subject("A caller.", version, Role::Source)),
        ),
    ];
    match version {
        Version::V1Alpha1 => (description, fields),
        _ => (description, vec![("spec", object("The destination and what is granted to whom.", fields))]),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Destination,
    Source,
}

fn subject(description: &str, version: Version, role: Role) -> Value {
    let (kind, namespace) = (
        match version {
            Version::V1Alpha4 => "ServiceAccount or IdentityBinding.",
            _ => "ServiceAccount.",
        },
        match role {
            Role::Destination => "Its namespace, which is that of the TrafficTarget.",
            Role::Source => "Its namespace; that of the TrafficTarget where there is none.",
        },
    );
    let mut fields =
        vec![("kind", string(kind)), ("name", string("Its name.")), ("namespace", string(namespace))];
    match (version, role) {
        // Numbers, and the strings that the first SDKs wrote.
        (Version::V1Alpha1 | Version::V1Alpha2, Role::Destination) => {
            fields.push((
                "port",
                open("The port on which the workload listens, 1 to 65535. All ports where there is none."),
            ));
        }
        (Version::V1Alpha1 | Version::V1Alpha2, Role::Source) => {
            fields.push(("port", open("Without meaning.")));
        }
        (Version::V1Alpha3, _) => {}
        (Version::V1Alpha4, _) => {
            fields.push((
                "group",
                string("API group of the kind: access.smi-spec.io for an IdentityBinding, else empty."),
            ));
        }
    }
    object(description, fields)
}

fn rules(version: Version) -> Value {
    let mut fields = vec![
        (
            "kind",
            string(match version {
                Version::V1Alpha1 | Version::V1Alpha2 => "HTTPRouteGroup or TCPRoute.",
                Version::V1Alpha3 | Version::V1Alpha4 => "HTTPRouteGroup, TCPRoute or UDPRoute.",
            }),
        ),
        ("name", string("Name of the route, in the namespace of the TrafficTarget.")),
        ("matches", strings("Names of matches of the route. All of them where there are none.")),
    ];
    if version == Version::V1Alpha1 {
        fields.push(("status", object("Without meaning.", [])));
    }
    list("The traffic that is allowed. None where there are no rules.", object("A route.", fields))
}
