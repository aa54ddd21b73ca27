//! What there is to say about a unit, each thing once: a rule has several ports, a TrafficTarget several grants, a grant many workloads.

use std::collections::HashSet;

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::reference::ObjectRef;

/// Collects diagnostics without repetition.
#[derive(Debug, Default)]
pub struct Report {
    said: HashSet<(Option<ObjectRef>, Code, String)>,
    diagnostics: Vec<Diagnostic>,
}

impl Report {
    /// Says something, unless it was said of the same object before.
    pub fn say(&mut self, diagnostic: Diagnostic) {
        if self.said.insert((diagnostic.object.clone(), diagnostic.code, diagnostic.message.clone())) {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Whether an error was said.
    #[must_use]
    pub fn has_error(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// Everything that was said, in order.
    #[must_use]
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }
}
