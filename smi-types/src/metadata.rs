//! Object metadata: the fields this project reads, and everything else kept as it came (SMI-CONV-3).

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// The `metadata` of a Kubernetes object.
///
/// Fields that no rule of SMI looks at (finalizers, managed fields, owner references, …) are kept in [`other`](Self::other), so
/// that a conversion returns them untouched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Object name.
    pub name: Option<String>,
    /// Namespace; `None` until a reader or an API server has filled it in.
    pub namespace: Option<String>,
    /// RFC 3339 time at which the API server stored the object, as it stands; `None` in files. Decides between several splits of
    /// one root (SMI-SPLIT-16).
    pub creation_timestamp: Option<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
    /// Every other field, by its JSON name. Those above are not written from here.
    pub other: BTreeMap<String, Value>,
}

impl Metadata {
    /// Metadata with a name and a namespace and nothing else.
    #[must_use]
    pub fn named(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Metadata { name: Some(name.into()), namespace: Some(namespace.into()), ..Metadata::default() }
    }

    /// The name, or `""` where it is missing.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    /// The namespace, or `""` where it is missing.
    #[must_use]
    pub fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or_default()
    }
}

/// Keys that never stand in [`Metadata::other`] once metadata are read.
const FIELDS: [&str; 5] = ["name", "namespace", "creationTimestamp", "labels", "annotations"];

impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Metadata { name, namespace, creation_timestamp, labels, annotations, other } = self;
        let mut map = serializer.serialize_map(None)?;
        if let Some(name) = name {
            map.serialize_entry("name", name)?;
        }
        if let Some(namespace) = namespace {
            map.serialize_entry("namespace", namespace)?;
        }
        if let Some(time) = creation_timestamp {
            map.serialize_entry("creationTimestamp", time)?;
        }
        if !labels.is_empty() {
            map.serialize_entry("labels", labels)?;
        }
        if !annotations.is_empty() {
            map.serialize_entry("annotations", annotations)?;
        }
        // What has a field of its own is not written twice.
        for (key, value) in other.iter().filter(|(key, _)| !FIELDS.contains(&key.as_str())) {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MetadataVisitor)
    }
}

/// A map whose values may be `null`, which Go clients write for an unset one.
type NullableMap = Option<BTreeMap<String, Option<String>>>;

fn without_nulls(map: NullableMap) -> BTreeMap<String, String> {
    map.unwrap_or_default().into_iter().map(|(k, v)| (k, v.unwrap_or_default())).collect()
}

struct MetadataVisitor;

impl<'de> Visitor<'de> for MetadataVisitor {
    type Value = Metadata;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("object metadata")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Metadata, A::Error> {
        let mut metadata = Metadata::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "name" => metadata.name = map.next_value()?,
                "namespace" => metadata.namespace = map.next_value()?,
                "creationTimestamp" => metadata.creation_timestamp = map.next_value()?,
                "labels" => metadata.labels = without_nulls(map.next_value()?),
                "annotations" => metadata.annotations = without_nulls(map.next_value()?),
                _ => {
                    metadata.other.insert(key, map.next_value()?);
                }
            }
        }
        Ok(metadata)
    }
}
