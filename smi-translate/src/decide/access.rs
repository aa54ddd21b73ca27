//! Whether a request to a workload is allowed (section 5.2 of the reference).

use smi_types::spiffe::SpiffeId;

use super::{Meaning, Traffic};
use crate::facts::Labels;
use crate::intent::{AccessIntent, Account, Grant, Granted, PodSource, Reach, Source};
use crate::reference::ObjectRef;

/// A request or connection, as the workload that receives it sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRequest {
    /// Who sends; `None` is a peer that the mesh did not authenticate.
    pub source: Option<Peer>,
    /// Labels of the pod that receives. `None` asks about every pod of the service account: allowed is what each of the workloads that
    /// are known allows.
    pub destination: Option<Labels>,
    /// The port the workload listens on (SMI-ACCESS-23).
    pub port: u16,
    /// What is sent.
    pub traffic: Traffic,
}

/// An authenticated sender (SMI-ACCESS-5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Who it is.
    pub identity: Identity,
    /// Labels of the pod that sends. `None` where they are not known, as in every mesh that authenticates service accounts.
    pub labels: Option<Labels>,
}

/// What the mesh authenticated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A service account of the mesh's own trust domain.
    Account(Account),
    /// Another SPIFFE identity: of another trust domain, or of another form.
    Spiffe(SpiffeId),
}

impl Identity {
    /// Reads a SPIFFE ID; in the mesh's own trust domain it may be that of a service account.
    #[must_use]
    pub fn of(id: SpiffeId, trust_domain: &str) -> Identity {
        match id.service_account() {
            Some((namespace, name)) if id.trust_domain() == trust_domain => {
                Identity::Account(Account::new(namespace, name))
            }
            _ => Identity::Spiffe(id),
        }
    }
}

/// Whether a request is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is.
    pub allowed: bool,
    /// The TrafficTarget that allows it; of several, the first by name.
    pub by: Option<ObjectRef>,
    /// The rule of the reference that decided.
    pub rule: &'static str,
}

/// The decision for the whole mesh: what no TrafficTarget allows is denied (SMI-ACCESS-1), whatever scope an installation chooses
/// (SMI-ACCESS-26).
impl Meaning for AccessIntent {
    type Request = AccessRequest;
    type Decision = Verdict;

    fn decide(&self, request: &AccessRequest) -> Verdict {
        let granting = self.grants.iter().find(|grant| self.reaches(grant, request) && grant.admits(request));
        match granting {
            Some(grant) => Verdict { allowed: true, by: Some(grant.target.clone()), rule: "SMI-ACCESS-3" },
            None => Verdict { allowed: false, by: None, rule: self.reason(request) },
        }
    }
}

impl AccessIntent {
    /// Whether a grant is for the pod that receives.
    fn reaches(&self, grant: &Grant, request: &AccessRequest) -> bool {
        match (&request.destination, &grant.reach) {
            (_, Reach::All) => true,
            (Some(labels), reach) => reach.covers(labels),
            (None, reach) => {
                let mut known = self.workloads().peekable();
                known.peek().is_some() && known.all(|workload| reach.covers(&workload.labels))
            }
        }
    }

    /// Why nothing allows a request: nobody grants this source anything, or the ports, or what is sent, are others.
    fn reason(&self, request: &AccessRequest) -> &'static str {
        let reaching = || self.grants.iter().filter(|grant| self.reaches(grant, request));
        let from = || reaching().filter(|grant| grant.is_from(request.source.as_ref()));
        let qualified = || from().filter(|grant| grant.ports.contains(request.port));
        if reaching().next().is_none() {
            "SMI-ACCESS-1"
        } else if request.source.is_none() {
            "SMI-ACCESS-5"
        } else if from().next().is_none() {
            "SMI-ACCESS-1"
        } else if qualified().next().is_none() || !matches!(request.traffic, Traffic::Http(_)) {
            "SMI-ACCESS-20"
        } else {
            "SMI-ACCESS-3"
        }
    }
}

impl Grant {
    fn admits(&self, request: &AccessRequest) -> bool {
        self.is_from(request.source.as_ref())
            && self.ports.contains(request.port)
            && self.traffic.covers(&request.traffic)
    }

    fn is_from(&self, peer: Option<&Peer>) -> bool {
        peer.is_some_and(|peer| self.sources.iter().any(|source| source.is(peer)))
    }
}

impl Granted {
    /// Whether this traffic is granted (SMI-ACCESS-20).
    fn covers(&self, traffic: &Traffic) -> bool {
        match (self, traffic) {
            (Granted::Http(matches), Traffic::Http(request)) => matches.iter().any(|m| m.accepts(request)),
            (Granted::Tcp, Traffic::Http(_) | Traffic::Tcp) | (Granted::Udp, Traffic::Udp) => true,
            (Granted::Http(_), Traffic::Tcp | Traffic::Udp)
            | (Granted::Tcp, Traffic::Udp)
            | (Granted::Udp, Traffic::Http(_) | Traffic::Tcp) => false,
        }
    }
}

impl Source {
    /// Whether a peer is meant.
    #[must_use]
    pub fn is(&self, peer: &Peer) -> bool {
        match (self, &peer.identity) {
            (Source::Account(account), Identity::Account(own)) => account == own,
            (Source::Identity(id), Identity::Spiffe(own)) => id == own,
            (Source::Pods(pods), Identity::Account(own)) => pods.has(own, peer.labels.as_ref()),
            (Source::Account(_) | Source::Pods(_), Identity::Spiffe(_))
            | (Source::Identity(_), Identity::Account(_)) => false,
        }
    }
}

impl PodSource {
    /// Whether a pod of this service account is selected: by its labels, or, where they are not known, because every pod of the
    /// service account is.
    fn has(&self, account: &Account, labels: Option<&Labels>) -> bool {
        account.namespace == self.binding.namespace
            && match labels {
                Some(labels) => crate::facts::selects(&self.labels, labels),
                None => self.accounts.get(account).is_some_and(Option::is_none),
            }
    }
}
