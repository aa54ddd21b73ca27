//! Which protocol Linkerd takes a port of a Service for (`linkerd.md` 6.2, step 4).

use smi_translate::facts::{Labels, ServicePort};

/// Ports that Linkerd does not look into unless it is told otherwise: their protocols have the server speak first.
pub(crate) const OPAQUE_BY_DEFAULT: [u16; 8] = [25, 587, 3306, 4444, 5432, 6379, 9300, 11211];

/// Annotation with the ports that Linkerd does not look into, instead of those by default.
pub(crate) const OPAQUE_PORTS: &str = "config.linkerd.io/opaque-ports";

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
    /// `appProtocol` decides, unless the Service has an annotation that lists its opaque ports. Whatever Linkerd does not know is opaque to
    /// it, `https`, `grpc` and `kubernetes.io/ws` too.
    pub(crate) fn of(port: &ServicePort, annotations: &Labels) -> Protocol {
        let listed = annotations.get(OPAQUE_PORTS);
        if listed.is_some_and(|list| is_listed(list, port.port, port.name.as_deref())) {
            return Protocol::Opaque;
        }
        match port.app_protocol.as_deref() {
            Some("http" | "kubernetes.io/h2c") => Protocol::Http,
            Some(_) => Protocol::Opaque,
            None if listed.is_none() && OPAQUE_BY_DEFAULT.contains(&port.port) => Protocol::Opaque,
            None => Protocol::Detect,
        }
    }
}

/// Whether a list of opaque ports, such as `3306,8000-9000,smtp`, has a port.
pub(crate) fn is_listed(list: &str, port: u16, name: Option<&str>) -> bool {
    list.split(',')
        .map(str::trim)
        .any(|entry| covers(entry, port) || !entry.is_empty() && Some(entry) == name)
}

/// Whether an entry of the list, `3306` or `8000-9000`, covers a port.
fn covers(entry: &str, port: u16) -> bool {
    let (low, high) = entry.split_once('-').unwrap_or((entry, entry));
    let bounds = (low.trim().parse::<u16>(), high.trim().parse::<u16>());
    matches!(bounds, (Ok(low), Ok(high)) if (low..=high).contains(&port))
}

/// Whether a port is named for HTTP. Linkerd does not read names, but whoever gave it said what is to be spoken there.
pub(crate) fn is_named_http(port: &ServicePort) -> bool {
    port.name.as_deref().is_some_and(is_http_name)
}

/// Whether a name says that HTTP is spoken, as `http`, `http-admin` and `grpc-web` do.
pub(crate) fn is_http_name(name: &str) -> bool {
    matches!(name.split('-').next(), Some("http" | "http2" | "grpc"))
}

/// Whether something says that HTTP is spoken on a port, whatever Linkerd makes of it.
pub(crate) fn is_http(port: &ServicePort) -> bool {
    matches!(port.app_protocol.as_deref(), Some("http" | "grpc" | "kubernetes.io/h2c" | "kubernetes.io/ws"))
        || is_named_http(port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_linkerd_does_not_know_is_opaque() {
        let of = |port, app_protocol: Option<&str>| {
            let app_protocol = app_protocol.map(str::to_owned);
            Protocol::of(&ServicePort { port, app_protocol, ..ServicePort::default() }, &Labels::new())
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

    #[test]
    fn a_service_lists_its_opaque_ports() {
        let annotations = Labels::from([(OPAQUE_PORTS.to_owned(), "8000-9000, 80".to_owned())]);
        let of = |port, app_protocol: Option<&str>| {
            let app_protocol = app_protocol.map(str::to_owned);
            Protocol::of(&ServicePort { port, app_protocol, ..ServicePort::default() }, &annotations)
        };
        assert_eq!(of(80, Some("http")), Protocol::Opaque);
        assert_eq!(of(8500, None), Protocol::Opaque);
        assert_eq!(of(3306, None), Protocol::Detect, "the list takes the place of the default");
    }

    #[test]
    fn entries_are_ports_and_ranges() {
        assert!(covers("3306", 3306) && !covers("3306", 3307));
        assert!(covers("8000-9000", 8500) && !covers("8000-9000", 9001));
        assert!(!covers("", 1) && !covers("x", 1) && !covers("http", 80));
        assert!(is_listed("1, smtp", 25, Some("smtp")) && !is_listed("", 25, None));
    }
}
