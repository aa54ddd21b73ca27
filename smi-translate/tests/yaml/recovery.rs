//! Where documents begin and end, and that an error stays in its own.

use smi_translate::yaml::{ReadErrorKind, decode_text, line_column};

use super::{documents, one, outline};

#[test]
fn separators() {
    let text = "---\n# only a comment\n---\n\n---\nnull\n--- {a: 1}\n--- # c\nb: 1\n--- |\n text\n---\tx\n---\r\nc: d\r\n---";
    assert_eq!(outline(text), [r#"{"a":1}"#, r#"{"b":1}"#, r#""text\n""#, r#""x""#, r#"{"c":"d"}"#]);
    // Not separators.
    assert_eq!(outline("a: |\n  ---\n  x\nb: x ---\n"), [r#"{"a":"---\nx\n","b":"x ---"}"#]);
    assert_eq!(outline("---x: 1\n"), [r#"{"---x":1}"#]);
    assert!(outline("").is_empty() && outline("\n# c\n").is_empty() && outline("\u{feff}").is_empty());
}

#[test]
fn document_ends_and_several_documents_between_separators() {
    let text = "a: b\n...\nc: d\n...\n[\n...\ne: f\n";
    assert_eq!(
        outline(text),
        [r#"{"a":"b"}"#, r#"{"c":"d"}"#, "line 5: the bracket [ is never closed", r#"{"e":"f"}"#]
    );
    let places: Vec<_> =
        documents(text).iter().map(|document| &text[document.span.start..document.span.end]).collect();
    assert_eq!(places, ["a: b\n...", "c: d\n...", "[\n...", "e: f"]);
}

#[test]
fn a_document_is_not_read_without_its_rest() {
    let text = "---\n  a: b\nc: d\n---\ne: f\n";
    assert_eq!(
        outline(text),
        ["line 3: this line does not belong to the document before it", r#"{"e":"f"}"#]
    );
}

#[test]
fn a_line_that_looks_like_a_directive_costs_its_own_document_only() {
    for rest in ["\n  e: f", ""] {
        let text = format!("a: b\n% c: d{rest}\n---\ng: h\n");
        assert_eq!(
            outline(&text),
            ["line 2: kubectl does not accept directives such as %YAML", r#"{"g":"h"}"#]
        );
    }
}

#[test]
fn errors_do_not_hurt_the_neighbours() {
    for (broken, message) in [
        ("a: [1, 2", "the bracket [ is never closed"),
        ("a: \"x", "a quote that is opened is never closed"),
        ("a: 'x", "a quote that is opened is never closed"),
        ("a: b: c", "a `key: value` pair cannot stand here"),
        ("a: @b", "a value cannot start with @"),
        ("a: *b", "the alias *b refers to an anchor that does not exist"),
        ("a: \"\\d\"", "the backslash escape \\d does not exist"),
        ("a: {{ name }}", "a key must be text: lists, maps, null and numbers beyond 64 bits cannot be keys"),
        ("a: - b", "a list entry (-) cannot stand here"),
        ("a: .inf", "infinity and not-a-number do not exist in JSON"),
        ("a: !!int x", "its tag asks for an integer, and \"x\" is not"),
        ("\n{\"a\": ]", "the bracket { is closed by ]"),
        ("a: ]", "a closing bracket without an opening one"),
    ] {
        let text = format!("x: 1\n---\n{broken}\n---\nz: 2\n");
        let line = if broken.starts_with('\n') { 4 } else { 3 };
        let broken = outline(&text);
        assert_eq!(broken[0], r#"{"x":1}"#);
        assert!(broken[1].starts_with(&format!("line {line}: ")), "{}", broken[1]);
        assert!(message.is_empty() || broken[1].ends_with(message), "{}", broken[1]);
        assert_eq!(broken[2..], [r#"{"z":2}"#], "{text}");
    }
}

#[test]
fn wrong_indentation_is_explained_where_it_is() {
    let text = "backends:\n- service: a\n  weight: 1\n  - service: b\n";
    assert_eq!(outline(text), ["line 4: a list entry (-) stands among the keys of a mapping"]);
    let text = "  backends:\n  - service: a\n  weight: 1\n  - service: b\n";
    let error = one(text).unwrap_err();
    assert_eq!(line_column(text, error.span.start), (4, 3));
    assert_eq!(&text[error.span.start..error.span.end], "- service: b");
    assert_eq!(outline("a:\n  b: c\n d: e\n"), ["line 3: this line does not fit into the mapping around it"]);
    assert_eq!(outline("a: b\n\tc: d\n"), ["line 2: a tab cannot stand here"]);
    assert_eq!(outline("a: b\nfoo\nc: d\n"), ["line 2: this line is not a `key: value` pair"]);
}

#[test]
fn directives_are_refused_by_themselves_as_kubectl_cuts_them_off() {
    let text = "%YAML 1.2\n---\na: b\n---\nc: d\n...\n%TAG ! x\n---\ne: f\n---\ng: h\n";
    let refused = "kubectl does not accept directives such as %YAML";
    let expected = [
        format!("line 1: {refused}"),
        r#"{"a":"b"}"#.into(),
        r#"{"c":"d"}"#.into(),
        format!("line 7: {refused}"),
        r#"{"e":"f"}"#.into(),
        r#"{"g":"h"}"#.into(),
    ];
    assert_eq!(outline(text), expected);
}

#[test]
fn keys_that_stand_twice() {
    for text in [
        "a: 1\nb: 2\na: 3\n",
        "{\"a\": 1,\n\"b\": 2,\n\"a\": 3}",
        "{a: 1,\nb: 2,\n\"\\x61\": 3}",
        "1: 1\nb: 2\n\"1\": 3\n",
        "a: 1\n<<: {b: 2}\na: 3\n",
    ] {
        let error = one(text).unwrap_err();
        assert_eq!(error.kind, ReadErrorKind::DuplicateKey);
        assert!(
            error.message.ends_with("twice in one mapping, in line 1 and in line 3"),
            "{}",
            error.message
        );
        assert_eq!(line_column(text, error.span.start).0, 3);
    }
    assert_eq!(one("{\"a\": 1, \"a\": 2}").unwrap_err().message, "the key \"a\" stands twice in line 1");
    let many: String = (0..50).map(|key| format!("k{key}: 1\n")).collect();
    assert!(one(&many).is_ok());
    let error = one(&format!("{many}k7: 1\n")).err();
    assert_eq!(
        error.unwrap().message,
        "the key \"k7\" stands twice in one mapping, in line 8 and in line 51"
    );
    // The others are read.
    assert_eq!(outline("{\"a\":1,\"a\":2}\n{\"b\":1}\n---\nc: 1\n")[1..], [r#"{"b":1}"#, r#"{"c":1}"#]);
}

#[test]
fn json_among_yaml() {
    let text = "{\"a\":1}\n{\"b\": 2} # c\n[3]\n---\nc: d\n---\n{\"e\":[}\n---\n{\"f\":1}\n---\n{g: 1, \"h\": [x]}\n---\n{\"i\": 1}\n...\n";
    assert_eq!(
        outline(text),
        [
            r#"{"a":1}"#,
            r#"{"b":2}"#,
            "[3]",
            r#"{"c":"d"}"#,
            "line 7: the bracket [ is closed by }",
            r#"{"f":1}"#,
            r#"{"g":1,"h":["x"]}"#,
            r#"{"i":1}"#,
        ]
    );
}

#[test]
fn bytes_that_are_not_text() {
    let text = decode_text(b"a: 1\n---\nb: \xff\n---\nc: 3\n");
    let kinds: Vec<_> = documents(&text.text)
        .into_iter()
        .map(|document| document.content.map_err(|error| error.kind).err())
        .collect();
    assert_eq!(kinds, [None, Some(ReadErrorKind::Encoding), None]);
    assert_eq!(outline(&text.text)[1], "line 3: this is not text: a byte that is not valid UTF-8");
    let text = decode_text(b"{\"a\": \"\xff\"}\n---\nc: 3\n");
    assert_eq!(
        outline(&text.text),
        ["line 1: this is not text: a byte that is not valid UTF-8", r#"{"c":3}"#]
    );
    assert_eq!(
        outline("a: x\0y\n---\nb: 1\n"),
        ["line 1: the control character U+0000 is not allowed in YAML", r#"{"b":1}"#]
    );
    assert_eq!(one("a: x\u{2028}y").unwrap_err().kind, ReadErrorKind::Unsupported);
}

#[test]
fn windows_line_ends_and_byte_order_marks() {
    let text = decode_text("\u{feff}a: |\r\n  x\r\n  y\r\n---\r\nb: \"c\"\r\nd:\r\n- e\r\n".as_bytes()).text;
    assert_eq!(outline(&text), [r#"{"a":"x\ny\n"}"#, r#"{"b":"c","d":["e"]}"#]);
    assert_eq!(outline("\u{feff}---\na: b\n---\nc: d\n"), [r#"{"a":"b"}"#, r#"{"c":"d"}"#]);
    assert_eq!(outline("\u{feff}{\"a\": 1}"), [r#"{"a":1}"#]);
}
