//! Conditional splits of one root and one age whose conditions overlap: the name decides, and that must not happen silently
//! . Splits in files have no creation time, and those of one `kubectl apply` often have the same.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::intent::{Condition, HttpMatch, Methods, Rule};
use crate::pattern::{Overlap, Pattern};

/// How many pairs of matches are compared for one root. Each may cost a proof; what is left then is named, not guessed.
const COMPARED_PAIRS: usize = 1_024;

/// A warning for every rule that an earlier rule of equal age takes requests from.
pub(super) fn shadowed(conditional: &[Rule]) -> Vec<Diagnostic> {
    let mut budget = COMPARED_PAIRS;
    let mut diagnostics = Vec::new();
    for (index, later) in conditional.iter().enumerate() {
        for earlier in conditional[..index].iter().filter(|earlier| time(earlier) == time(later)) {
            match overlap(earlier, later, &mut budget) {
                Some(true) => {
                    diagnostics.push(warning(earlier, later));
                    break;
                }
                Some(false) => {}
                None => {
                    diagnostics.push(not_compared(later));
                    return diagnostics;
                }
            }
        }
    }
    diagnostics
}

fn time(rule: &Rule) -> Option<&str> {
    rule.object.metadata.creation_timestamp.as_deref()
}

/// Whether a request can satisfy both conditions; `None` where the budget does not suffice to tell.
fn overlap(a: &Rule, b: &Rule, budget: &mut usize) -> Option<bool> {
    let (Condition::Http(a), Condition::Http(b)) = (&a.when, &b.when) else { return Some(true) };
    for (a, b) in a.iter().flat_map(|a| b.iter().map(move |b| (a, b))) {
        *budget = budget.checked_sub(1)?;
        if may_overlap(a, b) {
            return Some(true);
        }
    }
    Some(false)
}

/// Whether one request can satisfy both, as far as it can be told: a header sent on several lines is not considered.
pub(super) fn may_overlap(a: &HttpMatch, b: &HttpMatch) -> bool {
    let methods = match (&a.methods, &b.methods) {
        (Methods::OneOf(a), Methods::OneOf(b)) => !a.is_disjoint(b),
        _ => true,
    };
    let paths = match (&a.path, &b.path) {
        (Some(a), Some(b)) => not_disjoint(a, b),
        _ => true,
    };
    let headers = || {
        a.headers.iter().all(|own| {
            b.headers
                .iter()
                .filter(|other| other.name == own.name)
                .all(|other| not_disjoint(&own.pattern, &other.pattern))
        })
    };
    methods && paths && headers()
}

fn not_disjoint(a: &Pattern, b: &Pattern) -> bool {
    !matches!(a.overlaps(b), Overlap::Disjoint)
}

fn warning(earlier: &Rule, later: &Rule) -> Diagnostic {
    Diagnostic::new(
        Code("SMI-VAL-49"),
        Severity::Warning,
        format!("a request can satisfy the conditions of both this split and {}", earlier.split),
        format!("{} decides such a request, because its name comes first", earlier.split.namespaced_name()),
    )
    .on(&later.split)
    .at(smi_types::FieldPath::of("spec").key("matches"))
    .help("make the conditions exclude each other; in a cluster the older object decides")
}

fn not_compared(rule: &Rule) -> Diagnostic {
    Diagnostic::new(
        Code("SMI-VAL-49"),
        Severity::Warning,
        "the conditions of this root are too many to be compared with each other",
        "where a request satisfies several, the split whose name comes first decides, and nothing warns of it",
    )
    .on(&rule.split)
    .at(smi_types::FieldPath::of("spec").key("matches"))
}
