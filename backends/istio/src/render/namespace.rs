//! Deny-by-default of a whole namespace.

use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::intent::{Intent, NamespaceIntent};
use smi_translate::{Manifest, Rendering};

use crate::resources::authorization::{AUTHORIZATION_POLICY, AuthorizationPolicySpec};
use crate::{IstioOptions, WRITER};

/// Name of the policy. No destination has it: theirs end with a hash.
const NAME: &str = "smi-deny-by-default";

/// What is written into the root namespace holds for every namespace, whatever it selects.
pub(super) fn root_namespace(name: &str) -> Diagnostic {
    Diagnostic::new(
        Code("ISTIO-NAMESPACE-2"),
        Severity::Error,
        format!("{name} is the root namespace of the mesh, whose policies apply to the workloads of every namespace"),
        "nothing is rendered: the workloads stay as open as they are",
    )
    .help("move the workloads to another namespace; `--istio-root-namespace` says which one is the root")
}

/// One policy that denies everything in the namespace, which the policies of destinations add to; nothing where nobody asks for it.
pub(crate) fn namespace(intent: &Intent, namespace: &NamespaceIntent, options: &IstioOptions) -> Rendering {
    let mut rendering = Rendering::default();
    let Some(source) = namespace.sources.first() else { return rendering };
    if namespace.namespace == options.root_namespace() {
        rendering.diagnostics.push(root_namespace(&namespace.namespace).on(source));
        return rendering;
    }
    let spec = AuthorizationPolicySpec::deny_namespace();
    let place = (namespace.namespace.as_str(), NAME.to_owned());
    rendering.manifests.push(Manifest::new(AUTHORIZATION_POLICY, place, WRITER, intent, spec));
    if !namespace.gateways.is_empty() {
        let names: Vec<String> = namespace.gateways.iter().map(ToString::to_string).collect();
        rendering.diagnostics.push(
            Diagnostic::new(
                Code("ISTIO-NAMESPACE-1"),
                Severity::Warning,
                format!("the namespace denies by default, and there are gateways in it: {}", names.join(", ")),
                "the gateways deny what comes from outside as well",
            )
            .on(source)
            .help("move the gateways to another namespace, or write an AuthorizationPolicy that allows what comes from outside"),
        );
    }
    rendering
}
