//! The CustomResourceDefinitions of the kinds that a cluster stores (reference, section 1.4), and what definitions that are already
//! there lack.
//!
//! The schemas accept whatever some upstream schema accepted for the version, so that no stored object becomes unwritable. They
//! require nothing: a controller must be able to write the status of an object that is wrong, and an API server checks the whole
//! object then. Stricter checks are those of [`crate::validate`], at admission.
//!
//! Definitions are plain JSON: each program turns them into the types of its own client.
//!
//! ```
//! use smi_types::Kind;
//! use smi_types::crd::{self, Serving};
//!
//! let split = crd::definition(Kind::TrafficSplit, &Serving::OneVersion).unwrap();
//! assert_eq!(split["metadata"]["name"], "trafficsplits.split.smi-spec.io");
//! assert_eq!(split["spec"]["versions"][0]["name"], "v1alpha4");
//! ```

mod base64;
mod check;
mod columns;
mod difference;
mod http_route_group;
mod identity_binding;
mod names;
mod port_routes;
mod schema;
mod serving;
pub(crate) mod status;
mod traffic_split;
mod traffic_target;

use serde_json::{Value, json};

use crate::{Kind, Version};

pub use check::{Checked, check, missing};
pub use names::{category, name, plural, short_name};
pub use serving::{CONVERSION_PATH, Endpoint, Serving, Webhook};

/// The kinds that have definitions. TrafficMetrics are served by an API server of their own, and never stored.
pub const KINDS: [Kind; 6] = [
    Kind::TrafficTarget,
    Kind::IdentityBinding,
    Kind::HTTPRouteGroup,
    Kind::TCPRoute,
    Kind::UDPRoute,
    Kind::TrafficSplit,
];

/// The version in which objects are stored: the one that can say what every other can.
pub const STORED: Version = Version::V1Alpha4;

/// The definitions of every kind.
#[must_use]
pub fn definitions(serving: &Serving) -> Vec<Value> {
    KINDS.into_iter().filter_map(|kind| definition(kind, serving)).collect()
}

/// The definition of one kind; `None` for a kind that has none, see [`KINDS`].
#[must_use]
pub fn definition(kind: Kind, serving: &Serving) -> Option<Value> {
    let plural = plural(kind)?;
    let versions: Vec<Value> = serving
        .versions(kind)
        .iter()
        .filter_map(|version| {
            Some(version_of(kind, *version, serving.serves(kind, *version), schema(kind, *version)?))
        })
        .collect();
    Some(json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": name(kind)?},
        "spec": {
            "conversion": serving.conversion(),
            "group": kind.group(),
            "names": {
                "categories": [category()],
                "kind": kind.as_str(),
                "listKind": format!("{kind}List"),
                "plural": plural,
                "shortNames": [short_name(kind)?],
                "singular": kind.as_str().to_lowercase(),
            },
            "scope": "Namespaced",
            "versions": versions,
        },
    }))
}

fn version_of(kind: Kind, version: Version, served: bool, schema: Value) -> Value {
    let mut entry = json!({
        "additionalPrinterColumns": columns::columns(kind),
        "name": version.as_str(),
        "schema": {"openAPIV3Schema": schema},
        "served": served,
        "storage": version == STORED,
        "subresources": {"status": {}},
    });
    if let Some(warning) = deprecation(kind, version) {
        entry["deprecated"] = true.into();
        entry["deprecationWarning"] = warning.into();
    }
    entry
}

/// The OpenAPI schema of a kind in one version; `None` where it does not have the version, or no definition at all.
#[must_use]
pub fn schema(kind: Kind, version: Version) -> Option<Value> {
    if !kind.versions().contains(&version) {
        return None;
    }
    let (description, fields) = match kind {
        Kind::TrafficTarget => traffic_target::schema(version),
        Kind::IdentityBinding => identity_binding::schema(),
        Kind::HTTPRouteGroup => http_route_group::schema(version),
        Kind::TCPRoute => port_routes::schema("TCP", version),
        Kind::UDPRoute => port_routes::schema("UDP", version),
        Kind::TrafficSplit => traffic_split::schema(version),
        Kind::TrafficMetrics | Kind::TrafficMetricsList => return None,
    };
    let common = [
        ("apiVersion", schema::string("Group and version of this form of the object.")),
        ("kind", schema::string("Kind of the object.")),
        ("metadata", json!({"type": "object"})),
        ("status", status::schema()),
    ];
    Some(schema::object(description, fields.into_iter().chain(common)))
}

/// What an API server answers to whoever uses a deprecated version: at most 256 characters of ASCII.
fn deprecation(kind: Kind, version: Version) -> Option<String> {
    if !version.is_deprecated() {
        return None;
    }
    let change = match (kind, version) {
        (Kind::TrafficTarget, Version::V1Alpha1) => "its fields stand under spec, and ports in a TCPRoute",
        (Kind::TrafficTarget, _) => "ports stand in a TCPRoute",
        (Kind::HTTPRouteGroup, _) => "matches stand under spec",
        (Kind::TCPRoute, _) => "the only version with ports",
        (Kind::TrafficSplit, Version::V1Alpha1) => "weights are whole numbers, and a split may have matches",
        (Kind::TrafficSplit, _) => "a split may have matches",
        _ => return None,
    };
    let group = kind.group();
    Some(format!(
        "{group}/{version} {kind} is deprecated; use {group}/{STORED} ({change}): smi convert --to-version {STORED}"
    ))
}
