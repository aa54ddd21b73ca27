//! Who may send what to the workloads of one service account.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::num::NonZeroU16;
use std::sync::Arc;

use smi_types::access::rules_path;
use smi_types::spiffe::SpiffeId;
use smi_types::{FieldPath, Version, hub};

use super::{HttpMatch, UnitKey};
use crate::diagnostic::Code;
use crate::facts::{Labels, Service, Workload};
use crate::one_or_more::OneOrMore;
use crate::reference::{ObjectRef, ServiceRef};

/// Namespace and name of a service account, which is the identity of its workloads (SMI-ACCESS-6).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account {
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
}

impl Account {
    /// Names a service account.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Account { namespace: namespace.into(), name: name.into() }
    }

    /// Its identity in a trust domain, without the scheme: `cluster.local/ns/shop/sa/web`.
    #[must_use]
    pub fn principal(&self, trust_domain: &str) -> String {
        format!("{trust_domain}/ns/{}/sa/{}", self.namespace, self.name)
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// Who may send what to the workloads of one service account: everything that all TrafficTargets grant them, and nothing else
/// (SMI-ACCESS-1).
///
/// An intent without grants denies everything; that is what becomes of a destination whose TrafficTargets are all broken.
#[derive(Clone, Debug)]
pub struct AccessIntent {
    /// Trust domain of the mesh.
    pub trust_domain: String,
    /// The service account of the protected workloads.
    pub destination: Account,
    /// Whether the input is the whole cluster: a workload that is not known does not exist.
    pub complete: bool,
    /// The protected workloads that are known, in groups that one selector tells from all other workloads of the namespace.
    pub selections: Vec<Selection>,
    /// Workloads that no selector tells from others.
    pub inseparable: Vec<Inseparable>,
    /// Workloads of the service account that are nobody's destination: a TrafficTarget protects others of it, through an
    /// IdentityBinding. They stay as open as they are.
    pub unprotected: Vec<Arc<Workload>>,
    /// Where no workload of the service account is known and the input is a part of the cluster, some others of its namespace: a name may
    /// be misspelt.
    pub others: Vec<Arc<Workload>>,
    /// Annotations of the destination's namespace, which meshes pass on to its pods; `None` where the Namespace is not known.
    pub namespace_annotations: Option<Labels>,
    /// Labels of the destination's namespace, by which meshes choose their pods; none where the Namespace is not known.
    pub namespace_labels: Labels,
    /// Services that select some of the workloads, by name: they say which protocol the ports speak.
    pub services: Vec<Arc<Service>>,
    /// Definitions of Services that select some of the workloads, where a Service has several and nobody knows which holds: every port to
    /// which one of them leads may be one of the workloads'.
    pub disputed: Vec<Arc<Service>>,
    /// A workload of the namespace that could not be read, if there is any: it may be one of the service account.
    pub unreadable: Option<ObjectRef>,
    /// What else may lead to the workloads, besides those Services; `None` where the mesh does not
    /// [ask](crate::Backend::guards_services).
    pub detours: Option<Detours>,
    /// What is granted, in the order of the TrafficTargets' names. One TrafficTarget has at most two: TCP or HTTP, and UDP.
    pub grants: Vec<Grant>,
    /// The TrafficTargets whose destination this is, those that grant nothing included. Empty where nobody asked for this unit.
    pub targets: Vec<ObjectRef>,
    /// The versions that these are written in, one for each.
    pub versions: Vec<Version>,
    /// The objects this comes from, sorted.
    pub sources: Vec<ObjectRef>,
    /// Codes of losses that the user accepts for all objects.
    pub allow: Arc<BTreeSet<String>>,
}

/// Ways to the workloads of a destination beside the Services that select them as they are written. Only a mesh that guards Services
/// besides workloads needs to know them.
#[derive(Clone, Debug, Default)]
pub struct Detours {
    /// Services that select no workload that is known, and may select some of these once their pods have further labels; by name.
    pub late_services: Vec<Arc<Service>>,
    /// TrafficSplits that lead from another Service of the namespace to one of those Services, or of the late ones.
    pub splits: Vec<SplitDetour>,
    /// Whether a Service of the namespace is there and could not be read: nobody knows what it selects.
    pub unreadable_service: bool,
}

/// A TrafficSplit that leads to the workloads of a destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitDetour {
    /// The TrafficSplit.
    pub split: ObjectRef,
    /// Its root, a Service of the same namespace.
    pub root: ServiceRef,
    /// The backend that leads to the workloads.
    pub backend: ServiceRef,
}

