//! What is written comes back.

use proptest::prelude::*;
use serde_json::{Value, json};
use smi_translate::yaml;

use super::{documents, one};

fn back(value: &Value) -> Value {
    let text = yaml::write(value).expect("JSON can be written");
    match documents(&text).into_iter().next() {
        Some(document) => document.content.unwrap_or_else(|error| panic!("{error}:\n{text}")).to_json(),
        None => Value::Null,
    }
}

#[test]
fn adversarial_strings() {
    let long = format!("{} {}", "word ".repeat(50), "x".repeat(200));
    let mut texts = vec![long.as_str()];
    texts.extend(
        "on off yes no y n Y N true null ~ 0777 08 1_000 0b1 0x1F 1.0 1e3 .5 .inf .nan 1:30 2001-01-01 << = - -- --- ... ? : , # & * ! | > ' \" % @ ` {} [] {a} [a] a: :a a:b a#b\
         -a ?a !a &a *a %a @a `a 0o17 0O17 0b-101 + +1 -0 1. 1__0 NULL Null nAn /.* ^/api$ \\d+ \\ \\n $ ()"
            .split(' '),
    );
    texts.extend([
        "",
        " ",
        "  a",
        "a ",
        "a: b",
        "a #b",
        "# a",
        "- a",
        "? a",
        "a\nb",
        "a\n",
        "\na",
        "\n",
        "a\n\nb\n",
        "\ta",
        "a\tb",
        "a\n\tb",
        "a\r\nb",
        "\r",
        "\u{0}",
        "\u{7}",
        "\u{1a}",
        "\u{1b}[0m",
        "\u{7f}",
        "\u{80}",
        "\u{85}",
        "a\u{85}b",
        "\u{a0}",
        "a\u{a0}",
        "\u{2028}",
        "a\u{2029}b",
        "\u{feff}",
        "a\u{feff}b",
        "\u{fffe}",
        "\u{ffff}",
        "é",
        "→",
        "😀",
        "'a'",
        "\"a\"",
        "it's",
        "{{ x }}",
        "${x}",
        "--- a",
        "---\na",
        "... ",
        "%YAML 1.2",
        "a\n---\nb",
        "key: |\n  x",
        "!!str a",
        "&a b",
        "\\u0041",
    ]);
    for text in texts {
        let value = json!({ "value": text, text: [text, {"inner": text}] });
        assert_eq!(back(&value), value, "{:?}\n{}", text, yaml::write(&value).unwrap());
    }
}

#[test]
fn form() {
    let value = json!({"spec": {"backends": [{"service": "a", "weight": 1}, {"service": "b", "empty": {}, "none": [], "null": null}], "note": "a\nb\n"}});
    let text = yaml::write(&value).unwrap();
    same_form(
        &text,
        "spec:\n  backends:\n  - service: a\n    weight: 1\n  - empty: {}\n    none: []\n    'null': null\n    service: b\n  note: \"a\\nb\\n\"\n",
    );
    assert_eq!(yaml::write_documents([json!({"a": 1}), json!({"b": 2})]).unwrap(), "a: 1\n---\nb: 2\n");
    assert_eq!(yaml::write_documents::<[Value; 0]>([]).unwrap(), "");
    assert_eq!(yaml::write("x").unwrap(), "x\n");
    assert_eq!(one("a: 1").unwrap().to_json(), json!({"a": 1}));
}

/// Key quotes are the writer's choice.
fn same_form(text: &str, expected: &str) {
    assert_eq!(text.replace("\"null\"", "'null'"), expected);
}

fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        "[-?:,\\[\\]{}#&*!|>'\"%@` \n\ta-c0-9<~.xoeEbnyYN_+=\\\\]{0,12}",
        "(on|off|yes|no|null|~|0[xobOXB]?[0-9a-f_]{1,4}|[-+]?[0-9._e]{1,8}|\\.(inf|nan))",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        // Floats without fraction are integers here, as for kubectl.
        any::<f64>()
            .prop_filter("a fraction", |value| value.is_finite() && value.fract() != 0.0)
            .prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(text.clone(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn every_value_comes_back_from_yaml(value in value()) {
        prop_assert_eq!(back(&value), value);
    }

    #[test]
    fn every_value_comes_back_from_json(value in value()) {
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let text = format!("[{text}]");
            let node = one(&text).unwrap();
            prop_assert_eq!(&node.to_json()[0], &value);
        }
    }
}
