//! Manifests as anybody may write them: every document is read or named, and what is read is translated or named.

use serde_json::Value as Json;
use smi_translate::inventory::{Split, Target};
use smi_translate::manifest::SOURCES_ANNOTATION;
use smi_translate::read::{Input, ReadOptions, Reader};
use smi_translate::yaml::{self, Limits, Node, Span};
use smi_translate::{Diagnostic, ObjectRef, Options, Severity, Translation, codes, translate};
use smi_types::Kind;

use crate::mesh::{MESHES, TestedMesh};

/// Text in any encoding, see [`super`].
pub fn manifests(data: &[u8]) {
    let text = yaml::decode_text(data).text;
    documents(&text);
    as_json(&text);
    twice(data);
    for mesh in MESHES {
        translated(data, &text, mesh);
    }
}

/// Who gives the same file twice contradicts nobody.
fn twice(data: &[u8]) {
    let contradictions = |times: usize| {
        let mut reader = Reader::new(ReadOptions::default());
        (0..times).for_each(|_| reader.add("input.yaml", data));
        reader.finish(Options::default()).diagnostics.into_iter().find(|one| one.code.0 == "SMI-READ-7")
    };
    if contradictions(1).is_none() {
        assert_eq!(contradictions(2), None);
    }
}

/// Documents lie one behind the other, nothing but their separators is between them, and each can be read once more from where it begins.
fn documents(text: &str) {
    let mut behind = 0;
    for document in yaml::read(text, &Limits::default()) {
        let Span { start, end } = document.span;
        assert!(behind <= start && start <= end && end <= text.len(), "{text:?}: {:?}", document.span);
        nothing(&text[behind..start]);
        let own = &text[start..end];
        match &document.content {
            Ok(node) => {
                within(node, document.span, text);
                let again = yaml::read(&text[start..], &Limits::default()).next();
                let again = again.and_then(|again| again.content.ok()).map(|again| again.to_json());
                assert_eq!(again, Some(node.to_json()), "{own:?} once more");
                written(&node.to_json());
            }
            Err(error) => {
                assert!(!error.message.is_empty() && error.message.len() < 500, "{own:?}: {error:?}");
                assert!(text.is_char_boundary(error.span.start) && text.is_char_boundary(error.span.end));
                assert!(start <= error.span.start && error.span.start <= end, "{own:?}: {error:?}");
                assert!(error.span.start <= error.span.end, "{own:?}: {error:?}");
            }
        }
        behind = end;
    }
    nothing(&text[behind..]);
}

/// What stands between documents is none itself.
fn nothing(between: &str) {
    let found = yaml::read(between, &Limits::default()).next();
    assert!(found.is_none(), "{between:?} stands between documents: {found:?}");
}

/// Everything in a document stands within it, what is inner within what is outer; except what an alias repeats from elsewhere.
fn within(node: &Node<'_>, outer: Span, text: &str) {
    let Span { start, end } = node.span;
    assert!(outer.start <= start && start <= end && end <= outer.end, "{text:?}: {node:?} in {outer:?}");
    assert!(text.is_char_boundary(start) && text.is_char_boundary(end), "{text:?}: {node:?}");
    if text[start..end].contains(['*', '<']) {
        return;
    }
    for item in node.as_seq().unwrap_or_default() {
        within(item, node.span, text);
    }
    for entry in node.as_map().unwrap_or_default() {
        assert!(start <= entry.key_span.start && entry.key_span.end <= end, "{text:?}: {entry:?}");
        within(&entry.value, node.span, text);
    }
}

/// What is written is read again as it was.
fn written(value: &Json) {
    let text = yaml::write(value).expect("JSON can be written as YAML");
    let again = yaml::read(&text, &Limits::default()).next();
    match again.map(|again| again.content) {
        Some(Ok(node)) => assert!(same(&node.to_json(), value), "{value} is written as {text:?}"),
        Some(Err(error)) => panic!("{value} is written as {text:?}: {error:?}"),
        None => assert!(value.is_null(), "{value} is written as {text:?}"),
    }
}

/// JSON is YAML.
fn as_json(text: &str) {
    let Ok(value @ (Json::Object(_) | Json::Array(_))) = serde_json::from_str::<Json>(text) else { return };
    let documents: Vec<_> = yaml::read(text, &Limits::default()).map(|document| document.content).collect();
    match documents.as_slice() {
        [Ok(node)] => assert!(same(&node.to_json(), &value), "{text:?} is read as {}", node.to_json()),
        [Err(error)] => {
            use yaml::ReadErrorKind::{DuplicateKey, Encoding, Limit, Unsupported};
            assert!(
                matches!(error.kind, DuplicateKey | Encoding | Limit | Unsupported),
                "{text:?}: {error:?}"
            );
        }
        other => panic!("{text:?} is one document: {other:?}"),
    }
}

/// Whether two values are the same to kubectl, for which `1.0` is `1`.
fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((ka, a), (kb, b))| ka == kb && same(a, b))
        }
        _ => a == b,
    }
}

