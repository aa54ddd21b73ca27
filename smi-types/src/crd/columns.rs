//! What `kubectl get` shows.

use serde_json::{Value, json};

use crate::Kind;

/// The columns of a kind, the same in every version.
pub(super) fn columns(kind: Kind) -> Vec<Value> {
    let mut columns = Vec::new();
    if kind == Kind::TrafficSplit {
        columns.push(column(
            "Service",
            "string",
            ".spec.service",
            "The root Service, whose traffic is split.",
        ));
    }
    columns.push(condition("Accepted", "Whether a controller takes the object as it is."));
    columns.push(condition("Programmed", "Whether the mesh does what the object says."));
    columns.push(column("Age", "date", ".metadata.creationTimestamp", "Time since the object was created."));
    columns
}

fn condition(name: &str, description: &str) -> Value {
    column(name, "string", &format!(".status.conditions[?(@.type==\"{name}\")].status"), description)
}

fn column(name: &str, kind: &str, path: &str, description: &str) -> Value {
    json!({"name": name, "type": kind, "jsonPath": path, "description": description})
}
