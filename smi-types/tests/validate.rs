//! What each check says: code, severity, path and wording.
// Helpers of tests are tests: `unwrap` says at the right line what failed.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use smi_types::validate::{self, Context, Contexts, Finding, Severity};
use smi_types::{FieldPath, Kind, Version, convert};

fn split(version: Version, spec: Value) -> Vec<Finding> {
    split_with(version, spec, &Context::default())
}

fn split_with(version: Version, spec: Value, context: &Context) -> Vec<Finding> {
    let object = json!({
        "apiVersion": format!("split.smi-spec.io/{version}"), "kind": "TrafficSplit",
        "metadata": {"name": "web", "namespace": "shop"}, "spec": spec,
    });
    let split = convert::read_traffic_split(version, object).unwrap().object;
    checked(validate::traffic_split(&split, context))
}

fn group(version: Version, matches: Value) -> Vec<Finding> {
    let mut object = json!({
        "apiVersion": format!("specs.smi-spec.io/{version}"), "kind": "HTTPRouteGroup",
        "metadata": {"name": "web", "namespace": "shop"},
    });
    if version.is_deprecated() {
        object["matches"] = matches;
    } else {
        object["spec"] = json!({"matches": matches});
    }
    let group = convert::read_http_route_group(version, object).unwrap().object;
    checked(validate::http_route_group(&group, &Context::default()))
}

/// Every text follows the house style: lower-case start (or a quotation), no final full stop.
fn checked(findings: Vec<Finding>) -> Vec<Finding> {
    for finding in &findings {
        let texts = [Some(&finding.message), Some(&finding.effect), finding.help.as_ref()];
        for text in texts.into_iter().flatten() {
            assert!(!text.is_empty() && !text.ends_with('.'), "{text}");
            let kind = Kind::ALL.iter().any(|kind| text.starts_with(kind.as_str()));
            assert!(kind || !text.starts_with(char::is_uppercase), "{text}");
        }
    }
    findings
}

/// `E SMI-VAL-41 path: message` for each finding.
fn lines(findings: &[Finding]) -> Vec<String> {
    let letter = |severity| match severity {
        Severity::Error => 'E',
        Severity::Warning => 'W',
        Severity::Info => 'I',
    };
    findings.iter().map(|f| format!("{} {} {f}", letter(f.severity), f.code)).collect()
}

fn two_backends() -> Value {
    json!([{"service": "a", "weight": 1}, {"service": "b", "weight": 2}])
}

#[test]
fn a_good_split_has_no_finding() {
    let spec = json!({"service": "web.shop.svc.cluster.local", "backends": two_backends(),
        "matches": [{"kind": "HTTPRouteGroup", "name": "g", "apiGroup": "specs.smi-spec.io"}]});
    assert_eq!(split(Version::V1Alpha4, spec), []);
}

#[test]
fn deprecated_versions() {
    let findings = split(Version::V1Alpha1, json!({"service": "web", "backends": two_backends()}));
    assert_eq!(lines(&findings), ["W SMI-VAL-4 apiVersion: v1alpha1 of TrafficSplit is deprecated"]);
    assert_eq!(findings[0].help.as_deref(), Some("convert it to v1alpha4"));
}

#[test]
fn the_root() {
    let root = |service: &str| {
        let findings = split(Version::V1Alpha4, json!({"service": service, "backends": two_backends()}));
        let finding = findings.first().unwrap();
        (lines(&findings).join("; "), finding.help.clone().unwrap())
    };
    assert_eq!(
        root(""),
        (
            "E SMI-VAL-41 spec.service: the split has no root Service".into(),
            "name the Service that clients call".into()
        )
    );
    assert_eq!(
        root("web.bank"),
        (
            r#"E SMI-VAL-41 spec.service: the root "web.bank" is a Service of namespace "bank"; a split acts on Services of its own namespace "shop""#.into(),
            r#"create the split in namespace "bank""#.into()
        )
    );
    assert_eq!(
        root("www.example.com").0,
        r#"E SMI-VAL-41 spec.service: the root "www.example.com" is a host name, not a Service; a split acts on Services of its own namespace "shop""#
    );
    assert_eq!(
        root("shop/web"),
        (
            r#"E SMI-VAL-41 spec.service: the root of the split is not a Service name: "shop/web" is written as namespace/name, which is not an SMI name"#.into(),
            r#"write "web" in an object of that namespace"#.into()
        )
    );
    let hosts = Context { allow_host_root: true, ..Context::default() };
    let with_hosts = |service: &str| {
        split_with(Version::V1Alpha4, json!({"service": service, "backends": two_backends()}), &hosts).len()
    };
    assert_eq!(
        (with_hosts("www.example.com"), with_hosts("example.com."), with_hosts("web.bank")),
        (0, 0, 1)
    );
    let elsewhere = Context { cluster_domain: "k8s.example".into(), ..Context::default() };
    let spec = json!({"service": "web.shop.svc.k8s.example", "backends": two_backends()});
    assert_eq!(split_with(Version::V1Alpha4, spec, &elsewhere), []);
}

