//! Shares as Istio's weights: relative 32-bit integers whose sum stays below 2³¹.

use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::intent::{Effective, Rule};
use smi_translate::weights::{apportion, reduce};
use smi_types::FieldPath;

/// Largest sum that istiod's checks (signed 32-bit) and Envoy both take: above it the whole route table of the port is refused.
const SUM_LIMIT: u64 = 2_147_483_647;

/// The weights of the effective backends, in their order, and whether they mean exactly what the split's do. Zero stays zero.
pub(super) fn istio_weights(effective: &Effective<'_>) -> (Vec<u32>, bool) {
    let weights: Vec<u64> = effective.backends().iter().map(|backend| backend.weight).collect();
    for candidate in [&weights, &reduce(&weights)] {
        if candidate.iter().map(|w| u128::from(*w)).sum::<u128>() <= u128::from(SUM_LIMIT) {
            return (narrow(candidate), true);
        }
    }
    let scaled = apportion(&weights, SUM_LIMIT)
        .expect("there are fewer backends than the limit, one of them with a weight");
    (narrow(&scaled), false)
}

fn narrow(weights: &[u64]) -> Vec<u32> {
    weights.iter().map(|w| u32::try_from(*w).expect("no weight is above the limit of the sum")).collect()
}

/// The loss that scaling is.
pub(super) fn scaled(rule: &Rule) -> Diagnostic {
    Diagnostic::new(
        Code("ISTIO-WEIGHT-1"),
        Severity::Loss,
        format!("the weights add up to more than {SUM_LIMIT}, which Istio does not take, and have no common divisor that helps"),
        "they are scaled down, so shares differ from the split's by less than one in two thousand million",
    )
    .on(&rule.split)
    .at(FieldPath::of("spec").key("backends"))
    .help("use smaller weights")
}
