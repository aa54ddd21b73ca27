//! What is read: files, directories, standard input.

use std::path::PathBuf;

use clap::Args;
use smi_translate::read::{Input, ReadOptions, Reader};
use smi_translate::{Backend, Options};

use crate::exit::Failure;
use crate::input::{self, Source};

/// What is read.
#[derive(Debug, Args)]
pub(crate) struct InputArgs {
    /// Files, directories (searched for *.yaml, *.yml and *.json; hidden files are skipped), or `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Namespace of objects that name none
    #[arg(short, long, default_value = "default", value_parser = namespace)]
    pub(crate) namespace: String,
}

impl InputArgs {
    /// Reads everything. Objects of the mesh of `backend` count, where there is one.
    pub(crate) fn load(&self, options: Options, backend: Option<&dyn Backend>) -> Result<Input, Failure> {
        Ok(self.parse(&input::read(&self.files)?, options, backend))
    }

    /// The same, for texts that are already read.
    pub(crate) fn parse(&self, texts: &[Source], options: Options, backend: Option<&dyn Backend>) -> Input {
        let mut reader = Reader::new(ReadOptions {
            namespace: self.namespace.clone(),
            foreign_kinds: backend.map_or(&[], Backend::foreign_kinds),
            ..ReadOptions::default()
        });
        for text in texts {
            reader.add(&text.name, &text.bytes);
        }
        reader.finish(options)
    }
}

/// A namespace is an RFC 1123 label.
fn namespace(text: &str) -> Result<String, String> {
    let inside = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    let is_label = matches!(text.len(), 1..=63)
        && text.bytes().all(inside)
        && !text.starts_with('-')
        && !text.ends_with('-');
    if is_label {
        Ok(text.to_owned())
    } else {
        Err("a namespace has 1 to 63 lower-case letters, digits and hyphens, and no hyphen at either end"
            .to_owned())
    }
}
