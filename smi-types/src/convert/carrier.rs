//! The carrier: one annotation that holds what a version cannot (SMI-CONV-6).
//!
//! Its value is a JSON object, `{"v":1,"from":"v1alpha4","data":{…}}`. Each kind fixes the keys of `data`; each item names what it
//! belongs to (SMI-CONV-7).

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Loss, LossClass};
use crate::quote::quoted;
use crate::{FieldPath, Metadata, Version};

/// What every annotation and label of this project starts with.
pub const ANNOTATION_PREFIX: &str = "adapters.smi-spec.io/";

/// The annotation that holds what a version cannot (SMI-CONV-6).
pub const CARRIER_ANNOTATION: &str = "adapters.smi-spec.io/smi-conversion";

/// The format this crate writes, and the only one it reads.
const FORMAT: u64 = 1;

/// The key of what nobody could read when this annotation was written: another annotation, as it was.
const UNREAD: &str = "unread";

/// The key of a body that stands for an object in a version it cannot be converted to. A body of its own takes its place.
pub(crate) const UNCONVERTED: &str = "unconverted";

/// The key of an object that restricts more than the annotation says, because that could not be read or had no room. Whatever body it
/// has, it grants, routes and selects nothing until the annotation is removed (SMI-CONV-7).
pub(crate) const CLOSED: &str = "closed";

const IS_CLOSED: &str = "something restricts the object that the annotation does not hold, because it cannot be read or had no room; the object \
     grants, routes and selects nothing";

/// The most that the items of one carrier become when they are put back, in bytes: as much as an API server takes of a whole object. An
/// honest item goes to one place; a few words in an annotation could otherwise be copied to thousands of places.
pub(super) const RESTORED: usize = 3 * 1024 * 1024;

/// What is carried: items by their key.
pub(crate) type Data = BTreeMap<String, Value>;

/// A key of one kind's data.
pub(super) struct Key {
    name: &'static str,
    /// What it is to do without the item.
    class: LossClass,
    is_readable: fn(&Value) -> bool,
}

impl Key {
    /// Without it, the object grants or routes more.
    pub(super) const fn restrictive<T: DeserializeOwned>(name: &'static str) -> Key {
        Key { name, class: LossClass::Widening, is_readable: is_readable::<T> }
    }

    /// Without it, something that refers to the object grants less.
    pub(super) const fn identifying<T: DeserializeOwned>(name: &'static str) -> Key {
        Key { class: LossClass::Narrowing, ..Key::restrictive::<T>(name) }
    }

    pub(super) const fn descriptive<T: DeserializeOwned>(name: &'static str) -> Key {
        Key { class: LossClass::Cosmetic, ..Key::restrictive::<T>(name) }
    }

    fn is_restrictive(&self) -> bool {
        self.class == LossClass::Widening
    }
}

fn is_readable<T: DeserializeOwned>(item: &Value) -> bool {
    T::deserialize(item).is_ok()
}

fn key<'k>(keys: &'k [Key], name: &str) -> Option<&'k Key> {
    keys.iter().find(|key| key.name == name)
}

#[derive(Serialize, Deserialize)]
struct Wire {
    v: u64,
    from: String,
    data: Data,
}

/// The carrier of one object, read as far as it can be (SMI-CONV-6).
#[derive(Default)]
pub(super) struct Carrier {
    data: Data,
    /// Whether the annotation as a whole could not be read.
    is_unreadable: bool,
}

impl Carrier {
    pub(super) fn of(metadata: &Metadata) -> Carrier {
        match metadata.annotations.get(CARRIER_ANNOTATION).map(|text| parse(text)) {
            None => Carrier::default(),
            Some(Some(Wire { data, .. })) => Carrier { is_unreadable: data.contains_key(UNREAD), data },
            Some(None) => Carrier { is_unreadable: true, ..Carrier::default() },
        }
    }

    /// The item under `key`, if it is there and can be read.
    pub(super) fn item<T: DeserializeOwned>(&self, key: &'static str) -> Option<T> {
        T::deserialize(self.data.get(key)?).ok()
    }

    /// Whether the object grants and routes nothing, because not all that restricts it is known.
    pub(super) fn is_closed(&self) -> bool {
        self.data.contains_key(CLOSED)
    }

