//! Shares as Istio's weights: relative 32-bit integers whose sum stays below 2³¹.

use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::intent::{Effective, Rule};
use smi_translate::weights::{apportion, reduce};
use smi_types::FieldPath;

/// Largest sum that istiod's checks (signed 32-bit) and Envoy both take: above it the whole route table of the port is refused.
const SUM_LIMIT: u64 = 2_147_483_647;

/// The weights of the effective backends, in their order, and whether they mean exactly what the split's do. Zero stays zero.
pub(super) fn istio_weights(effective: &Effective<'_>) -> (Vec<u32>, bool) {
    let weights: Vec<u128> = effective.backends().iter().map(|backend| backend.weight).collect();
    let fits = |weights: &[u128]| weights.iter().sum::<u128>() <= u128::from(SUM_LIMIT);
    if fits(&weights) {
        return (narrow(&weights), true);
    }
    let reduced = reduce(&weights);
    if fits(&reduced) {
        return (narrow(&reduced), true);
    }
    let scaled = apportion(&reduced, SUM_LIMIT)
        .expect("weights are sums of 63-bit integers, and fewer than the limit; one of them is positive");
    (narrow(&scaled), false)
}

fn narrow<W: Copy + TryInto<u32, Error: std::fmt::Debug>>(weights: &[W]) -> Vec<u32> {
    weights.iter().map(|w| (*w).try_into().expect("no weight is above the limit of the sum")).collect()
}

/// The loss that scaling is.
pub(super) fn scaled(rule: &Rule) -> Diagnostic {
    Diagnostic::new(
        Code("ISTIO-WEIGHT-1"),
        Severity::Loss,
        format!("the weights add up to more than {SUM_LIMIT}, which Istio does not take, and have no common divisor that helps"),
        format!(
            "shares are rounded to parts of {SUM_LIMIT}, and a positive weight keeps at least one part, however small its share is"
        ),
    )
    .on(&rule.split)
    .at(FieldPath::of("spec").key("backends"))
    .help("use smaller weights")
}
