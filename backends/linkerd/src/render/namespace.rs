//! Deny-by-default of a whole namespace, which Linkerd reads from an annotation when it injects a pod.

use smi_translate::Rendering;
use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::intent::NamespaceIntent;

/// Nothing is rendered: no object denies all ports of a namespace, and the annotation that does belongs to whoever owns the namespace.
pub(crate) fn namespace(namespace: &NamespaceIntent) -> Rendering {
    let mut rendering = Rendering::default();
    let Some(source) = namespace.sources.first() else { return rendering };
    rendering.diagnostics.push(
        Diagnostic::new(
            Code("LINKERD-NAMESPACE-1"),
            Severity::Error,
            format!("Linkerd has no object that denies by default in the whole namespace {}", namespace.namespace),
            "ports that no TrafficTarget is about stay as open as the default inbound policy leaves them",
        )
        .on(source)
        .help("annotate the namespace with config.linkerd.io/default-inbound-policy: deny, and restart its pods"),
    );
    rendering
}
