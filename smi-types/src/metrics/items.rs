//! The items of a list, which may leave out what they are.

use std::marker::PhantomData;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::object::{Body, Headless, Object};

/// Reads the items of a list: an item without `apiVersion` and `kind` is what the list says.
pub(crate) fn read_items<'de, D, B>(deserializer: D) -> Result<Vec<Object<B>>, D::Error>
where
    D: Deserializer<'de>,
    B: Body + Deserialize<'de>,
{
    struct Items<B>(PhantomData<B>);
    impl<'de, B: Body + Deserialize<'de>> Visitor<'de> for Items<B> {
        type Value = Vec<Object<B>>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(f, "a list of {}", B::KIND)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            let mut items = Vec::new();
            while let Some(Headless(item)) = list.next_element()? {
                items.push(item);
            }
            Ok(items)
        }

        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }
    }
    deserializer.deserialize_any(Items(PhantomData))
}

/// Writes the items as objects of their own, as Go servers do.
pub(crate) fn write_items<B: Body + Serialize, S: Serializer>(
    items: &[Object<B>],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    items.serialize(serializer)
}
