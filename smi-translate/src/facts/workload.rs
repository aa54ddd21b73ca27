//! Workloads: what runs pods, with the labels, the service account and the ports of those pods.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Transport;
use super::probe::{Probe, ProbeSpec, if_readable};
use crate::reference::ObjectRef;

/// Labels of a pod, or those that a selector asks for.
pub type Labels = BTreeMap<String, String>;

/// Whether `labels` has everything that `selector` asks for. An empty selector selects everything, as in Kubernetes.
#[must_use]
pub fn selects(selector: &Labels, labels: &Labels) -> bool {
    selector.iter().all(|(key, value)| labels.get(key) == Some(value))
}

/// A controller of pods, or a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workload {
    /// Kind, namespace and name.
    pub object: ObjectRef,
    /// Name of the service account of its pods; `default` where none is written (SMI-ACCESS-6).
    pub service_account: String,
    /// Labels of its pods.
    pub labels: Labels,
    /// Annotations of its pods.
    pub annotations: Labels,
    /// The labels by which the controller knows its pods; `None` for pods, for controllers that select by expressions, and where the
    /// template of the pods does not satisfy the selector.
    pub selector: Option<Labels>,
    /// Ports that its containers declare.
    pub ports: Vec<ContainerPort>,
    /// The requests by which a kubelet probes its pods, each once.
    pub probes: Vec<Probe>,
    /// Kind and name of the object that controls it.
    pub owner: Option<(String, String)>,
    /// Whether its pods use the network of their node, where no mesh sees their traffic.
    pub host_network: bool,
}

impl Workload {
    /// Whether a name may be that of something that controls it, be it through others: controllers name what they make after themselves.
    #[must_use]
    pub fn is_named_after(&self, name: &str) -> bool {
        let owner = self.owner.as_ref().map(|(_, name)| name);
        let mut names = [&self.object.name].into_iter().chain(owner);
        names.any(|own| own.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')))
    }

    /// Whether it looks like a gateway of a mesh, which takes requests from outside.
    #[must_use]
    pub fn is_gateway(&self) -> bool {
        self.labels.contains_key("gateway.networking.k8s.io/gateway-name")
            || self.labels.get("istio").is_some_and(|value| value.ends_with("gateway"))
    }
}

/// An object that runs pods from the template of a workload: the template has their service account and their labels, and the workload does
/// not control them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateUser {
    /// Kind, namespace and name.
    pub object: ObjectRef,
    /// The workload.
    pub template: ObjectRef,
    /// How it runs them.
    pub runs: Runs,
}

/// How pods are run from the template of a workload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Runs {
    /// By itself, with the labels of the template (Argo's Rollout with `workloadRef`).
    Pods,
    /// In a workload of its own, which is a copy with labels of its own (Flagger's Canary).
    Copy(ObjectRef),
}

/// A port that a container declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerPort {
    /// The number.
    pub number: u16,
    /// Its name, to which the target port of a Service may refer.
    pub name: Option<String>,
    /// Transport protocol.
    pub transport: Transport,
}

/// Where the template of the pods stands in a kind of workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WorkloadLayout {
    /// Keys from the root to the object that has the pods' `metadata` and `spec`.
    pub(crate) template: &'static [&'static str],
    /// Keys from the root to the labels by which the controller knows its pods, and whether they are a bare map.
    pub(crate) selector: Option<(&'static [&'static str], bool)>,
}

/// The layout of a kind that runs pods; `None` for other kinds.
pub(crate) fn workload_layout(group: &str, kind: &str) -> Option<WorkloadLayout> {
    const TEMPLATE: &[&str] = &["spec", "template"];
    const SELECTOR: Option<(&[&str], bool)> = Some((&["spec", "selector"], false));
    let layout = |template, selector| Some(WorkloadLayout { template, selector });
    match (group, kind) {
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") => layout(TEMPLATE, SELECTOR),
        // Argo's Rollout takes the place of a Deployment.
        ("argoproj.io", "Rollout") => layout(TEMPLATE, SELECTOR),
        ("", "ReplicationController") => layout(TEMPLATE, Some((&["spec", "selector"], true))),
        // The selector of a Job is written by its controller, and is no part of the template.
        ("batch", "Job") => layout(TEMPLATE, None),
        ("batch", "CronJob") => layout(&["spec", "jobTemplate", "spec", "template"], None),
        ("", "Pod") => layout(&[], None),
        _ => None,
    }
}

