//! What there is to say about a unit, each thing once: one TrafficTarget may have several grants, and a grant many workloads.

use std::collections::HashSet;

use smi_translate::ObjectRef;
use smi_translate::diagnostic::{Code, Diagnostic};

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

    pub(super) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }
}