    /// What could not be read, and who knows what it restricts: the annotation, an item of it, items that only another release knows.
    pub(super) fn losses(&self, version: Version, keys: &[Key]) -> Vec<Loss> {
        let path = FieldPath::of("metadata").key("annotations").key(CARRIER_ANNOTATION);
        let loss = |class: LossClass, text: String| Loss {
            path: path.clone(),
            from: version,
            to: version,
            class,
            text,
            carried: true,
        };
        let closed = self
            .is_closed()
            .then(|| Loss { carried: false, ..loss(LossClass::Narrowing, IS_CLOSED.to_owned()) });
        let annotation = self.is_unreadable.then(|| {
            let text = "the annotation cannot be read and is ignored, with whatever it carries";
            loss(LossClass::Widening, text.to_owned())
        });
        let is_broken = |key: &&Key| self.data.get(key.name).is_some_and(|item| !(key.is_readable)(item));
        let broken = keys.iter().filter(is_broken).map(|Key { name, class, .. }| {
            let text = format!("what it carries under {} cannot be read and is ignored", quoted(name));
            loss(*class, text)
        });
        let is_unknown = |name: &&String| {
            !matches!(name.as_str(), UNREAD | UNCONVERTED | CLOSED) && key(keys, name).is_none()
        };
        let unknown: Vec<&String> = self.data.keys().filter(is_unknown).collect();
        let unknown = unknown.split_first().map(|(first, more)| {
            let more = if more.is_empty() { String::new() } else { format!(" and {} more keys", more.len()) };
            let first = quoted(first);
            let text = format!("what it carries under {first}{more} is unknown here and ignored");
            loss(LossClass::Widening, text)
        });
        closed.into_iter().chain(annotation).chain(broken).chain(unknown).collect()
    }
}

/// Whether a loss says that the object grants and routes nothing at all.
pub(crate) fn closes(loss: &Loss) -> bool {
    loss.class == LossClass::Narrowing && loss.text == IS_CLOSED
}

/// What is carried where it is not known what restricts.
pub(crate) fn closed() -> Data {
    Data::from([(CLOSED.to_owned(), true.into())])
}

fn parse(text: &str) -> Option<Wire> {
    let wire: Wire = serde_json::from_str(text).ok()?;
    (wire.v == FORMAT && Version::parse(&wire.from).is_some()).then_some(wire)
}

/// Puts the data of a conversion from `from` into the annotations, next to what could not be read of those that were there: that is
/// kept for a release that knows it, as it is; where its key is written anew, as another annotation under [`UNREAD`]. Without anything to
/// carry there is no annotation.
pub(super) fn write(metadata: &mut Metadata, from: Version, mut data: Data, keys: &[Key]) {
    let old = metadata.annotations.remove(CARRIER_ANNOTATION);
    let read = old.as_deref().and_then(parse);
    let mut from = from.to_string();
    if let Some(Wire { from: first, data: old, .. }) = &read {
        let is_done = |name: &str, item: &Value| key(keys, name).is_some_and(|key| (key.is_readable)(item));
        let mut displaced = Data::new();
        for (name, item) in old.iter().filter(|(name, item)| *name != UNCONVERTED && !is_done(name, item)) {
            let of = if data.contains_key(name) { &mut displaced } else { &mut data };
            of.insert(name.clone(), item.clone());
            from.clone_from(first);
        }
        if !displaced.is_empty() {
            displaced.extend(data.remove_entry(UNREAD));
            data.insert(UNREAD.to_owned(), written(first.clone(), displaced).into());
        }
    }
    let unread = match (&old, &read) {
        (Some(text), None) => Some(text.as_str()),
        _ => data.get(UNREAD).and_then(Value::as_str),
    };
    let text = match (unread, &old) {
        (None, _) if data.is_empty() => return,
        (Some(text), _) if data.keys().all(|name| name == UNREAD) => text.to_owned(),
        // The same data keep their text, and with it the version they came from first.
        (_, Some(text)) if read.is_some_and(|wire| wire.data == data) => text.clone(),
        (unread, _) => {
            let unread = unread.map(|text| (UNREAD.to_owned(), Value::from(text)));
            data.extend(unread);
            written(from, data)
        }
    };
    metadata.annotations.insert(CARRIER_ANNOTATION.to_owned(), text);
}

fn written(from: String, data: Data) -> String {
    serde_json::to_string(&Wire { v: FORMAT, from, data }).expect("all keys of the carrier are strings")
}

/// What is carried and restricts, or may for all that is known here.
pub(super) fn restrictions(annotation: &str, keys: &[Key]) -> Data {
    let Some(Wire { mut data, .. }) = parse(annotation) else {
        return Data::from([(UNREAD.to_owned(), annotation.into())]);
    };
    data.retain(|name, _| name != UNCONVERTED && key(keys, name).is_none_or(Key::is_restrictive));
    data
}

/// Takes one item out of the annotation. An item that cannot be read stays as it is, and so does such an annotation.
pub(super) fn remove(metadata: &mut Metadata, name: &str, keys: &[Key]) {
    let Some(text) = metadata.annotations.get(CARRIER_ANNOTATION) else { return };
    let Some(Wire { from, mut data, .. }) = parse(text) else { return };
    let is_read = |item: &Value| key(keys, name).is_some_and(|key| (key.is_readable)(item));
    if !data.get(name).is_some_and(is_read) {
        return;
    }
    data.remove(name);
    if data.is_empty() {
        metadata.annotations.remove(CARRIER_ANNOTATION);
        return;
    }
    metadata.annotations.insert(CARRIER_ANNOTATION.to_owned(), written(from, data));
}

