//! TrafficTarget without its version.

use super::Ports;
use crate::{ACCESS_GROUP, Metadata, Port, Version};

pub use crate::access::Rule;

/// A grant: the sources may send the traffic of the rules to the destination (SMI-ACCESS-3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrafficTarget {
    /// Name, namespace and so on.
    pub metadata: Metadata,
    /// The version the object was written in.
    pub version: Version,
    /// Whose traffic is granted; kind and name are empty where they are missing.
    pub destination: Subject,
    /// The destination port of v1alpha1 and v1alpha2, which restricts all rules (SMI-ACCESS-19). Later versions have it where an
    /// earlier one did (SMI-CONV-12). `None` means all ports, and a port that is no port number means none: see
    /// [`ports`](Self::ports).
    pub port: Option<Port>,
    /// What is granted, in written order. Nothing where there is no rule (SMI-ACCESS-12).
    pub rules: Vec<Rule>,
    /// Who is granted it, in written order. Nobody where there is no source (SMI-ACCESS-12).
    pub sources: Vec<Source>,
}

impl TrafficTarget {
    /// The TCP ports to which the destination port restricts all rules (P0 of SMI-ACCESS-20).
    #[must_use]
    pub fn ports(&self) -> Ports {
        match &self.port {
            None => Ports::All,
            Some(port) => Ports::listed(vec![port.clone()]),
        }
    }
}

/// A workload identity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Subject {
    /// `ServiceAccount`, or `IdentityBinding` from v1alpha4 on; any other kind matches nobody (D-A7).
    pub kind: String,
    /// Name of the object; there are no wildcards (SMI-ACCESS-9).
    pub name: String,
    /// Its namespace; absent and empty mean the TrafficTarget's own (SMI-ACCESS-7).
    pub namespace: Option<String>,
    /// Its API group as v1alpha4 writes it; absent and empty are what the kind implies (D-A8).
    pub group: Option<String>,
}

impl Subject {
    /// The namespace, in a TrafficTarget of namespace `own`.
    #[must_use]
    pub fn namespace<'a>(&'a self, own: &'a str) -> &'a str {
        self.namespace.as_deref().filter(|namespace| !namespace.is_empty()).unwrap_or(own)
    }

    /// The API group: the written one, or the one that the kind implies.
    ///
    /// ```
    /// use smi_types::hub::Subject;
    ///
    /// let subject = |kind: &str| Subject { kind: kind.into(), name: "web".into(), ..Subject::default() };
    /// assert_eq!(subject("ServiceAccount").group(), "");
    /// assert_eq!(subject("IdentityBinding").group(), "access.smi-spec.io");
    /// ```
    #[must_use]
    pub fn group(&self) -> &str {
        self.group.as_deref().filter(|group| !group.is_empty()).unwrap_or(self.implied_group())
    }

    /// The API group of the kind: empty for the core group, to which ServiceAccount belongs, and for unknown kinds.
    #[must_use]
    pub fn implied_group(&self) -> &'static str {
        if self.kind == "IdentityBinding" { ACCESS_GROUP } else { "" }
    }
}

/// One source of a TrafficTarget.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Source {
    /// Who it is.
    pub subject: Subject,
    /// A port that the types of v1alpha1 and v1alpha2 let one write here. It has no effect (D-A4), and is kept for round trips.
    pub port: Option<Port>,
}
