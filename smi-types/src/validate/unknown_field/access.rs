//! Unknown fields of TrafficTarget and IdentityBinding.

use super::Step::{self, Index, Key};
use super::{Finding, is_like, is_note};
use crate::access::rules_path;
use crate::{FieldPath, Version};

pub(super) fn in_traffic_target(version: Version, path: &FieldPath, steps: &[Step<'_>]) -> Option<Finding> {
    let body = match (version, steps) {
        (Version::V1Alpha1, [Key("spec")]) => {
            let help = "write destination, specs and sources at the root, or use v1alpha2 or later";
            return Some(misplaced(version, path, help.to_owned()));
        }
        (Version::V1Alpha1, body) => body,
        (_, [Key("spec"), body @ ..]) => body,
        (_, [Key(key @ ("destination" | "rules" | "specs" | "sources"))]) => {
            let key = if *key == "specs" { "rules" } else { key };
            return Some(misplaced(version, path, format!("write spec.{key}")));
        }
        (_, [Key(key)]) => return (!is_note(key)).then(|| restricts_target(version, path, key)),
        _ => return None,
    };
    match body {
        [Key("destination"), Key("port")] if !version.is_deprecated() => Some(port_too_late(version, path)),
        [Key("destination"), Key(key)] if is_like(key, &["port", "ports"]) => {
            Some(port_misspelt(version, path, key))
        }
        [Key("rules" | "specs")] => Some(misplaced(version, path, format!("write {}", rules_path(version)))),
        [Key("rules" | "specs"), Index, Key(key)] if is_like(key, &["match", "matches", "routes"]) => {
            Some(matches_misspelt(version, path, key))
        }
        [Key("rules" | "specs"), Index, Key(key)] if is_like(key, &["port", "ports"]) => {
            Some(port_in_rule(path))
        }
        [Key("sources"), Index, Key(key)] | [Key("destination"), Key(key)]
            if is_like(key, &["namespace"]) =>
        {
            Some(namespace_misspelt(version, path, key))
        }
        // Seen in the wild, with the target's own: routes are there (SMI-GEN-3), and no condition is lost.
        [Key("rules" | "specs"), Index, Key("namespace")] => None,
        [Key("rules" | "specs"), Index, Key(key)] if !is_note(key) => {
            Some(condition_in_rule(version, path, key))
        }
        // The first types for Go have it, without a meaning (D-A4).
        [Key("sources"), Index, Key("port")] => None,
        [Key(role @ ("sources" | "destination")), .., Key(key)] if !is_note(key) => {
            Some(restricts_subject(version, path, role, key))
        }
        [Key(key)] if is_like(key, &["port", "ports"]) => Some(port_misspelt(version, path, key)),
        [Key(key)] => {
            let rules = if version == Version::V1Alpha1 { "specs" } else { "rules" };
            let place = if version == Version::V1Alpha1 { "" } else { "spec." };
            match ["destination", rules, "sources"].into_iter().find(|name| is_like(key, &[name])) {
                Some(meant) => Some(misplaced(version, path, format!("write {place}{meant}"))),
                None => (!is_note(key)).then(|| restricts_target(version, path, key)),
            }
        }
        _ => None,
    }
}

/// A part of the target that stands elsewhere, or under another name: nobody can say what the rest means without it.
fn misplaced(version: Version, path: &FieldPath, help: String) -> Finding {
    let message = format!("TrafficTarget {version} has no field {path}");
    Finding::error("SMI-VAL-3", path.clone(), message, "the target grants nothing").help(help)
}

const EVERY_PORT: &str = "the target grants nothing, because without its port it would open every port";

fn port_too_late(version: Version, path: &FieldPath) -> Finding {
    let message =
        format!("TrafficTarget {version} has no destination port; v1alpha2 was the last version that has it");
    Finding::error("SMI-VAL-3", path.clone(), message, EVERY_PORT)
        .help("add a TCPRoute with this port to spec.rules, or use v1alpha2")
}

fn port_misspelt(version: Version, path: &FieldPath, key: &str) -> Finding {
    let message = format!("the destination of TrafficTarget {version} has no field {key}");
    let help = match version {
        Version::V1Alpha1 | Version::V1Alpha2 => "write port, with one number",
        Version::V1Alpha3 | Version::V1Alpha4 => "add a TCPRoute with the ports to spec.rules",
    };
    Finding::error("SMI-VAL-3", path.clone(), message, EVERY_PORT).help(help)
}

/// Without it the own namespace would be meant: somebody else.
fn namespace_misspelt(version: Version, path: &FieldPath, key: &str) -> Finding {
    let message = format!("TrafficTarget {version} has no field {key} here, which looks like a namespace");
    let effect = "the target grants nothing, because without the namespace somebody else would be meant";
    Finding::error("SMI-VAL-3", path.clone(), message, effect).help("write namespace")
}

const MORE_TRAFFIC: &str =
    "the target grants nothing, because without its condition the rule would grant more traffic";

fn matches_misspelt(version: Version, path: &FieldPath, key: &str) -> Finding {
    let message = format!("a rule of TrafficTarget {version} has no field {key}");
    Finding::error("SMI-VAL-3", path.clone(), message, MORE_TRAFFIC).help("write matches")
}

fn port_in_rule(path: &FieldPath) -> Finding {
    Finding::error("SMI-VAL-3", path.clone(), "a rule has no ports of its own", MORE_TRAFFIC)
        .help("add a rule with a TCPRoute that has the ports")
}

/// Whatever stands in a rule is meant to say which traffic.
fn condition_in_rule(version: Version, path: &FieldPath, key: &str) -> Finding {
    let message = format!("a rule of TrafficTarget {version} has no field {key}");
    Finding::error("SMI-VAL-3", path.clone(), message, MORE_TRAFFIC)
        .help("say it in an HTTPRouteGroup or TCPRoute that the rule names, or remove the field")
}

/// Whatever stands in a subject is meant to say who.
fn restricts_subject(version: Version, path: &FieldPath, role: &str, key: &str) -> Finding {
    let message = format!("a subject of TrafficTarget {version} has no field {key}");
    let effect = match role {
        "destination" => "the target grants nothing, because without the field it would open more workloads",
        _ => "the target grants nothing, because without the field it would admit more callers",
    };
    Finding::error("SMI-VAL-3", path.clone(), message, effect)
        .help("a subject is one ServiceAccount or IdentityBinding; name one that has only these pods, or remove the field")
}

/// A target can only allow, and all that its destination, rules and sources say: what says less is not SMI's.
fn restricts_target(version: Version, path: &FieldPath, key: &str) -> Finding {
    let message = format!("TrafficTarget {version} has no field {key}, which may be meant to restrict it");
    let effect = "the target grants nothing, because without the field it may grant more than is meant";
    Finding::error("SMI-VAL-3", path.clone(), message, effect).help(
        "a target allows what its destination, rules and sources say; say it with these, or remove the field",
    )
}

pub(super) fn in_identity_binding(path: &FieldPath, steps: &[Step<'_>]) -> Option<Finding> {
    match steps {
        [Key("spec"), Key("schemes"), Key("podLabelSelectors")] => Some(list_of_selectors(path)),
        [Key("spec"), Key("schemes"), Key("podLabelSelector"), Key("matchLabels"), ..] => None,
        [Key("spec"), Key("schemes"), Key(key)]
            if is_like(key, &["podLabelSelector", "labelSelector", "selector"]) =>
        {
            Some(selector_misspelt(path, key))
        }
        [Key("spec"), Key("schemes"), Key("podLabelSelector"), Key(_), ..] => Some(more_selectors(path)),
        _ => None,
    }
}

/// Without it the other schemes would be all there is, and they may recognise more workloads.
fn selector_misspelt(path: &FieldPath, key: &str) -> Finding {
    let message = format!("a binding has no field {key}, which looks like its podLabelSelector");
    Finding::error("SMI-VAL-3", path.clone(), message, "the binding matches nobody")
        .help("write podLabelSelector")
}

/// The shape of two weeks in March 2022 (section 2.2 of the reference).
fn list_of_selectors(path: &FieldPath) -> Finding {
    let message = "podLabelSelectors was never released; a binding has one podLabelSelector";
    Finding::error("SMI-VAL-3", path.clone(), message, "the binding matches nobody")
        .help("write podLabelSelector with matchLabels, in one binding for each selector")
}

/// `matchExpressions` above all: the labels alone would select more pods.
fn more_selectors(path: &FieldPath) -> Finding {
    let message = "a podLabelSelector has matchLabels only";
    let effect = "the binding matches nobody, because without this condition its selector would select more";
    Finding::error("SMI-VAL-3", path.clone(), message, effect).help("say it with matchLabels")
}
