//! Who is at the other side of the measured traffic.

use serde::{Deserialize, Deserializer, Serialize};

use super::ObjectReference;
use crate::null::null_default;

/// Which way the traffic goes, seen from the measured resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// The resource calls its peer.
    To,
    /// The peer calls the resource.
    From,
}

/// Whose proxy measured. Its client's includes retries, time-outs and the network; its server's does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The one that calls.
    Client,
    /// The one that is called.
    Server,
}

impl Direction {
    /// The side that measured, where nothing is said of it: the text of 2019 had calls measured by who makes them, and what comes
    /// in by who receives it (reference, section 6.8).
    #[must_use]
    pub const fn implied_side(self) -> Side {
        match self {
            Direction::To => Side::Client,
            Direction::From => Side::Server,
        }
    }
}

/// The other side of the measured traffic.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::without_defaults))]
pub struct Edge {
    /// Which way the traffic goes. Go clients write an empty text for an unset one.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "unless_empty")]
    pub direction: Option<Direction>,
    /// Whose proxy measured. The Go types of v1alpha1 do not have it.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "unless_empty")]
    pub side: Option<Side>,
    /// The peer. An empty reference means all peers, and one with a kind or namespace alone all those (D-M4).
    #[serde(default, deserialize_with = "null_default")]
    pub resource: ObjectReference,
}

/// The backend of a TrafficSplit whose traffic was measured.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::without_defaults))]
pub struct Backend {
    /// Name of the root Service.
    #[serde(default, deserialize_with = "null_default")]
    pub apex: String,
    /// Name of the backend Service.
    #[serde(default, deserialize_with = "null_default")]
    pub name: String,
    /// Its weight in the split, after the common factor of SMI-CONV-41.
    #[serde(default, deserialize_with = "null_default")]
    pub weight: i64,
}

fn unless_empty<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty());
    text.map(|text| T::deserialize(serde::de::value::StringDeserializer::new(text))).transpose()
}
