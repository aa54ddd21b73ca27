//! A directory with one file per definition.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::Value;
use smi_translate::yaml::{self, Limits, Node};

use crate::exit::Failure;
use crate::input::failed;
use crate::output;
use crate::terminal;

/// Writes each definition to the file of its name; answers how many files are new or changed. A file that holds anything but
/// that definition is not replaced, and then nothing is written at all.
pub(super) fn write(directory: &Path, definitions: &[Value]) -> Result<usize, Failure> {
    fs::create_dir_all(directory).map_err(|error| failed("cannot create directory", directory, &error))?;
    let mut changed = Vec::new();
    for definition in definitions {
        let name = definition["metadata"]["name"].as_str().expect("our definitions have names");
        let path = directory.join(format!("{name}.yaml"));
        let text = output::yaml(definition)?;
        match fs::read(&path) {
            Ok(before) if before == text.as_bytes() => {}
            Ok(before) if is_definition(&before, name) => changed.push((path, text)),
            Ok(_) => {
                let message = format!("{} exists, and is not the definition {name}", terminal::path(&path));
                return Err(Failure::new(message).help("move it away, or write to another directory"));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => changed.push((path, text)),
            Err(error) => return Err(failed("cannot read", &path, &error)),
        }
    }
    for (path, text) in &changed {
        fs::write(path, text).map_err(|error| failed("cannot write", path, &error))?;
    }
    Ok(changed.len())
}

/// Whether a file holds the definition of this name and nothing else.
fn is_definition(bytes: &[u8], name: &str) -> bool {
    let text = yaml::decode_text(bytes);
    let mut documents = yaml::read(&text.text, &Limits::default());
    let (Some(document), None) = (documents.next(), documents.next()) else { return false };
    let Ok(node) = document.content else { return false };
    let is = |node: Option<&Node<'_>>, wanted: &str| node.and_then(Node::as_str) == Some(wanted);
    is(node.get("kind"), "CustomResourceDefinition")
        && is(node.get("metadata").and_then(|metadata| metadata.get("name")), name)
}
