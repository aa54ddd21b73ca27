//! Checks of an IdentityBinding (SMI-VAL-21 to 25).

use super::{AccessContext, Finding};
use crate::FieldPath;
use crate::hub::{IdentityBinding, PodSelector};
use crate::quote::quoted;
use crate::service_name::is_object_name;
use crate::spiffe::{SpiffeId, SpiffeIdError};

pub(super) fn check(binding: &IdentityBinding, context: &AccessContext, findings: &mut Vec<Finding>) {
    let IdentityBinding { metadata, version: _, pod_selector, spiffe_identities, service_account } = binding;
    let service_account = service_account.as_deref().unwrap_or_default();
    if pod_selector.is_none() && spiffe_identities.is_empty() && service_account.is_empty() {
        findings.push(no_scheme());
    }
    if pod_selector.is_some() && !service_account.is_empty() {
        findings.push(exclusive_schemes());
    }
    if let Some(selector) = pod_selector {
        check_selector(selector, findings);
    }
    for (index, text) in spiffe_identities.iter().enumerate() {
        let path = schemes_path().key("spiffeIdentities").index(index);
        match SpiffeId::parse(text) {
            Ok(id) => findings.extend(borrowed_identity(path, &id, metadata.namespace(), context)),
            Err(error) => findings.push(bad_id(path, &error)),
        }
    }
    if !service_account.is_empty() && !is_object_name(service_account) {
        findings.push(bad_service_account(service_account));
    }
}

fn schemes_path() -> FieldPath {
    FieldPath::of("spec").key("schemes")
}

fn no_scheme() -> Finding {
    Finding::error(
        "SMI-VAL-21",
        schemes_path(),
        "the binding has no way to recognise a workload",
        "it matches nobody",
    )
    .help("give one of podLabelSelector, spiffeIdentities and serviceAccount")
}

fn exclusive_schemes() -> Finding {
    let message = "podLabelSelector and serviceAccount exclude each other";
    Finding::error("SMI-VAL-22", schemes_path(), message, "the binding matches nobody")
        .help("keep one of them")
}

const SELECTS_NOTHING: &str = "the selector selects no pod";

fn check_selector(selector: &PodSelector, findings: &mut Vec<Finding>) {
    let PodSelector { match_labels } = selector;
    let path = schemes_path().key("podLabelSelector").key("matchLabels");
    if match_labels.is_empty() {
        findings.push(empty_selector(path.clone()));
    }
    for (key, value) in match_labels {
        let path = path.clone().key(key.clone());
        if !is_label_key(key) {
            findings.push(bad_label_key(path.clone(), key));
        }
        if !value.is_empty() && !is_label_name(value) {
            findings.push(bad_label_value(path, value));
        }
    }
}

fn empty_selector(path: FieldPath) -> Finding {
    Finding::error("SMI-VAL-23", path, "the selector names no label", SELECTS_NOTHING)
}

fn bad_label_key(path: FieldPath, key: &str) -> Finding {
    Finding::error("SMI-VAL-23", path, format!("{} is not the name of a label", quoted(key)), SELECTS_NOTHING)
}

fn bad_label_value(path: FieldPath, value: &str) -> Finding {
    Finding::error(
        "SMI-VAL-23",
        path,
        format!("{} is not the value of a label", quoted(value)),
        SELECTS_NOTHING,
    )
}

/// A label name, after a DNS name and a slash or without.
pub(super) fn is_label_key(key: &str) -> bool {
    match key.split_once('/') {
        Some((prefix, name)) => is_object_name(prefix) && is_label_name(name),
        None => is_label_name(key),
    }
}

/// At most 63 letters, digits, hyphens, dots and underscores; a letter or digit at both ends.
pub(super) fn is_label_name(text: &str) -> bool {
    let inside = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
    let ends = [text.bytes().next(), text.bytes().last()];
    text.len() <= 63
        && text.bytes().all(inside)
        && ends.iter().all(|end| end.is_some_and(|b| b.is_ascii_alphanumeric()))
}

const ID_MATCHES_NOBODY: &str = "the ID matches nobody";

fn bad_id(path: FieldPath, error: &SpiffeIdError) -> Finding {
    Finding::error("SMI-VAL-24", path, error.to_string(), ID_MATCHES_NOBODY)
        .help("write spiffe://<trust domain>/<path>")
}

/// A tenant must not lend the identity of another namespace (SMI-ID-4).
fn borrowed_identity(path: FieldPath, id: &SpiffeId, own: &str, context: &AccessContext) -> Option<Finding> {
    let (namespace, _) = id.service_account()?;
    // Where the namespace is not filled in yet, there is nothing to compare with.
    if id.trust_domain() != context.trust_domain || own.is_empty() || namespace == own {
        return None;
    }
    let message = format!(
        "the ID is that of a ServiceAccount of namespace {}; a binding names workloads of its own namespace {}",
        quoted(namespace),
        quoted(own)
    );
    let help = format!("create the binding in namespace {}", quoted(namespace));
    Some(Finding::error("SMI-VAL-25", path, message, ID_MATCHES_NOBODY).help(help))
}

fn bad_service_account(name: &str) -> Finding {
    let message = format!("{} is not the name of a ServiceAccount", quoted(name));
    let finding =
        Finding::error("SMI-VAL-21", schemes_path().key("serviceAccount"), message, "it matches nobody");
    if name.contains('*') { finding.help("there are no wildcards") } else { finding }
}
