//! Unknown fields of TCPRoute and UDPRoute. A route without its ports means all of them.

use super::Step::{self, Key};
use super::{Finding, is_like};
use crate::{FieldPath, Kind, Version};

pub(super) fn check(kind: Kind, version: Version, path: &FieldPath, steps: &[Step<'_>]) -> Option<Finding> {
    let with_ports = version == Version::V1Alpha4;
    match steps {
        // What stands under an unknown `spec` is not known here; it may be ports.
        [Key("spec"), ..] if version.is_deprecated() => Some(ports_too_early(kind, version, path)),
        [Key("spec"), Key(key), ..] if !with_ports && may_be_ports(key) => {
            Some(ports_too_early(kind, version, path))
        }
        [Key(key), ..] if may_be_ports(key) => Some(ports_misplaced(kind, version, path)),
        [Key(key)] if is_like(key, &["spec", "specs"]) => Some(ports_misplaced(kind, version, path)),
        [Key("spec"), Key(key)] if may_be_ports(key) => Some(ports_misplaced(kind, version, path)),
        // Whatever stands there is meant as ports.
        [Key("spec"), Key("matches"), Key(_)] => Some(ports_misplaced(kind, version, path)),
        _ => None,
    }
}

fn may_be_ports(key: &str) -> bool {
    is_like(key, &["port", "ports", "match", "matches"])
}

const ALL_PORTS: &str = "the route matches nothing, because without its ports it would match all of them";

fn ports_too_early(kind: Kind, version: Version, path: &FieldPath) -> Finding {
    let message = format!("{kind} {version} has no ports");
    Finding::error("SMI-VAL-3", path.clone(), message, ALL_PORTS)
        .help("use v1alpha4, which has spec.matches.ports")
}

fn ports_misplaced(kind: Kind, version: Version, path: &FieldPath) -> Finding {
    let message = format!("{kind} {version} has no field {path}, which looks like its ports");
    let help = match version {
        Version::V1Alpha4 => "write spec.matches.ports",
        _ => "use v1alpha4, which has spec.matches.ports",
    };
    Finding::error("SMI-VAL-3", path.clone(), message, ALL_PORTS).help(help)
}
