//! The conversion tables of the reference, section 6, case by case. The laws that hold for all cases are in `laws.rs`.
// Helpers of tests are tests: `unwrap` says at the right line what failed.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use smi_types::convert::{self, CARRIER_ANNOTATION, ConvertOptions, Loss};
use smi_types::hub::{HTTPMatch, HTTPRouteGroup};
use smi_types::{HeaderStyle, Headers, Metadata, Version};

use Version::{V1Alpha1, V1Alpha2, V1Alpha3, V1Alpha4};

fn split(version: Version, spec: Value) -> Value {
    json!({
        "apiVersion": format!("split.smi-spec.io/{version}"), "kind": "TrafficSplit",
        "metadata": {"name": "web", "namespace": "shop", "uid": "u", "labels": {"a": "b"}}, "spec": spec,
    })
}

fn weights(version: Version, weights: Value) -> Value {
    let backend = |(i, weight): (usize, &Value)| json!({"service": format!("web-v{i}"), "weight": weight});
    let backends: Vec<_> = weights.as_array().unwrap().iter().enumerate().map(backend).collect();
    split(version, json!({"service": "web", "backends": backends}))
}

fn group(version: Version, matches: Value) -> Value {
    let mut object = json!({
        "apiVersion": format!("specs.smi-spec.io/{version}"), "kind": "HTTPRouteGroup",
        "metadata": {"name": "web", "namespace": "shop"},
    });
    if version.is_deprecated() {
        object["matches"] = matches;
    } else {
        object["spec"] = json!({"matches": matches});
    }
    object
}

fn version_of(object: &Value) -> Version {
    Version::parse(object["apiVersion"].as_str().unwrap().split_once('/').unwrap().1).unwrap()
}

/// The object in version `to`, and the losses of both halves of the way.
fn convert_with(object: &Value, to: Version, options: &ConvertOptions) -> (Value, Vec<Loss>) {
    let from = version_of(object);
    let (mut losses, converted) = if object["kind"] == "TrafficSplit" {
        let read = convert::read_traffic_split(from, object.clone()).unwrap();
        (read.losses, convert::traffic_split(&read.object, to, options).unwrap())
    } else {
        let read = convert::read_http_route_group(from, object.clone()).unwrap();
        (read.losses, convert::http_route_group(&read.object, to, options).unwrap())
    };
    losses.extend(converted.losses);
    (converted.object, losses)
}

fn convert_to(object: &Value, to: Version) -> (Value, Vec<Loss>) {
    convert_with(object, to, &ConvertOptions::default())
}

fn lines(losses: &[Loss]) -> Vec<String> {
    losses.iter().map(|loss| format!("{} {} {}", loss.class, loss.carried, loss.path)).collect()
}

fn carrier(object: &Value) -> Value {
    let text = object["metadata"]["annotations"][CARRIER_ANNOTATION].as_str();
    text.map_or(Value::Null, |text| serde_json::from_str(text).unwrap())
}

fn written_weights(object: &Value) -> Vec<Value> {
    object["spec"]["backends"].as_array().unwrap().iter().map(|backend| backend["weight"].clone()).collect()
}

#[test]
fn quantities_become_integers_with_one_factor() {
    for (quantities, integers, scaled) in [
        (json!(["10m", "100m", "1500m"]), json!([10, 100, 1500]), true),
        (json!(["1", "500m"]), json!([1000, 500]), true),
        (json!(["1", "0m"]), json!([1, 0]), false),
        (json!(["100m", "900m"]), json!([100, 900]), true),
        (json!(["0.0001", "1"]), json!([100, 1_000_000]), true),
        (json!(["1k", "1"]), json!([1000, 1]), false),
        (json!(["1e3", "1Ki"]), json!([1000, 1024]), false),
        (json!(["1.5", "500m"]), json!([1500, 500]), true),
        (json!(["0", "0"]), json!([0, 0]), false),
        (json!(["5"]), json!([5]), false),
    ] {
        for to in [V1Alpha2, V1Alpha3, V1Alpha4] {
            let old = weights(V1Alpha1, quantities.clone());
            let (new, losses) = convert_to(&old, to);
            assert_eq!(json!(written_weights(&new)), integers, "{quantities}");
            let expected: &[&str] = if scaled { &["carried true spec.backends"] } else { &[] };
            assert_eq!(lines(&losses), expected, "{quantities}");
            let (back, losses) = convert_to(&new, V1Alpha1);
            assert_eq!((back, losses), (old, vec![]), "{quantities}");
        }
    }
}

