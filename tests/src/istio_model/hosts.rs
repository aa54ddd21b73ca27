//! Host names: completion of short ones, the names a Service is known by, and the syntax the webhook asks for.

use super::{CLUSTER_DOMAIN, Service};

/// A name without a dot is completed with the namespace; a name with any dot is taken as it is (2.2).
pub(super) fn complete(host: &str, namespace: &str) -> String {
    if host.contains('.') { host.to_owned() } else { format!("{host}.{namespace}.svc.{CLUSTER_DOMAIN}") }
}

/// The authority without its port: the port in a Host header plays no part in choosing the virtual host.
pub(super) fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// Whether a client in `namespace` that sends this authority means the Service.
pub(super) fn is_domain_of(service: &Service, namespace: &str, authority: &str) -> bool {
    let host = without_port(authority).to_ascii_lowercase();
    let Service { namespace: own, name, .. } = service;
    let mut domains = vec![service.fqdn(), format!("{name}.{own}.svc"), format!("{name}.{own}")];
    if namespace == own {
        domains.push(name.clone());
    }
    domains.contains(&host)
}

/// Webhook rules for a host name (7.2, 1).
pub(super) fn is_valid(host: &str) -> bool {
    let labels = host.strip_prefix("*.").unwrap_or(host);
    let last_is_number =
        labels.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    host.len() <= 255 && !last_is_number && labels.split('.').all(is_label)
}

/// A DNS label, in either case.
pub(super) fn is_label(label: &str) -> bool {
    let inner = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    (1..=63).contains(&label.len())
        && label.bytes().all(inner)
        && !label.starts_with('-')
        && !label.ends_with('-')
}
