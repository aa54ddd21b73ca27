//! What keeps the workloads of a destination from being selected, or from being guarded.

use smi_translate::backend::{Report, about};
use smi_translate::diagnostic::{Diagnostic, Severity};
use std::sync::Arc;

use smi_translate::facts::Workload;
use smi_translate::intent::{AccessIntent, Inseparable, Mingled};

use crate::workload::{INJECT, Proxy, annotation};

const OWN_LABEL: &str = "give the pods a label that no workload of another service account has, or label every pod with its service \
    account and translate with `--service-account-label`";

const SKIPPED_PORTS: &str = "config.linkerd.io/skip-inbound-ports";
const DEFAULT_POLICY: &str = "config.linkerd.io/default-inbound-policy";

/// Says everything there is to say about the workloads.
pub(super) fn check(intent: &AccessIntent, report: &mut Report) {
    if intent.selections.is_empty() && intent.inseparable.is_empty() {
        report.say(nobody(intent));
    }
    for inseparable in &intent.inseparable {
        report.say(mingled(intent, inseparable));
    }
    for workload in intent.workloads() {
        unguarded(intent, workload).into_iter().for_each(|diagnostic| report.say(diagnostic));
    }
    let selected = || intent.selections.iter().flat_map(|selection| &selection.workloads);
    let denies = |workload: &Arc<Workload>| annotation(intent, workload, DEFAULT_POLICY) == Some("deny");
    let all_deny = selected().next().is_some() && selected().all(denies);
    if !intent.selections.is_empty() && !all_deny {
        report.say(open_elsewhere(intent));
    }
}

/// No workload of the service account is known, and no label says the service account.
fn nobody(intent: &AccessIntent) -> Diagnostic {
    let account = &intent.destination;
    if intent.complete {
        let message = format!("no workload has the service account {account}");
        let effect = "there is nothing to protect yet";
        return about::destination(intent, ("LINKERD-WORKLOAD-1", Severity::Info), message, effect);
    }
    about::destination(
        intent,
        ("LINKERD-WORKLOAD-1", Severity::Error),
        format!("no workload of the service account {account} is in the input, and Linkerd selects workloads by the labels of their pods"),
        "nothing can be selected, and its workloads stay open",
    )
    .help("add its Deployments or Pods to the input, or label every pod with its service account and translate with `--service-account-label`")
}

fn mingled(intent: &AccessIntent, inseparable: &Inseparable) -> Diagnostic {
    let own = &inseparable.workload.object;
    if inseparable.labels.is_none() {
        let message = format!("the pods of {own} have no labels, by which Linkerd selects workloads");
        let effect = "nothing can be selected, and the workload stays open";
        return about::destination(intent, ("LINKERD-SELECTOR-2", Severity::Error), message, effect)
            .help("give the pods a label");
    }
    let message = match &inseparable.because {
        Mingled::OtherAccount(other) => {
            format!(
                "no label tells the pods of {own} from those of {other}, which has another service account"
            )
        }
        Mingled::Unreadable(other) => {
            format!(
                "{other} could not be read, so that no label is sure to tell the pods of {own} from its own"
            )
        }
        Mingled::NoLabels => format!("no label tells the pods of {own} from those of other workloads"),
    };
    let effect = "nothing is granted to the workload; the other one may be denied as well, because of several Servers for a port the oldest decides";
    about::destination(intent, ("LINKERD-SELECTOR-1", Severity::Error), message, effect).help(OWN_LABEL)
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
        Proxy::Disabled => warnings.push(warning(
            format!("the pods of {own} have {INJECT}: disabled, so that they have no proxy"),
            "the workload stays open",
            "let the pods have a proxy",
        )),
    }
    let skipped = annotation(intent, workload, SKIPPED_PORTS).unwrap_or_default();
    if !skipped.is_empty() {
        warnings.push(warning(
            format!("the proxies of {own} do not guard the ports {skipped:?}, which {SKIPPED_PORTS} names"),
            "these ports stay open",
            "remove the annotation",
        ));
    }
    warnings
}

/// A Server guards one port, and the pod's default guards the others, and all of them until the proxy knows its Servers.
fn open_elsewhere(intent: &AccessIntent) -> Diagnostic {
    about::destination(
        intent,
        ("LINKERD-OPEN-1", Severity::Warning),
        "Linkerd guards the ports that are known of a workload, and its default inbound policy decides about all others",
        "ports that no container declares and no Service leads to stay open, and all ports for a moment when a pod starts, unless that default denies",
    )
    .help("annotate the pods with config.linkerd.io/default-inbound-policy: deny")
}
