//! Server (`policy.linkerd.io/v1beta3`): one port of some pods, denied to all whom no policy lets in.

use serde::Serialize;
use smi_translate::facts::Labels;

/// `apiVersion` and `kind` of a Server.
pub(crate) const SERVER: (&str, &str) = ("policy.linkerd.io/v1beta3", "Server");

/// The `spec` of a Server.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServerSpec {
    pod_selector: PodSelector,
    /// Always a number: Linkerd takes the text `"8080"` for a name, which selects nothing.
    port: u16,
    proxy_protocol: ProxyProtocol,
    /// Written although it is the default: this project denies by default, whatever Linkerd's default becomes.
    access_policy: &'static str,
}

/// Selects pods by their labels, never all of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct PodSelector {
    match_labels: Labels,
}

/// How the proxy finds out what is spoken on a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum ProxyProtocol {
    /// It looks at the first bytes.
    #[serde(rename = "unknown")]
    Unknown,
    /// It does not look: connections are TCP and nothing more.
    #[serde(rename = "opaque")]
    Opaque,
}

impl ServerSpec {
    /// A Server for the pods with these labels; `None` without labels, because it would select the whole namespace.
    pub(crate) fn new(labels: &Labels, port: u16, proxy_protocol: ProxyProtocol) -> Option<Self> {
        (!labels.is_empty()).then(|| ServerSpec {
            pod_selector: PodSelector { match_labels: labels.clone() },
            port,
            proxy_protocol,
            access_policy: "deny",
        })
    }
}
