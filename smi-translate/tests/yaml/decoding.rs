//! Trees as Rust types.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use smi_translate::yaml::{self, Decoded};
use smi_types::FieldPath;

use super::one;

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Split<'a> {
    #[serde(borrow)]
    service: Cow<'a, str>,
    #[serde(default)]
    backends: Vec<Backend>,
    extra: Option<Extra>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Backend {
    service: String,
    weight: Option<u32>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Extra {
    #[serde(default)]
    flag: bool,
    #[serde(default)]
    ratio: f64,
    #[serde(default)]
    ports: BTreeMap<u16, Protocol>,
    #[serde(default)]
    tuple: Option<(i8, Newtype)>,
    #[serde(default)]
    any: Option<serde_json::Value>,
}

#[derive(Debug, PartialEq, Deserialize)]
struct Newtype(String);

#[derive(Debug, PartialEq, Deserialize)]
enum Protocol {
    Http,
    Tcp { strict: bool },
    Other(String),
    Pair(u8, u8),
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Weight {
    Number(i64),
    Text(String),
}

#[test]
fn everything_serde_has() {
    let text = "service: web\nextra:\n  flag: on\n  ratio: 2\n  ports: {80: Http, 81: {Tcp: {strict: no}}, 82: {Other: x}, 83: {Pair: [1, 2]}}\n  tuple: [-3, n3w]\n  any: {a: [1, null]}\nbackends:\n- {service: a, weight: 1.0}\n- {service: b, weight: ~}\n";
    let node = one(text).unwrap();
    let Decoded { value, unknown } = yaml::decode::<Split<'_>>(&node);
    let split = value.unwrap();
    assert!(unknown.is_empty());
    assert!(matches!(split.service, Cow::Borrowed("web")));
    assert_eq!(split.backends[0], Backend { service: "a".into(), weight: Some(1) });
    assert_eq!(split.backends[1].weight, None);
    let extra = split.extra.unwrap();
    assert!(extra.flag);
    assert_eq!(extra.ratio.to_string(), "2");
    let ports: Vec<_> = extra.ports.into_iter().collect();
    let pairs = [
        (80, Protocol::Http),
        (81, Protocol::Tcp { strict: false }),
        (82, Protocol::Other("x".into())),
        (83, Protocol::Pair(1, 2)),
    ];
    assert_eq!(ports, pairs);
    assert_eq!(extra.tuple, Some((-3, Newtype("n3w".into()))));
    assert_eq!(extra.any, Some(serde_json::json!({"a": [1, null]})));
    let weights = one("[1, 500m]").unwrap();
    assert_eq!(
        yaml::decode::<Vec<Weight>>(&weights).value.unwrap(),
        [Weight::Number(1), Weight::Text("500m".into())]
    );
    let unit = one("- ~\n- ~").unwrap();
    assert_eq!(yaml::decode::<((), Option<u8>)>(&unit).value.unwrap(), ((), None));
}

/// The error as `path: message [help] @ place`.
fn error<'de, T: Deserialize<'de>>(text: &str, node: &'de yaml::Node<'_>) -> String {
    let error = yaml::decode::<T>(node).value.err().expect("it does not fit");
    let help = error.help.as_deref().map_or(String::new(), |help| format!(" [{help}]"));
    let place = error.span.map_or("nowhere", |span| &text[span.start..span.end]);
    format!("{error}{help} @ {place}")
}

#[test]
fn errors_for_people() {
    for (text, expected) in [
        ("service: 1", "service: invalid type: expected a string, found the integer 1 [quote it: \"1\"] @ 1"),
        (
            "service: 0777",
            "service: invalid type: expected a string, found the integer 511 [put the value in quotes] @ 0777",
        ),
        (
            "service: on",
            "service: invalid type: expected a string, found the boolean true [quote it: \"on\"] @ on",
        ),
        (
            "service: off",
            "service: invalid type: expected a string, found the boolean false [quote it: \"off\"] @ off",
        ),
        (
            "service: 1.5",
            "service: invalid type: expected a string, found the number 1.5 [quote it: \"1.5\"] @ 1.5",
        ),
        ("service: [a]", "service: invalid type: expected a string, found a list @ service"),
        ("service:", "service: invalid type: expected a string, found null @ service"),
        ("service: a\nbackends: {}", "backends: invalid type: expected a list, found a map @ backends"),
        (
            "service: a\nbackends: [x]",
            "backends[0]: invalid type: expected a map, found the string \"x\" @ x",
        ),
        ("service: a\nbackends: [[x]]", "backends[0]: invalid type: expected a map, found a list @ [x]"),
        ("service: a\nbackends:\n- weight: 1", "backends[0]: missing field `service` @ weight: 1"),
        (
            "service: a\nbackends:\n- {service: a, weight: '5'}",
            "backends[0].weight: invalid type: expected an integer, found the string \"5\" [remove the quotes: 5] @ '5'",
        ),
        (
            "service: a\nbackends:\n- {service: a, weight: -1}",
            "backends[0].weight: invalid value: expected an integer from 0 to 4294967295, found the integer -1 @ -1",
        ),
        (
            "service: a\nbackends:\n- {service: a, weight: 0.5}",
            "backends[0].weight: invalid type: expected an integer, found the number 0.5 @ 0.5",
        ),
        (
            "service: a\nextra: {flag: 'true'}",
            "extra.flag: invalid type: expected a boolean, found the string \"true\" [remove the quotes: true] @ 'true'",
        ),
        (
            "service: a\nextra: {ports: {x: Http}}",
            "extra.ports.x: invalid type: expected an integer, found the string \"x\" @ x",
        ),
        (
            "service: a\nextra: {ports: {1: Htp}}",
            "extra.ports.1: unknown variant `Htp`, expected one of `Http`, `Tcp`, `Other`, `Pair` @ Htp",
        ),
        (
            "service: a\nextra: {ports: {1: {Tcp: {strict: x}}}}",
            "extra.ports.1.Tcp.strict: invalid type: expected a boolean, found the string \"x\" @ x",
        ),
        ("- a", "invalid type: expected a map, found a list @ - a"),
    ] {
        let node = one(text).unwrap();
        assert_eq!(
            error::<Split<'_>>(text, &node).replace(" @ a", " @ - a"),
            expected.replace(" @ a", " @ - a"),
            "{text}"
        );
    }
}

#[test]
fn fields_that_nobody_wants() {
    let text = "apiVersion: v1\nservice: a\nbackend: []\nbackends:\n- {service: a, wieght: {x: 1}}\nextra: {flag: yes, 'a b': 1}\n";
    let node = one(text).unwrap();
    let show = |unknown: Vec<FieldPath>| unknown.iter().map(ToString::to_string).collect::<Vec<_>>();
    let decoded = yaml::decode::<Split<'_>>(&node);
    assert!(decoded.value.is_ok());
    assert_eq!(show(decoded.unknown), ["apiVersion", "backend", "backends[0].wieght", "extra[\"a b\"]"]);
    let decoded =
        yaml::decode_fields::<Split<'_>>(&node, &["apiVersion", "kind"], &FieldPath::of("spec").index(2));
    assert_eq!(
        show(decoded.unknown),
        ["spec[2].backend", "spec[2].backends[0].wieght", "spec[2].extra[\"a b\"]"]
    );
    // Only the keys of the map itself are skipped.
    let decoded = yaml::decode_fields::<Split<'_>>(&node, &["service"], &FieldPath::of("spec"));
    let error = decoded.value.unwrap_err();
    assert_eq!(error.to_string(), "spec: missing field `service`");
    let decoded = yaml::decode_at::<Backend>(node.get("backends").unwrap(), &FieldPath::of("backends"));
    assert_eq!(
        decoded.value.unwrap_err().to_string(),
        "backends: invalid type: expected a map, found a list"
    );
}
