//! From inventory to intent: references resolved, everything that does not take part named.

mod routing;
mod shadow;

use crate::diagnostic::Diagnostic;
use crate::intent::{Intent, UnitKey};
use crate::inventory::Inventory;

/// An intent, and what had to be said while it was made.
#[derive(Clone, Debug)]
pub struct Resolved<T> {
    /// The intent.
    pub intent: T,
    /// References that do not resolve, parts that do not take part, assumptions.
    pub diagnostics: Vec<Diagnostic>,
}

/// Resolves one unit. A unit that no object asks for has an intent without rules.
#[must_use]
pub fn resolve(inventory: &Inventory, key: &UnitKey) -> Resolved<Intent> {
    match key {
        UnitKey::Routing { namespace, root } => {
            let Resolved { intent, diagnostics } = routing::resolve(inventory, namespace, root);
            Resolved { intent: Intent::Routing(intent), diagnostics }
        }
    }
}
