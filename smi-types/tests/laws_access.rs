//! Laws of conversion that hold for every TrafficTarget, TCPRoute, UDPRoute and IdentityBinding (SMI-CONV-4, 5, 12, and section
//! 6.2), tried on generated ones.
// Helpers of tests are tests: `unwrap` says at the right line what failed.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::{Value, json};
use smi_types::convert::{self, CARRIER_ANNOTATION, ConvertOptions, Converted, LossClass};
use smi_types::hub::{Ports, Rule, Source, Subject, TCPRoute, TrafficTarget};
use smi_types::spiffe::SpiffeId;
use smi_types::validate::{self, AccessContext};
use smi_types::{Metadata, Port, Version};

fn version() -> impl Strategy<Value = Version> {
    prop::sample::select(&Version::ALL[..])
}

/// Anything that may stand where a port should: valid ones, and ones that must allow nothing.
fn port() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => (1_u16..=4).prop_map(Value::from),
        1 => any::<u16>().prop_map(Value::from),
        1 => any::<u16>().prop_map(|port| Value::from(port.to_string())),
        1 => any::<u16>().prop_map(|port| Value::from(f64::from(port))),
        1 => prop::sample::select(vec![
            json!(0), json!("0"), json!(70000), json!(-1), json!(1e99), json!("80abc"), json!(80.5), json!(u64::MAX), json!(""),
        ]),
        // Fractions that JSON text holds exactly.
        1 => "-?[1-9][0-9]{0,6}\\.(25|5|75)".prop_map(|text| text.parse::<f64>().unwrap().into()),
        1 => "\\PC{0,8}".prop_map(Value::from),
    ]
}

fn subject(version: Version) -> impl Strategy<Value = Value> {
    let kind = prop::sample::select(&["ServiceAccount", "IdentityBinding", "Group", ""][..]);
    let namespace = prop::option::of(prop::sample::select(&["shop", "bank", ""][..]));
    let groups = ["", "access.smi-spec.io", "access.smi-spec.io/v1alpha4", "apps"];
    let group = prop::option::of(prop::sample::select(groups.to_vec()));
    (kind, "[ab]?", namespace, group, prop::option::weighted(0.3, port())).prop_map(
        move |(kind, name, namespace, group, port)| {
            let mut subject = json!({"kind": kind, "name": name});
            let mut set = |key: &str, value: Value| subject[key] = value;
            if let Some(namespace) = namespace {
                set("namespace", json!(namespace));
            }
            if version == Version::V1Alpha4
                && let Some(group) = group
            {
                set("group", json!(group));
            }
            if version.is_deprecated()
                && let Some(port) = port
            {
                set("port", port);
            }
            subject
        },
    )
}

fn metadata() -> Value {
    json!({"name": "web", "namespace": "shop", "annotations": {"a": "b"}, "generation": 3})
}

fn target() -> impl Strategy<Value = (Version, Value)> {
    let kind = prop::sample::select(&["HTTPRouteGroup", "TCPRoute", "UDPRoute", "GRPCRoute"][..]);
    let matches = prop::option::of(prop::collection::vec("[mn]", 0..3));
    let rule = (kind, "[rs]?", matches)
        .prop_map(|(kind, name, matches)| json!({"kind": kind, "name": name, "matches": matches}));
    let rules = prop::collection::vec(rule, 0..4);
    (version(), rules).prop_flat_map(|(version, rules)| {
        let sources = prop::collection::vec(subject(version), 0..4);
        (subject(version), sources).prop_map(move |(destination, sources)| {
            let mut object = json!({
                "apiVersion": format!("access.smi-spec.io/{version}"), "kind": "TrafficTarget", "metadata": metadata(),
            });
            if version == Version::V1Alpha1 {
                object["destination"] = destination;
                object["specs"] = json!(rules);
                object["sources"] = json!(sources);
            } else {
                object["spec"] = json!({"destination": destination, "rules": rules, "sources": sources});
            }
            (version, object)
        })
    })
}

fn port_match() -> impl Strategy<Value = Value> {
    (prop::option::of("[mn]"), prop::option::of(prop::collection::vec(port(), 0..4)))
        .prop_map(|(name, ports)| json!({"name": name, "ports": ports}))
}

