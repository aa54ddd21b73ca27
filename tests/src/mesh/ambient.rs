//! Ambient mode with a waypoint (`istio.md` 5): a node proxy in front of every pod, which looks at connections alone, and a waypoint in front
//! of every Service, which looks at requests by the policies of the Service that the client addressed and passes them on as itself.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::model::Knock;
use crate::istio_model::{Guard, Inbound, Passage, Payload, Pod, Port, Protocol, Refusal};
use crate::istio_view::RunningPod;

/// The label of the pods that stand for Services.
const SERVICE: &str = "service";

pub(super) struct Ambient {
    nodes: Guard,
    /// The policies of Services, as policies of pods that stand for them.
    waypoints: Guard,
    /// The name of the waypoints.
    waypoint: String,
    trust_domain: String,
    routes: BTreeSet<Route>,
}

/// From a port of a root to a backend.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Route {
    namespace: String,
    root: String,
    backend: String,
    /// Without one, any.
    port: Option<u64>,
}

impl Ambient {
    pub(super) fn new(
        objects: &[Value],
        trust_domain: &str,
        waypoint: &str,
    ) -> Result<Ambient, Vec<Refusal>> {
        let attached: Vec<Value> = objects.iter().filter_map(at_service).collect();
        Ok(Ambient {
            nodes: Guard::new(objects, trust_domain)?,
            waypoints: Guard::new(&attached, trust_domain)?,
            waypoint: waypoint.to_owned(),
            trust_domain: trust_domain.to_owned(),
            routes: objects
                .iter()
                .filter(|object| object["kind"] == "VirtualService")
                .flat_map(routes)
                .collect(),
        })
    }

    /// Whether a request comes to a pod in any way; `None` where the mesh does not see it.
    pub(super) fn admits(&self, running: &RunningPod, knock: &Knock) -> Option<bool> {
        if knock.payload == Payload::Udp {
            return None;
        }
        let principal = knock.principal.as_deref();
        if self.at_node(&running.pod, principal, knock) {
            return Some(true);
        }
        let namespace = &running.pod.namespace;
        let waypoint = format!("{}/ns/{namespace}/sa/{}", self.trust_domain, self.waypoint);
        let leading = running.ways.iter().filter(|way| way.behind == knock.port);
        let mut addressed = leading.flat_map(|way| {
            let roots = self.routes.iter().filter(|route| {
                route.namespace == *namespace
                    && route.backend == way.service
                    && route.port.is_none_or(|port| port == u64::from(way.port.number))
            });
            roots.map(|route| &route.root).chain([&way.service]).map(|service| (service, &way.port))
        });
        let passes = addressed.any(|(service, port)| self.at_waypoint(namespace, (service, port), knock));
        Some(passes && self.at_node(&running.pod, Some(&waypoint), knock))
    }

    fn at_node(&self, pod: &Pod, principal: Option<&str>, knock: &Knock) -> bool {
        let opaque = pod.clone().declaring(knock.port, Protocol::Tcp);
        let inbound = Inbound::new(&opaque, principal, knock.port, knock.payload.clone());
        self.nodes.judge(&inbound) == Passage::Allowed
    }

    fn at_waypoint(&self, namespace: &str, (service, port): (&str, &Port), knock: &Knock) -> bool {
        let pod = Pod::new(namespace, service, &[(SERVICE, service)]).declaring(port.number, port.protocol());
        let inbound = Inbound::new(&pod, knock.principal.as_deref(), port.number, knock.payload.clone());
        self.waypoints.judge(&inbound) == Passage::Allowed
    }
}

/// A policy of Services as one of the pods that stand for them.
fn at_service(object: &Value) -> Option<Value> {
    let target = object["spec"]["targetRefs"].as_array()?.first()?;
    assert_eq!((&target["group"], &target["kind"]), (&json!(""), &json!("Service")), "{target}");
    let mut policy = object.clone();
    let spec = policy["spec"].as_object_mut()?;
    spec.remove("targetRefs");
    spec.insert("selector".to_owned(), json!({"matchLabels": {SERVICE: target["name"]}}));
    Some(policy)
}

/// Where a VirtualService leads, whatever its conditions.
fn routes(object: &Value) -> Vec<Route> {
    let first =
        |host: &Value| host.as_str().and_then(|host| host.split('.').next()).unwrap_or_default().to_owned();
    let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
    let kinds = ["http", "tcp"].into_iter().flat_map(|kind| object["spec"][kind].as_array()).flatten();
    let ends = kinds.flat_map(|route| route["route"].as_array()).flatten().map(|end| &end["destination"]);
    let route = |end: &Value| Route {
        namespace: namespace.to_owned(),
        root: first(&object["spec"]["hosts"][0]),
        backend: first(&end["host"]),
        port: end["port"]["number"].as_u64(),
    };
    ends.map(route).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::istio_view;

    fn policy(spec: &Value) -> Value {
        json!({"apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
            "metadata": {"namespace": "shop", "name": "web"}, "spec": spec})
    }

    fn service(name: &str, selector: &Value) -> Value {
        json!({"apiVersion": "v1", "kind": "Service", "metadata": {"namespace": "shop", "name": name},
            "spec": {"selector": selector, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]}})
    }

    /// Whether `a` gets through to `GET /` of `web`, whose own Service has a policy for GET, beside other objects.
    fn admits(method: &str, others: &[Value]) -> Option<bool> {
        let principals =
            |name: &str| json!([{"source": {"principals": [format!("cluster.local/ns/shop/sa/{name}")]}}]);
        let mut objects = vec![
            policy(&json!({"targetRefs": [{"group": "", "kind": "Service", "name": "web"}],
                "rules": [{"from": principals("a"), "to": [{"operation": {"methods": ["GET"], "ports": ["80"]}}]}]})),
            policy(&json!({"selector": {"matchLabels": {"app": "web"}},
                "rules": [{"from": principals("wp"), "to": [{"operation": {"ports": ["8080"]}}]}]})),
            service("web", &json!({"app": "web"})),
            json!({"apiVersion": "v1", "kind": "Pod",
                "metadata": {"namespace": "shop", "name": "web", "labels": {"app": "web"}}, "spec": {}}),
        ];
        objects.extend_from_slice(others);
        let pods = istio_view::pods(&objects);
        let knock = Knock {
            principal: Some("cluster.local/ns/shop/sa/a".to_owned()),
            namespace: "shop".to_owned(),
            account: "default".to_owned(),
            labels: None,
            port: 8080,
            payload: Payload::Http { method: method.to_owned(), target: "/".to_owned(), headers: Vec::new() },
        };
        Ambient::new(&objects, "cluster.local", "wp").unwrap().admits(&pods[0], &knock)
    }

    #[test]
    fn requests_pass_the_policies_of_the_service_that_is_addressed() {
        assert_eq!(admits("GET", &[]), Some(true));
        assert_eq!(admits("POST", &[]), Some(false), "neither by the Service nor by the address of the pod");
        // Another Service has no policy.
        assert_eq!(admits("POST", &[service("late", &json!({"role": "primary"}))]), Some(true));
        assert_eq!(admits("POST", &[service("db", &json!({"app": "db"}))]), Some(false));
        let split = json!({"apiVersion": "networking.istio.io/v1", "kind": "VirtualService",
            "metadata": {"namespace": "shop", "name": "entry"}, "spec": {"hosts": ["entry.shop.svc.cluster.local"],
            "http": [{"route": [{"destination": {"host": "web.shop.svc.cluster.local", "port": {"number": 80}}}]}]}});
        assert_eq!(admits("POST", &[split]), Some(true));
    }
}
