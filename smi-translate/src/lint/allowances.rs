//! Annotations that allow losses, on objects where they allow none: of a kind that has no losses, or with words that are no code.

use smi_types::{FieldPath, Metadata};

use crate::backend::Backend;
use crate::codes::CODES;
use crate::diagnostic::{Code, CodeDoc, Diagnostic, Severity};
use crate::intent::{ALLOW_ANNOTATION, allowed_codes};
use crate::inventory::Inventory;
use crate::reference::ObjectRef;

/// How many words a message names before it counts the rest, and how much of each.
const NAMED: usize = 5;
const CHARACTERS: usize = 40;

/// Annotations that have no effect, or not the one that was meant.
pub(super) fn misplaced(inventory: &Inventory, backend: Option<&dyn Backend>) -> Vec<Diagnostic> {
    let splits = inventory.splits().map(|split| (split.reference(), &split.object().metadata));
    let targets = inventory.targets().map(|target| (target.reference(), &target.object().metadata));
    let groups = inventory.groups().map(|group| (&group.reference, &group.object.metadata));
    let bindings = inventory.bindings().map(|binding| (binding.reference(), &binding.object().metadata));
    let others =
        groups.chain(bindings).filter(|(_, metadata)| metadata.annotations.contains_key(ALLOW_ANNOTATION));
    let others = others.map(|(object, _)| object).chain(inventory.annotated_port_routes());
    let unknown = splits.chain(targets).filter_map(|(object, metadata)| unknown(object, metadata, backend));
    unknown.chain(others.map(without_effect)).collect()
}

fn unknown(object: &ObjectRef, metadata: &Metadata, backend: Option<&dyn Backend>) -> Option<Diagnostic> {
    let unknown: Vec<&str> = allowed_codes(metadata).filter(|code| !is_code(code, backend)).collect();
    let shown = |code: &&str| format!("{:?}", code.chars().take(CHARACTERS).collect::<String>());
    let mut names = unknown.iter().take(NAMED).map(shown).collect::<Vec<_>>().join(", ");
    if unknown.len() > NAMED {
        names = format!("{names} and {} more", unknown.len() - NAMED);
    }
    let verb = if unknown.len() == 1 { "is no code" } else { "are no codes" };
    (!unknown.is_empty()).then(|| {
        said(
            object,
            format!("{names} in the annotation {ALLOW_ANNOTATION} {verb}"),
            "it allows nothing by that",
        )
        .help("write the codes of losses, separated by commas")
    })
}

fn without_effect(object: &ObjectRef) -> Diagnostic {
    let message =
        format!("the annotation {ALLOW_ANNOTATION} has no effect on objects of kind {}", object.kind);
    said(object, message, "losses are refused as without it")
        .help("annotate the TrafficSplit or TrafficTarget")
}

fn said(object: &ObjectRef, message: String, effect: &'static str) -> Diagnostic {
    let at = FieldPath::of("metadata").key("annotations").key(ALLOW_ANNOTATION);
    Diagnostic::new(Code("SMI-ALLOW-1"), Severity::Warning, message, effect).on(object).at(at)
}

/// Whether a word is a code, in whatever case: one of ours, one of the mesh, or what looks like one of another mesh.
fn is_code(word: &str, backend: Option<&dyn Backend>) -> bool {
    let own = backend.map_or(&[][..], Backend::codes);
    let mut known = CODES.iter().chain(own);
    let is_known = |doc: &CodeDoc| doc.code.0.eq_ignore_ascii_case(word);
    let family = word.split('-').next().unwrap_or_default();
    let is_ours = |name: &str| family.eq_ignore_ascii_case(name);
    known.any(is_known)
        || !["smi", "osm"].into_iter().chain(backend.map(Backend::name)).any(is_ours)
            && has_shape_of_code(word)
}

/// Whether a word is written as `MESH-WHAT-1` is.
fn has_shape_of_code(word: &str) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphabetic());
    matches!(parts.as_slice(), [words @ .., number] if words.len() >= 2
        && words.iter().all(is_word)
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_codes_or_look_like_those_of_another_mesh() {
        for code in ["SMI-VAL-44", "smi-val-44", "ISTIO-PORT-1", "consul-weight-12"] {
            assert!(is_code(code, None), "{code}");
        }
        for word in
            ["*", "A B", "A; B", "smi-val-440", "istio-1", "ISTIO-PORT-", "ISTIO-PORT-1 ISTIO-PORT-2", ""]
        {
            assert!(!is_code(word, None), "{word}");
        }
    }
}
