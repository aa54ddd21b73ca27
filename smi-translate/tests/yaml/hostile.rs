//! Input made to hurt: every bound holds, nothing panics, nothing overflows the stack.

use proptest::prelude::*;
use smi_translate::yaml::{self, Limits, ReadErrorKind};

use super::{documents, one, outline};

fn refused(text: &str) {
    let error = one(text).expect_err("too much");
    assert_eq!(error.kind, ReadErrorKind::Limit, "{}", error.message);
}

#[test]
fn twenty_thousand_levels() {
    const DEEP: usize = 20_000;
    let open = |text: &str| text.repeat(DEEP);
    refused(&open("["));
    refused(&open("{\"a\":"));
    refused(&(open("[") + &open("]")));
    refused(&open("[a, "));
    refused(&open("{a: "));
    refused(&open("- "));
    // A map as a key is refused for what it is.
    assert!(one(&open("? ")).is_err());
    refused(&format!("a: {}", open("[")));
    let stairs: String = (0..DEEP.min(3_000)).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    refused(&stairs);
    // The documents around it survive.
    assert_eq!(outline(&format!("a: 1\n---\n{}\n---\n{}\n---\nb: 2\n", open("["), open("- "))).len(), 4);
}

#[test]
fn depth_is_counted_alike_and_never_unbounded() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(one(&nested(128)).is_ok());
    refused(&nested(129));
    assert!(one(&format!("# yaml\n- {}", nested(127).replace("[]", "[x]"))).is_ok());
    refused(&format!("# yaml\n- {}", nested(128)));
    let limits = Limits { max_depth: usize::MAX, ..Limits::default() };
    let deepest = nested(Limits::HIGHEST_DEPTH);
    let node = yaml::read(&deepest, &limits).next().unwrap().content.unwrap();
    // Walking, decoding and dropping a tree as deep as they get.
    assert_eq!(node.to_json().to_string(), deepest);
    assert_eq!(yaml::decode::<serde_json::Value>(&node).value.unwrap(), node.to_json());
    assert!(yaml::read(&nested(Limits::HIGHEST_DEPTH + 1), &limits).next().unwrap().content.is_err());
}

#[test]
fn alias_bombs() {
    let mut values = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    let mut keys = String::from("a0: &a0 {k: x}\n");
    let mut merges = String::from("a0: &a0 {k0: x}\n");
    for level in 1..30 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        values += &format!("a{level}: &a{level} [{aliases}]\n");
        keys += &format!("a{level}: &a{level} {{x: *a{0}, y: *a{0}}}\n", level - 1);
        merges += &format!("a{level}: &a{level} {{<<: *a{0}, k{level}: [*a{0}, *a{0}]}}\n", level - 1);
    }
    refused(&values);
    refused(&keys);
    refused(&merges);
    // Long text, copied often.
    let text = format!("a: &a \"\\x41{}\"\nb: [{}]\n", "x".repeat(1 << 20), vec!["*a"; 1_000].join(", "));
    refused(&text);
    // Depth through aliases.
    let mut deep = String::from("a0: &a0 [x]\n");
    for level in 1..200 {
        deep += &format!("a{level}: &a{level} [*a{}]\n", level - 1);
    }
    refused(&deep);
    // What people write is fine.
    assert!(one(&format!("a: &a {{b: c}}\nd: [{}]\n", vec!["*a"; 5_000].join(", "))).is_ok());
    assert_eq!(
        outline("a: &a [*a]\n"),
        ["line 1: the alias *a stands inside the value it refers to, which would never end"]
    );
}

#[test]
fn each_limit_has_its_say() {
    let limits = Limits { max_nodes_per_document: 10, max_document_bytes: 40, ..Limits::default() };
    let kind = |text: &str| yaml::read(text, &limits).next().unwrap().content.err().map(|error| error.kind);
    assert_eq!(kind("[1,2,3,4,5,6,7,8,9]"), None);
    for text in [
        "[1,2,3,4,5,6,7,8,9,10]",
        "- [1,2,3,4,5,6,7,8,9]",
        "[\"0123456789012345678901234567890123456789\"]",
        "- 0123456789012345678901234567890123456789",
    ] {
        assert_eq!(kind(text), Some(ReadErrorKind::Limit), "{text}");
    }
    // The next one is read.
    assert_eq!(
        yaml::read("[1,2,3,4,5,6,7,8,9,10]\n---\na: 1\n", &limits)
            .filter(|document| document.content.is_ok())
            .count(),
        1
    );
}

#[test]
fn size() {
    let long = "x".repeat(1 << 20);
    for text in [
        format!("a: {long}\n"),
        format!("a: |\n  {long}\n"),
        format!("a: '{long}'\n"),
        format!("{{\"a\": \"{long}\"}}"),
    ] {
        let node = one(&text).unwrap();
        assert_eq!(node.get("a").unwrap().as_str().unwrap().trim_end(), long);
    }
    let stream: String = (0..10_000).map(|number| format!("---\nname: d{number}\nlist: [1, 2]\n")).collect();
    let mut documents = yaml::read(&stream, &Limits::default());
    assert!(documents.by_ref().enumerate().all(|(number, document)| {
        document.content.unwrap().get("name").unwrap().as_str() == Some(&format!("d{number}"))
    }));
    assert!(documents.next().is_none() && documents.next().is_none());
    let broken = "a: [\n---\n".repeat(10_000);
    assert_eq!(super::documents(&broken).len(), 10_000);
    let twice = "a: 1\na: 2\n---\n".repeat(10_000) + &"{\"a\":1,\"a\":2}\n".repeat(10_000);
    let last = super::documents(&twice).pop().unwrap().content.unwrap_err();
    assert_eq!(last.message, "the key \"a\" stands twice in line 40000");
    let broken = "[\n...\n".repeat(2_000);
    assert_eq!(super::documents(&broken).len(), 2_000);
}

#[test]
fn many_keys() {
    let many: String = (0..20_000).map(|key| format!("k{key}: {key}\n")).collect();
    assert_eq!(one(&many).unwrap().as_map().unwrap().len(), 20_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC*") {
        check(&text);
    }

    #[test]
    fn text_made_of_yaml_never_panics(text in "([-?:,\\[\\]{}#&*!|>'\"%@` \n\ta-c0-2<~.\u{e9}\r\u{1a}]|---\n|- |: |\\.\\.\\.\n|&a |\\*a|<<: |!!int |\"a\": ){0,40}") {
        check(&text);
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        check(&yaml::decode_text(&bytes).text);
    }
}

fn check(text: &str) {
    for document in documents(text) {
        assert!(text.get(document.span.start..document.span.end).is_some(), "{document:?}");
        match document.content {
            Ok(node) => {
                assert!(text.get(node.span.start..node.span.end).is_some(), "{node:?}");
                assert_eq!(yaml::decode::<serde_json::Value>(&node).value.ok(), Some(node.to_json()));
            }
            Err(error) => {
                assert!(text.get(error.span.start..error.span.end).is_some(), "{error:?}");
                assert!(!error.message.is_empty() && !error.message.ends_with('.'), "{error:?}");
            }
        }
    }
}
