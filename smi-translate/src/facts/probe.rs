//! Probes: the requests that a kubelet sends to pods, from outside of any mesh.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{ContainerPort, TargetPort, Transport};

/// A probe that is a request to a port of a pod. Probes that only connect, or run a command, ask nothing of a mesh.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Probe {
    /// The port of the pod.
    pub port: u16,
    /// What is sent there.
    pub request: ProbeRequest,
}

/// What a probe sends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProbeRequest {
    /// `GET`.
    Http {
        /// The path as it is written, without query; `/` where there is none.
        path: String,
        /// The headers that the probe asks for, by lower-case name, each name once. Without `user-agent` it is the kubelet's own,
        /// `kube-probe/…`; an empty one is not sent.
        headers: Vec<(String, String)>,
    },
    /// The same over TLS, of which a mesh sees nothing.
    Https,
    /// A call of `grpc.health.v1.Health/Check`.
    Grpc,
}

/// A probe that no API server takes is none, and no reason to forget the workload.
pub(super) fn if_readable<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<ProbeSpec>, D::Error> {
    Ok(serde_json::from_value(Value::deserialize(deserializer)?).unwrap_or_default())
}

/// A probe as a container has it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ProbeSpec {
    #[serde(default)]
    http_get: Option<HttpGet>,
    #[serde(default)]
    grpc: Option<Grpc>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct HttpGet {
    port: TargetPort,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    host: Option<String>,
    #[serde(default)]
    scheme: Option<String>,
    #[serde(default)]
    http_headers: Option<Vec<Header>>,
}

#[derive(Debug, Deserialize)]
struct Header {
    name: String,
    #[serde(default)]
    value: String,
}

#[derive(Debug, Deserialize)]
struct Grpc {
    port: u16,
}

impl ProbeSpec {
    /// The request, if it reaches the pod; a port's name is one of the same container.
    pub(super) fn request(self, ports: &[ContainerPort]) -> Option<Probe> {
        let probe = match (self.http_get, self.grpc) {
            (Some(get), _) => get.request(ports),
            (None, grpc) => grpc.map(|grpc| Probe { port: grpc.port, request: ProbeRequest::Grpc }),
        };
        probe.filter(|probe| probe.port > 0)
    }
}

impl HttpGet {
    fn request(self, ports: &[ContainerPort]) -> Option<Probe> {
        // With a host it is sent there, and not to the pod.
        if self.host.is_some_and(|host| !host.is_empty()) {
            return None;
        }
        let port = match self.port {
            TargetPort::Number(number) => number,
            TargetPort::Name(name) => {
                let named = |port: &&ContainerPort| {
                    port.name.as_ref() == Some(&name) && port.transport == Transport::Tcp
                };
                ports.iter().find(named)?.number
            }
        };
        if self.scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("https")) {
            return Some(Probe { port, request: ProbeRequest::Https });
        }
        let path = self.path.unwrap_or_default();
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let path = if path.is_empty() { "/" } else { path }.to_owned();
        let headers = self.http_headers.into_iter().flatten();
        let mut headers: Vec<_> = headers.map(|own| (own.name.to_ascii_lowercase(), own.value)).collect();
        headers.sort_by(|one, other| one.0.cmp(&other.0));
        headers.dedup_by(|later, first| later.0 == first.0);
        Some(Probe { port, request: ProbeRequest::Http { path, headers } })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn probe(written: &Value) -> Option<Probe> {
        let ports =
            [ContainerPort { number: 8080, name: Some("http".to_owned()), transport: Transport::Tcp }];
        if_readable(written).unwrap()?.request(&ports)
    }

    fn get(port: u16, path: &str, user_agent: Option<&str>) -> Probe {
        let headers = user_agent.map(|own| ("user-agent".to_owned(), own.to_owned()));
        let headers = headers.into_iter().collect();
        Probe { port, request: ProbeRequest::Http { path: path.to_owned(), headers } }
    }

    #[test]
    fn what_a_kubelet_asks_of_a_pod_is_read() {
        let named = json!({"httpGet": {"port": "http", "path": "/healthz?full=1"}});
        assert_eq!(probe(&named), Some(get(8080, "/healthz", None)));
        let agent =
            json!({"httpGet": {"port": 9000, "httpHeaders": [{"name": "User-agent", "value": "check"}]}});
        assert_eq!(probe(&agent), Some(get(9000, "/", Some("check"))));
        let grpc = json!({"grpc": {"port": 9001}});
        assert_eq!(probe(&grpc), Some(Probe { port: 9001, request: ProbeRequest::Grpc }));
        let tls = json!({"httpGet": {"port": 8443, "path": "ready", "scheme": "HTTPS"}});
        assert_eq!(probe(&tls), Some(Probe { port: 8443, request: ProbeRequest::Https }));
        assert_eq!(probe(&json!({"httpGet": {"port": 1, "path": "up"}})), Some(get(1, "up", None)));
    }

    #[test]
    fn other_probes_ask_nothing() {
        for written in [
            json!({"tcpSocket": {"port": 8080}}),
            json!({"exec": {"command": ["true"]}}),
            json!({"httpGet": {"port": "other", "path": "/"}}),
            json!({"httpGet": {"port": 8080, "host": "example.com"}}),
            json!({"httpGet": {"port": 0}}),
            json!({"httpGet": {"port": {}}}),
            json!("nonsense"),
            Value::Null,
        ] {
            assert_eq!(probe(&written), None, "{written}");
        }
    }
}
