//! What Linkerd knows of workloads: the label by which its injector names them, and the annotations that it reads.

use smi_translate::facts::Workload;
use smi_translate::intent::AccessIntent;
use smi_types::validate::is_label;

/// How the keys of the labels begin that name the controller of a pod (`linkerd.md` 3.9).
const PROXY: &str = "linkerd.io/proxy-";

/// The label that the injector puts on every pod of a workload, and on no others: it stays the same over rollouts.
///
/// A pod has it already, if it is that of what controls the pod. `None` for kinds of which the injector may name another controller, or none.
pub(crate) fn label(workload: &Workload) -> Option<(String, String)> {
    let name = &workload.object.name;
    let owner = workload.owner.as_ref().map(|(kind, name)| (kind.as_str(), name));
    let (kind, name) = match (workload.object.kind.as_ref(), owner) {
        ("Deployment", _) | ("ReplicaSet", Some(("Deployment", _))) => {
            ("deployment", owner.filter(|(kind, _)| *kind == "Deployment").map_or(name, |(_, owner)| owner))
        }
        ("StatefulSet", _) => ("statefulset", name),
        ("DaemonSet", _) => ("daemonset", name),
        ("ReplicaSet", None) => ("replicaset", name),
        ("ReplicationController", None) => ("replicationcontroller", name),
        ("Pod", _) => {
            let mut labels = workload.labels.iter();
            return labels
                .find(|(key, value)| {
                    key.strip_prefix(PROXY).is_some_and(|kind| !kind.is_empty())
                        && workload.is_named_after(value)
                })
                .map(|(key, value)| (key.clone(), value.clone()));
        }
        _ => return None,
    };
    let label = (format!("{PROXY}{kind}"), name.clone());
    is_label(&label.0, &label.1).then_some(label)
}

/// An annotation of the pods of a workload, or of their namespace, which the injector passes on.
pub(crate) fn annotation<'a>(intent: &'a AccessIntent, workload: &'a Workload, key: &str) -> Option<&'a str> {
    let namespace = || intent.namespace_annotations.as_ref()?.get(key);
    workload.annotations.get(key).or_else(namespace).map(String::as_str)
}

/// Annotation that says who is let in where no Server is.
pub(crate) const DEFAULT_POLICY: &str = "config.linkerd.io/default-inbound-policy";

/// Annotation, or label, that asks for a proxy.
pub(crate) const INJECT: &str = "linkerd.io/inject";

/// Whether the pods of a workload have a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proxy<'a> {
    /// Nothing in the input keeps them from having one.
    Expected,
    /// Nothing in the input asks for one.
    Unasked,
    /// They are to have none.
    Disabled,
    /// The annotation has a value that the injector does not take: then it injects nothing, whatever the other one of pod and namespace
    /// says.
    Unread(&'a str),
}

impl<'a> Proxy<'a> {
    pub(crate) fn of(intent: &'a AccessIntent, workload: &'a Workload) -> Proxy<'a> {
        let has_proxy = workload.ports.iter().any(|port| port.name.as_deref() == Some("linkerd-proxy"))
            || workload.labels.contains_key("linkerd.io/control-plane-ns");
        let label = workload.labels.get(INJECT).map(String::as_str);
        let asked = label.or_else(|| annotation(intent, workload, INJECT)).filter(|value| !value.is_empty());
        let of_namespace = intent.namespace_annotations.as_ref().and_then(|all| all.get(INJECT));
        let is_unread = |value: &&str| !matches!(*value, "" | "enabled" | "ingress" | "disabled");
        let unread = [asked, of_namespace.map(String::as_str)].into_iter().flatten().find(is_unread);
        if let Some(value) = unread.filter(|_| !has_proxy) {
            return Proxy::Unread(value);
        }
        match asked {
            Some("disabled") => Proxy::Disabled,
            None if intent.namespace_annotations.is_some() && !has_proxy => Proxy::Unasked,
            _ => Proxy::Expected,
        }
    }
}

#[cfg(test)]
mod tests {
    use smi_translate::ObjectRef;
    use smi_translate::facts::Labels;

    use super::*;

    fn labelled(
        kind: &'static str,
        name: &str,
        owner: Option<(&str, &str)>,
        labels: Labels,
    ) -> Option<String> {
        let workload = Workload {
            object: ObjectRef::new(kind, "shop", name),
            service_account: "web".to_owned(),
            labels,
            annotations: Labels::new(),
            selector: None,
            ports: Vec::new(),
            probes: Vec::new(),
            owner: owner.map(|(kind, name)| (kind.to_owned(), name.to_owned())),
            host_network: false,
        };
        label(&workload).map(|(key, value)| format!("{key}={value}"))
    }

    #[test]
    fn pods_are_named_after_their_controller() {
        let plain = |kind, name, owner| labelled(kind, name, owner, Labels::new());
        assert_eq!(plain("Deployment", "web", None).as_deref(), Some("linkerd.io/proxy-deployment=web"));
        let owned = plain("ReplicaSet", "web-1", Some(("Deployment", "web")));
        assert_eq!(owned.as_deref(), Some("linkerd.io/proxy-deployment=web"));
        assert_eq!(plain("ReplicaSet", "rs", None).as_deref(), Some("linkerd.io/proxy-replicaset=rs"));
        // An operator's Deployment is still the one that owns the ReplicaSet.
        let managed = plain("Deployment", "web", Some(("Website", "shop")));
        assert_eq!(managed.as_deref(), Some("linkerd.io/proxy-deployment=web"));
        assert_eq!(plain("ReplicaSet", "web-1", Some(("Rollout", "web"))), None);
        for kind in ["Rollout", "Job", "CronJob", "Pod"] {
            assert_eq!(plain(kind, "web", None), None, "{kind}");
        }
        assert_eq!(plain("Deployment", &"a".repeat(64), None), None, "no label has such a value");
        let labels = Labels::from([("linkerd.io/proxy-deployment".to_owned(), "web".to_owned())]);
        let pod = labelled("Pod", "web-1-x", Some(("ReplicaSet", "web-1")), labels);
        assert_eq!(pod.as_deref(), Some("linkerd.io/proxy-deployment=web"));
        let labels = Labels::from([("linkerd.io/proxy-deployment".to_owned(), "we".to_owned())]);
        let pod = labelled("Pod", "web-1-x", Some(("ReplicaSet", "web-1")), labels);
        assert_eq!(pod, None, "no injector put that there");
    }
}
