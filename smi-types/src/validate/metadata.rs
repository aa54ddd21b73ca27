//! Checks every kind shares: names (SMI-VAL-2) and deprecated versions (SMI-VAL-4).

use super::Finding;
use crate::quote::quoted;
use crate::service_name::{is_dns_label, is_object_name};
use crate::{FieldPath, Metadata, Version};

const REFUSED: &str = "the API server refuses the object, and it has no effect";

pub(super) fn check(metadata: &Metadata, findings: &mut Vec<Finding>) {
    match metadata.name() {
        "" => findings.push(no_name()),
        name if !is_object_name(name) => findings.push(bad_name(name)),
        _ => {}
    }
    // An absent namespace is filled in by whoever reads the object; an empty one is the same (Go clients write it).
    match metadata.namespace() {
        "" => {}
        namespace if !is_dns_label(namespace) => findings.push(bad_namespace(namespace)),
        _ => {}
    }
}

fn no_name() -> Finding {
    Finding::error("SMI-VAL-2", name_path(), "the object has no name", REFUSED).help("set metadata.name")
}

fn bad_name(name: &str) -> Finding {
    let message = format!("{} is not a valid name", quoted(name));
    Finding::error("SMI-VAL-2", name_path(), message, REFUSED)
        .help("use lower-case letters, digits, hyphens and dots, starting and ending with a letter or digit, 253 at most")
}

fn bad_namespace(namespace: &str) -> Finding {
    let message = format!("{} is not a valid namespace", quoted(namespace));
    Finding::error("SMI-VAL-2", FieldPath::of("metadata").key("namespace"), message, REFUSED).help(
        "use lower-case letters, digits and hyphens, starting and ending with a letter or digit, 63 at most",
    )
}

fn name_path() -> FieldPath {
    FieldPath::of("metadata").key("name")
}

pub(super) fn deprecated(kind: &str, version: Version) -> Option<Finding> {
    version.is_deprecated().then(|| {
        let message = format!("{version} of {kind} is deprecated");
        Finding::warning("SMI-VAL-4", FieldPath::of("apiVersion"), message, "none; the object works as it is")
            .help("convert it to v1alpha4")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let codes = |namespace: &str, name: &str| {
            let mut findings = Vec::new();
            check(&Metadata::named(namespace, name), &mut findings);
            findings.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(codes("shop", "web.v1"), [""; 0]);
        assert_eq!(codes("", "web"), [""; 0]);
        assert_eq!(codes("shop", ""), ["metadata.name: the object has no name"]);
        assert_eq!(codes("shop", "Web"), [r#"metadata.name: "Web" is not a valid name"#]);
        assert_eq!(codes("a.b", "web"), [r#"metadata.namespace: "a.b" is not a valid namespace"#]);
        assert_eq!(codes(&"a".repeat(64), &"a".repeat(254)).len(), 2);
        assert_eq!(codes("shop", &"a".repeat(253)), [""; 0], "only the whole of a name has a limit");
    }

    #[test]
    fn deprecation() {
        let finding = deprecated("TrafficSplit", Version::V1Alpha2).unwrap();
        assert_eq!(finding.to_string(), "apiVersion: v1alpha2 of TrafficSplit is deprecated");
        assert_eq!(deprecated("TrafficSplit", Version::V1Alpha3), None);
    }
}