#[test]
fn the_carrier_of_quantities() {
    let (new, _) = convert_to(&weights(V1Alpha1, json!(["1", "500m"])), V1Alpha4);
    assert_eq!(
        carrier(&new),
        json!({"v": 1, "from": "v1alpha1", "data": {"quantities": [
            {"service": "web-v0", "quantity": "1"}, {"service": "web-v1", "quantity": "500m"},
        ]}})
    );
    // It survives another version, and is gone where it is not needed.
    let (between, losses) = convert_to(&new, V1Alpha2);
    assert_eq!((carrier(&between), losses), (carrier(&new), vec![]));
    // Canonical spellings need none.
    assert_eq!(carrier(&convert_to(&weights(V1Alpha1, json!(["1k", 1])), V1Alpha4).0), Value::Null);
    // A reader that edits the weights makes the spellings worthless; integers are then written canonically.
    let mut edited = new;
    edited["spec"]["backends"][0]["weight"] = json!(3000);
    let (back, losses) = convert_to(&edited, V1Alpha1);
    assert_eq!(
        (written_weights(&back), carrier(&back), losses),
        (vec![json!("3k"), json!("500")], Value::Null, vec![])
    );
    let mut renamed = edited;
    renamed["spec"]["backends"][0] = json!({"service": "web-v9", "weight": 1000});
    assert_eq!(written_weights(&convert_to(&renamed, V1Alpha1).0), [json!("1k"), json!("500")]);
}

#[test]
fn integers_become_canonical_quantities() {
    let (old, losses) = convert_to(&weights(V1Alpha4, json!([1000, 1500, 0, 50.0, null])), V1Alpha1);
    assert_eq!(written_weights(&old), ["1k", "1500", "0", "50", "0"].map(Value::from));
    assert_eq!((carrier(&old), losses), (Value::Null, vec![]));
    let (back, _) = convert_to(&old, V1Alpha4);
    assert_eq!(written_weights(&back), [1000, 1500, 0, 50, 0].map(Value::from));
}

#[test]
fn quantities_under_a_later_version_are_judged_by_their_type() {
    let (new, losses) = convert_to(&weights(V1Alpha2, json!(["500m", 1])), V1Alpha4);
    assert_eq!(written_weights(&new), [500, 1000].map(Value::from));
    assert_eq!(lines(&losses), ["carried true spec.backends"]);
    assert_eq!(written_weights(&convert_to(&new, V1Alpha1).0), ["500m", "1"].map(Value::from));
}

#[test]
fn what_cannot_be_converted() {
    for (version, weight, text) in [
        (V1Alpha1, json!("-1"), "the weight -1 of backend \"web-v0\" is negative"),
        (V1Alpha2, json!(0.5), "the weight \"0.5\" of backend \"web-v0\" is not a whole number"),
        (V1Alpha3, json!(-1), "the weight -1 of backend \"web-v0\" is negative"),
    ] {
        let object = weights(version, json!([weight]));
        let hub = convert::read_traffic_split(version, object.clone()).unwrap().object;
        let error = convert::traffic_split(&hub, V1Alpha4, &ConvertOptions::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("spec.backends[0].weight: cannot convert {version} to v1alpha4: {text}")
        );
        // The same version needs no conversion.
        assert_eq!(convert_to(&object, version), (object, vec![]));
    }
}

fn conditional(version: Version) -> Value {
    let matches = json!([{"apiGroup": "specs.smi-spec.io", "kind": "HTTPRouteGroup", "name": "firefox"}]);
    split(
        version,
        json!({"service": "web", "backends": [{"service": "web-v2", "weight": 1}], "matches": matches}),
    )
}

#[test]
fn conditions_are_carried_through_versions_without_them() {
    for from in [V1Alpha3, V1Alpha4] {
        for to in [V1Alpha1, V1Alpha2] {
            let new = conditional(from);
            let (old, losses) = convert_to(&new, to);
            assert_eq!(old["spec"].get("matches"), None);
            assert_eq!(lines(&losses), ["widening true spec.matches"]);
            assert_eq!(
                carrier(&old),
                json!({"v": 1, "from": from.as_str(), "data": {"matches":
                    {"service": "web", "refs": new["spec"]["matches"]}}})
            );
            // A program that knows the annotation still sees the condition.
            let hub = convert::read_traffic_split(to, old.clone()).unwrap().object;
            assert!(hub.is_conditional());
            assert_eq!(convert_to(&old, to), (old.clone(), vec![]));
            assert_eq!(convert_to(&old, from), (new, vec![]));
        }
    }
    let (other, losses) = convert_to(&conditional(V1Alpha3), V1Alpha4);
    assert_eq!((other, losses), (conditional(V1Alpha4), vec![]));
}

