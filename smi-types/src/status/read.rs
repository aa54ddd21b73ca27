//! Reading what anybody may have stored: no value is an error, and what has another form than expected is passed over, however deep it is
//! nested and whatever numbers it holds.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Condition, ConditionStatus, MeshStatus, Reason, Status};

/// What is read of a value, by the form that it has.
trait Lenient: Sized {
    /// Of every other form.
    fn absent() -> Self;

    fn from_text(_: &str) -> Self {
        Self::absent()
    }

    fn from_integer(_: i64) -> Self {
        Self::absent()
    }

    fn from_list<'de, A: SeqAccess<'de>>(list: A) -> Result<Self, A::Error> {
        IgnoredAny.visit_seq(list).map(|_| Self::absent())
    }

    fn from_map<'de, A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        IgnoredAny.visit_map(map).map(|_| Self::absent())
    }
}

impl Lenient for String {
    fn absent() -> Self {
        String::new()
    }

    fn from_text(text: &str) -> Self {
        text.to_owned()
    }
}

impl Lenient for ConditionStatus {
    fn absent() -> Self {
        ConditionStatus::Unknown
    }

    fn from_text(text: &str) -> Self {
        match text {
            "True" => ConditionStatus::True,
            "False" => ConditionStatus::False,
            _ => ConditionStatus::Unknown,
        }
    }
}

/// A `metadata.generation`.
struct Generation(Option<i64>);

impl Lenient for Generation {
    fn absent() -> Self {
        Generation(None)
    }

    fn from_integer(n: i64) -> Self {
        Generation((n >= 0).then_some(n))
    }
}

/// A map with fields.
impl<T: Fields> Lenient for Option<T> {
    fn absent() -> Self {
        None
    }

    fn from_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut fields = T::none();
        while let Some(key) = map.next_key::<String>()? {
            fields.read(&key, &mut map)?;
        }
        Ok(Some(fields))
    }
}

/// The maps in a list.
impl<T: Fields> Lenient for Vec<T> {
    fn absent() -> Self {
        Vec::new()
    }

    fn from_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut maps = Vec::new();
        while let Some(Any(element)) = list.next_element::<Any<Option<T>>>()? {
            maps.extend(element);
        }
        Ok(maps)
    }
}

trait Fields: Sized {
    /// Without any field.
    fn none() -> Self;

    /// Takes the value that stands under `key`.
    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error>;
}

impl Fields for Status {
    fn none() -> Self {
        Status::default()
    }

    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "conditions" => self.conditions = value(map)?,
            "meshes" => self.meshes = value(map)?,
            "observedGeneration" => Generation(self.observed_generation) = value(map)?,
            _ => ignore(map)?,
        }
        Ok(())
    }
}

impl Fields for MeshStatus {
    fn none() -> Self {
        MeshStatus::default()
    }

    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "name" => self.name = value(map)?,
            "conditions" => self.conditions = value(map)?,
            _ => ignore(map)?,
        }
        Ok(())
    }
}

impl Fields for Condition {
    fn none() -> Self {
        Condition {
            type_: "".into(),
            status: ConditionStatus::Unknown,
            reason: "".into(),
            message: String::new(),
            last_transition_time: String::new(),
            observed_generation: None,
        }
    }

    fn read<'de, A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "type" => self.type_ = value::<String, A>(map)?.into(),
            "status" => self.status = value(map)?,
            "reason" => self.reason = Reason::from(value::<String, A>(map)?),
            "message" => self.message = value(map)?,
            "lastTransitionTime" => self.last_transition_time = value(map)?,
            "observedGeneration" => Generation(self.observed_generation) = value(map)?,
            _ => ignore(map)?,
        }
        Ok(())
    }
}

fn value<'de, T: Lenient, A: MapAccess<'de>>(map: &mut A) -> Result<T, A::Error> {
    map.next_value().map(|Any(value)| value)
}

fn ignore<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    map.next_value().map(|IgnoredAny| ())
}

/// Any value.
struct Any<T>(T);

impl<'de, T: Lenient> Deserialize<'de> for Any<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyVisitor(PhantomData)).map(Any)
    }
}

struct AnyVisitor<T>(PhantomData<T>);

impl<'de, T: Lenient> Visitor<'de> for AnyVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        Ok(T::from_text(text))
    }

    fn visit_i64<E: Error>(self, n: i64) -> Result<T, E> {
        Ok(T::from_integer(n))
    }

    fn visit_u64<E: Error>(self, n: u64) -> Result<T, E> {
        Ok(i64::try_from(n).map_or_else(|_| T::absent(), T::from_integer))
    }

    fn visit_i128<E: Error>(self, _: i128) -> Result<T, E> {
        Ok(T::absent())
    }

    fn visit_u128<E: Error>(self, _: u128) -> Result<T, E> {
        Ok(T::absent())
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<T, E> {
        Ok(T::absent())
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<T, E> {
        Ok(T::absent())
    }

    fn visit_bytes<E: Error>(self, _: &[u8]) -> Result<T, E> {
        Ok(T::absent())
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        Ok(T::absent())
    }

    fn visit_none<E: Error>(self) -> Result<T, E> {
        Ok(T::absent())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        Any::deserialize(deserializer).map(|Any(value)| value)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        Any::deserialize(deserializer).map(|Any(value)| value)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
        T::from_list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::from_map(map)
    }
}

macro_rules! read_any_value {
    ($($name:ident),+) => {$(
        /// Every value is read, see [the module](crate::status#reading).
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Any::deserialize(deserializer).map(|Any(fields)| Option::unwrap_or_else(fields, Self::none))
            }
        }
    )+};
}

read_any_value!(Status, MeshStatus, Condition);

/// Every value is read, see [the module](crate::status#reading).
impl<'de> Deserialize<'de> for ConditionStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Any::deserialize(deserializer).map(|Any(status)| status)
    }
}
