//! What keeps the workloads of a destination from being selected, or from being guarded.

use smi_translate::backend::{Report, Selecting, about};
use smi_translate::diagnostic::{Diagnostic, Severity};
use smi_translate::facts::Workload;
use smi_translate::intent::AccessIntent;

use crate::IstioOptions;

const SELECTING: Selecting = Selecting {
    mesh: "Istio",
    unknown: "ISTIO-WORKLOAD-1",
    unlabelled: "ISTIO-SELECTOR-2",
    mingled: "ISTIO-SELECTOR-1",
    other: "the other one is denied as well, except for what a policy of its own allows",
};

const EXCLUDED_PORTS: &str = "traffic.sidecar.istio.io/excludeInboundPorts";
const INCLUDED_PORTS: &str = "traffic.sidecar.istio.io/includeInboundPorts";
const INTERCEPTION: &str = "sidecar.istio.io/interceptionMode";
/// A label of namespaces.
const INJECTION: &str = "istio-injection";
/// A label of namespaces and of pods, of which the latter wins.
const DATAPLANE_MODE: &str = "istio.io/dataplane-mode";
const INJECT: &str = "sidecar.istio.io/inject";

/// Says everything there is to say about the workloads.
pub(super) fn check(intent: &AccessIntent, options: &IstioOptions, report: &mut Report) {
    SELECTING.check(intent, report);
    for workload in intent.workloads() {
        let unguarded = unguarded(intent, workload, options);
        unguarded.into_iter().for_each(|diagnostic| report.say(diagnostic));
    }
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
        let chooses =
            workload.labels.get(DATAPLANE_MODE).or_else(|| intent.namespace_labels.get(DATAPLANE_MODE));
        if chooses.is_some_and(|mode| mode == "none") {
            warnings.push(warning(
                format!("{DATAPLANE_MODE} says that the pods of {own} are not in the mesh"),
                "the workload stays open",
                "let the pods be in ambient mode",
            ));
        }
        return warnings;
    }
    if let Some(injection) = intent.namespace_labels.get(INJECTION).filter(|value| *value != "enabled") {
        warnings.push(warning(
            format!(
                "{INJECTION} of the namespace is {injection:?}, so that the pods of {own} get no sidecar"
            ),
            "the workload stays open, unless somebody puts a sidecar into its pods by hand",
            "label the namespace for injection",
        ));
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
