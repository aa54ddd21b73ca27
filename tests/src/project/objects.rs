//! Manifests as the objects of an inventory, one by one: what a controller applies.

use std::collections::BTreeSet;

use serde_json::Value;
use smi_translate::facts::{
    Addressing, ContainerPort, Labels, Namespace, Service, ServicePort, Transport, Workload,
};
use smi_translate::{Object, ObjectRef, ServiceRef};
use smi_types::{Version, convert};

/// The object that a manifest of a world is. A TrafficTarget that cannot be read protects nobody here; any other such object is nothing.
#[must_use]
pub fn object(manifest: &Value) -> Option<Object> {
    let name = reference(manifest);
    let (group, version) = manifest["apiVersion"].as_str()?.split_once('/').unwrap_or_default();
    let version = match version {
        "v1alpha1" => Version::V1Alpha1,
        "v1alpha2" => Version::V1Alpha2,
        "v1alpha3" => Version::V1Alpha3,
        _ => Version::V1Alpha4,
    };
    let value = manifest.clone();
    match (group.ends_with("smi-spec.io"), name.kind.as_ref()) {
        (true, "TrafficTarget") => Some(match convert::read_traffic_target(version, value) {
            Ok(read) => Object::TrafficTarget(read.object),
            Err(_) => Object::UnreadableTarget(name, Vec::new()),
        }),
        (true, "IdentityBinding") => convert::read_identity_binding(version, value)
            .ok()
            .map(|read| Object::IdentityBinding(read.object)),
        (true, "TCPRoute") => {
            convert::read_tcp_route(version, value).ok().map(|read| Object::TCPRoute(read.object))
        }
        (true, "UDPRoute") => {
            convert::read_udp_route(version, value).ok().map(|read| Object::UDPRoute(read.object))
        }
        (true, "HTTPRouteGroup") => convert::read_http_route_group(version, value)
            .ok()
            .map(|read| Object::HTTPRouteGroup(read.object, BTreeSet::new())),
        (_, "Service") => Some(Object::Service(service(manifest))),
        (_, "ServiceAccount") => Some(Object::ServiceAccount(name)),
        (_, "Namespace") => Some(Object::Namespace(Namespace {
            name: name.name.clone(),
            labels: labels(&manifest["metadata"]["labels"]),
            annotations: labels(&manifest["metadata"]["annotations"]),
        })),
        _ => Some(Object::Workload(Box::new(workload(manifest, name)))),
    }
}

/// Kind, namespace and name of a manifest.
#[must_use]
pub fn reference(manifest: &Value) -> ObjectRef {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let metadata = &manifest["metadata"];
    ObjectRef::new(text(&manifest["kind"]), text(&metadata["namespace"]), text(&metadata["name"]))
}

fn labels(value: &Value) -> Labels {
    serde_json::from_value(value.clone()).unwrap_or_default()
}

fn service(manifest: &Value) -> Service {
    let name = reference(manifest);
    let ports: Vec<ServicePort> =
        serde_json::from_value(manifest["spec"]["ports"].clone()).unwrap_or_default();
    Service {
        service: ServiceRef::new(&name.namespace, &name.name),
        ports,
        addressing: Addressing::ClusterIp,
        selector: labels(&manifest["spec"]["selector"]),
        annotations: labels(&manifest["metadata"]["annotations"]).into(),
    }
}

fn workload(manifest: &Value, object: ObjectRef) -> Workload {
    let spec = &manifest["spec"];
    let template = match object.kind.as_ref() {
        "Pod" => manifest,
        "CronJob" => &spec["jobTemplate"]["spec"]["template"],
        _ => &spec["template"],
    };
    let selector = Some(labels(&spec["selector"]["matchLabels"])).filter(|selector| !selector.is_empty());
    let port = |port: &Value| ContainerPort {
        number: port["containerPort"]
            .as_u64()
            .and_then(|number| u16::try_from(number).ok())
            .unwrap_or_default(),
        name: port["name"].as_str().map(str::to_owned),
        transport: Transport::Tcp,
    };
    let ports = template["spec"]["containers"][0]["ports"].as_array();
    Workload {
        service_account: template["spec"]["serviceAccountName"].as_str().unwrap_or("default").to_owned(),
        labels: labels(&template["metadata"]["labels"]),
        annotations: Labels::new(),
        selector,
        ports: ports.into_iter().flatten().map(port).collect(),
        probes: Vec::new(),
        owner: None,
        host_network: false,
        object,
    }
}
