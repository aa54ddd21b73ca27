//! From a document to the version-free form of its kind, and from there to the text of another version.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use smi_translate::yaml::{self, Entry, Node};
use smi_types::convert::{ConvertOptions, Converted, Convertible, Invalid};
use smi_types::{ApiVersion, Kind, Object, Version, hub, specs, split};

/// The version-free form of the kinds that are converted.
pub(super) enum Hub {
    Split(hub::TrafficSplit),
    Group(hub::HTTPRouteGroup),
}

/// An object in both forms of output.
pub(super) struct Texts {
    pub(super) yaml: String,
    pub(super) json: Value,
}

/// Reads an object. Fields it does not have are reported elsewhere.
pub(super) fn read(api: ApiVersion, node: &Node<'_>) -> Result<Converted<Hub>, String> {
    match (api.kind, api.version) {
        (Kind::TrafficSplit, Version::V1Alpha1) => {
            decode::<split::v1alpha1::TrafficSplitSpec>(node).map(splits)
        }
        (Kind::TrafficSplit, Version::V1Alpha2) => {
            decode::<split::v1alpha2::TrafficSplitSpec>(node).map(splits)
        }
        (Kind::TrafficSplit, Version::V1Alpha3) => {
            decode::<split::v1alpha3::TrafficSplitSpec>(node).map(splits)
        }
        (Kind::TrafficSplit, Version::V1Alpha4) => {
            decode::<split::v1alpha4::TrafficSplitSpec>(node).map(splits)
        }
        (Kind::HTTPRouteGroup, Version::V1Alpha1) => {
            decode::<specs::v1alpha1::HTTPRouteGroupSpec>(node).map(groups)
        }
        (Kind::HTTPRouteGroup, Version::V1Alpha2) => {
            decode::<specs::v1alpha2::HTTPRouteGroupSpec>(node).map(groups)
        }
        (Kind::HTTPRouteGroup, Version::V1Alpha3) => {
            decode::<specs::v1alpha3::HTTPRouteGroupSpec>(&under_spec(node)).map(groups)
        }
        (Kind::HTTPRouteGroup, Version::V1Alpha4) => {
            decode::<specs::v1alpha4::HTTPRouteGroupSpec>(&under_spec(node)).map(groups)
        }
        (kind, _) => Err(format!("{kind} is not converted")),
    }
}

fn splits(read: Converted<hub::TrafficSplit>) -> Converted<Hub> {
    read.map(Hub::Split)
}

fn groups(read: Converted<hub::HTTPRouteGroup>) -> Converted<Hub> {
    read.map(Hub::Group)
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
    match (hub, to) {
        (Hub::Split(hub), Version::V1Alpha1) => texts::<split::v1alpha1::TrafficSplitSpec>(hub, options),
        (Hub::Split(hub), Version::V1Alpha2) => texts::<split::v1alpha2::TrafficSplitSpec>(hub, options),
        (Hub::Split(hub), Version::V1Alpha3) => texts::<split::v1alpha3::TrafficSplitSpec>(hub, options),
        (Hub::Split(hub), Version::V1Alpha4) => texts::<split::v1alpha4::TrafficSplitSpec>(hub, options),
        (Hub::Group(hub), Version::V1Alpha1) => texts::<specs::v1alpha1::HTTPRouteGroupSpec>(hub, options),
        (Hub::Group(hub), Version::V1Alpha2) => texts::<specs::v1alpha2::HTTPRouteGroupSpec>(hub, options),
        (Hub::Group(hub), Version::V1Alpha3) => texts::<specs::v1alpha3::HTTPRouteGroupSpec>(hub, options),
        (Hub::Group(hub), Version::V1Alpha4) => texts::<specs::v1alpha4::HTTPRouteGroupSpec>(hub, options),
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
