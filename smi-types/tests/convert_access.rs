//! The conversion tables of the reference, sections 6.3, 6.4 and 6.6, case by case. The laws that hold for all cases are in
//! `laws_access.rs`.
// Helpers of tests are tests: `unwrap` says at the right line what failed.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use smi_types::convert::{self, CARRIER_ANNOTATION, ConvertOptions, Loss, LossClass};
use smi_types::{Metadata, Version, hub};

use Version::{V1Alpha1, V1Alpha2, V1Alpha3, V1Alpha4};

fn object(group: &str, kind: &str, version: Version) -> Value {
    json!({
        "apiVersion": format!("{group}.smi-spec.io/{version}"), "kind": kind,
        "metadata": {"name": "api", "namespace": "shop", "uid": "u", "labels": {"a": "b"}},
    })
}

fn account(name: &str) -> Value {
    json!({"kind": "ServiceAccount", "name": name, "namespace": "shop"})
}

fn target(version: Version, destination: Value, rules: Value, sources: Value) -> Value {
    let mut target = object("access", "TrafficTarget", version);
    if version == V1Alpha1 {
        target["destination"] = destination;
        target["specs"] = rules;
        target["sources"] = sources;
    } else {
        target["spec"] = json!({"destination": destination, "rules": rules, "sources": sources});
    }
    target
}

fn rules() -> Value {
    json!([{"kind": "HTTPRouteGroup", "name": "routes", "matches": ["api"]}, {"kind": "TCPRoute", "name": "tcp"}])
}

/// A target with a port, in a version that has one.
fn with_port(version: Version, port: Value) -> Value {
    let mut destination = account("api");
    destination["port"] = port;
    target(version, destination, rules(), json!([account("web")]))
}

fn plain(version: Version) -> Value {
    target(version, account("api"), rules(), json!([account("web"), account("batch")]))
}

fn tcp_route(version: Version, matches: Option<Value>) -> Value {
    let mut route = object("specs", "TCPRoute", version);
    match version {
        V1Alpha1 | V1Alpha2 => {}
        V1Alpha3 => route["spec"] = json!({}),
        V1Alpha4 => route["spec"] = json!({"matches": matches.unwrap_or(json!({"ports": []}))}),
    }
    route
}

fn version_of(object: &Value) -> Version {
    Version::parse(object["apiVersion"].as_str().unwrap().split_once('/').unwrap().1).unwrap()
}

/// The object in version `to`, and the losses of both halves of the way.
fn convert_to(object: &Value, to: Version) -> (Value, Vec<Loss>) {
    let (from, options) = (version_of(object), ConvertOptions::default());
    let (mut losses, converted) = if object["kind"] == "TrafficTarget" {
        let read = convert::read_traffic_target(from, object.clone()).unwrap();
        (read.losses, convert::traffic_target(&read.object, to, &options).unwrap())
    } else {
        let read = convert::read_tcp_route(from, object.clone()).unwrap();
        (read.losses, convert::tcp_route(&read.object, to, &options).unwrap())
    };
    losses.extend(converted.losses);
    (converted.object, losses)
}

fn lines(losses: &[Loss]) -> Vec<String> {
    losses.iter().map(|loss| format!("{} {} {}", loss.class, loss.carried, loss.path)).collect()
}

fn carrier(object: &Value) -> Value {
    let text = object["metadata"]["annotations"][CARRIER_ANNOTATION].as_str();
    text.map_or(Value::Null, |text| serde_json::from_str(text).unwrap())
}

fn read(object: &Value) -> hub::TrafficTarget {
    convert::read_traffic_target(version_of(object), object.clone()).unwrap().object
}

#[test]
fn targets_without_anything_special_lose_nothing() {
    for from in Version::ALL {
        for to in Version::ALL {
            assert_eq!(convert_to(&plain(from), to), (plain(to), vec![]), "{from} to {to}");
        }
    }
}

#[test]
fn a_port_stays_a_port_between_the_versions_that_have_it() {
    for (written, port) in
        [(json!(8080), json!(8080)), (json!("8080"), json!(8080)), (json!(8080.0), json!(8080))]
    {
        for from in [V1Alpha1, V1Alpha2] {
            for to in [V1Alpha1, V1Alpha2] {
                let expected = (with_port(to, port.clone()), vec![]);
                assert_eq!(convert_to(&with_port(from, written.clone()), to), expected, "{from} to {to}");
            }
        }
    }
}

