//! The definitions that upstream projects published, `../shared/crds/smi`: read in place, because not all of them may be published.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use smi_translate::yaml::{self, Limits};

/// The folder; `None`, and a line that says so, where it is not there. With `CI=true` nothing may be left out.
#[expect(clippy::print_stdout, reason = "what a test leaves out, it says")]
pub(crate) fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/crds/smi");
    if folder.is_dir() {
        return Some(folder);
    }
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!in_ci, "there is no ../shared/crds/smi beside the workspace, and CI may leave nothing out");
    println!("left out: no ../shared/crds/smi beside the workspace");
    None
}

/// Names of the sets, sorted.
pub(crate) fn sets(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let folders = entries.filter(|entry| entry.file_type().unwrap().is_dir());
    let mut names: Vec<String> = folders.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    assert!(names.len() >= 10, "{names:?}");
    names
}

/// The definitions of a set.
pub(crate) fn definitions(set: &Path) -> Vec<Value> {
    let mut paths: Vec<PathBuf> = fs::read_dir(set).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let texts: Vec<String> = paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let documents = texts.iter().flat_map(|text| yaml::read(text, &Limits::default()));
    documents.map(|document| document.content.unwrap().to_json()).collect()
}