/// Workloads of the destination's service account that one selector selects, and nothing else.
#[derive(Clone, Debug)]
pub struct Selection {
    /// What the pods of these workloads have, and no pod of another service account in the namespace: proved for every workload that is
    /// known. Never empty, because an empty selector selects the whole namespace.
    pub labels: Labels,
    /// The workloads, by name. None only where the selector is a label that says the service account
    /// ([`Options::service_account_label`](crate::Options::service_account_label)), which may be there before any workload is.
    pub workloads: Vec<Arc<Workload>>,
    /// Indices of the grants that reach all of these workloads.
    pub grants: Vec<usize>,
    /// The TCP ports that the TrafficTargets of these workloads name, in TCPRoutes or with their destination, whether or not something is
    /// granted there. A mesh that guards ports one by one guards these too: a mistake beside a port does not open it. What a TrafficTarget
    /// or a TCPRoute names that cannot be read itself is not among them.
    pub named_ports: BTreeSet<NonZeroU16>,
}

/// A workload of the destination's service account that no selector tells from another one. Nothing can be granted to it.
#[derive(Clone, Debug)]
pub struct Inseparable {
    /// The workload.
    pub workload: Arc<Workload>,
    /// All labels of its pods, the closest selector there is; `None` where they have none.
    pub labels: Option<Labels>,
    /// Why that selector does not do.
    pub because: Mingled,
    /// As [`Selection::named_ports`].
    pub named_ports: BTreeSet<NonZeroU16>,
}

/// Why a selector must not be used to grant anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mingled {
    /// It also selects this workload, which has another service account.
    OtherAccount(ObjectRef),
    /// It may also select this workload, which could not be read.
    Unreadable(ObjectRef),
    /// The pods have no labels.
    NoLabels,
}

/// What one TrafficTarget grants: all three of sources, ports and traffic must fit (SMI-ACCESS-3).
#[derive(Clone, Debug)]
pub struct Grant {
    /// The TrafficTarget.
    pub target: ObjectRef,
    /// The TrafficTarget as it was read.
    pub object: Arc<hub::TrafficTarget>,
    /// Which workloads of the service account it is for.
    pub reach: Reach,
    /// Who may send.
    pub sources: OneOrMore<Source>,
    /// To which ports of the workload (SMI-ACCESS-23).
    pub ports: PortSet,
    /// What.
    pub traffic: Granted,
}

/// Which workloads of the service account a grant is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// All of them.
    All,
    /// Those that an IdentityBinding selects by their labels.
    Pods {
        /// The IdentityBinding.
        binding: ObjectRef,
        /// The labels it asks for; never empty.
        labels: Labels,
    },
}

impl Reach {
    /// Whether pods with these labels are reached.
    #[must_use]
    pub fn covers(&self, labels: &Labels) -> bool {
        match self {
            Reach::All => true,
            Reach::Pods { labels: asked, .. } => crate::facts::selects(asked, labels),
        }
    }
}

/// Who may send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Every workload of a service account.
    Account(Account),
    /// Whoever has this identity. Identities of service accounts of the mesh's own trust domain are [`Account`](Source::Account)s.
    Identity(SpiffeId),
    /// The pods that an IdentityBinding selects by their labels.
    Pods(PodSource),
}

/// Pods as a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PodSource {
    /// The IdentityBinding; its namespace is that of the pods (SMI-ID-2).
    pub binding: ObjectRef,
    /// The labels it asks for; never empty.
    pub labels: Labels,
    /// The service accounts of the pods that are known and selected, each with a workload of the same service account that is not
    /// selected, if there is one: a mesh that knows callers by their service account alone cannot tell the two apart (SMI-ID-6).
    pub accounts: BTreeMap<Account, Option<ObjectRef>>,
}

