//! Hostile input: each of these documents stands between two good splits in one file. It must be named with file and line, and the
//! good ones must be translated as if it were not there.

#[path = "hostile/access.rs"]
mod access;
#[path = "hostile/crowds.rs"]
mod crowds;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use smi_tests::mesh::{MESHES, TestedMesh};
use smi_translate::manifest::SOURCES_ANNOTATION;
use smi_translate::read::{ReadOptions, Reader};
use smi_translate::yaml::line_column;
use smi_translate::{Diagnostic, Options, Severity, translate};

const BEFORE: &str = "apiVersion: split.smi-spec.io/v1alpha4\nkind: TrafficSplit\nmetadata: {name: before}\n\
    spec: {service: before, backends: [{service: a, weight: 1}, {service: b, weight: 2}]}\n";
const AFTER: &str = "apiVersion: split.smi-spec.io/v1alpha4\nkind: TrafficSplit\nmetadata: {name: after}\n\
    spec: {service: after, backends: [{service: a, weight: 1}, {service: b, weight: 2}]}\n";

/// What became of a file in a mesh.
struct Outcome {
    mesh: TestedMesh,
    /// The splits that have objects.
    rendered: BTreeSet<String>,
    /// How many objects there are.
    objects: usize,
    /// Diagnostics above info, located.
    diagnostics: Vec<(Diagnostic, usize)>,
}

impl Outcome {
    /// The codes that every mesh says.
    fn codes(&self) -> Vec<&'static str> {
        let codes = self.diagnostics.iter().map(|(diagnostic, _)| diagnostic.code.0);
        codes.filter(|code| !self.mesh.has_code(code)).collect()
    }

    /// Whether the mesh has a reason of its own to refuse something.
    fn refuses(&self) -> bool {
        let refusal = |d: &Diagnostic| d.severity >= Severity::Loss && self.mesh.has_code(d.code.0);
        self.diagnostics.iter().any(|(diagnostic, _)| refusal(diagnostic))
    }
}

fn run(bytes: &[u8], mesh: TestedMesh) -> Outcome {
    let mut reader = Reader::new(ReadOptions::default());
    reader.add("hostile.yaml", bytes);
    let mut input = reader.finish(Options::default());
    let translation = translate(&input.inventory, &*mesh.default_backend());
    input.diagnostics.extend(translation.diagnostics);
    input.sources.locate(&mut input.diagnostics);
    let text = input.sources.text(0);
    let located = input.diagnostics.into_iter().filter(|d| d.severity > Severity::Info).map(|diagnostic| {
        let span = diagnostic.span.unwrap_or_else(|| panic!("no place: {diagnostic:?}"));
        assert_eq!(input.sources.name(span.source), "hostile.yaml");
        let line = line_column(&text, span.start).0;
        (diagnostic, line)
    });
    let sources =
        translation.manifests.iter().flat_map(|object| object.annotations[SOURCES_ANNOTATION].split(", "));
    let splits = sources.filter_map(|source| source.strip_prefix("TrafficSplit "));
    Outcome {
        mesh,
        diagnostics: located.collect(),
        objects: translation.manifests.len(),
        rendered: splits.map(|name| name.trim_start_matches("default/").to_owned()).collect(),
    }
}

/// Runs a document between two good ones and expects these codes about it in every mesh, at the first of them this line of the file.
fn between(document: impl AsRef<[u8]>, codes: &[&str], line: usize) -> [Outcome; MESHES.len()] {
    let mut bytes = BEFORE.as_bytes().to_vec();
    bytes.extend(b"---\n");
    bytes.extend(document.as_ref());
    bytes.extend(b"\n---\n");
    bytes.extend(AFTER.as_bytes());
    MESHES.map(|mesh| {
        let outcome = run(&bytes, mesh);
        let messages: Vec<_> = outcome.diagnostics.iter().map(|(d, _)| &d.message).collect();
        assert_eq!(outcome.codes(), codes, "{}: {messages:#?}", mesh.name);
        let of_every_mesh = |(d, _): &&(Diagnostic, usize)| !mesh.has_code(d.code.0);
        if let Some((diagnostic, found)) = outcome.diagnostics.iter().find(of_every_mesh) {
            assert_eq!(*found, line, "{}: {}", mesh.name, diagnostic.message);
            assert!(
                diagnostic.message.len() < 500,
                "a message is for people: {}",
                &diagnostic.message[..500]
            );
        }
        for good in ["before", "after"] {
            assert!(outcome.rendered.contains(good), "{}: {good} is missing", mesh.name);
        }
        outcome
    })
}

/// The line of `text` in a file that [`between`] makes, when the document starts with it.
const FIRST_LINE: usize = 6;

fn group(matches: &str) -> String {
    format!(
        "apiVersion: specs.smi-spec.io/v1alpha4\nkind: HTTPRouteGroup\nmetadata: {{name: group}}\nspec:\n  matches:\n{matches}"
    )
}

#[test]
fn a_megabyte_of_regular_expression_is_refused() {
    let regex = "(a|b)*".repeat(180_000);
    let document =
        group(&format!("  - name: huge\n    pathRegex: \"{regex}\"\n  - name: good\n    methods: [GET]\n"));
    between(document, &["SMI-VAL-31"], FIRST_LINE + 6);
}

