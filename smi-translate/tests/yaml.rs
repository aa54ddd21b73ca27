//! Reading and writing YAML: kubectl's rules, places, recovery, hostile input, decoding.

#[path = "yaml/decoding.rs"]
mod decoding;
#[path = "yaml/hostile.rs"]
mod hostile;
#[path = "yaml/kubectl.rs"]
mod kubectl;
#[path = "yaml/places.rs"]
mod places;
#[path = "yaml/recovery.rs"]
mod recovery;
#[path = "yaml/writing.rs"]
mod writing;

use smi_translate::yaml::{self, Document, Limits, Node, ReadError};

fn documents(text: &str) -> Vec<Document<'_>> {
    yaml::read(text, &Limits::default()).collect()
}

/// The only document of a text.
fn one(text: &str) -> Result<Node<'_>, ReadError> {
    let mut documents = documents(text);
    assert_eq!(documents.len(), 1, "{text:?}");
    documents.remove(0).content
}

/// What each document says, in one line: its JSON or the line and message of its error.
fn outline(text: &str) -> Vec<String> {
    let outline = documents(text).into_iter().map(|document| match document.content {
        Ok(node) => node.to_json().to_string(),
        Err(error) => format!("line {}: {}", yaml::line_column(text, error.span.start).0, error.message),
    });
    outline.collect()
}
