//! Binding to gateways: Flagger's annotation, as far as the operator allows it.
//!
//! A gateway has ports of its own, so its routes name no port of the root; and a list of gateways replaces the implicit `mesh`, so
//! routes for both carry the gateway they are for.

use std::collections::BTreeSet;

use smi_translate::backend::{Accounts, Layer, Part};
use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::facts::{ServicePort, Transport};
use smi_translate::intent::{Condition, Ports, Root, RoutingIntent, Rule};
use smi_types::FieldPath;

use crate::resources::PortSelector;
use crate::{GatewayRef, IstioOptions};

/// The annotation that smi-adapter-istio introduced and Flagger writes: a JSON list of gateways.
const ANNOTATION: &str = "VirtualService.v1alpha3.networking.istio.io/spec.gateways";

/// Who the routes of a root are for.
#[derive(Clone, Debug, Default)]
pub(super) struct Binding {
    /// Clients inside the mesh.
    pub(super) mesh: bool,
    /// Gateways; empty for most roots.
    pub(super) gateways: Vec<String>,
    /// The port of the destinations behind a gateway, where it can be told.
    pub(super) port: Option<PortSelector>,
}

impl Binding {
    /// `spec.gateways`: nothing where the implicit `mesh` is meant. A gateway without a route is never named.
    pub(super) fn gateway_names(&self, has_gateway_routes: bool) -> Vec<String> {
        if !has_gateway_routes {
            return Vec::new();
        }
        let mesh = self.mesh.then(|| "mesh".to_owned());
        self.gateways.iter().cloned().chain(mesh).collect()
    }

    /// Puts the routes at gateways on the account: no later step can forget them silently.
    pub(super) fn put_on_account(&self, routing: &RoutingIntent, accounts: &mut Accounts) {
        if self.gateways.is_empty() {
            return;
        }
        for (index, rule) in routing.rules.iter().enumerate().filter(|(_, rule)| rule.has_effect(None)) {
            let part = Part { rule: index, port: None, layer: Layer::Gateway };
            accounts.require(part, rule.when.alternatives());
        }
    }

    /// What the match blocks for clients inside the mesh must name.
    pub(super) fn mesh_gateways(&self) -> Vec<String> {
        if self.gateways.is_empty() { Vec::new() } else { vec!["mesh".to_owned()] }
    }
}

/// Reads the annotations of all splits of a root.
pub(super) fn binding(routing: &RoutingIntent, options: &IstioOptions, out: &mut Vec<Diagnostic>) -> Binding {
    let is_host = matches!(routing.root, Root::Host(_));
    let mut asked_for_mesh: Option<&Rule> = None;
    let mut gateways: BTreeSet<GatewayRef> = BTreeSet::new();
    for rule in &routing.rules {
        for name in asked(rule, out) {
            if name == "mesh" {
                asked_for_mesh = asked_for_mesh.or(Some(rule));
                continue;
            }
            match allowed(&name, &routing.namespace, options) {
                Some(gateway) => drop(gateways.insert(gateway)),
                None => out.push(not_allowed(rule, &name, is_host)),
            }
        }
    }
    let mut binding = Binding {
        mesh: !is_host || asked_for_mesh.is_some(),
        gateways: gateways.iter().map(ToString::to_string).collect(),
        port: None,
    };
    if let Root::Host(host) = &routing.root {
        host_root(host, routing, &mut binding, out);
        if let Some(rule) = asked_for_mesh.filter(|_| binding.mesh && !binding.gateways.is_empty()) {
            let narrowed = host_in_mesh(host, rule, routing, options);
            binding.mesh = narrowed.is_none();
            out.extend(narrowed);
        }
    }
    if !binding.gateways.is_empty() || is_host {
        match gateway_port(routing) {
            Ok(port) => binding.port = port,
            Err(numbers) => out.extend(routing.rules.iter().map(|rule| which_port(rule, &numbers))),
        }
    }
    binding
}

