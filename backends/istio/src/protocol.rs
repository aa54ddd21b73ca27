//! Which protocol Istio takes a Service port for, and so which routes of a VirtualService it uses there.

use smi_translate::facts::{ServicePort, Transport};

/// How Istio treats the traffic of a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// `http` routes apply.
    Http,
    /// `tcp` routes apply.
    Tcp,
    /// Istio looks at the first bytes: `http` routes for HTTP, `tcp` routes for the rest.
    Detect,
    /// TLS passed through: only `tls` routes would apply, and they need an SNI.
    Tls,
    /// Not carried by the mesh.
    None,
}

/// Port numbers whose protocols have the server speak first, so that looking at the first bytes would hang.
const SERVER_FIRST: [u16; 4] = [25, 53, 3306, 27017];

impl Protocol {
    /// `appProtocol` decides, or else the name: by the part before the first hyphen. Nothing known there means detection, and an
    /// unknown `appProtocol` hides the name.
    pub(crate) fn of(port: &ServicePort) -> Protocol {
        if port.transport() != Transport::Tcp {
            return Protocol::None;
        }
        let declared = port.app_protocol.as_deref().or(port.name.as_deref()).and_then(Protocol::declared);
        declared.unwrap_or(if SERVER_FIRST.contains(&port.port) { Protocol::Tcp } else { Protocol::Detect })
    }

    fn declared(text: &str) -> Option<Protocol> {
        let text = text.to_ascii_lowercase();
        // gRPC-Web has a hyphen of its own; its first part says the same.
        match text.split('-').next()? {
            "http" | "http2" | "grpc" | "kubernetes.io/h2c" | "kubernetes.io/ws" => Some(Protocol::Http),
            "tcp" | "mongo" | "redis" | "mysql" => Some(Protocol::Tcp),
            "https" | "tls" | "kubernetes.io/wss" => Some(Protocol::Tls),
            "udp" => Some(Protocol::None),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(number: u16, name: &str, app_protocol: Option<&str>) -> ServicePort {
        ServicePort {
            port: number,
            name: Some(name.to_owned()),
            app_protocol: app_protocol.map(str::to_owned),
            ..ServicePort::default()
        }
    }

    #[test]
    fn protocol_comes_from_app_protocol_then_name_then_number() {
        let cases = [
            (port(80, "http", None), Protocol::Http),
            (port(80, "http-web", None), Protocol::Http),
            (port(80, "HTTP2-web", None), Protocol::Http),
            (port(80, "grpc-web", None), Protocol::Http),
            (port(80, "web", None), Protocol::Detect),
            (port(80, "web", Some("tcp")), Protocol::Tcp),
            (port(80, "http", Some("https")), Protocol::Tls),
            (port(80, "http", Some("example.com/own")), Protocol::Detect),
            (port(80, "x", Some("http-own")), Protocol::Http),
            (port(443, "tls-web", None), Protocol::Tls),
            (port(3306, "db", None), Protocol::Tcp),
            (port(3306, "http", None), Protocol::Http),
            (port(80, "x", Some("kubernetes.io/h2c")), Protocol::Http),
            (port(80, "redis", None), Protocol::Tcp),
        ];
        for (port, expected) in cases {
            assert_eq!(Protocol::of(&port), expected, "{port:?}");
        }
        let udp = ServicePort { transport: Some(Transport::Udp), ..port(53, "dns", None) };
        assert_eq!(Protocol::of(&udp), Protocol::None);
    }
}
