//! Where an object belongs: the server is asked for the resource of its kind, once.

use std::collections::BTreeMap;

use kube::Client;
use kube::api::{Api, DynamicObject};
use kube::core::GroupVersion;
use kube::discovery::{ApiResource, Scope, pinned_kind};
use serde_json::Value;
use tokio::sync::Mutex;

/// Why there is no place for an object.
#[derive(Debug, thiserror::Error)]
pub enum ResourceError {
    /// Nothing says what it is.
    #[error("not an object of Kubernetes: {0}")]
    NoObject(Value),
    /// The server does not know its kind.
    #[error("the server has no place for {kind}: {source}")]
    NoKind {
        /// Group, version and kind.
        kind: String,
        /// What the server says.
        source: Box<kube::Error>,
    },
}

/// The resources of a server, learned when they are first needed.
pub struct Resources {
    client: Client,
    known: Mutex<BTreeMap<(String, String), (ApiResource, Scope)>>,
}

impl Resources {
    /// Nothing is asked yet.
    #[must_use]
    pub fn new(client: &Client) -> Resources {
        Resources { client: client.clone(), known: Mutex::default() }
    }

    /// Where an object belongs: its kind, and its namespace if it has one, by default `default`.
    ///
    /// # Errors
    ///
    /// When the server does not know its kind.
    pub async fn of(&self, object: &Value) -> Result<Api<DynamicObject>, ResourceError> {
        let text = |field: &str| object[field].as_str().map(str::to_owned);
        let (Some(version), Some(kind)) = (text("apiVersion"), text("kind")) else {
            return Err(ResourceError::NoObject(object.clone()));
        };
        let (resource, scope) = self.resource(&version, &kind).await?;
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or("default");
        Ok(match scope {
            Scope::Cluster => Api::all_with(self.client.clone(), &resource),
            Scope::Namespaced => Api::namespaced_with(self.client.clone(), namespace, &resource),
        })
    }

    async fn resource(&self, version: &str, kind: &str) -> Result<(ApiResource, Scope), ResourceError> {
        let mut known = self.known.lock().await;
        let key = (version.to_owned(), kind.to_owned());
        if let Some(found) = known.get(&key) {
            return Ok(found.clone());
        }
        let no_kind =
            |source| ResourceError::NoKind { kind: format!("{version} {kind}"), source: Box::new(source) };
        let parsed: GroupVersion =
            version.parse().map_err(|_| ResourceError::NoObject(Value::from(version)))?;
        let (resource, capabilities) =
            pinned_kind(&self.client, &parsed.with_kind(kind)).await.map_err(no_kind)?;
        known.insert(key, (resource.clone(), capabilities.scope.clone()));
        Ok((resource, capabilities.scope))
    }
}
