//! Paths to a field of an object, as findings and losses print them.

use std::borrow::Cow;
use std::fmt;

/// One step of a [`FieldPath`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Segment {
    /// A key of a map.
    Key(Cow<'static, str>),
    /// An element of a list, counted from zero.
    Index(usize),
}

/// Where in an object a value stands: `spec.backends[1].weight`.
///
/// Keys that are not plain words are quoted: `metadata.annotations["adapters.smi-spec.io/allow"]`.
///
/// ```
/// use smi_types::FieldPath;
/// let path = FieldPath::of("spec").key("backends").index(1).key("weight");
/// assert_eq!(path.to_string(), "spec.backends[1].weight");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(Vec<Segment>);

impl FieldPath {
    /// The object itself.
    #[must_use]
    pub const fn root() -> Self {
        FieldPath(Vec::new())
    }

    /// A field of the object.
    pub fn of(key: impl Into<Cow<'static, str>>) -> Self {
        FieldPath::root().key(key)
    }

    /// The value under `key` of the map at this path.
    #[must_use]
    pub fn key(mut self, key: impl Into<Cow<'static, str>>) -> Self {
        self.0.push(Segment::Key(key.into()));
        self
    }

    /// The element `index` of the list at this path.
    #[must_use]
    pub fn index(mut self, index: usize) -> Self {
        self.0.push(Segment::Index(index));
        self
    }

    /// The path of a value that stands at `inner` of what is at this path.
    ///
    /// ```
    /// use smi_types::FieldPath;
    ///
    /// let item = FieldPath::of("items").index(2);
    /// assert_eq!(item.join(&FieldPath::of("spec").key("service")).to_string(), "items[2].spec.service");
    /// ```
    #[must_use]
    pub fn join(&self, inner: &FieldPath) -> Self {
        self.0.iter().chain(&inner.0).cloned().collect()
    }

    /// The steps from the root.
    #[must_use]
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Whether this is the object itself.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<Segment> for FieldPath {
    fn from_iter<I: IntoIterator<Item = Segment>>(segments: I) -> Self {
        FieldPath(segments.into_iter().collect())
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) if is_plain(key) => {
                    if position > 0 {
                        f.write_str(".")?;
                    }
                    f.write_str(key)?;
                }
                Segment::Key(key) => write!(f, "[{key:?}]")?,
            }
        }
        Ok(())
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}
