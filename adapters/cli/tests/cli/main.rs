//! The program as people and scripts meet it: what stands on standard output, what on standard error, and the exit status.

#![allow(clippy::unwrap_used, reason = "the helpers of tests are tests, too")]

mod convert;
mod convert_access;
mod decide;
mod display;
mod explain;
mod linkerd;
mod lint;
mod materialize;
mod others;
mod permissive;
mod readme;
mod run;
mod translate;
mod usage;

use run::Folder;

const SHOP: &str = include_str!("data/shop.yaml");
const ROLLOUT: &str = include_str!("data/rollout.yaml");
const BROKEN: &str = include_str!("data/broken.yaml");
const ACCESS: &str = include_str!("data/access.yaml");
const PODS: &str = include_str!("data/pods.yaml");
const TLS: &str = include_str!("data/tls.yaml");

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> Folder {
    let folder = Folder::new();
    for (name, text) in files {
        folder.write(name, text);
    }
    folder
}
