//! Intents: what SMI objects ask for, with references resolved and versions gone. Backends render them, [`decide`](fn@crate::decide)
//! evaluates them, and both see the same thing.

mod condition;
mod routing;

use std::fmt;

use crate::diagnostic::Code;
use crate::reference::ObjectRef;

pub use condition::{Condition, HeaderCondition, HeaderName, HttpMatch, Methods};
pub use routing::{BackendFacts, Effective, Ports, Root, RoutingIntent, Rule, WeightedBackend};

/// The smallest piece of desired state: every object a backend writes belongs to exactly one unit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnitKey {
    /// The routing of one root Service (or, where hosts may be roots, of one host).
    Routing {
        /// Namespace of the root and of the splits.
        namespace: String,
        /// Name of the root Service, or the host.
        root: String,
    },
}

impl UnitKey {
    /// A short stable name of the unit, for labels: 64 bits of FNV-1a over the key, as 16 hexadecimal digits.
    ///
    /// It must never change between versions: objects in clusters carry it.
    ///
    /// ```
    /// let key = smi_translate::UnitKey::Routing { namespace: "shop".into(), root: "website".into() };
    /// assert_eq!(key.label(), "a9887b02cb23140e");
    /// ```
    #[must_use]
    pub fn label(&self) -> String {
        let UnitKey::Routing { namespace, root } = self;
        let hash = ["routing", namespace, root]
            .iter()
            .flat_map(|part| part.bytes().chain([0]))
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
            });
        format!("{hash:016x}")
    }
}

impl fmt::Display for UnitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let UnitKey::Routing { namespace, root } = self;
        write!(f, "routing of {namespace}/{root}")
    }
}

/// What one unit asks for.
#[derive(Clone, Debug)]
pub enum Intent {
    /// Where requests to a root Service go.
    Routing(RoutingIntent),
}

impl Intent {
    /// The unit this is the intent of.
    #[must_use]
    pub fn key(&self) -> UnitKey {
        match self {
            Intent::Routing(routing) => routing.key(),
        }
    }

    /// Whether an object allows a loss of its own, by annotation.
    #[must_use]
    pub fn allows(&self, object: &ObjectRef, code: Code) -> bool {
        match self {
            Intent::Routing(routing) => {
                routing.rules.iter().any(|rule| rule.split == *object && rule.allows(code))
            }
        }
    }
}