fn tcp_route() -> impl Strategy<Value = (Version, Value)> {
    (version(), port_match()).prop_map(|(version, matches)| {
        let mut object = json!({
            "apiVersion": format!("specs.smi-spec.io/{version}"), "kind": "TCPRoute", "metadata": metadata(),
        });
        if version == Version::V1Alpha4 {
            object["spec"] = json!({"matches": matches});
        }
        (version, object)
    })
}

fn without_carrier(mut metadata: Metadata) -> Metadata {
    metadata.annotations.remove(CARRIER_ANNOTATION);
    metadata
}

fn strip_carrier(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(annotations) = object["metadata"]["annotations"].as_object_mut() {
        annotations.remove(CARRIER_ANNOTATION);
    }
    object
}

/// The target with its groups as values, whichever way they are spelled.
fn meaning(target: &TrafficTarget) -> TrafficTarget {
    let subject = |subject: &Subject| Subject { group: Some(subject.group().to_owned()), ..subject.clone() };
    let TrafficTarget { metadata, version: _, destination, port, rules, sources } = target;
    let source = |source: &Source| Source { subject: subject(&source.subject), port: source.port.clone() };
    TrafficTarget {
        metadata: without_carrier(metadata.clone()),
        version: Version::V1Alpha4,
        destination: subject(destination),
        port: port.clone(),
        rules: rules.clone(),
        sources: sources.iter().map(source).collect(),
    }
}

fn read(version: Version, object: Value) -> TrafficTarget {
    let Converted { object, losses } = convert::read_traffic_target(version, object).unwrap();
    assert_eq!(losses, []);
    object
}

fn write(target: &TrafficTarget, to: Version) -> Converted<Value> {
    convert::traffic_target(target, to, &ConvertOptions::default()).unwrap()
}

fn read_route(version: Version, object: Value) -> TCPRoute {
    let Converted { object, losses } = convert::read_tcp_route(version, object).unwrap();
    assert_eq!(losses, []);
    object
}

fn write_route(route: &TCPRoute, to: Version) -> Converted<Value> {
    convert::tcp_route(route, to, &ConvertOptions::default()).unwrap()
}

fn route_meaning(route: &TCPRoute) -> (Metadata, Option<String>, Ports) {
    (without_carrier(route.metadata.clone()), route.match_name.clone(), route.ports.clone())
}

/// Whether a reader of `version` lets somebody be this subject.
fn matches_somebody(subject: &Subject) -> bool {
    subject.kind == "ServiceAccount" && subject.group().is_empty()
}

