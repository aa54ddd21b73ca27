//! Who is let in, as Istio names callers.

use std::collections::BTreeSet;

use smi_translate::OneOrMore;
use smi_translate::backend::{Report, nobody, told_apart};
use smi_translate::diagnostic::Diagnostic;
use smi_translate::intent::{AccessIntent, Account, Grant, Source};
use smi_types::spiffe::SpiffeId;

use crate::resources::authorization::{self, From};
use crate::{Identities, IstioOptions};

/// Entries of `serviceAccounts` that the CRD takes, and the length of each.
const SERVICE_ACCOUNTS: (usize, usize) = (16, 320);

/// Principals that are written into one source: there is no limit, but a rule that is too large can be divided between sources only.
const PRINCIPALS: usize = 256;

/// The trust domain that Istio reads as "the mesh's own, and its aliases", whatever that is.
const LOCAL: &str = "cluster.local";

/// One caller.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Caller {
    /// A SPIFFE ID without its scheme: written with it, it would match nobody.
    Principal(String),
    /// `namespace/name`, in every trust domain that the mesh accepts.
    ServiceAccount(String),
}

/// The callers of a grant, without repetition. Who cannot be named is reported and left out: a source that is dropped grants less.
pub(super) fn of_grant(
    intent: &AccessIntent,
    grant: &Grant,
    options: &IstioOptions,
    report: &mut Report,
) -> BTreeSet<Caller> {
    let mut callers = BTreeSet::new();
    for source in &grant.sources {
        match source {
            Source::Account(account) => callers.extend(of_account(intent, account, options, grant, report)),
            Source::Identity(id) if is_expanded(intent, id, options) => report.say(lent(intent, grant, id)),
            Source::Identity(id) if options.ambient && id.service_account().is_none() => {
                report.say(of_another_layout(grant, id));
            }
            Source::Identity(id) => {
                callers.insert(Caller::Principal(format!("{}{}", id.trust_domain(), id.path())));
            }
            Source::Pods(pods) => {
                for account in told_apart("Istio", "ISTIO-SOURCE-1", grant, pods, report) {
                    callers.extend(of_account(intent, account, options, grant, report));
                }
            }
        }
    }
    callers
}

/// A service account as a caller. What cannot be one is reported.
fn of_account(
    intent: &AccessIntent,
    account: &Account,
    options: &IstioOptions,
    grant: &Grant,
    report: &mut Report,
) -> Option<Caller> {
    let caller = named(intent, account, options);
    if caller.is_none() {
        let message =
            format!("{:?} is no identity of a service account", account.principal(&intent.trust_domain));
        let help = "write names of service accounts, and the trust domain of the mesh";
        report.say(nobody("ISTIO-SOURCE-2", grant, message, help));
    }
    caller
}

/// A service account as Istio names it. Nobody runs under a name that Kubernetes does not take, and a star in it would be a wildcard to
/// Istio (SMI-ACCESS-9).
pub(super) fn named(intent: &AccessIntent, account: &Account, options: &IstioOptions) -> Option<Caller> {
    let is_plain = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte))
    };
    if ![&account.namespace, &account.name, &intent.trust_domain].into_iter().all(|text| is_plain(text)) {
        return None;
    }
    let service_account = account.to_string();
    Some(match options.identities {
        Identities::ServiceAccounts if service_account.len() <= SERVICE_ACCOUNTS.1 => {
            Caller::ServiceAccount(service_account)
        }
        Identities::ServiceAccounts | Identities::Principals => {
            Caller::Principal(account.principal(&intent.trust_domain))
        }
    })
}

/// Whether Istio would read a foreign identity as one of the mesh's own. It replaces the trust domain of a principal by the mesh's own and
/// all its aliases where it is `cluster.local`, the mesh's own or an alias; so would a binding lend what is not its own (SMI-ID-4).
fn is_expanded(intent: &AccessIntent, id: &SpiffeId, options: &IstioOptions) -> bool {
    let domain = id.trust_domain();
    let is_alias = |alias: &String| match alias.as_str() {
        "*" => true,
        alias => match (alias.strip_suffix('*'), alias.strip_prefix('*')) {
            (Some(start), _) => domain.starts_with(start),
            (_, Some(end)) => domain.ends_with(end),
            (None, None) => domain == alias,
        },
    };
    domain != intent.trust_domain && (domain == LOCAL || options.trust_domain_aliases.iter().any(is_alias))
}

fn lent(intent: &AccessIntent, grant: &Grant, id: &SpiffeId) -> Diagnostic {
    let message = format!(
        "Istio takes the trust domain of {id} for the mesh's own, {}, so that the identity would also be that of a local workload",
        intent.trust_domain
    );
    let help = "name a service account of the mesh as such; an identity of another mesh needs a trust domain of its own";
    nobody("ISTIO-SOURCE-2", grant, message, help)
}

/// Node proxies of ambient mode read identities of service accounts only, in whatever trust domain.
fn of_another_layout(grant: &Grant, id: &SpiffeId) -> Diagnostic {
    let message = format!(
        "in ambient mode no node proxy knows {id}, which is not of the form spiffe://DOMAIN/ns/NAMESPACE/sa/NAME"
    );
    nobody("ISTIO-SOURCE-3", grant, message, "give the caller an identity of that form")
}

/// The entries of `from`. Principals and service accounts never share a source, where they would have to hold both.
pub(super) fn written(callers: &BTreeSet<Caller>) -> Vec<From> {
    let (mut principals, mut accounts) = (Vec::new(), Vec::new());
    for caller in callers {
        match caller {
            Caller::Principal(text) => principals.push(text.clone()),
            Caller::ServiceAccount(text) => accounts.push(text.clone()),
        }
    }
    let sources = |texts: &[String], size: usize, form: fn(OneOrMore<String>) -> authorization::Source| {
        let chunks = texts.chunks(size).filter_map(|chunk| OneOrMore::new(chunk.to_vec()));
        chunks.map(|chunk| From { source: form(chunk) }).collect::<Vec<_>>()
    };
    let mut from = sources(&principals, PRINCIPALS, authorization::Source::Principals);
    from.extend(sources(&accounts, SERVICE_ACCOUNTS.0, authorization::Source::ServiceAccounts));
    from
}
