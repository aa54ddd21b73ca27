//! What a default in a schema means: an API server writes it into every object that leaves the field out, and that is what everybody reads.

use serde_json::Value;

use crate::crd::difference::Field;
use crate::quantity::Quantity;
use crate::validate::{self, Severity};
use crate::version::{ACCESS_GROUP, SPECS_GROUP};
use crate::{Kind, Port, Version};

use Severity::{Error, Info};

/// What it means to write `value` where the field is missing; `None` where a missing field means the same and nobody sees a difference.
pub(super) fn meaning(kind: Kind, field: &Field, value: &Value) -> Option<(Severity, String)> {
    if says_nothing(kind, field, value) {
        return None;
    }
    if let (Value::Object(fields), false) = (value, is_map_of_conditions(kind, field)) {
        let below = fields.iter().filter_map(|(key, value)| meaning(kind, &field.key(key), value));
        // The worst, and of several the first.
        return below.reduce(|worst, next| if next.0 > worst.0 { next } else { worst });
    }
    let is_of_source = field.as_str().contains("sources[]");
    let what = match (kind, field.name()) {
        (Kind::TrafficTarget, "port") if is_of_source => return None,
        (Kind::TrafficTarget, "port") if is_port(value) => {
            "targets without a port, which mean every port, mean this one alone"
        }
        (Kind::TrafficTarget, "port") => "targets without a port, which mean every port, grant nothing",
        (Kind::TrafficTarget, "group") if value == ACCESS_GROUP => {
            "subjects that are ServiceAccounts and leave the group out match nobody"
        }
        (Kind::TrafficTarget, "group") => "subjects that leave the group out match nobody",
        (Kind::TrafficTarget, "namespace") => {
            "subjects that leave it out are looked for there, and not in the namespace of the target, where another workload may have \
             their name"
        }
        (Kind::TrafficTarget, "matches") => "rules that mean the whole route group grant these matches alone",
        (Kind::TrafficTarget, "kind" | "name") => {
            "subjects and rules without it, which mean nothing, grant what their authors did not write"
        }
        (Kind::IdentityBinding, "podLabelSelector") => {
            "bindings without a selector have one: with a serviceAccount they match nobody, and the others other pods than they say"
        }
        (Kind::TrafficTarget | Kind::IdentityBinding, _) => "objects grant what their authors did not write",
        (Kind::TrafficSplit, "apiGroup") if value == SPECS_GROUP => {
            return Some((Info, "none: the group is implied; objects are stored with it".to_owned()));
        }
        (Kind::TrafficSplit, "apiGroup") => "conditions that leave it out never match",
        (Kind::TrafficSplit, "weight") => {
            "backends without a weight, which mean a weight of 0, do not mean that"
        }
        (Kind::TrafficSplit, "matches") => {
            "splits without conditions have some, and move less traffic than their authors wrote"
        }
        (Kind::HTTPRouteGroup, "methods") if holds(value, "*") => {
            return Some((Info, "none: * means every method, as no method does".to_owned()));
        }
        (Kind::HTTPRouteGroup, "pathRegex" | "methods" | "headers") => {
            "matches without such a condition have one, and take fewer requests than they say"
        }
        (Kind::TCPRoute | Kind::UDPRoute, "ports") => {
            "routes that leave the ports out, which mean every port, mean these alone"
        }
        _ => "objects say what their authors did not write",
    };
    Some((Error, what.to_owned()))
}

/// What it means to write a field that SMI does not have in these versions into every object.
pub(super) fn unknown(kind: Kind, versions: &[Version], field: &Field) -> (Severity, String) {
    let findings = versions.iter().map(|version| validate::unknown_field(kind, *version, &field.path()));
    let worst = findings.reduce(|worst, next| if next.severity > worst.severity { next } else { worst });
    match worst {
        Some(finding) if finding.severity == Error => {
            (Error, format!("objects have a field that SMI does not have there: {}", finding.effect))
        }
        _ => (
            Info,
            "none: SMI does not have the field there, and it is ignored; objects are stored with it"
                .to_owned(),
        ),
    }
}

/// Whether a missing field means this value.
fn says_nothing(kind: Kind, field: &Field, value: &Value) -> bool {
    match (kind, field.name(), value) {
        (_, _, Value::Null) => true,
        (Kind::TrafficSplit, "weight", Value::Number(n)) => n.as_f64() == Some(0.0),
        (Kind::TrafficSplit, "weight", Value::String(text)) => {
            Quantity::parse(text).is_ok_and(|weight| weight == Quantity::default())
        }
        // An empty text is no port number and no group, and a selector without labels is there.
        (Kind::TrafficTarget, "port", _)
        | (Kind::TrafficSplit, "apiGroup", _)
        | (Kind::IdentityBinding, "podLabelSelector", _) => false,
        (_, _, Value::String(text)) => text.is_empty(),
        (_, _, Value::Array(items)) => items.is_empty(),
        (_, _, Value::Object(fields)) => fields.is_empty(),
        (_, _, Value::Bool(_) | Value::Number(_)) => false,
    }
}

/// Maps whose keys are no fields, and what is there already by being written.
fn is_map_of_conditions(kind: Kind, field: &Field) -> bool {
    matches!(
        (kind, field.name()),
        (Kind::HTTPRouteGroup, "headers") | (Kind::IdentityBinding, "podLabelSelector" | "matchLabels")
    )
}

fn is_port(value: &Value) -> bool {
    serde_json::from_value::<Port>(value.clone()).is_ok_and(|port| port.number().is_ok())
}

fn holds(list: &Value, text: &str) -> bool {
    list.as_array().is_some_and(|items| items.iter().any(|item| item == text))
}