#[test]
fn carried_conditions_stay_in_force_when_the_split_is_edited() {
    let (mut old, _) = convert_to(&conditional(V1Alpha4), V1Alpha2);
    old["spec"]["service"] = json!("other");
    old["spec"]["backends"] = json!([{"service": "web-v3", "weight": 7}]);
    let (new, _) = convert_to(&old, V1Alpha4);
    assert_eq!(new["spec"]["matches"], conditional(V1Alpha4)["spec"]["matches"]);
    assert_eq!(new["spec"]["service"], "other");
    assert_eq!(carrier(&new), Value::Null);
}

#[test]
fn an_empty_list_of_conditions_is_no_widening() {
    let mut new = conditional(V1Alpha4);
    new["spec"]["matches"] = json!([]);
    let (old, losses) = convert_to(&new, V1Alpha2);
    assert_eq!(lines(&losses), ["carried true spec.matches"]);
    assert_eq!(convert_to(&old, V1Alpha4).0, new);
}

#[test]
fn an_unreadable_carrier_is_ignored_kept_and_reported() {
    for (text, path_text) in [
        ("not JSON", "the annotation cannot be read and is ignored, with whatever it carries"),
        (
            r#"{"v":1,"from":"v1alpha4","data":{"matches":7}}"#,
            r#"what it carries under "matches" cannot be read and is ignored"#,
        ),
    ] {
        let mut old = weights(V1Alpha2, json!([1]));
        old["metadata"]["annotations"] = json!({CARRIER_ANNOTATION: text, "other": "kept"});
        assert_eq!(convert_to(&old, V1Alpha2).0, old, "the same version is the identity");
        let (new, losses) = convert_to(&old, V1Alpha4);
        assert_eq!(new["metadata"]["annotations"], old["metadata"]["annotations"]);
        assert_eq!(lines(&losses), [format!("widening true metadata.annotations[{CARRIER_ANNOTATION:?}]")]);
        assert_eq!(losses[0].text, path_text);
    }
}

/// Nobody read the objects, so nothing has carried these conditions before.
#[test]
fn what_only_the_hub_holds_is_lost_in_its_own_version_too() {
    let mut split = convert::read_traffic_split(V1Alpha4, conditional(V1Alpha4)).unwrap().object;
    split.version = V1Alpha2;
    let options = ConvertOptions::default();
    let written = convert::traffic_split(&split, V1Alpha2, &options).unwrap();
    assert_eq!(lines(&written.losses), ["widening true spec.matches"]);
    assert_eq!(convert_to(&written.object, V1Alpha2), (written.object.clone(), vec![]));
    // Said of another root, they are new.
    let mut again = convert::read_traffic_split(V1Alpha2, written.object).unwrap().object;
    assert_eq!(convert::traffic_split(&again, V1Alpha2, &options).unwrap().losses, []);
    again.service = "other".into();
    let written = convert::traffic_split(&again, V1Alpha2, &options).unwrap();
    assert_eq!(lines(&written.losses), ["widening true spec.matches"]);

    let headers = Headers::map([("x", "1"), ("x", "2"), ("y", "3")]);
    let group = HTTPRouteGroup {
        metadata: Metadata::named("shop", "web"),
        version: V1Alpha4,
        matches: vec![HTTPMatch { name: "m".into(), headers: Some(headers), ..HTTPMatch::default() }],
    };
    let written = convert::http_route_group(&group, V1Alpha4, &options).unwrap();
    assert_eq!(written.object["spec"]["matches"][0]["headers"], json!({"x": "1", "y": "3"}));
    assert_eq!(lines(&written.losses), ["widening true spec.matches[0].headers.x"]);
    assert_eq!(convert_to(&written.object, V1Alpha4), (written.object.clone(), vec![]));
    // Without a conversion nothing can be carried.
    let text = serde_json::to_value(&group.matches[0]).unwrap();
    assert_eq!(text["headers"], json!([{"x": "1"}, {"x": "2"}, {"y": "3"}]));
}

