//! Checks of the weights of a TrafficSplit (SMI-VAL-43, 44).

use super::{Finding, Severity};
use crate::hub::{Backend, TrafficSplit, WeightError, WeightProblem};
use crate::quote::quoted;
use crate::{FieldPath, Metadata, Version, Weight};

pub(super) fn check(split: &TrafficSplit, findings: &mut Vec<Finding>) {
    let before = findings.len();
    for (index, backend) in split.backends.iter().enumerate() {
        match &backend.weight {
            None => findings.push(absent(index, &backend.service)),
            Some(weight) => findings.extend(alone(split.version, index, backend, weight)),
        }
    }
    match split.weights() {
        // Named above, unless it is too large only beside the others.
        Err(_) if findings[before..].iter().any(|finding| finding.severity == Severity::Error) => {}
        Err(error) => findings.push(invalid(&error)),
        Ok(weights) if !weights.is_empty() && weights.iter().all(|weight| *weight == 0) => {
            findings.push(all_zero())
        }
        Ok(_) => {}
    }
}

/// What is wrong with one weight, whatever the others are.
fn alone(version: Version, index: usize, backend: &Backend, weight: &Weight) -> Option<Finding> {
    let only = TrafficSplit {
        metadata: Metadata::default(),
        version,
        service: String::new(),
        backends: vec![backend.clone()],
        matches: None,
    };
    match (only.weights(), weight) {
        (Err(error), _) => Some(invalid(&WeightError { backend: index, ..error })),
        (Ok(_), Weight::Quantity(text)) if version != Version::V1Alpha1 => {
            Some(quantity(version, index, text))
        }
        (Ok(_), _) => None,
    }
}

/// Servers without conversion answer so for what was written as v1alpha1, and nobody else can write it (D-P1).
fn quantity(version: Version, index: usize, text: &str) -> Finding {
    let message =
        format!("the weight {} is a text, and weights of {version} are whole numbers", quoted(text));
    let effect =
        "it counts as the quantity that it is in v1alpha1; most definitions of the version refuse it";
    Finding::warning("SMI-VAL-43", weight_path(index), message, effect)
        .help("write whole numbers; only their ratio counts")
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
