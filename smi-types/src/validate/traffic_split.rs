//! Checks of a TrafficSplit: its root, its backends and its condition (SMI-VAL-41, 42, 45, 47). Weights are next door.

use std::collections::HashMap;

use super::{Context, Finding, split_weights};
use crate::hub::{RouteRef, TrafficSplit};
use crate::quote::quoted;
use crate::service_name::{self, ServiceName, is_object_name};
use crate::{FieldPath, SPECS_GROUP};

const NOT_APPLIED: &str = "the split is not applied, and its root Service answers as without it";

pub(super) fn check(split: &TrafficSplit, context: &Context, findings: &mut Vec<Finding>) {
    let namespace = split.metadata.namespace();
    let root = root(split, context, findings);
    if split.backends.is_empty() {
        findings.push(no_backend());
    }
    let mut first_positions = HashMap::new();
    for (index, backend) in split.backends.iter().enumerate() {
        let path = FieldPath::of("spec").key("backends").index(index).key("service");
        let name = match service_name::parse(&backend.service, namespace, &context.cluster_domain) {
            Ok(ServiceName::Own(name)) => name,
            // Where the namespace is not filled in yet, there is nothing to compare with.
            Ok(ServiceName::Other { .. }) if namespace.is_empty() => continue,
            Ok(elsewhere) => {
                findings.push(foreign_backend(path, &backend.service, &elsewhere, namespace));
                continue;
            }
            Err(error) => {
                findings.push(bad_backend(path, &error));
                continue;
            }
        };
        if root.as_ref() == Some(&name) {
            findings.push(self_reference(path.clone(), &name));
        }
        match first_positions.get(&name) {
            Some(first) => findings.push(duplicate_backend(path, &name, *first)),
            None => {
                first_positions.insert(name, index);
            }
        }
    }
    if split.backends.len() == 1 {
        findings.push(single_backend());
    }
    split_weights::check(split, findings);
    for (index, route) in split.matches.iter().flatten().enumerate() {
        condition(FieldPath::of("spec").key("matches").index(index), route, findings);
    }
}

/// The root's plain name, if it is a Service of the split's namespace.
fn root(split: &TrafficSplit, context: &Context, findings: &mut Vec<Finding>) -> Option<String> {
    let namespace = split.metadata.namespace();
    match service_name::parse(&split.service, namespace, &context.cluster_domain) {
        Ok(ServiceName::Own(name)) => return Some(name),
        Ok(ServiceName::Host(_)) if context.allow_host_root => {}
        Ok(ServiceName::Other { .. }) if namespace.is_empty() => {}
        Ok(elsewhere) => findings.push(foreign_root(&split.service, &elsewhere, namespace)),
        Err(error) => findings.push(bad_root(&error)),
    }
    None
}

fn root_path() -> FieldPath {
    FieldPath::of("spec").key("service")
}

fn bad_root(error: &service_name::ServiceNameError) -> Finding {
    let message = match error.problem {
        service_name::ServiceNameProblem::Empty => "the split has no root Service".to_owned(),
        _ => format!("the root of the split is not a Service name: {error}"),
    };
    let help = error.help().unwrap_or_else(|| "name the Service that clients call".to_owned());
    Finding::error("SMI-VAL-41", root_path(), message, "the split is not applied").help(help)
}

fn foreign_root(text: &str, elsewhere: &ServiceName, namespace: &str) -> Finding {
    let (what, help) = match elsewhere {
        ServiceName::Other { namespace: other, .. } => (
            format!("a Service of namespace {}", quoted(other)),
            format!("create the split in namespace {}", quoted(other)),
        ),
        _ => ("a host name, not a Service".to_owned(), "name the Service that clients call".to_owned()),
    };
    let message = format!(
        "the root {} is {what}; a split acts on Services of its own namespace {}",
        quoted(text),
        quoted(namespace)
    );
    Finding::error("SMI-VAL-41", root_path(), message, "the split is not applied").help(help)
}

fn no_backend() -> Finding {
    let path = FieldPath::of("spec").key("backends");
    Finding::error("SMI-VAL-42", path, "the split has no backend", NOT_APPLIED)
        .help("list the Services that share the traffic")
}

const EXCLUDED: &str =
    "the backend is left out; other backends, if there are any, share its traffic by their weights";

