//! Checks of the weights of a TrafficSplit (SMI-VAL-43, 44).

use super::Finding;
use crate::FieldPath;
use crate::hub::{TrafficSplit, WeightError, WeightProblem};
use crate::quote::quoted;

pub(super) fn check(split: &TrafficSplit, findings: &mut Vec<Finding>) {
    for (index, backend) in split.backends.iter().enumerate() {
        if backend.weight.is_none() {
            findings.push(absent(index, &backend.service));
        }
    }
    match split.weights() {
        Err(error) => findings.push(invalid(&error)),
        Ok(weights) if !weights.is_empty() && weights.iter().all(|weight| *weight == 0) => {
            findings.push(all_zero())
        }
        Ok(_) => {}
    }
}

fn weight_path(index: usize) -> FieldPath {
    FieldPath::of("spec").key("backends").index(index).key("weight")
}

/// D-P3: old Go clients leave a zero out.
fn absent(index: usize, service: &str) -> Finding {
    let message = format!("backend {} has no weight", quoted(service));
    Finding::warning(
        "SMI-VAL-43",
        weight_path(index),
        message,
        "it counts as 0, and the backend gets no traffic",
    )
    .help("write the weight, also when it is 0")
}

fn invalid(error: &WeightError) -> Finding {
    let effect = "the split is not applied, and its root Service answers as without it";
    let finding = Finding::error("SMI-VAL-43", weight_path(error.backend), error.to_string(), effect);
    match error.problem {
        WeightProblem::Negative => finding.help("use 0 for a backend without traffic"),
        WeightProblem::Fraction => finding.help("scale all weights of the split until they are whole"),
        WeightProblem::TooLarge => finding.help("use smaller weights; only their ratio counts"),
        WeightProblem::NotAQuantity(_) => finding.help("use whole numbers; only their ratio counts"),
    }
}

fn all_zero() -> Finding {
    let path = FieldPath::of("spec").key("backends");
    let effect = "the split has no effect: requests go on as if it did not exist";
    Finding::warning("SMI-VAL-44", path, "no backend has a weight above 0", effect)
        .help("give at least one backend a positive weight")
}
