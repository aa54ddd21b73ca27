//! ServiceProfile (`linkerd.io/v1alpha2`): of it, only the weighted destinations. Routes and retry budgets belong to users.

use serde::Serialize;
use smi_translate::OneOrMore;

/// `apiVersion` and `kind` of a ServiceProfile.
pub(crate) const SERVICE_PROFILE: (&str, &str) = ("linkerd.io/v1alpha2", "ServiceProfile");

/// The `spec` of a ServiceProfile.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ServiceProfileSpec {
    pub(crate) dst_overrides: OneOrMore<WeightedDestination>,
}

/// A destination: without a port in the authority, the port that the client dialled is used.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct WeightedDestination {
    pub(crate) authority: String,
    pub(crate) weight: u32,
}