#[test]
fn a_port_is_carried_through_versions_without_it() {
    for from in [V1Alpha1, V1Alpha2] {
        let path = if from == V1Alpha1 { "destination.port" } else { "spec.destination.port" };
        for to in [V1Alpha3, V1Alpha4] {
            let old = with_port(from, json!(8080));
            let (new, losses) = convert_to(&old, to);
            assert_eq!(lines(&losses), [format!("carried true {path}")]);
            assert_eq!(
                carrier(&new),
                json!({"v": 1, "from": from.as_str(), "data": {"destinationPort":
                    {"port": 8080, "destination": account("api")}}})
            );
            assert_eq!(new["spec"]["destination"], account("api"));
            // A program that knows the annotation opens that port only (section 12.1).
            let hub = read(&new);
            assert!(hub.ports().contains(8080) && !hub.ports().contains(9090));
            assert_eq!(convert_to(&new, to), (new.clone(), vec![]));
            assert_eq!(convert_to(&new, from), (old, vec![]));
            // Over the other version that cannot hold it.
            let other = if to == V1Alpha3 { V1Alpha4 } else { V1Alpha3 };
            let (between, _) = convert_to(&new, other);
            assert_eq!(carrier(&between), carrier(&new));
        }
    }
}

#[test]
fn a_carried_port_stays_in_force_when_the_target_is_edited() {
    let (mut new, _) = convert_to(&with_port(V1Alpha2, json!(8080)), V1Alpha4);
    new["spec"]["destination"] = account("other");
    new["spec"]["rules"] = json!([]);
    let (old, _) = convert_to(&new, V1Alpha2);
    assert_eq!(old["spec"]["destination"]["port"], 8080);
    assert_eq!(carrier(&old), Value::Null);
    new["metadata"]["annotations"] = json!({});
    assert_eq!(read(&new).port, None);
    // A hand-written annotation may leave out what the port belongs to.
    let text = r#"{"v":1,"from":"v1alpha2","data":{"destinationPort":{"port":"9090"}}}"#;
    new["metadata"]["annotations"] = json!({CARRIER_ANNOTATION: text});
    assert!(read(&new).ports().contains(9090) && !read(&new).ports().contains(8080));
}

#[test]
fn a_port_that_is_none_opens_nothing_in_any_version() {
    for port in
        [json!(0), json!("0"), json!(70000), json!(-1), json!(1e99), json!("80abc"), json!(80.5), json!("")]
    {
        for from in [V1Alpha1, V1Alpha2] {
            for to in Version::ALL {
                let old = with_port(from, port.clone());
                let (new, _) = convert_to(&old, to);
                let ports = read(&new).ports();
                assert!((0..=u16::MAX).all(|port| !ports.contains(port)), "{port} {from} to {to}");
                assert_eq!(convert_to(&new, from).0, old, "{port} {from} to {to}");
            }
        }
    }
    let error = convert::read_traffic_target(V1Alpha2, with_port(V1Alpha2, json!([80]))).unwrap_err();
    assert!(error.to_string().contains("expected a port number"), "{error}");
}

#[test]
fn an_unreadable_carrier_is_ignored_kept_and_reported() {
    for (text, message) in [
        ("not JSON", "the annotation cannot be read and is ignored, with whatever it carries"),
        (
            r#"{"v":2,"from":"v1alpha2","data":{"destinationPort":{"port":8080}}}"#,
            "the annotation cannot be read and is ignored, with whatever it carries",
        ),
        (
            r#"{"v":1,"from":"v1alpha2","data":{"destinationPort":{"port":{}}}}"#,
            r#"what it carries under "destinationPort" cannot be read and is ignored"#,
        ),
        (
            r#"{"v":1,"from":"v1alpha2","data":{"onlyLater":{"x":1}}}"#,
            r#"what it carries under "onlyLater" is unknown here and ignored"#,
        ),
    ] {
        let mut new = plain(V1Alpha4);
        new["metadata"]["annotations"] = json!({CARRIER_ANNOTATION: text, "other": "kept"});
        assert_eq!(convert_to(&new, V1Alpha4).0, new, "the same version is the identity");
        let (old, losses) = convert_to(&new, V1Alpha1);
        assert_eq!(old["metadata"]["annotations"], new["metadata"]["annotations"]);
        assert_eq!(lines(&losses), [format!("widening true metadata.annotations[{CARRIER_ANNOTATION:?}]")]);
        assert_eq!(losses[0].text, message);
    }
}

