//! DIAGNOSTICS.md, which is made from the tables of codes, and the tests that keep the two and the sources together.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use smi_translate::diagnostic::CodeDoc;

use super::all;

/// The parts of the page: the beginning of the codes, and what they are about.
const PARTS: [(&str, &str); 14] = [
    ("SMI-READ-", "Reading documents"),
    ("SMI-VAL-", "Checking SMI objects"),
    ("SMI-REF-", "References"),
    ("SMI-ACCESS-", "Access control as a whole"),
    ("SMI-SPLIT-", "Splits and access together"),
    ("SMI-CONFLICT-", "Conflicts with objects of the mesh"),
    ("SMI-KIND-", "Kinds that are not translated"),
    ("SMI-LOSS-", "Losses in general"),
    ("SMI-CONV-", "Converting versions"),
    ("SMI-CRD-", "Definitions of the kinds in a cluster"),
    ("OSM-", "Reading as Open Service Mesh did"),
    ("ISTIO-", "Translating to Istio"),
    ("LINKERD-", "Translating to Linkerd"),
    ("", "Others"),
];

const INTRODUCTION: &str = "\
# Diagnostics

Every code that `smi` and the adapters print. Codes are stable: they keep their meaning, and a code that is not used any more is
not used again.

| severity | meaning |
| --- | --- |
| error | the object, or the part named, has no effect |
| loss | the mesh can do only less, or something coarser, than the object asks for; unless `--allow CODE` or the annotation `adapters.smi-spec.io/allow` accepts it, nothing is rendered for a root, and a destination denies that part of what is granted |
| warning | the object has the effect it asks for, but its author may not have meant it |
| info | something was assumed, or is worth knowing |

Answers of `smi decide` name the rule that decided, which is no code of a diagnostic:

| rule | what decided |
| --- | --- |
| SMI-ACCESS-1 | what no TrafficTarget grants to the caller is denied |
| SMI-ACCESS-3 | a TrafficTarget grants it; or none that has the caller as a source has a match for the request |
| SMI-ACCESS-5 | the caller is not authenticated, and no source of any TrafficTarget |
| SMI-ACCESS-20 | the port, or the protocol on it, is not granted to the caller |
| SMI-SPLIT-1, -2, -8, -9, -17, -18, -21 | the root is a host and no TCP is split; weights; no positive weight; the root lacks the port; a condition holds; no split takes it; UDP is never split |

The severity below is the usual one. This page is generated: `UPDATE_DIAGNOSTICS=1 cargo test -p smi-cli`.
";

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    let codes = all();
    let mut left: Vec<&CodeDoc> = codes.iter().collect();
    for (prefix, title) in PARTS {
        let (here, others): (Vec<_>, Vec<_>) =
            left.into_iter().partition(|doc| doc.code.0.starts_with(prefix));
        left = others;
        if here.is_empty() {
            continue;
        }
        page.push_str(&format!(
            "\n## {title}\n\n| code | severity | meaning | what to do |\n| --- | --- | --- | --- |\n"
        ));
        for CodeDoc { code, severity, meaning, remedy } in here {
            let cell = |text: &str| text.replace('|', "\\|");
            page.push_str(&format!("| {code} | {severity} | {} | {} |\n", cell(meaning), cell(remedy)));
        }
    }
    page
}

#[test]
fn diagnostics_md_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("DIAGNOSTICS.md");
    if std::env::var_os("UPDATE_DIAGNOSTICS").is_some_and(|value| value == "1") {
        fs::write(&path, page()).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page(), "DIAGNOSTICS.md is out of date: UPDATE_DIAGNOSTICS=1 cargo test -p smi-cli");
}

#[test]
fn codes_are_unique_and_worded_alike() {
    let mut seen = BTreeSet::new();
    for CodeDoc { code, meaning, remedy, .. } in all() {
        assert!(seen.insert(code), "{code} is documented twice");
        for text in [meaning, remedy] {
            let first = text.split_whitespace().next().unwrap_or_default();
            let is_name = first.chars().skip(1).any(char::is_uppercase);
            assert!(is_name || !first.starts_with(char::is_uppercase), "{code} starts in upper case: {text}");
            assert!(
                !text.is_empty() && !text.ends_with('.'),
                "{code} ends with a full stop, or is empty: {text}"
            );
            assert!(!text.contains('\n'), "{code} has several lines: {text}");
        }
    }
}

/// Finds literals such as `"SMI-VAL-43"` in sources. Rules of the reference (`SMI-SPLIT-9`) look alike, but are no codes.
#[test]
fn every_code_in_the_sources_is_documented() {
    const RULES: [&str; 6] = ["SMI-SPLIT-", "SMI-HTTP-", "SMI-GEN-", "SMI-ACCESS-", "SMI-L4-", "SMI-ID-"];
    let documented: BTreeSet<&str> = all().iter().map(|doc| doc.code.0).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for folder in ["smi-types/src", "smi-translate/src", "backends", "adapters/cli/src"] {
        rust_files(&root.join(folder), &mut files);
    }
    assert!(files.len() > 50, "the sources are not where they were");
    let mut missing = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        for literal in text.split('"').skip(1).step_by(2).chain(text.split('"').step_by(2)) {
            let is_code =
                ["SMI-", "ISTIO-", "LINKERD-", "OSM-"].iter().any(|prefix| literal.starts_with(prefix))
                    && !literal.ends_with('-')
                    && literal.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-')
                    && !RULES.iter().any(|rule| literal.starts_with(rule));
            // The beginning of codes, which a test may look for.
            let is_beginning = || {
                documented
                    .iter()
                    .any(|code| code.strip_prefix(literal).is_some_and(|rest| rest.starts_with('-')))
            };
            if is_code && !documented.contains(literal) && !is_beginning() {
                missing
                    .insert(format!("{literal} in {}", file.strip_prefix(&root).unwrap_or(&file).display()));
            }
        }
    }
    // The misspelt one is from the test of suggestions.
    missing.retain(|found| !found.starts_with("ISTIO-PROT-1 "));
    assert!(missing.is_empty(), "codes without documentation: {missing:#?}");
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}
