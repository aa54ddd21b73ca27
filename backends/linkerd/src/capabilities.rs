//! What of SMI Linkerd can say, feature by feature.

use smi_translate::Capability;

pub(crate) const CAPABILITIES: [Capability; 20] = [
    Capability::exact(
        "TrafficSplit weights",
        "dstOverrides of a ServiceProfile; with matches, backends of a route",
    ),
    Capability::partial(
        "TrafficSplit weights above 429496 in sum",
        "divided by their common divisor, else scaled (LINKERD-WEIGHT-1)",
    ),
    Capability::exact("TrafficSplit without any positive weight", "nothing: the root Service answers"),
    Capability::exact(
        "TrafficSplit ports",
        "a ServiceProfile where all ports are alike, else one route per port, only with backends that have the port",
    ),
    Capability::partial(
        "TrafficSplit for TCP",
        "per connection by a ServiceProfile or TCPRoute; beside an HTTPRoute only where the port is declared (LINKERD-PORT-4)",
    ),
    Capability::exact("TrafficSplit matches", "an HTTPRoute per port, with a last rule to the root Service"),
    Capability::partial(
        "Several TrafficSplits of one root",
        "one HTTPRoute per port; the order of conditions is said by more specific matches where that can be done (LINKERD-ORDER-1)",
    ),
    Capability::exact(
        "Root Service among its backends",
        "its own endpoints; the split is not followed again",
    ),
    Capability::refused(
        "Headless roots and ExternalName Services",
        "Linkerd splits by the cluster IP that is dialled",
    ),
    Capability::refused("Root outside the cluster", "no Service (LINKERD-ROOT-1)"),
    Capability::exact(
        "HTTPRouteGroup pathRegex",
        "exact where proved equal, else a regular expression of the whole path",
    ),
    Capability::partial("HTTPRouteGroup methods", "the nine methods of HTTP (LINKERD-METHOD-1)"),
    Capability::partial(
        "HTTPRouteGroup headers",
        "all but the authority (LINKERD-HOST-1); values of visible ASCII",
    ),
    Capability::exact(
        "TrafficTarget",
        "a Server for every known port of the workloads, with routes, policies and authentications; per caller where matches overlap",
    ),
    Capability::partial(
        "Workloads that no label tells apart",
        "nothing is granted to them (LINKERD-SELECTOR-1)",
    ),
    Capability::exact(
        "TCPRoute",
        "ports of the workload; without HTTPRouteGroup, all TCP on them, as a policy of the Server",
    ),
    Capability::partial("UDPRoute", "neither carried nor denied by the mesh (LINKERD-UDP-1)"),
    Capability::partial(
        "IdentityBinding as a source",
        "service accounts and SPIFFE IDs; pods only where all of a service account are selected (LINKERD-SOURCE-1)",
    ),
    Capability::exact("IdentityBinding as a destination", "the workloads it selects"),
    Capability::refused(
        "Deny-by-default of a namespace",
        "an annotation of the namespace, which is its owner's (LINKERD-NAMESPACE-1)",
    ),
];
