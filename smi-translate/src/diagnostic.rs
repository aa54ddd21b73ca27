//! What a translation has to say: one type for every floor, every mesh and every output form.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};
use smi_types::FieldPath;

use crate::reference::ObjectRef;

/// How bad it is.
///
/// The order is that of gravity: `Severity::Loss > Severity::Warning`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something was assumed, or is worth knowing.
    Info,
    /// The object has the effect it asks for, but its author may not have meant it.
    Warning,
    /// The mesh can do only less, or something coarser, than the object asks for. Refused unless the user allows the code.
    Loss,
    /// The object, or the part named, has no effect.
    Error,
}

impl Severity {
    /// The word that reports print.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Loss => "loss",
            Severity::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A stable code: `SMI-VAL-43`, `ISTIO-PORT-1`. Users allow codes, search for them and test them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub &'static str);

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

/// What the documentation says about a code; every floor has a table of its own codes, and one page lists them all.
#[derive(Clone, Copy, Debug)]
pub struct CodeDoc {
    /// The code.
    pub code: Code,
    /// How bad it is, as a rule.
    pub severity: Severity,
    /// What it means, in one sentence.
    pub meaning: &'static str,
    /// What to do about it, in one sentence.
    pub remedy: &'static str,
}

/// The documentation of one code; what the tables of codes are made of.
#[must_use]
pub const fn code(
    code: &'static str,
    severity: Severity,
    meaning: &'static str,
    remedy: &'static str,
) -> CodeDoc {
    CodeDoc { code: Code(code), severity, meaning, remedy }
}

/// Where in the input a diagnostic points: bytes `start..end` of the source `source`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceSpan {
    /// Which of the sources that were read, counted from zero.
    pub source: usize,
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

/// One message about one object.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// Stable code.
    pub code: Code,
    /// Gravity.
    pub severity: Severity,
    /// The object it is about; `None` where the input could not be read as an object.
    pub object: Option<ObjectRef>,
    /// The field it is about.
    pub path: FieldPath,
    /// Where that stands in the input. Filled in by [`Sources::locate`](crate::read::Sources::locate).
    pub span: Option<SourceSpan>,
    /// What is wrong: lower case, no final full stop.
    pub message: String,
    /// What that means for traffic.
    pub effect: Cow<'static, str>,
    /// What to do.
    pub help: Option<Cow<'static, str>>,
}

impl Diagnostic {
    /// A diagnostic about a whole object.
    pub fn new(
        code: Code,
        severity: Severity,
        message: impl Into<String>,
        effect: impl Into<Cow<'static, str>>,
    ) -> Self {
        Diagnostic {
            code,
            severity,
            object: None,
            path: FieldPath::root(),
            span: None,
            message: readable(message.into()).into_owned(),
            effect: readable(effect),
            help: None,
        }
    }

    /// Says which object it is about.
    #[must_use]
    pub fn on(mut self, object: &ObjectRef) -> Self {
        self.object = Some(object.clone());
        self
    }

    /// Says which field it is about.
    #[must_use]
    pub fn at(mut self, path: FieldPath) -> Self {
        self.path = path;
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<Cow<'static, str>>) -> Self {
        self.help = Some(readable(help));
        self
    }
}

/// Bytes of a text at most: room for every text of ours with what it quotes and lists.
const READABLE: usize = 2000;

/// A text that may hold names of the input as they are, cut where it is longer than anybody reads.
fn readable(text: impl Into<Cow<'static, str>>) -> Cow<'static, str> {
    let text = text.into();
    if text.len() <= READABLE {
        return text;
    }
    let end = (0..=READABLE).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    Cow::Owned(format!("{}…", &text[..end]))
}

/// Characters of a text of the input that a message shows at most.
const QUOTED: usize = 120;

/// A text of the input as messages show it: in quotes, escaped, and cut where it is long.
///
/// ```
/// use smi_translate::diagnostic::quoted;
///
/// assert_eq!(quoted("/api\t"), r#""/api\t""#);
/// assert!(quoted(&"a".repeat(1000)).ends_with("aaa\"…"));
/// ```
#[must_use]
pub fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{:?}…", &text[..end]),
        None => format!("{text:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Code, Diagnostic, READABLE, Severity};

    #[test]
    fn no_text_is_longer_than_anybody_reads() {
        let long = "ü".repeat(5000);
        let said = Diagnostic::new(Code("X-1"), Severity::Info, format!("a{long}"), long.clone()).help(long);
        let help = said.help.expect("it was given");
        for text in [said.message.as_str(), &said.effect, &help] {
            assert!(text.len() <= READABLE + '…'.len_utf8() && text.ends_with("ü…"), "{}", text.len());
        }
        assert_eq!(Diagnostic::new(Code("X-1"), Severity::Info, "ü", "é").effect, "é");
    }
}
