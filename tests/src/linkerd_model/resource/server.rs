//! Servers (3.2).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::super::Pod;
use super::{Metadata, parts};

#[derive(Clone, Debug)]
pub(in super::super) struct Server {
    pub(in super::super) metadata: Metadata,
    selector: Selector,
    port: PortRef,
    pub(in super::super) protocol: Protocol,
    pub(in super::super) access: AccessPolicy,
}

/// A number is that port of the container, declared or not. A string is the name of a port, even `"8080"`.
#[derive(Clone, Debug)]
enum PortRef {
    Number(u16),
    Name(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Protocol {
    /// Found out from the bytes.
    Unknown,
    /// HTTP/1 or HTTP/2.
    Http,
    /// Connections, whatever runs over them; TLS that the proxy does not terminate too.
    Opaque,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum AccessPolicy {
    Deny,
    AllUnauthenticated,
    AllAuthenticated,
    /// Lets everybody in, and counts whom it should not.
    Audit,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Selector {
    #[serde(default)]
    match_labels: BTreeMap<String, String>,
    #[serde(default)]
    match_expressions: Vec<Expression>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expression {
    key: String,
    operator: Operator,
    #[serde(default)]
    values: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
enum Operator {
    In,
    NotIn,
    Exists,
    DoesNotExist,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RawSpec {
    pod_selector: Option<Selector>,
    external_workload_selector: Option<Value>,
    port: Value,
    proxy_protocol: Option<String>,
    access_policy: Option<String>,
}

impl Server {
    /// Whether it selects a port of a pod.
    pub(in super::super) fn selects(&self, pod: &Pod, port: u16) -> bool {
        let is_port = match &self.port {
            PortRef::Number(number) => *number == port,
            PortRef::Name(name) => pod.named_ports.iter().any(|own| own.0 == *name && own.1 == port),
        };
        is_port && self.metadata.namespace == pod.namespace && self.selector.accepts(&pod.labels)
    }
}

impl Selector {
    fn accepts(&self, labels: &BTreeMap<String, String>) -> bool {
        self.match_labels.iter().all(|(key, value)| labels.get(key) == Some(value))
            && self.match_expressions.iter().all(|expression| expression.accepts(labels))
    }
}

impl Expression {
    fn accepts(&self, labels: &BTreeMap<String, String>) -> bool {
        let value = labels.get(&self.key);
        let is_one = value.is_some_and(|value| self.values.contains(value));
        match self.operator {
            Operator::In => is_one,
            Operator::NotIn => !is_one,
            Operator::Exists => value.is_some(),
            Operator::DoesNotExist => value.is_none(),
        }
    }
}

pub(super) fn read(object: &Value, metadata: Metadata) -> Result<Server, String> {
    let (metadata, spec): (_, RawSpec) = parts(object, metadata)?;
    let selector = match (spec.pod_selector, spec.external_workload_selector) {
        (Some(selector), None) => selector,
        (None, Some(_)) => return Err("ExternalWorkloads are not modelled".to_owned()),
        _ => return Err("not exactly one selector".to_owned()),
    };
    for expression in &selector.match_expressions {
        let needs_values = matches!(expression.operator, Operator::In | Operator::NotIn);
        if needs_values == expression.values.is_empty() {
            return Err(format!("an expression about {} is not modelled", expression.key));
        }
    }
    let port = match (spec.port.as_u64().map(u16::try_from), spec.port.as_str()) {
        (Some(Ok(number)), _) if number > 0 => PortRef::Number(number),
        (None, Some(name)) if !name.is_empty() => PortRef::Name(name.to_owned()),
        _ => return Err(format!("port {}", spec.port)),
    };
    let protocol = match spec.proxy_protocol.as_deref() {
        None | Some("unknown") => Protocol::Unknown,
        Some("HTTP/1" | "HTTP/2") => Protocol::Http,
        Some("opaque" | "TLS") => Protocol::Opaque,
        Some("gRPC") => return Err("a Server of gRPC follows GRPCRoutes, which are not modelled".to_owned()),
        Some(other) => return Err(format!("proxyProtocol {other}")),
    };
    let access = match spec.access_policy.as_deref() {
        None | Some("deny") => AccessPolicy::Deny,
        Some("all-unauthenticated") => AccessPolicy::AllUnauthenticated,
        Some("all-authenticated") => AccessPolicy::AllAuthenticated,
        Some("audit") => AccessPolicy::Audit,
        Some(other @ ("cluster-authenticated" | "cluster-unauthenticated")) => {
            return Err(format!("accessPolicy {other} is not modelled"));
        }
        Some(other) => return Err(format!("accessPolicy {other}")),
    };
    Ok(Server { metadata, selector, port, protocol, access })
}
