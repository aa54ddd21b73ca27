//! Services: their ports, and which pods they select.

use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::workload::{Labels, Workload, selects};
use crate::reference::ServiceRef;

/// Transport protocol of a Service port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum Transport {
    /// TCP, the Kubernetes default.
    #[default]
    #[serde(rename = "TCP")]
    Tcp,
    /// UDP. Never split (SMI-SPLIT-21).
    #[serde(rename = "UDP")]
    Udp,
    /// SCTP. No mesh carries it.
    #[serde(rename = "SCTP")]
    Sctp,
}

/// One port of a Service.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ServicePort {
    /// The number clients dial, never 0.
    #[serde(deserialize_with = "port_number")]
    pub port: u16,
    /// Port name; meshes read the protocol from its first part.
    #[serde(default)]
    pub name: Option<String>,
    /// `appProtocol`.
    #[serde(default)]
    pub app_protocol: Option<String>,
    /// Transport protocol.
    #[serde(default, rename = "protocol")]
    pub transport: Option<Transport>,
    /// Where the pods listen; the same number where it is not written.
    #[serde(default)]
    pub target_port: Option<TargetPort>,
}

/// Where the pods of a Service listen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(untagged)]
pub enum TargetPort {
    /// A port number.
    Number(u16),
    /// The name of a container port, which each pod resolves by itself.
    Name(String),
}

fn port_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u16, D::Error> {
    let number = i64::deserialize(deserializer)?;
    u16::try_from(number)
        .ok()
        .filter(|port| *port > 0)
        .ok_or_else(|| D::Error::custom(format!("{number} is not a port: ports are numbers from 1 to 65535")))
}

impl ServicePort {
    /// The transport protocol, TCP where none is written.
    #[must_use]
    pub fn transport(&self) -> Transport {
        self.transport.unwrap_or_default()
    }

    /// The port on which the pods of a workload listen; `None` where it is a name that none of their containers has.
    #[must_use]
    pub fn container_port(&self, workload: &Workload) -> Option<u16> {
        match &self.target_port {
            None => Some(self.port),
            // Clients that write the field's zero value mean that it is absent.
            Some(TargetPort::Number(0)) => Some(self.port),
            Some(TargetPort::Number(number)) => Some(*number),
            Some(TargetPort::Name(name)) => {
                let named = |port: &&super::ContainerPort| {
                    port.name.as_deref() == Some(name) && port.transport == self.transport()
                };
                workload.ports.iter().find(named).map(|port| port.number)
            }
        }
    }
}

/// How a Service finds its endpoints.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Addressing {
    /// A virtual IP in front of selected endpoints.
    ClusterIp,
    /// No virtual IP (`clusterIP: None`): clients get the addresses of the endpoints.
    Headless,
    /// An alias for a DNS name outside the cluster.
    ExternalName,
}

/// A Kubernetes Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Namespace and name.
    pub service: ServiceRef,
    /// Its ports, in written order.
    pub ports: Vec<ServicePort>,
    /// How it finds its endpoints.
    pub addressing: Addressing,
    /// The labels of the pods it selects. Without any, unmatched traffic has nowhere to go unless somebody else keeps its endpoints
    /// (SMI-SPLIT-14).
    pub selector: Labels,
    /// Its annotations, by which meshes are told how to treat its ports.
    pub annotations: Arc<Labels>,
}

impl Service {
    /// Whether it selects pods.
    #[must_use]
    pub fn has_selector(&self) -> bool {
        !self.selector.is_empty()
    }

    /// Whether it selects the pods of a workload.
    #[must_use]
    pub fn selects(&self, workload: &Workload) -> bool {
        self.has_selector()
            && self.service.namespace == workload.object.namespace
            && selects(&self.selector, &workload.labels)
    }

    /// Whether it may select pods of a workload that have further labels than those that are written: controllers, operators and webhooks
    /// add some, such as the name of the pod or its role. Another value of a label that is written rules that out, except where the Service
    /// asks for all labels by which the controller knows its pods.
    #[must_use]
    pub fn may_select(&self, workload: &Workload) -> bool {
        let contradicts = |(key, value)| workload.labels.get(key).is_some_and(|own| own != value);
        let narrows = || workload.selector.as_ref().is_some_and(|known| selects(known, &self.selector));
        self.has_selector()
            && self.service.namespace == workload.object.namespace
            && (!self.selector.iter().any(contradicts) || narrows())
    }
}

/// The fields of a Service's `spec` that [`Service`] is made from.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceSpec {
    #[serde(default)]
    ports: Option<Vec<ServicePort>>,
    #[serde(default, rename = "clusterIP")]
    cluster_ip: Option<String>,
    #[serde(default)]
    r#type: Option<String>,
    #[serde(default)]
    selector: Option<Labels>,
}

impl ServiceSpec {
    pub(crate) fn into_service(self, service: ServiceRef, annotations: Labels) -> Service {
        let ServiceSpec { ports, cluster_ip, r#type, selector } = self;
        let addressing = match (r#type.as_deref(), cluster_ip.as_deref()) {
            (Some("ExternalName"), _) => Addressing::ExternalName,
            (_, Some("None")) => Addressing::Headless,
            _ => Addressing::ClusterIp,
        };
        Service {
            service,
            ports: ports.unwrap_or_default(),
            addressing,
            selector: selector.unwrap_or_default(),
            annotations: Arc::new(annotations),
        }
    }
}
