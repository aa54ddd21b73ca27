//! How much one document may ask of the reader.

/// Bounds on one document. A document beyond them is refused with [`ReadErrorKind::Limit`](super::ReadErrorKind::Limit);
/// the documents around it are read.
///
/// The defaults leave room for everything that a cluster can store (etcd refuses objects above 1.5 MiB) and for long `List`s,
/// and keep the memory that one hostile document can take to a few hundred MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Lists and maps inside each other. Default 128, as serde_json; the deepest CRD schemas in use have about 60.
    /// Values above [`Limits::HIGHEST_DEPTH`] count as that.
    pub max_depth: usize,
    /// Values in one document, those that aliases add included. Default 4,000,000: a `List` of some 200,000 objects.
    pub max_nodes_per_document: usize,
    /// Values copied because of anchors (`&a`) and aliases (`*a`) in one document. Default 200,000: people who use aliases save
    /// typing, an alias bomb multiplies.
    pub max_alias_nodes: usize,
    /// Length of one document. Default 64 MiB.
    pub max_document_bytes: usize,
}

impl Limits {
    /// No setting makes the reader go deeper, so that walking, decoding and dropping a tree never exhaust the stack.
    pub const HIGHEST_DEPTH: usize = 512;

    pub(super) fn depth(&self) -> usize {
        self.max_depth.min(Self::HIGHEST_DEPTH)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_depth: 128,
            max_nodes_per_document: 4_000_000,
            max_alias_nodes: 200_000,
            max_document_bytes: 64 << 20,
        }
    }
}
