//! The codes of floors 1 and 2, as the documentation lists them. Each backend has a table of its own.

use crate::diagnostic::Severity::{Error, Info, Loss, Warning};
use crate::diagnostic::{Code, CodeDoc, Severity};

const fn code(
    code: &'static str,
    severity: Severity,
    meaning: &'static str,
    remedy: &'static str,
) -> CodeDoc {
    CodeDoc { code: Code(code), severity, meaning, remedy }
}

/// Every code that begins with `SMI-`.
pub const CODES: [CodeDoc; 40] = [
    code(
        "SMI-CONFLICT-1",
        Error,
        "an object of the mesh that somebody else wrote already routes the root",
        "remove one of the two",
    ),
    code(
        "SMI-CONV-1",
        Warning,
        "the annotation in which an earlier conversion stored what its version could not say is unreadable",
        "remove the annotation, or convert the original object again",
    ),
    code(
        "SMI-KIND-1",
        Error,
        "an SMI kind that this version does not translate",
        "keep using the mesh's own objects for it",
    ),
    code(
        "SMI-LOSS-1",
        Loss,
        "a backend did not say what it makes of a part of a split",
        "report it: this is a defect",
    ),
    code("SMI-READ-1", Error, "a document is not YAML", "mend the line; other documents are not affected"),
    code(
        "SMI-READ-2",
        Error,
        "a document is nested too deeply, too large, or expands too many aliases",
        "split it, or write aliases out",
    ),
    code("SMI-READ-3", Error, "a document has the same key twice in one map", "keep one of the two"),
    code(
        "SMI-READ-4",
        Error,
        "a document holds bytes or characters that are no text (invalid UTF-8, NUL)",
        "save it as UTF-8",
    ),
    code(
        "SMI-READ-5",
        Error,
        "a field has the wrong type, for example a number where a string belongs",
        "quote the value",
    ),
    code(
        "SMI-READ-6",
        Warning,
        "the same object stands in the input twice, with equal content",
        "remove the repetition",
    ),
    code(
        "SMI-READ-7",
        Error,
        "the same object stands in the input twice, with different content",
        "keep one definition",
    ),
    code("SMI-READ-8", Warning, "a document is not a Kubernetes object", "remove it from the input"),
    code(
        "SMI-READ-9",
        Warning,
        "an HTTPRouteGroup v1alpha3 or v1alpha4 has `matches` at its root",
        "move it under `spec`",
    ),
    code("SMI-READ-10", Error, "a list stands inside a list", "put its items into the outer list"),
    code(
        "SMI-REF-1",
        Info,
        "a Service is not in the input, and is assumed to exist",
        "add the Service to have ports checked",
    ),
    code(
        "SMI-REF-2",
        Info,
        "a port of the root is a UDP port, which is never split (SMI-SPLIT-21)",
        "nothing",
    ),
    code(
        "SMI-VAL-1",
        Error,
        "`apiVersion` is missing, unknown, or does not belong to the kind",
        "write one of the released versions",
    ),
    code(
        "SMI-VAL-2",
        Error,
        "`metadata.name` or `metadata.namespace` is missing or not a valid name",
        "use lower-case letters, digits and hyphens",
    ),
    code(
        "SMI-VAL-3",
        Warning,
        "a field that the kind does not have in this version (an error where it carries a condition)",
        "remove it, or use the version that has it",
    ),
    code(
        "SMI-VAL-4",
        Warning,
        "a deprecated version",
        "convert the object with `smi convert --to-version v1alpha4`",
    ),
    code(
        "SMI-VAL-30",
        Error,
        "a match has no name, or a name that another match of the group has",
        "give every match a name of its own",
    ),
    code(
        "SMI-VAL-31",
        Error,
        "a pattern is not a regular expression that meshes can run",
        "write it in RE2 syntax",
    ),
    code("SMI-VAL-32", Error, "a method is not one of HTTP's, in upper case", "write it in upper case"),
    code("SMI-VAL-33", Warning, "`*` stands beside other methods", "keep `*` alone"),
    code(
        "SMI-VAL-34",
        Warning,
        "a match has no condition and accepts every HTTP request",
        "add a condition if that was not meant",
    ),
    code(
        "SMI-VAL-35",
        Warning,
        "a header pattern must match the whole value, but reads as if a part were meant",
        "add `.*` on both sides if a part is meant",
    ),
    code(
        "SMI-VAL-36",
        Warning,
        "a path pattern ends inside a path segment and accepts longer ones",
        "end it with `(/.*)?$` or `$`",
    ),
    code(
        "SMI-VAL-37",
        Error,
        "a header name is not a valid name",
        "write an HTTP header name; `host` means the authority",
    ),
    code(
        "SMI-VAL-38",
        Error,
        "one match names a header twice with different patterns",
        "write one pattern that says both",
    ),
    code(
        "SMI-VAL-40",
        Warning,
        "an HTTPRouteGroup has no matches and selects nothing",
        "add a match, or remove the group",
    ),
    code(
        "SMI-VAL-41",
        Error,
        "`spec.service` is missing or is no Service of the split's namespace",
        "write the plain name of the Service",
    ),
    code(
        "SMI-VAL-42",
        Error,
        "there is no backend, or one that is no Service of the split's namespace",
        "write the plain name of a Service",
    ),
    code(
        "SMI-VAL-43",
        Error,
        "a weight is not a whole number of at least zero",
        "write whole numbers; v1alpha1 also takes quantities",
    ),
    code("SMI-VAL-44", Warning, "every weight is zero", "give one backend a positive weight"),
    code(
        "SMI-VAL-45",
        Warning,
        "a backend is listed twice, is the root itself, is alone, or is the root of another split",
        "nothing, if it was meant",
    ),
    code("SMI-VAL-46", Error, "`matches` stands inside a backend", "move it to `spec.matches` of v1alpha4"),
    code(
        "SMI-VAL-47",
        Error,
        "an entry of `matches` is no HTTPRouteGroup",
        "refer to an HTTPRouteGroup of specs.smi-spec.io",
    ),
    code(
        "SMI-VAL-48",
        Warning,
        "a route group that a split refers to is missing or can never match",
        "create it in the split's namespace",
    ),
    code(
        "SMI-VAL-49",
        Warning,
        "another split of the same root takes requests from this one",
        "make the conditions exclude each other",
    ),
    code(
        "SMI-VAL-50",
        Warning,
        "a Service is missing, or lacks a port or endpoints the split needs",
        "create the Service or the port",
    ),
];
