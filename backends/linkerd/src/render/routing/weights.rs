//! Shares as Linkerd's weights.

use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::intent::Rule;
use smi_translate::weights::{fitted, reduce};
use smi_types::FieldPath;

use crate::resources::http_route::limits;

/// Largest sum of the weights of a ServiceProfile: Linkerd multiplies each by 10,000 and adds them up in 32 bits, where a larger one wraps
/// around and a larger sum panics in the client's proxy (`linkerd.md` 6.3).
pub(super) const PROFILE_SUM: u32 = u32::MAX / 10_000;

/// Weights for a ServiceProfile, and whether they mean exactly what the split's do. Zero stays zero.
///
/// There must be a positive weight, and fewer weights than [`PROFILE_SUM`].
pub(super) fn of_profile(weights: &[u128]) -> (Vec<u32>, bool) {
    fitted(&reduce(weights), PROFILE_SUM, |weights| weights.iter().sum::<u128>() <= u128::from(PROFILE_SUM))
}

/// Weights for a route: each has a bound of its own, and few enough take part that their sum stays within 32 bits.
pub(super) fn of_route(weights: &[u128]) -> (Vec<u32>, bool) {
    fitted(&reduce(weights), limits::WEIGHT, |weights| {
        weights.iter().all(|w| *w <= u128::from(limits::WEIGHT))
    })
}

/// The loss that scaling is.
pub(super) fn scaled(rule: &Rule, total: u32) -> Diagnostic {
    Diagnostic::new(
        Code("LINKERD-WEIGHT-1"),
        Severity::Loss,
        "the weights are larger than Linkerd takes, and have no common divisor that helps",
        format!("shares are rounded to parts of {total}, and a positive weight keeps at least one part, however small its share is"),
    )
    .on(&rule.split)
    .at(FieldPath::of("spec").key("backends"))
    .help("use smaller weights")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linkerd_never_sees_a_weight_that_wraps_around() {
        // 429,497 × 10,000 wraps to 2,704 [run]; so do sums.
        assert_eq!(of_profile(&[429_495, 1]), (vec![429_495, 1], true));
        assert_eq!(of_profile(&[859_000, 859_000]), (vec![1, 1], true));
        let (weights, exact) = of_profile(&[429_497, 2]);
        assert!(!exact);
        assert_eq!(weights.iter().sum::<u32>(), PROFILE_SUM);
        assert_eq!(of_profile(&[0, 7]), (vec![0, 1], true));
    }

    #[test]
    fn weights_of_routes_stay_below_the_limit_of_the_crd() {
        assert_eq!(of_route(&[1_000_000, 999_999]), (vec![1_000_000, 999_999], true));
        let (weights, exact) = of_route(&[1_000_001, 1]);
        assert!(!exact);
        assert_eq!(weights, [999_999, 1]);
    }
}
