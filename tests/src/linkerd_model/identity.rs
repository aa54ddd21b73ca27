//! Who a client is: identities, as certificates have them, and addresses.

use std::net::IpAddr;

use super::Installation;

/// Which identities an authentication takes (3.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum IdentityMatch {
    /// `*`: any client of the mesh.
    Any,
    /// `*.` and what follows it.
    Suffix(String),
    /// The whole of it.
    Exact(String),
}

impl Installation {
    /// The identity of the pods of a service account.
    #[must_use]
    pub fn identity(&self, namespace: &str, account: &str) -> String {
        format!("{account}.{}", self.identities_of(namespace))
    }

    /// What the identities of a namespace end with, after the first dot.
    pub(super) fn identities_of(&self, namespace: &str) -> String {
        let Installation { control_plane_namespace, trust_domain, .. } = self;
        format!("{namespace}.serviceaccount.identity.{control_plane_namespace}.{trust_domain}")
    }
}

impl IdentityMatch {
    pub(super) fn read(text: &str) -> IdentityMatch {
        match text.strip_prefix('*') {
            None => IdentityMatch::Exact(text.to_owned()),
            Some("") => IdentityMatch::Any,
            Some(suffix) => IdentityMatch::Suffix(suffix.to_owned()),
        }
    }

    pub(super) fn accepts(&self, identity: &str) -> bool {
        match self {
            IdentityMatch::Any => true,
            IdentityMatch::Suffix(suffix) => identity.ends_with(suffix.as_str()),
            IdentityMatch::Exact(exact) => identity == exact,
        }
    }
}

/// A range of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    address: IpAddr,
    length: u32,
}

impl Range {
    /// Reads `10.0.0.0/8`; an address alone is the range of itself.
    pub(super) fn read(text: &str) -> Result<Range, String> {
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length)),
            None => (text, None),
        };
        let refuse = || format!("{text:?} is no range of addresses");
        let address: IpAddr = address.parse().map_err(|_| refuse())?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let length = length.map_or(Ok(bits), |length| length.parse().map_err(|_| refuse()))?;
        if length > bits { Err(refuse()) } else { Ok(Range { address, length }) }
    }

    pub(super) fn contains(&self, address: IpAddr) -> bool {
        let prefix = |address: IpAddr| match address {
            IpAddr::V4(v4) => u128::from(v4.to_bits()).checked_shr(32 - self.length).unwrap_or_default(),
            IpAddr::V6(v6) => v6.to_bits().checked_shr(128 - self.length).unwrap_or_default(),
        };
        address.is_ipv4() == self.address.is_ipv4() && prefix(address) == prefix(self.address)
    }

    /// Whether all of another range is in this one, and not all of this one in the other.
    pub(super) fn is_wider_than(&self, other: &Range) -> bool {
        self.contains(other.address) && self.length < other.length
    }
}
