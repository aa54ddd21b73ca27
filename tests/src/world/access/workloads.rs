//! Workloads and the Services over them: few labels, so that selectors overlap, and some workloads cannot be told apart.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::super::NAMESPACES;
use super::{ACCOUNTS, Labels, PORTS, Workload, named};
use crate::istio_model::{Pod, Port};

/// What a world's workloads and Services are made from.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    workloads: Vec<WorkloadPlan>,
    services: Vec<ServicePlan>,
    /// How Services call each of the ports.
    protocols: [Option<&'static str>; 3],
    /// Which ServiceAccounts are among the manifests.
    accounts: Vec<(&'static str, &'static str)>,
    /// Which Namespaces are, and whether they ask for deny-by-default, which is nothing unless the installation grants it.
    namespaces: [Option<bool>; 2],
}

#[derive(Clone, Debug)]
struct WorkloadPlan {
    namespace: &'static str,
    kind: &'static str,
    /// Index of the account; `None` leaves the field out.
    account: Option<usize>,
    /// Values of the labels `app`, `tier` and `version`.
    labels: [Option<&'static str>; 3],
    /// Whether the selector has the labels besides the first.
    selects_all: bool,
}

#[derive(Clone, Debug)]
struct ServicePlan {
    namespace: &'static str,
    selector: [Option<&'static str>; 2],
    ports: [bool; 2],
    named: bool,
}

const KEYS: [&str; 3] = ["app", "tier", "version"];

fn app() -> impl Strategy<Value = &'static str> {
    prop_oneof![3 => Just("api"), 3 => Just("web"), 1 => Just("job")]
}

pub(super) fn plan() -> impl Strategy<Value = Plan> {
    let protocol = || {
        weighted(
            0.85,
            prop_oneof![
                6 => Just("http"), 1 => Just("http-web"), 2 => Just("tcp"), 1 => Just("grpc"), 2 => Just("web"), 1 => Just("https"),
            ],
        )
    };
    (
        vec(workload(), 1..=5),
        vec(service(), 0..=3),
        [protocol(), protocol(), protocol()],
        vec((select(NAMESPACES.to_vec()), select(ACCOUNTS.to_vec())), 0..=4),
        [any::<Option<bool>>(), any::<Option<bool>>()],
    )
        .prop_map(|(workloads, services, protocols, mut accounts, namespaces)| {
            accounts.sort_unstable();
            accounts.dedup();
            Plan { workloads, services, protocols, accounts, namespaces }
        })
}

fn workload() -> impl Strategy<Value = WorkloadPlan> {
    let kind = prop_oneof![
        8 => Just("Deployment"), 2 => Just("StatefulSet"), 1 => Just("DaemonSet"), 1 => Just("ReplicaSet"),
        3 => Just("Pod"), 1 => Just("CronJob"), 1 => Just("Job"),
    ];
    let account = weighted(0.95, prop_oneof![6 => Just(0), 3 => Just(1), 1 => Just(2), 1 => Just(3)]);
    let labels = (
        // `None` for the name of the account.
        weighted(0.97, weighted(0.3, app())),
        weighted(0.4, select(vec!["front", "back"])),
        weighted(0.3, select(vec!["v1", "v2"])),
    );
    (super::super::namespace(), kind, account, labels, any::<bool>()).prop_map(
        |(namespace, kind, account, (app, tier, version), selects_all)| {
            let own = account.map_or("default", |account: usize| ACCOUNTS[account]);
            let app = app.map(|app| app.unwrap_or(own));
            WorkloadPlan { namespace, kind, account, labels: [app, tier, version], selects_all }
        },
    )
}

fn service() -> impl Strategy<Value = ServicePlan> {
    let selector = (weighted(0.95, app()), weighted(0.15, select(vec!["front", "back"])));
    (super::super::namespace(), selector, any::<[bool; 2]>(), any::<bool>()).prop_map(
        |(namespace, (app, tier), ports, named)| ServicePlan {
            namespace,
            selector: [app, tier],
            ports,
            named,
        },
    )
}

fn labels(values: &[Option<&'static str>]) -> Labels {
    let own =
        KEYS.iter().zip(values).filter_map(|(key, value)| Some(((*key).to_owned(), (*value)?.to_owned())));
    own.collect()
}

impl WorkloadPlan {
    fn account(&self) -> &'static str {
        self.account.map_or("default", |account| ACCOUNTS[account])
    }

    fn manifest(&self, name: &str) -> Value {
        let api = match self.kind {
            "Pod" => "v1",
            "Job" | "CronJob" => "batch/v1",
            _ => "apps/v1",
        };
        let mut object = named(self.kind, api, self.namespace, name);
        let ports: Vec<Value> =
            PORTS.iter().map(|port| json!({"containerPort": port, "name": format!("p{port}")})).collect();
        let mut spec = json!({"containers": [{"name": "main", "image": "example", "ports": ports}]});
        if self.account.is_some() {
            spec["serviceAccountName"] = json!(self.account());
        }
        let own = labels(&self.labels);
        if self.kind == "Pod" {
            object["spec"] = spec;
            if !own.is_empty() {
                object["metadata"]["labels"] = json!(own);
            }
            return object;
        }
        let template = json!({"metadata": {"labels": own}, "spec": spec});
        let selector = if self.selects_all { own } else { labels(&self.labels[..1]) };
        object["spec"] = match self.kind {
            "CronJob" => json!({"schedule": "@daily", "jobTemplate": {"spec": {"template": template}}}),
            "Job" => json!({"template": template}),
            _ => json!({"selector": {"matchLabels": selector}, "template": template}),
        };
        object
    }
}

impl Plan {
    pub(super) fn manifests(&self) -> Vec<Value> {
        let workloads =
            self.workloads.iter().enumerate().map(|(index, plan)| plan.manifest(&format!("w{index}")));
        let services = self.services.iter().enumerate().map(|(index, plan)| self.service(plan, index));
        let accounts =
            self.accounts.iter().map(|(namespace, name)| named("ServiceAccount", "v1", namespace, name));
        let namespaces = NAMESPACES.iter().zip(self.namespaces).filter_map(|(name, asks)| {
            let labels = json!({"adapters.smi-spec.io/deny-by-default": asks?.to_string()});
            Some(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}))
        });
        workloads.chain(services).chain(accounts).chain(namespaces).collect()
    }

    fn service(&self, plan: &ServicePlan, index: usize) -> Value {
        let ports = self.ports(plan).map(|(port, target)| {
            let mut entry = json!({"port": port.number, "targetPort": target});
            if let Some(name) = &port.name {
                entry["name"] = json!(name);
            }
            if plan.named {
                entry["targetPort"] = json!(format!("p{target}"));
            }
            entry
        });
        let mut object = named("Service", "v1", plan.namespace, &format!("s{index}"));
        object["spec"] = json!({"clusterIP": "10.0.0.1", "ports": ports.collect::<Vec<_>>()});
        let selector = labels(&plan.selector);
        if !selector.is_empty() {
            object["spec"]["selector"] = json!(selector);
        }
        object
    }

    /// The ports of a Service, each with the port of the pods that it leads to. The last of a world's ports has no Service.
    fn ports(&self, plan: &ServicePlan) -> impl Iterator<Item = (Port, u16)> {
        let kept = plan.ports.into_iter().zip(PORTS).zip(self.protocols).enumerate();
        kept.filter(|(_, ((kept, _), _))| *kept).map(|(index, ((_, target), name))| {
            // The number is that of the pods, or another one.
            let number = if index == 0 { 80 } else { target };
            (Port { name: name.map(str::to_owned), ..Port::new(number) }, target)
        })
    }

    pub(super) fn workloads(&self) -> Vec<Workload> {
        self.workloads.iter().enumerate().map(|(index, plan)| self.workload(plan, index)).collect()
    }

    fn workload(&self, plan: &WorkloadPlan, index: usize) -> Workload {
        let name = format!("w{index}");
        let mut labels_of_pod = labels(&plan.labels);
        let mut pod = Pod::new(plan.namespace, &name, &[]);
        for service in self.services.iter().filter(|service| service.namespace == plan.namespace) {
            let selector = labels(&service.selector);
            let selects = !selector.is_empty()
                && selector.iter().all(|(key, value)| labels_of_pod.get(key) == Some(value));
            if selects {
                for (port, target) in self.ports(service) {
                    pod = pod.declaring(target, port.protocol());
                }
            }
        }
        // What controllers add to the labels of their templates.
        match plan.kind {
            "Deployment" | "ReplicaSet" => {
                labels_of_pod.insert("pod-template-hash".to_owned(), format!("5d4c{index}"));
            }
            "Job" | "CronJob" => {
                labels_of_pod.insert("controller-uid".to_owned(), format!("7c1a{index}"));
            }
            _ => {}
        }
        pod.labels = labels_of_pod;
        Workload { pod, account: plan.account().to_owned(), object: (plan.kind, name) }
    }
}
