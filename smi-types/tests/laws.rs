//! Laws of conversion that hold for every object (SMI-CONV-4, 5, and section 6.2), tried on generated ones.
// Helpers of tests are tests: `unwrap` says at the right line what failed.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::{Value, json};
use smi_types::convert::{self, CARRIER_ANNOTATION, ConvertOptions, Converted, LossClass};
use smi_types::hub::{HTTPMatch, HTTPRouteGroup, TrafficSplit};
use smi_types::quantity::Quantity;
use smi_types::validate::{self, Context};
use smi_types::{HeaderStyle, Metadata, Version};

fn version() -> impl Strategy<Value = Version> {
    prop::sample::select(&Version::ALL[..])
}

fn options() -> impl Strategy<Value = ConvertOptions> {
    let style = prop::sample::select(&[None, Some(HeaderStyle::Map), Some(HeaderStyle::List)][..]);
    style.prop_map(|header_style| ConvertOptions { header_style })
}

fn quantity() -> impl Strategy<Value = Value> {
    let suffix = prop::sample::select(&["", "n", "u", "m", "k", "M", "E", "Ki", "Ei", "e3", "e-2", "E2"][..]);
    ("[0-9]{1,4}(\\.[0-9]{0,3})?", suffix).prop_map(|(number, suffix)| json!(format!("{number}{suffix}")))
}

fn integer() -> impl Strategy<Value = Value> {
    prop_oneof![(0_i64..2000).prop_map(Value::from), any::<u32>().prop_map(Value::from), Just(Value::Null)]
}

/// Weights as they are written in `version`.
fn weight(version: Version) -> BoxedStrategy<Value> {
    match version {
        Version::V1Alpha1 => prop_oneof![4 => quantity(), 1 => integer()].boxed(),
        _ => integer().boxed(),
    }
}

/// Anything that may stand where a weight should.
fn any_weight() -> impl Strategy<Value = Value> {
    prop_oneof![
        quantity(),
        integer(),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        "[-+0-9.eEinumkKMGTP]{0,12}".prop_map(Value::from),
        Just(json!([1])),
        Just(json!({"a": 1})),
    ]
}

fn split_of(version: Version, weight: BoxedStrategy<Value>) -> impl Strategy<Value = (Version, Value)> {
    let backends = prop::collection::vec(("[a-c]", weight), 0..4);
    let reference = ("[a-c]", any::<bool>()).prop_map(|(name, group)| {
        let group = group.then_some("specs.smi-spec.io");
        json!({"apiGroup": group, "kind": "HTTPRouteGroup", "name": name})
    });
    let matches = prop::option::of(prop::collection::vec(reference, 0..3));
    (backends, matches).prop_map(move |(backends, matches)| {
        let backend = |(service, weight)| json!({"service": service, "weight": weight});
        let backends: Vec<_> = backends.into_iter().map(backend).collect();
        let mut spec = json!({"service": "web", "backends": backends});
        if !version.is_deprecated() {
            spec["matches"] = json!(matches);
        }
        let metadata =
            json!({"name": "web", "namespace": "shop", "annotations": {"a": "b"}, "generation": 3});
        let api_version = format!("split.smi-spec.io/{version}");
        (
            version,
            json!({"apiVersion": api_version, "kind": "TrafficSplit", "metadata": metadata, "spec": spec}),
        )
    })
}

fn split() -> impl Strategy<Value = (Version, Value)> {
    version().prop_flat_map(|version| split_of(version, weight(version)))
}

fn group() -> impl Strategy<Value = (Version, Value)> {
    let pair = || ("[xy]", "[12]").prop_map(|(name, pattern)| json!({name: pattern}));
    let headers = prop_oneof![
        Just(Value::Null),
        prop::collection::vec(pair(), 0..4).prop_map(Value::from),
        prop::collection::btree_map("[xy]", "[12]", 0..3).prop_map(|map| json!(map)),
    ];
    let path = prop::option::of("/[a-z]?");
    let methods = prop::option::of(prop::collection::vec("GET|POST|\\*", 0..3));
    let entry = ("[mn]", path, methods, headers).prop_map(|(name, path, methods, headers)| {
        json!({"name": name, "pathRegex": path, "methods": methods, "headers": headers})
    });
    (version(), prop::collection::vec(entry, 0..4)).prop_map(|(version, matches)| {
        let mut object = json!({
            "apiVersion": format!("specs.smi-spec.io/{version}"), "kind": "HTTPRouteGroup",
            "metadata": {"name": "web", "namespace": "shop"},
        });
        if version.is_deprecated() {
            object["matches"] = json!(matches);
        } else {
            object["spec"] = json!({"matches": matches});
        }
        (version, object)
    })
}

