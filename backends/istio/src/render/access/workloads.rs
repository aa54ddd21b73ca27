//! What keeps the workloads of a destination from being selected, or from being guarded.

use smi_translate::backend::{Report, about};
use smi_translate::diagnostic::{Diagnostic, Severity};
use smi_translate::facts::Workload;
use smi_translate::intent::{AccessIntent, Inseparable, Mingled};

use crate::IstioOptions;

const OWN_LABEL: &str = "give the pods a label that no workload of another service account has, or label every pod with its service \
    account and translate with `--service-account-label`";

const EXCLUDED_PORTS: &str = "traffic.sidecar.istio.io/excludeInboundPorts";
const INCLUDED_PORTS: &str = "traffic.sidecar.istio.io/includeInboundPorts";
const INTERCEPTION: &str = "sidecar.istio.io/interceptionMode";
const INJECT: &str = "sidecar.istio.io/inject";

/// Says everything there is to say about the workloads.
pub(super) fn check(intent: &AccessIntent, options: &IstioOptions, report: &mut Report) {
    if intent.selections.is_empty() && intent.inseparable.is_empty() {
        report.say(nobody(intent));
    }
    for inseparable in &intent.inseparable {
        report.say(mingled(intent, inseparable));
    }
    for workload in intent.workloads() {
        let unguarded = unguarded(intent, workload, options);
        unguarded.into_iter().for_each(|diagnostic| report.say(diagnostic));
    }
}

/// No workload of the service account is known, and no label says the service account.
fn nobody(intent: &AccessIntent) -> Diagnostic {
    let account = &intent.destination;
    if intent.complete {
        let message = format!("no workload has the service account {account}");
        return about::destination(
            intent,
            ("ISTIO-WORKLOAD-1", Severity::Info),
            message,
            "there is nothing to protect yet",
        );
    }
    let others: Vec<String> = intent
        .others
        .iter()
        .map(|other| format!("{} (service account {})", other.object, other.service_account))
        .collect();
    let others = match others.as_slice() {
        [] => String::new(),
        some => format!("; in its namespace the input has {}", some.join(", ")),
    };
    about::destination(
        intent,
        ("ISTIO-WORKLOAD-1", Severity::Error),
        format!("no workload of the service account {account} is in the input, and Istio selects workloads by the labels of their pods{others}"),
        "nothing can be selected, and its workloads stay open",
    )
    .help("add its Deployments or Pods to the input, or label every pod with its service account and translate with `--service-account-label`")
}

fn mingled(intent: &AccessIntent, inseparable: &Inseparable) -> Diagnostic {
    let own = &inseparable.workload.object;
    if inseparable.labels.is_none() {
        let message = format!("the pods of {own} have no labels, by which Istio selects workloads");
        let effect = "nothing can be selected, and the workload stays open";
        return about::destination(intent, ("ISTIO-SELECTOR-2", Severity::Error), message, effect)
            .help("give the pods a label");
    }
    let (message, effect, help) = match &inseparable.because {
        Mingled::Unreadable(other) => (
            format!(
                "{other} could not be read, so that no label is sure to tell the pods of {own} from its own"
            ),
            "nothing is granted to the workload, which denies everything",
            "correct the other object",
        ),
        because => (
            match because {
                Mingled::OtherAccount(other) => {
                    format!(
                        "no label tells the pods of {own} from those of {other}, which has another service account"
                    )
                }
                _ => format!("no label tells the pods of {own} from those of other workloads"),
            },
            "nothing is granted to the workload; the other one is denied as well, except for what a policy of its own allows",
            OWN_LABEL,
        ),
    };
    about::destination(intent, ("ISTIO-SELECTOR-1", Severity::Error), message, effect).help(help)
}

/// Ways past the proxy that enforces a policy.
fn unguarded(intent: &AccessIntent, workload: &Workload, options: &IstioOptions) -> Vec<Diagnostic> {
    let own = &workload.object;
    let warning = |message: String, effect, help| {
        about::destination(intent, ("ISTIO-WORKLOAD-2", Severity::Warning), message, effect).help(help)
    };
    let mut warnings = Vec::new();
    if workload.host_network {
        warnings.push(warning(
            format!("the pods of {own} use the network of their node, where no proxy guards them"),
            "the workload stays open",
            "remove hostNetwork",
        ));
    }
    if options.ambient {
        return warnings;
    }
    let not_injected =
        |map: &smi_translate::facts::Labels| map.get(INJECT).is_some_and(|value| !is_yes(value));
    if not_injected(&workload.labels) || not_injected(&workload.annotations) {
        warnings.push(warning(
            format!("{INJECT} says that the pods of {own} have no sidecar"),
            "the workload stays open",
            "let the pods have a sidecar",
        ));
    }
    let included = workload.annotations.get(INCLUDED_PORTS).filter(|ports| ports.trim() != "*");
    if let Some(included) = included {
        warnings.push(warning(
            format!(
                "the sidecars of {own} guard no other ports than {included:?}, which {INCLUDED_PORTS} names"
            ),
            "the other ports stay open",
            "remove the annotation",
        ));
    }
    if workload.annotations.get(INTERCEPTION).is_some_and(|mode| mode == "NONE") {
        warnings.push(warning(
            format!(
                "{INTERCEPTION} of {own} is NONE, so that clients may reach the containers past the sidecar"
            ),
            "ports that the containers open to the network stay open",
            "remove the annotation",
        ));
    }
    let excluded = workload.annotations.get(EXCLUDED_PORTS).map(|ports| ports.trim()).unwrap_or_default();
    if !excluded.is_empty() {
        warnings.push(warning(
            format!(
                "the sidecars of {own} do not guard the ports {excluded:?}, which {EXCLUDED_PORTS} names"
            ),
            "these ports stay open",
            "remove the annotation",
        ));
    }
    warnings
}

/// What Istio's injector takes for yes; anything else is no.
fn is_yes(value: &str) -> bool {
    ["y", "yes", "true", "on"].iter().any(|yes| value.eq_ignore_ascii_case(yes))
}
