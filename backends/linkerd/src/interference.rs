//! What a user's own policies do to workloads that TrafficTargets protect (`linkerd.md` 7.8).

use std::collections::BTreeSet;

use serde_json::Value;
use smi_translate::backend::about;
use smi_translate::diagnostic::{Diagnostic, Severity};
use smi_translate::facts::{Labels, Workload};
use smi_translate::intent::AccessIntent;
use smi_translate::inventory::Foreign;
use smi_translate::manifest::{MANAGED_BY_LABEL, UNIT_LABEL};

use crate::WRITER;
use crate::workload::label;

/// How names of objects begin that this project writes.
const OWN_PREFIX: &str = "smi-";

/// What `foreign` does to the workloads of `intent`.
pub(crate) fn interference(foreign: &Foreign, intent: &AccessIntent) -> Option<Diagnostic> {
    if intent.targets.is_empty() {
        return None;
    }
    let spec = &foreign.body["spec"];
    match &*foreign.object.kind {
        "Server" => server(foreign, spec, intent),
        "HTTPRoute" | "GRPCRoute" => {
            let mut parents = spec["parentRefs"].as_array().into_iter().flatten();
            parents
                .any(|parent| parent["kind"] == "Server" && is_ours(&parent["name"]))
                .then(|| widens(foreign, intent))
        }
        "AuthorizationPolicy" => policy(&spec["targetRef"]).then(|| widens(foreign, intent)),
        "ServerAuthorization" => {
            let selects_ours = selects_ours(&spec["server"]["selector"], intent);
            (is_ours(&spec["server"]["name"]) || selects_ours).then(|| widens(foreign, intent))
        }
        _ => None,
    }
}