/// What SMI-ACCESS-20 says about a target, for one port and both kinds of TCP traffic: HTTP that every match admits, and other.
fn allows(target: &TrafficTarget, routes: &[TCPRoute], port: u16) -> (bool, bool) {
    let of_kind = |kind: &'static str| target.rules.iter().filter(move |rule| rule.kind == kind);
    let has = |rule: &Rule| {
        let names = rule.matches.as_deref().unwrap_or_default();
        let route = routes.iter().find(|route| route.metadata.name() == rule.name);
        route.is_some_and(|route| {
            let named = route.match_name.as_ref().is_some_and(|name| names.contains(name));
            (names.is_empty() || named) && route.ports.contains(port)
        })
    };
    let (http, tcp) = (of_kind("HTTPRouteGroup").count() > 0, of_kind("TCPRoute").count() > 0);
    let in_ports = (!tcp || of_kind("TCPRoute").any(has)) && target.ports().contains(port);
    ((http || tcp) && in_ports, !http && tcp && in_ports)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_target_means_the_same_in_every_version((from, object) in target(), to in version(), over in version()) {
        let hub = read(from, object);
        let there = read(to, write(&hub, to).object);
        prop_assert_eq!(meaning(&there), meaning(&hub));
        for through in [None, Some(over)] {
            let last = through.map_or(there.clone(), |over| read(over, write(&there, over).object));
            let back = read(from, write(&last, from).object);
            prop_assert_eq!(meaning(&back), meaning(&hub));
        }
    }

    #[test]
    fn a_target_of_the_same_version_is_itself((from, object) in target(), to in version()) {
        let hub = read(from, object);
        let same = write(&hub, from);
        prop_assert_eq!(&same.losses, &[]);
        prop_assert_eq!(&read(from, same.object.clone()), &hub);
        // Also where the object carries something.
        let there = write(&hub, to).object;
        let again = write(&read(to, there.clone()), to);
        prop_assert_eq!(again.losses, &[]);
        prop_assert_eq!(again.object, there);
    }

    #[test]
    fn what_a_target_leaves_to_its_carrier_is_reported((from, object) in target(), to in version()) {
        let hub = read(from, object);
        let there = write(&hub, to);
        let blind = read(to, strip_carrier(&there.object));
        let subjects = |target: &TrafficTarget| {
            let sources = target.sources.iter().map(|source| source.subject.clone());
            sources.chain([target.destination.clone()]).collect::<Vec<_>>()
        };
        let (before, after) = (subjects(&hub), subjects(&blind));
        let widens = before.iter().zip(&after).any(|(before, after)| matches_somebody(after) && !matches_somebody(before));
        prop_assert_eq!(there.losses.iter().any(|loss| loss.class == LossClass::Widening), widens);
        let port = |loss: &&convert::Loss| loss.path.to_string().ends_with("destination.port");
        let of_port: Vec<_> = there.losses.iter().filter(port).map(|loss| (loss.class, loss.carried)).collect();
        let expected: &[_] = if hub.port == blind.port { &[] } else { &[(LossClass::Carried, true)] };
        prop_assert_eq!(of_port, expected);
        if there.losses.iter().all(|loss| !loss.carried) {
            prop_assert_eq!(meaning(&blind), meaning(&hub));
        }
        let narrows = |kind: &str, since: Version| {
            let used = before.iter().any(|subject| subject.kind == kind) || hub.rules.iter().any(|rule| rule.kind == kind);
            used && from >= since && to < since
        };
        let expected = narrows("IdentityBinding", Version::V1Alpha4) || narrows("UDPRoute", Version::V1Alpha3);
        prop_assert_eq!(there.losses.iter().any(|loss| loss.class == LossClass::Narrowing), expected);
    }

    #[test]
    fn a_port_that_is_none_never_opens_any((from, object) in target(), to in version()) {
        let hub = read(from, object);
        let findings = validate::traffic_target(&hub, &AccessContext::default());
        let is_bad = matches!(hub.port, Some(Port::Invalid(_)));
        prop_assert_eq!(findings.iter().any(|finding| finding.code == "SMI-VAL-12"), is_bad);
        let there = read(to, write(&hub, to).object);
        if is_bad {
            prop_assert!((0..=u16::MAX).all(|port| !there.ports().contains(port)));
        }
    }

    #[test]
    fn a_route_means_the_same_in_every_version((from, object) in tcp_route(), to in version(), over in version()) {
        let hub = read_route(from, object);
        let there = write_route(&hub, to);
        let there_hub = read_route(to, there.object.clone());
        prop_assert_eq!(route_meaning(&there_hub), route_meaning(&hub));
        let third = read_route(over, write_route(&there_hub, over).object);
        let back = read_route(from, write_route(&third, from).object);
        prop_assert_eq!(route_meaning(&back), route_meaning(&hub));
        let again = write_route(&there_hub, to);
        prop_assert_eq!((again.object, again.losses), (there.object.clone(), vec![]));

        let blind = read_route(to, strip_carrier(&there.object));
        let lists = |class| there.losses.iter().any(|loss| loss.class == class && loss.carried);
        prop_assert_eq!(lists(LossClass::Widening), blind.ports != hub.ports);
        prop_assert_eq!(lists(LossClass::Narrowing), blind.match_name != hub.match_name);
    }

    #[test]
    fn ports_without_a_valid_one_match_nothing(matches in port_match()) {
        let metadata = metadata();
        let object = json!({
            "apiVersion": "specs.smi-spec.io/v1alpha4", "kind": "UDPRoute", "metadata": metadata, "spec": {"matches": matches},
        });
        let route = convert::read_udp_route(Version::V1Alpha4, object).unwrap().object;
        let matches_some = (0..=u16::MAX).any(|port| route.ports.contains(port));
        let is_valid = |port: &Port| port.number().is_ok();
        let written = route.ports.as_written();
        prop_assert_eq!(matches_some, written.is_empty() || written.iter().any(is_valid));
        let errors = validate::udp_route(&route).iter().filter(|f| f.severity == validate::Severity::Error).count();
        prop_assert_eq!(errors, written.iter().filter(|port| !is_valid(port)).count());
        let written = convert::udp_route(&route, Version::V1Alpha4, &ConvertOptions::default()).unwrap().object;
        prop_assert_eq!(convert::read_udp_route(Version::V1Alpha4, written).unwrap().object, route);
    }

    #[test]
    fn a_materialized_port_grants_what_the_port_granted(
        (from, object) in target(),
        routes in prop::collection::vec(("[rs]", port_match()), 0..3),
    ) {
        let target = read(from, object);
        let route = |(name, matches): (String, Value)| {
            let object = json!({
                "apiVersion": "specs.smi-spec.io/v1alpha4", "kind": "TCPRoute",
                "metadata": {"name": name, "namespace": "shop"}, "spec": {"matches": matches},
            });
            read_route(Version::V1Alpha4, object)
        };
        let mut routes: Vec<_> = routes.into_iter().map(route).collect();
        routes.dedup_by(|a, b| a.metadata.name() == b.metadata.name());
        let ports = [0, 1, 2, 3, 4, 5, u16::MAX].into_iter().chain(target.port.iter().filter_map(|p| Some(p.number().ok()?.get())));
        let ports: Vec<u16> = ports.collect();
        let before: Vec<_> = ports.iter().map(|port| allows(&target, &routes, *port)).collect();
        match convert::materialize(&target, &routes) {
            Ok(convert::Materialized { target: after, route }) => {
                prop_assert_eq!(&after.port, &None);
                routes.extend(route);
                let after: Vec<_> = ports.iter().map(|port| allows(&after, &routes, *port)).collect();
                prop_assert_eq!(after, before);
            }
            Err(_) => prop_assert!(before.iter().all(|allowed| *allowed == (false, false))),
        }
    }

    #[test]
    fn nothing_panics_on_a_strange_carrier(
        carrier in "\\PC*|\\{\"v\":1,\"from\":\"v1alpha4\",\"data\":\\{\"(destinationPort|groups|sourcePorts|ports|matches.name)\":(\\[\\]|\\{\\}|\\[\\{\\}\\]|1|\"x\"|\\{\"port\":\"x\"\\}|\\[\\{\"source\":99999999999,\"subject\":\\{\"kind\":\"\",\"name\":\"\"\\},\"group\":\"\"\\}\\])\\}\\}",
        (from, object) in target(), (route_from, route) in tcp_route(), to in version(),
    ) {
        let with = |mut object: Value| {
            object["metadata"]["annotations"] = json!({CARRIER_ANNOTATION: carrier});
            object
        };
        let read = convert::read_traffic_target(from, with(object)).unwrap();
        convert::traffic_target(&read.object, to, &ConvertOptions::default()).unwrap();
        let _ = convert::materialize(&read.object, &[]);
        let read = convert::read_tcp_route(route_from, with(route)).unwrap();
        convert::tcp_route(&read.object, to, &ConvertOptions::default()).unwrap();
    }

    #[test]
    fn any_text_is_a_spiffe_id_or_an_error(text in "\\PC{0,40}|(spiffe://)?[a-z.]{0,5}(/[a-zA-Z.*_-]{0,3}){0,4}") {
        if let Ok(id) = SpiffeId::parse(&text) {
            prop_assert_eq!(SpiffeId::parse(id.as_str()), Ok(id.clone()));
            let joined = format!("spiffe://{}{}", id.trust_domain(), id.path());
            prop_assert_eq!(joined.as_str(), id.as_str());
            prop_assert!(!text.contains('*'));
        }
    }

    #[test]
    fn a_binding_is_itself(
        labels in prop::option::of(prop::collection::btree_map("[ab]", "[12]", 0..3)),
        ids in prop::option::of(prop::collection::vec("td/[ab]|spiffe://td/[ab]|[ab]?", 0..3)),
        account in prop::option::of("[ab]?"),
    ) {
        let selector = labels.map(|labels| json!({"matchLabels": labels}));
        let schemes = json!({"podLabelSelector": selector, "spiffeIdentities": ids, "serviceAccount": account});
        let object = json!({
            "apiVersion": "access.smi-spec.io/v1alpha4", "kind": "IdentityBinding", "metadata": metadata(),
            "spec": {"schemes": schemes},
        });
        let read = |object| convert::read_identity_binding(Version::V1Alpha4, object).unwrap().object;
        let write = |hub: &_| convert::identity_binding(hub, Version::V1Alpha4, &ConvertOptions::default()).unwrap().object;
        let mut hub = read(object);
        let written = write(&hub);
        prop_assert_eq!(write(&read(written.clone())), written.clone());
        for id in &mut hub.spiffe_identities {
            *id = SpiffeId::parse(id).map_or(id.clone(), |id| id.to_string());
        }
        prop_assert_eq!(read(written), hub);
    }
}
