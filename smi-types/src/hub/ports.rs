//! Which ports a route or a grant means. "All" is a case of its own, so that a list without a valid port is never taken for it
//! (SMI-VAL-39).

use std::collections::BTreeSet;
use std::num::NonZeroU16;

use crate::Port;

/// All ports, or those of a list.
///
/// ```
/// use smi_types::Port;
/// use smi_types::hub::Ports;
///
/// assert!(Ports::listed(vec![]).contains(8080));
/// assert!(Ports::listed(vec![Port::from(8080)]).contains(8080));
/// assert!(!Ports::listed(vec![Port::from(0)]).contains(8080)); // no valid port is not "all ports"
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Ports {
    /// Every port (SMI-L4-2).
    #[default]
    All,
    /// The ports of a list that has at least one entry, valid or not.
    Listed(PortList),
}

impl Ports {
    /// The ports of a list as SMI writes it: an empty one means all ports (D-S5).
    #[must_use]
    pub fn listed(ports: Vec<Port>) -> Self {
        if ports.is_empty() { Ports::All } else { Ports::Listed(PortList(ports)) }
    }

    /// The list as SMI writes it: empty for all ports.
    #[must_use]
    pub fn as_written(&self) -> &[Port] {
        match self {
            Ports::All => &[],
            Ports::Listed(PortList(ports)) => ports,
        }
    }

    /// Whether the port is meant.
    #[must_use]
    pub fn contains(&self, port: u16) -> bool {
        match self {
            Ports::All => true,
            Ports::Listed(PortList(ports)) => {
                ports.iter().any(|listed| listed.number().is_ok_and(|number| number.get() == port))
            }
        }
    }
}

/// Ports as written, at least one entry. Made by [`Ports::listed`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PortList(Vec<Port>);

impl PortList {
    /// The entries as written, valid or not.
    #[must_use]
    pub fn entries(&self) -> &[Port] {
        &self.0
    }

    /// The valid entries. Where there is none, the list means no port at all.
    #[must_use]
    pub fn numbers(&self) -> BTreeSet<NonZeroU16> {
        self.0.iter().filter_map(|port| port.number().ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_empty_list_means_all_ports() {
        assert_eq!(Ports::listed(vec![]), Ports::All);
        let nothing = Ports::listed(vec![Port::from(0), serde_json::from_str("\"x\"").unwrap()]);
        assert!((0..=u16::MAX).all(|port| !nothing.contains(port)));
        let Ports::Listed(list) = &nothing else { panic!("{nothing:?}") };
        assert_eq!((list.entries().len(), list.numbers().len()), (2, 0));
        let some = Ports::listed(vec![Port::from(1), Port::from(0), Port::from(2), Port::from(1)]);
        assert_eq!([0, 1, 2, 3].map(|port| some.contains(port)), [false, true, true, false]);
        assert_eq!(Ports::listed(some.as_written().to_vec()), some);
    }
}
