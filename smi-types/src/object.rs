//! An SMI object of one version: metadata and body, with `apiVersion` and `kind` in the type.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, MapDeserializer};
use serde::de::{DeserializeSeed, Error, IgnoredAny, IntoDeserializer, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::quote::quoted;
use crate::{Metadata, Version};

/// Where the fields of a kind stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Layout {
    /// Under `spec`, as Kubernetes kinds usually do.
    Spec,
    /// At the root of the object: HTTPRouteGroup, TCPRoute and TrafficTarget of the first versions.
    Root,
}

/// The body of one kind in one version: what stands under `spec`, or at the root for [`Layout::Root`].
pub trait Body: Sized {
    /// API group.
    const GROUP: &'static str;
    /// Version.
    const VERSION: Version;
    /// Kind.
    const KIND: &'static str;
    /// Plural resource name; empty for traffic metrics, which are served under the name of what they measure.
    const PLURAL: &'static str;
    /// Where the fields stand on the wire.
    const LAYOUT: Layout;
}

/// An object whose body is `B`: `Object<split::v1alpha4::TrafficSplitSpec>` is a TrafficSplit of `split.smi-spec.io/v1alpha4`.
///
/// `apiVersion` and `kind` follow from the type: they are written, and checked when read. It is what users write, and so has no
/// `status`: that is read by itself, as a [`Status`](crate::status::Status).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object<B> {
    /// Name, namespace, labels and so on.
    pub metadata: Metadata,
    /// The fields of the kind.
    pub spec: B,
}

impl<B: Body> Object<B> {
    /// The full `group/version` (SMI-CONV-2).
    #[must_use]
    pub fn api_version() -> String {
        format!("{}/{}", B::GROUP, B::VERSION)
    }
}

impl<B: Body + Serialize> Serialize for Object<B> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Flat<'a, B> {
            #[serde(rename = "apiVersion")]
            api_version: String,
            kind: &'static str,
            metadata: &'a Metadata,
            #[serde(flatten)]
            body: &'a B,
        }

        let Object { metadata, spec } = self;
        match B::LAYOUT {
            Layout::Root => {
                let api_version = Self::api_version();
                Flat { api_version, kind: B::KIND, metadata, body: spec }.serialize(serializer)
            }
            Layout::Spec => {
                let mut map = serializer.serialize_map(Some(4))?;
                map.serialize_entry("apiVersion", &Self::api_version())?;
                map.serialize_entry("kind", B::KIND)?;
                map.serialize_entry("metadata", metadata)?;
                map.serialize_entry("spec", spec)?;
                map.end()
            }
        }
    }
}

/// Unknown fields are ignored, as a cluster may know more than this crate; a missing or `null` body has no field set, so that
/// validation reports what is missing, by code.
impl<'de, B: Body + Deserialize<'de>> Deserialize<'de> for Object<B> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor { needs_head: true, body: PhantomData })
    }
}

/// An object that need not say its `apiVersion` and `kind`, because the list it stands in does.
pub(crate) struct Headless<B>(pub(crate) Object<B>);

impl<'de, B: Body + Deserialize<'de>> Deserialize<'de> for Headless<B> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor { needs_head: false, body: PhantomData }).map(Headless)
    }
}

struct ObjectVisitor<B> {
    needs_head: bool,
    body: PhantomData<B>,
}

impl<'de, B: Body + Deserialize<'de>> Visitor<'de> for ObjectVisitor<B> {
    type Value = Object<B>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a {} of {}/{}", B::KIND, B::GROUP, B::VERSION)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<B>, A::Error> {
        let mut head = Head::default();
        let spec = match B::LAYOUT {
            Layout::Root => B::deserialize(MapAccessDeserializer::new(BodyFields { map, head: &mut head }))?,
            Layout::Spec => {
                let mut spec: Option<B> = None;
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        "spec" => spec = map.next_value()?,
                        _ if head.takes(&key, &mut map)? => {}
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                match spec {
                    Some(spec) => spec,
                    None => B::deserialize(MapDeserializer::new(std::iter::empty::<(&str, &str)>()))?,
                }
            }
        };
        head.check::<B, A::Error>(self.needs_head)?;
        Ok(Object { metadata: head.metadata.unwrap_or_default(), spec })
    }
}

/// What every object has, whatever its kind.
#[derive(Default)]
struct Head {
    api_version: Option<String>,
    kind: Option<String>,
    metadata: Option<Metadata>,
}

