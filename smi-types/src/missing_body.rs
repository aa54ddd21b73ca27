//! Bodies that may be missing as a whole (D-A9): an object without `spec` reads as one that says nothing.
//!
//! The types that `kube` derives require a `spec`, and one object without it would make a typed list of all unreadable: a route that
//! means all ports, or what the conversion webhook answers in place of an object that it cannot convert.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};

/// Implements the traits of serde for bodies that derive them with `remote = "Self"`, which makes plain functions of them.
macro_rules! body_or_none {
    ($($body:ident),+) => {$(
        impl serde::Serialize for $body {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $body::serialize(self, serializer)
            }
        }

        impl<'de> serde::Deserialize<'de> for $body {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_option($crate::missing_body::BodyVisitor::<$body>::default())
            }
        }

        impl<'de> $crate::missing_body::Fields<'de> for $body {
            fn read<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $body::deserialize(deserializer)
            }
        }
    )+};
}
pub(crate) use body_or_none;

/// A body that is there, read field by field.
pub(crate) trait Fields<'de>: Default {
    fn read<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

/// A missing body, `null`, and an empty one are the same.
pub(crate) struct BodyVisitor<B>(PhantomData<B>);

impl<B> Default for BodyVisitor<B> {
    fn default() -> Self {
        BodyVisitor(PhantomData)
    }
}

impl<'de, B: Fields<'de>> Visitor<'de> for BodyVisitor<B> {
    type Value = B;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_none<E: Error>(self) -> Result<B, E> {
        Ok(B::default())
    }

    fn visit_unit<E: Error>(self) -> Result<B, E> {
        Ok(B::default())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<B, D::Error> {
        B::read(deserializer)
    }

    /// Of deserializers that know no options.
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<B, A::Error> {
        B::read(MapAccessDeserializer::new(map))
    }
}