#[test]
fn ports_of_sources_are_kept_without_effect() {
    let mut source = account("web");
    source["port"] = json!("9090");
    let old = target(V1Alpha2, account("api"), rules(), json!([account("batch"), source]));
    let (mut new, losses) = convert_to(&old, V1Alpha4);
    assert_eq!(lines(&losses), ["carried true spec.sources[1].port"]);
    assert_eq!(new["spec"]["sources"], json!([account("batch"), account("web")]));
    assert_eq!(read(&new).port, None);
    let (back, _) = convert_to(&new, V1Alpha1);
    assert_eq!(back["sources"][1]["port"], 9090);
    // It is descriptive: with another source in its place it is gone.
    new["spec"]["sources"][1] = account("other");
    let (back, losses) = convert_to(&new, V1Alpha2);
    assert_eq!(back["spec"]["sources"], json!([account("batch"), account("other")]));
    assert_eq!((carrier(&back), losses), (Value::Null, vec![]));
}

#[test]
fn udp_rules_stay_and_narrow() {
    let udp = json!([{"kind": "UDPRoute", "name": "udp"}]);
    let with_udp = |version| target(version, account("api"), udp.clone(), json!([account("web")]));
    for from in Version::ALL {
        for to in Version::ALL {
            let newer = !from.is_deprecated() && to.is_deprecated();
            let expected: &[&str] = if newer { &["narrowing false spec.rules[0].kind"] } else { &[] };
            let (converted, losses) = convert_to(&with_udp(from), to);
            assert_eq!(
                (converted, lines(&losses).as_slice()),
                (with_udp(to), &expected.iter().map(ToString::to_string).collect::<Vec<_>>()[..])
            );
        }
    }
}

#[test]
fn bindings_stay_and_narrow_and_their_group_follows_from_the_kind() {
    let binding = |version| {
        let mut binding = json!({"kind": "IdentityBinding", "name": "ids"});
        if version == V1Alpha4 {
            binding["group"] = json!("access.smi-spec.io");
        }
        binding
    };
    let of = |version| target(version, binding(version), rules(), json!([account("web"), binding(version)]));
    for from in Version::ALL {
        for to in Version::ALL {
            let (converted, losses) = convert_to(&of(from), to);
            assert_eq!(converted, of(to), "{from} to {to}");
            let newer = from == V1Alpha4 && to != V1Alpha4;
            let expected: &[&str] = if newer {
                &["narrowing false spec.destination.kind", "narrowing false spec.sources[1].kind"]
            } else {
                &[]
            };
            assert_eq!(lines(&losses), expected, "{from} to {to}");
        }
    }
    // In the same version nothing is filled in.
    let mut without = of(V1Alpha4);
    without["spec"]["destination"] = json!({"kind": "IdentityBinding", "name": "ids"});
    without["spec"]["sources"] = json!([{"kind": "ServiceAccount", "name": "web", "group": ""}]);
    assert_eq!(convert_to(&without, V1Alpha4).0, without);
    let (old, _) = convert_to(&without, V1Alpha3);
    assert_eq!(carrier(&old), Value::Null);
    assert_eq!(convert_to(&old, V1Alpha4).0["spec"]["destination"]["group"], "access.smi-spec.io");
}

