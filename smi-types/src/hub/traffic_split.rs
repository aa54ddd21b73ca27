//! TrafficSplit without its version.

use super::weights::{WeightError, integers};
use crate::{Metadata, Version, Weight};

pub use crate::split::RouteRef;

/// Shares of the traffic to one root Service.
///
/// Weights are kept as written; [`weights`](Self::weights) reads them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrafficSplit {
    /// Name, namespace and so on.
    pub metadata: Metadata,
    /// The version the object was written in.
    pub version: Version,
    /// The root Service as written; empty where it is missing.
    pub service: String,
    /// The backends in written order.
    pub backends: Vec<Backend>,
    /// The route groups whose union is the condition; `None` and an empty list mean unconditional (SMI-SPLIT-20).
    pub matches: Option<Vec<RouteRef>>,
}

/// One backend of a split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    /// The backend Service as written; empty where it is missing.
    pub service: String,
    /// The weight as written; absent is 0 (SMI-CONV-43).
    pub weight: Option<Weight>,
}

impl TrafficSplit {
    /// The weights as integers, one for each backend and in their order, with the ratios kept exactly (SMI-CONV-41).
    ///
    /// A missing weight is 0. Quantities (all weights of v1alpha1, and strings in any version) are multiplied by the smallest of
    /// 1, 10³, 10⁶ and 10⁹ that makes all weights of the split whole.
    ///
    /// ```
    /// use smi_types::hub::{Backend, TrafficSplit};
    /// use smi_types::{Metadata, Version, Weight};
    ///
    /// let backend = |service: &str, weight: &str| Backend { service: service.into(), weight: Some(Weight::from(weight)) };
    /// let split = TrafficSplit {
    ///     metadata: Metadata::named("shop", "web"),
    ///     version: Version::V1Alpha1,
    ///     service: "web".into(),
    ///     backends: vec![backend("web-v1", "1"), backend("web-v2", "500m")],
    ///     matches: None,
    /// };
    /// assert_eq!(split.weights().unwrap(), [1000, 500]);
    /// ```
    ///
    /// # Errors
    ///
    /// When a weight is negative, is a fractional number outside v1alpha1, is a string that is no quantity, or does not fit 64
    /// bits even after division by the greatest common divisor.
    pub fn weights(&self) -> Result<Vec<i64>, WeightError> {
        integers(self.version, &self.backends)
    }

    /// Whether the split has a condition (SMI-SPLIT-20).
    #[must_use]
    pub fn is_conditional(&self) -> bool {
        self.matches.as_ref().is_some_and(|matches| !matches.is_empty())
    }
}
