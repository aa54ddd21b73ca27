//! Standard error: whether it takes colours, and how much the user wants to read.

use std::env;
use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColorChoice {
    /// Where standard error is a terminal; the variables `NO_COLOR` and `CLICOLOR_FORCE` have the last word
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl ColorChoice {
    /// Whether messages are coloured.
    pub(crate) fn on_stderr(self) -> bool {
        let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
        match self {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if set("NO_COLOR") => false,
            ColorChoice::Auto if env::var_os("CLICOLOR_FORCE").is_some_and(|v| !v.is_empty() && v != "0") => {
                true
            }
            ColorChoice::Auto => {
                io::stderr().is_terminal() && env::var_os("TERM").is_none_or(|term| term != "dumb")
            }
        }
    }
}

/// Standard error.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    /// Whether messages are coloured.
    pub(crate) color: bool,
    /// Only errors and losses are shown.
    pub(crate) quiet: bool,
    /// Every message is shown on its own.
    pub(crate) verbose: bool,
}

impl Terminal {
    /// Writes a line that every user should read.
    pub(crate) fn say(&self, line: &str) {
        // Nobody is left to tell when standard error is gone.
        drop(writeln!(io::stderr().lock(), "{}", printable(line)));
    }

    /// Writes a line that `--quiet` hides.
    pub(crate) fn note(&self, line: &str) {
        if !self.quiet {
            self.say(line);
        }
    }

    /// Writes text that is already made for a terminal.
    pub(crate) fn write(&self, text: &str) {
        drop(io::stderr().lock().write_all(text.as_bytes()));
    }
}

/// The text without control characters but line breaks: names in manifests must not be able to move the cursor.
pub(crate) fn printable(line: &str) -> String {
    line.chars().map(|c| if c.is_control() && c != '\n' { '\u{FFFD}' } else { c }).collect()
}
