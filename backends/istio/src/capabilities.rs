//! What of SMI Istio can say, feature by feature.

use smi_translate::Capability;

pub(crate) const CAPABILITIES: [Capability; 25] = [
    Capability::exact("TrafficSplit weights", "relative weights of a VirtualService; zero stays zero"),
    Capability::partial(
        "TrafficSplit weights above 2³¹−1 in sum",
        "divided by their common divisor, else scaled (ISTIO-WEIGHT-1)",
    ),
    Capability::exact("TrafficSplit without any positive weight", "no route: the root Service answers"),
    Capability::exact(
        "TrafficSplit ports",
        "one route per port of the root, only with backends that have the port",
    ),
    Capability::exact("TrafficSplit for TCP", "one tcp route per port that is not declared as HTTP"),
    Capability::partial("TrafficSplit on ports declared as TLS", "passed through unsplit (ISTIO-PORT-1)"),
    Capability::exact(
        "TrafficSplit matches",
        "one match block per HTTP match, and a last route to the root Service",
    ),
    Capability::exact(
        "Several TrafficSplits of one root",
        "one VirtualService; conditional splits first, oldest first",
    ),
    Capability::exact(
        "Root Service among its backends",
        "its own endpoints; the route is not evaluated again",
    ),
    Capability::partial(
        "Headless backends",
        "sidecars connect to the address that was dialled (ISTIO-SERVICE-2)",
    ),
    Capability::refused("ExternalName Services", "no endpoints in the mesh (ISTIO-SERVICE-1)"),
    Capability::partial(
        "Root outside the cluster",
        "at gateways that the operator opens with --istio-gateway (ISTIO-GATEWAY-2); for clients in the mesh with --istio-mesh-hosts (ISTIO-GATEWAY-8)",
    ),
    Capability::exact(
        "HTTPRouteGroup pathRegex",
        "exact or prefix where proved equal, else regex; compared after Istio's path normalisation",
    ),
    Capability::exact("HTTPRouteGroup methods", "exact or regex"),
    Capability::partial(
        "HTTPRouteGroup headers",
        "one pattern per header (ISTIO-HEADER-1); the name host means the authority",
    ),
    Capability::partial("Regular expressions", "RE2, at most 1024 bytes (ISTIO-REGEX-1)"),
    Capability::exact(
        "TrafficTarget",
        "one AuthorizationPolicy per group of workloads that labels tell from all others; it denies what no target allows",
    ),
    Capability::partial(
        "Workloads that no label tells apart",
        "nothing is granted to them (ISTIO-SELECTOR-1)",
    ),
    Capability::exact("TCPRoute", "ports of the workload; without HTTPRouteGroup, all TCP on them"),
    Capability::partial("UDPRoute", "neither carried nor denied by the mesh (ISTIO-UDP-1)"),
    Capability::partial(
        "HTTPRouteGroup in a TrafficTarget",
        "methods, exact paths, prefixes, suffixes and templates, exact headers, prefixes and suffixes; other patterns exactly with \
         --istio-exact, else ISTIO-PATH-2 and ISTIO-HEADER-2",
    ),
    Capability::partial(
        "IdentityBinding as a source",
        "service accounts and SPIFFE IDs; pods only where all of a service account are selected (ISTIO-SOURCE-1)",
    ),
    Capability::exact("IdentityBinding as a destination", "the workloads it selects"),
    Capability::exact("Deny-by-default of a namespace", "one AuthorizationPolicy without rules"),
    Capability::partial(
        "TrafficTarget in ambient mode",
        "TCP; HTTP where a waypoint is named (ISTIO-AMBIENT-1)",
    ),
];
