//! The reader against the library that kubectl reads with.
//!
//! `go.tsv` was written once by sigs.k8s.io/yaml 1.6.0 (go.yaml.in/yaml/v2 2.4.2), `YAMLToJSON`: a JSON string with the YAML, a tab,
//! and the JSON or `error`.

use serde_json::Value;

use super::documents;

/// Where we differ, and on purpose. `None`: refused here.
const DIFFERENT: &[(&str, Option<&str>)] = &[
    // A key that stands twice.
    ("a: 1\na: 2\n", None),
    // Things that Go's parser takes against the YAML specification, and most others refuse.
    ("a: 'b'# c\n", None),
    ("{\"a\":1}#c", None),
    ("a: \"b\nc: d\"\n", None),
    ("a: \u{feff}b\n", None),
    ("[-]", None),
    // Things that Go's YAML 1.1 refuses and YAML 1.2 allows; kubectl reads the JSON ones with Go's JSON.
    ("- \tb\n", Some(r#"["b"]"#)),
    ("-\tb\n", Some(r#"["b"]"#)),
    ("\ta: b\n", Some(r#"{"a":"b"}"#)),
    ("[!!str]", Some(r#"[""]"#)),
    ("[::1]", Some(r#"["::1"]"#)),
    ("[:a]", Some(r#"[":a"]"#)),
    ("{::1: v}", Some(r#"{"::1":"v"}"#)),
    ("{:a: v}", Some(r#"{":a":"v"}"#)),
    ("a: \"\\ud83d\\ude00\"\n", Some(r#"{"a":"😀"}"#)),
    ("{\"a\": \"\\ud83d\\ude00\"}", Some(r#"{"a":"😀"}"#)),
    ("{\"a\": \"\\/\"}", Some(r#"{"a":"/"}"#)),
    (
        "a: \"\\x41\\u0042\\n\\t\\e\\_\\N\\L\\P\\0\\a\\/\"\n",
        Some("{\"a\":\"AB\\n\\t\\u001b\u{a0}\u{85}\u{2028}\u{2029}\\u0000\\u0007/\"}"),
    ),
    // A question mark without a space behind it is text in YAML 1.2.
    ("[?x]", Some(r#"["?x"]"#)),
    ("{?x: v}", Some(r#"{"?x":"v"}"#)),
    // The sign of zero.
    ("a: -0.0", Some(r#"{"a":0}"#)),
    ("- -0.0", Some("[0]")),
    ("[-0.0]", Some("[0]")),
    // Directives: kubectl cuts the text at `---` before it parses, and then refuses them.
    ("%YAML 1.1\n---\na: b\n", None),
];

#[test]
fn every_line_of_the_table_means_what_it_means_to_kubectl() {
    let mut wrong = Vec::new();
    let mut lines = 0;
    for line in include_str!("go.tsv").lines() {
        lines += 1;
        let (text, json) = line.split_once('\t').unwrap();
        let text: String = serde_json::from_str(text).unwrap();
        let json = match DIFFERENT.iter().find(|(different, _)| *different == text) {
            Some((_, ours)) => *ours,
            None => Some(json).filter(|json| *json != "error"),
        };
        let expected: Option<Value> = json.map(|json| serde_json::from_str(json).unwrap());
        let ours = match documents(&text).into_iter().next() {
            None => Some(Value::Null),
            Some(document) => document.content.ok().map(|node| node.to_json()),
        };
        if ours != expected {
            wrong.push(format!("{text:?}: {ours:?}, not {expected:?}"));
        }
    }
    assert!(lines > 1_400);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn json_says_the_same_on_either_path() {
    for json in [
        r#"{"a": 1.0, "b": 1e3, "c": -0, "d": 1.50, "e": 18446744073709551615, "f": -9223372036854775808}"#,
        r#"{"text": "a\tb\u00e9\ud83d\ude00\\\"\/", "empty": {}, "list": [], "deep": [[{"x": [null, true, false]}]]}"#,
        r#"[1, "0777", "on", "1:30", 12345678901234567890123, 0.1, 1E-7]"#,
    ] {
        let fast = documents(json).remove(0).content.unwrap();
        // The comment keeps the fast path away.
        let slow = format!("--- # yaml\nroot: {json}\n");
        let slow = documents(&slow).remove(0).content.unwrap().get("root").unwrap().to_json();
        assert_eq!(fast.to_json(), slow);
    }
}