#[test]
fn the_backends() {
    let backends =
        |backends: Value| lines(&split(Version::V1Alpha4, json!({"service": "web", "backends": backends})));
    assert_eq!(backends(json!(null)), ["E SMI-VAL-42 spec.backends: the split has no backend"]);
    assert_eq!(backends(json!([])), ["E SMI-VAL-42 spec.backends: the split has no backend"]);
    assert_eq!(
        backends(
            json!([{"service": "", "weight": 1}, {"service": "a.bank", "weight": 1}, {"service": "A", "weight": 1},
            {"service": "www.example.com", "weight": 1}])
        ),
        [
            "E SMI-VAL-42 spec.backends[0].service: the backend names no Service",
            r#"E SMI-VAL-42 spec.backends[1].service: the backend "a.bank" is a Service of namespace "bank"; backends are Services of the split's namespace "shop""#,
            r#"E SMI-VAL-42 spec.backends[2].service: the backend is not a Service name: "A" has upper-case letters, which no Kubernetes name has"#,
            r#"E SMI-VAL-42 spec.backends[3].service: the backend "www.example.com" is a host name, not a Service; backends are Services of the split's namespace "shop""#,
        ]
    );
    assert_eq!(
        backends(
            json!([{"service": "a", "weight": 10}, {"service": "web", "weight": 20}, {"service": "a.shop.svc", "weight": 30}])
        ),
        [
            r#"W SMI-VAL-45 spec.backends[1].service: backend "web" is the root of the split itself"#,
            r#"W SMI-VAL-45 spec.backends[2].service: backend "a" is listed before, as spec.backends[0]"#,
        ]
    );
    assert_eq!(
        backends(json!([{"service": "a", "weight": 5}])),
        ["W SMI-VAL-45 spec.backends: the split has a single backend"]
    );
}

