//! The weight of a TrafficSplit backend as it stands on the wire.

use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::number;

/// A backend weight as written.
///
/// v1alpha1 writes Kubernetes quantities (`"500m"`, `"1"`, `1`), later versions write integers; API servers without conversion
/// return the one under the name of the other, so every version reads both, and a weight is judged by its JSON type. Nothing is
/// rounded here, and a number that is too large to be told exactly is refused: [`hub::TrafficSplit::weights`](crate::hub::TrafficSplit::weights) turns the weights of one split into integers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Weight {
    /// A JSON integer, or a float without a fraction (`50.0`; SMI-CONV-44).
    Integer(i64),
    /// Any other JSON number, as decimal text: `0.5`, or an integer of 64 bits without a sign. Valid in v1alpha1 only, where numbers are
    /// quantities too (D-P4).
    Decimal(String),
    /// A JSON string, as it stands: a quantity if it parses as one.
    Quantity(String),
}

impl From<i64> for Weight {
    fn from(weight: i64) -> Self {
        Weight::Integer(weight)
    }
}

impl From<&str> for Weight {
    fn from(quantity: &str) -> Self {
        Weight::Quantity(quantity.to_owned())
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Weight::Integer(n) => n.fmt(f),
            Weight::Decimal(text) | Weight::Quantity(text) => f.write_str(text),
        }
    }
}

impl Serialize for Weight {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Weight::Integer(n) => serializer.serialize_i64(*n),
            // The text came from this very number, and reads back as it.
            Weight::Decimal(text) => match (text.parse::<u64>(), text.parse::<f64>()) {
                (Ok(n), _) => serializer.serialize_u64(n),
                (_, Ok(n)) => serializer.serialize_f64(n),
                _ => serializer.serialize_str(text),
            },
            Weight::Quantity(text) => serializer.serialize_str(text),
        }
    }
}

/// Writes a v1alpha1 weight, which is always a string (reference, section 2.5).
pub(crate) fn as_quantity<S: Serializer>(weight: &Option<Weight>, serializer: S) -> Result<S::Ok, S::Error> {
    match weight {
        Some(weight) => serializer.collect_str(weight),
        None => serializer.serialize_none(),
    }
}

impl<'de> Deserialize<'de> for Weight {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WeightVisitor;
        impl<'de> Visitor<'de> for WeightVisitor {
            type Value = Weight;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a weight: an integer, or a quantity such as \"500m\"")
            }

            fn visit_i64<E: Error>(self, n: i64) -> Result<Weight, E> {
                Ok(Weight::Integer(n))
            }

            fn visit_u64<E: Error>(self, n: u64) -> Result<Weight, E> {
                Ok(i64::try_from(n).map_or_else(|_| Weight::Decimal(n.to_string()), Weight::Integer))
            }

            fn visit_i128<E: Error>(self, n: i128) -> Result<Weight, E> {
                number::integer(self, n)
            }

            fn visit_u128<E: Error>(self, n: u128) -> Result<Weight, E> {
                number::integer(self, n)
            }

            fn visit_f64<E: Error>(self, n: f64) -> Result<Weight, E> {
                // `{}` prints the shortest decimal that reads back as `n`: the digits the author wrote, up to 15 of them.
                let text = format!("{}", number::exact(n)?);
                Ok(text.parse().map_or(Weight::Decimal(text), Weight::Integer))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Weight, E> {
                Ok(Weight::Quantity(text.to_owned()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Weight, A::Error> {
                number::visit(self, map)
            }
        }
        deserializer.deserialize_any(WeightVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::Weight;

    #[test]
    fn a_weight_is_judged_by_its_json_type() {
        for (json, weight) in [
            ("5", Weight::Integer(5)),
            ("-5", Weight::Integer(-5)),
            ("50.0", Weight::Integer(50)),
            ("-0.0", Weight::Integer(0)),
            ("5e1", Weight::Integer(50)),
            ("0.5", Weight::Decimal("0.5".into())),
            ("18446744073709551615", Weight::Decimal("18446744073709551615".into())),
            ("\"0.5\"", Weight::Quantity("0.5".into())),
            ("\"5\"", Weight::Quantity("5".into())),
        ] {
            let read: Weight = serde_json::from_str(json).unwrap();
            assert_eq!(read, weight, "{json}");
            let written = serde_json::to_string(&read).unwrap();
            assert_eq!(serde_json::from_str::<Weight>(&written).unwrap(), weight, "{json}");
        }
        assert_eq!(serde_json::to_string(&Weight::Decimal("0.5".into())).unwrap(), "0.5");
    }

    #[test]
    fn other_types_are_named_in_the_error() {
        let error = serde_json::from_str::<Weight>("[1]").unwrap_err().to_string();
        assert!(error.contains("expected a weight: an integer, or a quantity such as \"500m\""), "{error}");
    }
}
