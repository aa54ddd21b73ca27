//! Intents: what SMI objects ask for, with references resolved and versions gone. Backends render them, [`decide`](fn@crate::decide)
//! evaluates them, and both see the same thing.

mod access;
mod condition;
mod routing;

use std::collections::HashMap;
use std::fmt;

use smi_types::Metadata;

use crate::diagnostic::Code;
use crate::manifest::stable_hash;
use crate::reference::ObjectRef;

pub use access::{
    AccessIntent, Account, Detours, Grant, Granted, Inseparable, Mingled, NamespaceIntent, PodSource,
    PortSet, Reach, Selection, Source, SplitDetour,
};
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
    /// Who may call the workloads of one service account.
    Access {
        /// Namespace of the service account.
        namespace: String,
        /// Its name.
        service_account: String,
    },
    /// Deny-by-default of a whole namespace.
    Namespace {
        /// The namespace.
        namespace: String,
    },
}

/// Annotation with the codes of losses that an object allows, separated by commas.
pub(crate) const ALLOW_ANNOTATION: &str = "adapters.smi-spec.io/allow";

/// Whether an object allows a loss of its own, by annotation.
fn annotation_allows(metadata: &Metadata, code: Code) -> bool {
    allowed_codes(metadata).any(|allowed| allowed.eq_ignore_ascii_case(code.0))
}

/// What the annotation of an object names, in whatever case.
pub(crate) fn allowed_codes(metadata: &Metadata) -> impl Iterator<Item = &str> {
    let codes = metadata.annotations.get(ALLOW_ANNOTATION).map(String::as_str).unwrap_or_default();
    codes.split(',').map(str::trim).filter(|code| !code.is_empty())
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
        let parts: &[&str] = match self {
            UnitKey::Routing { namespace, root } => &["routing", namespace, root],
            UnitKey::Access { namespace, service_account } => &["access", namespace, service_account],
            UnitKey::Namespace { namespace } => &["namespace", namespace],
        };
        format!("{:016x}", stable_hash(parts.iter().copied()))
    }
}

impl fmt::Display for UnitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UnitKey::Routing { namespace, root } => write!(f, "routing of {namespace}/{root}"),
            UnitKey::Access { namespace, service_account } => {
                write!(f, "access to {namespace}/{service_account}")
            }
            UnitKey::Namespace { namespace } => write!(f, "deny-by-default of {namespace}"),
        }
    }
}

/// What one unit asks for.
#[expect(clippy::large_enum_variant, reason = "one is made, rendered and dropped at a time")]
#[derive(Clone, Debug)]
pub enum Intent {
    /// Where requests to a root Service go.
    Routing(RoutingIntent),
    /// Who may call the workloads of one service account.
    Access(AccessIntent),
    /// Deny-by-default of a whole namespace.
    Namespace(NamespaceIntent),
}

impl Intent {
    /// The unit this is the intent of.
    #[must_use]
    pub fn key(&self) -> UnitKey {
        match self {
            Intent::Routing(routing) => routing.key(),
            Intent::Access(access) => access.key(),
            Intent::Namespace(namespace) => UnitKey::Namespace { namespace: namespace.namespace.clone() },
        }
    }

    /// The objects it comes from, sorted.
    #[must_use]
    pub fn sources(&self) -> &[ObjectRef] {
        match self {
            Intent::Routing(routing) => &routing.sources,
            Intent::Access(access) => &access.sources,
            Intent::Namespace(namespace) => &namespace.sources,
        }
    }

    /// The losses that its objects allow of their own, by annotation.
    #[must_use]
    pub fn allowances(&self) -> Allowances<'_> {
        let objects: Vec<(&ObjectRef, &Metadata)> = match self {
            Intent::Routing(routing) => {
                routing.rules.iter().map(|rule| (&rule.split, &rule.object.metadata)).collect()
            }
            Intent::Access(access) => {
                access.grants.iter().map(|grant| (&grant.target, &grant.object.metadata)).collect()
            }
            Intent::Namespace(_) => Vec::new(),
        };
        let annotated =
            |(_, metadata): &(&ObjectRef, &Metadata)| metadata.annotations.contains_key(ALLOW_ANNOTATION);
        Allowances(objects.into_iter().filter(annotated).collect())
    }
}

/// The objects of an intent that allow losses by annotation.
#[derive(Clone, Debug)]
pub struct Allowances<'a>(HashMap<&'a ObjectRef, &'a Metadata>);

impl Allowances<'_> {
    /// Whether an object allows a loss of its own.
    #[must_use]
    pub fn has(&self, object: &ObjectRef, code: Code) -> bool {
        self.0.get(object).is_some_and(|metadata| annotation_allows(metadata, code))
    }
}
