//! What each check of access and of ports says: code, severity, path and wording.
// Helpers of tests are tests: `unwrap` says at the right line what failed.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use smi_types::validate::{self, AccessContext, Finding, Severity};
use smi_types::{FieldPath, Kind, Version, convert};

use Version::{V1Alpha1, V1Alpha2, V1Alpha3, V1Alpha4};

/// Every text follows the house style: lower-case start (or a name of SMI), no final full stop.
fn checked(findings: Vec<Finding>) -> Vec<Finding> {
    for finding in &findings {
        let texts = [Some(&finding.message), Some(&finding.effect), finding.help.as_ref()];
        for text in texts.into_iter().flatten() {
            assert!(!text.is_empty() && !text.ends_with('.'), "{text}");
            let name = text.starts_with("ServiceAccount")
                || Kind::ALL.iter().any(|kind| text.starts_with(kind.as_str()));
            assert!(name || !text.starts_with(char::is_uppercase), "{text}");
        }
    }
    findings
}

/// `E SMI-VAL-12 path: message` for each finding, without the one for a deprecated version.
fn lines(findings: &[Finding]) -> Vec<String> {
    let letter = |severity| match severity {
        Severity::Error => 'E',
        Severity::Warning => 'W',
        Severity::Info => 'I',
    };
    let others = findings.iter().filter(|finding| finding.code != "SMI-VAL-4");
    others.map(|f| format!("{} {} {f}", letter(f.severity), f.code)).collect()
}

fn object(group: &str, kind: &str, version: Version) -> Value {
    json!({
        "apiVersion": format!("{group}.smi-spec.io/{version}"), "kind": kind,
        "metadata": {"name": "web", "namespace": "shop"},
    })
}

fn target_findings(version: Version, body: Value, context: &AccessContext) -> Vec<Finding> {
    let mut target = object("access", "TrafficTarget", version);
    if version == V1Alpha1 {
        let root = target.as_object_mut().unwrap();
        root.extend(body.as_object().unwrap().clone());
    } else {
        target["spec"] = body;
    }
    let target = convert::read_traffic_target(version, target).unwrap().object;
    checked(validate::traffic_target(&target, context))
}

fn account(name: &str) -> Value {
    json!({"kind": "ServiceAccount", "name": name})
}

fn with_destination(version: Version, destination: Value) -> Vec<Finding> {
    let rules = json!([{"kind": "HTTPRouteGroup", "name": "r"}]);
    let rules_key = if version == V1Alpha1 { "specs" } else { "rules" };
    let body = json!({"destination": destination, rules_key: rules, "sources": [account("a")]});
    target_findings(version, body, &AccessContext::default())
}

fn with_rules(rules: Value) -> Vec<String> {
    let body = json!({"destination": account("api"), "rules": rules, "sources": [account("a")]});
    lines(&target_findings(V1Alpha4, body, &AccessContext::default()))
}

fn with_sources(version: Version, sources: Value) -> Vec<String> {
    let rules = json!([{"kind": "HTTPRouteGroup", "name": "r"}]);
    let body = json!({"destination": account("api"), "rules": rules, "sources": sources});
    lines(&target_findings(version, body, &AccessContext::default()))
}

#[test]
fn good_targets_have_no_finding() {
    for version in Version::ALL {
        assert_eq!(lines(&with_destination(version, account("api"))), [""; 0]);
    }
    assert_eq!(with_destination(V1Alpha4, account("api")), []);
    let binding =
        json!({"kind": "IdentityBinding", "name": "ids", "group": "access.smi-spec.io", "namespace": ""});
    assert_eq!(with_destination(V1Alpha4, binding.clone()), []);
    assert_eq!(
        with_sources(
            V1Alpha4,
            json!([binding, {"kind": "ServiceAccount", "name": "a", "namespace": "bank"}])
        ),
        [""; 0]
    );
    assert_eq!(
        with_destination(V1Alpha2, account("api"))[0].to_string(),
        "apiVersion: v1alpha2 of TrafficTarget is deprecated"
    );
}