fn asked(rule: &Rule, out: &mut Vec<Diagnostic>) -> Vec<String> {
    let Some(text) = rule.annotation(ANNOTATION) else { return Vec::new() };
    serde_json::from_str(text).unwrap_or_else(|_| {
        out.push(unreadable(rule, text));
        Vec::new()
    })
}

/// The gateway, where the operator named it. A bare name belongs to the split's namespace.
fn allowed(name: &str, namespace: &str, options: &IstioOptions) -> Option<GatewayRef> {
    let gateway = if name.contains('/') { name.to_owned() } else { format!("{namespace}/{name}") };
    gateway.parse().ok().filter(|gateway| options.gateways.contains(gateway))
}

/// A host outside the cluster as root: only at a gateway the operator named, and never in disguise of another namespace's Service.
fn host_root(host: &str, routing: &RoutingIntent, binding: &mut Binding, out: &mut Vec<Diagnostic>) {
    let Some(rule) = routing.rules.first() else { return };
    if is_name_of_cluster(host, &routing.cluster_domain) {
        binding.gateways.clear();
        out.push(service_in_disguise(rule, host));
    } else if binding.gateways.is_empty() {
        out.push(no_gateway(rule, host));
    }
}

/// Whether a host is a name that the DNS of this or another cluster gives: anything at or below the cluster's domain, and whatever
/// has the label `svc` behind a namespace, be it of a Service or of a pod of one (`web-0.web.bank.svc.cluster.local`).
fn is_name_of_cluster(host: &str, cluster_domain: &str) -> bool {
    let (host, domain) = (host.to_ascii_lowercase(), cluster_domain.to_ascii_lowercase());
    let domain = domain.trim_end_matches('.');
    let below = host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    below || host.split('.').skip(2).any(|label| label == "svc")
}

/// Why a host outside the cluster is not routed for clients inside the mesh, where `rule` asks for that; `None` if it is.
fn host_in_mesh(
    host: &str,
    rule: &Rule,
    routing: &RoutingIntent,
    options: &IstioOptions,
) -> Option<Diagnostic> {
    if !options.mesh_hosts {
        Some(mesh_not_opened(rule, host))
    } else if host.split('.').count() <= 2 {
        // Clients in the mesh spell the Service `b` of namespace `a` as `b.a`: a route for that host would take its traffic.
        Some(host_at_mesh(rule, host))
    } else if !routing.rules.iter().any(|rule| matches!(rule.when, Condition::Always)) {
        Some(no_way_back(rule, host))
    } else {
        None
    }
}

/// The one port that every known Service of the root has in common for TCP; `None` where nothing is known.
fn gateway_port(routing: &RoutingIntent) -> Result<Option<PortSelector>, Vec<u16>> {
    let tcp = |ports: &[ServicePort]| -> BTreeSet<u16> {
        ports.iter().filter(|p| p.transport() == Transport::Tcp).map(|p| p.port).collect()
    };
    let root = match &routing.ports {
        Ports::Known(ports) => Some(tcp(ports)),
        Ports::Assumed => None,
    };
    let backends = routing
        .rules
        .iter()
        .flat_map(|rule| &rule.backends)
        .filter_map(|b| Some(tcp(&b.facts.as_ref()?.ports)));
    let common = root.into_iter().chain(backends).reduce(|a, b| a.intersection(&b).copied().collect());
    match common {
        None => Ok(None),
        Some(ports) if ports.len() == 1 => Ok(ports.first().map(|number| PortSelector { number: *number })),
        Some(ports) => Err(ports.into_iter().collect()),
    }
}

fn annotation_path() -> FieldPath {
    FieldPath::of("metadata").key("annotations").key(ANNOTATION)
}

fn unreadable(rule: &Rule, text: &str) -> Diagnostic {
    Diagnostic::new(
        Code("ISTIO-GATEWAY-1"),
        Severity::Error,
        format!("the gateways annotation is not a JSON list of names: {text:?}"),
        "nothing is rendered for this root: the root Service answers",
    )
    .on(&rule.split)
    .at(annotation_path())
    .help("write a list such as [\"istio-system/public\", \"mesh\"]")
}

