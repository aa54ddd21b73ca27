//! Checks of a TrafficTarget (SMI-VAL-11, 12, 15 to 18). Subjects are checked in `subject`.

use std::collections::{BTreeSet, HashMap};

use super::subject::{self, Role};
use super::{AccessContext, Finding};
use crate::access::{destination_path, rules_path, sources_path};
use crate::hub::{Rule, Source, Subject, TrafficTarget};
use crate::quote::quoted;
use crate::service_name::is_object_name;
use crate::{FieldPath, InvalidPort, Port, Version};

const GRANTS_NOTHING: &str = "the target grants nothing";

pub(super) fn check(target: &TrafficTarget, context: &AccessContext, findings: &mut Vec<Finding>) {
    let TrafficTarget { metadata, version, destination, port, rules, sources } = target;
    let own = metadata.namespace();
    let path = destination_path(*version);
    subject::check(&path, destination, *version, Role::Destination, findings);
    // Where the namespace is not filled in yet, there is nothing to compare with.
    if !own.is_empty() && destination.namespace(own) != own {
        findings.push(foreign_destination(path.clone().key("namespace"), destination, own, context));
    }
    if let Some(Port::Invalid(invalid)) = port {
        findings.push(bad_port(path.key("port"), invalid));
    }
    if rules.is_empty() {
        findings.push(empty_list(rules_path(*version), "rule", *version));
    }
    if sources.is_empty() {
        findings.push(empty_list(sources_path(*version), "source", *version));
    }
    check_rules(rules, *version, findings);
    check_sources(target, findings);
}

fn foreign_destination(
    path: FieldPath,
    destination: &Subject,
    own: &str,
    context: &AccessContext,
) -> Finding {
    let namespace = destination.namespace(own);
    let message = format!(
        "the destination is in namespace {}; a TrafficTarget protects workloads of its own namespace {}",
        quoted(namespace),
        quoted(own)
    );
    if context.allow_foreign_destination {
        return Finding::warning(
            "SMI-VAL-15",
            path,
            message,
            "it grants access to a workload of another namespace",
        );
    }
    Finding::error(
        "SMI-VAL-15",
        path,
        message,
        "the target is ignored: it grants nothing, and protects no workload",
    )
    .help(format!(
        "create the TrafficTarget in namespace {}, or allow destinations in other namespaces (`--allow-foreign-destination`)",
        quoted(namespace)
    ))
}

fn bad_port(path: FieldPath, invalid: &InvalidPort) -> Finding {
    let message = format!("the destination port is invalid: {invalid}");
    Finding::error("SMI-VAL-12", path, message, GRANTS_NOTHING)
        .help("write a number from 1 to 65535, or leave the port out for all ports")
}

/// The first two versions did not ask for rules and sources, but grant as little without them (SMI-ACCESS-12).
fn empty_list(path: FieldPath, what: &str, version: Version) -> Finding {
    let message = format!("the target has no {what}");
    let finding = if version.is_deprecated() {
        Finding::warning("SMI-VAL-11", path, message, GRANTS_NOTHING)
    } else {
        Finding::error("SMI-VAL-11", path, message, GRANTS_NOTHING)
    };
    finding.help(format!("list every {what}; \"any\" cannot be said"))
}

fn check_rules(rules: &[Rule], version: Version, findings: &mut Vec<Finding>) {
    let mut first_positions = HashMap::new();
    for (index, rule) in rules.iter().enumerate() {
        let path = rules_path(version).index(index);
        let Rule { kind, name, matches } = rule;
        let names: BTreeSet<&String> = matches.iter().flatten().collect();
        match kind.as_str() {
            "HTTPRouteGroup" => {}
            "TCPRoute" | "UDPRoute" if names.is_empty() => {}
            "TCPRoute" | "UDPRoute" => findings.push(matches_of_ports(path.clone().key("matches"), kind)),
            _ => findings.push(wrong_kind(path.clone().key("kind"), kind)),
        }
        if name.is_empty() {
            findings.push(no_route_name(path.clone().key("name")));
            continue;
        }
        if !is_object_name(name) {
            findings.push(bad_route_name(path.clone().key("name"), name));
        }
        let first = *first_positions.entry((kind, name, names)).or_insert(index);
        if first != index {
            findings.push(duplicate_rule(path, &rules_path(version).index(first)));
        }
    }
}

fn wrong_kind(path: FieldPath, kind: &str) -> Finding {
    let message = match kind {
        "" => "the rule names no kind".to_owned(),
        kind => format!("a rule cannot be of kind {}", quoted(kind)),
    };
    Finding::error("SMI-VAL-16", path, message, "the rule grants nothing")
        .help("use kind: HTTPRouteGroup, TCPRoute or UDPRoute")
}

fn no_route_name(path: FieldPath) -> Finding {
    Finding::error("SMI-VAL-16", path, "the rule names no route", "the rule grants nothing")
}

fn bad_route_name(path: FieldPath, name: &str) -> Finding {
    let message = format!("{} is not a valid name of a route", quoted(name));
    Finding::error("SMI-VAL-16", path, message, "the rule grants nothing")
}

fn matches_of_ports(path: FieldPath, kind: &str) -> Finding {
    let message = format!("a rule with a {kind} lists matches, which are names in an HTTPRouteGroup");
    let effect = format!("the rule applies only if the name under spec.matches of the {kind} is listed");
    Finding::warning("SMI-VAL-18", path, message, effect).help("leave matches out")
}

fn duplicate_rule(path: FieldPath, first: &FieldPath) -> Finding {
    Finding::warning(
        "SMI-VAL-17",
        path,
        format!("the rule is listed before, as {first}"),
        "none; it counts once",
    )
}

fn check_sources(target: &TrafficTarget, findings: &mut Vec<Finding>) {
    let TrafficTarget { metadata, version, destination, port: _, rules: _, sources } = target;
    let identity = |subject: &Subject| {
        let Subject { kind, name, namespace: _, group: _ } = subject;
        (kind.clone(), name.clone(), subject.namespace(metadata.namespace()).to_owned())
    };
    let destination = identity(destination);
    let mut first_positions = HashMap::new();
    for (index, Source { subject, port }) in sources.iter().enumerate() {
        let path = sources_path(*version).index(index);
        subject::check(&path, subject, *version, Role::Source, findings);
        // Later versions have no such field; the port is kept in the annotation there.
        if port.is_some() && version.is_deprecated() {
            findings.push(source_port(path.clone().key("port")));
        }
        if subject.name.is_empty() {
            continue;
        }
        let identity = identity(subject);
        if identity == destination {
            findings.push(own_source(path.clone()));
        }
        let first = *first_positions.entry(identity).or_insert(index);
        if first != index {
            findings.push(duplicate_source(path, &sources_path(*version).index(first)));
        }
    }
}

/// D-A4. Not SMI's field, although the first types for Go have it.
fn source_port(path: FieldPath) -> Finding {
    Finding::warning("SMI-VAL-3", path, "a source has no port", "none; the port is ignored")
        .help("the port of the destination restricts the target")
}

fn own_source(path: FieldPath) -> Finding {
    let effect = "the pods of the destination may call each other";
    Finding::warning("SMI-VAL-17", path, "the source is the destination itself", effect)
}

fn duplicate_source(path: FieldPath, first: &FieldPath) -> Finding {
    let message = format!("the source is listed before, as {first}");
    Finding::warning("SMI-VAL-17", path, message, "none; it counts once")
}