fn bad_backend(path: FieldPath, error: &service_name::ServiceNameError) -> Finding {
    let message = match error.problem {
        service_name::ServiceNameProblem::Empty => "the backend names no Service".to_owned(),
        _ => format!("the backend is not a Service name: {error}"),
    };
    let finding = Finding::error("SMI-VAL-42", path, message, EXCLUDED);
    match error.help() {
        Some(help) => finding.help(help),
        None => finding,
    }
}

fn foreign_backend(path: FieldPath, text: &str, elsewhere: &ServiceName, namespace: &str) -> Finding {
    let what = match elsewhere {
        ServiceName::Other { namespace: other, .. } => format!("a Service of namespace {}", quoted(other)),
        _ => "a host name, not a Service".to_owned(),
    };
    let message = format!(
        "the backend {} is {what}; backends are Services of the split's namespace {}",
        quoted(text),
        quoted(namespace)
    );
    Finding::error("SMI-VAL-42", path, message, EXCLUDED)
}

fn self_reference(path: FieldPath, name: &str) -> Finding {
    let message = format!("backend {} is the root of the split itself", quoted(name));
    let effect = "the backend stands for the endpoints that the root Service selects, and is not split again";
    Finding::warning("SMI-VAL-45", path, message, effect)
}

fn duplicate_backend(path: FieldPath, name: &str, first: usize) -> Finding {
    let message = format!("backend {} is listed before, as spec.backends[{first}]", quoted(name));
    Finding::warning("SMI-VAL-45", path, message, "the weights are added at the first position")
        .help("list each Service once")
}

fn single_backend() -> Finding {
    let path = FieldPath::of("spec").key("backends");
    Finding::warning(
        "SMI-VAL-45",
        path,
        "the split has a single backend",
        "with a positive weight it gets all traffic",
    )
}

const NEVER_MATCHES: &str = "this entry never matches; if no other does, the split has no effect";

/// SMI-VAL-47. An absent kind is not `HTTPRouteGroup` either.
fn condition(path: FieldPath, route: &RouteRef, findings: &mut Vec<Finding>) {
    let RouteRef { api_group, kind, name } = route;
    if kind != "HTTPRouteGroup" {
        findings.push(wrong_kind(path.clone().key("kind"), kind));
    }
    if let Some(group) = api_group.as_deref() {
        match group.strip_prefix(SPECS_GROUP) {
            Some("") => {}
            Some(version) if version.starts_with('/') => {
                findings.push(versioned_group(path.clone().key("apiGroup"), group));
            }
            _ => findings.push(wrong_group(path.clone().key("apiGroup"), group)),
        }
    }
    match name.as_str() {
        "" => findings.push(no_route_name(path.key("name"))),
        name if !is_object_name(name) => findings.push(bad_route_name(path.key("name"), name)),
        _ => {}
    }
}

fn bad_route_name(path: FieldPath, name: &str) -> Finding {
    let message = format!("{} is not a valid name of an HTTPRouteGroup", quoted(name));
    Finding::error("SMI-VAL-47", path, message, NEVER_MATCHES)
}

fn wrong_kind(path: FieldPath, kind: &str) -> Finding {
    let message = match kind {
        "" => "the condition names no kind".to_owned(),
        kind => format!("a condition cannot be of kind {}", quoted(kind)),
    };
    Finding::error("SMI-VAL-47", path, message, NEVER_MATCHES).help("use kind: HTTPRouteGroup")
}

fn versioned_group(path: FieldPath, group: &str) -> Finding {
    let message = format!("apiGroup {} carries a version", quoted(group));
    Finding::warning("SMI-VAL-47", path, message, "none; the version is ignored")
        .help(format!("write {SPECS_GROUP}"))
}

fn wrong_group(path: FieldPath, group: &str) -> Finding {
    let message = format!("a condition cannot be of group {}", quoted(group));
    Finding::error("SMI-VAL-47", path, message, NEVER_MATCHES)
        .help(format!("write {SPECS_GROUP}, or leave it out"))
}

fn no_route_name(path: FieldPath) -> Finding {
    Finding::error("SMI-VAL-47", path, "the condition names no HTTPRouteGroup", NEVER_MATCHES)
}