#[test]
fn the_weights() {
    let weights = |version, a: Value, b: Value| {
        let backends = json!([{"service": "a", "weight": a}, {"service": "b", "weight": b}]);
        let findings = split(version, json!({"service": "web", "backends": backends}));
        lines(&findings).into_iter().filter(|line| !line.contains("SMI-VAL-4 ")).collect::<Vec<_>>()
    };
    let invalid = [
        (Version::V1Alpha4, json!(-1), "the weight -1 of backend \"a\" is negative"),
        (Version::V1Alpha1, json!("-1"), "the weight -1 of backend \"a\" is negative"),
        (Version::V1Alpha2, json!(0.5), "the weight \"0.5\" of backend \"a\" is not a whole number"),
        (
            Version::V1Alpha1,
            json!("50%"),
            "the weight \"50%\" of backend \"a\" is not a quantity: its suffix is none of n u m k M G T P E, Ki Mi Gi Ti Pi Ei, \
             or an exponent such as e3",
        ),
        (
            Version::V1Alpha3,
            json!(u64::MAX),
            "the weight \"18446744073709551615\" of backend \"a\" does not fit a signed 64-bit integer",
        ),
    ];
    for (version, weight, message) in invalid {
        assert_eq!(
            weights(version, weight, json!(1)),
            [format!("E SMI-VAL-43 spec.backends[0].weight: {message}")]
        );
    }
    for (version, weight) in [
        (Version::V1Alpha1, json!(0.5)),
        (Version::V1Alpha1, json!("500m")),
        (Version::V1Alpha4, json!(50.0)),
    ] {
        assert_eq!(weights(version, weight, json!(1)), [""; 0]);
    }
    assert_eq!(
        weights(Version::V1Alpha4, json!(null), json!(1)),
        [r#"W SMI-VAL-43 spec.backends[0].weight: backend "a" has no weight"#]
    );
    assert_eq!(
        weights(Version::V1Alpha4, json!(0), json!(0)),
        ["W SMI-VAL-44 spec.backends: no backend has a weight above 0"]
    );
    let all_zero = json!([{"service": "a", "weight": 0}, {"service": "b", "weight": 0}]);
    let findings = split(Version::V1Alpha4, json!({"service": "web", "backends": all_zero}));
    assert_eq!(findings[0].effect, "the split has no effect: requests go on as if it did not exist");
}

#[test]
fn the_condition() {
    let matches = |entry: Value| {
        let spec = json!({"service": "web", "backends": two_backends(), "matches": [entry]});
        lines(&split(Version::V1Alpha4, spec))
    };
    assert_eq!(
        matches(json!({"kind": "TCPRoute", "name": "g"})),
        [r#"E SMI-VAL-47 spec.matches[0].kind: a condition cannot be of kind "TCPRoute""#]
    );
    assert_eq!(
        matches(json!({"kind": null, "name": ""})),
        [
            "E SMI-VAL-47 spec.matches[0].kind: the condition names no kind",
            "E SMI-VAL-47 spec.matches[0].name: the condition names no HTTPRouteGroup",
        ]
    );
    let group =
        |api_group: &str| matches(json!({"kind": "HTTPRouteGroup", "name": "g", "apiGroup": api_group}));
    assert_eq!(
        group("specs.smi-spec.io/v1alpha4"),
        [r#"W SMI-VAL-47 spec.matches[0].apiGroup: apiGroup "specs.smi-spec.io/v1alpha4" carries a version"#]
    );
    for other in ["v1", "", "specs.smi-spec.ioo"] {
        assert_eq!(
            group(other),
            [format!("E SMI-VAL-47 spec.matches[0].apiGroup: a condition cannot be of group {other:?}")]
        );
    }
}

#[test]
fn route_groups() {
    let lines = |version, matches| lines(&group(version, matches));
    assert_eq!(
        lines(
            Version::V1Alpha4,
            json!([{"name": "m", "pathRegex": "/", "methods": ["GET"], "headers": {"x-a": "1"}}])
        ),
        [""; 0]
    );
    assert_eq!(
        lines(Version::V1Alpha3, json!([])),
        ["W SMI-VAL-40 spec.matches: the route group has no match"]
    );
    assert_eq!(
        lines(Version::V1Alpha4, json!([{"name": "m"}, {"name": "m", "pathRegex": "/"}, {"pathRegex": "/"}])),
        [
            "W SMI-VAL-34 spec.matches[0]: the match has no path, method or header condition",
            r#"E SMI-VAL-30 spec.matches[1].name: the match name "m" is used before, at spec.matches[0]"#,
            "E SMI-VAL-30 spec.matches[2].name: the match has no name",
        ]
    );
    assert_eq!(
        lines(Version::V1Alpha2, json!([{"name": "m", "methods": ["get", "*", "LINK"]}])),
        [
            "W SMI-VAL-4 apiVersion: v1alpha2 of HTTPRouteGroup is deprecated",
            r#"E SMI-VAL-32 matches[0].methods[0]: "get" is not an HTTP method"#,
            r#"E SMI-VAL-32 matches[0].methods[2]: "LINK" is not an HTTP method"#,
            "W SMI-VAL-33 matches[0].methods: the list names * and other methods",
        ]
    );
    assert_eq!(
        lines(
            Version::V1Alpha4,
            json!([{"name": "m", "headers": [{"X-A": "1"}, {"x-a": "2"}, {"x-a": "1"}, {":authority": "h"}, {":path": "/"}, {"a b": "1"}, {"": "1"}]}])
        ),
        [
            r#"E SMI-VAL-38 spec.matches[0].headers.x-a: the header "x-a" has two conditions with different values"#,
            r#"E SMI-VAL-37 spec.matches[0].headers[":path"]: ":path" is not a header name"#,
            r#"E SMI-VAL-37 spec.matches[0].headers["a b"]: "a b" is not a header name"#,
            r#"E SMI-VAL-37 spec.matches[0].headers[""]: "" is not a header name"#,
        ]
    );
    let findings = group(Version::V1Alpha1, json!([{"name": "m", "headers": {"x": "1"}}]));
    assert_eq!(findings[1].to_string(), "matches[0].headers: header conditions are not part of v1alpha1");
    assert_eq!((findings[1].code, findings[1].severity), ("SMI-VAL-3", Severity::Warning));
}

#[test]
fn every_weight_is_judged() {
    let object = |version: &str, weights: Value| {
        let backends: Vec<Value> = weights
            .as_array()
            .unwrap()
            .iter()
            .enumerate()
            .map(|(n, weight)| json!({"service": format!("s{n}"), "weight": weight}))
            .collect();
        let split = json!({
            "apiVersion": format!("split.smi-spec.io/{version}"), "kind": "TrafficSplit",
            "metadata": {"name": "web", "namespace": "shop"}, "spec": {"service": "web", "backends": backends},
        });
        lines(&validate::object(&split, &Contexts::default()))
    };
    assert_eq!(
        object("v1alpha4", json!([-1, 1, 0.5, "x"])),
        [
            r#"E SMI-VAL-43 spec.backends[0].weight: the weight -1 of backend "s0" is negative"#,
            r#"E SMI-VAL-43 spec.backends[2].weight: the weight "0.5" of backend "s2" is not a whole number"#,
            r#"E SMI-VAL-43 spec.backends[3].weight: the weight "x" of backend "s3" is not a quantity: it does not start with a number"#,
        ]
    );
    assert_eq!(
        object("v1alpha4", json!(["500m", 1])),
        [
            r#"W SMI-VAL-43 spec.backends[0].weight: the weight "500m" is a text, and weights of v1alpha4 are whole numbers"#
        ]
    );
    assert_eq!(object("v1alpha4", json!([i64::MAX, 1])), [""; 0]);
    assert_eq!(
        object("v1alpha4", json!(["9223372036854775807", "1n"])).len(),
        3,
        "too large beside the other"
    );
}

#[test]
fn what_an_api_server_stores_and_nobody_reads_is_said_to_be_so() {
    let group = json!({
        "apiVersion": "specs.smi-spec.io/v1alpha4", "kind": "HTTPRouteGroup", "metadata": {"name": "g", "namespace": "shop"},
        "spec": {"matches": [{"name": "m", "headers": {"x": 1}}]},
    });
    let finding = validate::object(&group, &Contexts::default()).remove(0);
    assert_eq!(
        (finding.code, finding.effect.as_str()),
        (
            "SMI-READ-5",
            "this match matches nothing; whoever reads the group as a whole, or in another version, gets no match of it"
        )
    );
    assert_eq!(finding.help.as_deref(), Some(r#"quote it: "1""#));
    let mut named = group;
    named["spec"]["matches"][0] = json!({"name": 1});
    let finding = validate::object(&named, &Contexts::default()).remove(0);
    assert_eq!(finding.effect, "the object has no effect, as an API server would refuse it");
}

#[test]
fn names_of_other_namespaces_are_judged_once_the_own_is_known() {
    let split = |namespace: Value| {
        json!({
            "apiVersion": "split.smi-spec.io/v1alpha4", "kind": "TrafficSplit", "metadata": {"name": "web", "namespace": namespace},
            "spec": {"service": "web.bank", "backends": [{"service": "a.bank", "weight": 1}, {"service": "b.bank", "weight": 1}]},
        })
    };
    let codes = |namespace: Value| -> Vec<&str> {
        validate::object(&split(namespace), &Contexts::default()).iter().map(|finding| finding.code).collect()
    };
    assert_eq!(codes(Value::Null), [""; 0]);
    assert_eq!(codes(json!("bank")), [""; 0]);
    assert_eq!(codes(json!("shop")), ["SMI-VAL-41", "SMI-VAL-42", "SMI-VAL-42"]);
}

#[test]
fn references_have_names_that_objects_can_have() {
    let split = json!({
        "apiVersion": "split.smi-spec.io/v1alpha4", "kind": "TrafficSplit", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {
            "service": "web", "matches": [{"kind": "HTTPRouteGroup", "name": "A B"}],
            "backends": [{"service": "a", "weight": 1}, {"service": "b", "weight": 1}],
        },
    });
    let target = json!({
        "apiVersion": "access.smi-spec.io/v1alpha4", "kind": "TrafficTarget", "metadata": {"name": "web", "namespace": "shop"},
        "spec": {
            "destination": {"kind": "ServiceAccount", "name": "a"}, "rules": [{"kind": "TCPRoute", "name": "A B"}],
            "sources": [{"kind": "ServiceAccount", "name": "b"}],
        },
    });
    let line = |object: &Value| lines(&validate::object(object, &Contexts::default()));
    assert_eq!(
        line(&split),
        [r#"E SMI-VAL-47 spec.matches[0].name: "A B" is not a valid name of an HTTPRouteGroup"#]
    );
    assert_eq!(line(&target), [r#"E SMI-VAL-16 spec.rules[0].name: "A B" is not a valid name of a route"#]);
}

#[test]
fn unknown_fields() {
    let path = |text: &'static str| {
        text.split('.').fold(FieldPath::root(), |path, step| match step.strip_suffix("[]") {
            Some(key) => path.key(key).index(0),
            None => path.key(step),
        })
    };
    let line = |kind, version, text: &'static str| {
        let finding = checked(vec![validate::unknown_field(kind, version, &path(text))]).remove(0);
        let help = finding.help.as_deref().unwrap_or("-");
        format!("{}: {help}", lines(std::slice::from_ref(&finding)).remove(0))
    };
    use Kind::{HTTPRouteGroup, TrafficSplit, TrafficTarget};
    use Version::{V1Alpha1, V1Alpha2, V1Alpha3, V1Alpha4};
    for (kind, version, field, expected) in [
        (
            TrafficSplit,
            V1Alpha4,
            "spec.mirror",
            "W SMI-VAL-3 spec.mirror: TrafficSplit v1alpha4 has no field spec.mirror: -",
        ),
        (
            TrafficSplit,
            V1Alpha1,
            "spec.matches",
            "E SMI-VAL-3 spec.matches: TrafficSplit v1alpha1 has no conditions: use v1alpha3 or later, which has spec.matches",
        ),
        (
            TrafficSplit,
            V1Alpha4,
            "matches",
            "E SMI-VAL-3 matches: the conditions of a split do not stand at the root: move it to spec.matches, and use v1alpha3 or later",
        ),
        (
            TrafficSplit,
            V1Alpha4,
            "spec.match",
            "E SMI-VAL-3 spec.match: TrafficSplit v1alpha4 has no field spec.match, which looks like its condition: write spec.matches, and use v1alpha3 or later",
        ),
        (
            TrafficSplit,
            V1Alpha3,
            "spec.backends[].matches",
            "E SMI-VAL-46 spec.backends[0].matches: conditions of single backends do not exist; only version 0.3.0 of the SMI SDK for Go wrote them: if every backend has the same list, move it to spec.matches and use v1alpha3 or later",
        ),
        (
            HTTPRouteGroup,
            V1Alpha4,
            "spec.matches[].pathregex",
            "E SMI-VAL-3 spec.matches[0].pathregex: a match of HTTPRouteGroup v1alpha4 has no field pathregex: write pathRegex",
        ),
        (
            HTTPRouteGroup,
            V1Alpha2,
            "matches[].method",
            "E SMI-VAL-3 matches[0].method: a match of HTTPRouteGroup v1alpha2 has no field method: write methods",
        ),
        (
            HTTPRouteGroup,
            V1Alpha4,
            "matches",
            "W SMI-VAL-3 matches: HTTPRouteGroup v1alpha4 has no field matches: write spec.matches",
        ),
        (
            HTTPRouteGroup,
            V1Alpha4,
            "spec.routes",
            "W SMI-VAL-3 spec.routes: HTTPRouteGroup v1alpha4 has no field spec.routes: write spec.matches",
        ),
        (
            HTTPRouteGroup,
            V1Alpha2,
            "spec",
            "W SMI-VAL-3 spec: HTTPRouteGroup v1alpha2 has no field spec: write matches",
        ),
        (
            TrafficTarget,
            V1Alpha3,
            "spec.destination.port",
            "E SMI-VAL-3 spec.destination.port: TrafficTarget v1alpha3 has no destination port; v1alpha2 was the last version that has it: add a TCPRoute with this port to spec.rules, or use v1alpha2",
        ),
    ] {
        assert_eq!(line(kind, version, field), expected);
    }
}
