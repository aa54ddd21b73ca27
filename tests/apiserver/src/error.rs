//! Why a server did not start.

use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A file or a port cannot be had.
    #[error("failed to prepare {what}: {source}")]
    Prepare {
        /// What was to be prepared.
        what: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A certificate cannot be made.
    #[error("failed to make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// A program cannot be run.
    #[error("failed to run {}: {source}", program.display())]
    Run {
        /// The program.
        program: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A program ended by itself.
    #[error("{name} ended with {status}; its log ends with\n{log}")]
    Ended {
        /// Its name.
        name: &'static str,
        /// How it ended.
        status: ExitStatus,
        /// The end of its log.
        log: String,
    },
    /// A program runs, and does not become ready.
    #[error("{name} is not ready after {waited:?}: {last}; its log ends with\n{log}")]
    NotReady {
        /// Its name.
        name: &'static str,
        /// How long it had.
        waited: Duration,
        /// What it answered at last.
        last: String,
        /// The end of its log.
        log: String,
    },
    /// No client can be made for it.
    #[error("failed to make a client: {0}")]
    Client(#[from] kube::Error),
    /// The kubeconfig cannot be used.
    #[error("failed to read the kubeconfig: {0}")]
    Kubeconfig(#[from] kube::config::KubeconfigError),
}

impl StartError {
    /// Whether somebody else took a port between the kernel naming it and the program listening at it.
    pub(crate) fn is_lost_port(&self) -> bool {
        matches!(self, StartError::Ended { log, .. } if log.contains("address already in use"))
    }
}

/// Says what could not be prepared.
pub(crate) fn preparing(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> StartError {
    move |source| StartError::Prepare { what: what.into(), source }
}
