//! Validation: total, said for people, and of one mind with reading and conversion.

use serde_json::Value;
use smi_types::convert::{self, ConvertOptions, ObjectProblem};
use smi_types::validate::{self, Contexts, Finding, Severity};

use super::objects::objects;

/// SMI objects in YAML or JSON, see [`super`].
pub fn validation(data: &[u8]) {
    for object in objects(data) {
        let findings = validate::object(&object, &contexts(data));
        findings.iter().for_each(is_for_people);
        agrees(&object, &findings);
    }
}

/// Options that the input chooses by its length: they only change what some checks say.
fn contexts(data: &[u8]) -> Contexts {
    let mut contexts = Contexts::default();
    contexts.routing.allow_host_root = data.len().is_multiple_of(2);
    contexts
}

/// A code, a clause that says what is wrong, one that says what it means, and none of them a page of the input.
pub(super) fn is_for_people(finding: &Finding) {
    let Finding { code, severity: _, path: _, message, effect, help } = finding;
    assert!(code.starts_with("SMI-"), "{finding:?}");
    for text in [Some(message), Some(effect), help.as_ref()].into_iter().flatten() {
        assert!(!text.is_empty() && text.len() < 1200, "{finding:?}");
        assert!(!text.contains(char::is_control), "{finding:?}");
    }
}

fn agrees(object: &Value, findings: &[Finding]) {
    let errors: Vec<&Finding> = findings.iter().filter(|one| one.severity == Severity::Error).collect();
    match convert::read(object) {
        Ok(read) => {
            let of_fields = validate::any(&read.object, &Contexts::default());
            let codes = |findings: &[Finding]| findings.iter().filter(|one| one.code == "SMI-VAL-43").count();
            assert_eq!(codes(&of_fields), codes(findings), "{object}");
            if errors.is_empty() {
                for to in read.object.kind().versions() {
                    let converted = convert::object(object, *to, &ConvertOptions::default());
                    assert!(converted.is_ok(), "{object} is valid: {:?}", converted.err());
                }
            }
        }
        Err(error) if error.problem == ObjectProblem::WrongType => {
            let is_named =
                |finding: &&&Finding| finding.path == error.path && finding.message == error.message;
            assert!(errors.iter().any(|finding| is_named(&finding)), "{object}: {error}: {findings:?}");
        }
        // Lists, and what is no SMI object.
        Err(_) if object["items"].is_array() => {}
        Err(error) => assert!(!errors.is_empty(), "{object}: {error}"),
    }
}
