//! What is read: files, directories, standard input.

use std::path::PathBuf;

use clap::Args;
use smi_translate::read::{Input, ReadOptions, Reader};
use smi_translate::{Backend, Options};

use super::names;
use crate::exit::Failure;
use crate::input::{self, Source};

/// What is read.
#[derive(Debug, Args)]
pub(crate) struct InputArgs {
    /// Files, directories (searched for *.yaml, *.yml and *.json; hidden files are skipped), or `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Namespace of objects that name none
    #[arg(short, long, default_value = "default", value_parser = names::namespace)]
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
