//! Whether a schema that is stricter than ours refuses objects that SMI allows.

use serde_json::Value;

use super::joined;
use crate::crd::difference::{Difference, Field, Less};
use crate::quote::quoted;
use crate::validate::Severity;
use crate::{Kind, Version};

/// What a stricter schema refuses.
pub(super) enum Refusal {
    /// Only what SMI calls an error as well.
    Agreed,
    /// Objects that SMI allows.
    Of(Severity, String),
}

/// Fields without which an object says nothing, or is an error.
const MANDATORY: [&str; 12] = [
    "spec",
    "destination",
    "rules",
    "specs",
    "sources",
    "kind",
    "name",
    "service",
    "backends",
    "schemes",
    "matchLabels",
    "matches",
];

/// Methods of HTTP (SMI-VAL-32).
const METHODS: [&str; 10] =
    ["*", "GET", "HEAD", "PUT", "POST", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/// What a difference refuses in some versions of a kind.
pub(super) fn refusal(kind: Kind, versions: &[Version], difference: &Difference) -> Refusal {
    let Difference { field, place: _, less } = difference;
    match less {
        Less::Required { known: true } => without(kind, field),
        Less::Required { known: false } => Refusal::Of(
            Severity::Error,
            "all objects that SMI takes, because it has no such field there".to_owned(),
        ),
        Less::Type(taken) => of_other_type(field, taken),
        Less::Values(values) => of_other_value(kind, versions, field, values),
        Less::Condition(key, value) => against(field, key, value),
        Less::Dropped | Less::Default { .. } => Refusal::Agreed,
    }
}

/// The condition in words, to follow the name of the field.
pub(super) fn condition(less: &Less) -> String {
    match less {
        Less::Required { .. } => "is required".to_owned(),
        Less::Type(taken) => format!("takes nothing but {}", type_words(taken)),
        Less::Values(values) => {
            let words: Vec<String> = values.iter().take(METHODS.len()).map(shown).collect();
            let more = if values.len() > words.len() { " and others" } else { "" };
            format!("takes nothing but {}{more}", words.join(", "))
        }
        Less::Condition(key, value) => format!("has the condition {key}: {}", shown(value)),
        Less::Dropped => "is dropped".to_owned(),
        Less::Default { value, .. } => format!("is filled in with {}", shown(value)),
    }
}

pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text).trim_matches('"').to_owned(),
        other => quoted(&other.to_string()).trim_matches('"').replace("\\\"", "\""),
    }
}

fn type_words(name: &str) -> &str {
    match name {
        "array" => "a list",
        "object" => "a map",
        "string" => "a string",
        "integer" => "an integer",
        "number" => "a number",
        "boolean" => "a boolean",
        "integer or string" => "an integer or a string",
        _ => "values of an unknown type",
    }
}

fn warning(what: impl Into<String>) -> Refusal {
    Refusal::Of(Severity::Warning, what.into())
}

fn without(kind: Kind, field: &Field) -> Refusal {
    match (kind, field.name()) {
        (Kind::TrafficTarget, "port") => warning("targets without a port, which mean every port"),
        (Kind::TCPRoute | Kind::UDPRoute, "matches" | "ports") => {
            warning("routes that leave it out to mean every port, as Go programs write them")
        }
        (Kind::TrafficSplit, "weight") => {
            warning("backends without a weight, which mean a weight of 0; early Go programs write them")
        }
        // A list of conditions that an API server wants where nobody has conditions.
        (Kind::TrafficSplit, "matches") => warning("splits without conditions"),
        (_, name) if MANDATORY.contains(&name) => Refusal::Agreed,
        _ => warning("objects that do not have it"),
    }
}

fn of_other_type(field: &Field, taken: &str) -> Refusal {
    match (field.name(), taken) {
        ("headers", "array") => {
            warning("conditions on headers that are a map, the form of the specification since 2021")
        }
        ("headers", "object") => {
            warning("conditions on headers that are a list of maps, the form of SMI's last release")
        }
        ("port", "integer" | "number") => {
            Refusal::Of(Severity::Info, "ports that are strings, as the first SDKs wrote them".to_owned())
        }
        // Fractions are an error (SMI-VAL-43).
        ("weight", "integer") => Refusal::Agreed,
        ("weight", "integer or string") => {
            Refusal::Of(Severity::Info, "weights with a fraction that are numbers and no strings".to_owned())
        }
        _ => warning("objects with a value of another type, which SMI has there"),
    }
}

fn of_other_value(kind: Kind, versions: &[Version], field: &Field, values: &[Value]) -> Refusal {
    let newest = versions.iter().max().copied().unwrap_or(Version::V1Alpha4);
    let path = field.as_str();
    let known: &[&str] = match (kind, field.name()) {
        (Kind::TrafficTarget, "kind") if path.contains("rules[]") || path.contains("specs[]") => match newest
        {
            Version::V1Alpha1 | Version::V1Alpha2 => &["HTTPRouteGroup", "TCPRoute"],
            Version::V1Alpha3 | Version::V1Alpha4 => &["HTTPRouteGroup", "TCPRoute", "UDPRoute"],
        },
        (Kind::TrafficTarget, "kind") => match newest {
            Version::V1Alpha4 => &["ServiceAccount", "IdentityBinding"],
            _ => &["ServiceAccount"],
        },
        (Kind::TrafficSplit, "kind") => &["HTTPRouteGroup"],
        (Kind::HTTPRouteGroup, "methods") => &METHODS,
        _ => return warning("objects with another value, which SMI allows"),
    };
    let lacking: Vec<&str> =
        known.iter().filter(|word| !values.iter().any(|value| value == **word)).copied().collect();
    match lacking.is_empty() {
        true => Refusal::Agreed,
        false => warning(format!("objects with {}", joined(&lacking))),
    }
}

fn against(field: &Field, key: &str, value: &Value) -> Refusal {
    let at_most = |most: i64| value.as_i64().is_some_and(|value| value <= most);
    let is_agreed = match (field.name(), key) {
        ("weight", "minimum") => at_most(0),
        ("port" | "ports", "minimum") => at_most(1),
        ("port" | "ports", "format") => value == "int32",
        ("port" | "ports", "maximum") => value.as_i64().is_some_and(|value| value >= 65535),
        ("kind" | "name" | "service", "minLength") => at_most(1),
        // No name is longer.
        ("name" | "generateName" | "service", "maxLength") => {
            value.as_i64().is_some_and(|value| value >= 253)
        }
        ("rules" | "specs" | "sources" | "backends" | "spiffeIdentities", "minItems") => at_most(1),
        ("schemes" | "matchLabels", "minProperties") => at_most(1),
        _ => false,
    };
    if is_agreed {
        Refusal::Agreed
    } else {
        warning("objects that do not fulfil it, some of which SMI allows")
    }
}
