//! Reading the name of a Service as SMI objects write it (SMI-SPLIT-1).

use std::error::Error;
use std::fmt;
use std::net::IpAddr;

use crate::quote::quoted;

/// Longest DNS name.
const NAME_LIMIT: usize = 253;
/// Longest label of a DNS name.
const LABEL_LIMIT: usize = 63;

/// What a name in `service` means.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum ServiceName {
    /// A Service of the object's own namespace: its plain name.
    Own(String),
    /// A Service of another namespace, which no SMI object may name (A-30).
    ///
    /// Two labels are read as `service.namespace`, as the DNS of a cluster reads them. A final dot says that the name is
    /// complete: `example.com.` is a [host](Self::Host).
    Other {
        /// Plain name of the Service.
        service: String,
        /// The namespace it names.
        namespace: String,
    },
    /// Any other host name, without its final dot.
    Host(String),
}

/// Why a text is not a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceNameError {
    text: String,
    /// What is wrong.
    pub problem: ServiceNameProblem,
}

/// What can be wrong with a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServiceNameProblem {
    /// Nothing is there.
    Empty,
    /// `namespace/name`, the spelling of another product (A-38).
    NamespaceSlashName {
        /// What stands before the slash.
        namespace: String,
        /// What stands after it.
        name: String,
    },
    /// A URL.
    Url,
    /// A name with a port.
    WithPort,
    /// An IP address.
    Address,
    /// A name with upper-case letters, which no Kubernetes name has.
    UpperCase,
    /// Not a DNS name in some other way.
    Malformed,
}

impl ServiceNameError {
    /// What to do about it, where that is known.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match &self.problem {
            ServiceNameProblem::NamespaceSlashName { name, .. } => {
                Some(format!("write {} in an object of that namespace", quoted(name)))
            }
            ServiceNameProblem::Url | ServiceNameProblem::WithPort => {
                Some("write the name alone; ports follow from the Service".to_owned())
            }
            ServiceNameProblem::UpperCase => Some(format!("write {}", self.text.to_lowercase())),
            ServiceNameProblem::Address => Some("write the name of a Service".to_owned()),
            ServiceNameProblem::Empty | ServiceNameProblem::Malformed => None,
        }
    }
}

impl fmt::Display for ServiceNameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = &self.text;
        match &self.problem {
            ServiceNameProblem::Empty => f.write_str("the name is empty"),
            ServiceNameProblem::NamespaceSlashName { .. } => {
                write!(f, "{text} is written as namespace/name, which is not an SMI name")
            }
            ServiceNameProblem::Url => write!(f, "{text} is a URL, not the name of a Service"),
            ServiceNameProblem::WithPort => write!(f, "{text} carries a port, which is not part of a name"),
            ServiceNameProblem::Address => write!(f, "{text} is an IP address, not the name of a Service"),
            ServiceNameProblem::UpperCase => {
                write!(f, "{text} has upper-case letters, which no Kubernetes name has")
            }
            ServiceNameProblem::Malformed => write!(f, "{text} is not a DNS name"),
        }
    }
}

impl Error for ServiceNameError {}

/// Reads a name that stands in an object of `namespace`.
///
/// `svc`, `svc.<ns>`, `svc.<ns>.svc` and `svc.<ns>.svc.<cluster domain>` name a Service, each with an optional final dot.
///
/// ```
/// use smi_types::service_name::{ServiceName, parse};
///
/// let web = ServiceName::Own("web".to_owned());
/// assert_eq!(parse("web", "shop", "cluster.local"), Ok(web.clone()));
/// assert_eq!(parse("web.shop.svc.cluster.local.", "shop", "cluster.local"), Ok(web));
/// assert!(matches!(parse("www.example.com", "shop", "cluster.local"), Ok(ServiceName::Host(_))));
/// ```
///
/// # Errors
///
/// When the text is no DNS name of lower-case letters, digits and hyphens.
pub fn parse(text: &str, namespace: &str, cluster_domain: &str) -> Result<ServiceName, ServiceNameError> {
    let name = text.strip_suffix('.').unwrap_or(text);
    if let Err(problem) = check(text, name) {
        return Err(ServiceNameError { text: quoted(text), problem });
    }
    let cluster_domain = cluster_domain.strip_suffix('.').unwrap_or(cluster_domain);
    let mut parts = name.splitn(4, '.');
    // A checked name has a first label.
    let service = parts.next().unwrap_or_default();
    let place = match (parts.next(), parts.next(), parts.next()) {
        (None, ..) => namespace,
        (Some(place), None, _) if place == namespace || name.len() == text.len() => place,
        (Some(place), Some("svc"), None) => place,
        (Some(place), Some("svc"), Some(domain)) if domain.eq_ignore_ascii_case(cluster_domain) => place,
        _ => return Ok(ServiceName::Host(name.to_owned())),
    };
    Ok(if place == namespace {
        ServiceName::Own(service.to_owned())
    } else {
        ServiceName::Other { service: service.to_owned(), namespace: place.to_owned() }
    })
}