/// The ports of a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortSet {
    /// Every port.
    All,
    /// These; sorted, without repetition.
    Only(OneOrMore<NonZeroU16>),
}

impl PortSet {
    /// Whether a port is among them.
    #[must_use]
    pub fn contains(&self, port: u16) -> bool {
        match self {
            PortSet::All => true,
            PortSet::Only(ports) => ports.iter().any(|own| own.get() == port),
        }
    }

    /// The numbers; `None` for every port.
    #[must_use]
    pub fn numbers(&self) -> Option<Vec<u16>> {
        match self {
            PortSet::All => None,
            PortSet::Only(ports) => Some(ports.iter().map(|port| port.get()).collect()),
        }
    }
}

/// The traffic of a grant (SMI-ACCESS-20).
#[derive(Clone, Debug)]
pub enum Granted {
    /// HTTP requests that satisfy at least one of these matches, and no other TCP traffic.
    Http(OneOrMore<Arc<HttpMatch>>),
    /// TCP connections, whatever runs over them: HTTP too (SMI-ACCESS-20.2).
    Tcp,
    /// UDP.
    Udp,
}

impl Granted {
    /// `http`, `tcp` or `udp`.
    #[must_use]
    pub const fn protocol(&self) -> &'static str {
        match self {
            Granted::Http(_) => "http",
            Granted::Tcp => "tcp",
            Granted::Udp => "udp",
        }
    }

    /// The number of its alternatives: matches, or one.
    #[must_use]
    pub fn alternatives(&self) -> usize {
        match self {
            Granted::Http(matches) => matches.len(),
            Granted::Tcp | Granted::Udp => 1,
        }
    }
}

impl Grant {
    /// Whether it is about TCP, and so about what meshes carry.
    #[must_use]
    pub const fn is_tcp(&self) -> bool {
        !matches!(self.traffic, Granted::Udp)
    }

    /// Where the TrafficTarget names the group of a match.
    #[must_use]
    pub fn rule_path(&self, of: &HttpMatch) -> FieldPath {
        let rules = rules_path(self.object.version);
        let mut all = self.object.rules.iter();
        match all.position(|rule| rule.kind == of.group.kind && rule.name == of.group.name) {
            Some(index) => rules.index(index),
            None => rules,
        }
    }

    /// Whether a loss about this grant is accepted, by the user or by an annotation of the TrafficTarget.
    #[must_use]
    pub fn allows(&self, code: Code) -> bool {
        super::annotation_allows(&self.object.metadata, code)
    }
}

impl AccessIntent {
    /// The unit this is the intent of.
    #[must_use]
    pub fn key(&self) -> UnitKey {
        UnitKey::Access {
            namespace: self.destination.namespace.clone(),
            service_account: self.destination.name.clone(),
        }
    }

    /// The workloads of the service account that are known.
    pub fn workloads(&self) -> impl Iterator<Item = &Arc<Workload>> {
        let separate = self.selections.iter().flat_map(|selection| &selection.workloads);
        let inseparable = self.inseparable.iter().map(|inseparable| &inseparable.workload);
        separate.chain(inseparable).chain(&self.unprotected)
    }

    /// Whether a loss about a grant is accepted, by the user or by an annotation of the TrafficTarget.
    #[must_use]
    pub fn allows(&self, grant: &Grant, code: Code) -> bool {
        self.allow.contains(code.0) || grant.allows(code)
    }
}

/// Deny-by-default of a whole namespace, which its label asks for.
#[derive(Clone, Debug)]
pub struct NamespaceIntent {
    /// The namespace.
    pub namespace: String,
    /// The Namespace object; nothing where it does not ask for it.
    pub sources: Vec<ObjectRef>,
    /// Workloads of the namespace that look like gateways: they deny what comes from outside as well.
    pub gateways: Vec<ObjectRef>,
}
