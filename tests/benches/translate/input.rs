//! Input to translate: objects as `kubectl get -o json` shows them, in the numbers asked for.

use serde_json::{Value, json};

/// How the objects are written.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// One JSON object a line.
    Lines,
    /// One `v1` List in JSON.
    List,
    /// A stream of YAML documents.
    Yaml,
}

/// Objects to translate.
#[derive(Default)]
pub(super) struct Cluster {
    splits: usize,
    namespaces: usize,
    services: bool,
    others: Vec<Value>,
}

const VERSIONS: [&str; 4] = ["v1alpha1", "v1alpha2", "v1alpha3", "v1alpha4"];

impl Cluster {
    /// Splits of every version with two or three backends each, in 100 namespaces.
    pub(super) fn of(splits: usize) -> Self {
        Cluster { splits, namespaces: 100, ..Cluster::default() }
    }

    pub(super) fn in_namespaces(self, namespaces: usize) -> Self {
        Cluster { namespaces, ..self }
    }

    /// Adds the Services that the splits name, each with two ports.
    pub(super) fn with_services(self) -> Self {
        Cluster { services: true, ..self }
    }

    /// Adds one route group of `count` matches.
    pub(super) fn with_group(mut self, count: usize, one: fn(usize) -> Value) -> Self {
        let matches: Vec<Value> = (0..count).map(one).collect();
        self.others.push(group("all", &matches));
        self
    }

    /// Adds splits, each of its own root, whose condition is the route group.
    pub(super) fn with_users(mut self, count: usize) -> Self {
        self.others.extend(
            (0..count)
                .map(|index| conditional_split(&format!("user-{index}"), &format!("web-{index}"), "all")),
        );
        self
    }

    /// Adds splits of one root. Conditional ones have a route group each.
    pub(super) fn on_one_root(mut self, count: usize, conditional: bool) -> Self {
        for index in 0..count {
            let name = format!("split-{index}");
            if conditional {
                self.others.push(group(&name, &[literal(index)]));
                self.others.push(conditional_split(&name, "web", &name));
            } else {
                self.others.push(split(
                    &name,
                    json!({"service": "web", "backends": [{"service": "web-v1", "weight": 1}]}),
                ));
            }
        }
        self
    }

    /// Adds TrafficTargets with `matches` matches each in a route group of their own, on workloads that each have a Service.
    pub(super) fn with_targets(
        mut self,
        targets: usize,
        matches: usize,
        workloads: usize,
        one: fn(usize) -> Value,
    ) -> Self {
        for index in 0..workloads {
            let name = format!("web-{index}");
            self.others.push(service("shop", &name));
            self.others.push(deployment("shop", &name));
        }
        for index in 0..targets {
            let name = format!("target-{index}");
            let own: Vec<Value> = (0..matches).map(|number| one(index * matches + number)).collect();
            self.others.push(group(&name, &own));
            self.others.push(target(&name, &format!("web-{}", index % workloads), index));
        }
        self
    }

    /// Adds one split of many backends.
    pub(super) fn with_backends(mut self, count: usize, services: bool) -> Self {
        let backends: Vec<Value> = (0..count)
            .map(|index| json!({"service": format!("web-v{index}"), "weight": 1 + index % 7}))
            .collect();
        self.others.push(split("many", json!({"service": "web", "backends": backends})));
        if services {
            self.others.push(service("shop", "web"));
            self.others.extend((0..count).map(|index| service("shop", &format!("web-v{index}"))));
        }
        self
    }

    fn objects(&self) -> impl Iterator<Item = Value> + '_ {
        (0..self.splits).flat_map(|index| self.objects_of(index)).chain(self.others.iter().cloned())
    }

    fn objects_of(&self, index: usize) -> Vec<Value> {
        let namespace = format!("team-{:03}", index % self.namespaces);
        let root = format!("checkout-{index:05}");
        let version = VERSIONS[index % VERSIONS.len()];
        let backends: Vec<String> = (1..=2 + index % 2).map(|number| format!("{root}-v{number}")).collect();
        let weighted = backends.iter().enumerate().map(|(position, service)| {
            let weight = [90, 10, 5][position];
            match version {
                "v1alpha1" => json!({"service": service, "weight": format!("{weight}0m")}),
                _ => json!({"service": service, "weight": weight}),
            }
        });
        let split = json!({
            "apiVersion": format!("split.smi-spec.io/{version}"),
            "kind": "TrafficSplit",
            "metadata": metadata(&namespace, &format!("{root}-canary"), index),
            "spec": {"service": root, "backends": weighted.collect::<Vec<_>>()},
        });
        let services =
            backends.iter().chain([&root]).filter(|_| self.services).map(|name| service(&namespace, name));
        services.chain([split]).collect()
    }

    /// The objects as text.
    pub(super) fn text(&self, form: Form) -> String {
        let mut text = String::new();
        match form {
            Form::Lines => {
                for object in self.objects() {
                    text.push_str(&object.to_string());
                    text.push('\n');
                }
            }
            Form::List => {
                let items: Vec<Value> = self.objects().collect();
                text = json!({"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": items}).to_string();
            }
            Form::Yaml => {
                for object in self.objects() {
                    text.push_str("---\n");
                    text.push_str(&smi_translate::yaml::write(&object).expect("JSON is YAML"));
                }
            }
        }
        text
    }
}

