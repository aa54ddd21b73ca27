//! What is done with findings: which are allowed, which fail the run, where they are written.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use smi_translate::Severity;

use crate::codes;
use crate::exit::Failure;

/// What is done with findings.
#[derive(Debug, Args)]
#[command(next_help_heading = "Findings")]
pub(crate) struct FindingsArgs {
    /// Accept this code: a loss is rendered (and counts for --fail-on), a warning counts no longer (repeatable; default: none)
    #[arg(long, value_name = "CODE", value_delimiter = ',', value_parser = codes::known)]
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

    /// Where reports go, and in which format.
    pub(crate) fn reports(&self) -> Result<Vec<(ReportFormat, ReportTarget)>, Failure> {
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
        Ok(reports)
    }
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