fn not_allowed(rule: &Rule, name: &str, is_host: bool) -> Diagnostic {
    let (severity, effect) = match is_host {
        true => (
            Severity::Error,
            "nothing is rendered for this root: the gateway routes its host as it did before",
        ),
        false => (Severity::Loss, "traffic that enters through that gateway is not split"),
    };
    Diagnostic::new(
        Code("ISTIO-GATEWAY-2"),
        severity,
        format!("the split asks for gateway {name:?}, which the operator has not opened to splits"),
        effect,
    )
    .on(&rule.split)
    .at(annotation_path())
    .help("open it with `--istio-gateway NAMESPACE/NAME`")
}

fn which_port(rule: &Rule, ports: &[u16]) -> Diagnostic {
    let found = match ports {
        [] => "none".to_owned(),
        ports => ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
    };
    Diagnostic::new(
        Code("ISTIO-GATEWAY-3"),
        Severity::Error,
        format!("a gateway needs one port that all Services of the split have, and there is not exactly one: {found}"),
        "nothing is rendered for this root: the root Service answers",
    )
    .on(&rule.split)
    .at(FieldPath::of("spec").key("backends"))
    .help("give the backends one TCP port in common, or remove the gateways annotation")
}

fn no_gateway(rule: &Rule, host: &str) -> Diagnostic {
    Diagnostic::new(
        Code("ISTIO-GATEWAY-4"),
        Severity::Error,
        format!("the root {host} is a host outside the cluster, and the split names no gateway that is open to splits"),
        "nothing is rendered for this root",
    )
    .on(&rule.split)
    .at(FieldPath::of("spec").key("service"))
    .help(format!("name the gateway in the annotation {ANNOTATION}, and open it with `--istio-gateway NAMESPACE/NAME`"))
}

fn service_in_disguise(rule: &Rule, host: &str) -> Diagnostic {
    Diagnostic::new(
        Code("ISTIO-GATEWAY-5"),
        Severity::Error,
        format!("the root {host} is a name of this cluster, or has the form of a Service or pod name of another namespace or cluster"),
        "nothing is rendered for this root: a split never routes the Services of others",
    )
    .on(&rule.split)
    .at(FieldPath::of("spec").key("service"))
    .help("name a host outside the cluster, or put the split into the namespace of that Service")
}

/// One gateway opened says nothing about clients inside the mesh: a route there takes the calls of all namespaces to that host.
fn mesh_not_opened(rule: &Rule, host: &str) -> Diagnostic {
    Diagnostic::new(
        Code("ISTIO-GATEWAY-8"),
        Severity::Warning,
        format!(
            "the root {host} is not split for clients inside the mesh: the operator has not opened hosts outside the cluster to splits there"
        ),
        "only requests that enter through the gateway are split",
    )
    .on(&rule.split)
    .at(annotation_path())
    .help("remove \"mesh\" from the gateways annotation, or have the operator open such hosts there with `--istio-mesh-hosts`")
}

fn host_at_mesh(rule: &Rule, host: &str) -> Diagnostic {
    Diagnostic::new(
        Code("ISTIO-GATEWAY-6"),
        Severity::Loss,
        format!("the root {host} cannot be split for clients inside the mesh: to them it may be a Service of another namespace"),
        "only requests that enter through the gateway are split",
    )
    .on(&rule.split)
    .at(FieldPath::of("spec").key("service"))
    .help("remove \"mesh\" from the gateways annotation")
}

/// A request that no route takes gets 404 in the mesh, and there is no Service to lead it back to.
fn no_way_back(rule: &Rule, host: &str) -> Diagnostic {
    Diagnostic::new(
        Code("ISTIO-GATEWAY-7"),
        Severity::Loss,
        format!(
            "a conditional split of {host} leaves clients inside the mesh no way to it for the other requests"
        ),
        "only requests that enter through the gateway are split",
    )
    .on(&rule.split)
    .at(FieldPath::of("spec").key("matches"))
    .help("add a split of the same root without `matches`, or remove \"mesh\" from the gateways annotation")
}