#[test]
fn nested_repetition_is_refused() {
    for regex in ["a{1,1000}{1,1000}", "(a{1,1000}){1,1000}", "((a{1,100}){1,100}){1,100}"] {
        let document = group(&format!("  - name: bomb\n    pathRegex: \"{regex}\"\n"));
        between(document, &["SMI-VAL-31"], FIRST_LINE + 6);
    }
}

#[test]
fn ten_thousand_matches_are_translated_or_refused_by_size() {
    let mut matches = String::new();
    for index in 0..10_000 {
        writeln!(matches, "  - name: m{index}\n    pathRegex: /orders/{index}/$")
            .expect("a string takes every text");
    }
    let split = "---\napiVersion: split.smi-spec.io/v1alpha4\nkind: TrafficSplit\nmetadata: {name: many}\nspec:\n  service: many\n  \
        matches: [{kind: HTTPRouteGroup, name: group}]\n  backends: [{service: a, weight: 1}, {service: b, weight: 1}]\n";
    let services = ["many", "a", "b"].map(|name| {
        format!("---\napiVersion: v1\nkind: Service\nmetadata: {{name: {name}}}\nspec: {{selector: {{app: {name}}}, ports: [{{port: 80, name: http}}]}}\n")
    });
    let document = format!("{}{split}{}", group(&matches), services.concat());
    for outcome in between(document, &[], 0) {
        let many = outcome.rendered.contains("many");
        assert!(many != outcome.refuses(), "{}: {:?}", outcome.mesh.name, outcome.diagnostics);
        assert!(many || outcome.mesh.name != "istio");
    }
}

#[test]
fn ten_thousand_documents_are_read() {
    let mut text = String::new();
    for index in 0..10_000 {
        writeln!(text, "---\n{}", BEFORE.replace("before", &format!("split-{index}")))
            .expect("a string takes every text");
    }
    for mesh in MESHES {
        assert_eq!(run(text.as_bytes(), mesh).objects, 10_000, "{}", mesh.name);
    }
}

#[test]
fn alias_bombs_are_refused() {
    let mut exponential = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(exponential, "a{level}: &a{level} [{aliases}]").expect("a string takes every text");
    }
    let [outcome, ..] = between(&exponential, &["SMI-READ-2"], FIRST_LINE + 4);
    assert!(outcome.diagnostics[0].0.message.contains("alias"));

    let long = format!("a: &a [{}]\nb: [{}]\n", vec!["x"; 1_000].join(", "), vec!["*a"; 100_000].join(", "));
    between(&long, &["SMI-READ-2"], FIRST_LINE + 1);
}

#[test]
fn nesting_without_end_is_refused() {
    between("[".repeat(20_000), &["SMI-READ-2"], FIRST_LINE);
    between("{\"a\":".repeat(20_000), &["SMI-READ-2"], FIRST_LINE);
    between("- ".repeat(20_000), &["SMI-READ-2"], FIRST_LINE);
}

#[test]
fn unknown_versions_are_named() {
    for (api_version, code) in [
        ("split.smi-spec.io/v1alpha5", "SMI-VAL-1"),
        ("split.smi-spec.io/v1", "SMI-VAL-1"),
        ("split.smi-spec.io", "SMI-VAL-1"),
        ("v1beta1", "SMI-VAL-1"),
        ("spec.smi-spec.io/v1alpha1", "SMI-VAL-1"),
    ] {
        let document = BEFORE.replace("before", "other").replace("split.smi-spec.io/v1alpha4", api_version);
        between(document, &[code], FIRST_LINE);
    }
}

#[test]
fn bytes_that_are_no_text_cost_their_document_only() {
    between(b"kind: a\nname: \"\0\"\n", &["SMI-READ-4"], FIRST_LINE + 1);
    between(b"kind: a\nname: \xff\xfe\n", &["SMI-READ-4"], FIRST_LINE + 1);
}

#[test]
fn duplicate_keys_cost_their_document_only() {
    let [outcome, ..] = between("kind: a\nspec:\n  x: 1\n  x: 2\n", &["SMI-READ-3"], FIRST_LINE + 3);
    assert!(outcome.diagnostics[0].0.message.contains('x'));
    between("{\"kind\": \"a\",\n \"kind\": \"b\"}", &["SMI-READ-3"], FIRST_LINE + 1);
}

#[test]
fn windows_text_reads_like_any_other() {
    let text = format!("{BEFORE}---\n{AFTER}");
    let crlf = text.replace('\n', "\r\n");
    let bom = [b"\xef\xbb\xbf".as_slice(), text.as_bytes()].concat();
    let utf16: Vec<u8> =
        "\u{feff}".chars().chain(text.chars()).flat_map(|c| (c as u16).to_le_bytes()).collect();
    for bytes in [crlf.into_bytes(), bom, utf16] {
        for mesh in MESHES {
            let outcome = run(&bytes, mesh);
            assert_eq!(outcome.rendered, ["after", "before"].map(str::to_owned).into());
            assert!(outcome.diagnostics.is_empty());
        }
    }
}

#[test]
fn quantities_without_end_are_refused() {
    for weight in ["9".repeat(1_000_000), "1e999999999".to_owned(), "-1".to_owned(), "0.5".to_owned()] {
        let quoted = if weight.starts_with('-') || weight.starts_with("0.") {
            weight
        } else {
            format!("\"{weight}\"")
        };
        let document =
            BEFORE.replace("before", "other").replace("weight: 1}", &format!("weight: {quoted}}}"));
        between(document, &["SMI-VAL-43"], FIRST_LINE + 3);
    }
}