#[test]
fn a_group_that_contradicts_the_kind_is_carried_and_restrictive() {
    let mut source = account("web");
    source["group"] = json!("other.io");
    let new = target(V1Alpha4, account("api"), rules(), json!([account("batch"), source]));
    for to in [V1Alpha1, V1Alpha2, V1Alpha3] {
        let (mut old, losses) = convert_to(&new, to);
        assert_eq!(lines(&losses), ["widening true spec.sources[1].group"]);
        let groups = json!([{"source": 1, "subject": account("web"), "group": "other.io"}]);
        assert_eq!(carrier(&old)["data"], json!({"groups": groups}));
        assert_eq!(convert_to(&old, to), (old.clone(), vec![]));
        assert_eq!(convert_to(&old, V1Alpha4), (new.clone(), vec![]));
        let groups = |object: &Value| {
            read(object).sources.into_iter().map(|source| source.subject.group).collect::<Vec<_>>()
        };
        let other = || Some("other.io".to_owned());
        let sources = |old: &mut Value, sources: Value| match to {
            V1Alpha1 => old["sources"] = sources,
            _ => old["spec"]["sources"] = sources,
        };
        // Moved, renamed, gone.
        sources(&mut old, json!([account("web"), account("batch")]));
        assert_eq!(groups(&old), [other(), None]);
        sources(&mut old, json!([account("batch"), account("renamed")]));
        assert_eq!(groups(&old), [None, other()]);
        sources(&mut old, json!([account("batch")]));
        assert_eq!(groups(&old), [None]);
        let losses = convert::read_traffic_target(to, old.clone()).unwrap().losses;
        let expected = if to == V1Alpha1 { "widening false sources" } else { "widening false spec.sources" };
        assert_eq!(lines(&losses), [expected]);
        assert_eq!(losses[0].text, r#"a carried group belongs to the source "web", which is gone"#);
    }
    let mut destination = json!({"kind": "IdentityBinding", "name": "ids"});
    destination["group"] = json!("access.smi-spec.io/v1alpha4");
    let draft = target(V1Alpha4, destination, rules(), json!([account("web")]));
    let (old, losses) = convert_to(&draft, V1Alpha3);
    assert_eq!(
        lines(&losses),
        ["narrowing false spec.destination.kind", "carried true spec.destination.group"]
    );
    assert_eq!(convert_to(&old, V1Alpha4).0, draft);
}

/// An annotation holds what it says of one subject, and not what somebody says of another one later.
#[test]
fn what_is_said_of_another_subject_is_a_new_loss() {
    let mut port = account("api");
    port["port"] = json!(8080);
    let mut source = account("web");
    source["port"] = json!(9090);
    let old = target(V1Alpha2, port, rules(), json!([source]));
    let mut ported = read(&convert_to(&old, V1Alpha3).0);
    let mut source = account("web");
    source["group"] = json!("other.io");
    let new = target(V1Alpha4, account("api"), rules(), json!([source]));
    let mut grouped = read(&convert_to(&new, V1Alpha3).0);
    let written = |target: &hub::TrafficTarget| {
        convert::traffic_target(target, V1Alpha3, &ConvertOptions::default()).unwrap()
    };
    assert_eq!((written(&ported).losses, written(&grouped).losses), (vec![], vec![]));
    ported.destination.name = "other".into();
    ported.sources[0].subject.name = "other".into();
    assert_eq!(
        lines(&written(&ported).losses),
        ["carried true spec.destination.port", "carried true spec.sources[0].port"]
    );
    // Whatever is edited, the port stays in force, and a group in the wrong place lets nobody in.
    let edited = |object: &mut Value| {
        object["spec"]["destination"]["name"] = json!("other");
        object["spec"]["sources"][0]["name"] = json!("other");
    };
    let mut moved = convert_to(&old, V1Alpha3).0;
    edited(&mut moved);
    assert_eq!((read(&moved).port, read(&moved).sources[0].port.clone()), (Some(8080.into()), None));
    let mut moved = convert_to(&new, V1Alpha3).0;
    edited(&mut moved);
    assert_eq!(read(&moved).sources[0].subject.group(), "other.io");
    grouped.sources[0].subject.name = "other".into();
    assert_eq!(lines(&written(&grouped).losses), ["widening true spec.sources[0].group"]);
}

#[test]
fn empty_and_absent_matches_stay_what_they_are() {
    let rules = json!([
        {"kind": "HTTPRouteGroup", "name": "a", "matches": []},
        {"kind": "HTTPRouteGroup", "name": "b"},
        {"kind": "HTTPRouteGroup", "name": "c", "matches": ["y", "x"]},
    ]);
    for from in Version::ALL {
        for to in Version::ALL {
            let of = |version| target(version, account("api"), rules.clone(), json!([]));
            assert_eq!(convert_to(&of(from), to), (of(to), vec![]));
        }
    }
}

#[test]
fn artefacts_and_missing_parts_are_read() {
    let mut old = target(
        V1Alpha1,
        account("api"),
        json!([{"kind": "TCPRoute", "name": "tcp", "status": {}}]),
        Value::Null,
    );
    old["status"] = json!("applied");
    let hub = read(&old);
    assert_eq!((hub.rules.len(), hub.sources.len()), (1, 0));
    for version in Version::ALL {
        let mut empty = object("access", "TrafficTarget", version);
        empty["spec"] = Value::Null;
        let hub = read(&empty);
        assert_eq!((&hub.destination, hub.port, hub.rules.len()), (&hub::Subject::default(), None, 0));
    }
}

#[test]
fn a_binding_is_itself_with_prefixed_ids() {
    let binding = |schemes: Value| {
        let mut binding = object("access", "IdentityBinding", V1Alpha4);
        binding["spec"] = json!({"schemes": schemes});
        binding
    };
    let through = |binding: &Value| {
        let read = convert::read_identity_binding(V1Alpha4, binding.clone()).unwrap();
        assert_eq!(read.losses, []);
        let written = convert::identity_binding(&read.object, V1Alpha4, &ConvertOptions::default()).unwrap();
        assert_eq!(written.losses, []);
        (read.object, written.object)
    };
    let full = binding(json!({
        "podLabelSelector": {"matchLabels": {"app": "web"}}, "serviceAccount": "web",
        "spiffeIdentities": ["spiffe://cluster.local/ns/shop/sa/web", "no id"],
    }));
    assert_eq!(through(&full).1, full);
    let bare = binding(json!({"spiffeIdentities": ["cluster.local/ns/shop/sa/web", "no id"]}));
    assert_eq!(
        through(&bare).1["spec"]["schemes"]["spiffeIdentities"],
        full["spec"]["schemes"]["spiffeIdentities"]
    );
    // What Go clients write for nothing.
    let nulls =
        json!({"podLabelSelector": {"matchLabels": null}, "spiffeIdentities": null, "serviceAccount": null});
    for nothing in [nulls, json!({}), json!({"podLabelSelector": {}}), Value::Null] {
        let (hub, written) = through(&binding(nothing));
        assert_eq!((hub.pod_selector, written), (None, binding(json!({}))));
    }
    // An empty map is not absent, and selects nothing.
    let empty = binding(json!({"podLabelSelector": {"matchLabels": {}}}));
    let (hub, written) = through(&empty);
    assert_eq!(written, empty);
    assert!(!hub.pod_selector.unwrap().selects(&[("app".to_owned(), "web".to_owned())].into()));
}

#[test]
fn kinds_of_one_version_have_no_other() {
    let binding = object("access", "IdentityBinding", V1Alpha4);
    let hub = convert::read_identity_binding(V1Alpha4, binding.clone()).unwrap().object;
    let udp = object("specs", "UDPRoute", V1Alpha4);
    let udp_hub = convert::read_udp_route(V1Alpha4, udp.clone()).unwrap().object;
    for to in [V1Alpha1, V1Alpha2, V1Alpha3] {
        let error = convert::identity_binding(&hub, to, &ConvertOptions::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "apiVersion: cannot convert v1alpha4 to {to}: IdentityBinding has no version {to}; it has v1alpha4"
            )
        );
        assert!(convert::udp_route(&udp_hub, to, &ConvertOptions::default()).is_err());
        assert!(convert::read_identity_binding(to, binding.clone()).is_err());
        let error = convert::read_udp_route(to, udp.clone()).unwrap_err();
        assert_eq!(error.to_string(), format!("UDPRoute has no version {to}; it has v1alpha4"));
    }
}

