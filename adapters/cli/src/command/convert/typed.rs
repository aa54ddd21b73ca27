//! From a document to the version-free form of its kind, and from there to the text of another version.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use smi_translate::yaml::{self, Entry, Node};
use smi_types::convert::{ConvertOptions, Converted, Convertible, Invalid};
use smi_types::{ApiVersion, Kind, Object, Version, access, hub, specs, split};

/// The version-free form of the kinds that have several versions.
pub(super) enum Hub {
    Split(hub::TrafficSplit),
    Group(hub::HTTPRouteGroup),
    Target(hub::TrafficTarget),
    TcpRoute(hub::TCPRoute),
}

/// An object in both forms of output.
pub(super) struct Texts {
    pub(super) yaml: String,
    pub(super) json: Value,
}

/// Calls a generic function with the body of a version.
macro_rules! in_version {
    ($version:expr, $group:ident::$body:ident, $function:ident($($argument:expr),*)) => {
        match $version {
            Version::V1Alpha1 => $function::<$group::v1alpha1::$body>($($argument),*),
            Version::V1Alpha2 => $function::<$group::v1alpha2::$body>($($argument),*),
            Version::V1Alpha3 => $function::<$group::v1alpha3::$body>($($argument),*),
            Version::V1Alpha4 => $function::<$group::v1alpha4::$body>($($argument),*),
        }
    };
}

/// Reads an object. Fields it does not have are reported elsewhere.
pub(super) fn read(api: ApiVersion, node: &Node<'_>) -> Result<Converted<Hub>, String> {
    let ApiVersion { kind, version } = api;
    match kind {
        Kind::TrafficSplit => {
            in_version!(version, split::TrafficSplitSpec, decode(node)).map(|read| read.map(Hub::Split))
        }
        Kind::HTTPRouteGroup => {
            let node = match version {
                Version::V1Alpha1 | Version::V1Alpha2 => node,
                Version::V1Alpha3 | Version::V1Alpha4 => &under_spec(node),
            };
            in_version!(version, specs::HTTPRouteGroupSpec, decode(node)).map(|read| read.map(Hub::Group))
        }
        Kind::TrafficTarget => {
            in_version!(version, access::TrafficTargetSpec, decode(node)).map(|read| read.map(Hub::Target))
        }
        Kind::TCPRoute => {
            in_version!(version, specs::TCPRouteSpec, decode(node)).map(|read| read.map(Hub::TcpRoute))
        }
        // They have one version, or belong in no file.
        Kind::IdentityBinding | Kind::UDPRoute | Kind::TrafficMetrics | Kind::TrafficMetricsList => {
            Err(format!("{kind} is not converted"))
        }
    }
}

fn decode<B: Convertible + DeserializeOwned>(node: &Node<'_>) -> Result<Converted<B::Hub>, String> {
    yaml::decode::<Object<B>>(node).value.map(B::into_hub).map_err(|error| error.to_string())
}

/// Moves `matches` at the root under `spec`, as the reader takes it where there is no `spec` (D-S7).
fn under_spec<'s>(node: &Node<'s>) -> Node<'s> {
    let mut node = node.clone();
    if node.get("spec").is_some() {
        return node;
    }
    if let yaml::Value::Map(entries) = &mut node.value
        && let Some(at) = entries.iter().position(|entry| entry.key == "matches")
    {
        let matches = entries.remove(at);
        let (key_span, span) = (matches.key_span, matches.value.span);
        let value = Node { value: yaml::Value::Map(vec![matches]), span };
        entries.push(Entry { key: "spec".into(), key_span, value });
    }
    node
}

/// Writes an object in version `to`.
pub(super) fn write(hub: &Hub, to: Version, options: &ConvertOptions) -> Result<Converted<Texts>, Invalid> {
    match hub {
        Hub::Split(hub) => in_version!(to, split::TrafficSplitSpec, texts(hub, options)),
        Hub::Group(hub) => in_version!(to, specs::HTTPRouteGroupSpec, texts(hub, options)),
        Hub::Target(hub) => in_version!(to, access::TrafficTargetSpec, texts(hub, options)),
        Hub::TcpRoute(hub) => in_version!(to, specs::TCPRouteSpec, texts(hub, options)),
    }
}

fn texts<B: Convertible + Serialize>(
    hub: &B::Hub,
    options: &ConvertOptions,
) -> Result<Converted<Texts>, Invalid> {
    // The typed form keeps the order of fields that people know.
    Ok(B::from_hub(hub, options)?.map(|object| Texts {
        yaml: yaml::write(&object).expect("all keys of an SMI object are strings"),
        json: serde_json::to_value(&object).expect("all keys of an SMI object are strings"),
    }))
}
