//! API versions: which ones exist, and how an `apiVersion` is read.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::UnknownName;

/// The group of TrafficSplit.
pub const SPLIT_GROUP: &str = "split.smi-spec.io";
/// The group of HTTPRouteGroup, TCPRoute and UDPRoute.
pub const SPECS_GROUP: &str = "specs.smi-spec.io";
/// The group of TrafficTarget and IdentityBinding.
pub const ACCESS_GROUP: &str = "access.smi-spec.io";
/// The group of TrafficMetrics, which is served by an API server and never stored.
pub const METRICS_GROUP: &str = "metrics.smi-spec.io";

/// A released version of an SMI API. SMI never left alpha; every kind that has a version at all has some of these four.
///
/// It is read and written as Kubernetes spells it, as text and with serde.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Version {
    /// `v1alpha1`
    V1Alpha1,
    /// `v1alpha2`
    V1Alpha2,
    /// `v1alpha3`
    V1Alpha3,
    /// `v1alpha4`
    V1Alpha4,
}

impl Version {
    /// Every version, oldest first.
    pub const ALL: [Version; 4] =
        [Version::V1Alpha1, Version::V1Alpha2, Version::V1Alpha3, Version::V1Alpha4];

    /// The version as Kubernetes spells it.
    ///
    /// ```
    /// assert_eq!(smi_types::Version::V1Alpha4.as_str(), "v1alpha4");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Version::V1Alpha1 => "v1alpha1",
            Version::V1Alpha2 => "v1alpha2",
            Version::V1Alpha3 => "v1alpha3",
            Version::V1Alpha4 => "v1alpha4",
        }
    }

    /// Reads a bare version; `None` for anything but the four. [`FromStr`] has an error that names them.
    #[must_use]
    pub fn parse(text: &str) -> Option<Version> {
        Version::ALL.into_iter().find(|v| v.as_str() == text)
    }

    /// Whether SMI itself told users to move on (SMI-VAL-4): `v1alpha1` and `v1alpha2` of every kind.
    #[must_use]
    pub const fn is_deprecated(self) -> bool {
        matches!(self, Version::V1Alpha1 | Version::V1Alpha2)
    }
}

impl FromStr for Version {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        Version::parse(text)
            .ok_or_else(|| UnknownName::new("version of SMI", text, Version::ALL.map(Version::as_str)))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
