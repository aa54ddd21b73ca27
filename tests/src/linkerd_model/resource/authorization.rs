//! AuthorizationPolicies and what they require (3.5 to 3.7).

use serde::Deserialize;
use serde_json::Value;

use super::super::identity::{IdentityMatch, Range};
use super::{Metadata, Reference, parts};

#[derive(Clone, Debug)]
pub(in super::super) struct AuthorizationPolicy {
    pub(in super::super) metadata: Metadata,
    pub(in super::super) target: Reference,
    /// All of them have to be satisfied: of none, by anyone.
    pub(in super::super) required: Vec<Reference>,
}

#[derive(Clone, Debug)]
pub(in super::super) struct MeshTls {
    pub(in super::super) metadata: Metadata,
    /// One of them has to be.
    pub(in super::super) clients: Vec<Clients>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Clients {
    Identity(IdentityMatch),
    Account { namespace: String, name: String },
    Namespace(String),
}

#[derive(Clone, Debug)]
pub(in super::super) struct Networks {
    pub(in super::super) metadata: Metadata,
    pub(in super::super) networks: Vec<Network>,
}

#[derive(Clone, Debug)]
pub(in super::super) struct Network {
    pub(in super::super) range: Range,
    pub(in super::super) except: Vec<Range>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RawPolicy {
    target_ref: Reference,
    required_authentication_refs: Vec<Reference>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct RawMeshTls {
    identities: Option<Vec<String>>,
    identity_refs: Option<Vec<RawIdentity>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawIdentity {
    #[serde(default)]
    group: String,
    kind: String,
    name: Option<String>,
    namespace: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNetworks {
    networks: Vec<RawNetwork>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNetwork {
    cidr: String,
    #[serde(default)]
    except: Vec<String>,
}

pub(super) fn read_policy(object: &Value, metadata: Metadata) -> Result<AuthorizationPolicy, String> {
    let (metadata, spec): (_, RawPolicy) = parts(object, metadata)?;
    let RawPolicy { target_ref: target, required_authentication_refs: required } = spec;
    if target.namespace.is_some() {
        return Err("targetRef has no namespace".to_owned());
    }
    Ok(AuthorizationPolicy { metadata, target, required })
}

pub(super) fn read_mesh_tls(object: &Value, metadata: Metadata) -> Result<MeshTls, String> {
    let (metadata, spec): (_, RawMeshTls) = parts(object, metadata)?;
    let clients: Vec<Clients> = match (spec.identities, spec.identity_refs) {
        (Some(identities), None) => {
            let identity = |text: String| match is_identity(&text) {
                true => Ok(Clients::Identity(IdentityMatch::read(&text))),
                false => Err(format!("{text:?} is no identity")),
            };
            identities.into_iter().map(identity).collect::<Result<_, _>>()?
        }
        (None, Some(references)) => {
            let client = |raw| read_identity(raw, &metadata.namespace);
            references.into_iter().map(client).collect::<Result<_, _>>()?
        }
        _ => return Err("not exactly one of identities and identityRefs".to_owned()),
    };
    if clients.is_empty() {
        return Err("an empty list of identities".to_owned());
    }
    Ok(MeshTls { metadata, clients })
}

fn read_identity(raw: RawIdentity, own_namespace: &str) -> Result<Clients, String> {
    let name = raw.name.ok_or("an identityRef without a name")?;
    if !is_subdomain(&name) {
        return Err(format!("an identityRef to {name:?}, which can be nobody's name, is not modelled"));
    }
    let is_core = raw.group.is_empty() || raw.group == "core";
    match (raw.kind.as_str(), raw.namespace) {
        ("ServiceAccount", namespace) if is_core => {
            let namespace = namespace.unwrap_or_else(|| own_namespace.to_owned());
            Ok(Clients::Account { namespace, name })
        }
        ("Namespace", None) if is_core => Ok(Clients::Namespace(name)),
        (kind, _) => Err(format!("an identityRef of kind {kind}, or with a namespace")),
    }
}

/// What the webhook takes for an identity (4).
fn is_identity(text: &str) -> bool {
    if let Some(id) = text.strip_prefix("spiffe://") {
        let (domain, path) = id.split_once('/').unwrap_or((id, "x"));
        let is_domain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-_".contains(&b);
        let is_segment = |segment: &str| {
            !["", ".", ".."].contains(&segment)
                && segment.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_".contains(&b))
        };
        return !domain.is_empty() && domain.bytes().all(is_domain) && path.split('/').all(is_segment);
    }
    match text.strip_prefix('*') {
        Some("") => true,
        Some(suffix) => suffix.strip_prefix('.').is_some_and(are_labels),
        None => are_labels(text),
    }
}

fn are_labels(text: &str) -> bool {
    text.split('.').all(|label| {
        let is_inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        !label.is_empty() && label.bytes().all(is_inner) && !label.starts_with('-') && !label.ends_with('-')
    })
}

/// A name that Kubernetes objects may have.
pub(in super::super) fn is_subdomain(name: &str) -> bool {
    name.len() <= 253 && are_labels(name)
}

pub(super) fn read_networks(object: &Value, metadata: Metadata) -> Result<Networks, String> {
    let (metadata, spec): (_, RawNetworks) = parts(object, metadata)?;
    let network = |raw: RawNetwork| {
        let range = Range::read(&raw.cidr)?;
        let except: Vec<Range> =
            raw.except.iter().map(|text| Range::read(text)).collect::<Result<_, String>>()?;
        match except.iter().all(|inner| range.is_wider_than(inner)) {
            true => Ok(Network { range, except }),
            false => Err(format!("an exception that is not within {}", raw.cidr)),
        }
    };
    let networks: Vec<Network> = spec.networks.into_iter().map(network).collect::<Result<_, String>>()?;
    if networks.is_empty() {
        return Err("an empty list of networks".to_owned());
    }
    Ok(Networks { metadata, networks })
}
