//! Worlds of access in Linkerd.

use smi_linkerd::{Linkerd, LinkerdOptions};
use smi_translate::{Backend, HeaderMatching, HttpRequest, Options, PathAnchoring, Traffic};

use super::{Reading, Setup};
use crate::istio_model::Payload;
use crate::linkerd_model::{Arrival, Installation, Pod};
use crate::world::access::{AccessCall, AccessWorld, Caller, PORTS, Workload};

/// The choices under which a world is translated for Linkerd.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkerdChoices {
    /// None.
    Default,
    /// Every loss is allowed.
    Losses,
    /// No caller has a route of its own; every loss is allowed.
    SharedRoutes,
    /// The control plane is in another namespace, and the kubelet probes a path that some callers may ask for.
    Probes,
    /// Paths are compared wholly, headers searched, and all losses allowed.
    Meshes,
}

impl LinkerdChoices {
    /// All of them.
    pub const ALL: [LinkerdChoices; 5] = [
        LinkerdChoices::Default,
        LinkerdChoices::Losses,
        LinkerdChoices::SharedRoutes,
        LinkerdChoices::Probes,
        LinkerdChoices::Meshes,
    ];

    fn control_plane_namespace(self) -> &'static str {
        if self == LinkerdChoices::Probes { "mesh-system" } else { "linkerd" }
    }

    /// The mesh as it is installed for a world.
    #[must_use]
    pub fn installation(self, world: &AccessWorld) -> Installation {
        Installation {
            trust_domain: world.trust_domain.clone(),
            control_plane_namespace: self.control_plane_namespace().to_owned(),
            ..Installation::default()
        }
    }
}

impl Setup for LinkerdChoices {
    fn options(self) -> Options {
        let losses = || smi_linkerd::CODES.iter().map(|doc| doc.code.0.to_owned()).collect();
        let options = Options::default();
        match self {
            LinkerdChoices::Default | LinkerdChoices::Probes => options,
            LinkerdChoices::Losses | LinkerdChoices::SharedRoutes => Options { allow: losses(), ..options },
            LinkerdChoices::Meshes => Options {
                allow: losses(),
                path_anchoring: PathAnchoring::Full,
                header_matching: HeaderMatching::Search,
                ..options
            },
        }
    }

    fn backend(self) -> Box<dyn Backend> {
        let probed = (self == LinkerdChoices::Probes).then(|| "/a".parse().expect("it is a path"));
        Box::new(Linkerd::new(LinkerdOptions {
            control_plane_namespace: self.control_plane_namespace().to_owned(),
            per_identity_routes: self != LinkerdChoices::SharedRoutes,
            probe_paths: probed.into_iter().collect(),
            ..LinkerdOptions::default()
        }))
    }

    fn reading(self) -> Reading {
        Reading { has_alias: false, any_trust_domain: false, whole_namespaces: false, traffic }
    }
}

/// Linkerd looks at the bytes, whatever Services say of a port.
fn traffic(_: &Workload, _: u16, payload: &Payload) -> Option<Traffic> {
    Some(match payload {
        Payload::Udp => Traffic::Udp,
        Payload::Tcp => Traffic::Tcp,
        Payload::Http { method, target, headers } => Traffic::Http(HttpRequest {
            method: method.clone(),
            path: target.clone(),
            headers: headers.clone(),
        }),
    })
}

/// The pod of a workload in Linkerd: with the labels of the injector, and the names of its ports.
#[must_use]
pub fn pod(workload: &Workload) -> Pod {
    let labels: Vec<(&str, &str)> =
        workload.pod.labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let mut pod = Pod::new(&workload.pod.namespace, &workload.pod.name, &workload.account, &labels);
    let (kind, name) = &workload.object;
    if *kind != "Pod" {
        pod = pod.owned_by(&kind.to_lowercase(), name);
    }
    PORTS.into_iter().fold(pod, |pod, port| pod.naming(&format!("p{port}"), port))
}

/// What a call is to the pod that receives it.
#[must_use]
pub fn arrival<'a>(world: &AccessWorld, call: &AccessCall, pod: &'a Pod, mesh: &Installation) -> Arrival<'a> {
    let own = |id: &str| match id.split('/').collect::<Vec<_>>()[..] {
        [domain, "ns", namespace, "sa", name] if domain == mesh.trust_domain => {
            mesh.identity(namespace, name)
        }
        _ => format!("spiffe://{id}"),
    };
    let identity = match &call.caller {
        Caller::Nobody => None,
        caller => caller.id(&world.trust_domain).map(|id| own(&id)),
    };
    Arrival::new(pod, identity.as_deref(), call.port, call.payload.clone())
}
