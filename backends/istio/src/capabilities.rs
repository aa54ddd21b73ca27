//! What of SMI Istio can say, feature by feature.

use smi_translate::{Capability, Support};

const fn exact(feature: &'static str, note: &'static str) -> Capability {
    Capability { feature, support: Support::Exact, note }
}

const fn partial(feature: &'static str, note: &'static str) -> Capability {
    Capability { feature, support: Support::Partial, note }
}

const fn refused(feature: &'static str, note: &'static str) -> Capability {
    Capability { feature, support: Support::Refused, note }
}

pub(crate) const CAPABILITIES: [Capability; 25] = [
    exact("TrafficSplit weights", "relative weights of a VirtualService; zero stays zero"),
    partial(
        "TrafficSplit weights above 2³¹−1 in sum",
        "divided by their common divisor, else scaled (ISTIO-WEIGHT-1)",
    ),
    exact("TrafficSplit without any positive weight", "no route: the root Service answers"),
    exact("TrafficSplit ports", "one route per port of the root, only with backends that have the port"),
    exact("TrafficSplit for TCP", "one tcp route per port that is not declared as HTTP"),
    partial("TrafficSplit on ports declared as TLS", "passed through unsplit (ISTIO-PORT-1)"),
    exact("TrafficSplit matches", "one match block per HTTP match, and a last route to the root Service"),
    exact("Several TrafficSplits of one root", "one VirtualService; conditional splits first, oldest first"),
    exact("Root Service among its backends", "its own endpoints; the route is not evaluated again"),
    partial("Headless backends", "sidecars connect to the address that was dialled (ISTIO-SERVICE-2)"),
    refused("ExternalName Services", "no endpoints in the mesh (ISTIO-SERVICE-1)"),
    partial(
        "Root outside the cluster",
        "at gateways that the operator opens with --istio-gateway (ISTIO-GATEWAY-2); for clients in the mesh with --istio-mesh-hosts (ISTIO-GATEWAY-8)",
    ),
    exact(
        "HTTPRouteGroup pathRegex",
        "exact or prefix where proved equal, else regex; compared after Istio's path normalisation",
    ),
    exact("HTTPRouteGroup methods", "exact or regex"),
    partial(
        "HTTPRouteGroup headers",
        "one pattern per header (ISTIO-HEADER-1); the name host means the authority",
    ),
    partial("Regular expressions", "RE2, at most 1024 bytes (ISTIO-REGEX-1)"),
    exact(
        "TrafficTarget",
        "one AuthorizationPolicy per group of workloads that labels tell from all others; it denies what no target allows",
    ),
    partial("Workloads that no label tells apart", "nothing is granted to them (ISTIO-SELECTOR-1)"),
    exact("TCPRoute", "ports of the workload; without HTTPRouteGroup, all TCP on them"),
    partial("UDPRoute", "neither carried nor denied by the mesh (ISTIO-UDP-1)"),
    partial(
        "HTTPRouteGroup in a TrafficTarget",
        "methods, exact paths, prefixes, suffixes and templates, exact headers, prefixes and suffixes; other patterns exactly with \
         --istio-exact, else ISTIO-PATH-2 and ISTIO-HEADER-2",
    ),
    partial(
        "IdentityBinding as a source",
        "service accounts and SPIFFE IDs; pods only where all of a service account are selected (ISTIO-SOURCE-1)",
    ),
    exact("IdentityBinding as a destination", "the workloads it selects"),
    exact("Deny-by-default of a namespace", "one AuthorizationPolicy without rules"),
    partial("TrafficTarget in ambient mode", "TCP; HTTP where a waypoint is named (ISTIO-AMBIENT-1)"),
];
