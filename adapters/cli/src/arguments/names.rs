//! Names that options take: namespaces, service accounts, labels, trust domains.

use smi_translate::Account;
use smi_types::spiffe::SpiffeId;

/// A namespace is an RFC 1123 label.
pub(crate) fn namespace(text: &str) -> Result<String, String> {
    match is_dns_label(text) {
        true => Ok(text.to_owned()),
        false => {
            Err("a namespace has 1 to 63 lower-case letters, digits and hyphens, and no hyphen at either end"
                .to_owned())
        }
    }
}

/// A service account, or another object of a namespace, as `NAMESPACE/NAME`.
pub(crate) fn namespaced(text: &str) -> Result<(String, String), String> {
    match text.split_once('/') {
        Some((namespace, name)) if is_dns_label(namespace) && is_dns_name(name) => {
            Ok((namespace.to_owned(), name.to_owned()))
        }
        _ => Err(format!("{text:?} is not of the form NAMESPACE/NAME")),
    }
}

/// A service account.
pub(crate) fn account(text: &str) -> Result<Account, String> {
    namespaced(text)
        .map(|(namespace, name)| Account { namespace, name })
        .map_err(|_| format!("{text:?} is no service account; write NAMESPACE/NAME"))
}

/// The name of an object.
pub(crate) fn object(text: &str) -> Result<String, String> {
    match is_dns_name(text) {
        true => Ok(text.to_owned()),
        false => Err("a name has 1 to 253 lower-case letters, digits, hyphens and dots".to_owned()),
    }
}

/// A domain of the cluster's DNS.
pub(crate) fn dns_domain(text: &str) -> Result<String, String> {
    match is_dns_name(text) {
        true => Ok(text.to_owned()),
        false => {
            Err("a DNS domain has 1 to 253 lower-case letters, digits, hyphens and dots, as in cluster.local"
                .to_owned())
        }
    }
}

/// A trust domain, as SPIFFE IDs have it.
pub(crate) fn trust_domain(text: &str) -> Result<String, String> {
    // Whatever is a trust domain makes an ID with a path.
    let id = SpiffeId::parse(&format!("spiffe://{text}/workload"));
    match id.is_ok_and(|id| id.trust_domain() == text) {
        true => Ok(text.to_owned()),
        false => Err("a trust domain has 1 to 255 lower-case letters, digits, dots, hyphens and underscores"
            .to_owned()),
    }
}

/// The key of a label.
pub(crate) fn label_key(text: &str) -> Result<String, String> {
    let (prefix, name) = match text.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    match prefix.is_none_or(is_dns_name) && is_label_word(name) {
        true => Ok(text.to_owned()),
        false => Err("the key of a label has at most 63 letters, digits, `-`, `_` and `.`, and may follow a domain and `/`".to_owned()),
    }
}

/// A label, as `KEY=VALUE`.
pub(crate) fn label(text: &str) -> Result<(String, String), String> {
    let Some((key, value)) = text.split_once('=') else {
        return Err("a label is written KEY=VALUE".to_owned());
    };
    match value.is_empty() || is_label_word(value) {
        true => Ok((label_key(key)?, value.to_owned())),
        false => Err("the value of a label has at most 63 letters, digits, `-`, `_` and `.`".to_owned()),
    }
}

/// The characters of label values and of the names of labels.
fn is_label_word(text: &str) -> bool {
    let is_inside = |c: u8| c.is_ascii_alphanumeric() || b"-_.".contains(&c);
    let is_end = |c: Option<u8>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    matches!(text.len(), 1..=63)
        && text.bytes().all(is_inside)
        && is_end(text.bytes().next())
        && is_end(text.bytes().last())
}

fn is_dns_name(text: &str) -> bool {
    matches!(text.len(), 1..=253) && text.split('.').all(is_dns_label)
}

fn is_dns_label(text: &str) -> bool {
    let is_inside = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
    matches!(text.len(), 1..=63)
        && text.bytes().all(is_inside)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        assert!(trust_domain("td-1_x.example").is_ok());
        for text in ["", "Cluster.local", "a/b", "spiffe://a", "a b"] {
            assert!(trust_domain(text).is_err(), "{text:?}");
        }
        assert!(dns_domain("cluster.local").is_ok() && dns_domain("k8s").is_ok());
        for text in ["", ".", ".local", "local.", "a b", "Cluster.local", "a..b"] {
            assert!(dns_domain(text).is_err(), "{text:?}");
        }
        for text in ["app", "example.com/App_1.x"] {
            assert!(label_key(text).is_ok(), "{text:?}");
        }
        for text in ["", "-app", "app.", "/app", "Example.com/app", "a/b/c", "a=b"] {
            assert!(label_key(text).is_err(), "{text:?}");
        }
        assert_eq!(label("app=web"), Ok(("app".to_owned(), "web".to_owned())));
        assert_eq!(label("app="), Ok(("app".to_owned(), String::new())));
        assert!(label("app").is_err() && label("app=a b").is_err() && label("=web").is_err());
        assert_eq!(account("shop/web.v1"), Ok(Account::new("shop", "web.v1")));
        for text in ["web", "shop/", "/web", "shop/web/x", "shop.x/web", "shop/Web", "*/web"] {
            assert!(account(text).is_err(), "{text:?}");
        }
    }
}
