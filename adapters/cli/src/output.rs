//! Writing results: standard output, and directories of files.

pub(crate) mod directory;

use std::io::{self, Write};

use serde::Serialize;
use smi_translate::yaml;

use crate::exit::Failure;

/// Writes to standard output. That nobody reads on (`smi … | head`) is no error.
pub(crate) fn stdout(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// A value as indented JSON, with a line break at the end.
pub(crate) fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| unwritable(&error))?;
    Ok(text + "\n")
}

/// A value as one line of JSON, with a line break at the end.
pub(crate) fn json_line<T: Serialize + ?Sized>(value: &T) -> Result<String, Failure> {
    let text = serde_json::to_string(value).map_err(|error| unwritable(&error))?;
    Ok(text + "\n")
}

/// A value as YAML.
pub(crate) fn yaml<T: Serialize + ?Sized>(value: &T) -> Result<String, Failure> {
    yaml::write(value).map_err(|error| unwritable(&error))
}

/// Values as one YAML document each.
pub(crate) fn yaml_documents<T: Serialize>(values: &[T]) -> Result<String, Failure> {
    yaml::write_documents(values).map_err(|error| unwritable(&error))
}

/// Objects as one v1 List.
pub(crate) fn list<T: Serialize>(items: &[T]) -> Result<String, Failure> {
    #[derive(Serialize)]
    struct List<'a, T> {
        #[serde(rename = "apiVersion")]
        api_version: &'static str,
        kind: &'static str,
        items: &'a [T],
    }
    json(&List { api_version: "v1", kind: "List", items })
}

pub(crate) fn unwritable(error: &dyn std::fmt::Display) -> Failure {
    Failure::new(format!("cannot write the result: {error}"))
}
