//! The carrier: one annotation that holds what a version cannot (SMI-CONV-6).
//!
//! Its value is a JSON object, `{"v":1,"from":"v1alpha4","data":{…}}`. Each kind fixes the keys of `data`; each item names what it
//! belongs to (SMI-CONV-7).

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Loss, LossClass};
use crate::{FieldPath, Metadata, Version};

/// What every annotation and label of this project starts with.
pub const ANNOTATION_PREFIX: &str = "adapters.smi-spec.io/";

/// The annotation that holds what a version cannot (SMI-CONV-6).
pub const CARRIER_ANNOTATION: &str = "adapters.smi-spec.io/smi-conversion";

/// The format this crate writes, and the only one it reads.
const FORMAT: u64 = 1;

/// What is carried: items by their key.
pub(super) type Data = BTreeMap<String, Value>;

#[derive(Serialize, Deserialize)]
struct Wire {
    v: u64,
    from: String,
    data: Data,
}

/// The carrier of one object, read as far as it can be; what cannot be read is collected (SMI-CONV-6).
#[derive(Default)]
pub(super) struct Carrier {
    data: Data,
    /// Whether the annotation as a whole could not be read.
    unreadable: bool,
    unreadable_items: Vec<&'static str>,
}

impl Carrier {
    pub(super) fn of(metadata: &Metadata) -> Carrier {
        match metadata.annotations.get(CARRIER_ANNOTATION).map(|text| parse(text)) {
            None => Carrier::default(),
            Some(Some(data)) => Carrier { data, ..Carrier::default() },
            Some(None) => Carrier { unreadable: true, ..Carrier::default() },
        }
    }

    /// The item under `key`, if it is there and can be read.
    pub(super) fn item<T: DeserializeOwned>(&mut self, key: &'static str) -> Option<T> {
        let item = T::deserialize(self.data.get(key)?);
        if item.is_err() {
            self.unreadable_items.push(key);
        }
        item.ok()
    }

    /// One loss for each part that could not be read. `restrictive` are the items whose loss widens; any of them may have been
    /// in an annotation that cannot be read at all.
    pub(super) fn losses(&self, version: Version, restrictive: &[&str]) -> Vec<Loss> {
        let path = FieldPath::of("metadata").key("annotations").key(CARRIER_ANNOTATION);
        let loss = |widens: bool, text: String| Loss {
            path: path.clone(),
            from: version,
            to: version,
            class: if widens { LossClass::Widening } else { LossClass::Cosmetic },
            text,
            carried: false,
        };
        if self.unreadable {
            let text = "the annotation cannot be read and is ignored, with whatever it carries".to_owned();
            return vec![loss(!restrictive.is_empty(), text)];
        }
        let item = |key: &&'static str| {
            loss(restrictive.contains(key), format!("the carried {key} cannot be read and are ignored"))
        };
        self.unreadable_items.iter().map(item).collect()
    }
}

fn parse(text: &str) -> Option<Data> {
    let Wire { v, from, data } = serde_json::from_str(text).ok()?;
    (v == FORMAT && Version::parse(&from).is_some()).then_some(data)
}

/// Puts the data of a conversion from `from` into the annotations, or takes the annotation away when there is none.
pub(super) fn write(metadata: &mut Metadata, from: Version, data: Data) {
    if data.is_empty() {
        metadata.annotations.remove(CARRIER_ANNOTATION);
        return;
    }
    // The same data keep their text, and with it the version they came from first.
    if metadata.annotations.get(CARRIER_ANNOTATION).and_then(|text| parse(text)).as_ref() == Some(&data) {
        return;
    }
    let wire = Wire { v: FORMAT, from: from.to_string(), data };
    let text = serde_json::to_string(&wire).expect("all keys of the carrier are strings");
    metadata.annotations.insert(CARRIER_ANNOTATION.to_owned(), text);
}

/// Takes one item out of the annotation. One that cannot be read stays as it is.
pub(super) fn remove(metadata: &mut Metadata, key: &str) {
    let Some(text) = metadata.annotations.get(CARRIER_ANNOTATION) else { return };
    let Ok(Wire { v: FORMAT, from, mut data }) = serde_json::from_str(text) else { return };
    if data.remove(key).is_none() {
        return;
    }
    if data.is_empty() {
        metadata.annotations.remove(CARRIER_ANNOTATION);
        return;
    }
    let wire = Wire { v: FORMAT, from, data };
    let text = serde_json::to_string(&wire).expect("all keys of the carrier are strings");
    metadata.annotations.insert(CARRIER_ANNOTATION.to_owned(), text);
}

/// An item as it stands in the data.
pub(super) fn item(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("all keys of a carried item are strings")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format() {
        assert_eq!(CARRIER_ANNOTATION, format!("{ANNOTATION_PREFIX}smi-conversion"));
        let mut metadata = Metadata::default();
        let data = || Data::from([("k".to_owned(), Value::from(1))]);
        write(&mut metadata, Version::V1Alpha4, data());
        assert_eq!(metadata.annotations[CARRIER_ANNOTATION], r#"{"v":1,"from":"v1alpha4","data":{"k":1}}"#);
        write(&mut metadata, Version::V1Alpha2, data());
        assert_eq!(metadata.annotations[CARRIER_ANNOTATION], r#"{"v":1,"from":"v1alpha4","data":{"k":1}}"#);
        write(&mut metadata, Version::V1Alpha2, Data::new());
        assert!(metadata.annotations.is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_ignored_and_reported() {
        for text in [
            "",
            "{",
            "[]",
            r#"{"v":2,"from":"v1alpha1","data":{}}"#,
            r#"{"v":1,"from":"v9","data":{}}"#,
            "null",
        ] {
            let mut metadata = Metadata::default();
            metadata.annotations.insert(CARRIER_ANNOTATION.to_owned(), text.to_owned());
            let mut carrier = Carrier::of(&metadata);
            assert_eq!(carrier.item::<u8>("k"), None);
            let losses = carrier.losses(Version::V1Alpha1, &["matches"]);
            assert_eq!(losses.len(), 1, "{text}");
            assert_eq!(losses[0].class, LossClass::Widening);
            assert_eq!(
                losses[0].to_string(),
                r#"metadata.annotations["adapters.smi-spec.io/smi-conversion"]: the annotation cannot be read and is ignored, with whatever it carries"#
            );
        }
    }
}
