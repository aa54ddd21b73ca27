//! What becomes of a call at its client's proxy.

use std::collections::BTreeMap;
use std::fmt;

use super::Fraction;

/// What becomes of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It goes to these, with these probabilities. Never empty, no zero shares, one share each.
    Shares(BTreeMap<Target, Fraction>),
    /// The proxy answers itself: 404 where routes are attached and none matches.
    Status(u16),
    /// The proxy closes the connection: the Service has no such port.
    Closed,
    /// The proxy of the client panics: weights of which none is positive, or that overflow in sum.
    Fatal,
    /// The Service called does not exist: its name does not resolve.
    NoSuchService,
    /// The reference does not say.
    Unknown(&'static str),
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
    /// Endpoints of a Service that does not declare the port: it is dialled on the pods as it is.
    Undeclared {
        /// Namespace.
        namespace: String,
        /// Name.
        name: String,
        /// The number dialled.
        port: u16,
    },
    /// HTTP 500, or a closed connection: a backend that does not exist, or names no port.
    Failed(String),
    /// Nothing answers, and the proxy waits: a destination that does not resolve, with no other beside it.
    Unavailable(String),
}

impl Target {
    /// The endpoints of a Service.
    #[must_use]
    pub fn service(namespace: &str, name: &str, port: u16) -> Target {
        Target::Service { namespace: namespace.to_owned(), name: name.to_owned(), port }
    }
}

impl Outcome {
    /// Everything to one target.
    #[must_use]
    pub fn only(target: Target) -> Outcome {
        Outcome::Shares([(target, Fraction::ONE)].into())
    }

    /// Everything to one Service.
    #[must_use]
    pub fn all(namespace: &str, name: &str, port: u16) -> Outcome {
        Outcome::only(Target::service(namespace, name, port))
    }

    /// Shares by relative weight. Where a weight has to be chosen among, of which none is positive, or whose sum is beyond 32 bits, the
    /// proxy panics (6.2, steps 2 and 3).
    #[must_use]
    pub fn weighted(weights: impl IntoIterator<Item = (Target, u32)>) -> Outcome {
        let mut sums: BTreeMap<Target, u64> = BTreeMap::new();
        for (target, weight) in weights.into_iter().filter(|(_, weight)| *weight > 0) {
            *sums.entry(target).or_default() += u64::from(weight);
        }
        let total: u64 = sums.values().sum();
        if total == 0 || u32::try_from(total).is_err() {
            return Outcome::Fatal;
        }
        Outcome::Shares(sums.into_iter().map(|(target, sum)| (target, Fraction::new(sum, total))).collect())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Service { namespace, name, port } => write!(f, "{namespace}/{name}:{port}"),
            Target::Undeclared { namespace, name, port } => {
                write!(f, "the undeclared port {namespace}/{name}:{port}")
            }
            Target::Failed(what) => write!(f, "500 ({what})"),
            Target::Unavailable(what) => write!(f, "nothing ({what})"),
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Shares(shares) => {
                let shares: Vec<String> =
                    shares.iter().map(|(target, share)| format!("{share} {target}")).collect();
                f.write_str(&shares.join(", "))
            }
            Outcome::Status(status) => write!(f, "answered {status}"),
            Outcome::Closed => f.write_str("connection closed"),
            Outcome::Fatal => f.write_str("the proxy panics"),
            Outcome::NoSuchService => f.write_str("no such service"),
            Outcome::Unknown(why) => write!(f, "unknown: {why}"),
        }
    }
}
