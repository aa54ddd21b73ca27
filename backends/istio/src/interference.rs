//! What a user's own policies do to workloads that TrafficTargets protect.

use serde_json::Value;
use smi_translate::backend::about;
use smi_translate::diagnostic::{Diagnostic, Severity};
use smi_translate::facts::Labels;
use smi_translate::intent::AccessIntent;
use smi_translate::inventory::Foreign;

/// Kinds that decide about requests to workloads, or may. Of an EnvoyFilter nobody can say what it does, but its name is taken.
pub(crate) const POLICY_KINDS: [(&str, &str); 3] = [
    ("security.istio.io", "AuthorizationPolicy"),
    ("security.istio.io", "PeerAuthentication"),
    ("networking.istio.io", "EnvoyFilter"),
];

/// What `foreign` does to the workloads of `intent`.
pub(crate) fn interference(foreign: &Foreign, intent: &AccessIntent, ambient: bool) -> Option<Diagnostic> {
    let spec = &foreign.body["spec"];
    if intent.targets.is_empty() || !reaches(spec, intent, ambient) {
        return None;
    }
    match &*foreign.object.kind {
        "AuthorizationPolicy" => authorization(foreign, spec, intent),
        "PeerAuthentication" => authentication(foreign, spec, intent),
        _ => None,
    }
}

/// The labels that pods must have for a policy to be about them; none where it may be about any.
pub(crate) fn selected_pods(foreign: &Foreign) -> Labels {
    let asked = foreign.body["spec"]["selector"]["matchLabels"].as_object();
    let labels = asked
        .into_iter()
        .flatten()
        .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
    labels.collect()
}

/// Whether a policy selects one of the workloads. Sidecars ignore one that is attached to something else; waypoints do not.
fn reaches(spec: &Value, intent: &AccessIntent, ambient: bool) -> bool {
    let is_attached =
        !spec["targetRef"].is_null() || spec["targetRefs"].as_array().is_some_and(|refs| !refs.is_empty());
    let Some(asked) = spec["selector"]["matchLabels"].as_object().filter(|asked| !asked.is_empty()) else {
        return ambient || !is_attached;
    };
    let has = |labels: &Labels| {
        asked.iter().all(|(key, value)| labels.get(key).map(String::as_str) == value.as_str())
    };
    let mut selections = intent.selections.iter();
    intent.workloads().any(|workload| has(&workload.labels))
        || selections.any(|selection| has(&selection.labels))
}

fn authorization(foreign: &Foreign, spec: &Value, intent: &AccessIntent) -> Option<Diagnostic> {
    let is_rehearsed = foreign.body["metadata"]["annotations"]["istio.io/dry-run"] == "true";
    // Without rules it allows nothing, or denies nothing.
    let has_rules = spec["rules"].as_array().is_some_and(|rules| !rules.is_empty());
    if is_rehearsed || !has_rules {
        return None;
    }
    let object = &foreign.object;
    match spec["action"].as_str().unwrap_or("ALLOW") {
        "ALLOW" => Some(
            about::destination(
                intent,
                ("ISTIO-POLICY-1", Severity::Warning),
                format!("{object} selects workloads of this destination as well, and this project did not write it"),
                "it allows more than SMI grants: Istio lets through what any of its policies allows",
            )
            .help("remove the policy, or write what it allows as a TrafficTarget"),
        ),
        "DENY" | "CUSTOM" => Some(about::destination(
            intent,
            ("ISTIO-POLICY-3", Severity::Info),
            format!("{object} selects workloads of this destination as well, and this project did not write it"),
            "it may deny what SMI grants: Istio asks it first",
        )),
        _ => None,
    }
}

fn authentication(foreign: &Foreign, spec: &Value, intent: &AccessIntent) -> Option<Diagnostic> {
    let disables = |mtls: &Value| mtls["mode"] == "DISABLE";
    let mut ports = spec["portLevelMtls"].as_object().into_iter().flat_map(serde_json::Map::values);
    if !disables(&spec["mtls"]) && !ports.any(disables) {
        return None;
    }
    let message = format!("{} switches mutual TLS off for workloads of this destination", foreign.object);
    let effect = "callers have no identity there, so that every request is denied";
    let warning = about::destination(intent, ("ISTIO-POLICY-2", Severity::Warning), message, effect);
    Some(warning.help("use the mode PERMISSIVE or STRICT"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use smi_translate::read::{ReadOptions, Reader};
    use smi_translate::{Intent, ObjectRef, Options, resolve};

    use super::*;

    fn said(kind: &'static str, spec: &Value) -> Option<(&'static str, Severity)> {
        let text = "apiVersion: access.smi-spec.io/v1alpha3\nkind: TrafficTarget\nmetadata: {name: t, namespace: shop}\n\
            spec:\n  destination: {kind: ServiceAccount, name: web, namespace: shop}\n\
            \x20 sources: [{kind: ServiceAccount, name: a, namespace: shop}]\n  rules: [{kind: TCPRoute, name: r}]\n---\n\
            apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n\
            \x20 selector: {matchLabels: {app: web}}\n  template: {metadata: {labels: {app: web, tier: x}}, spec: {serviceAccountName: web}}\n";
        let mut reader = Reader::new(ReadOptions::default());
        reader.add("t.yaml", text.as_bytes());
        let inventory = reader.finish(Options::default()).inventory;
        let key = inventory.units().next().unwrap();
        let Intent::Access(intent) = resolve(&inventory, &key).intent else { panic!("no access") };
        let object = ObjectRef::new(kind, "shop", "own");
        let foreign = Foreign { object, body: json!({ "spec": spec }) };
        interference(&foreign, &intent, false).map(|diagnostic| (diagnostic.code.0, diagnostic.severity))
    }

    #[test]
    fn only_policies_that_select_the_workloads_count() {
        let policy = |spec| said("AuthorizationPolicy", &spec);
        let more = Some(("ISTIO-POLICY-1", Severity::Warning));
        assert_eq!(policy(json!({"rules": [{}]})), more);
        assert_eq!(policy(json!({"rules": [{}], "selector": {"matchLabels": {"tier": "x"}}})), more);
        assert_eq!(policy(json!({"rules": [{}], "selector": {"matchLabels": {"tier": "y"}}})), None);
        assert_eq!(policy(json!({"rules": [{}], "targetRefs": [{"kind": "Service", "name": "web"}]})), None);
        assert_eq!(policy(json!({})), None, "it allows nothing");
        assert_eq!(policy(json!({"action": "AUDIT", "rules": [{}]})), None);
        let less = Some(("ISTIO-POLICY-3", Severity::Info));
        assert_eq!(policy(json!({"action": "DENY", "rules": [{}]})), less);
    }

    #[test]
    fn without_mutual_tls_nobody_has_an_identity() {
        let peers = |spec| said("PeerAuthentication", &spec);
        let off = Some(("ISTIO-POLICY-2", Severity::Warning));
        assert_eq!(peers(json!({"mtls": {"mode": "DISABLE"}})), off);
        assert_eq!(peers(json!({"mtls": {"mode": "STRICT"}})), None);
        let port = json!({"selector": {"matchLabels": {"app": "web"}}, "portLevelMtls": {"80": {"mode": "DISABLE"}}});
        assert_eq!(peers(port), off);
    }
}
