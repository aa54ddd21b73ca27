//! One measured number.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::UnknownName;
use crate::null::null_default;
use crate::quantity::Quantity;

/// The five numbers of a TrafficMetrics object, in the order in which they are written (SMI-MET-5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MetricName {
    /// 99 of 100 responses took at most so long, in milliseconds.
    P99ResponseLatency,
    /// 90 of 100 responses took at most so long, in milliseconds.
    P90ResponseLatency,
    /// Half of the responses took at most so long, in milliseconds.
    P50ResponseLatency,
    /// Requests that succeeded within the window. What counts as success is the server's to say (SMI-MET-9).
    SuccessCount,
    /// Requests that failed within the window.
    FailureCount,
}

impl MetricName {
    /// Every name, in order.
    pub const ALL: [MetricName; 5] = [
        MetricName::P99ResponseLatency,
        MetricName::P90ResponseLatency,
        MetricName::P50ResponseLatency,
        MetricName::SuccessCount,
        MetricName::FailureCount,
    ];

    /// The name as it stands on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            MetricName::P99ResponseLatency => "p99_response_latency",
            MetricName::P90ResponseLatency => "p90_response_latency",
            MetricName::P50ResponseLatency => "p50_response_latency",
            MetricName::SuccessCount => "success_count",
            MetricName::FailureCount => "failure_count",
        }
    }

    /// Reads a name; `None` for any other.
    #[must_use]
    pub fn parse(text: &str) -> Option<MetricName> {
        MetricName::ALL.into_iter().find(|name| name.as_str() == text)
    }

    /// Whether the number is a latency in milliseconds, and not a count.
    #[must_use]
    pub const fn is_latency(self) -> bool {
        matches!(
            self,
            MetricName::P99ResponseLatency | MetricName::P90ResponseLatency | MetricName::P50ResponseLatency
        )
    }
}

impl FromStr for MetricName {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, UnknownName> {
        let known = || MetricName::ALL.map(MetricName::as_str);
        MetricName::parse(text).ok_or_else(|| UnknownName::new("metric of SMI", text, known()))
    }
}

impl fmt::Display for MetricName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One measured number, as it stands on the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemars", schemars(transform = crate::schema::without_defaults))]
pub struct Metric {
    /// Its name, one of [`MetricName`].
    #[serde(default, deserialize_with = "null_default")]
    pub name: String,
    /// Unit of a latency: `ms`, or `s`, `seconds` and `us` of other writers; absent is `ms` (D-M1). Counts have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// The number, always written as a string.
    #[serde(default, deserialize_with = "null_default")]
    pub value: Quantity,
}

/// Milliseconds.
const MS: &str = "ms";

impl Metric {
    /// A number as a server writes it: a latency in milliseconds, rounded to thousandths of one, or a count, rounded to whole
    /// requests (SMI-MET-6).
    ///
    /// ```
    /// use smi_types::metrics::{Metric, MetricName};
    ///
    /// let latency = Metric::measured(MetricName::P99ResponseLatency, "10.123456".parse().unwrap());
    /// assert_eq!(serde_json::to_value(&latency).unwrap(),
    ///     serde_json::json!({"name": "p99_response_latency", "unit": "ms", "value": "10123m"}));
    /// let count = Metric::measured(MetricName::SuccessCount, "999.7".parse().unwrap());
    /// assert_eq!(serde_json::to_value(&count).unwrap(), serde_json::json!({"name": "success_count", "value": "1k"}));
    /// ```
    #[must_use]
    pub fn measured(name: MetricName, value: Quantity) -> Self {
        let (unit, step) = if name.is_latency() {
            (Some(MS.to_owned()), Quantity::from_nanos(1_000_000))
        } else {
            (None, Quantity::from(1))
        };
        Metric { name: name.as_str().to_owned(), unit, value: value.rounded_to(step) }
    }

    /// The number with its unit as the version-free form has it: a latency in milliseconds. One whose unit is not known, or that
    /// cannot be said in milliseconds exactly, stays as it is.
    #[must_use]
    pub fn in_milliseconds(self) -> Self {
        if !MetricName::parse(&self.name).is_some_and(MetricName::is_latency) {
            return self;
        }
        let nanos = self.value.nanos();
        let scaled = match self.unit.as_deref() {
            None | Some("" | MS) => Some(nanos),
            Some("s" | "seconds") => nanos.checked_mul(1000),
            Some("us") => (nanos % 1000 == 0).then_some(nanos / 1000),
            Some(_) => None,
        };
        match scaled {
            Some(nanos) => Metric { unit: Some(MS.to_owned()), value: Quantity::from_nanos(nanos), ..self },
            None => self,
        }
    }
}
