//! Checks of one subject of a TrafficTarget: kind, name and group (SMI-VAL-10, 13, 14).
//!
//! Names are checked because there are no wildcards (SMI-ACCESS-9), while the policies of most meshes have some.

use super::Finding;
use crate::hub::Subject;
use crate::quote::quoted;
use crate::service_name::{is_dns_label, is_object_name};
use crate::version::ACCESS_GROUP;
use crate::{FieldPath, Version};

/// What the subject is in its TrafficTarget.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Destination,
    Source,
}

impl Role {
    const fn as_str(self) -> &'static str {
        match self {
            Role::Destination => "destination",
            Role::Source => "source",
        }
    }

    /// The check of what is missing or is no name.
    const fn code(self) -> &'static str {
        match self {
            Role::Destination => "SMI-VAL-10",
            Role::Source => "SMI-VAL-13",
        }
    }

    const fn effect(self) -> &'static str {
        match self {
            Role::Destination => "the target grants nothing, and protects no workload",
            Role::Source => "the source matches nobody",
        }
    }
}

pub(super) fn check(
    path: &FieldPath,
    subject: &Subject,
    version: Version,
    role: Role,
    findings: &mut Vec<Finding>,
) {
    let Subject { kind, name, namespace, group: _ } = subject;
    if role == Role::Destination && *subject == Subject::default() {
        findings.push(no_destination(path.clone()));
        return;
    }
    match kind.as_str() {
        "ServiceAccount" => {}
        "IdentityBinding" if version == Version::V1Alpha4 => {}
        "IdentityBinding" => findings.push(binding_too_early(path.clone().key("kind"), version, role)),
        "" => findings.push(no_kind(path.clone().key("kind"), role)),
        kind => findings.push(wrong_kind(path.clone().key("kind"), kind, role)),
    }
    match name.as_str() {
        "" => findings.push(no_name(path.clone().key("name"), role)),
        name if !is_object_name(name) => {
            findings.push(bad_name(path.clone().key("name"), "name", name, role))
        }
        _ => {}
    }
    match namespace.as_deref().unwrap_or_default() {
        "" => {}
        namespace if !is_dns_label(namespace) => {
            findings.push(bad_name(path.clone().key("namespace"), "namespace", namespace, role));
        }
        _ => {}
    }
    check_group(path.clone().key("group"), subject, role, findings);
}

fn no_destination(path: FieldPath) -> Finding {
    let role = Role::Destination;
    Finding::error(role.code(), path, "the target has no destination", role.effect())
        .help("name the ServiceAccount of the workload to protect")
}

const KINDS: &str = "use kind: ServiceAccount, or from v1alpha4 on kind: IdentityBinding";

fn no_kind(path: FieldPath, role: Role) -> Finding {
    let message = format!("the {} names no kind", role.as_str());
    Finding::error(role.code(), path, message, role.effect()).help(KINDS)
}

fn wrong_kind(path: FieldPath, kind: &str, role: Role) -> Finding {
    let message = format!("a {} cannot be of kind {}", role.as_str(), quoted(kind));
    Finding::error("SMI-VAL-13", path, message, role.effect()).help(KINDS)
}

fn binding_too_early(path: FieldPath, version: Version, role: Role) -> Finding {
    let message = format!("{version} does not know IdentityBinding as a {}", role.as_str());
    let effect = format!("it works here, but for programs that know {version} only {}", role.effect());
    Finding::warning("SMI-VAL-13", path, message, effect).help("use v1alpha4")
}

fn no_name(path: FieldPath, role: Role) -> Finding {
    let message = format!("the {} has no name", role.as_str());
    Finding::error(role.code(), path, message, role.effect())
}

fn bad_name(path: FieldPath, what: &str, text: &str, role: Role) -> Finding {
    let message = format!("{} is not a valid {what} of a {}", quoted(text), role.as_str());
    let finding = Finding::error(role.code(), path, message, role.effect());
    if text.contains('*') {
        finding.help("there are no wildcards; list every ServiceAccount")
    } else {
        finding
    }
}

/// Nothing is said about the group of a kind that does not exist.
fn check_group(path: FieldPath, subject: &Subject, role: Role, findings: &mut Vec<Finding>) {
    let (group, implied) = (subject.group(), subject.implied_group());
    if group == implied || !matches!(subject.kind.as_str(), "ServiceAccount" | "IdentityBinding") {
        return;
    }
    match group.strip_prefix(ACCESS_GROUP) {
        Some(version) if !implied.is_empty() && version.starts_with('/') => {
            findings.push(versioned_group(path, group));
        }
        _ => findings.push(wrong_group(path, subject, role)),
    }
}

fn versioned_group(path: FieldPath, group: &str) -> Finding {
    let message = format!("group {} carries a version", quoted(group));
    Finding::warning("SMI-VAL-14", path, message, "none; the version is ignored")
        .help(format!("write {ACCESS_GROUP}"))
}

fn wrong_group(path: FieldPath, subject: &Subject, role: Role) -> Finding {
    let message = format!("{} is not of group {}", subject.kind, quoted(subject.group()));
    let help = match subject.implied_group() {
        "" => "leave group out".to_owned(),
        group => format!("write {group}"),
    };
    Finding::error("SMI-VAL-14", path, message, role.effect()).help(help)
}
