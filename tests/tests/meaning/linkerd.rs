//! Linkerd: ServiceProfiles, HTTPRoutes of both groups and TCPRoutes.

#[path = "linkerd/broken.rs"]
mod broken;

use smi_linkerd::{Linkerd, LinkerdOptions, RouteGroup, RoutingForm};
use smi_tests::istio_model;
use smi_tests::linkerd_model::{
    Ages, Call, Installation, Mesh, Outcome, Payload, Precedence, Service, Target,
};
use smi_tests::project::Translated;
use smi_tests::search::number;
use smi_tests::world::World;
use smi_translate::{Backend, HttpRequest, Options, Traffic};

use super::{
    CALLS, Compare, Compared, Routing, is_independent_of_order_and_spelling, means_what_smi_says, richness,
};

/// How Linkerd is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Setup {
    /// As it is by default.
    Default,
    /// Routes of the Gateway API wherever the protocol of a port is found out, which leaves other connections unsplit.
    GatewayRoutes,
    /// The same with routes of Linkerd's own.
    PolicyRoutes,
    /// Nothing but profiles.
    Profiles,
}

impl Routing for Setup {
    fn options(self) -> Options {
        let allowed: &[&str] = match self {
            Setup::Default | Setup::Profiles => &[],
            Setup::GatewayRoutes | Setup::PolicyRoutes => &["LINKERD-PORT-4"],
        };
        Options { allow: allowed.iter().map(|code| (*code).to_owned()).collect(), ..Options::default() }
    }

    fn backend(self) -> Box<dyn Backend> {
        let routing = match self {
            Setup::Default => RoutingForm::Auto,
            Setup::GatewayRoutes | Setup::PolicyRoutes => RoutingForm::HttpRoute,
            Setup::Profiles => RoutingForm::ServiceProfile,
        };
        let outbound_routes = match self {
            Setup::PolicyRoutes => RouteGroup::Policy,
            _ => RouteGroup::Gateway,
        };
        Box::new(Linkerd::new(LinkerdOptions { routing, outbound_routes, ..LinkerdOptions::default() }))
    }

    fn model<'a>(self, world: &'a World, translated: &'a Translated) -> Result<Compare<'a>, String> {
        let mesh = Mesh::new(&translated.objects, &world.cluster, &Installation::default())
            .map_err(|all| all[0].to_string())?;
        let of_ages = |ages| {
            let mesh = mesh.clone().with_ages(ages);
            Precedence::ALL.map(|precedence| mesh.clone().with_precedence(precedence))
        };
        let meshes: Vec<Mesh> = Ages::ALL.into_iter().flat_map(of_ages).collect();
        Ok(Box::new(move |call| {
            let root = world.service(&call.namespace, &call.service)?;
            let traffic = traffic(root, call)?;
            let meaning = translated.meaning_as(world, call, traffic)?;
            let mut otherwise = None;
            for mesh in &meshes {
                let routed = mesh.route(call);
                if matches!(routed, Outcome::Unknown(_)) {
                    return None;
                }
                let is_unsplit = is_found_out(root, call) && is_said_to_be_unsplit(translated);
                let is_root = routed == Outcome::all(&call.namespace, &call.service, call.port);
                if routed != expected(&meaning) && !(is_unsplit && is_root) {
                    otherwise = Some(routed.to_string());
                }
            }
            Some(Compared { meaning, otherwise })
        }))
    }
}

/// What the mesh takes a call for. `None` where nothing is to be compared: a port that the Service lacks, or has for UDP only, leads
/// nowhere; and values of headers that are not visible ASCII match nothing in Linkerd (LINKERD-HEADER-2).
fn traffic(root: &Service, call: &Call) -> Option<Traffic> {
    let port = root.tcp_port(call.port)?;
    let is_opaque = match port.app_protocol.as_deref() {
        Some(protocol) => !["http", "kubernetes.io/h2c"].contains(&protocol),
        None => [25, 587, 3306, 4444, 5432, 6379, 9300, 11211].contains(&port.number),
    };
    match &call.payload {
        Payload::Udp => Some(Traffic::Udp),
        Payload::Tcp => Some(Traffic::Tcp),
        Payload::Http { .. } if is_opaque => Some(Traffic::Tcp),
        Payload::Http { method, target, headers } => {
            let is_visible = |value: &str| value.bytes().all(|b| (b' '..=b'~').contains(&b));
            let request =
                HttpRequest { method: method.clone(), path: target.clone(), headers: headers.clone() };
            headers.iter().all(|(_, value)| is_visible(value)).then_some(Traffic::Http(request))
        }
    }
}

/// Whether a connection is one of bytes of which the proxy finds out that they are not HTTP.
fn is_found_out(root: &Service, call: &Call) -> bool {
    let declared = root.tcp_port(call.port).and_then(|port| port.app_protocol.as_ref());
    call.payload == Payload::Tcp && declared.is_none()
}

/// Whether some diagnostic says that such connections are not split.
fn is_said_to_be_unsplit(translated: &Translated) -> bool {
    let codes = ["LINKERD-PORT-4", "LINKERD-PORT-7"];
    translated.diagnostics.iter().any(|diagnostic| codes.contains(&diagnostic.code.0))
}

/// What SMI says, in terms of the model.
fn expected(meaning: &istio_model::Outcome) -> Outcome {
    match meaning {
        istio_model::Outcome::Shares(shares) => Outcome::Shares(
            shares
                .iter()
                .map(|(target, share)| match target {
                    istio_model::Target::Service { namespace, name, port } => {
                        (Target::service(namespace, name, *port), *share)
                    }
                    istio_model::Target::NoCluster(cluster) => panic!("SMI knows no clusters: {cluster}"),
                })
                .collect(),
        ),
        istio_model::Outcome::Status(status) => Outcome::Status(*status),
        istio_model::Outcome::NoSuchService => Outcome::NoSuchService,
    }
}

#[test]
fn by_default_rendered_objects_mean_what_smi_says() {
    means_what_smi_says(Setup::Default, number("SMI_WORLDS", 1000));
}

#[test]
fn routes_of_the_gateway_api_mean_what_smi_says() {
    means_what_smi_says(Setup::GatewayRoutes, number("SMI_WORLDS", 250));
}

#[test]
fn routes_of_linkerd_mean_what_smi_says() {
    means_what_smi_says(Setup::PolicyRoutes, number("SMI_WORLDS", 250));
}

#[test]
fn profiles_mean_what_smi_says() {
    means_what_smi_says(Setup::Profiles, number("SMI_WORLDS", 250));
}

#[test]
fn neither_the_order_nor_the_spelling_of_the_input_matters() {
    is_independent_of_order_and_spelling(Setup::Default);
    is_independent_of_order_and_spelling(Setup::GatewayRoutes);
}

#[test]
fn worlds_are_not_empty_of_meaning() {
    let found = richness(Setup::Default, "dstOverrides", 300);
    assert!(found.compared > 300 * CALLS / 2 && found.refused < found.compared / 2, "{found:?}");
    assert!(found.split > 700 && found.conditional > 70, "{found:?}");
    let found = richness(Setup::GatewayRoutes, r#""matches":"#, 300);
    assert!(found.compared > 300 * CALLS / 2 && found.refused < found.compared / 2, "{found:?}");
    assert!(found.split > 700 && found.conditional > 20, "{found:?}");
}
