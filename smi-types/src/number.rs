//! Numbers under serde_json's feature `arbitrary_precision`, which any crate of a build may turn on: what does not fit an integer comes
//! as a map with one key then.

use serde::de::{Error, MapAccess, Unexpected, Visitor};

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
        Ok(n) if n.is_finite() => visitor.visit_f64(n),
        _ => Err(Error::custom("number out of range")),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde::de::value::{Error, MapDeserializer};

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
        assert_eq!(read::<Port>(TOKEN, "1e999").unwrap_err().to_string(), "number out of range");
        assert!(read::<Quantity>(TOKEN, "x").is_err());
    }
}
