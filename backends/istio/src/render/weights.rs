//! Shares as Istio's weights: relative 32-bit integers whose sum stays below 2³¹.

use smi_translate::diagnostic::{Code, Diagnostic, Severity};
use smi_translate::intent::{Effective, Rule};
use smi_translate::weights::fitted;
use smi_types::FieldPath;

/// Largest sum that istiod's checks (signed 32-bit) and Envoy both take: above it the whole route table of the port is refused.
const SUM_LIMIT: u32 = 2_147_483_647;

/// The weights of the effective backends, in their order, and whether they mean exactly what the split's do. Zero stays zero.
pub(super) fn istio_weights(effective: &Effective<'_>) -> (Vec<u32>, bool) {
    let weights: Vec<u128> = effective.backends().iter().map(|backend| backend.weight).collect();
    fitted(&weights, SUM_LIMIT, |weights| weights.iter().sum::<u128>() <= u128::from(SUM_LIMIT))
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
