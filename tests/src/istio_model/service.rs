//! Kubernetes Services as istiod sees them, and the protocol it reads from a port.

use super::CLUSTER_DOMAIN;

/// A Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Ports, in written order.
    pub ports: Vec<Port>,
    /// How clients reach its endpoints.
    pub addressing: Addressing,
}

/// How clients reach the endpoints of a Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressing {
    /// Through a virtual IP.
    ClusterIp,
    /// Directly: `clusterIP: None`.
    Headless,
    /// Not at all: an alias of a DNS name.
    ExternalName,
}

/// A port of a Service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// The number clients dial.
    pub number: u16,
    /// Name.
    pub name: Option<String>,
    /// `appProtocol`.
    pub app_protocol: Option<String>,
    /// Whether `protocol` is UDP; else it is TCP.
    pub udp: bool,
}

/// What istiod takes the traffic of a port for, as far as routing differs (3.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// `http` routes only.
    Http,
    /// `tcp` routes only.
    Tcp,
    /// `http` or `tcp` routes, whichever the bytes look like.
    Auto,
    /// `tls` routes only.
    Tls,
    /// Not handled by the mesh.
    Udp,
}

impl Service {
    /// A Service with a virtual IP and unnamed TCP ports.
    #[must_use]
    pub fn tcp(namespace: &str, name: &str, ports: &[u16]) -> Service {
        Service::new(namespace, name, ports.iter().map(|number| Port::new(*number)).collect())
    }

    /// A Service with a virtual IP.
    #[must_use]
    pub fn new(namespace: &str, name: &str, ports: Vec<Port>) -> Service {
        Service {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            ports,
            addressing: Addressing::ClusterIp,
        }
    }

    /// Fully qualified name, which is istiod's name for it.
    #[must_use]
    pub fn fqdn(&self) -> String {
        format!("{}.{}.svc.{CLUSTER_DOMAIN}", self.name, self.namespace)
    }

    /// The TCP port with this number.
    #[must_use]
    pub fn tcp_port(&self, number: u16) -> Option<&Port> {
        self.ports.iter().find(|port| port.number == number && !port.udp)
    }
}

impl Port {
    /// An unnamed TCP port.
    #[must_use]
    pub fn new(number: u16) -> Port {
        Port { number, name: None, app_protocol: None, udp: false }
    }

    /// The same port with a name.
    #[must_use]
    pub fn named(number: u16, name: &str) -> Port {
        Port { name: Some(name.to_owned()), ..Port::new(number) }
    }

    /// The protocol: `appProtocol` if set, else the name, up to the first `-`; without a known word the ports of a few server-first
    /// protocols are TCP and every other one is sniffed.
    #[must_use]
    pub fn protocol(&self) -> Protocol {
        if self.udp {
            return Protocol::Udp;
        }
        match self.app_protocol.as_deref() {
            Some("kubernetes.io/h2c" | "kubernetes.io/ws") => return Protocol::Http,
            Some("kubernetes.io/wss") => return Protocol::Tls,
            _ => {}
        }
        let text = self.app_protocol.as_ref().or(self.name.as_ref()).map(|text| text.to_ascii_lowercase());
        match text.as_deref().and_then(|text| text.split('-').next()).unwrap_or_default() {
            "http" | "http2" | "grpc" => Protocol::Http,
            "https" | "tls" => Protocol::Tls,
            "tcp" | "mongo" | "redis" | "mysql" => Protocol::Tcp,
            "udp" => Protocol::Udp,
            _ if [25, 53, 3306, 27017].contains(&self.number) => Protocol::Tcp,
            _ => Protocol::Auto,
        }
    }
}
