//! Go clients write `null` for what they left unset; it reads as absent (section 2 of the reference).

use serde::{Deserialize, Deserializer};

pub(crate) fn null_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}