fn without_carrier(mut metadata: Metadata) -> Metadata {
    metadata.annotations.remove(CARRIER_ANNOTATION);
    metadata
}

/// What a split says, whatever its version: metadata, root, backends with their weights, conditions.
type SplitMeaning = (Metadata, String, Vec<(String, i64)>, Option<Vec<smi_types::hub::RouteRef>>);

fn split_meaning(split: &TrafficSplit) -> SplitMeaning {
    let weights = split.weights().unwrap();
    let backends = split.backends.iter().map(|backend| backend.service.clone()).zip(weights).collect();
    (without_carrier(split.metadata.clone()), split.service.clone(), backends, split.matches.clone())
}

/// The weights as values, before any common factor.
fn exact_weights(split: &TrafficSplit) -> Vec<Quantity> {
    let exact = |weight: &smi_types::Weight| weight.to_string().parse().unwrap();
    split.backends.iter().map(|backend| backend.weight.as_ref().map_or(Quantity::default(), exact)).collect()
}

fn read_split(version: Version, object: Value) -> TrafficSplit {
    let Converted { object, losses } = convert::read_traffic_split(version, object).unwrap();
    assert_eq!(losses, []);
    object
}

fn split_to(split: &TrafficSplit, to: Version) -> Converted<Value> {
    convert::traffic_split(split, to, &ConvertOptions::default()).unwrap()
}

fn group_meaning(group: &HTTPRouteGroup) -> (Metadata, Vec<HTTPMatch>) {
    (without_carrier(group.metadata.clone()), group.matches.clone())
}

fn read_group(version: Version, object: Value) -> HTTPRouteGroup {
    let Converted { object, losses } = convert::read_http_route_group(version, object).unwrap();
    assert_eq!(losses, []);
    object
}

fn group_to(group: &HTTPRouteGroup, to: Version, options: ConvertOptions) -> Converted<Value> {
    convert::http_route_group(group, to, &options).unwrap()
}

