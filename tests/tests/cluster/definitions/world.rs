//! A server with a conversion webhook beside it.

use std::collections::BTreeMap;
use std::time::Instant;

use kube::api::{Api, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams};
use kube::core::GroupVersionKind;
use kube::discovery::ApiResource;
use kube::{Client, ResourceExt};
use serde_json::{Value, json};
use smi_apiserver::{ApiServer, Options, Webhook, assets_of_ours, install};
use smi_types::crd::{self, Endpoint, STORED, Serving};
use smi_types::{Kind, Version};

use super::manifests::{Manifest, NAMESPACE};
use super::upstream::{PATIENCE, PAUSE};

/// An annotation that says nothing.
pub(crate) const TOUCHED: &str = "tests.example/touched";

/// A server, and who converts for it.
pub(crate) struct World {
    pub(crate) client: Client,
    webhook: Webhook,
    #[expect(dead_code, reason = "runs until it is dropped")]
    server: ApiServer,
}

impl World {
    /// `None` where something for it is not there. A server for each test: there can be one definition of a kind at a time.
    pub(crate) async fn new(convert: fn(&Value) -> Result<Value, String>) -> Option<World> {
        let assets = assets_of_ours()?;
        let server = ApiServer::start(&assets, &Options::default()).await.expect("the server starts");
        let client = Client::try_from(server.admin().await.expect("it has an administrator"));
        let client = client.expect("its address is right");
        let webhook = Webhook::start(convert).expect("there are ports and certificates");
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}});
        install(&client, &namespace.to_string()).await.expect("a namespace is taken");
        Some(World { client, webhook, server })
    }

    /// Every version, converted by the webhook.
    pub(crate) fn every_version(&self) -> Serving {
        let endpoint = Endpoint::Url(self.webhook.url());
        let ca_bundle = Some(self.webhook.ca_bundle().as_bytes().to_vec());
        Serving::EveryVersion { webhook: crd::Webhook { endpoint, ca_bundle }, old_tcp_routes: false }
    }

    pub(crate) async fn install(&self, definitions: &[Value]) {
        let manifests: Vec<String> = definitions.iter().map(Value::to_string).collect();
        let installed = install(&self.client, &manifests.join("\n---\n")).await;
        installed.unwrap_or_else(|error| panic!("{error}"));
    }

    /// Where objects of a kind and version are.
    fn place(&self, kind: Kind, version: Version) -> Api<DynamicObject> {
        let gvk = GroupVersionKind::gvk(kind.group(), version.as_str(), kind.as_str());
        let plural = crd::plural(kind).expect("a kind with a definition has a plural");
        Api::namespaced_with(self.client.clone(), NAMESPACE, &ApiResource::from_gvk_with_plural(&gvk, plural))
    }

    /// Stores a manifest; `false` where it is refused.
    pub(crate) async fn store(&self, manifest: &Manifest) -> bool {
        let Ok(object) = serde_json::from_value(manifest.object.clone()) else { return false };
        let place = self.place(manifest.api.kind, manifest.api.version);
        place.create(&PostParams::default(), &object).await.is_ok()
    }

    /// Removes an object, by way of a version.
    pub(crate) async fn remove(&self, kind: Kind, version: Version, name: &str) -> Result<(), String> {
        let removed = self.place(kind, version).delete(name, &DeleteParams::default()).await;
        removed.map(drop).map_err(said)
    }

    /// All objects of a kind in a version, by name. Where a definition is new, the server may still read what is stored (429).
    pub(crate) async fn list(&self, kind: Kind, version: Version) -> Result<BTreeMap<String, Value>, String> {
        let place = self.place(kind, version);
        let begin = Instant::now();
        loop {
            match place.list(&ListParams::default()).await {
                Err(kube::Error::Api(status)) if status.code == 429 && begin.elapsed() < PATIENCE => {
                    tokio::time::sleep(PAUSE).await;
                }
                Err(error) => return Err(said(error)),
                Ok(list) => return Ok(list.items.into_iter().map(|o| (o.name_any(), json!(o))).collect()),
            }
        }
    }

    /// Writes an object with one more annotation, as whoever takes it over may do, and a status, as a controller does.
    pub(crate) async fn touch(&self, kind: Kind, object: &Value) -> Result<(), String> {
        let place = self.place(kind, STORED);
        let mut object: DynamicObject =
            serde_json::from_value(object.clone()).map_err(|error| error.to_string())?;
        let name = object.name_any();
        object.annotations_mut().insert(TOUCHED.to_owned(), "true".to_owned());
        place.replace(&name, &PostParams::default(), &object).await.map_err(said)?;
        let status = json!({"status": {"conditions": []}});
        place.patch_status(&name, &PatchParams::default(), &Patch::Merge(status)).await.map_err(said)?;
        Ok(())
    }
}

/// What the server says.
fn said(error: kube::Error) -> String {
    match error {
        kube::Error::Api(status) => status.message,
        other => other.to_string(),
    }
}