impl Head {
    /// Reads the value under `key` if it belongs here.
    fn takes<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<bool, A::Error> {
        match key {
            "apiVersion" => self.api_version = map.next_value()?,
            "kind" => self.kind = map.next_value()?,
            "metadata" => self.metadata = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn check<B: Body, E: Error>(&self, is_needed: bool) -> Result<(), E> {
        let wrong = |field: &str, is: &Option<String>, should: &str| match is.as_deref() {
            Some(is) if is == should => Ok(()),
            Some(is) => Err(E::custom(format_args!("{field} is {}, not {should:?}", quoted(is)))),
            None if !is_needed => Ok(()),
            None => Err(E::custom(format_args!("{field} is missing; it should be {should:?}"))),
        };
        wrong("apiVersion", &self.api_version, &Object::<B>::api_version())?;
        wrong("kind", &self.kind, B::KIND)
    }
}

/// The fields of a body at the root: everything except the head, passed on as it comes, without a buffer in between, so that a
/// deserializer that tracks positions keeps them.
struct BodyFields<'h, A> {
    map: A,
    head: &'h mut Head,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for BodyFields<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        while let Some(key) = self.map.next_key::<String>()? {
            if !self.head.takes(&key, &mut self.map)? {
                return seed.deserialize(key.into_deserializer()).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Object;
    use crate::{HeaderStyle, specs, split};

    #[test]
    fn a_spec_layout_round_trips() {
        let written = json!({
            "apiVersion": "split.smi-spec.io/v1alpha4", "kind": "TrafficSplit",
            "metadata": {"name": "web", "namespace": "shop", "finalizers": ["f"]},
            "spec": {"service": "web", "backends": [{"service": "web-v1", "weight": 1}]},
        });
        let object: Object<split::v1alpha4::TrafficSplitSpec> =
            serde_json::from_value(written.clone()).unwrap();
        assert_eq!(object.metadata.name(), "web");
        assert_eq!(object.spec.service, "web");
        assert_eq!(serde_json::to_value(&object).unwrap(), written);
    }

    #[test]
    fn a_root_layout_round_trips() {
        let written = json!({
            "apiVersion": "specs.smi-spec.io/v1alpha2", "kind": "HTTPRouteGroup",
            "metadata": {"name": "api", "namespace": "shop"},
            "matches": [{"name": "m", "pathRegex": "/api", "methods": ["GET"], "headers": [{"x": "1"}, {"x": "2"}]}],
        });
        let object: Object<specs::v1alpha2::HTTPRouteGroupSpec> =
            serde_json::from_value(written.clone()).unwrap();
        assert_eq!(serde_json::to_value(&object).unwrap(), written);
        let text = r#"{"matches":[{"name":"m","headers":{"x":"1","x":"2"}}],"kind":"HTTPRouteGroup","status":{},
            "apiVersion":"specs.smi-spec.io/v1alpha2"}"#;
        let object: Object<specs::v1alpha2::HTTPRouteGroupSpec> = serde_json::from_str(text).unwrap();
        let headers = object.spec.matches.unwrap().remove(0).headers.unwrap();
        assert_eq!((headers.style, headers.entries.len()), (HeaderStyle::Map, 2));
    }

    #[test]
    fn weights_of_v1alpha1_are_written_as_strings() {
        let object: Object<split::v1alpha1::TrafficSplitSpec> = serde_json::from_value(json!({
            "apiVersion": "split.smi-spec.io/v1alpha1", "kind": "TrafficSplit", "metadata": null,
            "spec": {"service": "web", "backends": [
                {"service": "a", "weight": 1}, {"service": "b", "weight": 0.5}, {"service": "c", "weight": "5m"}, {"service": "d"},
            ]},
        }))
        .unwrap();
        let written = serde_json::to_value(&object).unwrap();
        let weights: Vec<_> =
            written["spec"]["backends"].as_array().unwrap().iter().map(|b| b.get("weight")).collect();
        assert_eq!(weights, [Some(&json!("1")), Some(&json!("0.5")), Some(&json!("5m")), None]);
    }

    #[test]
    fn another_api_version_or_kind_is_an_error() {
        let read = |object: Value| {
            serde_json::from_value::<Object<split::v1alpha4::TrafficSplitSpec>>(object)
                .unwrap_err()
                .to_string()
        };
        assert_eq!(
            read(json!({"apiVersion": "split.smi-spec.io/v1alpha2", "kind": "TrafficSplit", "spec": {}})),
            r#"apiVersion is "split.smi-spec.io/v1alpha2", not "split.smi-spec.io/v1alpha4""#
        );
        assert_eq!(
            read(json!({"apiVersion": "split.smi-spec.io/v1alpha4", "spec": null})),
            r#"kind is missing; it should be "TrafficSplit""#
        );
    }
}
