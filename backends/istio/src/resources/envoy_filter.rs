//! EnvoyFilter (`networking.istio.io/v1alpha3`) that compares requests with conditions and writes the verdict down, and nothing more
//! (`istio.md` 12).

use serde::Serialize;
use serde_json::{Value, json};
use smi_translate::OneOrMore;
use smi_translate::facts::Labels;

/// `apiVersion` and `kind` of an EnvoyFilter.
pub(crate) const ENVOY_FILTER: (&str, &str) = ("networking.istio.io/v1alpha3", "EnvoyFilter");

/// The `spec` of an EnvoyFilter for some pods.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EnvoyFilterSpec {
    workload_selector: WorkloadSelector,
    config_patches: OneOrMore<Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct WorkloadSelector {
    labels: Labels,
}

impl EnvoyFilterSpec {
    /// A filter for the pods with these labels; `None` without labels, because it would be one for the whole namespace.
    pub(crate) fn for_pods(labels: &Labels, config_patches: OneOrMore<Value>) -> Option<Self> {
        let labels = (!labels.is_empty()).then(|| labels.clone())?;
        Some(EnvoyFilterSpec { workload_selector: WorkloadSelector { labels }, config_patches })
    }
}

/// A patch that puts one filter first among the HTTP filters for requests that come in.
///
/// The filter has shadow rules only: it decides nothing, and notes in `<prefix>shadow_engine_result` whether one of the permissions holds.
pub(crate) fn shadow_patch(prefix: &str, permissions: &OneOrMore<Value>) -> Value {
    json!({
        "applyTo": "HTTP_FILTER",
        "match": {
            "context": "SIDECAR_INBOUND",
            "listener": {"filterChain": {"filter": {"name": "envoy.filters.network.http_connection_manager"}}},
        },
        "patch": {
            "operation": "INSERT_FIRST",
            "value": {
                "name": "envoy.filters.http.rbac",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC",
                    "shadow_rules_stat_prefix": prefix,
                    "shadow_rules": {
                        "action": "ALLOW",
                        "policies": {"smi": {"permissions": permissions, "principals": [{"any": true}]}},
                    },
                },
            },
        },
    })
}

/// Holds where all of the conditions do.
pub(crate) fn all(conditions: OneOrMore<Value>) -> Value {
    json!({"and_rules": {"rules": conditions}})
}

/// Holds where one of the conditions does.
pub(crate) fn any(conditions: OneOrMore<Value>) -> Value {
    json!({"or_rules": {"rules": conditions}})
}

/// Holds where the condition does not.
pub(crate) fn not(condition: &Value) -> Value {
    json!({"not_rule": condition})
}

/// A condition on the path, without query: the regular expression must match all of it.
pub(crate) fn path(regex: &str) -> Value {
    json!({"url_path": {"path": {"safe_regex": {"regex": regex}}}})
}

/// A condition on a header: a line of it must be matched wholly.
pub(crate) fn header(name: &str, regex: &str) -> Value {
    json!({"header": {"name": name, "string_match": {"safe_regex": {"regex": regex}}}})
}

/// The method must be this one.
pub(crate) fn method(method: &str) -> Value {
    json!({"header": {"name": ":method", "string_match": {"exact": method}}})
}
