//! AuthorizationPolicy (`policy.linkerd.io/v1alpha1`) and the authentications that it requires.
//!
//! An AuthorizationPolicy with an empty list of authentications lets in everybody, and an authentication with an empty list is refused: no
//! list here can be empty.

use serde::Serialize;
use smi_translate::OneOrMore;

/// `apiVersion` and `kind` of an AuthorizationPolicy.
pub(crate) const AUTHORIZATION_POLICY: (&str, &str) = ("policy.linkerd.io/v1alpha1", "AuthorizationPolicy");
/// `apiVersion` and `kind` of a MeshTLSAuthentication.
pub(crate) const MESH_TLS_AUTHENTICATION: (&str, &str) =
    ("policy.linkerd.io/v1alpha1", "MeshTLSAuthentication");
/// `apiVersion` and `kind` of a NetworkAuthentication.
pub(crate) const NETWORK_AUTHENTICATION: (&str, &str) =
    ("policy.linkerd.io/v1alpha1", "NetworkAuthentication");

/// The `spec` of an AuthorizationPolicy that requires one authentication.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuthorizationPolicySpec {
    pub(crate) target_ref: PolicyRef,
    pub(crate) required_authentication_refs: OneOrMore<PolicyRef>,
}

/// An object of Linkerd's policy group in the same namespace.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct PolicyRef {
    group: &'static str,
    kind: &'static str,
    name: String,
}

impl PolicyRef {
    /// Refers to an object of a kind.
    pub(crate) fn new((_, kind): (&'static str, &'static str), name: &str) -> PolicyRef {
        PolicyRef { group: "policy.linkerd.io", kind, name: name.to_owned() }
    }
}

/// The `spec` of a MeshTLSAuthentication: one of the two forms, never both.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum MeshTlsAuthenticationSpec {
    /// Service accounts; Linkerd makes their identities itself, so that no trust domain is written down.
    IdentityRefs(OneOrMore<IdentityRef>),
    /// Identities as they stand.
    Identities(OneOrMore<String>),
}

/// A service account.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct IdentityRef {
    kind: &'static str,
    name: String,
    namespace: String,
}

impl IdentityRef {
    /// Refers to a service account.
    pub(crate) fn service_account(namespace: &str, name: &str) -> IdentityRef {
        IdentityRef { kind: "ServiceAccount", name: name.to_owned(), namespace: namespace.to_owned() }
    }
}

/// The `spec` of a NetworkAuthentication.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct NetworkAuthenticationSpec {
    pub(crate) networks: OneOrMore<Network>,
}

/// A network, as a range of addresses.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Network {
    pub(crate) cidr: String,
}
