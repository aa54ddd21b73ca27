//! Services: one list of ports that they mostly share, so that backends usually fit their root and sometimes do not.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::{NAMES, NAMESPACES, Unlisted};
use crate::istio_model::{Addressing, Port, Protocol, Service};

/// What a world's Services are made from.
#[derive(Clone, Debug)]
pub(super) struct ServicesPlan {
    ports: Vec<Port>,
    services: Vec<ServicePlan>,
}

#[derive(Clone, Debug)]
struct ServicePlan {
    namespace: &'static str,
    /// How far its name is from the one that is its turn.
    offset: usize,
    listed: bool,
    addressing: Addressing,
    /// Which of the shared ports it has; at least one.
    keeps: [bool; 3],
    /// A port of its own.
    own: Option<Port>,
}

pub(super) fn plan() -> impl Strategy<Value = ServicesPlan> {
    (vec(port(), 1..=3), vec(service(), 1..=4)).prop_map(|(ports, services)| ServicesPlan { ports, services })
}

fn port() -> impl Strategy<Value = Port> {
    let name = weighted(
        0.8,
        prop_oneof![
            8 => select(vec!["http", "http-web", "tcp", "web", "grpc", "http2-x", "redis", "tcp-db"]),
            1 => select(vec!["https", "tls-x", "udp-x"]),
        ],
    );
    let app_protocol = weighted(
        0.15,
        select(vec![
            "http",
            "tcp",
            "http-x",
            "kubernetes.io/h2c",
            "kubernetes.io/wss",
            "example.com/x",
            "grpc-web",
        ]),
    );
    let udp = prop::bool::weighted(0.06);
    (select(vec![80u16, 8080, 9090, 443, 53, 3306]), name, app_protocol, udp).prop_map(
        |(number, name, app_protocol, udp)| Port {
            number,
            name: name.map(str::to_owned),
            app_protocol: app_protocol.map(str::to_owned),
            udp,
        },
    )
}

fn service() -> impl Strategy<Value = ServicePlan> {
    let addressing = prop_oneof![
        40 => Just(Addressing::ClusterIp),
        1 => Just(Addressing::Headless),
        1 => Just(Addressing::ExternalName),
    ];
    let keeps = prop::array::uniform3(prop::bool::weighted(0.85));
    let offset = prop_oneof![6 => Just(0), 1 => 0..NAMES.len()];
    (super::namespace(), offset, prop::bool::weighted(0.9), addressing, keeps, weighted(0.1, port()))
        .prop_map(|(namespace, offset, listed, addressing, keeps, own)| ServicePlan {
            namespace,
            offset,
            listed,
            addressing,
            keeps,
            own,
        })
}

impl ServicesPlan {
    /// The Services among the manifests.
    pub(super) fn listed(&self) -> Vec<Service> {
        let mut listed: Vec<Service> = Vec::new();
        for (turn, plan) in self.services.iter().enumerate() {
            // Two Services of one name: the second takes the next name that is free.
            let taken = |name: &str| {
                listed.iter().any(|other| other.namespace == plan.namespace && other.name == name)
            };
            let free =
                NAMES.iter().cycle().skip(turn + plan.offset).take(NAMES.len()).find(|name| !taken(name));
            if let (Some(free), true) = (free, plan.listed) {
                listed.push(self.build(plan, free));
            }
        }
        listed
    }

    /// The Services that exist.
    pub(super) fn cluster(&self, unlisted: Unlisted) -> Vec<Service> {
        let mut cluster = self.listed();
        if unlisted == Unlisted::Exists {
            for (namespace, name) in
                NAMESPACES.iter().flat_map(|ns| NAMES.iter().map(move |name| (*ns, *name)))
            {
                if !cluster.iter().any(|service| service.namespace == namespace && service.name == name) {
                    cluster.push(Service::new(namespace, name, self.every_port()));
                }
            }
        }
        cluster
    }

    /// One TCP port for every number that occurs: what a Service has of which every port is assumed.
    fn every_port(&self) -> Vec<Port> {
        let own = self.services.iter().filter_map(|plan| plan.own.as_ref());
        let tcp = self.ports.iter().chain(own).map(|port| Port { udp: false, ..port.clone() });
        // What such a port carries cannot be assumed, so it is nothing that the mesh would keep its hands off.
        distinct(tcp.map(|port| match port.protocol() {
            Protocol::Tls | Protocol::Udp => Port::new(port.number),
            _ => port,
        }))
    }

    fn build(&self, plan: &ServicePlan, name: &str) -> Service {
        let kept = self.ports.iter().zip(plan.keeps).filter(|(_, keep)| *keep).map(|(port, _)| port.clone());
        let mut ports = distinct(kept.chain(plan.own.clone()));
        if ports.is_empty() {
            ports.push(self.ports[0].clone());
        }
        Service {
            namespace: plan.namespace.to_owned(),
            name: name.to_owned(),
            ports,
            addressing: plan.addressing,
        }
    }
}

/// The first port of every number and transport, with names that differ as Kubernetes asks.
fn distinct(ports: impl Iterator<Item = Port>) -> Vec<Port> {
    let mut out: Vec<Port> = Vec::new();
    for mut port in ports {
        if out.iter().any(|other| (other.number, other.udp) == (port.number, port.udp)) {
            continue;
        }
        if !out.is_empty() {
            let name = port.name.unwrap_or_else(|| "p".to_owned());
            port.name = Some(format!("{name}-{}", out.len()));
        }
        out.push(port);
    }
    if out.len() > 1 && out[0].name.is_none() {
        out[0].name = Some("p-0".to_owned());
    }
    out
}

/// A Service as Kubernetes has it.
pub(super) fn manifest(service: &Service) -> Value {
    let ports = service.ports.iter().map(|port| {
        let mut out = json!({"port": port.number});
        if let Some(name) = &port.name {
            out["name"] = json!(name);
        }
        if let Some(app_protocol) = &port.app_protocol {
            out["appProtocol"] = json!(app_protocol);
        }
        if port.udp {
            out["protocol"] = json!("UDP");
        }
        out
    });
    let mut spec = json!({"ports": ports.collect::<Vec<_>>(), "selector": {"app": service.name}});
    match service.addressing {
        Addressing::ClusterIp => {}
        Addressing::Headless => spec["clusterIP"] = json!("None"),
        Addressing::ExternalName => {
            spec["type"] = json!("ExternalName");
            spec["externalName"] = json!("db.example.com");
        }
    }
    json!({
        "apiVersion": "v1", "kind": "Service",
        "metadata": {"name": service.name, "namespace": service.namespace}, "spec": spec,
    })
}
