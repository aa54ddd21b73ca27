//! Header conditions: a map in the final prose, a list of single-key maps on most wires (D-S1). Both are read in every version.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::UnknownName;

/// How header conditions are spelled.
///
/// ```
/// use smi_types::HeaderStyle;
///
/// assert_eq!("list".parse(), Ok(HeaderStyle::List));
/// assert_eq!("Map".parse::<HeaderStyle>().unwrap_err().to_string(), r#""Map" is no style of headers; there are map, list"#);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum HeaderStyle {
    /// `headers: {x-debug: "1"}`: the prose since December 2021, smi-controller-sdk, NGINX Service Mesh.
    #[default]
    Map,
    /// `headers: [{x-debug: "1"}]`: smi-sdk-go, Open Service Mesh, Traefik Mesh.
    List,
}

impl HeaderStyle {
    /// Every style.
    pub const ALL: [HeaderStyle; 2] = [HeaderStyle::Map, HeaderStyle::List];

    /// The style in one word: `map` or `list`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            HeaderStyle::Map => "map",
            HeaderStyle::List => "list",
        }
    }
}

impl FromStr for HeaderStyle {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        HeaderStyle::ALL.into_iter().find(|style| style.as_str() == text).ok_or_else(|| {
            UnknownName::new("style of headers", text, HeaderStyle::ALL.map(HeaderStyle::as_str))
        })
    }
}

impl fmt::Display for HeaderStyle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The header conditions of one match: pairs of header name and pattern, all of which must hold (SMI-HTTP-9).
///
/// The order of the pairs is the written one; equality ignores the style and the order, because spelling is not part of the
/// value (SMI-CONV-5).
#[derive(Clone, Debug, Default)]
pub struct Headers {
    /// The spelling the conditions were read in, and are written in where it can hold them.
    pub style: HeaderStyle,
    /// Header name and value pattern, in written order. A list may name a header twice; both patterns must match then.
    pub entries: Vec<(String, String)>,
}

impl Headers {
    /// Conditions in map style.
    ///
    /// ```
    /// let headers = smi_types::Headers::map([("x-debug", "1")]);
    /// assert_eq!(serde_json::to_string(&headers).unwrap(), r#"{"x-debug":"1"}"#);
    /// ```
    pub fn map<K: Into<String>, V: Into<String>>(entries: impl IntoIterator<Item = (K, V)>) -> Self {
        let entries = entries.into_iter().map(|(k, v)| (k.into(), v.into())).collect();
        Headers { style: HeaderStyle::Map, entries }
    }

    /// Whether there is no condition.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The pairs as a map; `None` where they are to be a list, or no map can hold them.
    fn as_map(&self) -> Option<BTreeMap<&str, &str>> {
        if self.style == HeaderStyle::List {
            return None;
        }
        let mut map: BTreeMap<&str, &str> = BTreeMap::new();
        for (name, pattern) in &self.entries {
            if *map.entry(name).or_insert(pattern) != pattern {
                return None;
            }
        }
        Some(map)
    }

    /// The pairs in sorted order without repetitions: the value, without its spelling.
    fn sorted(&self) -> Vec<&(String, String)> {
        let mut sorted: Vec<_> = self.entries.iter().collect();
        sorted.sort();
        sorted.dedup();
        sorted
    }
}

impl PartialEq for Headers {
    fn eq(&self, other: &Self) -> bool {
        self.sorted() == other.sorted()
    }
}

impl Eq for Headers {}

impl Serialize for Headers {
    /// Writes a map in sorted order. Where a header has two patterns no map can say so, and it is a list; conversion writes a map all
    /// the same, and carries the other patterns (SMI-CONV-20).
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.as_map() {
            Some(map) => {
                let mut out = serializer.serialize_map(Some(map.len()))?;
                for (name, pattern) in map {
                    out.serialize_entry(name, pattern)?;
                }
                out.end()
            }
            None => {
                let mut out = serializer.serialize_seq(Some(self.entries.len()))?;
                for (name, pattern) in &self.entries {
                    out.serialize_element(&BTreeMap::from([(name, pattern)]))?;
                }
                out.end()
            }
        }
    }
}

/// One map of headers, in written order; repeated keys are kept.
struct Pairs(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;
        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map from header name to pattern")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(PairsVisitor)
    }
}

impl<'de> Deserialize<'de> for Headers {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct HeadersVisitor;
        impl<'de> Visitor<'de> for HeadersVisitor {
            type Value = Headers;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("header conditions: a map from header name to pattern, or a list of such maps")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Headers, A::Error> {
                let mut entries = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    entries.push(pair);
                }
                Ok(Headers { style: HeaderStyle::Map, entries })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Headers, A::Error> {
                let mut entries = Vec::new();
                while let Some(element) = list.next_element::<Option<Pairs>>()? {
                    entries.extend(element.map(|Pairs(pairs)| pairs).unwrap_or_default());
                }
                Ok(Headers { style: HeaderStyle::List, entries })
            }
        }
        deserializer.deserialize_any(HeadersVisitor)
    }
}