#[test]
fn routes_for_all_ports_lose_nothing() {
    for from in Version::ALL {
        for to in Version::ALL {
            assert_eq!(
                convert_to(&tcp_route(from, None), to),
                (tcp_route(to, None), vec![]),
                "{from} to {to}"
            );
        }
    }
    for matches in [json!({}), json!({"ports": null}), Value::Null] {
        let mut route = tcp_route(V1Alpha4, None);
        route["spec"]["matches"] = matches;
        assert_eq!(convert_to(&route, V1Alpha4), (tcp_route(V1Alpha4, None), vec![]));
        route["spec"] = Value::Null;
        assert_eq!(convert_to(&route, V1Alpha4), (tcp_route(V1Alpha4, None), vec![]));
        let mut udp = object("specs", "UDPRoute", V1Alpha4);
        udp["spec"] = route["spec"].clone();
        let hub = convert::read_udp_route(V1Alpha4, udp).unwrap().object;
        let written = convert::udp_route(&hub, V1Alpha4, &ConvertOptions::default()).unwrap();
        assert_eq!(written.object["spec"], json!({"matches": {"ports": []}}));
    }
}

#[test]
fn ports_and_names_of_routes_are_carried() {
    for (matches, expected, data) in [
        (
            json!({"ports": [8080, 9090]}),
            &["widening true spec.matches.ports"][..],
            json!({"ports": [8080, 9090]}),
        ),
        (json!({"ports": [0]}), &["widening true spec.matches.ports"], json!({"ports": [0]})),
        (
            json!({"name": "m", "ports": []}),
            &["narrowing true spec.matches.name"],
            json!({"matches.name": "m"}),
        ),
        (
            json!({"name": "m", "ports": [1, 1]}),
            &["widening true spec.matches.ports", "narrowing true spec.matches.name"],
            json!({"ports": [1, 1], "matches.name": "m"}),
        ),
    ] {
        let new = tcp_route(V1Alpha4, Some(matches));
        for to in [V1Alpha1, V1Alpha2, V1Alpha3] {
            let (old, losses) = convert_to(&new, to);
            assert_eq!(lines(&losses), expected);
            assert_eq!(carrier(&old), json!({"v": 1, "from": "v1alpha4", "data": data}));
            assert_eq!(old.get("spec"), tcp_route(to, None).get("spec"));
            // A program that knows the annotation still sees the ports, and a list without a valid one is not "all ports".
            let read = |object: &Value| {
                convert::read_tcp_route(version_of(object), object.clone()).unwrap().object.ports
            };
            assert_eq!(read(&old), read(&new));
            assert_eq!(convert_to(&old, to), (old.clone(), vec![]));
            assert_eq!(convert_to(&old, V1Alpha4), (new.clone(), vec![]));
        }
        assert_eq!(convert_to(&new, V1Alpha4), (new, vec![]));
    }
}

