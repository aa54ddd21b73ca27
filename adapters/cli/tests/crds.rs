//! `smi crds`: what it prints and writes, the definitions in `deploy/crds`, and what it says about definitions of others.

#![allow(clippy::unwrap_used, reason = "the helpers of tests are tests, too")]

#[path = "crds/accepted.rs"]
mod accepted;
#[path = "crds/checked.rs"]
mod checked;
#[path = "crds/deployed.rs"]
mod deployed;
#[path = "crds/printed.rs"]
mod printed;
#[path = "cli/run.rs"]
mod run;
#[path = "crds/upstream.rs"]
mod upstream;
