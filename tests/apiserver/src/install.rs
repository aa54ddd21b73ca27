//! Bringing objects to a server: CRDs first, and until their kinds can be used.

use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt, stream};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, CustomResourceDefinitionVersion,
};
use kube::Client;
use kube::api::{Api, DynamicObject, Patch, PatchParams, ValidationDirective};
use kube::core::GroupVersionKind;
use kube::discovery::pinned_kind;
use serde_json::Value;
use smi_translate::yaml::{self, Limits};

use crate::{ResourceError, Resources};

const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(50);
const AT_ONCE: usize = 16;

/// Who the API server says that objects are from.
const FIELD_MANAGER: &str = "tests";

/// Why objects are not there.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// A text is no YAML.
    #[error("failed to read YAML: {0}")]
    Yaml(String),
    /// The server has no place for an object.
    #[error(transparent)]
    Resource(#[from] ResourceError),
    /// The server refuses an object.
    #[error("{object} is refused: {source}")]
    Refused {
        /// Kind and name.
        object: String,
        /// What the server says.
        source: Box<kube::Error>,
    },
    /// A CRD is accepted, and its kind cannot be used.
    #[error("{crd} cannot be used after {PATIENCE:?}; its conditions are {conditions}")]
    NotEstablished {
        /// Its name.
        crd: String,
        /// What the server says.
        conditions: String,
    },
}

/// Applies objects; CRDs go first, and when this returns every version that they serve can be used.
///
/// # Errors
///
/// The first object that is not there in the end.
pub async fn install(client: &Client, manifests: &str) -> Result<(), InstallError> {
    let resources = Resources::new(client);
    let (crds, others): (Vec<Value>, Vec<Value>) =
        documents(manifests)?.into_iter().partition(|object| object["kind"] == "CustomResourceDefinition");
    apply_all(&resources, &crds).await?;
    let established = crds.iter().map(|crd| established(client, crd));
    stream::iter(established).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
    apply_all(&resources, &others).await
}

/// Whether the server would take an object, with all its checks and strict about unknown fields. Nothing is written. The object's namespace
/// must exist.
///
/// # Errors
///
/// Why it is refused.
pub async fn accepts(resources: &Resources, object: &Value) -> Result<(), InstallError> {
    let dry_run = PatchParams {
        dry_run: true,
        field_validation: Some(ValidationDirective::Strict),
        ..PatchParams::apply(FIELD_MANAGER).force()
    };
    apply(resources, object, &dry_run).await
}

fn documents(manifests: &str) -> Result<Vec<Value>, InstallError> {
    let documents = yaml::read(manifests, &Limits::default()).map(|document| document.content);
    let objects = documents.map(|content| content.map(|node| node.to_json()));
    let objects = objects.filter(|object| !matches!(object, Ok(Value::Null)));
    objects.map(|object| object.map_err(|error| InstallError::Yaml(error.to_string()))).collect()
}

async fn apply_all(resources: &Resources, objects: &[Value]) -> Result<(), InstallError> {
    let params = PatchParams::apply(FIELD_MANAGER).force();
    let applied = objects.iter().map(|object| apply(resources, object, &params));
    stream::iter(applied).buffer_unordered(AT_ONCE).try_collect().await
}

async fn apply(resources: &Resources, object: &Value, params: &PatchParams) -> Result<(), InstallError> {
    let api: Api<DynamicObject> = resources.of(object).await?;
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    let applied = api.patch(name, params, &Patch::Apply(object)).await;
    let refused = |source| InstallError::Refused {
        object: format!("{} {name}", object["kind"].as_str().unwrap_or_default()),
        source: Box::new(source),
    };
    applied.map(drop).map_err(refused)
}

/// Waits until a CRD is established and what it serves is announced: the one comes shortly after the other.
async fn established(client: &Client, crd: &Value) -> Result<(), InstallError> {
    let name = crd["metadata"]["name"].as_str().unwrap_or_default();
    let api: Api<CustomResourceDefinition> = Api::all(client.clone());
    let begin = Instant::now();
    loop {
        let crd = api.get(name).await.ok();
        if let Some(crd) = &crd
            && is_established(crd)
            && is_announced(client, crd).await
        {
            return Ok(());
        }
        if begin.elapsed() > PATIENCE {
            let conditions = crd.and_then(|crd| crd.status).and_then(|status| status.conditions);
            let conditions = serde_json::to_string(&conditions).unwrap_or_default();
            return Err(InstallError::NotEstablished { crd: name.to_owned(), conditions });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn is_established(crd: &CustomResourceDefinition) -> bool {
    let conditions = crd.status.iter().flat_map(|status| status.conditions.iter().flatten());
    conditions.into_iter().any(|condition| condition.type_ == "Established" && condition.status == "True")
}

async fn is_announced(client: &Client, crd: &CustomResourceDefinition) -> bool {
    let served = |version: &&CustomResourceDefinitionVersion| version.served;
    for version in crd.spec.versions.iter().filter(served) {
        let kind = GroupVersionKind::gvk(&crd.spec.group, &version.name, &crd.spec.names.kind);
        if pinned_kind(client, &kind).await.is_err() {
            return false;
        }
    }
    true
}
