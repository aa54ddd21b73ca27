//! Which versions a cluster serves, and who converts between them (reference, section 1.4).

use serde_json::{Value, json};

use super::base64;
use crate::{Kind, Version};

/// Which versions definitions serve.
///
/// Several versions exist only together with a webhook. Without one an API server relabels objects and drops what the version does
/// not have: a weight of `500m` stands where a number is declared, conditions and ports get lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Serving {
    /// One version of every kind, [`STORED`](super::STORED). Nothing is ever converted.
    OneVersion,
    /// Every version, between which a webhook converts.
    EveryVersion {
        /// Who converts.
        webhook: Webhook,
        /// Whether TCPRoute is served in its first three versions too. They have no ports, so whoever reads them sees all ports
        /// (SMI-CONV-32).
        old_tcp_routes: bool,
    },
}

/// Where objects are converted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Its address.
    pub endpoint: Endpoint,
    /// Certificates in PEM by which the API server knows it. Without any, those that the API server's machine trusts.
    pub ca_bundle: Option<Vec<u8>>,
}

/// The address of a webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// A Service of the cluster.
    Service {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// Its port.
        port: u16,
        /// The path of the webhook.
        path: String,
    },
    /// An URL, which begins with `https://`.
    Url(String),
}

/// The path under which conversion webhooks usually are.
pub const CONVERSION_PATH: &str = "/convert";

impl Serving {
    /// The versions that a definition names, newest first. It names versions that it does not serve because objects may still be
    /// stored in them.
    pub(super) fn versions(&self, kind: Kind) -> Vec<Version> {
        let is_named = |version: &&Version| match self {
            Serving::OneVersion => **version == super::STORED,
            Serving::EveryVersion { .. } => true,
        };
        kind.versions().iter().rev().filter(is_named).copied().collect()
    }

    /// Whether a version is served.
    #[must_use]
    pub fn serves(&self, kind: Kind, version: Version) -> bool {
        kind.versions().contains(&version)
            && (version == super::STORED
                || match self {
                    Serving::OneVersion => false,
                    Serving::EveryVersion { webhook: _, old_tcp_routes } => {
                        kind != Kind::TCPRoute || *old_tcp_routes
                    }
                })
    }

    pub(super) fn conversion(&self) -> Value {
        let Serving::EveryVersion { webhook: Webhook { endpoint, ca_bundle }, old_tcp_routes: _ } = self
        else {
            return json!({"strategy": "None"});
        };
        let mut client = match endpoint {
            Endpoint::Url(url) => json!({"url": url}),
            Endpoint::Service { namespace, name, port, path } => {
                json!({"service": {"namespace": namespace, "name": name, "port": port, "path": path}})
            }
        };
        if let Some(pem) = ca_bundle {
            client["caBundle"] = base64::encode(pem).into();
        }
        json!({"strategy": "Webhook", "webhook": {"clientConfig": client, "conversionReviewVersions": ["v1"]}})
    }
}
