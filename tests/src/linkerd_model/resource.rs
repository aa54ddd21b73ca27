//! Objects as far as the model knows them. Any other field is refused: an API server would drop it without a word, and what is not
//! modelled must not be guessed.

pub(super) mod authorization;
pub(super) mod profile;
pub(super) mod route;
pub(super) mod server;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use authorization::{AuthorizationPolicy, MeshTls, Networks};
use profile::ServiceProfile;
use route::{HttpRoute, TcpRoute};
use server::Server;

pub(super) const POLICY: &str = "policy.linkerd.io";
pub(super) const GATEWAY: &str = "gateway.networking.k8s.io";

/// An object that could be read.
#[derive(Clone, Debug)]
pub(super) enum Resource {
    Profile(ServiceProfile),
    Http(HttpRoute),
    Tcp(TcpRoute),
    Server(Server),
    Policy(AuthorizationPolicy),
    MeshTls(MeshTls),
    Networks(Networks),
    /// One that Linkerd does not look at.
    Ignored,
}

/// What tells an object from others.
#[derive(Clone, Debug)]
pub(super) struct Metadata {
    /// `creationTimestamp`, of one second granularity.
    pub(super) created: Option<String>,
    /// Position among the objects given.
    pub(super) index: usize,
    pub(super) group: &'static str,
    pub(super) kind: &'static str,
    pub(super) namespace: String,
    pub(super) name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawObject {
    #[serde(rename = "apiVersion")]
    _api_version: String,
    #[serde(rename = "kind")]
    _kind: String,
    metadata: RawMetadata,
    spec: Value,
    #[serde(rename = "status")]
    _status: Option<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawMetadata {
    namespace: String,
    name: String,
    creation_timestamp: Option<String>,
}

/// A reference to an object, of the API of routes and policies alike.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reference {
    #[serde(default)]
    pub(super) group: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) namespace: Option<String>,
}

impl Reference {
    /// Whether it is of this kind of this group. Linkerd calls the group without a name `core` as well (3.3).
    pub(super) fn is(&self, group: &str, kind: &str) -> bool {
        is_kind(&self.group, &self.kind, group, kind)
    }
}

pub(super) fn is_kind(own_group: &str, own_kind: &str, group: &str, kind: &str) -> bool {
    let own_group = if own_group == "core" { "" } else { own_group };
    own_group == group && own_kind == kind
}

/// Reads one object.
pub(super) fn read(object: &Value, index: usize) -> Result<Resource, String> {
    let (version, kind) =
        (object["apiVersion"].as_str().unwrap_or_default(), object["kind"].as_str().unwrap_or_default());
    let metadata = |group, kind| Metadata {
        created: None,
        index,
        group,
        kind,
        namespace: String::new(),
        name: String::new(),
    };
    match (version, kind) {
        ("linkerd.io/v1alpha2", "ServiceProfile") => {
            profile::read(object, metadata("linkerd.io", "ServiceProfile")).map(Resource::Profile)
        }
        ("gateway.networking.k8s.io/v1", "HTTPRoute") => {
            route::read_http(object, metadata(GATEWAY, "HTTPRoute")).map(Resource::Http)
        }
        ("policy.linkerd.io/v1beta3", "HTTPRoute") => {
            route::read_http(object, metadata(POLICY, "HTTPRoute")).map(Resource::Http)
        }
        ("gateway.networking.k8s.io/v1alpha2", "TCPRoute") => {
            route::read_tcp(object, metadata(GATEWAY, "TCPRoute")).map(Resource::Tcp)
        }
        // Stored, without a status, and never looked at (15).
        ("gateway.networking.k8s.io/v1", "TCPRoute") => Ok(Resource::Ignored),
        ("policy.linkerd.io/v1beta3", "Server") => {
            server::read(object, metadata(POLICY, "Server")).map(Resource::Server)
        }
        ("policy.linkerd.io/v1alpha1", "AuthorizationPolicy") => {
            authorization::read_policy(object, metadata(POLICY, "AuthorizationPolicy")).map(Resource::Policy)
        }
        ("policy.linkerd.io/v1alpha1", "MeshTLSAuthentication") => {
            authorization::read_mesh_tls(object, metadata(POLICY, "MeshTLSAuthentication"))
                .map(Resource::MeshTls)
        }
        ("policy.linkerd.io/v1alpha1", "NetworkAuthentication") => {
            authorization::read_networks(object, metadata(POLICY, "NetworkAuthentication"))
                .map(Resource::Networks)
        }
        _ => match version.split('/').next() {
            Some("linkerd.io" | POLICY | GATEWAY) => Err(format!("{version} {kind} is not modelled")),
            _ => Ok(Resource::Ignored),
        },
    }
}

/// The spec of an object, read strictly, and its metadata.
fn parts<T: DeserializeOwned>(object: &Value, metadata: Metadata) -> Result<(Metadata, T), String> {
    let RawObject { metadata: own, spec, .. } =
        RawObject::deserialize(object).map_err(|error| error.to_string())?;
    let metadata =
        Metadata { created: own.creation_timestamp, namespace: own.namespace, name: own.name, ..metadata };
    Ok((metadata, serde_json::from_value(spec).map_err(|error| error.to_string())?))
}
