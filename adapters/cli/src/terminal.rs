//! Standard error: whether it takes colours, and how much the user wants to read.

use std::env;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

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
    /// Only errors, losses and what fails the run are shown.
    pub(crate) quiet: bool,
    /// Nothing is folded.
    pub(crate) verbose: bool,
}

impl Terminal {
    /// Writes a line that every user should read.
    pub(crate) fn say(&self, line: &str) {
        say(line);
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

/// Writes a line on standard error that every user should read.
pub(crate) fn say(line: &str) {
    // Nobody is left to tell when standard error is gone.
    drop(writeln!(io::stderr().lock(), "{}", printable(line)));
}

/// The text with control characters escaped, but for line breaks: names in manifests must not be able to move the cursor.
pub(crate) fn printable(text: &str) -> String {
    escaped(text, |c| c != '\n' && is_control(c))
}

/// A name on one line: line breaks are escaped as well.
pub(crate) fn name(text: &str) -> String {
    escaped(text, is_control)
}

/// A path, likewise.
pub(crate) fn path(path: &Path) -> String {
    name(&path.display().to_string())
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_escaped(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Control characters, and those that change the direction of text.
fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(printable("a\u{1b}[2J\r\nb"), "a\\u{1b}[2J\\r\nb");
        assert_eq!(name("a\nb\u{202e}ü"), "a\\nb\\u{202e}ü");
    }
}
