//! A definition as it is given, in either version of `apiextensions.k8s.io`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::crd::difference::Unknown;
use crate::{FieldPath, Kind, Version};

/// A definition of a kind of SMI.
pub(super) struct Given<'d> {
    pub(super) kind: Kind,
    pub(super) definition: &'d Value,
    /// The versions that SMI has, in the order of the definition.
    pub(super) versions: Vec<GivenVersion<'d>>,
    /// Names of served versions that SMI does not have, and where they stand.
    pub(super) foreign: Vec<(&'d str, FieldPath)>,
    /// What becomes of fields that schemas do not know.
    pub(super) unknown: Unknown,
}

/// One version in a definition.
pub(super) struct GivenVersion<'d> {
    pub(super) version: Version,
    /// Where it stands.
    pub(super) path: FieldPath,
    pub(super) served: bool,
    pub(super) stored: bool,
    pub(super) has_status: bool,
    /// The schema and where it stands.
    pub(super) schema: Option<(&'d Value, FieldPath)>,
    pub(super) columns: Option<&'d Value>,
}

impl<'d> Given<'d> {
    pub(super) fn read(kind: Kind, definition: &'d Value) -> Given<'d> {
        let spec = &definition["spec"];
        let is_beta = definition["apiVersion"] == "apiextensions.k8s.io/v1beta1";
        let keeps_unknown = spec["preserveUnknownFields"].as_bool().unwrap_or(is_beta);
        let unknown = if keeps_unknown { Unknown::Kept } else { Unknown::Dropped };
        let mut given = Given { kind, definition, versions: Vec::new(), foreign: Vec::new(), unknown };
        let path = FieldPath::of("spec");
        match spec["versions"].as_array() {
            Some(entries) => {
                for (index, entry) in entries.iter().enumerate() {
                    given.add(&entry["name"], entry, path.clone().key("versions").index(index));
                }
            }
            // The first form of v1beta1: one version, and no list.
            None => given.add(&spec["version"], &Value::Null, path.key("version")),
        }
        given
    }

    fn add(&mut self, name: &'d Value, entry: &'d Value, path: FieldPath) {
        let spec = &self.definition["spec"];
        let Some(name) = name.as_str() else { return };
        let flag = |key: &str| entry.get(key).map_or(entry.is_null(), |value| value == &Value::Bool(true));
        let served = flag("served");
        let Some(version) = Version::parse(name).filter(|version| self.kind.versions().contains(version))
        else {
            if served {
                self.foreign.push((name, path));
            }
            return;
        };
        // API servers refuse a second one of the name.
        if self.versions.iter().any(|known| known.version == version) {
            return;
        }
        // What all versions share stands beside them in v1beta1.
        let own = entry.pointer("/schema/openAPIV3Schema").map(|schema| (schema, path.clone().key("schema")));
        let shared = || {
            let schema = spec.pointer("/validation/openAPIV3Schema")?;
            Some((schema, FieldPath::of("spec").key("validation")))
        };
        let schema = own.or_else(shared).map(|(schema, path)| (schema, path.key("openAPIV3Schema")));
        let subresources = entry.get("subresources").or_else(|| spec.get("subresources"));
        self.versions.push(GivenVersion {
            version,
            path,
            served,
            stored: flag("storage"),
            has_status: subresources.and_then(|all| all.get("status")).is_some_and(Value::is_object),
            schema,
            columns: entry.get("additionalPrinterColumns").or_else(|| spec.get("additionalPrinterColumns")),
        });
    }

    pub(super) fn served(&self) -> impl Iterator<Item = &GivenVersion<'d>> {
        self.versions.iter().filter(|version| version.served)
    }

    /// The versions in which objects are stored: those an API server has counted, else the one that is declared.
    pub(super) fn stored(&self) -> BTreeSet<Version> {
        let counted = self.definition.pointer("/status/storedVersions").and_then(Value::as_array);
        let counted = counted.into_iter().flatten().filter_map(Value::as_str).filter_map(Version::parse);
        counted
            .chain(self.versions.iter().filter(|version| version.stored).map(|version| version.version))
            .collect()
    }
}