/// The parts of a pod template, or of a pod, that a [`Workload`] is made from.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct PodTemplate {
    #[serde(default)]
    pub(crate) metadata: Option<PodMetadata>,
    #[serde(default)]
    pub(crate) spec: Option<PodSpec>,
}

#[derive(Debug, Default, Deserialize)]
pub(crate) struct PodMetadata {
    #[serde(default)]
    pub(crate) labels: Option<Labels>,
    #[serde(default)]
    pub(crate) annotations: Option<Labels>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PodSpec {
    #[serde(default)]
    service_account_name: Option<String>,
    /// The old name of the same field.
    #[serde(default)]
    service_account: Option<String>,
    #[serde(default)]
    host_network: Option<bool>,
    #[serde(default)]
    containers: Option<Vec<Container>>,
    /// Those that keep running beside the others may have ports too.
    #[serde(default)]
    init_containers: Option<Vec<Container>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Container {
    #[serde(default)]
    ports: Option<Vec<Port>>,
    #[serde(default, deserialize_with = "if_readable")]
    liveness_probe: Option<ProbeSpec>,
    #[serde(default, deserialize_with = "if_readable")]
    readiness_probe: Option<ProbeSpec>,
    #[serde(default, deserialize_with = "if_readable")]
    startup_probe: Option<ProbeSpec>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Port {
    container_port: u16,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    protocol: Option<Transport>,
}

impl From<Port> for ContainerPort {
    fn from(Port { container_port, name, protocol }: Port) -> Self {
        ContainerPort { number: container_port, name, transport: protocol.unwrap_or_default() }
    }
}

impl PodTemplate {
    /// What stands for the template of something that runs outside of the cluster and belongs to the mesh.
    pub(crate) fn outside_the_cluster(service_account: Option<&str>, labels: Labels) -> PodTemplate {
        let metadata = PodMetadata { labels: Some(labels), annotations: None };
        let spec = PodSpec { service_account_name: service_account.map(str::to_owned), ..PodSpec::default() };
        PodTemplate { metadata: Some(metadata), spec: Some(spec) }
    }

    /// The workload that has this template; its own controller is for the caller to add.
    pub(crate) fn into_workload(self, object: ObjectRef, selector: Option<Labels>) -> Workload {
        let PodTemplate { metadata, spec } = self;
        let PodMetadata { labels, annotations } = metadata.unwrap_or_default();
        let PodSpec { service_account_name, service_account, host_network, containers, init_containers } =
            spec.unwrap_or_default();
        let written = |name: &String| !name.is_empty();
        let account = service_account_name.filter(written).or(service_account.filter(written));
        let mut labels = labels.unwrap_or_default();
        // An API server refuses pods with such labels, and a mesh refuses policies that select by them, which would leave the pods open.
        labels.retain(|key, value| smi_types::validate::is_label(key, value));
        let containers = containers.into_iter().flatten().chain(init_containers.into_iter().flatten());
        let (mut ports, mut probes) = (Vec::new(), Vec::new());
        for container in containers {
            let own = container.ports.into_iter().flatten().map(ContainerPort::from);
            let own: Vec<ContainerPort> = own.collect();
            let asked = [container.liveness_probe, container.readiness_probe, container.startup_probe];
            probes.extend(asked.into_iter().flatten().filter_map(|probe| probe.request(&own)));
            ports.extend(own);
        }
        probes.sort();
        probes.dedup();
        Workload {
            object,
            service_account: account.unwrap_or_else(|| "default".to_owned()),
            selector: selector.filter(|selector| !selector.is_empty() && selects(selector, &labels)),
            labels,
            annotations: annotations.unwrap_or_default(),
            ports,
            probes,
            owner: None,
            host_network: host_network.unwrap_or_default(),
        }
    }
}
