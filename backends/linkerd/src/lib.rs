//! The Linkerd backend: renders intents into the objects of Linkerd 2.16 and later.
//!
//! A root Service becomes one ServiceProfile (`linkerd.io/v1alpha2`), or one route per port where splits have conditions or backends
//! lack ports. Nothing is rendered where no split has an effect, and never both kinds for one root: proxies follow only one of them.
//!
//! A destination of TrafficTargets becomes a Server for every known port of its workloads, which denies; routes, policies and authentications
//! let in whom the targets name. Nothing is let in that SMI does not grant; what is let in less is named by a diagnostic.
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
//! let translation = translate(&input.inventory, &smi_linkerd::Linkerd::default());
//! let text = yaml::write_documents(&translation.manifests).unwrap();
//! assert!(text.contains("kind: ServiceProfile"));
//! assert!(text.contains("name: website.shop.svc.cluster.local"));
//! ```

pub mod admission;
mod capabilities;
mod claims;
mod clause;
mod codes;
mod expression;
mod interference;
mod options;
mod protocol;
mod render;
mod resources;
mod workload;

use smi_translate::diagnostic::CodeDoc;
use smi_translate::facts::{Labels, Workload};
use smi_translate::intent::{Root, RoutingIntent};
use smi_translate::inventory::Foreign;
use smi_translate::{AccessIntent, Backend, Capability, Claim, Diagnostic, Intent, Options, Rendering};

pub use codes::CODES;
pub use options::{Cidr, LinkerdOptions, ProbePath, RouteGroup, RoutingForm};

/// Name under which Linkerd's objects are written.
pub const WRITER: &str = "linkerd-adapter";

/// Annotation of a Server that is to let everybody in until Linkerd follows its routes: the `accessPolicy` it is created with. Whoever writes
/// the objects creates the Server so, waits until its routes are accepted, and then writes what is rendered.
pub const UNTIL_ACCEPTED_ANNOTATION: &str = "adapters.smi-spec.io/until-accepted";

/// The Linkerd backend.
#[derive(Clone, Debug, Default)]
pub struct Linkerd {
    options: LinkerdOptions,
}

impl Linkerd {
    /// A backend with these choices.
    #[must_use]
    pub fn new(options: LinkerdOptions) -> Self {
        Linkerd { options }
    }
}

impl Backend for Linkerd {
    fn name(&self) -> &'static str {
        "linkerd"
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

    fn claim(&self, object: &Foreign, intent: &RoutingIntent) -> Claim {
        claims::claim(object, intent, &self.options)
    }

    fn workload_label(&self, workload: &Workload) -> Option<(String, String)> {
        workload::label(workload)
    }

    fn selected_pods(&self, object: &Foreign) -> Labels {
        interference::selected_pods(object)
    }

    fn interference(&self, object: &Foreign, intent: &AccessIntent) -> Vec<Diagnostic> {
        interference::interference(object, intent).into_iter().collect()
    }

    fn how_to_deny_by_default(&self) -> String {
        "annotate their pods or namespaces with `config.linkerd.io/default-inbound-policy: deny`, and restart the pods".to_owned()
    }

    fn render(&self, intent: &Intent) -> Rendering {
        match intent {
            Intent::Routing(routing) => render::routing(intent, routing, &self.options),
            Intent::Access(access) => render::access(intent, access, &self.options),
            Intent::Namespace(namespace) => render::namespace(namespace),
        }
    }
}