#[test]
fn unreadable_ports_of_a_route_are_reported() {
    let mut old = tcp_route(V1Alpha2, None);
    let text = r#"{"v":1,"from":"v1alpha4","data":{"ports":"8080"}}"#;
    old["metadata"]["annotations"] = json!({CARRIER_ANNOTATION: text});
    let (new, losses) = convert_to(&old, V1Alpha4);
    assert_eq!(new["spec"]["matches"]["ports"], json!([]));
    assert_eq!(lines(&losses), [format!("widening true metadata.annotations[{CARRIER_ANNOTATION:?}]")]);
}

/// A webhook of an older release must not undo what a newer one carries.
#[test]
fn what_a_newer_release_carries_comes_through() {
    for text in [
        r#"{"v":2,"from":"v1alpha2","data":{"destinationPort":{"port":8080}}}"#,
        r#"{"v":1,"from":"v1alpha2","data":{"onlyLater":{"x":1}}}"#,
    ] {
        let mut new = with_port(V1Alpha2, json!(9090));
        new["metadata"]["annotations"] = json!({CARRIER_ANNOTATION: text});
        let mut object = new.clone();
        for to in [V1Alpha3, V1Alpha4, V1Alpha1, V1Alpha3, V1Alpha2] {
            let (converted, losses) = convert_to(&object, to);
            assert!(losses.iter().any(|loss| loss.class == LossClass::Widening), "{converted} in {to}");
            assert!(read(&converted).ports().contains(9090) && !read(&converted).ports().contains(8080));
            object = converted;
        }
        assert_eq!(object, new);
    }
}

/// Nobody read the object, so nothing has carried the port before.
#[test]
fn what_only_the_hub_holds_is_lost_in_its_own_version_too() {
    let account =
        |name: &str| hub::Subject { kind: "ServiceAccount".into(), name: name.into(), ..Default::default() };
    let mut target = hub::TrafficTarget {
        metadata: Metadata::named("shop", "api"),
        version: V1Alpha3,
        destination: hub::Subject { group: Some("other.io".into()), ..account("api") },
        port: Some(80.into()),
        rules: vec![],
        sources: vec![hub::Source { subject: account("web"), port: Some(90.into()) }],
    };
    let options = ConvertOptions::default();
    let written = convert::traffic_target(&target, V1Alpha3, &options).unwrap();
    assert_eq!(
        lines(&written.losses),
        [
            "carried true spec.destination.port",
            "widening true spec.destination.group",
            "carried true spec.sources[0].port"
        ]
    );
    target = read(&written.object);
    assert_eq!(convert::traffic_target(&target, V1Alpha3, &options).unwrap().losses, []);
    target.port = Some(443.into());
    let losses = convert::traffic_target(&target, V1Alpha3, &options).unwrap().losses;
    assert_eq!(lines(&losses), ["carried true spec.destination.port"]);

    let route = hub::TCPRoute {
        metadata: Metadata::named("shop", "db"),
        version: V1Alpha1,
        match_name: Some("m".into()),
        ports: hub::Ports::listed(vec![5432.into()]),
    };
    let written = convert::tcp_route(&route, V1Alpha1, &options).unwrap();
    assert_eq!(
        lines(&written.losses),
        ["widening true spec.matches.ports", "narrowing true spec.matches.name"]
    );
    assert_eq!(convert_to(&written.object, V1Alpha1), (written.object.clone(), vec![]));
}
