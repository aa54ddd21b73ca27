//! Lists that are never empty: where "no entry" would mean "any", an empty list must not be possible.

use std::ops::Deref;

/// At least one `T`.
///
/// ```
/// use smi_translate::OneOrMore;
///
/// assert_eq!(OneOrMore::new(Vec::<u16>::new()), None);
/// assert_eq!(OneOrMore::new(vec![80, 443]).unwrap().len(), 2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OneOrMore<T>(Vec<T>);

impl<T> OneOrMore<T> {
    /// The same items, unless there is none.
    #[must_use]
    pub fn new(items: Vec<T>) -> Option<Self> {
        (!items.is_empty()).then_some(OneOrMore(items))
    }

    /// A single item.
    pub fn one(item: T) -> Self {
        OneOrMore(vec![item])
    }

    /// The items.
    #[must_use]
    pub fn into_vec(self) -> Vec<T> {
        self.0
    }
}

impl<T> Deref for OneOrMore<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<'a, T> IntoIterator for &'a OneOrMore<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T: serde::Serialize> serde::Serialize for OneOrMore<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}
