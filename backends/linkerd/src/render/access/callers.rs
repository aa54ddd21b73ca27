//! Who is let in, as Linkerd names callers.

use std::collections::BTreeSet;

use smi_translate::OneOrMore;
use smi_translate::backend::{Report, nobody, told_apart};
use smi_translate::intent::{Account, Grant, Source};

use crate::admission::{is_label, is_subdomain};
use crate::resources::authorization::{IdentityRef, MeshTlsAuthenticationSpec};

/// Callers that one authentication names: an API server takes about 1.5 MB.
const PER_AUTHENTICATION: usize = 1_000;

/// One caller.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Caller {
    /// A service account of the mesh.
    Account(Account),
    /// A SPIFFE ID of another trust domain, or of another form.
    Spiffe(String),
}

impl Caller {
    /// What tells it from others, in names of objects.
    pub(super) fn key(&self) -> String {
        match self {
            Caller::Account(account) => account.to_string(),
            Caller::Spiffe(id) => id.clone(),
        }
    }
}

/// The callers of a grant. Who cannot be named is reported and left out: a source that is dropped grants less.
pub(super) fn of_grant(grant: &Grant, report: &mut Report) -> BTreeSet<Caller> {
    let mut callers = BTreeSet::new();
    for source in &grant.sources {
        match source {
            Source::Account(account) => callers.extend(of_account(account, grant, report)),
            Source::Identity(id) => {
                callers.insert(Caller::Spiffe(id.to_string()));
            }
            Source::Pods(pods) => {
                for account in told_apart("Linkerd", "LINKERD-SOURCE-1", grant, pods, report) {
                    callers.extend(of_account(account, grant, report));
                }
            }
        }
    }
    callers
}

/// A service account as a caller. Linkerd stores references to impossible names, and would read a star in one as a wildcard
/// (SMI-ACCESS-9).
fn of_account(account: &Account, grant: &Grant, report: &mut Report) -> Option<Caller> {
    if is_label(&account.namespace) && is_subdomain(&account.name) {
        return Some(Caller::Account(account.clone()));
    }
    let message = format!("{:?} is no service account that there can be", account.to_string());
    report.say(nobody("LINKERD-SOURCE-2", grant, message, "write the name of a service account"));
    None
}

/// The authentications that recognise some callers: one of them is required. Service accounts and identities never share one.
pub(super) fn authentications(callers: &BTreeSet<Caller>) -> Vec<MeshTlsAuthenticationSpec> {
    let (mut accounts, mut identities) = (Vec::new(), Vec::new());
    for caller in callers {
        match caller {
            Caller::Account(account) => {
                accounts.push(IdentityRef::service_account(&account.namespace, &account.name));
            }
            Caller::Spiffe(id) => identities.push(id.clone()),
        }
    }
    let accounts = accounts.chunks(PER_AUTHENTICATION).filter_map(|chunk| OneOrMore::new(chunk.to_vec()));
    let identities = identities.chunks(PER_AUTHENTICATION).filter_map(|chunk| OneOrMore::new(chunk.to_vec()));
    accounts
        .map(MeshTlsAuthenticationSpec::IdentityRefs)
        .chain(identities.map(MeshTlsAuthenticationSpec::Identities))
        .collect()
}
