//! What is done with findings: which are allowed, which fail the run, where they are written.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use smi_translate::Severity;

use crate::codes;
use crate::exit::Failure;
use crate::terminal;

/// What is done with findings.
#[derive(Debug, Args)]
#[command(next_help_heading = "Findings")]
pub(crate) struct FindingsArgs {
    /// Accept this code: a loss is rendered (and still counts for --fail-on), a warning or info counts no longer; errors cannot be
    /// accepted (repeatable; default: none)
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = codes::allowable)]
    allow: Vec<String>,

    /// Exit with 1 from this severity on
    #[arg(long, value_name = "SEVERITY", value_enum, default_value_t)]
    pub(crate) fail_on: FailOn,

    /// Write the findings as json or sarif, for machines; FILE may be `-` (repeatable; default: none)
    #[arg(long, num_args = 2, value_names = ["FORMAT", "FILE"], action = clap::ArgAction::Append)]
    report: Vec<String>,
}

impl FindingsArgs {
    /// The codes that are accepted.
    pub(crate) fn allow(&self) -> BTreeSet<String> {
        self.allow.iter().cloned().collect()
    }

    /// Where reports go, and in which format. No report may replace one of `inputs`, or anything else that may be a manifest.
    pub(crate) fn reports(&self, inputs: &[PathBuf]) -> Result<Vec<(ReportFormat, ReportTarget)>, Failure> {
        let mut reports = Vec::new();
        for pair in self.report.chunks_exact(2) {
            let format = ReportFormat::from_str(&pair[0], true).map_err(|_| {
                Failure::new(format!("--report does not know the format {:?}", pair[0]))
                    .help("write --report json FILE or --report sarif FILE")
            })?;
            let target = match pair[1].as_str() {
                "-" => ReportTarget::Stream,
                file => ReportTarget::File(PathBuf::from(file)),
            };
            reports.push((format, target));
        }
        if reports.iter().filter(|(_, target)| *target == ReportTarget::Stream).count() > 1 {
            return Err(Failure::new("only one --report can go to `-`").help("write the other one to a file"));
        }
        let mut taken: BTreeSet<PathBuf> = BTreeSet::new();
        let inputs: BTreeSet<PathBuf> = inputs.iter().map(|path| identity(path)).collect();
        for (_, target) in &reports {
            let ReportTarget::File(path) = target else { continue };
            let shown = terminal::path(path);
            let is_yaml = path
                .extension()
                .is_some_and(|e| e.eq_ignore_ascii_case("yaml") || e.eq_ignore_ascii_case("yml"));
            if inputs.contains(&identity(path)) {
                return Err(Failure::new(format!("--report would overwrite the input {shown}"))
                    .help("write the report to a file of its own: --report json FILE"));
            }
            if !taken.insert(identity(path)) {
                return Err(Failure::new(format!("two reports would be written to {shown}"))
                    .help("give each --report a file of its own"));
            }
            if is_yaml && path.exists() {
                return Err(Failure::new(format!(
                    "--report would overwrite {shown}, which may be a manifest"
                ))
                .help("reports are JSON: write to a *.json or *.sarif file, or remove this one"));
            }
        }
        Ok(reports)
    }
}

/// The same for every spelling of a path, also where its file does not exist yet.
fn identity(path: &Path) -> PathBuf {
    let resolved = path.canonicalize().ok().or_else(|| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Some(folder.canonicalize().ok()?.join(path.file_name()?))
    });
    resolved.unwrap_or_else(|| path.to_owned())
}

/// The severity from which on a run fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// On everything there is to say
    Info,
    /// On warnings and losses
    Warning,
    /// On losses
    #[default]
    Loss,
    /// On nothing less than an error, which exits with 2 in any case
    Error,
}

impl FailOn {
    /// The severity.
    pub(crate) fn severity(self) -> Severity {
        match self {
            FailOn::Info => Severity::Info,
            FailOn::Warning => Severity::Warning,
            FailOn::Loss => Severity::Loss,
            FailOn::Error => Severity::Error,
        }
    }
}

/// The format of a report for machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// One JSON document of our own
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

/// Where a report goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReportTarget {
    /// Standard output where the command writes nothing else there, else standard error in place of the text for people.
    Stream,
    /// A file.
    File(PathBuf),
}
