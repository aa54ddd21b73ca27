//! A real Kubernetes API server for tests: etcd and kube-apiserver, and kube-controller-manager on request.
//!
//! * [`Cluster::shared`] is the one server that all tests of a process share: each takes namespaces and users of its own. With
//!   `USE_EXISTING_CLUSTER=true` it is the cluster of the current kubeconfig.
//! * [`ApiServer::start`] is a server for one test, which may kill it and start it again.
//! * Where there are no programs to run ([`Assets`]), a test says so and ends. With `CI=true` that is a failure.
//!
//! A server listens on loopback, at ports that the kernel gives, and keeps everything in one temporary folder. It ends when it is dropped,
//! and also when the test process ends without dropping it, however that happens.

mod api_server;
mod assets;
mod audit;
mod cluster;
mod controllers;
mod error;
mod etcd;
mod folder;
mod install;
mod kubeconfig;
mod pki;
mod ports;
mod process;
mod resources;
mod webhook;

pub use api_server::{ApiServer, Options};
pub use assets::{Assets, assets, assets_of_ours};
pub use audit::{AuditEntry, AuditLog, ObjectRef, User};
pub use cluster::Cluster;
pub use error::StartError;
pub use install::{InstallError, accepts, install};
pub use resources::{ResourceError, Resources};
pub use webhook::Webhook;
