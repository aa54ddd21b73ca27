//! Manifests as the Linkerd model takes them: pods with the labels that the injector gives them, and annotations of Services.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::linkerd_model::{DefaultPolicy, Mesh, Pod};

/// A pod of every workload among some manifests. An object without a namespace belongs to `default`.
#[must_use]
pub fn pods(manifests: &[Value]) -> Vec<Pod> {
    manifests.iter().filter_map(|object| running(object, manifests)).collect()
}

/// The annotation that marks ports of a Service as opaque.
const OPAQUE_PORTS: &str = "config.linkerd.io/opaque-ports";

/// The same mesh with what the Services among some manifests say of their ports.
#[must_use]
pub fn with_opaque_ports(mesh: Mesh, manifests: &[Value]) -> Mesh {
    let services = manifests.iter().filter(|object| object["kind"] == "Service");
    services.fold(mesh, |mesh, service| match service["metadata"]["annotations"][OPAQUE_PORTS].as_str() {
        Some(ports) => {
            let name = service["metadata"]["name"].as_str().unwrap_or_default();
            let ports: Vec<u16> = numbers(ports).into_iter().collect();
            mesh.with_opaque_ports(namespace_of(service), name, &ports)
        }
        None => mesh,
    })
}

/// The label by which the injector names the owner of a pod (`linkerd.md` 3.9), and the template of the pods.
fn template<'a>(object: &'a Value, manifests: &'a [Value]) -> Option<(Option<&'static str>, &'a Value)> {
    let template = &object["spec"]["template"];
    Some(match object["kind"].as_str()? {
        "Deployment" => (Some("deployment"), template),
        "StatefulSet" => (Some("statefulset"), template),
        "DaemonSet" => (Some("daemonset"), template),
        "ReplicaSet" => (Some("replicaset"), template),
        "ReplicationController" => (Some("replicationcontroller"), template),
        "Job" => (Some("job"), template),
        "CronJob" => (Some("cronjob"), &object["spec"]["jobTemplate"]["spec"]["template"]),
        "Rollout" => {
            let name = &object["spec"]["workloadRef"]["name"];
            let is_meant = |other: &&Value| {
                other["kind"] == "Deployment"
                    && other["metadata"]["name"] == *name
                    && namespace_of(other) == namespace_of(object)
            };
            (None, manifests.iter().find(is_meant).map_or(template, |other| &other["spec"]["template"]))
        }
        "Pod" => (None, object),
        _ => return None,
    })
}

fn running(object: &Value, manifests: &[Value]) -> Option<Pod> {
    let (owner, template) = template(object, manifests)?;
    let spec = &template["spec"];
    let account = ["serviceAccountName", "serviceAccount"].into_iter().find_map(|field| spec[field].as_str());
    let name = object["metadata"]["name"].as_str().or_else(|| object["metadata"]["generateName"].as_str())?;
    let namespace = namespace_of(object);
    let labels: Vec<(&str, &str)> = strings(&template["metadata"]["labels"]).collect();
    let mut pod = Pod::new(namespace, name, account.unwrap_or("default"), &labels);
    if let Some(kind) = owner {
        pod = match controller(object) {
            Some(("Deployment", deployment)) if kind == "replicaset" => {
                pod.owned_by("deployment", deployment)
            }
            _ => pod.owned_by(kind, name),
        };
    }
    let of_namespace =
        manifests.iter().find(|other| other["kind"] == "Namespace" && other["metadata"]["name"] == namespace);
    let annotation = |key: &str| {
        let places = [Some(template), of_namespace].into_iter().flatten();
        places.filter_map(|place| place["metadata"]["annotations"][key].as_str()).next()
    };
    for port in annotation("config.linkerd.io/skip-inbound-ports").map(numbers).unwrap_or_default() {
        pod = pod.skipping(port);
    }
    pod = pod.defaulting_to(match annotation("config.linkerd.io/default-inbound-policy") {
        Some("deny") => DefaultPolicy::Deny,
        Some("all-authenticated" | "cluster-authenticated") => DefaultPolicy::AllAuthenticated,
        _ => DefaultPolicy::AllUnauthenticated,
    });
    for container in spec["containers"].as_array().into_iter().flatten() {
        pod = of_container(pod, container);
    }
    // Where one of them says anything else than these, the injector injects nothing.
    let is_read = |place: &Value| {
        let value = &place["metadata"]["annotations"]["linkerd.io/inject"];
        matches!(value.as_str(), None | Some("" | "enabled" | "ingress" | "disabled"))
    };
    let asks_for_a_proxy = annotation("linkerd.io/inject") != Some("disabled")
        && [Some(template), of_namespace].into_iter().flatten().all(is_read);
    let past_the_mesh = spec["hostNetwork"] == true || !asks_for_a_proxy;
    Some(if past_the_mesh { pod.without_proxy() } else { pod })
}

/// Kind and name of the controller of an object.
fn controller(object: &Value) -> Option<(&str, &str)> {
    let owners = object["metadata"]["ownerReferences"].as_array()?;
    let owner = owners.iter().find(|owner| owner["controller"] == true)?;
    Some((owner["kind"].as_str()?, owner["name"].as_str()?))
}

/// A pod with the named ports and the probes of a container.
fn of_container(mut pod: Pod, container: &Value) -> Pod {
    let declared: Vec<(&str, u16)> = container["ports"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|port| Some((port["name"].as_str()?, number(&port["containerPort"])?)))
        .collect();
    for (name, number) in &declared {
        pod = pod.naming(name, *number);
    }
    for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let get = &container[probe]["httpGet"];
        let by_name = |name: &str| declared.iter().find(|(own, _)| *own == name).map(|(_, number)| *number);
        let port = number(&get["port"]).or_else(|| by_name(get["port"].as_str()?));
        if let Some(port) = port {
            let path = get["path"].as_str().unwrap_or("/");
            pod = pod.probed(port, path.split('?').next().unwrap_or(path));
        }
    }
    pod
}

/// `80,443,8000-8010` as numbers.
fn numbers(text: &str) -> BTreeSet<u16> {
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        Some(first.trim().parse::<u16>().ok()?..=last.trim().parse::<u16>().ok()?)
    };
    text.split(',').filter_map(range).flatten().collect()
}

fn number(value: &Value) -> Option<u16> {
    u16::try_from(value.as_u64()?).ok()
}

fn namespace_of(object: &Value) -> &str {
    object["metadata"]["namespace"].as_str().unwrap_or("default")
}

fn strings(map: &Value) -> impl Iterator<Item = (&str, &str)> {
    map.as_object().into_iter().flatten().filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
}
