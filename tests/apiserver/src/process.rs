//! A server process that cannot outlive the test process.
//!
//! `PR_SET_PDEATHSIG` would not do: it fires when the *thread* that started a process ends, and tests are threads. Instead a shell beside
//! the server, in the server's own process group, reads from a pipe whose other end only this process has. When that end closes, by being
//! dropped or because this process is gone for whatever reason, the shell kills the group, itself included.

use std::fs::{self, File};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};

use crate::StartError;
use crate::error::preparing;

/// The shell becomes the server, so that the process we know is the server itself; its background job stays behind as the watcher.
const TETHERED: &str = r#"
exec 3<&0 </dev/null
{ cat <&3 >/dev/null; kill -KILL 0; } &
exec 3<&-
exec "$@"
"#;

/// How much of a log is shown.
const SHOWN_LINES: usize = 20;

/// A running server.
#[derive(Debug)]
pub(crate) struct Process {
    name: &'static str,
    child: Child,
    /// Our end of the pipe.
    tether: Option<ChildStdin>,
    log: PathBuf,
}

impl Process {
    /// Runs a program; what it prints goes into a file of the folder, after what its predecessor has printed.
    pub(crate) fn start(
        name: &'static str,
        program: &Path,
        arguments: &[String],
        folder: &Path,
    ) -> Result<Process, StartError> {
        let log = folder.join(format!("{name}.log"));
        let open = || File::options().create(true).append(true).open(&log);
        let output = || open().map_err(preparing(log.display().to_string()));
        let mut child = Command::new("/bin/sh")
            .args(["-c", TETHERED, "sh"])
            .arg(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(output()?)
            .stderr(output()?)
            .process_group(0)
            .spawn()
            .map_err(|source| StartError::Run { program: program.to_owned(), source })?;
        let tether = child.stdin.take();
        Ok(Process { name, child, tether, log })
    }

    /// An error if the server has ended by itself.
    pub(crate) fn still_runs(&mut self) -> Result<(), StartError> {
        match self.child.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(self.ended(status)),
            Err(source) => Err(preparing(format!("the end of {}", self.name))(source)),
        }
    }

    fn ended(&self, status: ExitStatus) -> StartError {
        StartError::Ended { name: self.name, status, log: self.log_tail() }
    }

    /// The last lines of its log.
    pub(crate) fn log_tail(&self) -> String {
        let log = fs::read(&self.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n")
    }

    /// `kill -9`, and waits until the server is gone: its port is free after that.
    pub(crate) fn kill(&mut self) {
        // Both fail only if it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.tether = None;
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
