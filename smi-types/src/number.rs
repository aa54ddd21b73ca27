//! Numbers that are read exactly or refused by name.
//!
//! Under serde_json's feature `arbitrary_precision`, which any crate of a build may turn on, what does not fit an integer comes as a map
//! with one key; without it such a number is a float before anybody sees it, and an integer beyond 64 bits has lost its last digits.

use serde::de::{Error, MapAccess, Unexpected, Visitor};

use crate::quote::quoted;

/// The key. It is private to serde_json, and as stable as what it writes: `RawValue` and numbers pass between crates by such keys.
const TOKEN: &str = "$serde_json::private::Number";

/// Visits the number that a map stands for, as if it had come without the feature; any other map is of the wrong type.
pub(crate) fn visit<'de, V: Visitor<'de>, A: MapAccess<'de>>(
    visitor: V,
    mut map: A,
) -> Result<V::Value, A::Error> {
    if map.next_key::<String>()?.as_deref() != Some(TOKEN) {
        return Err(Error::invalid_type(Unexpected::Map, &visitor));
    }
    let text: String = map.next_value()?;
    if let Ok(n) = text.parse() {
        return visitor.visit_i64(n);
    }
    if let Ok(n) = text.parse() {
        return visitor.visit_u64(n);
    }
    match text.parse::<f64>() {
        Ok(n) if n.is_finite() && is_same(&text, n) => visitor.visit_f64(n),
        _ => Err(inexact(&text)),
    }
}

/// A float that stands for one number: from 2^64 on it may be what is left of an integer.
pub(crate) fn exact<E: Error>(n: f64) -> Result<f64, E> {
    const BEYOND: f64 = 18_446_744_073_709_551_616.0;
    if n.abs() < BEYOND { Ok(n) } else { Err(inexact(&format!("{n:e}"))) }
}

/// Visits an integer of any width.
pub(crate) fn integer<'de, V: Visitor<'de>, E: Error>(
    visitor: V,
    n: impl TryInto<i64> + TryInto<u64> + ToString + Copy,
) -> Result<V::Value, E> {
    if let Ok(n) = TryInto::<i64>::try_into(n) {
        return visitor.visit_i64(n);
    }
    match TryInto::<u64>::try_into(n) {
        Ok(n) => visitor.visit_u64(n),
        Err(_) => Err(inexact(&n.to_string())),
    }
}

/// Why a number is refused.
pub(crate) fn inexact<E: Error>(number: &str) -> E {
    E::custom(format!("the number {} cannot be read exactly", quoted(number).trim_matches('"')))
}

/// Whether the shortest text of a float is this number.
fn is_same(text: &str, float: f64) -> bool {
    let float = decimal(&format!("{float:e}"));
    float.is_some() && decimal(text) == float
}

/// Sign, digits without zeros around them, and the power of ten of the last digit; zero is zero, whatever its sign.
fn decimal(text: &str) -> Option<(bool, String, i64)> {
    let (sign, text) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let kept = digits.trim_end_matches('0');
    if kept.trim_start_matches('0').is_empty() {
        return Some((false, String::new(), 0));
    }
    let zeros = i64::try_from(digits.len() - kept.len()).ok()?;
    let fraction = i64::try_from(fraction.len()).ok()?;
    let power = exponent.parse::<i64>().ok()?.checked_add(zeros)?.checked_sub(fraction)?;
    Some((sign, kept.trim_start_matches('0').to_owned(), power))
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use serde::Deserialize;
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error, I128Deserializer, MapDeserializer};

    use super::TOKEN;
    use crate::quantity::Quantity;
    use crate::{Port, Weight};

    fn read<T: for<'de> Deserialize<'de>>(key: &'static str, number: &'static str) -> Result<T, Error> {
        T::deserialize(MapDeserializer::new(std::iter::once((key, number))))
    }

    #[test]
    fn a_number_of_arbitrary_precision_is_a_number() {
        for json in ["10.0", "0.5", "1e3", "1.50", "-0.5", "18446744073709551615", "-7"] {
            let plain: Weight = serde_json::from_str(json).unwrap();
            assert_eq!(read::<Weight>(TOKEN, json).unwrap(), plain, "{json}");
            let plain: Quantity = serde_json::from_str(json).unwrap();
            assert_eq!(read::<Quantity>(TOKEN, json).unwrap(), plain, "{json}");
            let plain: Port = serde_json::from_str(json).unwrap();
            assert_eq!(read::<Port>(TOKEN, json).unwrap(), plain, "{json}");
        }
        assert_eq!(read::<Port>(TOKEN, "8e1").unwrap(), Port::from(80));
    }

    #[test]
    fn other_maps_are_none() {
        let error = read::<Weight>("a", "1").unwrap_err().to_string();
        assert!(error.starts_with("invalid type: map, expected a weight"), "{error}");
        assert!(read::<Quantity>(TOKEN, "x").is_err());
    }

    /// What has more digits than a float is another number as a float.
    #[test]
    fn a_number_is_exact_or_refused_by_name() {
        fn refused<T: for<'de> Deserialize<'de> + Debug>(number: &'static str) {
            let message = format!("the number {number} cannot be read exactly");
            assert_eq!(read::<T>(TOKEN, number).unwrap_err().to_string(), message);
        }
        for number in [
            "18446744073709551616",
            "-9223372036854775809",
            "340282366920938463463374607431768211456",
            "9007199254740993.0",
            "0.10000000000000000001",
            "80.00000000000000000001",
            "1e999",
            "1e-400",
            "1e99999999999999999999",
            "1e20",
        ] {
            refused::<Weight>(number);
            refused::<Quantity>(number);
        }
        refused::<Port>("80.00000000000000000001");
        for (number, weight) in [
            ("1.0e1", "10"),
            ("0.0015e3", "1.5"),
            ("-0.0", "0"),
            ("0e99999999999999999999", "0"),
            ("1E1", "10"),
        ] {
            assert_eq!(read::<Weight>(TOKEN, number).map(|weight| weight.to_string()).unwrap(), weight);
        }
    }

    /// As serde_json hands on integers of a `Value` under the feature, and as it reads text without it.
    #[test]
    fn integers_beyond_64_bits_are_refused_however_they_come() {
        fn check<T: for<'de> Deserialize<'de> + Debug>() {
            let large = u128::from(u64::MAX) + 1;
            let of = IntoDeserializer::<Error>::into_deserializer;
            let message = "the number 18446744073709551616 cannot be read exactly";
            assert_eq!(T::deserialize(of(large)).unwrap_err().to_string(), message);
            let message = "the number -9223372036854775809 cannot be read exactly";
            let small: I128Deserializer<Error> = (i128::from(i64::MIN) - 1).into_deserializer();
            assert_eq!(T::deserialize(small).unwrap_err().to_string(), message);
            // Those that fit are what they are.
            T::deserialize(of(8080)).unwrap();
        }
        check::<Weight>();
        check::<Quantity>();
        check::<Port>();
        for json in ["18446744073709551616", "-18446744073709551616", "1e20", "1e300"] {
            let error = serde_json::from_str::<Weight>(json).unwrap_err().to_string();
            assert!(error.contains("cannot be read exactly"), "{error}");
            assert!(serde_json::from_str::<Quantity>(json).is_err());
        }
        assert!(serde_json::from_str::<Weight>("18446744073709551615").is_ok());
    }
}
