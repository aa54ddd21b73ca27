//! Which protocol Linkerd takes a port of a Service for (`linkerd.md` 6.2, step 4).

use smi_translate::facts::ServicePort;

/// Ports that Linkerd does not look into unless it is told otherwise: their protocols have the server speak first.
pub(crate) const OPAQUE_BY_DEFAULT: [u16; 8] = [25, 587, 3306, 4444, 5432, 6379, 9300, 11211];

/// How Linkerd treats the traffic of a port at the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Declared as HTTP: nothing else is carried.
    Http,
    /// Linkerd looks at the first bytes: HTTP routes for HTTP, and what is not HTTP goes to the root.
    Detect,
    /// TCP connections, whatever runs over them.
    Opaque,
}

impl Protocol {
    /// `appProtocol` decides. Whatever Linkerd does not know there is opaque to it, `https`, `grpc` and `kubernetes.io/ws` too.
    pub(crate) fn of(port: &ServicePort) -> Protocol {
        match port.app_protocol.as_deref() {
            Some("http" | "kubernetes.io/h2c") => Protocol::Http,
            Some(_) => Protocol::Opaque,
            None if OPAQUE_BY_DEFAULT.contains(&port.port) => Protocol::Opaque,
            None => Protocol::Detect,
        }
    }
}

/// Whether a port is named for HTTP. Linkerd does not read names, but whoever gave it said what is to be spoken there.
pub(crate) fn is_named_http(port: &ServicePort) -> bool {
    let first = port.name.as_deref().and_then(|name| name.split('-').next());
    matches!(first, Some("http" | "http2" | "grpc"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_linkerd_does_not_know_is_opaque() {
        let of = |port, app_protocol: Option<&str>| {
            let app_protocol = app_protocol.map(str::to_owned);
            Protocol::of(&ServicePort { port, app_protocol, ..ServicePort::default() })
        };
        assert_eq!(of(80, None), Protocol::Detect);
        assert_eq!(of(80, Some("http")), Protocol::Http);
        assert_eq!(of(3306, Some("http")), Protocol::Http);
        assert_eq!(of(80, Some("kubernetes.io/h2c")), Protocol::Http);
        assert_eq!(of(3306, None), Protocol::Opaque);
        for opaque in ["linkerd.io/opaque", "linkerd.io/tcp", "grpc", "https", "kubernetes.io/ws", "HTTP"] {
            assert_eq!(of(80, Some(opaque)), Protocol::Opaque, "{opaque}");
        }
    }
}
