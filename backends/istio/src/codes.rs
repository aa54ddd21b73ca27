//! The codes of this backend, as the documentation lists them.

use smi_translate::diagnostic::{CodeDoc, Severity, code};

/// Every code that begins with `ISTIO-`.
pub const CODES: [CodeDoc; 19] = [
    code(
        "ISTIO-GATEWAY-1",
        Severity::Error,
        "the gateways annotation is not a JSON list of names",
        "write a list such as `[\"istio-system/public\", \"mesh\"]`",
    ),
    code(
        "ISTIO-GATEWAY-2",
        Severity::Loss,
        "a split asks for a gateway that the operator has not opened to splits (an error where the root is a host outside the cluster)",
        "open the gateway with `--istio-gateway NAMESPACE/NAME`",
    ),
    code(
        "ISTIO-GATEWAY-3",
        Severity::Error,
        "a split bound to a gateway has Services without exactly one TCP port in common",
        "give the backends one TCP port in common, or remove the annotation",
    ),
    code(
        "ISTIO-GATEWAY-4",
        Severity::Error,
        "the root is a host outside the cluster, and no gateway open to splits is named",
        "name a gateway in the annotation and open it with `--istio-gateway`",
    ),
    code(
        "ISTIO-GATEWAY-5",
        Severity::Error,
        "the root is a name below the cluster's domain, or looks like a Service or pod of another namespace or cluster",
        "name a host outside the cluster, or put the split into the namespace of that Service",
    ),
    code(
        "ISTIO-GATEWAY-6",
        Severity::Loss,
        "a root of one or two labels is split at gateways only, because clients inside the mesh may mean a Service by it",
        "remove `mesh` from the annotation",
    ),
    code(
        "ISTIO-GATEWAY-7",
        Severity::Loss,
        "only conditional splits of a host outside the cluster: in the mesh, other requests would find no way to it",
        "add a split of the same root without `matches`, or remove `mesh` from the annotation",
    ),
    code(
        "ISTIO-GATEWAY-8",
        Severity::Warning,
        "the root is a host outside the cluster, and the operator has not opened such hosts to splits for clients inside the mesh; it is split at the gateway",
        "open them with `--istio-mesh-hosts`, or remove `mesh` from the annotation",
    ),
    code(
        "ISTIO-HEADER-1",
        Severity::Error,
        "one match has two patterns for the same header; Istio has room for one",
        "write one pattern that says both",
    ),
    code(
        "ISTIO-PATH-1",
        Severity::Info,
        "paths are compared after Istio has normalised them: `/a/../b` and `/%62` match a condition on `/b`, where SMI compares what was sent",
        "nothing, unless clients send such paths and backends tell them apart",
    ),
    code(
        "ISTIO-PORT-1",
        Severity::Loss,
        "a port of the root is declared as TLS or UDP, which Istio passes on without splitting it",
        "declare the port as http or tcp if the mesh is to encrypt it",
    ),
    code(
        "ISTIO-PORT-2",
        Severity::Warning,
        "a conditional split on a port where Istio sees no HTTP requests",
        "declare the port as http by its name or `appProtocol`",
    ),
    code(
        "ISTIO-PORT-3",
        Severity::Loss,
        "a TCP port of a backend is declared as UDP: Istio makes no cluster for it and answers 503",
        "name the port for the protocol it speaks, or set its `appProtocol`",
    ),
    code(
        "ISTIO-REGEX-1",
        Severity::Error,
        "a regular expression is longer than the 1024 bytes that Istio takes",
        "split the pattern into several matches",
    ),
    code(
        "ISTIO-SERVICE-1",
        Severity::Error,
        "a root or backend is an ExternalName Service",
        "use a Service that selects pods",
    ),
    code(
        "ISTIO-SERVICE-2",
        Severity::Loss,
        "a backend is headless: sidecars connect to the address the client dialled, so its share does not reach it",
        "give the Service a cluster IP",
    ),
    code(
        "ISTIO-SERVICE-3",
        Severity::Warning,
        "the root is headless: HTTP is split by its Host header, TCP connections are not split",
        "give the Service a cluster IP",
    ),
    code(
        "ISTIO-SIZE-1",
        Severity::Error,
        "the VirtualService for one root is larger than an API server takes, or would have more than 20000 match blocks or 50000 destinations, counted over all ports",
        "use fewer matches or backends, or patterns that cover more matches",
    ),
    code(
        "ISTIO-WEIGHT-1",
        Severity::Loss,
        "the weights add up to more than 2147483647, which Istio does not take; they are rounded to parts of that number, of which a positive weight keeps at least one",
        "use smaller weights",
    ),
];
