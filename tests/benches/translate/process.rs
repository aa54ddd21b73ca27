//! The program itself, where it has been built beside this benchmark: `cargo build --release -p smi-cli`.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::measure::{Comparison, timed};

const ROUNDS: usize = 9;

pub(super) struct Smi {
    program: PathBuf,
}

impl Smi {
    pub(super) fn built() -> Option<Smi> {
        let here = std::env::current_exe().ok()?;
        let program = here.parent()?.parent()?.join(format!("smi{}", std::env::consts::EXE_SUFFIX));
        program.is_file().then_some(Smi { program })
    }

    /// `work` and `smi translate` of `text`, in turns.
    pub(super) fn compare(&self, text: &str, mut work: impl FnMut()) -> Comparison {
        let file = std::env::temp_dir().join(format!("smi-bench-{}.yaml", std::process::id()));
        fs::write(&file, text).expect("the folder for temporary files can be written to");
        let (mut works, mut runs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            works.push(timed(&mut work));
            let (wall, before) = (Instant::now(), cpu_time_of_children());
            self.translate(&file);
            runs.push(match (before, cpu_time_of_children()) {
                (Some(before), Some(after)) => after - before,
                _ => wall.elapsed(),
            });
        }
        let removed = fs::remove_file(&file);
        removed.expect("a file just written can be removed");
        Comparison::new(works, runs)
    }

    fn translate(&self, file: &std::path::Path) {
        let status = Command::new(&self.program)
            .args(["translate", "--to", "istio"])
            .arg(file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        let status = status.expect("a program that is there can be started");
        assert!(status.code().is_some_and(|code| code < 3), "smi could not read the input: {status}");
    }
}

/// User and system time of the processes that have ended, in hundredths of a second (Linux).
fn cpu_time_of_children() -> Option<Duration> {
    let line = fs::read_to_string("/proc/self/stat").ok()?;
    // Fields 16 and 17; the second is a name in parentheses that may hold spaces.
    let fields: Vec<&str> = line.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(13)?.parse::<u64>().ok()? + fields.get(14)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}
