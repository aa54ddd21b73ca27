//! Exact arithmetic on weights: shares as fractions, and the one way to make weights smaller (SMI-SPLIT-23).

use std::fmt;

use serde::{Serialize, Serializer};

/// An exact share of traffic, in lowest terms.
///
/// ```
/// use smi_translate::weights::Share;
/// assert_eq!(Share::new(500, 1500).to_string(), "1/3");
/// assert_eq!(Share::new(0, 7).to_string(), "0/1");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Share {
    numerator: u128,
    denominator: u128,
}

impl Share {
    /// All of it.
    pub const WHOLE: Share = Share { numerator: 1, denominator: 1 };

    /// `part` of `total`, in lowest terms. Nothing of nothing is nothing.
    #[must_use]
    pub fn new(part: u128, total: u128) -> Share {
        let divisor = gcd(part, total).max(1);
        Share { numerator: part / divisor, denominator: (total / divisor).max(1) }
    }

    /// Numerator of the reduced fraction.
    #[must_use]
    pub const fn numerator(self) -> u128 {
        self.numerator
    }

    /// Denominator of the reduced fraction; never zero.
    #[must_use]
    pub const fn denominator(self) -> u128 {
        self.denominator
    }

    /// Whether nothing goes there.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.numerator == 0
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Greatest common divisor; `gcd(0, n)` is `n`.
#[must_use]
pub fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Weights that a mesh takes, which are integers of 32 bits, and whether they mean exactly what the given ones do. Zero stays zero.
///
/// Weights that do not fit are divided by their common divisor; if they still do not, they are [apportioned](apportion) so that their sum is
/// `total`. There must be a positive weight, fewer weights than `total`, and nothing that fits may be above 32 bits.
///
/// ```
/// use smi_translate::weights::fitted;
/// let small = |weights: &[u128]| weights.iter().all(|weight| *weight <= 100);
/// assert_eq!(fitted(&[50, 100], 100, small), (vec![50, 100], true));
/// assert_eq!(fitted(&[500, 1000], 100, small), (vec![1, 2], true));
/// assert_eq!(fitted(&[1, 1000], 100, small), (vec![1, 99], false));
/// ```
#[must_use]
pub fn fitted(weights: &[u128], total: u32, fits: impl Fn(&[u128]) -> bool) -> (Vec<u32>, bool) {
    if fits(weights) {
        return (narrow(weights), true);
    }
    let reduced = reduce(weights);
    if fits(&reduced) {
        return (narrow(&reduced), true);
    }
    let scaled = apportion(&reduced, u64::from(total))
        .expect("weights are sums of 63-bit integers, and fewer than the total; one of them is positive");
    (narrow(&scaled), false)
}

fn narrow<W: Copy + TryInto<u32, Error: fmt::Debug>>(weights: &[W]) -> Vec<u32> {
    weights.iter().map(|weight| (*weight).try_into().expect("no weight is above what fits")).collect()
}

/// Divides weights by their greatest common divisor. All-zero weights stay as they are.
///
/// ```
/// assert_eq!(smi_translate::weights::reduce(&[1000, 500, 0]), [2, 1, 0]);
/// ```
#[must_use]
pub fn reduce(weights: &[u128]) -> Vec<u128> {
    let divisor = weights.iter().fold(0, |acc, w| gcd(acc, *w)).max(1);
    weights.iter().map(|w| w / divisor).collect()
}

/// Distributes `total` over `weights` by largest remainder, ties by list order (SMI-SPLIT-23).
///
/// Zero stays zero. A positive weight that would become zero is raised to one, and the unit is taken from the largest; where
/// `total` is smaller than the number of positive weights that cannot be had, and the answer is `None`, as it is when no weight is
/// positive, and when weights times `total` need more than 128 bits.
///
/// ```
/// use smi_translate::weights::apportion;
/// assert_eq!(apportion(&[10, 100, 1500], 100).unwrap(), [1, 6, 93]);
/// assert_eq!(apportion(&[1, 1, 1], 100).unwrap(), [34, 33, 33]);
/// assert_eq!(apportion(&[1, 999], 100).unwrap(), [1, 99]);
/// assert_eq!(apportion(&[0, 1], 100).unwrap(), [0, 100]);
/// ```
#[must_use]
pub fn apportion(weights: &[u128], total: u64) -> Option<Vec<u64>> {
    let sum = weights.iter().try_fold(0, |sum: u128, w| sum.checked_add(*w))?;
    sum.checked_mul(u128::from(total))?;
    let positive = weights.iter().filter(|w| **w > 0).count();
    if sum == 0 || u64::try_from(positive).ok()? > total {
        return None;
    }
    let scaled = |weight: u128| weight * u128::from(total);
    let mut parts: Vec<u64> = weights
        .iter()
        .map(|w| u64::try_from(scaled(*w) / sum).expect("a part is at most the total"))
        .collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_cached_key(|i| std::cmp::Reverse(scaled(weights[*i]) % sum));
    let handed_out: u64 = parts.iter().sum();
    for i in order.into_iter().take(usize::try_from(total - handed_out).ok()?) {
        parts[i] += 1;
    }
    let raised: Vec<usize> = (0..parts.len()).filter(|i| weights[*i] > 0 && parts[*i] == 0).collect();
    take_from_largest(&mut parts, u64::try_from(raised.len()).ok()?);
    for i in raised {
        parts[i] = 1;
    }
    Some(parts)
}

/// Takes units one by one, each from the part that is then the largest, of equal ones from the first; without looking for each of
/// them: all parts above a level go down to it, and what is left to take comes from the first parts of that level.
///
/// `parts` must add up to more than `units`.
fn take_from_largest(parts: &mut [u64], units: u64) {
    let above = |level: u64| parts.iter().map(|part| part.saturating_sub(level)).sum::<u64>();
    let (mut level, mut highest) = (0, parts.iter().copied().max().unwrap_or_default());
    while level < highest {
        let middle = level + (highest - level) / 2;
        if above(middle) <= units {
            highest = middle;
        } else {
            level = middle + 1;
        }
    }
    let mut left = units - above(level);
    for part in parts.iter_mut().filter(|part| **part >= level) {
        let unit = left.min(1);
        *part = level.saturating_sub(unit);
        left -= unit;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn peers_rounding_tables_hold() {
        // smi-adapter-istio's TestWeightToPercent; the second case differs on purpose: 34, 33, 33.
        assert_eq!(apportion(&[1000, 2000], 100).unwrap(), [33, 67]);
        assert_eq!(apportion(&[1000, 1000, 1000], 100).unwrap(), [34, 33, 33]);
        assert_eq!(apportion(&[20, 30, 50], 100).unwrap(), [20, 30, 50]);
        assert_eq!(apportion(&[5, 10, 20], 100).unwrap(), [14, 29, 57]);
        assert_eq!(apportion(&[5000, 1], 100).unwrap(), [99, 1]);
        assert_eq!(apportion(&[1000, 500], 100).unwrap(), [67, 33]);
    }

    #[test]
    fn the_remainder_never_goes_to_a_zero_weight() {
        // Fault 1 and 2 of smi-adapter-istio: 1,1,1,0 gave the last backend 1; 200 equal backends gave it -99.
        assert_eq!(apportion(&[1, 1, 1, 0], 100).unwrap(), [34, 33, 33, 0]);
        assert_eq!(apportion(&[1; 200], 100), None);
    }

    /// The rule as it is written: each unit is looked for on its own.
    fn take_one_by_one(parts: &mut [u64], units: u64) {
        for _ in 0..units {
            let largest = (0..parts.len()).rev().max_by_key(|j| parts[*j]).unwrap();
            parts[largest] -= 1;
        }
    }

    #[test]
    fn many_small_weights_beside_a_large_one_keep_a_part_each() {
        let mut weights = vec![1; 100_000];
        weights[5] = 1 << 62;
        let parts = apportion(&weights, 2_147_483_647).unwrap();
        assert_eq!(parts[5], 2_147_483_647 - 99_999);
        assert!(parts.iter().enumerate().all(|(i, part)| i == 5 || *part == 1));
    }

    proptest! {
        #[test]
        fn units_are_taken_from_the_largest_one_by_one(parts in proptest::collection::vec(0..12u64, 1..12), share in 0..100u64) {
            let sum: u64 = parts.iter().sum();
            prop_assume!(sum > 0);
            let units = (sum - 1) * share / 100;
            let (mut quick, mut simple) = (parts.clone(), parts);
            take_from_largest(&mut quick, units);
            take_one_by_one(&mut simple, units);
            prop_assert_eq!(quick, simple);
        }

        #[test]
        fn parts_add_up_and_zero_stays_zero(weights in proptest::collection::vec(0..u128::from(u64::MAX), 1..20), total in 20u64..u64::from(u32::MAX)) {
            let Some(parts) = apportion(&weights, total) else {
                prop_assert!(weights.iter().all(|w| *w == 0));
                return Ok(());
            };
            prop_assert_eq!(parts.iter().sum::<u64>(), total);
            for (weight, part) in weights.iter().zip(&parts) {
                prop_assert_eq!(*weight == 0, *part == 0);
            }
        }
    }
}
