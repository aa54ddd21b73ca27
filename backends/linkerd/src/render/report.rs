//! What there is to say about a unit, each thing once: a rule has several ports, and a TrafficTarget several grants.

use std::collections::HashSet;

use smi_translate::ObjectRef;
use smi_translate::diagnostic::{Code, Diagnostic, Severity};

/// Collects diagnostics without repetition.
#[derive(Default)]
pub(super) struct Report {
    said: HashSet<(Option<ObjectRef>, Code, String)>,
    diagnostics: Vec<Diagnostic>,
}

impl Report {
    pub(super) fn say(&mut self, diagnostic: Diagnostic) {
        if self.said.insert((diagnostic.object.clone(), diagnostic.code, diagnostic.message.clone())) {
            self.diagnostics.push(diagnostic);
        }
    }

    pub(super) fn has_error(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    pub(super) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }
}