#[test]
fn route_groups_move_between_the_root_and_spec() {
    let matches =
        json!([{"name": "m", "pathRegex": "/api", "methods": ["GET"], "headers": {"x": "1"}}, {"name": "n"}]);
    for from in Version::ALL {
        for to in Version::ALL {
            let (converted, losses) = convert_to(&group(from, matches.clone()), to);
            assert_eq!(converted, group(to, matches.clone()), "{from} to {to}");
            let path = if from.is_deprecated() { "matches[0].headers" } else { "spec.matches[0].headers" };
            let expected =
                if to == V1Alpha1 && from != to { vec![format!("widening false {path}")] } else { vec![] };
            assert_eq!(lines(&losses), expected, "{from} to {to}");
        }
    }
}

#[test]
fn header_style_follows_the_target() {
    let list = json!([{"name": "m", "headers": [{"b": "2"}, {"a": "1"}]}]);
    let map = json!([{"name": "m", "headers": {"a": "1", "b": "2"}}]);
    let style = |header_style| ConvertOptions { header_style };
    let list_object = group(V1Alpha3, list.clone());
    assert_eq!(convert_to(&list_object, V1Alpha3).0, list_object);
    assert_eq!(convert_to(&list_object, V1Alpha4).0, group(V1Alpha4, map.clone()));
    let (as_list, losses) = convert_with(&list_object, V1Alpha4, &style(Some(HeaderStyle::List)));
    assert_eq!((as_list, losses), (group(V1Alpha4, list), vec![]));
    let (as_map, losses) = convert_with(&list_object, V1Alpha3, &style(Some(HeaderStyle::Map)));
    assert_eq!((as_map, losses), (group(V1Alpha3, map), vec![]));
}

#[test]
fn second_conditions_on_a_header_are_carried_and_restrictive() {
    let headers = json!([{"x": "1"}, {"x": "2"}, {"x": "1"}, {"y": "3"}]);
    let list = group(V1Alpha3, json!([{"name": "m", "headers": headers}]));
    let (map, losses) = convert_to(&list, V1Alpha4);
    assert_eq!(map["spec"]["matches"][0]["headers"], json!({"x": "1", "y": "3"}));
    assert_eq!(lines(&losses), ["widening true spec.matches[0].headers.x"]);
    assert_eq!(
        carrier(&map)["data"],
        json!({"duplicateHeaders": [{"match": "m", "index": 0, "header": "x", "patterns": ["2"]}]})
    );
    assert_eq!(convert_to(&map, V1Alpha4), (map.clone(), vec![]));
    let conditions = |object: &Value| {
        let hub = convert::read_http_route_group(version_of(object), object.clone()).unwrap();
        (hub.object.matches, hub.losses)
    };
    assert_eq!(conditions(&map), conditions(&list));
    // Said of another match, it is new.
    let mut other = convert::read_http_route_group(V1Alpha4, map.clone()).unwrap().object;
    other.matches[0].name = "other".into();
    let written = convert::http_route_group(&other, V1Alpha4, &ConvertOptions::default()).unwrap();
    let held = Headers { style: HeaderStyle::Map, ..other.matches[0].headers.clone().unwrap() };
    other.matches[0].headers = Some(held);
    let again = convert::http_route_group(&other, V1Alpha4, &ConvertOptions::default()).unwrap();
    assert_eq!(lines(&again.losses), ["widening true spec.matches[0].headers.x"]);
    assert_eq!(written.object, again.object);
    let list_style = ConvertOptions { header_style: Some(HeaderStyle::List) };
    let (back, losses) = convert_with(&map, V1Alpha3, &list_style);
    assert_eq!((carrier(&back), losses), (Value::Null, vec![]));
    assert_eq!(conditions(&back), conditions(&list));

    // Renamed, moved, or gone: in force as long as there is something to be in force on.
    let mut renamed = map.clone();
    renamed["spec"]["matches"][0]["name"] = json!("other");
    assert_eq!(conditions(&renamed).0[0].headers, conditions(&list).0[0].headers);
    let mut moved = map.clone();
    moved["spec"]["matches"] = json!([{"name": "new"}, map["spec"]["matches"][0]]);
    assert_eq!(conditions(&moved).0[1], conditions(&list).0[0]);
    assert_eq!(conditions(&moved).0[0].headers, None);
    let mut gone = map;
    gone["spec"]["matches"] = json!([{"name": "new"}]);
    let (matches, losses) = conditions(&gone);
    assert_eq!(matches[0].headers, None);
    assert_eq!(
        losses[0].text,
        r#"a carried condition on the header "x" belongs to the match "m", which is gone"#
    );
}
