//! The codes of `smi crds --check`.

use smi_translate::Severity::{Error, Info, Warning};
use smi_translate::diagnostic::{CodeDoc, code};

/// The codes.
pub(super) const CODES: [CodeDoc; 12] = [
    code(
        "SMI-CRD-API",
        Error,
        "no API server takes a definition: it is written for a version of `apiextensions.k8s.io` that is gone, stores no version or several, \
         or has a schema or a webhook that lacks what API servers want",
        "install the definitions that `smi crds` prints",
    ),
    code(
        "SMI-CRD-CONVERSION",
        Error,
        "several versions of a kind are served or stored, and nothing converts between them (info where a webhook does, which no file \
         can judge)",
        "serve one version, or let a webhook convert: `smi crds --conversion-webhook`",
    ),
    code(
        "SMI-CRD-DEFAULT",
        Error,
        "the schema has a default for a field, and API servers write it into every object that leaves the field out",
        "install the definitions that `smi crds` prints",
    ),
    code(
        "SMI-CRD-DROPPED",
        Error,
        "the schema does not know a field, and API servers drop it when an object is written (a warning or an info where little or \
         nothing is lost with it)",
        "install the definitions that `smi crds` prints",
    ),
    code(
        "SMI-CRD-KIND",
        Error,
        "the scope, the plural or the name of a definition is not that of SMI, or an API server does not accept its names",
        "install the definitions that `smi crds` prints",
    ),
    code(
        "SMI-CRD-MISSING",
        Warning,
        "the input has no definition of a kind",
        "install the definitions that `smi crds` prints",
    ),
    code(
        "SMI-CRD-NAMES",
        Info,
        "a definition lacks the short name, the category, or a column of ours",
        "nothing, unless people miss them",
    ),
    code(
        "SMI-CRD-STATUS",
        Warning,
        "there is no status subresource, or its schema drops what controllers write",
        "install the definitions that `smi crds` prints",
    ),
    code(
        "SMI-CRD-STORED",
        Info,
        "objects are stored in another version than v1alpha4",
        "install definitions with a conversion webhook, or save the objects, convert them with `smi convert`, and create them anew",
    ),
    code(
        "SMI-CRD-STRICT",
        Warning,
        "the schema refuses objects that SMI allows (an error where these are all of them, an info where they are rare or wrong anyway)",
        "install the definitions that `smi crds` prints",
    ),
    code(
        "SMI-CRD-UNKNOWN",
        Warning,
        "a definition in a group of SMI, or one spelt alike, is of no kind that is stored",
        "remove it, unless some program needs it",
    ),
    code(
        "SMI-CRD-VERSION",
        Warning,
        "a version is not served, or one is that SMI does not have (an error where none is served that SMI has, an info where an old one \
         is not)",
        "install the definitions that `smi crds` prints",
    ),
];
