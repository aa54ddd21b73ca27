//! How a run ends: the four exit statuses, and the failures that stop a run before it has a result.

use std::fmt;
use std::process::ExitCode;

/// The exit status, in order of gravity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Exit {
    /// Nothing to complain about.
    Clean,
    /// Losses or warnings at or above `--fail-on`, or differences found by `--check`.
    Findings,
    /// Some objects, documents or requests were refused; the others were not affected.
    Refused,
    /// The input could not be read, the output not be written, or the command line makes no sense.
    Unusable,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Refused => 2,
            Exit::Unusable => 3,
        })
    }
}

/// Why a run has no result. Always ends with [`Exit::Unusable`].
#[derive(Debug)]
pub(crate) struct Failure {
    message: String,
    help: Option<String>,
    /// What else failed, where several things are tried before a run gives up.
    others: Vec<Failure>,
}

impl Failure {
    /// A failure with a message: lower case, no final full stop.
    pub(crate) fn new(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), help: None, others: Vec::new() }
    }

    /// Says what to do.
    pub(crate) fn help(self, help: impl Into<String>) -> Failure {
        Failure { help: Some(help.into()), ..self }
    }

    /// Several failures as one; `None` where there is none.
    pub(crate) fn several(failures: Vec<Failure>) -> Option<Failure> {
        let mut failures = failures.into_iter();
        let mut first = failures.next()?;
        first.others.extend(failures);
        Some(first)
    }

    /// Each failure on its own.
    pub(crate) fn each(&self) -> impl Iterator<Item = &Failure> {
        std::iter::once(self).chain(&self.others)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.help.iter().try_for_each(|help| write!(f, "\n  help: {help}"))
    }
}

/// What a command returns.
pub(crate) type Outcome = Result<Exit, Failure>;
