//! What becomes of a request: exact shares of destinations, or an answer of the proxy itself.

use std::collections::BTreeMap;
use std::fmt;

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It goes to these, with these probabilities. Never empty, no zero shares, one share each.
    Shares(BTreeMap<Target, Fraction>),
    /// The proxy answers itself: 404 where the VirtualService has no route for it, or the status of a direct response.
    Status(u16),
    /// The Service called does not exist: its name does not resolve.
    NoSuchService,
}

/// Where a share goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// Endpoints of a Service, on one of its ports.
    Service {
        /// Namespace.
        namespace: String,
        /// Name.
        name: String,
        /// Service port.
        port: u16,
    },
    /// A cluster that istiod does not make: 503 for HTTP, a closed connection for TCP.
    NoCluster(String),
}

/// An exact fraction in lowest terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction {
    /// Numerator.
    pub numerator: u64,
    /// Denominator.
    pub denominator: u64,
}

impl Fraction {
    /// All of it.
    pub const ONE: Fraction = Fraction { numerator: 1, denominator: 1 };

    /// A fraction, reduced. `denominator` is positive.
    #[must_use]
    pub fn new(numerator: u64, denominator: u64) -> Fraction {
        let (mut a, mut b) = (numerator, denominator);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let divisor = a.max(1);
        Fraction { numerator: numerator / divisor, denominator: denominator / divisor }
    }
}

impl Target {
    /// The endpoints of a Service.
    #[must_use]
    pub fn service(namespace: &str, name: &str, port: u16) -> Target {
        Target::Service { namespace: namespace.to_owned(), name: name.to_owned(), port }
    }
}

impl Outcome {
    /// Everything to one Service.
    #[must_use]
    pub fn all(namespace: &str, name: &str, port: u16) -> Outcome {
        Outcome::Shares([(Target::service(namespace, name, port), Fraction::ONE)].into())
    }

    /// Shares by relative weight, of which at least one is positive.
    #[must_use]
    pub fn weighted(weights: impl IntoIterator<Item = (Target, u64)>) -> Outcome {
        let mut sums: BTreeMap<Target, u64> = BTreeMap::new();
        for (target, weight) in weights.into_iter().filter(|(_, weight)| *weight > 0) {
            *sums.entry(target).or_default() += weight;
        }
        let total = sums.values().sum();
        Outcome::Shares(sums.into_iter().map(|(target, sum)| (target, Fraction::new(sum, total))).collect())
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Service { namespace, name, port } => write!(f, "{namespace}/{name}:{port}"),
            Target::NoCluster(cluster) => write!(f, "503 (no cluster {cluster})"),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Shares(shares) => {
                for (index, (target, share)) in shares.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}{share} {target}")?;
                }
                Ok(())
            }
            Outcome::Status(status) => write!(f, "answered {status}"),
            Outcome::NoSuchService => f.write_str("no such service"),
        }
    }
}
