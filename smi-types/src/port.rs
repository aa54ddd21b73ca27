//! A port number as it stands on the wire.

use std::error::Error;
use std::fmt;
use std::num::NonZeroU16;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::number;
use crate::quote::quoted;

/// A port as written, judged when it is read.
///
/// Integers, floats without a fraction and strings of digits are read (D-A2); what is none of 1 to 65535 is kept as it stands. A
/// port that is no port allows nothing (SMI-VAL-12, 39): it never means "any port".
///
/// ```
/// use smi_types::Port;
///
/// let read = |json| serde_json::from_str::<Port>(json).unwrap();
/// assert_eq!(read("8080.0"), Port::from(8080));
/// assert_eq!(serde_json::to_string(&read("\"8080\"")).unwrap(), "8080");
/// assert_eq!(read("70000").number().unwrap_err().to_string(), "70000 is no port number");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Port {
    /// A port number.
    Number(NonZeroU16),
    /// Anything else.
    Invalid(InvalidPort),
}

impl Port {
    /// The number. No `Option`, so that "no port number" is not taken for "no port given", which means all ports.
    ///
    /// # Errors
    ///
    /// When the port is none of 1 to 65535.
    pub const fn number(&self) -> Result<NonZeroU16, &InvalidPort> {
        match self {
            Port::Number(number) => Ok(*number),
            Port::Invalid(invalid) => Err(invalid),
        }
    }

    fn read(text: &str, written: impl FnOnce() -> Value) -> Self {
        let is_decimal = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let number = if is_decimal { text.parse().ok() } else { None };
        number.map_or_else(|| Port::Invalid(InvalidPort(written())), Port::Number)
    }
}

impl From<NonZeroU16> for Port {
    fn from(number: NonZeroU16) -> Self {
        Port::Number(number)
    }
}

impl From<u16> for Port {
    /// 0 becomes [`Port::Invalid`].
    fn from(number: u16) -> Self {
        NonZeroU16::new(number).map_or_else(|| Port::Invalid(InvalidPort(number.into())), Port::Number)
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Port::Number(number) => number.fmt(f),
            Port::Invalid(InvalidPort(Value::String(text))) => f.write_str(&quoted(text)),
            Port::Invalid(InvalidPort(number)) => number.fmt(f),
        }
    }
}

/// What stands where a port should, as it was written: a number or a string.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InvalidPort(Value);

impl fmt::Display for InvalidPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Value::String(text) if text.is_empty() => f.write_str("an empty text is no port number"),
            Value::String(text) => write!(f, "{} is no port number", quoted(text)),
            number => write!(f, "{number} is no port number"),
        }
    }
}

impl Error for InvalidPort {}

impl Serialize for Port {
    /// A port number is always written as an integer (D-A2), anything else as it was.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Port::Number(number) => serializer.serialize_u16(number.get()),
            Port::Invalid(InvalidPort(written)) => written.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Port {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PortVisitor;
        impl<'de> Visitor<'de> for PortVisitor {
            type Value = Port;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a port number")
            }

            fn visit_i64<E: de::Error>(self, n: i64) -> Result<Port, E> {
                Ok(Port::read(&n.to_string(), || n.into()))
            }

            fn visit_u64<E: de::Error>(self, n: u64) -> Result<Port, E> {
                Ok(Port::read(&n.to_string(), || n.into()))
            }

            fn visit_i128<E: de::Error>(self, n: i128) -> Result<Port, E> {
                number::integer(self, n)
            }

            fn visit_u128<E: de::Error>(self, n: u128) -> Result<Port, E> {
                number::integer(self, n)
            }

            fn visit_f64<E: de::Error>(self, n: f64) -> Result<Port, E> {
                // `{}` prints no fraction where there is none.
                Ok(Port::read(&format!("{n}"), || {
                    serde_json::Number::from_f64(n).map_or_else(|| n.to_string().into(), Value::from)
                }))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Port, E> {
                Ok(Port::read(text, || text.into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Port, A::Error> {
                number::visit(self, map)
            }
        }
        deserializer.deserialize_any(PortVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::Port;

    #[test]
    fn what_is_a_port() {
        for json in ["80", "80.0", "8e1", "\"80\"", "\"0080\""] {
            let read: Port = serde_json::from_str(json).unwrap();
            assert_eq!(read, Port::from(80), "{json}");
            assert_eq!(serde_json::to_string(&read).unwrap(), "80", "{json}");
        }
        assert_eq!(serde_json::from_str::<Port>("65535").unwrap(), Port::from(65535));
    }

    #[test]
    fn what_is_none_is_kept_as_it_stands() {
        for (json, message) in [
            ("0", "0 is no port number"),
            ("70000", "70000 is no port number"),
            ("-1", "-1 is no port number"),
            ("80.5", "80.5 is no port number"),
            ("18446744073709551615", "18446744073709551615 is no port number"),
            ("\"0\"", r#""0" is no port number"#),
            ("\"80abc\"", r#""80abc" is no port number"#),
            ("\"+80\"", r#""+80" is no port number"#),
            ("\" 80\"", r#"" 80" is no port number"#),
            ("\"\"", "an empty text is no port number"),
        ] {
            let read: Port = serde_json::from_str(json).unwrap();
            assert_eq!(read.number().unwrap_err().to_string(), message);
            assert_eq!(serde_json::to_string(&read).unwrap(), json);
        }
        let huge: Port = serde_json::from_str("1e99").unwrap();
        assert!(huge.number().is_err());
        let again: Port = serde_json::from_str(&serde_json::to_string(&huge).unwrap()).unwrap();
        assert_eq!(again, huge);
        assert!(Port::from(0).number().is_err());
    }

    #[test]
    fn other_types_are_errors() {
        for json in ["true", "[80]", "{}", "null"] {
            let error = serde_json::from_str::<Port>(json).unwrap_err().to_string();
            assert!(error.contains("expected a port number"), "{error}");
        }
    }
}