fn strip_carrier(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(annotations) = object["metadata"]["annotations"].as_object_mut() {
        annotations.remove(CARRIER_ANNOTATION);
    }
    object
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_split_means_the_same_in_every_version((from, object) in split(), to in version(), over in version()) {
        let hub = read_split(from, object);
        prop_assume!(hub.weights().is_ok());
        let there = split_to(&hub, to);
        let there_hub = read_split(to, there.object.clone());
        prop_assert_eq!(split_meaning(&there_hub), split_meaning(&hub));

        // Back, directly and over a third version: the value as it was written.
        for through in [None, Some(over)] {
            let last = through.map_or(there_hub.clone(), |over| read_split(over, split_to(&there_hub, over).object));
            let back = read_split(from, split_to(&last, from).object);
            prop_assert_eq!(exact_weights(&back), exact_weights(&hub));
            prop_assert_eq!(split_meaning(&back), split_meaning(&hub));
        }
    }

    #[test]
    fn what_a_split_leaves_to_its_carrier_is_reported((from, object) in split(), to in version()) {
        let hub = read_split(from, object);
        prop_assume!(hub.weights().is_ok());
        let there = split_to(&hub, to);
        let blind = read_split(to, strip_carrier(&there.object));
        prop_assert_eq!(blind.weights(), hub.weights());
        let widens = there.losses.iter().any(|loss| loss.class == LossClass::Widening && loss.carried);
        prop_assert_eq!(widens, hub.is_conditional() && !blind.is_conditional());
        if there.losses.is_empty() {
            prop_assert_eq!(&blind.matches, &hub.matches);
            prop_assert_eq!(exact_weights(&blind), exact_weights(&hub));
        }
    }

    #[test]
    fn the_same_version_is_the_identity((from, object) in split(), to in version()) {
        let hub = read_split(from, object);
        let same = split_to(&hub, from);
        prop_assert_eq!(&same.losses, &[]);
        prop_assert_eq!(&split_to(&read_split(from, same.object.clone()), from).object, &same.object);
        prop_assert_eq!(exact_weights(&read_split(from, same.object)), exact_weights(&hub));
        if hub.weights().is_ok() {
            // Also where the object carries something.
            let there = split_to(&hub, to).object;
            prop_assert_eq!(split_to(&read_split(to, there.clone()), to).object, there);
        }
    }

    #[test]
    fn a_group_means_the_same_in_every_version(
        (from, object) in group(), to in version(), over in version(), first in options(), second in options(),
    ) {
        let hub = read_group(from, object);
        let there = group_to(&hub, to, first);
        let there_hub = read_group(to, there.object);
        prop_assert_eq!(group_meaning(&there_hub), group_meaning(&hub));
        let third = read_group(over, group_to(&there_hub, over, second).object);
        let back = read_group(from, group_to(&third, from, first).object);
        prop_assert_eq!(group_meaning(&back), group_meaning(&hub));
    }

    #[test]
    fn what_a_group_leaves_to_its_carrier_is_reported((from, object) in group(), to in version(), options in options()) {
        let hub = read_group(from, object);
        let there = group_to(&hub, to, options);
        let blind = read_group(to, strip_carrier(&there.object));
        let widens = there.losses.iter().any(|loss| loss.class == LossClass::Widening && loss.carried);
        prop_assert_eq!(widens, blind.matches != hub.matches);
        let drops = there.losses.iter().any(|loss| loss.class == LossClass::Widening && !loss.carried);
        let has_headers = hub.matches.iter().any(|entry| entry.headers.as_ref().is_some_and(|h| !h.is_empty()));
        prop_assert_eq!(drops, to == Version::V1Alpha1 && from != to && has_headers);
    }

    #[test]
    fn nothing_panics_on_strange_weights(
        (from, object) in version().prop_flat_map(|version| split_of(version, any_weight().boxed())), to in version(),
    ) {
        if let Ok(Converted { object: hub, .. }) = convert::read_traffic_split(from, object) {
            let findings = validate::traffic_split(&hub, &Context::default());
            let converted = convert::traffic_split(&hub, to, &ConvertOptions::default());
            let refused = findings.iter().any(|f| f.code == "SMI-VAL-43" && f.severity == validate::Severity::Error);
            prop_assert_eq!(hub.weights().is_err(), refused);
            prop_assert_eq!(converted.is_err(), refused && from != to);
        }
    }

    #[test]
    fn nothing_panics_on_a_strange_carrier(carrier in "\\PC*|\\{\"v\":1,\"from\":\"v1alpha4\",\"data\":\\{\"(matches|quantities)\":(\\[\\]|\\{\\}|\\[\\{\\}\\]|1)\\}\\}", to in version()) {
        let object = json!({
            "apiVersion": "split.smi-spec.io/v1alpha2", "kind": "TrafficSplit",
            "metadata": {"name": "web", "annotations": {CARRIER_ANNOTATION: carrier}},
            "spec": {"service": "web", "backends": [{"service": "a", "weight": 1}]},
        });
        let read = convert::read_traffic_split(Version::V1Alpha2, object).unwrap();
        convert::traffic_split(&read.object, to, &ConvertOptions::default()).unwrap();
    }

    #[test]
    fn a_quantity_prints_what_it_reads(nanos in -(1_i128 << 100)..(1_i128 << 100)) {
        let quantity = Quantity::from_nanos(nanos);
        prop_assert_eq!(Quantity::parse(&quantity.to_string()), Ok(quantity));
    }

    #[test]
    fn any_text_is_a_quantity_or_an_error(text in "[-+]?[0-9.]{0,40}[eEinumkKMGTP]{0,2}[-+]?[0-9]{0,20}") {
        let _ = Quantity::parse(&text);
    }
}
