//! Every code there is: those of the library, of the backends, and of this program.

mod crd;
#[cfg(test)]
mod page;

use smi_translate::Severity::{Error, Info, Warning};
use smi_translate::diagnostic::{Code, CodeDoc, code};

/// A loss that is kept in an annotation.
pub(crate) const CARRIED: Code = Code("SMI-CONV-CARRIED");
/// An object that cannot be converted.
pub(crate) const INVALID: Code = Code("SMI-CONV-INVALID");
/// A destination port that is not kept, because it restricts nothing.
pub(crate) const IDLE: Code = Code("SMI-CONV-IDLE");
/// A loss by which an object routes less.
pub(crate) const NARROWING: Code = Code("SMI-CONV-NARROWING");
/// A destination port that cannot become a TCPRoute.
pub(crate) const ROUTE: Code = Code("SMI-CONV-ROUTE");
/// Something that only people read is lost.
pub(crate) const TEXT: Code = Code("SMI-CONV-TEXT");
/// A kind that is not converted.
pub(crate) const UNCONVERTED: Code = Code("SMI-CONV-UNCONVERTED");
/// A version that the kind does not have.
pub(crate) const VERSION: Code = Code("SMI-CONV-VERSION");
/// A loss by which an object admits or routes more.
pub(crate) const WIDENING: Code = Code("SMI-CONV-WIDENING");

/// The codes of `smi convert`.
pub(crate) const CODES: [CodeDoc; 9] = [
    code(
        CARRIED.0,
        Info,
        "the target version has no place for a value; an annotation keeps it, and converting back restores it",
        "keep the annotation adapters.smi-spec.io/smi-conversion",
    ),
    code(
        IDLE.0,
        Info,
        "a destination port that restricts no rule of its target is not kept by `--materialize`",
        "nothing; without `--materialize` an annotation keeps it",
    ),
    code(
        INVALID.0,
        Error,
        "an object holds a value that cannot be converted, such as a negative weight",
        "mend the value; the object is left out of the output",
    ),
    code(
        NARROWING.0,
        Warning,
        "a program that knows the target version only routes or grants less",
        "convert back before such a program reads the object",
    ),
    code(
        ROUTE.0,
        Error,
        "`--materialize` cannot write a TCPRoute for a destination port: the port is invalid, the TCPRoutes of the target do not \
         have it or are not in the input, or the name is taken",
        "mend what the message names, or convert without `--materialize`: an annotation keeps the port",
    ),
    code(
        TEXT.0,
        Info,
        "comments inside an object or a list are not kept by a conversion",
        "copy them by hand; comments before it are kept",
    ),
    code(
        UNCONVERTED.0,
        Info,
        "TrafficMetrics pass through as they are: they are served, and belong in no file",
        "remove them from the input",
    ),
    code(VERSION.0, Error, "the kind does not have the target version", "convert to a version that it has"),
    code(
        WIDENING.0,
        Error,
        "a program that ignores our annotation would admit more, or take a conditional split for an unconditional one (a warning \
         once allowed)",
        "accept it with `--force` or `--allow SMI-CONV-WIDENING`",
    ),
];

/// Every code, in order.
pub(crate) fn all() -> Vec<CodeDoc> {
    let tables = [
        &smi_translate::codes::CODES[..],
        &smi_istio::CODES[..],
        &smi_linkerd::CODES[..],
        &CODES[..],
        &crd::CODES,
    ];
    let mut codes: Vec<CodeDoc> = tables.concat();
    codes.sort_by_key(|doc| order(doc.code.0));
    codes
}

/// Sorts `SMI-VAL-4` before `SMI-VAL-30`.
fn order(code: &str) -> (&str, u32) {
    match code.rsplit_once('-') {
        Some((family, number)) => number.parse().map_or((code, 0), |number| (family, number)),
        None => (code, 0),
    }
}

/// Reads a code, in either case; an unknown one is an error that names the nearest.
pub(crate) fn known(text: &str) -> Result<String, String> {
    let wanted = text.trim().to_ascii_uppercase();
    let codes = all();
    if codes.iter().any(|doc| doc.code.0 == wanted) {
        return Ok(wanted);
    }
    let nearest = codes.iter().map(|doc| (distance(doc.code.0, &wanted), doc.code)).min_by_key(|(d, _)| *d);
    Err(match nearest {
        Some((distance, code)) if distance <= 4 => format!("there is no such code; did you mean {code}?"),
        _ => "there is no such code; DIAGNOSTICS.md lists them all".to_owned(),
    })
}

/// Reads a code that may be accepted: an error is one whatever anybody accepts.
pub(crate) fn allowable(text: &str) -> Result<String, String> {
    let code = known(text)?;
    // A code of several severities says so in its meaning, and may be accepted where it is no error.
    let milder = ["(a loss ", "(a warning ", "(info "];
    let always =
        |doc: &CodeDoc| doc.severity == Error && !milder.iter().any(|words| doc.meaning.contains(words));
    if all().iter().any(|doc| doc.code.0 == code && always(doc)) {
        return Err(format!("{code} is always an error and cannot be allowed"));
    }
    Ok(code)
}

/// Levenshtein distance.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        assert_eq!(distance("SMI-VAL-3", "SMI-VAL-3"), 0);
        assert_eq!(distance("ISTIO-PORT-1", "ISTIO-PROT-1"), 2);
        assert_eq!(distance("abc", ""), 3);
    }

    #[test]
    fn errors_cannot_be_allowed() {
        let refusal = "SMI-VAL-1 is always an error and cannot be allowed";
        assert_eq!(allowable("smi-val-1").unwrap_err(), refusal);
        for code in [
            "ISTIO-GATEWAY-2",
            "LINKERD-HOST-1",
            "LINKERD-WORKLOAD-1",
            "SMI-CONV-WIDENING",
            "SMI-VAL-11",
            "SMI-REF-1",
        ] {
            assert_eq!(allowable(code), Ok(code.to_owned()));
        }
    }

    #[test]
    fn unknown_codes_name_the_nearest() {
        assert_eq!(known("istio-port-1"), Ok("ISTIO-PORT-1".to_owned()));
        assert_eq!(known("ISTIO-PROT-1").unwrap_err(), "there is no such code; did you mean ISTIO-PORT-1?");
        assert_eq!(known("everything").unwrap_err(), "there is no such code; DIAGNOSTICS.md lists them all");
    }
}
