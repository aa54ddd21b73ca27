//! Writing YAML.

use std::fmt;

use serde::Serialize;

/// A value that cannot be written as YAML, for example a map with a list as key.
#[derive(Debug)]
pub struct WriteError(String);

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WriteError {}

/// Writes one document, without separator. The same value gives the same text; text that a reader could take for
/// something else is quoted.
///
/// # Errors
/// If the value has no form in YAML.
pub fn write<T: Serialize + ?Sized>(value: &T) -> Result<String, WriteError> {
    let mut text = String::new();
    append(&mut text, value)?;
    Ok(text)
}

/// Writes several documents with `---` between them.
///
/// # Errors
/// If one of the values has no form in YAML.
pub fn write_documents<I>(values: I) -> Result<String, WriteError>
where
    I: IntoIterator,
    I::Item: Serialize,
{
    let mut text = String::new();
    for (position, value) in values.into_iter().enumerate() {
        if position > 0 {
            text.push_str("---\n");
        }
        append(&mut text, &value)?;
    }
    Ok(text)
}

fn append<T: Serialize + ?Sized>(text: &mut String, value: &T) -> Result<(), WriteError> {
    // Block scalars cannot hold every text (tabs at the start of a line); quoted ones can.
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
    serde_saphyr::to_fmt_writer_with_options(text, &value, options)
        .map_err(|error| WriteError(error.to_string()))?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(())
}
