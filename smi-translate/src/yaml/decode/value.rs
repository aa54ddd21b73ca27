//! One value of the tree as a serde deserializer.

use std::borrow::Cow;

use serde::de::{self, Deserializer, Unexpected, Visitor};

use super::access::{Entries, Items, Variant};
use super::failure::Failure;
use super::{Context, Path};
use crate::yaml::{Node, Span, Value};

#[derive(Clone, Copy)]
pub(super) struct NodeDeserializer<'de, 's, 'p> {
    pub(super) node: &'de Node<'s>,
    /// Where to point: the value, or the key of a list or map.
    pub(super) place: Span,
    pub(super) path: &'p Path<'p>,
    pub(super) context: &'p Context,
    /// Keys of this map that somebody else reads.
    pub(super) skip: &'p [&'p str],
}

impl<'de, 's: 'de> NodeDeserializer<'de, 's, '_> {
    fn located<T>(self, result: Result<T, Failure>) -> Result<T, Failure> {
        result.map_err(|failure| failure.at(self.path, Some(self.node), self.place))
    }

    fn visit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.located(match &self.node.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Int(value) => match u64::try_from(*value) {
                Ok(value) => visitor.visit_u64(value),
                Err(_) => visitor.visit_i64(*value),
            },
            Value::UInt(value) => visitor.visit_u64(*value),
            Value::Float(value) => visitor.visit_f64(*value),
            Value::String(Cow::Borrowed(text)) => visitor.visit_borrowed_str(text),
            Value::String(Cow::Owned(text)) => visitor.visit_borrowed_str(text),
            Value::Seq(items) => visitor.visit_seq(Items::new(items, self.path, self.context)),
            Value::Map(entries) => {
                visitor.visit_map(Entries::new(entries, self.path, self.context, self.skip))
            }
        })
    }

    fn unexpected(&self) -> Unexpected<'de> {
        match &self.node.value {
            Value::Null => Unexpected::Unit,
            Value::Bool(value) => Unexpected::Bool(*value),
            Value::Int(value) => Unexpected::Signed(*value),
            Value::UInt(value) => Unexpected::Unsigned(*value),
            Value::Float(value) => Unexpected::Float(*value),
            Value::String(text) => Unexpected::Str(text),
            Value::Seq(_) => Unexpected::Seq,
            Value::Map(_) => Unexpected::Map,
        }
    }
}

macro_rules! as_it_is {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            self.visit(visitor)
        })*
    };
}

impl<'de, 's: 'de> Deserializer<'de> for NodeDeserializer<'de, 's, '_> {
    type Error = Failure;

    as_it_is! {
        deserialize_any deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64
        deserialize_char deserialize_str deserialize_string deserialize_unit deserialize_seq deserialize_map
        deserialize_identifier
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.node.value {
            Value::Null => self.located(visitor.visit_none()),
            _ => self.located(visitor.visit_some(self)),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match &self.node.value {
            Value::String(text) => self.located(visitor.visit_borrowed_bytes(text.as_bytes())),
            _ => self.visit(visitor),
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.visit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.located(visitor.visit_newtype_struct(self))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _length: usize, visitor: V) -> Result<V::Value, Failure> {
        self.visit(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _length: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.visit(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        // A derived struct would take a list too, field by field; no object of Kubernetes is written like that.
        match self.node.value {
            Value::Seq(_) => self.located(Err(de::Error::invalid_type(Unexpected::Seq, &visitor))),
            _ => self.visit(visitor),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.located(match &self.node.value {
            Value::String(name) => {
                visitor.visit_enum(Variant { outer: self, name, key_span: self.place, content: None })
            }
            Value::Map(entries) => match entries.as_slice() {
                [entry] => visitor.visit_enum(Variant {
                    outer: self,
                    name: &entry.key,
                    key_span: entry.key_span,
                    content: Some(&entry.value),
                }),
                _ => Err(de::Error::invalid_value(Unexpected::Map, &"a map with a single key")),
            },
            _ => Err(de::Error::invalid_type(self.unexpected(), &visitor)),
        })
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        if let Some(unknown) = &self.context.unknown {
            unknown.borrow_mut().push(self.path.to_field_path());
        }
        self.located(visitor.visit_unit())
    }
}
