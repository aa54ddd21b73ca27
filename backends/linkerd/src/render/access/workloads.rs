//! What keeps the workloads of a destination from being selected, or from being guarded.

use smi_translate::backend::{Report, Selecting, about};
use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use std::sync::Arc;

use smi_translate::facts::Workload;
use smi_translate::intent::{AccessIntent, Grant, PortSet};
use smi_types::access::rules_path;

use crate::workload::{DEFAULT_POLICY, INJECT, Proxy, annotation};

const SELECTING: Selecting = Selecting {
    mesh: "Linkerd",
    unknown: "LINKERD-WORKLOAD-1",
    unlabelled: "LINKERD-SELECTOR-2",
    mingled: "LINKERD-SELECTOR-1",
    other: "the other one may be denied as well, because of several Servers for a port the oldest decides",
};

const SKIPPED_PORTS: &str = "config.linkerd.io/skip-inbound-ports";

/// Says everything there is to say about the workloads.
pub(super) fn check(intent: &AccessIntent, report: &mut Report) {
    SELECTING.check(intent, report);
    for workload in intent.workloads() {
        unguarded(intent, workload).into_iter().for_each(|diagnostic| report.say(diagnostic));
    }
    let inseparable = || intent.inseparable.iter().filter(|inseparable| inseparable.labels.is_some());
    let selected = || {
        let separate = intent.selections.iter().flat_map(|selection| &selection.workloads);
        separate.chain(inseparable().map(|inseparable| &inseparable.workload))
    };
    let denies = &|workload: &Arc<Workload>| annotation(intent, workload, DEFAULT_POLICY) == Some("deny");
    let all_deny = selected().next().is_some() && selected().all(denies);
    let is_guarded = !intent.selections.is_empty() || inseparable().next().is_some();
    if is_guarded && !all_deny {
        report.say(open_elsewhere(intent));
    }
    let for_all_ports = |grant: &&Grant| grant.is_tcp() && grant.ports == PortSet::All;
    if let Some(grant) = intent.grants.iter().find(for_all_ports).filter(|_| selected().any(denies)) {
        report.say(denied_elsewhere(grant));
    }
}

/// Ways past the proxy that enforces a policy.
fn unguarded(intent: &AccessIntent, workload: &Workload) -> Vec<Diagnostic> {
    let own = &workload.object;
    let warning = |message: String, effect, help| {
        about::destination(intent, ("LINKERD-WORKLOAD-2", Severity::Warning), message, effect).help(help)
    };
    let mut warnings = Vec::new();
    if workload.host_network {
        warnings.push(warning(
            format!("the pods of {own} use the network of their node, where no proxy guards them"),
            "the workload stays open",
            "remove hostNetwork",
        ));
    }
    match Proxy::of(intent, workload) {
        Proxy::Expected => {}
        Proxy::Unasked => warnings.push(warning(
            format!("neither the pods of {own} nor their namespace have {INJECT}: enabled, so that they have no proxy"),
            "the workload stays open, unless its pods get a proxy in another way",
            "let the pods have a proxy",
        )),
        Proxy::Unread(value) => warnings.push(warning(
            format!("the pods of {own}, or their namespace, have {INJECT}: {value:?}, which Linkerd's injector does not take, so that they have no proxy"),
            "the workload stays open",
            "write enabled, ingress or disabled",
        )),
        Proxy::Disabled => warnings.push(warning(
            format!("the pods of {own} have {INJECT}: disabled, so that they have no proxy"),
            "the workload stays open",
            "let the pods have a proxy",
        )),
    }
    let skipped = annotation(intent, workload, SKIPPED_PORTS).unwrap_or_default().trim();
    if !skipped.is_empty() {
        warnings.push(warning(
            format!("the proxies of {own} do not guard the ports {skipped:?}, which {SKIPPED_PORTS} names"),
            "these ports stay open",
            "remove the annotation",
        ));
    }
    warnings
}

/// What is granted on all ports needs a Server for each of them.
fn denied_elsewhere(grant: &Grant) -> Diagnostic {
    Diagnostic::new(
        Code("LINKERD-OPEN-2"),
        Severity::Info,
        "all ports of the workloads are granted, whose default inbound policy denies, and Linkerd lets callers in at ports that are known",
        "ports that no container declares and no Service leads to are denied to everybody",
    )
    .on(&grant.target)
    .at(rules_path(grant.object.version))
    .help("declare the ports of the containers, or list them in a TCPRoute")
}

/// A Server guards one port, and the pod's default guards the others, and all of them until the proxy knows its Servers.
fn open_elsewhere(intent: &AccessIntent) -> Diagnostic {
    about::destination(
        intent,
        ("LINKERD-OPEN-1", Severity::Warning),
        "Linkerd guards the ports that are known of a workload, and its default inbound policy decides about all others",
        "ports that no container declares, no Service leads to and no TrafficTarget names stay open, and all ports for a moment when a pod starts, unless that default denies",
    )
    .help("annotate the pods with config.linkerd.io/default-inbound-policy: deny")
}
