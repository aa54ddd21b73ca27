//! Where values stand.

use smi_translate::yaml::{self, LineIndex, Node, Span, decode_text, line_column};
use smi_types::FieldPath;

use super::{documents, one};

fn slice(text: &str, span: Span) -> &str {
    &text[span.start..span.end]
}

#[test]
fn block_yaml() {
    let text = "# first\nkind: 'Split'   # c\nspec:\n  backends:\n  - service: é\n    weight: 10\n\n  - {service: b, weight: 0x1}\n  note: |\n    one\n    two\n\nlast:\n";
    let node = one(text).unwrap();
    let at = |path: FieldPath| slice(text, node.locate(&path).unwrap());
    let backends = FieldPath::of("spec").key("backends");
    assert_eq!(at(FieldPath::of("kind")), "'Split'");
    assert_eq!(at(FieldPath::of("spec")), "spec");
    assert_eq!(at(backends.clone().index(0)), "service: é\n    weight: 10");
    assert_eq!(at(backends.clone().index(0).key("service")), "é");
    assert_eq!(at(backends.clone().index(1)), "{service: b, weight: 0x1}");
    assert_eq!(at(backends.clone().index(1).key("weight")), "0x1");
    assert_eq!(at(FieldPath::of("spec").key("note")), "one\n    two");
    // Nothing stands there: the key.
    assert_eq!(at(FieldPath::of("last")), "last");
    // The deepest part that exists.
    assert_eq!(at(backends.clone().index(7).key("weight")), "backends");
    assert_eq!(at(backends.index(0).key("weight").key("x")), "10");
    assert_eq!(node.locate(&FieldPath::of("status")), None);
    assert_eq!(slice(text, node.entry("kind").unwrap().key_span), "kind");
    assert_eq!(slice(text, node.get("spec").unwrap().span).lines().next(), Some("backends:"));
    assert!(slice(text, node.span).ends_with("last"));
}

#[test]
fn what_is_not_written_stands_at_its_indicator() {
    let text = "spec:\n  backends:\n  - \n  -\n  weight:   \nkind: \n\n# end";
    let node = one(text).unwrap();
    let spec = node.get("spec").unwrap();
    let place = |node: &Node<'_>| {
        assert_eq!(node.span.start, node.span.end);
        line_column(text, node.span.start)
    };
    let backends = spec.get("backends").unwrap();
    assert_eq!(slice(text, backends.span), " \n  -");
    assert_eq!(backends.as_seq().unwrap().iter().map(place).collect::<Vec<_>>(), [(3, 4), (4, 4)]);
    assert_eq!(place(spec.get("weight").unwrap()), (5, 9));
    assert_eq!(place(node.get("kind").unwrap()), (6, 5));
}

#[test]
fn json() {
    let text = " {\"a\" : [1, \"x\\n\" ], \"b\": {\"c\": null}} \n{\"d\": 2}";
    let documents = documents(text);
    assert_eq!(slice(text, documents[0].span), "{\"a\" : [1, \"x\\n\" ], \"b\": {\"c\": null}}");
    assert_eq!(slice(text, documents[1].span), "{\"d\": 2}");
    let node = documents[0].content.as_ref().unwrap();
    let at = |node: &Node<'_>, path| slice(text, node.locate(&path).unwrap()).to_owned();
    assert_eq!(at(node, FieldPath::of("a").index(1)), "\"x\\n\"");
    assert_eq!(at(node, FieldPath::of("b")), "\"b\"");
    assert_eq!(at(node, FieldPath::of("b").key("c")), "null");
    assert_eq!(at(documents[1].content.as_ref().unwrap(), FieldPath::of("d")), "2");
}

#[test]
fn later_documents_and_aliases() {
    let text = "x: 1\n---\n# c\na: &n {b: 1}\nc: *n\n";
    let documents = documents(text);
    assert_eq!(slice(text, documents[1].span), "# c\na: &n {b: 1}\nc: *n");
    let node = documents[1].content.as_ref().unwrap();
    assert_eq!(slice(text, node.get("c").unwrap().span), "*n");
    // What is inside an alias stands where it was written.
    assert_eq!(line_column(text, node.get("c").unwrap().get("b").unwrap().span.start), (4, 11));
}

#[test]
fn lines_and_columns() {
    let text = "aé\r\nb\n\n→x";
    let index = LineIndex::new(text);
    for (offset, expected) in [
        (0, (1, 1)),
        (1, (1, 2)),
        (2, (1, 2)),
        (3, (1, 3)),
        (4, (1, 3)),
        (5, (2, 1)),
        (6, (2, 2)),
        (7, (3, 1)),
        (8, (4, 1)),
        (11, (4, 2)),
        (99, (4, 3)),
    ] {
        assert_eq!(line_column(text, offset), expected, "{offset}");
        assert_eq!(index.line_column(offset), expected, "{offset}");
    }
    assert_eq!(index.line(1), Some("aé"));
    assert_eq!(index.line(4), Some("→x"));
    assert_eq!((index.line(0), index.line(5)), (None, None));
}

#[test]
fn bytes_as_text() {
    let plain = decode_text("\u{feff}a: é".as_bytes());
    assert_eq!((plain.text.as_ref(), plain.invalid.len()), ("a: é", 0));
    for unit in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
        let bytes: Vec<u8> = "\u{feff}a: 😀\n".encode_utf16().flat_map(unit).collect();
        assert_eq!(decode_text(&bytes).text, "a: 😀\n");
        let lone: Vec<u8> = [0xFEFF, 0xD800, 0x61].into_iter().flat_map(unit).collect();
        assert_eq!(decode_text(&lone).text, "\u{1a}a");
        assert_eq!(decode_text(&bytes[..bytes.len() - 1]).invalid.len(), 1);
    }
    let broken = decode_text(b"a: \xff\xfe\nb: \xe2\x82\nc");
    assert_eq!(broken.text, "a: \u{1a}\u{1a}\nb: \u{1a}\u{1a}\nc");
    assert_eq!(broken.invalid, [3, 4, 9, 10]);
    assert_eq!(yaml::decode_text(b"").text, "");
}
