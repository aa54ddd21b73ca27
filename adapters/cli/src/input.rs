//! Reading: files, whole directories, standard input. Whatever cannot be read stops the run before it has any result, because
//! a translation of half the input would be a wrong one.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::exit::Failure;
use crate::terminal;

/// One text, not yet decoded.
pub(crate) struct Source {
    /// What messages call it.
    pub(crate) name: String,
    /// Its content.
    pub(crate) bytes: Vec<u8>,
}

impl Source {
    /// Whether the text holds no document: nothing but comments and marks between documents.
    fn is_empty(&self) -> bool {
        let bytes = self.bytes.strip_prefix(BOM).unwrap_or(&self.bytes);
        bytes.split(|byte| *byte == b'\n').all(|line| {
            let line = line.strip_prefix(b"---").unwrap_or(line).trim_ascii();
            line.is_empty() || line.starts_with(b"#") || line == b"..."
        })
    }
}

/// What messages call standard input.
pub(crate) const STDIN: &str = "<stdin>";

/// The mark at the beginning of some texts in UTF-8.
pub(crate) const BOM: &[u8] = b"\xEF\xBB\xBF";

const EXTENSIONS: [&str; 3] = ["yaml", "yml", "json"];

/// Reads what the user named: a directory stands for the manifests below it, `-` for standard input. A file that is named
/// twice, or named and found, is read once. Everything that cannot be read is told, and so is that there is nothing at all.
pub(crate) fn read(paths: &[PathBuf]) -> Result<Vec<Source>, Failure> {
    let mut files = Vec::new();
    let mut failures = Vec::new();
    for path in paths {
        match path.as_os_str() == "-" || is_file(path, &mut failures) {
            true => files.push(path.clone()),
            false if path.is_dir() => {
                let before = (files.len(), failures.len());
                walk(path, &mut files, &mut failures);
                if before == (files.len(), failures.len()) {
                    let message =
                        format!("no *.yaml, *.yml or *.json file in directory {}", terminal::path(path));
                    failures.push(Failure::new(message));
                }
            }
            false => {}
        }
    }
    let mut seen = BTreeSet::new();
    let is_new = |path: &PathBuf| seen.insert(fs::canonicalize(path).unwrap_or_else(|_| path.clone()));
    let mut sources = Vec::new();
    for path in files.into_iter().filter(is_new) {
        match open(&path).and_then(|source| is_text(&source).map(|()| source)) {
            Ok(source) => sources.push(source),
            Err(failure) => failures.push(failure),
        }
    }
    match Failure::several(failures) {
        Some(failure) => Err(failure),
        None if sources.iter().all(Source::is_empty) => Err(nothing(&sources)),
        None => Ok(sources),
    }
}

/// Whether a path that the user named is a file; a failure where it is neither that nor a directory.
fn is_file(path: &Path, failures: &mut Vec<Failure>) -> bool {
    match metadata(path) {
        Ok(metadata) => match special(&metadata) {
            // Shells put pipes there: smi lint <(helm template shop).
            Some("a named pipe") if path.starts_with("/dev") || path.starts_with("/proc") => true,
            Some(what) => {
                failures.push(
                    Failure::new(format!("cannot read {}: it is {what}", terminal::path(path)))
                        .help("name a file or a directory, or `-` for standard input"),
                );
                false
            }
            None => metadata.is_file(),
        },
        Err(failure) => {
            failures.push(failure);
            false
        }
    }
}

/// What a file is that is neither a regular file nor a directory.
#[cfg(unix)]
fn special(metadata: &fs::Metadata) -> Option<&'static str> {
    use std::os::unix::fs::FileTypeExt;

    let kind = metadata.file_type();
    match () {
        () if kind.is_file() || kind.is_dir() => None,
        () if kind.is_fifo() => Some("a named pipe"),
        () if kind.is_socket() => Some("a socket"),
        () if kind.is_char_device() || kind.is_block_device() => Some("a device"),
        () => Some("no regular file"),
    }
}

/// What a file is that is neither a regular file nor a directory.
#[cfg(not(unix))]
fn special(metadata: &fs::Metadata) -> Option<&'static str> {
    (!metadata.is_file() && !metadata.is_dir()).then_some("no regular file")
}

/// Manifests below a directory, in order of their names. Hidden entries and symbolic links to directories are left out.
fn walk(directory: &Path, files: &mut Vec<PathBuf>, failures: &mut Vec<Failure>) {
    let mut entries = Vec::new();
    let listed = fs::read_dir(directory).and_then(|listing| {
        for entry in listing {
            let entry = entry?;
            if !entry.file_name().as_encoded_bytes().starts_with(b".") {
                entries.push((entry.path(), entry.file_type()?));
            }
        }
        Ok(())
    });
    if let Err(error) = listed {
        failures.push(failed("cannot read directory", directory, &error));
    }
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    for (path, kind) in entries {
        if kind.is_dir() {
            walk(&path, files, failures);
        } else if is_manifest(&path) {
            match metadata(&path) {
                Ok(metadata) => match special(&metadata) {
                    Some(what) => {
                        terminal::say(&format!("warning: skipped {}: it is {what}", terminal::path(&path)));
                    }
                    None if metadata.is_file() => files.push(path),
                    None => {}
                },
                Err(failure) => failures.push(failure),
            }
        }
    }
}

/// That no input holds anything.
fn nothing(sources: &[Source]) -> Failure {
    let what = |source: &Source| if source.bytes.is_empty() { "is empty" } else { "holds no document" };
    match sources {
        [only] if only.name == STDIN => {
            Failure::new(format!("standard input {}; did the command before the pipe fail?", what(only)))
        }
        [only] => Failure::new(format!("{} {}", terminal::name(&only.name), what(only))),
        several => Failure::new(format!("none of the {} inputs holds a document", several.len())),
    }
}

/// Bytes that cannot be a manifest, told apart from manifests with errors.
fn is_text(source: &Source) -> Result<(), Failure> {
    let shown = terminal::name(&source.name);
    let bytes = source.bytes.as_slice();
    if bytes.starts_with(&[0x1F, 0x8B]) {
        return Err(Failure::new(format!("cannot read {shown}: this is a gzip file: unpack it first")));
    }
    // UTF-16 and UTF-32 have zeros, and begin with one of these marks.
    let is_wide =
        [&[0xFF, 0xFE][..], &[0xFE, 0xFF], &[0, 0, 0xFE, 0xFF]].iter().any(|mark| bytes.starts_with(mark));
    if !is_wide && bytes.iter().take(1024).any(|byte| *byte == 0) {
        return Err(Failure::new(format!("cannot read {shown}: this is not text")));
    }
    Ok(())
}

fn is_manifest(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension)))
}

fn open(path: &Path) -> Result<Source, Failure> {
    if path.as_os_str() == "-" {
        return Ok(Source { name: STDIN.to_owned(), bytes: stdin()? });
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
    fs::metadata(path).map_err(|error| {
        // The link is there, but what it leads to is not.
        let target = fs::read_link(path).ok().filter(|_| error.kind() == io::ErrorKind::NotFound);
        match target {
            Some(target) => Failure::new(format!(
                "cannot read {}: it is a link to {}, which does not exist",
                terminal::path(path),
                terminal::path(&target)
            )),
            None => failed("cannot read", path, &error),
        }
    })
}

/// A failure of the file system, in words that do not depend on the platform where that is possible.
pub(crate) fn failed(what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("{what} {}: {}", terminal::path(path), reason(error)))
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
