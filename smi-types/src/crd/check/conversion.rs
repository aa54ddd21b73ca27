//! Who converts between versions. Without a webhook an API server only relabels objects, and drops what a version does not have.

use std::collections::BTreeSet;

use serde_json::Value;

use super::given::Given;
use super::{info, versions_joined};
use crate::quote::quoted;
use crate::validate::Finding;
use crate::{FieldPath, Kind, Version};

pub(super) fn check(given: &Given<'_>) -> Option<Finding> {
    let conversion = &given.definition["spec"]["conversion"];
    if conversion["strategy"] == "Webhook" {
        return Some(somebody(given, conversion));
    }
    // A version that is only stored meets those that are served as soon as somebody reads such an object.
    let served: BTreeSet<Version> = given.served().map(|version| version.version).collect();
    let versions: BTreeSet<Version> = served.iter().copied().chain(given.stored()).collect();
    let traps: BTreeSet<&'static str> = versions
        .iter()
        .flat_map(|old| versions.range(old..).skip(1).map(move |new| (*old, *new)))
        .filter(|(old, new)| served.contains(old) || served.contains(new))
        .filter_map(|(old, new)| trap(given.kind, old, new))
        .collect();
    if traps.is_empty() {
        return None;
    }
    let traps: Vec<&str> = traps.into_iter().collect();
    let has_stanza = given.definition["spec"].get("conversion").is_some();
    let path = FieldPath::of("spec").key(if has_stanza { "conversion" } else { "versions" });
    let message = format!(
        "nothing converts between {} {}: the strategy of conversion is None",
        given.kind,
        versions_joined(&versions)
    );
    Some(
        Finding::error("SMI-CRD-CONVERSION", path, message, traps.join("; "))
            .help("serve and store one version (`smi crds`), or let a webhook convert (`smi crds --conversion-webhook`)"),
    )
}

/// What goes wrong when objects of the one version are taken for objects of the other, and back; `None` where the two say the same.
fn trap(kind: Kind, old: Version, new: Version) -> Option<&'static str> {
    use Version::{V1Alpha1, V1Alpha2, V1Alpha3};
    match (kind, old, new) {
        (Kind::TrafficSplit, V1Alpha1, _) => Some(
            "weights of v1alpha1 are quantities, and later ones numbers: readers of one version fail on what the other stored, such as \
             500m",
        ),
        (Kind::TrafficSplit, V1Alpha2, _) => {
            Some("whoever writes a split as v1alpha2 drops its `matches`, and all traffic is split")
        }
        (Kind::TrafficTarget, V1Alpha1, _) => Some(
            "fields of v1alpha1 stand at the root, and later ones under spec: in the other version a target grants nothing",
        ),
        (Kind::TrafficTarget, V1Alpha2, _) => Some(
            "v1alpha3 and later have no destination.port: whoever writes a target there drops it, and opens every port",
        ),
        (Kind::HTTPRouteGroup, V1Alpha1 | V1Alpha2, new) if new >= V1Alpha3 => Some(
            "matches of v1alpha1 and v1alpha2 stand at the root, and later ones under spec: in the other version a group is empty",
        ),
        (Kind::TCPRoute, _, Version::V1Alpha4) => Some(
            "versions before v1alpha4 have no ports: whoever writes a route there drops them, and it means every port",
        ),
        _ => None,
    }
}

/// A webhook: whether it converts rightly, no file tells.
fn somebody(given: &Given<'_>, conversion: &Value) -> Finding {
    let client =
        conversion.pointer("/webhook/clientConfig").or_else(|| conversion.get("webhookClientConfig"));
    let text = |pointer: &str| client.and_then(|client| client.pointer(pointer)).and_then(Value::as_str);
    let who = match (text("/service/namespace"), text("/service/name"), text("/url")) {
        (Some(namespace), Some(name), _) => format!("Service {}", quoted(&format!("{namespace}/{name}"))),
        (_, _, Some(url)) => format!("webhook {}", quoted(url)),
        _ => "webhook".to_owned(),
    };
    let path = FieldPath::of("spec").key("conversion");
    info(
        "SMI-CRD-CONVERSION",
        path,
        format!("the {who} converts between versions of {}", given.kind),
        "objects mean in every version what it makes of them; while it does not answer, only the stored version can be used",
    )
    .help("Open Service Mesh's changes nothing but apiVersion; that of the adapters follows SMI")
}
