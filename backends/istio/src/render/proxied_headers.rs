//! Headers that Istio's proxies do not leave as they were sent (seen with Envoy 1.40).

use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::intent::{HeaderName, HttpMatch};

/// Headers of the connection, which a proxy takes off before conditions are compared.
const REMOVED: [&str; 6] =
    ["connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"];

/// Headers that proxies write, replace or add to by themselves, so that what a condition sees is not what the client sent; and all whose
/// name begins with [`OF_ENVOY`].
const WRITTEN: [&str; 16] = [
    "b3",
    "grpc-trace-bin",
    "traceparent",
    "tracestate",
    "x-b3-flags",
    "x-b3-parentspanid",
    "x-b3-sampled",
    "x-b3-spanid",
    "x-b3-traceid",
    "x-client-trace-id",
    "x-cloud-trace-context",
    "x-forwarded-client-cert",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-ot-span-context",
    "x-request-id",
];

const OF_ENVOY: &str = "x-envoy-";

/// Headers of which a proxy joins several lines to one, with commas; of others conditions see each line (SMI-HTTP-12).
const JOINED: [&str; 19] = [
    "accept",
    "accept-encoding",
    "access-control-request-headers",
    "access-control-request-method",
    "authorization",
    "cache-control",
    "content-encoding",
    "content-type",
    "expect",
    "grpc-timeout",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "origin",
    "pragma",
    "referer",
    "user-agent",
    "via",
    "x-forwarded-host",
];

/// Whether no condition sees the header as the client sent it: it is gone by then, or it is the proxy's own.
pub(super) fn are_unseen(name: &str) -> bool {
    REMOVED.contains(&name) || WRITTEN.contains(&name) || name.starts_with(OF_ENVOY)
}

/// What there is to say of matches with a condition on a header whose lines are joined.
pub(super) fn joined<'a>(mut matches: impl Iterator<Item = &'a HttpMatch>) -> Option<Diagnostic> {
    let name = matches.find_map(|source| {
        source.headers.iter().find_map(|header| match &header.name {
            HeaderName::Named(name) if JOINED.contains(&name.as_str()) => Some(name),
            HeaderName::Named(_) | HeaderName::Authority => None,
        })
    })?;
    Some(Diagnostic::new(
        Code("ISTIO-HEADER-5"),
        Severity::Info,
        format!("several lines of the header {name} are joined with commas before they are compared"),
        "a request with two such lines is compared as one with the joined value, where SMI compares each line",
    ))
}
