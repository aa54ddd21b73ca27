//! Rendered objects: what a backend wants the cluster to hold, ready to be written as YAML or applied.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::intent::Intent;
use crate::reference::ObjectRef;

/// Prefix of every label and annotation this project owns.
pub const LABEL_PREFIX: &str = smi_types::convert::ANNOTATION_PREFIX;
/// Label that names the unit an object belongs to.
pub const UNIT_LABEL: &str = "adapters.smi-spec.io/unit";
/// Annotation that names the objects a rendered object comes from.
pub const SOURCES_ANNOTATION: &str = "adapters.smi-spec.io/sources";
/// Label that names the writer.
pub const MANAGED_BY_LABEL: &str = "app.kubernetes.io/managed-by";

/// A hash of some texts for names and labels: 64 bits of FNV-1a, each text ended by a zero byte.
///
/// It must never change between versions: objects in clusters carry it.
///
/// ```
/// use smi_translate::manifest::stable_hash;
///
/// assert_eq!(stable_hash(["routing", "shop", "website"]), 0xa988_7b02_cb23_140e);
/// assert_ne!(stable_hash(["ab", "c"]), stable_hash(["a", "bc"]));
/// ```
#[must_use]
pub fn stable_hash<'a>(parts: impl IntoIterator<Item = &'a str>) -> u64 {
    parts.into_iter().flat_map(|part| part.bytes().chain([0])).fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// The name of a further part of an object that is divided: the first has the plain name.
#[must_use]
pub fn part_name(name: &str, part: usize) -> String {
    match part {
        0 => name.to_owned(),
        part => format!("{name}-{}", part + 1),
    }
}

/// When, among the objects of its unit, an object is written: lower stages first, and in reverse on deletion. Every state in
/// between grants at most what the old or the new objects grant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stage(pub u8);

/// A `spec` of any type that serialises: each backend has small types of exactly the fields it writes.
pub trait Spec: erased_serde::Serialize + Debug + Send + Sync {}

impl<T: Serialize + Debug + Send + Sync> Spec for T {}

/// One object to be written.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// `apiVersion`.
    pub api_version: &'static str,
    /// `kind`.
    pub kind: &'static str,
    /// Namespace.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Annotations.
    pub annotations: BTreeMap<String, String>,
    /// When it is written, among the objects of its unit.
    pub stage: Stage,
    /// Whether the object may be somebody else's, of which only these fields are ours: it is written by server-side apply, which keeps the
    /// other fields and refuses to take over ours, and of an object that was there before only these fields are removed.
    pub shared: bool,
    /// The object's `spec`.
    pub spec: Arc<dyn Spec>,
}

impl Manifest {
    /// An object of the unit of `intent`, with the labels and annotations that say so.
    pub fn new(
        (api_version, kind): (&'static str, &'static str),
        (namespace, name): (&str, String),
        writer: &str,
        intent: &Intent,
        spec: impl Spec + 'static,
    ) -> Self {
        Manifest {
            api_version,
            kind,
            namespace: namespace.to_owned(),
            name,
            labels: BTreeMap::from([
                (MANAGED_BY_LABEL.to_owned(), writer.to_owned()),
                (UNIT_LABEL.to_owned(), intent.key().label()),
            ]),
            annotations: BTreeMap::from([(SOURCES_ANNOTATION.to_owned(), named(intent.sources()))]),
            stage: Stage::default(),
            shared: false,
            spec: Arc::new(spec),
        }
    }

    /// Names the object.
    #[must_use]
    pub fn object(&self) -> ObjectRef {
        ObjectRef::new(self.kind, &self.namespace, &self.name)
    }

    /// A stable file name: `virtualservice_shop_smi-website.yaml`. Kubernetes names have no underscore, so no two objects share one.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}_{}_{}.yaml", self.kind.to_ascii_lowercase(), self.namespace, self.name)
    }
}

/// Sources that are named one by one; an API server takes 256 KiB of annotations, and a name has up to 253 bytes.
const NAMED_SOURCES: usize = 200;

fn named(sources: &[ObjectRef]) -> String {
    let mut names: Vec<String> = sources.iter().take(NAMED_SOURCES).map(ToString::to_string).collect();
    if sources.len() > NAMED_SOURCES {
        names.push(format!("and {} more", sources.len() - NAMED_SOURCES));
    }
    names.join(", ")
}

#[derive(Serialize)]
struct ManifestMetadata<'a> {
    name: &'a str,
    namespace: &'a str,
    labels: &'a BTreeMap<String, String>,
    annotations: &'a BTreeMap<String, String>,
}

struct ErasedSpec<'a>(&'a dyn Spec);

impl Serialize for ErasedSpec<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        erased_serde::serialize(self.0, serializer)
    }
}

impl Serialize for Manifest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Manifest { api_version, kind, namespace, name, labels, annotations, stage: _, shared: _, spec } =
            self;
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("apiVersion", api_version)?;
        map.serialize_entry("kind", kind)?;
        map.serialize_entry("metadata", &ManifestMetadata { name, namespace, labels, annotations })?;
        map.serialize_entry("spec", &ErasedSpec(spec.as_ref()))?;
        map.end()
    }
}
