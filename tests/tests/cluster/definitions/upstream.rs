//! The definitions that upstream projects published, as clusters of today have them, and ours in their place.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use http::Request;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::Client;
use kube::api::{Api, Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use smi_tests::fixture::documents;
use smi_types::crd::{KINDS, STORED, plural};
use smi_types::{Kind, Version};

use crate::manifests;

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
pub(crate) const PAUSE: Duration = Duration::from_millis(50);

/// The sets of definitions, by name.
pub(crate) fn sets(folder: &Path) -> Vec<(String, Vec<Value>)> {
    let entries =
        fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("it can be listed"));
    let mut folders: Vec<_> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    let set = |folder: &std::path::PathBuf| {
        let name = folder.file_name().expect("a folder has a name").to_string_lossy().into_owned();
        (name, documents(&manifests(folder)).into_iter().map(of_today).collect())
    };
    folders.iter().map(set).collect()
}

/// A definition of `apiextensions.k8s.io/v1beta1` as it has become in the course of the updates of its cluster: its schema is that of every
/// version, and nothing is pruned.
fn of_today(mut definition: Value) -> Value {
    if definition["apiVersion"] == "apiextensions.k8s.io/v1" {
        return definition;
    }
    definition["apiVersion"] = json!("apiextensions.k8s.io/v1");
    let spec = definition["spec"].as_object_mut().expect("a definition has a spec");
    let mut schema =
        spec.remove("validation").map_or(json!({}), |validation| validation["openAPIV3Schema"].clone());
    nothing_is_pruned(&mut schema);
    let [subresources, _, _] =
        ["subresources", "version", "additionalPrinterColumns"].map(|field| spec.remove(field));
    for version in spec["versions"].as_array_mut().expect("it has versions") {
        version["schema"] = json!({"openAPIV3Schema": schema});
        if let Some(subresources) = &subresources {
            version["subresources"] = subresources.clone();
        }
    }
    definition
}

fn nothing_is_pruned(schema: &mut Value) {
    let Some(fields) = schema.as_object_mut() else { return };
    let is_object = fields.get("type").is_none_or(|name| name == "object");
    if is_object && !fields.contains_key("anyOf") {
        fields.insert("type".to_owned(), json!("object"));
        fields.insert("x-kubernetes-preserve-unknown-fields".to_owned(), json!(true));
    }
    if let Some(items) = fields.get_mut("items") {
        nothing_is_pruned(items);
    }
    if let Some(Value::Object(properties)) = fields.get_mut("properties") {
        properties.values_mut().for_each(nothing_is_pruned);
    }
}

/// The versions of a kind.
pub(crate) struct Served {
    pub(crate) kind: Kind,
    /// Those in which it can be read and written.
    pub(crate) versions: Vec<Version>,
    /// The one in which it is stored.
    pub(crate) stored: Version,
    /// Without, everything is let in, which says nothing.
    pub(crate) has_schema: bool,
}

/// What definitions serve.
pub(crate) fn served(definitions: &[Value]) -> Vec<Served> {
    let served = |definition: &Value| {
        let spec = &definition["spec"];
        let kind = KINDS.into_iter().find(|kind| spec["names"]["kind"] == kind.as_str());
        let versions = spec["versions"].as_array().expect("a definition has versions");
        let named = |field: &str| {
            let versions = versions.iter().filter(|version| version[field] == true);
            versions.filter_map(|version| Version::parse(version["name"].as_str()?)).collect::<Vec<_>>()
        };
        Served {
            kind: kind.expect("a definition of SMI is of a kind of SMI"),
            versions: named("served"),
            stored: named("storage")[0],
            has_schema: versions
                .iter()
                .all(|version| version["schema"]["openAPIV3Schema"]["properties"].is_object()),
        }
    };
    definitions.iter().map(served).collect()
}

/// Puts our definitions in the place of others as `kubectl apply` does where it has not been used before: by a merge.
pub(crate) async fn replace(client: &Client, ours: &[Value]) {
    let api: Api<CustomResourceDefinition> = Api::all(client.clone());
    for definition in ours {
        let name = definition["metadata"]["name"].as_str().expect("a definition has a name");
        if api.get_opt(name).await.expect("it can be asked for").is_some() {
            let merged = api.patch(name, &PatchParams::default(), &Patch::Merge(definition)).await;
            merged.unwrap_or_else(|error| panic!("{name}: {error}"));
        } else {
            let new = serde_json::from_value(definition.clone()).expect("a definition is one");
            api.create(&PostParams::default(), &new).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        }
    }
}

/// Waits until our definitions are what the server goes by.
pub(crate) async fn ours_in_force(client: &Client) {
    for kind in KINDS {
        let plural = plural(kind).expect("a kind with a definition has a plural");
        wait_for(|| in_force(client, format!("/apis/{}/{STORED}/{plural}?limit=1", kind.group()))).await;
    }
}

/// Whether a path is served by our definition: it has a column that no other has.
async fn in_force(client: &Client, path: String) -> bool {
    let request = Request::get(path).header("accept", "application/json;as=Table;v=v1;g=meta.k8s.io");
    let request = request.body(Vec::new()).expect("a path is a request");
    let table: Value = client.request(request).await.unwrap_or_default();
    table["columnDefinitions"]
        .as_array()
        .is_some_and(|columns| columns.iter().any(|c| c["name"] == "Accepted"))
}

async fn wait_for<F: Future<Output = bool>>(condition: impl Fn() -> F) {
    let begin = Instant::now();
    while !condition().await {
        assert!(begin.elapsed() < PATIENCE, "not after {PATIENCE:?}");
        tokio::time::sleep(PAUSE).await;
    }
}
