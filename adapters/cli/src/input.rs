//! Reading: files, whole directories, standard input. Whatever cannot be read stops the run before it has any result, because
//! a translation of half the input would be a wrong one.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::exit::Failure;

/// One text, not yet decoded.
pub(crate) struct Source {
    /// What messages call it.
    pub(crate) name: String,
    /// Its content.
    pub(crate) bytes: Vec<u8>,
}

const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

/// Reads what the user named: a directory stands for the manifests below it, `-` for standard input. A file that is named
/// twice, or named and found, is read once.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Vec<Source>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" || !metadata(path)?.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        walk(path, &mut files)?;
        if files.len() == before {
            return Err(Failure::new(format!(
                "no *.yaml, *.yml or *.json file in directory {}",
                path.display()
            )));
        }
    }
    let mut seen = BTreeSet::new();
    let is_new = |path: &PathBuf| seen.insert(fs::canonicalize(path).unwrap_or_else(|_| path.clone()));
    files.into_iter().filter(is_new).map(|path| open(&path)).collect()
}

/// Manifests below a directory, in order of their names. Hidden entries and symbolic links to directories are left out.
fn walk(directory: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let unreadable = |error| failed("cannot read directory", directory, &error);
    let mut entries = Vec::new();
    for entry in fs::read_dir(directory).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let kind = entry.file_type().map_err(unreadable)?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            entries.push((entry.path(), kind));
        }
    }
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (path, kind) in entries {
        if kind.is_dir() {
            walk(&path, files)?;
        } else if is_manifest(&path) && !metadata(&path)?.is_dir() {
            files.push(path);
        }
    }
    Ok(())
}

fn is_manifest(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension)))
}

fn open(path: &Path) -> Result<Source, Failure> {
    if path.as_os_str() == "-" {
        return Ok(Source { name: "<stdin>".to_owned(), bytes: stdin()? });
    }
    let bytes = fs::read(path).map_err(|error| failed("cannot read", path, &error))?;
    Ok(Source { name: path.display().to_string(), bytes })
}

/// All of standard input.
fn stdin() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::new(format!("cannot read standard input: {}", reason(&error))))?;
    Ok(bytes)
}

/// One text that need not be a manifest; `-` is standard input.
pub(crate) fn read_one(path: &Path) -> Result<Source, Failure> {
    open(path)
}

fn metadata(path: &Path) -> Result<fs::Metadata, Failure> {
    fs::metadata(path).map_err(|error| failed("cannot read", path, &error))
}

/// A failure of the file system, in words that do not depend on the platform where that is possible.
pub(crate) fn failed(what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("{what} {}: {}", path.display(), reason(error)))
}

fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        io::ErrorKind::NotADirectory => "it is not a directory".to_owned(),
        _ => error.to_string(),
    }
}
