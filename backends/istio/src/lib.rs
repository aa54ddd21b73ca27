//! Istio as a target of Service Mesh Interface objects.
//!
//! A root Service with its TrafficSplits becomes one VirtualService (`networking.istio.io/v1`), named `smi-<service>`, in the
//! root's namespace. It says, port by port, exactly what [`smi_translate::decide`](fn@smi_translate::decide) says of the same splits; what Istio cannot say is
//! refused with a code that begins with `ISTIO-`.
//!
//! The destination of TrafficTargets becomes one AuthorizationPolicy (`security.istio.io/v1`) per group of workloads that one selector tells
//! from all others, with the rules of all its TrafficTargets. A policy never allows more than SMI does; what it allows less is named by a
//! diagnostic. [`IstioOptions::exact`] enforces by EnvoyFilters what AuthorizationPolicy has no words for.
//!
//! ```
//! use smi_translate::{Options, read::{ReadOptions, Reader}, translate, yaml};
//!
//! let mut reader = Reader::new(ReadOptions::default());
//! reader.add("split.yaml", b"
//! apiVersion: split.smi-spec.io/v1alpha4
//! kind: TrafficSplit
//! metadata: {name: canary, namespace: shop}
//! spec:
//!   service: website
//!   backends: [{service: website-v1, weight: 90}, {service: website-v2, weight: 10}]
//! ");
//! let input = reader.finish(Options::default());
//! let translation = translate(&input.inventory, &smi_istio::Istio::default());
//! let text = yaml::write_documents(&translation.manifests).unwrap();
//! assert!(text.contains("kind: VirtualService"));
//! ```

mod capabilities;
mod claims;
mod codes;
mod interference;
mod protocol;
mod render;
mod resources;

use std::collections::BTreeSet;

use smi_translate::diagnostic::CodeDoc;
use smi_translate::facts::Labels;
use smi_translate::intent::Root;
use smi_translate::inventory::Foreign;
use smi_translate::{AccessIntent, Backend, Capability, Diagnostic, Intent, Options, Rendering};

pub use codes::CODES;

/// Name under which Istio's objects are written.
pub const WRITER: &str = "istio-adapter";

/// A Gateway that splits may bind to, because the operator named it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GatewayRef {
    /// Namespace of the Gateway.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl std::str::FromStr for GatewayRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once('/') {
            Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() && !name.contains('/') => {
                Ok(GatewayRef { namespace: namespace.to_owned(), name: name.to_owned() })
            }
            _ => Err("a gateway is named NAMESPACE/NAME".to_owned()),
        }
    }
}

impl std::fmt::Display for GatewayRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// How the callers that are let in are named.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Identities {
    /// By their whole identity, trust domain included.
    #[default]
    Principals,
    /// By namespace and service account, whatever the trust domain: for meshes whose identities have another layout, and for ambient
    /// meshes with a trust domain of their own, where principals are taken literally. Whoever chooses this vouches that every trust domain
    /// which the mesh accepts is as good as its own, and that nobody has an identity with further parts around the account's
    /// (`…/ns/a/x/sa/b/y`), which Istio takes for the account as well.
    ServiceAccounts,
}

/// Choices of an Istio installation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IstioOptions {
    /// Gateways that a split may bind to. None by default: otherwise whoever may write a TrafficSplit could capture any public
    /// host.
    pub gateways: BTreeSet<GatewayRef>,
    /// Whether a split may route a host outside the cluster for clients inside the mesh too, where its annotation says `mesh`. Not by
    /// default: such a route takes the calls of every namespace to that host, wherever it is.
    pub mesh_hosts: bool,
    /// How callers are named.
    pub identities: Identities,
    /// `trustDomainAliases` of the mesh: trust domains that Istio takes for the mesh's own.
    pub trust_domain_aliases: BTreeSet<String>,
    /// Whether conditions that AuthorizationPolicy cannot say are enforced by EnvoyFilters, exactly. Not by default: EnvoyFilter reaches
    /// into the proxy, and some meshes forbid it.
    pub exact: bool,
    /// Whether the workloads are in ambient mode, where a node proxy guards connections and a waypoint looks at requests.
    pub ambient: bool,
    /// In ambient mode, the name of the waypoint in the namespace of each destination; its service account has the same name. Without one,
    /// nothing looks at requests.
    pub waypoint: Option<String>,
    /// `rootNamespace` of the mesh, whose policies apply to every namespace; `istio-system` unless told otherwise.
    pub root_namespace: Option<String>,
}

impl IstioOptions {
    fn root_namespace(&self) -> &str {
        self.root_namespace.as_deref().unwrap_or("istio-system")
    }
}

/// The Istio backend.
#[derive(Clone, Debug, Default)]
pub struct Istio {
    options: IstioOptions,
}

impl Istio {
    /// A backend with these choices.
    #[must_use]
    pub fn new(options: IstioOptions) -> Self {
        Istio { options }
    }
}

impl Backend for Istio {
    fn name(&self) -> &'static str {
        "istio"
    }

    fn codes(&self) -> &'static [CodeDoc] {
        &CODES
    }

    fn capabilities(&self) -> &'static [Capability] {
        &capabilities::CAPABILITIES
    }

    fn foreign_kinds(&self) -> &'static [(&'static str, &'static str)] {
        &claims::FOREIGN_KINDS
    }

    fn claims(&self, object: &Foreign, options: &Options) -> Vec<Root> {
        claims::claims(object, &options.cluster_domain)
    }

    fn mesh_namespace(&self) -> Option<&str> {
        Some(self.options.root_namespace())
    }

    fn guards_services(&self) -> bool {
        self.options.ambient && self.options.waypoint.is_some()
    }

    fn selected_pods(&self, object: &Foreign) -> Labels {
        interference::selected_pods(object)
    }

    fn interference(&self, object: &Foreign, intent: &AccessIntent) -> Vec<Diagnostic> {
        interference::interference(object, intent, self.options.ambient).into_iter().collect()
    }

    fn render(&self, intent: &Intent) -> Rendering {
        match intent {
            Intent::Routing(routing) => render::routing(intent, routing, &self.options),
            Intent::Access(access) => render::access(intent, access, &self.options),
            Intent::Namespace(namespace) => render::namespace(intent, namespace, &self.options),
        }
    }
}
