//! SMI objects as people wrote them: the recorded manifests beside the workspace, and those of our scenarios.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use smi_tests::cases;
use smi_tests::fixture::{Fixture, documents};
use smi_types::crd::KINDS;
use smi_types::{ApiVersion, Kind, Version};

/// Where they are stored.
pub(crate) const NAMESPACE: &str = "manifests";

/// An object under a name of its own.
pub(crate) struct Manifest {
    pub(crate) object: Value,
    pub(crate) api: ApiVersion,
    /// Where it is from.
    from: String,
}

impl Manifest {
    /// One that nobody wrote.
    pub(crate) fn new(kind: Kind, version: Version, name: &str, spec: Value) -> Manifest {
        let object = json!({
            "apiVersion": format!("{}/{version}", kind.group()), "kind": kind.as_str(),
            "metadata": {"namespace": NAMESPACE, "name": name}, "spec": spec,
        });
        Manifest { object, api: ApiVersion { kind, version }, from: "this test".to_owned() }
    }

    pub(crate) fn name(&self) -> &str {
        self.object["metadata"]["name"].as_str().expect("it was given a name")
    }
}

impl fmt::Display for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} of {}", self.api.version, self.api.kind, self.from)
    }
}

/// All, each once whatever it is called; `None` where there are none beside the workspace.
pub(crate) fn all() -> Option<Vec<Manifest>> {
    let folder = cases::folder()?;
    let files = yaml_files(&folder).into_iter().map(|file| (relative(&folder, &file), cases::text(&file)));
    let fixtures = Fixture::all().into_iter();
    let fixtures = fixtures.map(|fixture| (format!("fixture {}", fixture.name), fixture.input));
    let mut seen = BTreeMap::new();
    for (from, text) in files.chain(fixtures) {
        for mut object in documents(&text) {
            let Some(api) = stored_kind(&object) else { continue };
            let metadata = &object["metadata"];
            object["metadata"] =
                json!({"labels": metadata["labels"], "annotations": metadata["annotations"]});
            seen.entry(object.to_string()).or_insert((object, api, from.clone()));
        }
    }
    let named = |(number, (mut object, api, from)): (usize, (Value, ApiVersion, String))| {
        object["metadata"]["namespace"] = NAMESPACE.into();
        object["metadata"]["name"] = format!("manifest-{number}").into();
        Manifest { object, api, from }
    };
    Some(seen.into_values().enumerate().map(named).collect())
}

fn relative(folder: &Path, file: &Path) -> String {
    file.strip_prefix(folder).expect("it was found there").display().to_string()
}

/// The kind of an object of SMI that a cluster stores.
fn stored_kind(object: &Value) -> Option<ApiVersion> {
    let text = |field: &str| object[field].as_str();
    let api = ApiVersion::parse(text("apiVersion")?, text("kind")?).ok()??;
    KINDS.contains(&api.kind).then_some(api)
}

/// The files in a folder and below.
fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> =
        entries.map(|entry| entry.expect("a folder can be listed").path()).collect();
    paths.sort();
    let below = |path: PathBuf| if path.is_dir() { yaml_files(&path) } else { vec![path] };
    let files = paths.into_iter().flat_map(below);
    files.filter(|file| file.extension().is_some_and(|extension| extension == "yaml")).collect()
}
