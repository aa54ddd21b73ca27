//! What is inside a value: elements, entries, keys, variants.

use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    VariantAccess, Visitor,
};

use super::failure::Failure;
use super::value::NodeDeserializer;
use super::{Context, Path};
use crate::yaml::{Entry, Node, Span};

/// The elements of a list.
pub(super) struct Items<'de, 's, 'p> {
    items: &'de [Node<'s>],
    next: usize,
    path: &'p Path<'p>,
    context: &'p Context,
}

impl<'de, 's, 'p> Items<'de, 's, 'p> {
    pub(super) fn new(items: &'de [Node<'s>], path: &'p Path<'p>, context: &'p Context) -> Self {
        Items { items, next: 0, path, context }
    }
}

impl<'de, 's: 'de> SeqAccess<'de> for Items<'de, 's, '_> {
    type Error = Failure;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Failure> {
        let Some(node) = self.items.get(self.next) else { return Ok(None) };
        let path = Path::Index(self.path, self.next);
        self.next += 1;
        seed.deserialize(NodeDeserializer {
            node,
            place: node.span,
            path: &path,
            context: self.context,
            skip: &[],
        })
        .map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.items.len() - self.next)
    }
}

/// The entries of a map.
pub(super) struct Entries<'de, 's, 'p> {
    entries: std::slice::Iter<'de, Entry<'s>>,
    current: Option<&'de Entry<'s>>,
    path: &'p Path<'p>,
    context: &'p Context,
    skip: &'p [&'p str],
}

impl<'de, 's, 'p> Entries<'de, 's, 'p> {
    pub(super) fn new(
        entries: &'de [Entry<'s>],
        path: &'p Path<'p>,
        context: &'p Context,
        skip: &'p [&'p str],
    ) -> Self {
        Entries { entries: entries.iter(), current: None, path, context, skip }
    }
}

impl<'de, 's: 'de> MapAccess<'de> for Entries<'de, 's, '_> {
    type Error = Failure;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Failure> {
        let skip = self.skip;
        let Some(entry) = self.entries.by_ref().find(|entry| !skip.contains(&entry.key.as_ref())) else {
            return Ok(None);
        };
        self.current = Some(entry);
        seed.deserialize(KeyDeserializer { key: &entry.key })
            .map(Some)
            .map_err(|failure| failure.at(&Path::Key(self.path, &entry.key), None, entry.key_span))
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Failure> {
        let entry = self
            .current
            .take()
            .ok_or_else(|| <Failure as de::Error>::custom("a value was asked for before its key"))?;
        let node = &entry.value;
        let path = Path::Key(self.path, &entry.key);
        let place = entry.place();
        seed.deserialize(NodeDeserializer { node, place, path: &path, context: self.context, skip: &[] })
    }

    fn size_hint(&self) -> Option<usize> {
        // Skipped keys may be among them.
        self.skip.is_empty().then(|| self.entries.len())
    }
}

/// A key: a string, unless the type wants a number or a boolean.
struct KeyDeserializer<'de> {
    key: &'de str,
}

macro_rules! parsed {
    ($($method:ident $visit:ident $type:ty),* $(,)?) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            match self.key.parse::<$type>() {
                Ok(value) => visitor.$visit(value),
                Err(_) => visitor.visit_borrowed_str(self.key),
            }
        })*
    };
}

impl<'de> Deserializer<'de> for KeyDeserializer<'de> {
    type Error = Failure;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_borrowed_str(self.key)
    }

    parsed! {
        deserialize_bool visit_bool bool,
        deserialize_i8 visit_i64 i64, deserialize_i16 visit_i64 i64, deserialize_i32 visit_i64 i64,
        deserialize_i64 visit_i64 i64, deserialize_u8 visit_u64 u64, deserialize_u16 visit_u64 u64,
        deserialize_u32 visit_u64 u64, deserialize_u64 visit_u64 u64,
        deserialize_f32 visit_f64 f64, deserialize_f64 visit_f64 f64,
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        IntoDeserializer::<Failure>::into_deserializer(self.key).deserialize_enum(name, variants, visitor)
    }

    serde::forward_to_deserialize_any! {
        i128 u128 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// A variant of an enum: a string, or a map with its name as the only key.
pub(super) struct Variant<'de, 's, 'p> {
    pub(super) outer: NodeDeserializer<'de, 's, 'p>,
    pub(super) name: &'de str,
    pub(super) key_span: Span,
    pub(super) content: Option<&'de Node<'s>>,
}

impl<'de, 's: 'de> EnumAccess<'de> for Variant<'de, 's, '_> {
    type Error = Failure;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Failure> {
        let name = seed
            .deserialize(BorrowedStrDeserializer::<Failure>::new(self.name))
            .map_err(|failure| failure.at(self.outer.path, None, self.key_span))?;
        Ok((name, self))
    }
}

impl<'de, 's: 'de> Variant<'de, 's, '_> {
    /// Lets `read` have the content of the variant; without content it is as if there were none of that kind.
    fn content<T>(
        self,
        wanted: &str,
        read: impl FnOnce(NodeDeserializer<'de, 's, '_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let Some(node) = self.content else {
            return Err(de::Error::invalid_type(Unexpected::UnitVariant, &wanted));
        };
        let path = Path::Key(self.outer.path, self.name);
        read(NodeDeserializer { node, place: node.span, path: &path, context: self.outer.context, skip: &[] })
    }
}

impl<'de, 's: 'de> VariantAccess<'de> for Variant<'de, 's, '_> {
    type Error = Failure;

    fn unit_variant(self) -> Result<(), Failure> {
        match self.content {
            None => Ok(()),
            Some(_) => self.content("nothing", |content| de::Deserialize::deserialize(content)),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Failure> {
        self.content("a variant with a value", |content| seed.deserialize(content))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Failure> {
        self.content("a variant with a list", |content| content.deserialize_tuple(length, visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.content("a variant with a map", |content| content.deserialize_struct("", fields, visitor))
    }
}