#[test]
fn the_destination() {
    let line = |version, destination| lines(&with_destination(version, destination));
    assert_eq!(line(V1Alpha4, Value::Null), ["E SMI-VAL-10 spec.destination: the target has no destination"]);
    assert_eq!(line(V1Alpha1, json!({})), ["E SMI-VAL-10 destination: the target has no destination"]);
    assert_eq!(
        line(V1Alpha3, json!({"name": "api"})),
        ["E SMI-VAL-10 spec.destination.kind: the destination names no kind"]
    );
    assert_eq!(
        line(V1Alpha3, json!({"kind": "ServiceAccount"})),
        ["E SMI-VAL-10 spec.destination.name: the destination has no name"]
    );
    assert_eq!(
        line(V1Alpha4, account("*")),
        [r#"E SMI-VAL-10 spec.destination.name: "*" is not a valid name of a destination"#]
    );
    assert_eq!(
        line(V1Alpha4, json!({"kind": "Service", "name": "api"})),
        [r#"E SMI-VAL-13 spec.destination.kind: a destination cannot be of kind "Service""#]
    );
    let findings = with_destination(V1Alpha3, json!({"kind": "IdentityBinding", "name": "ids"}));
    assert_eq!(
        lines(&findings),
        ["W SMI-VAL-13 spec.destination.kind: v1alpha3 does not know IdentityBinding as a destination"]
    );
    assert_eq!(
        findings[0].effect,
        "it works here, but for programs that know v1alpha3 only the target grants nothing, and protects no workload"
    );
}

#[test]
fn the_namespace_of_the_destination() {
    let foreign = json!({"kind": "ServiceAccount", "name": "api", "namespace": "bank"});
    let findings = with_destination(V1Alpha4, foreign.clone());
    assert_eq!(
        lines(&findings),
        [
            r#"E SMI-VAL-15 spec.destination.namespace: the destination is in namespace "bank"; a TrafficTarget protects workloads of its own namespace "shop""#
        ]
    );
    assert_eq!(
        findings[0].help.as_deref(),
        Some(
            r#"create the TrafficTarget in namespace "bank", or allow destinations in other namespaces (`--allow-foreign-destination`)"#
        )
    );
    let context = AccessContext { allow_foreign_destination: true, ..AccessContext::default() };
    let body = json!({"destination": foreign, "rules": [{"kind": "TCPRoute", "name": "r"}], "sources": [account("a")]});
    let findings = target_findings(V1Alpha4, body, &context);
    assert_eq!(
        (findings.len(), findings[0].code, findings[0].severity),
        (1, "SMI-VAL-15", Severity::Warning)
    );
    let own = json!({"kind": "ServiceAccount", "name": "api", "namespace": "shop"});
    assert_eq!(with_destination(V1Alpha4, own), []);
}

#[test]
fn the_port() {
    for (port, text) in [
        (json!(0), "0"),
        (json!("0"), r#""0""#),
        (json!(70000), "70000"),
        (json!(-1), "-1"),
        (json!("80abc"), r#""80abc""#),
    ] {
        let destination = json!({"kind": "ServiceAccount", "name": "api", "port": port});
        for (version, path) in [(V1Alpha1, "destination.port"), (V1Alpha2, "spec.destination.port")] {
            assert_eq!(
                lines(&with_destination(version, destination.clone())),
                [format!("E SMI-VAL-12 {path}: the destination port is invalid: {text} is no port number")]
            );
        }
    }
    for port in [json!(1), json!("8080"), json!(80.0), json!(65535), Value::Null] {
        let destination = json!({"kind": "ServiceAccount", "name": "api", "port": port});
        assert_eq!(lines(&with_destination(V1Alpha1, destination)), [""; 0]);
    }
}

#[test]
fn rules_and_sources_must_be_there() {
    for (version, rules, severity) in [
        (V1Alpha1, "specs", 'W'),
        (V1Alpha2, "spec.rules", 'W'),
        (V1Alpha3, "spec.rules", 'E'),
        (V1Alpha4, "spec.rules", 'E'),
    ] {
        let sources = if version == V1Alpha1 { "sources" } else { "spec.sources" };
        let findings =
            target_findings(version, json!({"destination": account("api")}), &AccessContext::default());
        assert_eq!(
            lines(&findings),
            [
                format!("{severity} SMI-VAL-11 {rules}: the target has no rule"),
                format!("{severity} SMI-VAL-11 {sources}: the target has no source"),
            ]
        );
        assert!(findings.iter().rev().take(2).all(|finding| finding.effect == "the target grants nothing"));
    }
}

#[test]
fn the_rules() {
    assert_eq!(
        with_rules(json!([{"kind": "GRPCRoute", "name": "r"}, {"name": "r"}, {"kind": "TCPRoute"}])),
        [
            r#"E SMI-VAL-16 spec.rules[0].kind: a rule cannot be of kind "GRPCRoute""#,
            "E SMI-VAL-16 spec.rules[1].kind: the rule names no kind",
            "E SMI-VAL-16 spec.rules[2].name: the rule names no route",
        ]
    );
    assert_eq!(
        with_rules(json!([
            {"kind": "HTTPRouteGroup", "name": "r", "matches": ["a", "b"]},
            {"kind": "HTTPRouteGroup", "name": "r", "matches": ["b", "a", "a"]},
            {"kind": "HTTPRouteGroup", "name": "r", "matches": ["a"]},
            {"kind": "UDPRoute", "name": "r"}, {"kind": "TCPRoute", "name": "r"},
            {"kind": "TCPRoute", "name": "r", "matches": []},
        ])),
        [
            "W SMI-VAL-17 spec.rules[1]: the rule is listed before, as spec.rules[0]",
            "W SMI-VAL-17 spec.rules[5]: the rule is listed before, as spec.rules[4]",
        ]
    );
    assert_eq!(
        with_rules(json!([{"kind": "TCPRoute", "name": "r", "matches": ["m"]}])),
        [
            "W SMI-VAL-18 spec.rules[0].matches: a rule with a TCPRoute lists matches, which are names in an HTTPRouteGroup"
        ]
    );
}

#[test]
fn the_sources() {
    assert_eq!(
        with_sources(
            V1Alpha4,
            json!([
                account("a"), {"kind": "ServiceAccount", "name": "a", "namespace": "shop"}, account("api"),
                {"kind": "ServiceAccount", "name": "a", "namespace": "bank"}, {"kind": "IdentityBinding", "name": "a"},
            ])
        ),
        [
            "W SMI-VAL-17 spec.sources[1]: the source is listed before, as spec.sources[0]",
            "W SMI-VAL-17 spec.sources[2]: the source is the destination itself",
        ]
    );
    assert_eq!(
        with_sources(
            V1Alpha3,
            json!([{"kind": "Group", "name": "g"}, {}, {"kind": "IdentityBinding", "name": "b"}, account("A*"),
                {"kind": "ServiceAccount", "name": "a", "namespace": "*"}])
        ),
        [
            r#"E SMI-VAL-13 spec.sources[0].kind: a source cannot be of kind "Group""#,
            "E SMI-VAL-13 spec.sources[1].kind: the source names no kind",
            "E SMI-VAL-13 spec.sources[1].name: the source has no name",
            "W SMI-VAL-13 spec.sources[2].kind: v1alpha3 does not know IdentityBinding as a source",
            r#"E SMI-VAL-13 spec.sources[3].name: "A*" is not a valid name of a source"#,
            r#"E SMI-VAL-13 spec.sources[4].namespace: "*" is not a valid namespace of a source"#,
        ]
    );
    assert_eq!(
        with_sources(V1Alpha2, json!([{"kind": "ServiceAccount", "name": "a", "port": 80}])),
        ["W SMI-VAL-3 spec.sources[0].port: a source has no port"]
    );
}

#[test]
fn the_groups() {
    let group = |kind: &str, group: &str| {
        with_sources(V1Alpha4, json!([{"kind": kind, "name": "a", "group": group}]))
    };
    for (kind, good) in
        [("ServiceAccount", ""), ("IdentityBinding", ""), ("IdentityBinding", "access.smi-spec.io")]
    {
        assert_eq!(group(kind, good), [""; 0]);
    }
    assert_eq!(
        group("IdentityBinding", "access.smi-spec.io/v1alpha4"),
        [r#"W SMI-VAL-14 spec.sources[0].group: group "access.smi-spec.io/v1alpha4" carries a version"#]
    );
    for (kind, bad) in [
        ("ServiceAccount", "access.smi-spec.io"),
        ("ServiceAccount", "access.smi-spec.io/v1alpha4"),
        ("IdentityBinding", "core"),
        ("IdentityBinding", "access.smi-spec.ioo"),
    ] {
        assert_eq!(
            group(kind, bad),
            [format!("E SMI-VAL-14 spec.sources[0].group: {kind} is not of group {bad:?}")]
        );
    }
}

fn binding(schemes: Value) -> Vec<String> {
    binding_with(schemes, &AccessContext::default())
}

fn binding_with(schemes: Value, context: &AccessContext) -> Vec<String> {
    let mut binding = object("access", "IdentityBinding", V1Alpha4);
    binding["spec"] = json!({"schemes": schemes});
    let binding = convert::read_identity_binding(V1Alpha4, binding).unwrap().object;
    lines(&checked(validate::identity_binding(&binding, context)))
}

#[test]
fn bindings() {
    for good in [
        json!({"serviceAccount": "web"}),
        json!({"podLabelSelector": {"matchLabels": {"app.kubernetes.io/name": "web", "empty": ""}}}),
        json!({"spiffeIdentities": ["cluster.local/ns/shop/sa/web", "spiffe://other/ns/bank/sa/x", "spiffe://cluster.local/boo"]}),
    ] {
        assert_eq!(binding(good), [""; 0]);
    }
    for nothing in [
        json!(null),
        json!({"podLabelSelector": {"matchLabels": null}, "spiffeIdentities": [], "serviceAccount": ""}),
    ] {
        assert_eq!(
            binding(nothing),
            ["E SMI-VAL-21 spec.schemes: the binding has no way to recognise a workload"]
        );
    }
    // The example of the prose (D-A12).
    assert_eq!(
        binding(json!({"podLabelSelector": {"matchLabels": {"app": "web"}}, "serviceAccount": "web"})),
        ["E SMI-VAL-22 spec.schemes: podLabelSelector and serviceAccount exclude each other"]
    );
    assert_eq!(
        binding(json!({"podLabelSelector": {"matchLabels": {}}})),
        ["E SMI-VAL-23 spec.schemes.podLabelSelector.matchLabels: the selector names no label"]
    );
    assert_eq!(
        binding(json!({"podLabelSelector": {"matchLabels": {"-a": "b", "a/b/c": "", "c": "x y", "d": "a".repeat(64)}}})),
        [
            r#"E SMI-VAL-23 spec.schemes.podLabelSelector.matchLabels.-a: "-a" is not the name of a label"#.to_owned(),
            r#"E SMI-VAL-23 spec.schemes.podLabelSelector.matchLabels["a/b/c"]: "a/b/c" is not the name of a label"#.to_owned(),
            r#"E SMI-VAL-23 spec.schemes.podLabelSelector.matchLabels.c: "x y" is not the value of a label"#.to_owned(),
            format!(r#"E SMI-VAL-23 spec.schemes.podLabelSelector.matchLabels.d: "{}…" is not the value of a label"#, "a".repeat(60)),
        ]
    );
    assert_eq!(
        binding(json!({"serviceAccount": "*"})),
        [r#"E SMI-VAL-21 spec.schemes.serviceAccount: "*" is not the name of a ServiceAccount"#]
    );
}

#[test]
fn spiffe_ids() {
    assert_eq!(
        binding(json!({"spiffeIdentities": ["https://td/a", "cluster.local/ns/bank/sa/web"]})),
        [
            r#"E SMI-VAL-24 spec.schemes.spiffeIdentities[0]: "https://td/a" is no SPIFFE ID: it does not start with spiffe://"#,
            r#"E SMI-VAL-25 spec.schemes.spiffeIdentities[1]: the ID is that of a ServiceAccount of namespace "bank"; a binding names workloads of its own namespace "shop""#,
        ]
    );
    let context = AccessContext { trust_domain: "mesh.example".into(), ..AccessContext::default() };
    assert_eq!(
        binding_with(json!({"spiffeIdentities": ["cluster.local/ns/bank/sa/web"]}), &context),
        [""; 0]
    );
    assert_eq!(
        binding_with(json!({"spiffeIdentities": ["spiffe://mesh.example/ns/bank/sa/web"]}), &context).len(),
        1
    );
}

#[test]
fn ports_of_routes() {
    let tcp = |matches: Value| {
        let mut route = object("specs", "TCPRoute", V1Alpha4);
        route["spec"] = json!({"matches": matches});
        checked(validate::tcp_route(&convert::read_tcp_route(V1Alpha4, route).unwrap().object))
    };
    for good in [json!(null), json!({}), json!({"ports": []}), json!({"ports": [1, "80", 65535.0]})] {
        assert_eq!(tcp(good), []);
    }
    let findings = tcp(json!({"ports": [80, 0, 70000, "x", 80, "80"]}));
    assert_eq!(
        lines(&findings),
        [
            "E SMI-VAL-39 spec.matches.ports[1]: 0 is no port number",
            "E SMI-VAL-39 spec.matches.ports[2]: 70000 is no port number",
            r#"E SMI-VAL-39 spec.matches.ports[3]: "x" is no port number"#,
            "W SMI-VAL-39 spec.matches.ports[4]: port 80 is listed before, as spec.matches.ports[0]",
            "W SMI-VAL-39 spec.matches.ports[5]: port 80 is listed before, as spec.matches.ports[0]",
        ]
    );
    assert_eq!(findings[0].effect, "the entry matches nothing");
    assert_eq!(
        tcp(json!({"ports": [0]}))[0].effect,
        "the route matches nothing, because none of its ports is valid"
    );
    let old = convert::read_tcp_route(V1Alpha1, object("specs", "TCPRoute", V1Alpha1)).unwrap().object;
    assert_eq!(validate::tcp_route(&old)[0].to_string(), "apiVersion: v1alpha1 of TCPRoute is deprecated");
    let mut udp = object("specs", "UDPRoute", V1Alpha4);
    udp["spec"] = json!({"matches": {"ports": [53, -1]}});
    let udp = convert::read_udp_route(V1Alpha4, udp).unwrap().object;
    assert_eq!(
        lines(&validate::udp_route(&udp)),
        ["E SMI-VAL-39 spec.matches.ports[1]: -1 is no port number"]
    );
}

fn path(text: &str) -> FieldPath {
    text.split('.').fold(FieldPath::root(), |path, step| match step.strip_suffix("[]") {
        Some(key) => path.key(key.to_owned()).index(0),
        None => path.key(step.to_owned()),
    })
}

#[test]
fn unknown_fields() {
    let line = |kind, version, text: &str| {
        let finding = checked(vec![validate::unknown_field(kind, version, &path(text))]).remove(0);
        let help = finding.help.as_deref().unwrap_or("-");
        format!("{}: {help}", lines(std::slice::from_ref(&finding)).remove(0))
    };
    use Kind::{IdentityBinding, TCPRoute, TrafficTarget, UDPRoute};
    for (kind, version, field, expected) in [
        (
            TrafficTarget,
            V1Alpha1,
            "spec",
            "E SMI-VAL-3 spec: TrafficTarget v1alpha1 has no field spec: write destination, specs and sources at the root, or use v1alpha2 or later",
        ),
        (
            TrafficTarget,
            V1Alpha4,
            "specs",
            "E SMI-VAL-3 specs: TrafficTarget v1alpha4 has no field specs: write spec.rules",
        ),
        (
            TrafficTarget,
            V1Alpha3,
            "spec.specs",
            "E SMI-VAL-3 spec.specs: TrafficTarget v1alpha3 has no field spec.specs: write spec.rules",
        ),
        (
            TrafficTarget,
            V1Alpha1,
            "rules",
            "E SMI-VAL-3 rules: TrafficTarget v1alpha1 has no field rules: write specs",
        ),
        (
            TrafficTarget,
            V1Alpha2,
            "spec.destination.ports",
            "E SMI-VAL-3 spec.destination.ports: the destination of TrafficTarget v1alpha2 has no field ports: write port, with one number",
        ),
        (
            TrafficTarget,
            V1Alpha4,
            "spec.rules[].match",
            "E SMI-VAL-3 spec.rules[0].match: a rule of TrafficTarget v1alpha4 has no field match: write matches",
        ),
        (
            TrafficTarget,
            V1Alpha1,
            "specs[].port",
            "E SMI-VAL-3 specs[0].port: a rule has no ports of its own: add a rule with a TCPRoute that has the ports",
        ),
        (
            TrafficTarget,
            V1Alpha1,
            "specs[].status",
            "W SMI-VAL-3 specs[0].status: TrafficTarget v1alpha1 has no field specs[0].status: -",
        ),
        (
            TCPRoute,
            V1Alpha3,
            "spec.matches",
            "E SMI-VAL-3 spec.matches: TCPRoute v1alpha3 has no ports: use v1alpha4, which has spec.matches.ports",
        ),
        (
            TCPRoute,
            V1Alpha1,
            "spec",
            "E SMI-VAL-3 spec: TCPRoute v1alpha1 has no ports: use v1alpha4, which has spec.matches.ports",
        ),
        (
            UDPRoute,
            V1Alpha4,
            "spec.ports",
            "E SMI-VAL-3 spec.ports: UDPRoute v1alpha4 has no field spec.ports, which looks like its ports: write spec.matches.ports",
        ),
        (
            TCPRoute,
            V1Alpha4,
            "matches",
            "E SMI-VAL-3 matches: TCPRoute v1alpha4 has no field matches, which looks like its ports: write spec.matches.ports",
        ),
        (
            TCPRoute,
            V1Alpha4,
            "spec.matches.port",
            "E SMI-VAL-3 spec.matches.port: TCPRoute v1alpha4 has no field spec.matches.port, which looks like its ports: write spec.matches.ports",
        ),
        (
            IdentityBinding,
            V1Alpha4,
            "spec.schemes.podLabelSelectors",
            "E SMI-VAL-3 spec.schemes.podLabelSelectors: podLabelSelectors was never released; a binding has one podLabelSelector: write podLabelSelector with matchLabels, in one binding for each selector",
        ),
        (
            IdentityBinding,
            V1Alpha4,
            "spec.schemes.podLabelSelector.matchExpressions",
            "E SMI-VAL-3 spec.schemes.podLabelSelector.matchExpressions: a podLabelSelector has matchLabels only: say it with matchLabels",
        ),
        (
            IdentityBinding,
            V1Alpha4,
            "spec.trust",
            "W SMI-VAL-3 spec.trust: IdentityBinding v1alpha4 has no field spec.trust: -",
        ),
    ] {
        assert_eq!(line(kind, version, field), expected);
    }
}

/// A condition that is misspelt must not be lost: without it more would be granted.
#[test]
fn what_looks_like_a_condition_is_an_error() {
    use smi_types::{FieldPath, Kind, Segment};
    let found = |kind, version, path: &[&str]| {
        let segment = |text: &&str| match text.parse() {
            Ok(index) => Segment::Index(index),
            Err(_) => Segment::Key((*text).to_owned().into()),
        };
        let path: FieldPath = path.iter().map(segment).collect();
        validate::unknown_field(kind, version, &path).severity
    };
    let error = validate::Severity::Error;
    for key in ["pathRegx", "path_regex", "methds", "verbs", "headrs", "prefix", "anything"] {
        assert_eq!(found(Kind::HTTPRouteGroup, V1Alpha4, &["spec", "matches", "0", key]), error, "{key}");
    }
    for (version, path) in [
        (V1Alpha3, ["spec", "destination", "prt"].as_slice()),
        (V1Alpha3, &["spec", "rules", "0", "matchs"]),
        (V1Alpha2, &["spec", "rules", "0", "Matches"]),
    ] {
        assert_eq!(found(Kind::TrafficTarget, version, path), error, "{path:?}");
    }
    for path in [["spec", "matches", "prts"].as_slice(), &["spec", "mathes"], &["spec", "matches", "port_s"]]
    {
        assert_eq!(found(Kind::TCPRoute, V1Alpha4, path), error, "{path:?}");
    }
    for key in ["podLabelSelectr", "podlabelselector", "labelSelector"] {
        assert_eq!(found(Kind::IdentityBinding, V1Alpha4, &["spec", "schemes", key]), error, "{key}");
    }
    // Whatever stands in a target may be meant to restrict it, and a split moves more without its conditions.
    for path in [
        ["spec", "rules", "0", "methods"].as_slice(),
        &["spec", "rules", "0", "unless"],
        &["spec", "sources", "0", "matchLabels"],
        &["spec", "destination", "selector"],
        &["spec", "action"],
        &["action"],
    ] {
        assert_eq!(found(Kind::TrafficTarget, V1Alpha4, path), error, "{path:?}");
    }
    for path in [
        ["spec", "headers"].as_slice(),
        &["spec", "matches", "0", "matches"],
        &["spec", "backends", "0", "path"],
    ] {
        assert_eq!(found(Kind::TrafficSplit, V1Alpha4, path), error, "{path:?}");
    }
    assert_eq!(found(Kind::HTTPRouteGroup, V1Alpha4, &["spec", "methods"]), error);
    let warning = validate::Severity::Warning;
    for path in [
        ["spec", "rules", "0", "status"].as_slice(),
        &["spec", "rules", "0", "namespace"],
        &["spec", "sources", "0", "port"],
    ] {
        assert_eq!(found(Kind::TrafficTarget, V1Alpha3, path), warning, "{path:?}");
    }
    for path in [
        ["spec", "mirror"].as_slice(),
        &["spec", "backends", "0", "port"],
        &["spec", "matches", "0", "namespace"],
    ] {
        assert_eq!(found(Kind::TrafficSplit, V1Alpha4, path), warning, "{path:?}");
    }
    assert_eq!(found(Kind::TrafficTarget, V1Alpha4, &["spec", "destination", "description"]), warning);
    assert_eq!(found(Kind::TrafficTarget, V1Alpha4, &["spec", "owner"]), warning);
    assert_eq!(found(Kind::TCPRoute, V1Alpha4, &["spec", "description"]), warning);
}