/// The labels that pods must have for an object to be about them; none where it may be about any.
pub(crate) fn selected_pods(foreign: &Foreign) -> Labels {
    let asked = foreign.body["spec"]["podSelector"]["matchLabels"].as_object();
    let asked = asked.filter(|_| foreign.object.kind == "Server").into_iter().flatten();
    asked.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

/// Of several Servers for a port of a pod, Linkerd follows the oldest and says nothing about the others.
fn server(foreign: &Foreign, spec: &Value, intent: &AccessIntent) -> Option<Diagnostic> {
    let has = |labels: &Labels| selects(&spec["podSelector"], labels);
    let pods =
        |workload: &Workload| workload.labels.clone().into_iter().chain(label(workload)).collect::<Labels>();
    let reaches = intent
        .workloads()
        .any(|workload| has(&pods(workload)) && is_port_of(&spec["port"], &workload.ports))
        || intent.selections.iter().any(|selection| selection.workloads.is_empty() && has(&selection.labels));
    reaches.then(|| {
        about::destination(
            intent,
            ("LINKERD-POLICY-1", Severity::Warning),
            format!(
                "{} selects a port of this destination as well, and this project did not write it",
                foreign.object
            ),
            "Linkerd follows the older of two Servers for a port, so that one of them has no effect",
        )
        .help("remove the Server, and write what it lets in as a TrafficTarget")
    })
}

/// Whether a selector of pods selects those with these labels. Expressions are taken to hold: nothing is missed.
fn selects(selector: &Value, labels: &Labels) -> bool {
    let asked = selector["matchLabels"].as_object();
    selector.is_object()
        && asked.is_none_or(|asked| {
            asked.iter().all(|(key, value)| labels.get(key).map(String::as_str) == value.as_str())
        })
}

/// Whether a Server's port is one that the containers have, or may have: a number that none of them declares can be listened on too.
fn is_port_of(port: &Value, ports: &[smi_translate::facts::ContainerPort]) -> bool {
    match port.as_str() {
        Some(name) => ports.iter().any(|own| own.name.as_deref() == Some(name)),
        None => true,
    }
}

/// Whether a name is that of an object of this project.
fn is_ours(name: &Value) -> bool {
    name.as_str().is_some_and(|name| name.starts_with(OWN_PREFIX))
}

/// Whether a policy lets in at all Servers of the namespace, or at one of ours.
fn policy(target: &Value) -> bool {
    match target["kind"].as_str() {
        Some("Namespace") => true,
        Some("Server" | "HTTPRoute" | "GRPCRoute") => is_ours(&target["name"]),
        _ => false,
    }
}

/// Whether a selector of Servers selects ours, by the labels that they carry.
fn selects_ours(selector: &Value, intent: &AccessIntent) -> bool {
    let unit = intent.key().label();
    let own = Labels::from([(MANAGED_BY_LABEL.to_owned(), WRITER.to_owned()), (UNIT_LABEL.to_owned(), unit)]);
    let keys: BTreeSet<&String> = own.keys().collect();
    let expressions = selector["matchExpressions"].as_array().into_iter().flatten();
    let may_hold = expressions.into_iter().all(|expression| {
        let is_absent = !keys.iter().any(|key| expression["key"] == key.as_str());
        !(is_absent && (expression["operator"] == "In" || expression["operator"] == "Exists"))
    });
    selects(selector, &own) && may_hold
}

fn widens(foreign: &Foreign, intent: &AccessIntent) -> Diagnostic {
    about::destination(
        intent,
        ("LINKERD-POLICY-2", Severity::Warning),
        format!(
            "{} applies at Servers of this destination as well, and this project did not write it",
            foreign.object
        ),
        "it may allow more than SMI grants, or take requests from what SMI grants: Linkerd follows the most specific route, and lets in whom any policy lets in",
    )
    .help("remove the object, or write what it allows as a TrafficTarget")
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use smi_translate::read::{ReadOptions, Reader};
    use smi_translate::{Intent, ObjectRef, Options, resolve};

    use super::*;

    fn said(kind: &'static str, spec: &Value) -> Option<&'static str> {
        let text = "apiVersion: access.smi-spec.io/v1alpha3\nkind: TrafficTarget\nmetadata: {name: t, namespace: shop}\n\
            spec:\n  destination: {kind: ServiceAccount, name: web, namespace: shop}\n\
            \x20 sources: [{kind: ServiceAccount, name: a, namespace: shop}]\n  rules: [{kind: TCPRoute, name: r}]\n---\n\
            apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n\
            \x20 selector: {matchLabels: {app: web}}\n  template: {metadata: {labels: {app: web, tier: x}}, spec: {serviceAccountName: web, containers: [{name: c, ports: [{name: http, containerPort: 80}]}]}}\n";
        let mut reader = Reader::new(ReadOptions::default());
        reader.add("t.yaml", text.as_bytes());
        let inventory = reader.finish(Options::default()).inventory;
        let key = inventory.units().next().unwrap();
        let Intent::Access(intent) = resolve(&inventory, &key).intent else { panic!("no access") };
        let object = ObjectRef::new(kind, "shop", "own");
        let foreign = Foreign { object, body: json!({ "spec": spec }) };
        interference(&foreign, &intent).map(|diagnostic| diagnostic.code.0)
    }

    #[test]
    fn servers_of_the_same_pods_compete() {
        let server =
            |selector: Value, port: Value| said("Server", &json!({"podSelector": selector, "port": port}));
        assert_eq!(server(json!({"matchLabels": {"tier": "x"}}), json!(80)), Some("LINKERD-POLICY-1"));
        assert_eq!(server(json!({}), json!("http")), Some("LINKERD-POLICY-1"));
        assert_eq!(server(json!({}), json!("grpc")), None, "no container has that port");
        assert_eq!(server(json!({"matchLabels": {"tier": "y"}}), json!(80)), None);
    }

    #[test]
    fn routes_at_our_servers_take_requests_from_ours() {
        let route = |name: &str| {
            let parent = json!({"group": "policy.linkerd.io", "kind": "Server", "name": name});
            said("HTTPRoute", &json!({ "parentRefs": [parent] }))
        };
        assert_eq!(route("smi-web-0-80"), Some("LINKERD-POLICY-2"));
        assert_eq!(route("own"), None);
    }

    #[test]
    fn policies_for_the_namespace_or_our_servers_allow_more() {
        let policy = |kind: &str, name: &str| {
            said("AuthorizationPolicy", &json!({"targetRef": {"kind": kind, "name": name}}))
        };
        assert_eq!(policy("Namespace", "shop"), Some("LINKERD-POLICY-2"));
        assert_eq!(policy("Server", "smi-web-0-80"), Some("LINKERD-POLICY-2"));
        assert_eq!(policy("Server", "own"), None);
        let old = |server: Value| said("ServerAuthorization", &json!({ "server": server }));
        assert_eq!(old(json!({"selector": {}})), Some("LINKERD-POLICY-2"));
        assert_eq!(old(json!({"selector": {"matchLabels": {"app": "web"}}})), None);
        assert_eq!(old(json!({"name": "smi-web-0-80"})), Some("LINKERD-POLICY-2"));
    }
}