/// An item as it stands in the data.
pub(super) fn item(value: &impl Serialize) -> Value {
    serde_json::to_value(value).expect("all keys of a carried item are strings")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: &[Key] = &[Key::restrictive::<u8>("k"), Key::descriptive::<u8>("d")];

    fn with(text: &str) -> Metadata {
        let mut metadata = Metadata::default();
        metadata.annotations.insert(CARRIER_ANNOTATION.to_owned(), text.to_owned());
        metadata
    }

    #[test]
    fn the_format() {
        assert_eq!(CARRIER_ANNOTATION, format!("{ANNOTATION_PREFIX}smi-conversion"));
        let mut metadata = Metadata::default();
        let data = || Data::from([("k".to_owned(), Value::from(1))]);
        write(&mut metadata, Version::V1Alpha4, data(), KEYS);
        assert_eq!(metadata.annotations[CARRIER_ANNOTATION], r#"{"v":1,"from":"v1alpha4","data":{"k":1}}"#);
        write(&mut metadata, Version::V1Alpha2, data(), KEYS);
        assert_eq!(metadata.annotations[CARRIER_ANNOTATION], r#"{"v":1,"from":"v1alpha4","data":{"k":1}}"#);
        write(&mut metadata, Version::V1Alpha2, Data::new(), KEYS);
        assert!(metadata.annotations.is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_ignored_kept_and_reported() {
        for text in [
            "",
            "{",
            "[]",
            r#"{"v":2,"from":"v1alpha1","data":{}}"#,
            r#"{"v":1,"from":"v9","data":{}}"#,
            "null",
        ] {
            let mut metadata = with(text);
            let carrier = Carrier::of(&metadata);
            assert_eq!(carrier.item::<u8>("k"), None);
            let losses = carrier.losses(Version::V1Alpha1, KEYS);
            assert_eq!(losses.len(), 1, "{text}");
            assert_eq!((losses[0].class, losses[0].carried), (LossClass::Widening, true));
            assert_eq!(
                losses[0].to_string(),
                r#"metadata.annotations["adapters.smi-spec.io/smi-conversion"]: the annotation cannot be read and is ignored, with whatever it carries"#
            );
            // It waits next to what has to be carried, and stands alone again afterwards.
            write(&mut metadata, Version::V1Alpha4, Data::from([("k".to_owned(), 1.into())]), KEYS);
            let carrier = Carrier::of(&metadata);
            assert_eq!((carrier.item::<u8>("k"), carrier.losses(Version::V1Alpha1, KEYS)), (Some(1), losses));
            write(&mut metadata, Version::V1Alpha4, Data::new(), KEYS);
            assert_eq!(metadata, with(text));
        }
    }

    #[test]
    fn items_that_cannot_be_read_are_kept_and_reported() {
        let text = r#"{"v":1,"from":"v1alpha1","data":{"d":"x","k":"x","next":{"a":1},"unconverted":{}}}"#;
        let mut metadata = with(text);
        let losses = Carrier::of(&metadata).losses(Version::V1Alpha1, KEYS);
        let lines: Vec<_> = losses.iter().map(|loss| format!("{} {}", loss.class, loss.text)).collect();
        assert_eq!(
            lines,
            [
                "widening what it carries under \"k\" cannot be read and is ignored",
                "cosmetic what it carries under \"d\" cannot be read and is ignored",
                "widening what it carries under \"next\" is unknown here and ignored",
            ]
        );
        write(&mut metadata, Version::V1Alpha4, Data::from([("d".to_owned(), 1.into())]), KEYS);
        // What has to stand in the place of one of them displaces it, and does not overwrite it.
        let displaced = r#"{\"v\":1,\"from\":\"v1alpha1\",\"data\":{\"d\":\"x\"}}"#;
        let kept = |d: &str| {
            format!(
                r#"{{"v":1,"from":"v1alpha1","data":{{{d}"k":"x","next":{{"a":1}},"unread":"{displaced}"}}}}"#
            )
        };
        assert_eq!(metadata.annotations[CARRIER_ANNOTATION], kept(r#""d":1,"#));
        write(&mut metadata, Version::V1Alpha1, Data::new(), KEYS);
        assert_eq!(metadata.annotations[CARRIER_ANNOTATION], kept(""));
    }

    #[test]
    fn what_restricts_is_kept_where_its_key_is_written_anew() {
        let broken = r#"{"v":1,"from":"v1alpha1","data":{"k":"x","unread":"{"}}"#;
        let mut metadata = with(broken);
        let data = || Data::from([("k".to_owned(), 1.into())]);
        write(&mut metadata, Version::V1Alpha4, data(), KEYS);
        let carrier = Carrier::of(&metadata);
        assert_eq!(carrier.item::<u8>("k"), Some(1));
        assert_eq!(carrier.losses(Version::V1Alpha1, KEYS)[0].class, LossClass::Widening);
        let once = metadata.clone();
        write(&mut metadata, Version::V1Alpha4, data(), KEYS);
        assert_eq!(metadata, once, "it does not grow");
        write(&mut metadata, Version::V1Alpha4, Data::new(), KEYS);
        assert_eq!(metadata, with(broken));
        // Nor is it taken out.
        remove(&mut metadata, "k", KEYS);
        assert_eq!(metadata, with(broken));
    }
}
