//! TCPRoute and UDPRoute without their version.

use super::Ports;
use crate::{Metadata, Version};

/// A set of TCP ports (SMI-L4-1). Rules that name no TCPRoute mean all ports; a TCPRoute narrows them (SMI-ACCESS-20).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TCPRoute {
    /// Name, namespace and so on.
    pub metadata: Metadata,
    /// The version the object was written in.
    pub version: Version,
    /// `spec.matches.name`, which a rule with `matches` must list (SMI-L4-5).
    pub match_name: Option<String>,
    /// The ports; all in every version that has none (SMI-L4-2).
    pub ports: Ports,
}

/// A set of UDP ports (SMI-L4-1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UDPRoute {
    /// Name, namespace and so on.
    pub metadata: Metadata,
    /// The version the object was written in.
    pub version: Version,
    /// `spec.matches.name`, which a rule with `matches` must list (SMI-L4-5).
    pub match_name: Option<String>,
    /// The ports.
    pub ports: Ports,
}
