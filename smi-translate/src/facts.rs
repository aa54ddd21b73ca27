//! Facts: what the cluster holds besides SMI objects, as far as the meaning of SMI depends on it.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

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
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
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
    /// Whether it selects pods. Without a selector, unmatched traffic has nowhere to go unless somebody else keeps its endpoints
    /// (SMI-SPLIT-14).
    pub has_selector: bool,
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
    selector: Option<std::collections::BTreeMap<String, String>>,
}

impl ServiceSpec {
    pub(crate) fn into_service(self, service: ServiceRef) -> Service {
        let ServiceSpec { ports, cluster_ip, r#type, selector } = self;
        let addressing = match (r#type.as_deref(), cluster_ip.as_deref()) {
            (Some("ExternalName"), _) => Addressing::ExternalName,
            (_, Some("None")) => Addressing::Headless,
            _ => Addressing::ClusterIp,
        };
        let has_selector = selector.is_some_and(|labels| !labels.is_empty());
        Service { service, ports: ports.unwrap_or_default(), addressing, has_selector }
    }
}
