//! AuthorizationPolicy (`security.istio.io/v1`), with exactly the fields we write.
//!
//! In Istio an omitted list means "any" (`istio.md` 4.3). So every list here is one that cannot be empty, every rule has sources, and an
//! HTTP operation has a field that only HTTP can satisfy.

use serde::Serialize;
use smi_translate::OneOrMore;
use smi_translate::facts::Labels;

/// `apiVersion` and `kind` of an AuthorizationPolicy.
pub(crate) const AUTHORIZATION_POLICY: (&str, &str) = ("security.istio.io/v1", "AuthorizationPolicy");

/// The `spec` of an AuthorizationPolicy that allows. Without `rules` it selects and matches nothing, which denies.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuthorizationPolicySpec {
    action: &'static str,
    /// Which pods; without it and without `target_refs`, the whole namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    selector: Option<Selector>,
    /// Which Services, at waypoints; sidecars ignore such a policy.
    #[serde(skip_serializing_if = "Option::is_none")]
    target_refs: Option<OneOrMore<TargetRef>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rules: Option<OneOrMore<Rule>>,
}

impl AuthorizationPolicySpec {
    /// A policy for the pods with these labels; `None` without labels, because it would be one for the whole namespace.
    pub(crate) fn for_pods(labels: &Labels, rules: Option<OneOrMore<Rule>>) -> Option<Self> {
        Some(AuthorizationPolicySpec {
            selector: Some(Selector::new(labels)?),
            rules,
            ..Self::deny_namespace()
        })
    }

    /// A policy that waypoints enforce for these Services. Sidecars ignore it.
    pub(crate) fn for_services(services: OneOrMore<TargetRef>, rules: Option<OneOrMore<Rule>>) -> Self {
        AuthorizationPolicySpec { target_refs: Some(services), rules, ..Self::deny_namespace() }
    }

    /// A policy that denies everything in its namespace. There is none that allows something there (`istio.md` 4.2, D).
    pub(crate) fn deny_namespace() -> Self {
        AuthorizationPolicySpec { action: "ALLOW", selector: None, target_refs: None, rules: None }
    }
}

/// Selects pods by their labels, never all of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Selector {
    match_labels: Labels,
}

impl Selector {
    /// A selector; `None` without labels.
    pub(crate) fn new(labels: &Labels) -> Option<Selector> {
        (!labels.is_empty()).then(|| Selector { match_labels: labels.clone() })
    }
}

/// A Service of the policy's namespace.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct TargetRef {
    group: &'static str,
    kind: &'static str,
    name: String,
}

impl TargetRef {
    /// Refers to a Service.
    pub(crate) fn service(name: &str) -> TargetRef {
        TargetRef { group: "", kind: "Service", name: name.to_owned() }
    }
}

/// A rule: one of `from`, one of `to`, and all of `when` must hold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Rule {
    pub(crate) from: OneOrMore<From>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<OneOrMore<To>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) when: Option<OneOrMore<When>>,
}

/// One entry of `from`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct From {
    pub(crate) source: Source,
}

/// Who sends. The two forms must not stand side by side in one source.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Source {
    Principals(OneOrMore<String>),
    ServiceAccounts(OneOrMore<String>),
}

/// One entry of `to`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct To {
    pub(crate) operation: Operation,
}

/// What is sent; never empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Operation {
    #[serde(skip_serializing_if = "Option::is_none")]
    ports: Option<OneOrMore<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    methods: Option<OneOrMore<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    paths: Option<OneOrMore<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_paths: Option<OneOrMore<String>>,
}

impl Operation {
    /// Everything on these ports.
    pub(crate) fn on_ports(ports: OneOrMore<String>) -> Operation {
        Operation { ports: Some(ports), methods: None, paths: None, not_paths: None }
    }

    /// HTTP requests, and nothing else.
    ///
    /// Where neither methods nor paths are asked for, the method must be present: every HTTP request has one, and istiod leaves rules with
    /// HTTP fields out of its filters for TCP, so that raw TCP stays denied (SMI-ACCESS-20.3).
    pub(crate) fn http(
        ports: Option<OneOrMore<String>>,
        methods: Option<OneOrMore<String>>,
        (paths, not_paths): (Option<OneOrMore<String>>, Option<OneOrMore<String>>),
    ) -> Operation {
        let any = methods.is_none() && paths.is_none() && not_paths.is_none();
        let methods = if any { Some(OneOrMore::one("*".to_owned())) } else { methods };
        Operation { ports, methods, paths, not_paths }
    }
}

/// One entry of `when`: the attribute must have one of the values.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub(crate) struct When {
    pub(crate) key: String,
    pub(crate) values: OneOrMore<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_is_written_that_would_mean_any() {
        assert_eq!(AuthorizationPolicySpec::for_pods(&Labels::new(), None), None);
        let labels = Labels::from([("app".to_owned(), "web".to_owned())]);
        let deny = AuthorizationPolicySpec::for_pods(&labels, None).unwrap();
        let written = json!({"action": "ALLOW", "selector": {"matchLabels": {"app": "web"}}});
        assert_eq!(serde_json::to_value(deny).unwrap(), written);
    }

    #[test]
    fn the_policy_of_a_namespace_has_no_rules() {
        let deny = serde_json::to_value(AuthorizationPolicySpec::deny_namespace()).unwrap();
        assert_eq!(deny, json!({"action": "ALLOW"}));
    }

    #[test]
    fn an_http_operation_is_never_satisfied_by_raw_tcp() {
        let any = Operation::http(None, None, (None, None));
        assert_eq!(serde_json::to_value(any).unwrap(), json!({"methods": ["*"]}));
        let ports = OneOrMore::one("80".to_owned());
        let on_port = Operation::http(Some(ports), None, (None, None));
        assert_eq!(serde_json::to_value(on_port).unwrap(), json!({"ports": ["80"], "methods": ["*"]}));
    }
}
