//! In which form a result is written.

use clap::ValueEnum;

/// The form of objects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Structure {
    /// One YAML document per object
    #[default]
    Yaml,
    /// One v1 List
    Json,
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextOrStructure {
    /// For people; may change between versions
    #[default]
    Text,
    /// For programs; stable
    Json,
    /// The same as json, as YAML
    Yaml,
}
