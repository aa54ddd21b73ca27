//! Directories that hold one file per translated object: written, kept free of stale files, compared.
//!
//! A file is ours when every document in it carries our label and names the same writer. No other file is ever changed or
//! removed.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use smi_translate::manifest::{MANAGED_BY_LABEL, UNIT_LABEL};
use smi_translate::testing::{Difference, compare};
use smi_translate::yaml::{self, Limits, Node};

use crate::exit::Failure;
use crate::input::failed;
use crate::terminal;

/// What writing a directory did.
#[derive(Debug, Default)]
pub(crate) struct Written {
    /// Files that are new or have other content now.
    pub(crate) changed: usize,
    /// Files that already held what they should.
    pub(crate) unchanged: usize,
    /// Files of earlier runs that are gone.
    pub(crate) removed: Vec<String>,
    /// Files of earlier runs that were kept.
    pub(crate) kept: Vec<String>,
}

/// What becomes of files of earlier runs that a run does not write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stale {
    /// They are removed.
    Remove,
    /// They stay: what was refused may be what they are made from.
    Keep,
}

/// Makes `directory` hold `files`, and no other files by `writer` but those that are kept.
pub(crate) fn write(
    directory: &Path,
    writer: &str,
    files: &BTreeMap<String, String>,
    stale: Stale,
) -> Result<Written, Failure> {
    fs::create_dir_all(directory).map_err(|error| failed("cannot create directory", directory, &error))?;
    let earlier = ours(directory, writer)?;
    // Nothing is written before everything may be.
    for name in files.keys().filter(|name| !earlier.contains_key(*name)) {
        let path = directory.join(name);
        if fs::symlink_metadata(&path).is_ok() {
            return Err(Failure::new(format!(
                "{} exists, and this tool did not write it",
                terminal::path(&path)
            ))
            .help("move it away, or write to another directory"));
        }
    }
    let mut written = Written::default();
    for (name, text) in files {
        if earlier.get(name) == Some(text) {
            written.unchanged += 1;
            continue;
        }
        let path = directory.join(name);
        fs::write(&path, text).map_err(|error| failed("cannot write", &path, &error))?;
        written.changed += 1;
    }
    for name in earlier.keys().filter(|name| !files.contains_key(*name)) {
        let path = directory.join(name);
        if stale == Stale::Keep {
            written.kept.push(terminal::path(&path));
            continue;
        }
        fs::remove_file(&path).map_err(|error| failed("cannot remove", &path, &error))?;
        written.removed.push(terminal::path(&path));
    }
    Ok(written)
}

/// How `directory` differs from `files`, and which files would be kept. Paths in the answer start with the directory.
pub(crate) fn check(
    directory: &Path,
    writer: &str,
    files: &BTreeMap<String, String>,
    stale: Stale,
) -> Result<(Vec<Difference>, Vec<String>), Failure> {
    let mut before = ours(directory, writer)?;
    let shown = |name: &String| terminal::path(&directory.join(name));
    let mut kept = Vec::new();
    if stale == Stale::Keep {
        kept.extend(before.keys().filter(|name| !files.contains_key(*name)).map(shown));
        before.retain(|name, _| files.contains_key(name));
    }
    for name in files.keys() {
        // A file in our place counts whoever wrote it: the difference says what is wrong with it.
        if let Ok(text) = fs::read_to_string(directory.join(name)) {
            before.insert(name.clone(), text);
        }
    }
    let in_directory = |files: &BTreeMap<String, String>| {
        files.iter().map(|(name, text)| (shown(name), text.clone())).collect()
    };
    Ok((compare(&in_directory(&before), &in_directory(files)), kept))
}

/// The files in a directory that earlier runs wrote.
fn ours(directory: &Path, writer: &str) -> Result<BTreeMap<String, String>, Failure> {
    let unreadable = |error: io::Error| failed("cannot read directory", directory, &error);
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(directory).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path();
        let is_yaml = path.extension().is_some_and(|extension| extension == "yaml");
        if !is_yaml || !entry.file_type().map_err(unreadable)?.is_file() {
            continue;
        }
        let bytes = fs::read(&path).map_err(|error| failed("cannot read", &path, &error))?;
        let Ok(text) = String::from_utf8(bytes) else { continue };
        if let (true, Ok(name)) = (is_by(&text, writer), entry.file_name().into_string()) {
            files.insert(name, text);
        }
    }
    Ok(files)
}

fn is_by(text: &str, writer: &str) -> bool {
    let mut documents = yaml::read(text, &Limits::default()).peekable();
    documents.peek().is_some()
        && documents.all(|document| document.content.is_ok_and(|node| is_labelled(&node, writer)))
}

fn is_labelled(node: &Node<'_>, writer: &str) -> bool {
    let labels = node.get("metadata").and_then(|metadata| metadata.get("labels"));
    labels.is_some_and(|labels| {
        labels.get(UNIT_LABEL).is_some()
            && labels.get(MANAGED_BY_LABEL).and_then(Node::as_str) == Some(writer)
    })
}

#[cfg(test)]
mod tests {
    use super::is_by;

    #[test]
    fn only_files_labelled_throughout_are_ours() {
        let ours = "metadata: {labels: {adapters.smi-spec.io/unit: abc, app.kubernetes.io/managed-by: istio-adapter}}";
        assert!(is_by(ours, "istio-adapter"));
        assert!(!is_by(ours, "linkerd-adapter"));
        assert!(!is_by("metadata: {labels: {app.kubernetes.io/managed-by: istio-adapter}}", "istio-adapter"));
        assert!(!is_by(&format!("{ours}\n---\nkind: Service"), "istio-adapter"));
        assert!(!is_by("", "istio-adapter"));
        assert!(!is_by("a: [\n", "istio-adapter"));
    }
}
