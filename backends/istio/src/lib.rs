//! Istio as a target of Service Mesh Interface objects.
//!
//! A root Service with its TrafficSplits becomes one VirtualService (`networking.istio.io/v1`), named `smi-<service>`, in the
//! root's namespace. It says, port by port, exactly what [`smi_translate::decide`](fn@smi_translate::decide) says of the same splits; what Istio cannot say is
//! refused with a code that begins with `ISTIO-`.
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
mod protocol;
mod render;
mod resources;

use std::collections::BTreeSet;

use smi_translate::intent::Root;
use smi_translate::inventory::Foreign;
use smi_translate::{Backend, Capability, Intent, Options, Rendering};

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

/// Choices of an Istio installation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IstioOptions {
    /// Gateways that a split may bind to. None by default: otherwise whoever may write a TrafficSplit could capture any public
    /// host.
    pub gateways: BTreeSet<GatewayRef>,
    /// Whether a split may route a host outside the cluster for clients inside the mesh too, where its annotation says `mesh`. Not by
    /// default: such a route takes the calls of every namespace to that host, wherever it is.
    pub mesh_hosts: bool,
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

    fn capabilities(&self) -> &'static [Capability] {
        &capabilities::CAPABILITIES
    }

    fn foreign_kinds(&self) -> &'static [(&'static str, &'static str)] {
        &claims::FOREIGN_KINDS
    }

    fn claims(&self, object: &Foreign, options: &Options) -> Vec<Root> {
        claims::claims(object, &options.cluster_domain)
    }

    fn render(&self, intent: &Intent) -> Rendering {
        match intent {
            Intent::Routing(routing) => render::routing(intent, routing, &self.options),
        }
    }
}
