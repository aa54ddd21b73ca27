//! The temporary folder of a server: gone with the server, or a second after the test process where nothing was dropped.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::StartError;
use crate::error::preparing;

/// Waits until our end of its input is closed, lets the servers be killed ([`crate::process`]), and removes what they leave.
const SWEEPER: &str = r#"cat >/dev/null; sleep 1; rm -rf -- "$1""#;

/// A folder for one server.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    sweeper: Child,
}

impl Folder {
    /// Makes a folder that nobody else can read: it holds keys.
    pub(crate) fn new() -> Result<Folder, StartError> {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("smi-apiserver-{}-{number}", std::process::id()));
        let prepare = || preparing(path.display().to_string());
        fs::DirBuilder::new().mode(0o700).create(&path).map_err(prepare())?;
        let sweeper = Command::new("/bin/sh")
            .args(["-c", SWEEPER, "sh"])
            .arg(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Out of reach of a Ctrl-C in the terminal.
            .process_group(0)
            .spawn()
            .map_err(prepare())?;
        Ok(Folder { path, sweeper })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file into it.
    pub(crate) fn write(&self, name: &str, text: &str) -> Result<PathBuf, StartError> {
        let path = self.path.join(name);
        fs::write(&path, text).map_err(preparing(path.display().to_string()))?;
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed now, the sweeper would not remove either.
        let _ = fs::remove_dir_all(&self.path);
        let _ = self.sweeper.kill();
        let _ = self.sweeper.wait();
    }
}