fn metadata(namespace: &str, name: &str, index: usize) -> Value {
    json!({
        "annotations": {"meta.helm.sh/release-name": format!("{name}-release")},
        "creationTimestamp": format!("2026-03-01T12:{:02}:{:02}Z", index / 60 % 60, index % 60),
        "generation": 3,
        "labels": {"app.kubernetes.io/managed-by": "Helm", "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "shop"},
        "name": name,
        "namespace": namespace,
        "ownerReferences": [{
            "apiVersion": "argoproj.io/v1alpha1", "blockOwnerDeletion": true, "controller": true, "kind": "Rollout",
            "name": name, "uid": format!("0d3f5b0e-6f5e-4b3c-9d55-{index:012}"),
        }],
        "resourceVersion": format!("{}", 48_120_000 + index),
        "uid": format!("7c1a2f44-1b9e-4e0f-8a2d-{index:012}"),
    })
}

fn service(namespace: &str, name: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata(namespace, name, 0),
        "spec": {
            "clusterIP": "10.43.117.8",
            "clusterIPs": ["10.43.117.8"],
            "internalTrafficPolicy": "Cluster",
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "ports": [
                {"name": "http", "port": 80, "protocol": "TCP", "targetPort": 8080},
                {"name": "grpc", "port": 9090, "protocol": "TCP", "targetPort": 9090},
            ],
            "selector": {"app.kubernetes.io/name": name},
            "sessionAffinity": "None",
            "type": "ClusterIP",
        },
        "status": {"loadBalancer": {}},
    })
}

fn deployment(namespace: &str, name: &str) -> Value {
    let labels = json!({"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "shop"});
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata(namespace, name, 0),
        "spec": {
            "replicas": 3, "revisionHistoryLimit": 10, "progressDeadlineSeconds": 600,
            "selector": {"matchLabels": {"app.kubernetes.io/name": name}},
            "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}, "type": "RollingUpdate"},
            "template": {"metadata": {"labels": labels}, "spec": {
                "serviceAccountName": name, "restartPolicy": "Always", "terminationGracePeriodSeconds": 30,
                "containers": [{
                    "name": "main", "image": format!("registry.example/shop/{name}:1.2.3"), "imagePullPolicy": "IfNotPresent",
                    "ports": [{"containerPort": 8080, "name": "http", "protocol": "TCP"}],
                    "resources": {"limits": {"memory": "256Mi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
                }],
            }},
        },
    })
}

fn target(name: &str, destination: &str, index: usize) -> Value {
    json!({
        "apiVersion": "access.smi-spec.io/v1alpha4", "kind": "TrafficTarget", "metadata": metadata("shop", name, index),
        "spec": {
            "destination": {"kind": "ServiceAccount", "name": destination, "namespace": "shop"},
            "rules": [{"kind": "HTTPRouteGroup", "name": name}],
            "sources": [
                {"kind": "ServiceAccount", "name": format!("caller-{}", index % 37), "namespace": "shop"},
                {"kind": "ServiceAccount", "name": format!("caller-{}", index % 41), "namespace": "lab"},
            ],
        },
    })
}

fn split(name: &str, spec: Value) -> Value {
    json!({
        "apiVersion": "split.smi-spec.io/v1alpha4", "kind": "TrafficSplit",
        "metadata": {"name": name, "namespace": "shop"}, "spec": spec,
    })
}

fn conditional_split(name: &str, root: &str, group: &str) -> Value {
    split(
        name,
        json!({
            "service": root, "matches": [{"kind": "HTTPRouteGroup", "name": group}],
            "backends": [{"service": format!("{root}-v1"), "weight": 1}],
        }),
    )
}

fn group(name: &str, matches: &[Value]) -> Value {
    json!({
        "apiVersion": "specs.smi-spec.io/v1alpha4", "kind": "HTTPRouteGroup",
        "metadata": {"name": name, "namespace": "shop"}, "spec": {"matches": matches},
    })
}

pub(super) fn literal(index: usize) -> Value {
    json!({"name": format!("m{index}"), "pathRegex": format!("/products/{index}/"), "methods": ["GET"]})
}

pub(super) fn regex(index: usize) -> Value {
    json!({"name": format!("m{index}"), "pathRegex": format!("/products/[a-z]+/{index}(/.*)?"), "methods": ["GET"]})
}

pub(super) fn header(index: usize) -> Value {
    json!({"name": format!("m{index}"), "headers": [{"x-user": format!("user-{index}|.*staff{index}")}]})
}