fn translated(data: &[u8], text: &str, mesh: TestedMesh) {
    let backend = mesh.default_backend();
    let options = ReadOptions { foreign_kinds: backend.foreign_kinds(), ..ReadOptions::default() };
    let mut reader = Reader::new(options);
    reader.add("input.yaml", data);
    let input = reader.finish(Options::default());
    let translation = translate(&input.inventory, &*backend);
    let mut diagnostics = input.diagnostics.clone();
    diagnostics.extend(translation.diagnostics.iter().cloned());
    input.sources.locate(&mut diagnostics);
    for diagnostic in &diagnostics {
        is_for_people(diagnostic, text, mesh);
    }
    for document in yaml::read(text, &Limits::default()) {
        match &document.content {
            Ok(node) => is_known(node, document.span, &input, &diagnostics),
            Err(error) => {
                let names = |one: &&Diagnostic| one.span.is_some_and(|span| span.start == error.span.start);
                assert!(diagnostics.iter().any(|one| names(&one)), "{error:?} is not named: {diagnostics:?}");
            }
        }
    }
    is_accounted_for(&input, &translation, &diagnostics);
    are_objects(&translation);
}

/// Documented, placed, and short enough to be read.
fn is_for_people(diagnostic: &Diagnostic, text: &str, mesh: TestedMesh) {
    let Diagnostic { code, severity, object: _, path: _, span, message, effect, help } = diagnostic;
    let is_documented =
        codes::CODES.iter().any(|documented| documented.code == *code) || mesh.has_code(code.0);
    assert!(is_documented, "{diagnostic:?}");
    for text in [Some(message.as_str()), Some(effect.as_ref()), help.as_deref()].into_iter().flatten() {
        assert!(!text.is_empty() && text.len() < 3000, "{diagnostic:?}");
    }
    let Some(span) = span else {
        assert!(*severity <= Severity::Info, "no place: {diagnostic:?}");
        return;
    };
    assert!(span.start <= span.end && span.end <= text.len(), "{diagnostic:?} in {text:?}");
    assert!(
        text.is_char_boundary(span.start) && text.is_char_boundary(span.end),
        "{diagnostic:?} in {text:?}"
    );
}

/// Every SMI object of a document is in the inventory, or something is said about it.
fn is_known(root: &Node<'_>, document: Span, input: &Input, diagnostics: &[Diagnostic]) {
    let kind = root.get("kind").and_then(Node::as_str).unwrap_or_default();
    let items = root.get("items").and_then(Node::as_seq).filter(|_| kind.ends_with("List"));
    let items: Vec<(Option<usize>, &Node<'_>)> = match items {
        Some(items) => items.iter().enumerate().map(|(index, item)| (Some(index), item)).collect(),
        None => vec![(None, root)],
    };
    for (index, node) in items {
        let Some(reference) = smi_object(node) else { continue };
        let is_read = input.sources.origin(&reference).is_some_and(|origin| {
            (origin.start, origin.end, origin.item) == (document.start, document.end, index)
        });
        let names = |one: &Diagnostic| {
            one.span.is_some_and(|span| node.span.start <= span.end && span.start <= node.span.end)
        };
        assert!(is_read || diagnostics.iter().any(names), "{reference} is lost: {diagnostics:?}");
    }
}

/// The name of a node that is meant as an SMI object to be translated.
fn smi_object(node: &Node<'_>) -> Option<ObjectRef> {
    let text =
        |node: &Node<'_>, key: &str| node.get(key).and_then(Node::as_str).unwrap_or_default().to_owned();
    let group = text(node, "apiVersion");
    let kind = text(node, "kind");
    let is_smi = group.split('/').next().is_some_and(|group| group.ends_with(".smi-spec.io"));
    let is_measured = matches!(Kind::parse(&kind), Some(Kind::TrafficMetrics | Kind::TrafficMetricsList));
    if !is_smi || is_measured {
        return None;
    }
    let metadata = |key: &str| node.get("metadata").map(|metadata| text(metadata, key)).unwrap_or_default();
    let namespace = Some(metadata("namespace")).filter(|one| !one.is_empty()).unwrap_or("default".to_owned());
    Some(ObjectRef::new(kind, namespace, metadata("name")))
}

/// A split or a target becomes objects, or somebody says why not.
fn is_accounted_for(input: &Input, translation: &Translation, diagnostics: &[Diagnostic]) {
    let sources = translation.manifests.iter().filter_map(|one| one.annotations.get(SOURCES_ANNOTATION));
    let sources: Vec<&str> = sources.flat_map(|sources| sources.split(", ")).collect();
    // Of a long list the last says how many there are besides.
    let is_written = |name: &str| sources.iter().any(|source| *source == name || source.starts_with("and "));
    let is_named = |object: &ObjectRef| diagnostics.iter().any(|one| one.object.as_ref() == Some(object));
    let splits = input.inventory.splits().map(Split::reference);
    for object in splits.chain(input.inventory.targets().map(Target::reference)) {
        let is_known = is_written(&object.to_string()) || is_named(object);
        assert!(is_known, "{object} is neither translated nor named: {diagnostics:?}");
    }
}

/// Manifests have names of their own, and are written as YAML that says what they are.
fn are_objects(translation: &Translation) {
    let mut names = std::collections::BTreeSet::new();
    for manifest in &translation.manifests {
        assert!(names.insert((manifest.api_version, manifest.file_name())), "{} twice", manifest.file_name());
    }
    let text = yaml::write_documents(&translation.manifests).expect("manifests can be written");
    let documents: Vec<_> = yaml::read(&text, &Limits::default()).map(|document| document.content).collect();
    assert_eq!(documents.len(), translation.manifests.len(), "{text}");
    for (manifest, document) in translation.manifests.iter().zip(documents) {
        let node = document.unwrap_or_else(|error| panic!("{error:?} in {text}"));
        let value = serde_json::to_value(manifest).expect("a manifest is JSON");
        assert!(same(&node.to_json(), &value), "{value} is written as {}", node.to_json());
    }
}
