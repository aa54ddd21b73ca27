//! Manifests and rendered objects as the Istio model takes them: Services and pods read from text, gateways turned into clients of the
//! mesh.

use serde_json::Value;

use crate::istio_model::{Addressing, CLUSTER_DOMAIN, Pod, Port, Service};

/// The name of the Service that stands for a gateway, see [`at_gateway`].
pub const GATEWAY: &str = "the-gateway";

/// The Services among some manifests. An object without a namespace belongs to `default`.
#[must_use]
pub fn services(manifests: &[Value]) -> Vec<Service> {
    let is_service = |object: &&Value| object["kind"] == "Service" && object["apiVersion"] == "v1";
    manifests.iter().filter(is_service).map(service).collect()
}

fn service(object: &Value) -> Service {
    let spec = &object["spec"];
    let addressing = match (spec["type"].as_str(), spec["clusterIP"].as_str()) {
        (Some("ExternalName"), _) => Addressing::ExternalName,
        (_, Some("None")) => Addressing::Headless,
        _ => Addressing::ClusterIp,
    };
    let ports = spec["ports"].as_array().into_iter().flatten().map(port).collect();
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    Service { addressing, ..Service::new(namespace_of(object), name, ports) }
}

/// One pod of a workload, as a proxy on it would see the world.
#[derive(Clone, Debug)]
pub struct RunningPod {
    /// Its service account.
    pub account: String,
    /// Whether there is a proxy on it: not where it uses the network of its node, or asks for none.
    pub guarded: bool,
    /// The pod.
    pub pod: Pod,
    /// Ports of Services that lead to it, or may once it has further labels.
    pub ways: Vec<Way>,
}

/// A port of a Service with a cluster IP, and the port of a pod behind it.
#[derive(Clone, Debug)]
pub struct Way {
    /// The name of the Service.
    pub service: String,
    /// Its port.
    pub port: Port,
    /// The port of the pod.
    pub behind: u16,
}

/// A pod of every workload among some manifests. An object without a namespace belongs to `default`.
#[must_use]
pub fn pods(manifests: &[Value]) -> Vec<RunningPod> {
    let services: Vec<&Value> = manifests.iter().filter(|object| object["kind"] == "Service").collect();
    let bare = |namespace: &str| {
        let is_it =
            |object: &&Value| object["kind"] == "Namespace" && object["metadata"]["name"] == namespace;
        let labels = manifests.iter().find(is_it).map(|object| &object["metadata"]["labels"]);
        labels.and_then(|labels| labels["istio-injection"].as_str()).is_some_and(|value| value != "enabled")
    };
    let mut pods: Vec<(RunningPod, &Value)> =
        manifests.iter().filter_map(|object| running(object, &services, &bare)).collect();
    let selects_some: Vec<bool> = services
        .iter()
        .map(|service| pods.iter().any(|(running, _)| selects(service, &running.pod)))
        .collect();
    for (running, spec) in &mut pods {
        let leads = |(service, some): &(&&Value, &bool)| match some {
            true => selects(service, &running.pod),
            false => !contradicts(service, &running.pod),
        };
        let leading = services.iter().zip(&selects_some).filter(leads);
        running.ways = leading.flat_map(|(service, _)| ways(service, spec)).collect();
    }
    pods.into_iter().map(|(running, _)| running).collect()
}

/// Whether no further labels would make a Service lead to a pod.
fn contradicts(service: &Value, pod: &Pod) -> bool {
    let mut selector = strings(&service["spec"]["selector"]).peekable();
    namespace_of(service) != pod.namespace
        || selector.peek().is_none()
        || selector.any(|(key, value)| pod.labels.get(key).is_some_and(|own| own != value))
}

/// The ports of a Service, and those of a pod behind them. Clients of a headless Service call pods themselves.
fn ways(service: &Value, spec: &Value) -> Vec<Way> {
    if service["spec"]["clusterIP"] == "None" {
        return Vec::new();
    }
    let ports = service["spec"]["ports"].as_array().into_iter().flatten();
    let name = service["metadata"]["name"].as_str().unwrap_or_default();
    let way = |declared: &Value| {
        let behind = container_port(declared, spec)?;
        Some(Way { service: name.to_owned(), port: port(declared), behind })
    };
    ports.filter_map(way).collect()
}

