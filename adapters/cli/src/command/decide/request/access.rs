//! Questions whether a request is allowed.

use std::collections::BTreeMap;
use std::fmt;

use smi_translate::{AccessRequest, Account, Identity, Peer, Traffic};
use smi_types::spiffe::SpiffeId;

use crate::arguments::names;

/// Labels of a pod.
pub(super) type Labels = BTreeMap<String, String>;

/// A request, and the service account whose workload receives it.
#[derive(Debug)]
pub(crate) struct AccessQuestion {
    /// Who sends, as it was named; `None` is a caller that the mesh did not authenticate.
    pub(crate) from: Option<Caller>,
    /// The service account of the workload that receives.
    pub(crate) to: Account,
    /// The request.
    pub(crate) request: AccessRequest,
}

/// Who sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// A service account of the mesh.
    Account(Account),
    /// Whoever has this identity.
    Identity(SpiffeId),
}

impl Caller {
    /// Reads `NAMESPACE/NAME`, or a SPIFFE ID.
    pub(super) fn parse(text: &str) -> Result<Caller, String> {
        if text.contains("://") {
            return SpiffeId::parse(text).map(Caller::Identity).map_err(|error| error.to_string());
        }
        names::account(text).map(Caller::Account).map_err(|_| {
            format!("{text:?} is no caller; write NAMESPACE/NAME of a service account, or spiffe://TRUST-DOMAIN/PATH")
        })
    }

    fn identity(&self, trust_domain: &str) -> Identity {
        match self {
            Caller::Account(account) => Identity::Account(account.clone()),
            Caller::Identity(id) => Identity::of(id.clone(), trust_domain),
        }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Caller::Account(account) => account.fmt(f),
            Caller::Identity(id) => id.fmt(f),
        }
    }
}

/// What was said of the two ends of a request.
pub(super) struct Ends {
    pub(super) from: Option<Caller>,
    pub(super) from_labels: Option<Labels>,
    pub(super) to: Account,
    pub(super) to_labels: Option<Labels>,
}

pub(super) fn question(
    ends: Ends,
    trust_domain: &str,
    port: u16,
    traffic: Traffic,
) -> Result<AccessQuestion, String> {
    let Ends { from, from_labels, to, to_labels } = ends;
    if from.is_none() && from_labels.is_some() {
        return Err("labels of the caller say nothing without its identity".to_owned());
    }
    let source =
        from.as_ref().map(|caller| Peer { identity: caller.identity(trust_domain), labels: from_labels });
    let request = AccessRequest { source, destination: to_labels, port, traffic };
    Ok(AccessQuestion { from, to, request })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_are_accounts_or_identities() {
        let identity = |text: &str| Caller::parse(text).unwrap().identity("cluster.local");
        let web = Identity::Account(Account::new("shop", "web"));
        assert_eq!(identity("shop/web"), web);
        assert_eq!(identity("spiffe://cluster.local/ns/shop/sa/web"), web);
        let foreign = "spiffe://elsewhere/ns/shop/sa/web";
        assert_eq!(identity(foreign), Identity::Spiffe(SpiffeId::parse(foreign).unwrap()));
        for text in ["web", "", "shop/web/x", "spiffe://", "spiffe://Shop/x", "https://shop/x"] {
            assert!(Caller::parse(text).is_err(), "{text:?}");
        }
    }
}