fn check(text: &str, name: &str) -> Result<(), ServiceNameProblem> {
    if text.is_empty() {
        return Err(ServiceNameProblem::Empty);
    }
    if is_dns_name(name) {
        // Of addresses only those of version 4 look like DNS names, and they begin with a digit.
        let may_be_address = name.starts_with(|c: char| c.is_ascii_digit());
        return if may_be_address && name.parse::<IpAddr>().is_ok() {
            Err(ServiceNameProblem::Address)
        } else {
            Ok(())
        };
    }
    Err(recognise(text))
}

/// The most helpful description of a text that is no DNS name.
fn recognise(text: &str) -> ServiceNameProblem {
    if text.contains("://") {
        return ServiceNameProblem::Url;
    }
    if let Some((namespace, name)) = text.split_once('/')
        && is_dns_label(namespace)
        && is_dns_label(name)
    {
        return ServiceNameProblem::NamespaceSlashName {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        };
    }
    if text.len() <= 2 * NAME_LIMIT && text.parse::<IpAddr>().is_ok() {
        return ServiceNameProblem::Address;
    }
    if let Some((name, port)) = text.rsplit_once(':')
        && is_dns_name(name)
        && port.parse::<u16>().is_ok()
    {
        return ServiceNameProblem::WithPort;
    }
    if text.len() <= NAME_LIMIT && is_dns_name(&text.to_ascii_lowercase()) {
        return ServiceNameProblem::UpperCase;
    }
    ServiceNameProblem::Malformed
}

/// Whether the text is a DNS-1123 subdomain: labels joined by dots, at most 253 bytes.
pub(crate) fn is_dns_name(text: &str) -> bool {
    text.len() <= NAME_LIMIT && text.split('.').all(is_dns_label)
}

/// Whether the text is the name of an object: as a DNS name, but Kubernetes limits the length of the whole only, and not that of its
/// parts.
pub(crate) fn is_object_name(text: &str) -> bool {
    text.len() <= NAME_LIMIT && text.split('.').all(is_name_part)
}

/// Whether the text is a DNS-1123 label: at most 63 lower-case letters, digits and hyphens, no hyphen at either end.
pub(crate) fn is_dns_label(text: &str) -> bool {
    text.len() <= LABEL_LIMIT && is_name_part(text)
}

/// Lower-case letters, digits and hyphens, no hyphen at either end.
fn is_name_part(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ServiceName, ServiceNameError> {
        parse(text, "shop", "cluster.local")
    }

    #[test]
    fn the_forms_of_smi_split_1() {
        for base in ["web", "web.shop", "web.shop.svc", "web.shop.svc.cluster.local"] {
            assert_eq!(read(base), Ok(ServiceName::Own("web".into())), "{base}");
            assert_eq!(read(&format!("{base}.")), Ok(ServiceName::Own("web".into())), "{base}.");
        }
        assert_eq!(
            parse("web.shop.svc.k8s.example.", "shop", "k8s.example."),
            Ok(ServiceName::Own("web".into()))
        );
    }

    #[test]
    fn services_elsewhere_and_hosts() {
        let other = Ok(ServiceName::Other { service: "web".into(), namespace: "bank".into() });
        for text in ["web.bank", "web.bank.svc", "web.bank.svc.", "web.bank.svc.cluster.local"] {
            assert_eq!(read(text), other, "{text}");
        }
        for text in
            ["www.example.com", "example.com.", "web.shop.svc.other.domain", "web.shop.pod", "a.b.c.d.e"]
        {
            let host = text.trim_end_matches('.').to_owned();
            assert_eq!(read(text), Ok(ServiceName::Host(host)), "{text}");
        }
    }

    #[test]
    fn what_is_no_name_and_what_to_do() {
        for (text, message, help) in [
            ("", "the name is empty", None),
            (
                "shop/web",
                r#""shop/web" is written as namespace/name, which is not an SMI name"#,
                Some(r#"write "web" in an object of that namespace"#),
            ),
            (
                "http://web",
                r#""http://web" is a URL, not the name of a Service"#,
                Some("write the name alone; ports follow from the Service"),
            ),
            (
                "web:80",
                r#""web:80" carries a port, which is not part of a name"#,
                Some("write the name alone; ports follow from the Service"),
            ),
            (
                "10.0.0.1",
                r#""10.0.0.1" is an IP address, not the name of a Service"#,
                Some("write the name of a Service"),
            ),
            (
                "::1",
                r#""::1" is an IP address, not the name of a Service"#,
                Some("write the name of a Service"),
            ),
            ("Web", r#""Web" has upper-case letters, which no Kubernetes name has"#, Some(r#"write "web""#)),
            (".", r#""." is not a DNS name"#, None),
            ("web..shop", r#""web..shop" is not a DNS name"#, None),
            ("-web", r#""-web" is not a DNS name"#, None),
            ("*.example.com", r#""*.example.com" is not a DNS name"#, None),
            ("web_v1", r#""web_v1" is not a DNS name"#, None),
        ] {
            let error = read(text).unwrap_err();
            assert_eq!((error.to_string().as_str(), error.help().as_deref()), (message, help));
        }
        assert!(read(&"a".repeat(64)).is_err());
        assert!(read(&"a.".repeat(128)).is_err());
        assert!(read(&"A".repeat(1_000_000)).is_err());
    }
}