fn running<'a>(
    object: &'a Value,
    services: &[&Value],
    bare: &dyn Fn(&str) -> bool,
) -> Option<(RunningPod, &'a Value)> {
    let template = match object["kind"].as_str()? {
        "Deployment"
        | "StatefulSet"
        | "DaemonSet"
        | "ReplicaSet"
        | "ReplicationController"
        | "Job"
        | "Rollout" => &object["spec"]["template"],
        "CronJob" => &object["spec"]["jobTemplate"]["spec"]["template"],
        "Pod" => object,
        _ => return None,
    };
    let spec = &template["spec"];
    let account = ["serviceAccountName", "serviceAccount"].into_iter().find_map(|field| spec[field].as_str());
    let name = object["metadata"]["name"].as_str()?;
    let labels: Vec<(&str, &str)> = strings(&template["metadata"]["labels"]).collect();
    let mut pod = Pod::new(namespace_of(object), name, &labels);
    let leading: Vec<&&Value> = services.iter().filter(|service| selects(service, &pod)).collect();
    for declared in
        leading.iter().flat_map(|service| service["spec"]["ports"].as_array().into_iter().flatten())
    {
        if let Some(number) = container_port(declared, spec) {
            pod = pod.declaring(number, port(declared).protocol());
        }
    }
    let outside = [("sidecar.istio.io/inject", "false"), ("istio.io/dataplane-mode", "none")];
    let without_proxy = outside.iter().any(|label| labels.contains(label)) || bare(&pod.namespace);
    let guarded = spec["hostNetwork"] != true && !without_proxy;
    let account = account.unwrap_or("default").to_owned();
    Some((RunningPod { account, guarded, pod, ways: Vec::new() }, spec))
}

fn namespace_of(object: &Value) -> &str {
    object["metadata"]["namespace"].as_str().unwrap_or("default")
}

fn strings(map: &Value) -> impl Iterator<Item = (&str, &str)> {
    map.as_object().into_iter().flatten().filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
}

/// Whether a Service leads to a pod.
fn selects(service: &Value, pod: &Pod) -> bool {
    let mut selector = strings(&service["spec"]["selector"]).peekable();
    namespace_of(service) == pod.namespace
        && selector.peek().is_some()
        && selector.all(|(key, value)| pod.labels.get(key).is_some_and(|own| own == value))
}

/// The port of a container that a port of a Service leads to.
fn container_port(declared: &Value, spec: &Value) -> Option<u16> {
    let number = |value: &Value| value.as_u64().and_then(|number| u16::try_from(number).ok());
    let Some(name) = declared["targetPort"].as_str() else {
        return number(&declared["targetPort"]).or_else(|| number(&declared["port"]));
    };
    let containers = spec["containers"].as_array().into_iter().flatten();
    let mut ports = containers.flat_map(|container| container["ports"].as_array().into_iter().flatten());
    ports.find(|port| port["name"] == name).and_then(|port| number(&port["containerPort"]))
}

fn port(port: &Value) -> Port {
    let number = port["port"].as_u64().and_then(|number| u16::try_from(number).ok());
    Port {
        number: number.expect("a port has a number"),
        name: port["name"].as_str().map(str::to_owned),
        app_protocol: port["appProtocol"].as_str().map(str::to_owned),
        udp: port["protocol"] == "UDP",
    }
}

/// The same objects in a cluster with the model's DNS domain instead of `domain`.
#[must_use]
pub fn in_model_domain(objects: &[Value], domain: &str) -> Vec<Value> {
    let text = Value::from(objects).to_string();
    let renamed = text.replace(&format!(".svc.{domain}\""), &format!(".svc.{CLUSTER_DOMAIN}\""));
    let objects: Value = serde_json::from_str(&renamed).expect("only names have changed");
    objects.as_array().cloned().unwrap_or_default()
}

/// The same objects with `\\Q…\\E` in regular expressions spelled by escapes: RE2 reads such quotations, the model does not.
pub fn without_quotations(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(regex) if name == "regex" => *regex = unquoted(regex),
                    value => without_quotations(value),
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(without_quotations),
        _ => {}
    }
}

fn unquoted(regex: &str) -> String {
    let Some((before, quoted)) = regex.split_once("\\Q") else { return regex.to_owned() };
    let (quoted, after) = quoted.split_once("\\E").unwrap_or((quoted, ""));
    format!("{before}{}{}", regex::escape(quoted), unquoted(after))
}

/// A VirtualService as one of its gateways sees it; `None` where it binds to none.
///
/// The model knows no gateways, but a gateway chooses among the routes that are for it as a sidecar does among those for the mesh. So
/// its routes alone are left, for calls to a Service [`GATEWAY`] that stands for it.
#[must_use]
pub fn at_gateway(object: &Value) -> Option<Value> {
    let is_gateway = |name: &Value| name != "mesh";
    object["spec"]["gateways"].as_array()?.iter().find(|name| is_gateway(name))?;
    let mut seen = object.clone();
    let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
    let spec = seen["spec"].as_object_mut()?;
    spec.remove("gateways");
    spec.remove("tcp");
    spec.insert("hosts".to_owned(), Value::from(vec![format!("{GATEWAY}.{namespace}.svc.{CLUSTER_DOMAIN}")]));
    let routes = spec.get_mut("http")?.as_array_mut()?;
    for route in routes.iter_mut() {
        let Some(blocks) = route["match"].as_array_mut() else { continue };
        blocks.retain(|block| block["gateways"].as_array().is_none_or(|names| names.iter().any(is_gateway)));
        for block in blocks {
            block.as_object_mut()?.remove("gateways");
        }
    }
    routes.retain(|route| route["match"].as_array().is_none_or(|blocks| !blocks.is_empty()));
    Some(seen)
}
