//! The kinds of the `kube` feature: names, merged definitions, and the same JSON as [`Object`].
// Helpers of tests are tests: `unwrap` says at the right line what failed.
#![allow(clippy::unwrap_used)]

use kube::core::crd::merge_crds;
use kube::{CustomResourceExt, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use smi_types::{Object, specs, split};

#[test]
fn names_and_versions() {
    let crd = split::v1alpha4::TrafficSplit::crd();
    assert_eq!(crd.metadata.name.as_deref(), Some("trafficsplits.split.smi-spec.io"));
    let names = &crd.spec.names;
    assert_eq!((names.kind.as_str(), names.plural.as_str()), ("TrafficSplit", "trafficsplits"));
    assert_eq!(names.short_names.as_deref(), Some(&["ts".to_owned()][..]));
    assert_eq!(names.categories.as_deref(), Some(&["smi".to_owned()][..]));
    let crd = specs::v1alpha1::HTTPRouteGroup::crd();
    assert_eq!(crd.metadata.name.as_deref(), Some("httproutegroups.specs.smi-spec.io"));
    assert_eq!(crd.spec.names.short_names.as_deref(), Some(&["htr".to_owned()][..]));
    assert_eq!(split::v1alpha2::TrafficSplit::api_version(&()), "split.smi-spec.io/v1alpha2");
}

#[test]
fn all_versions_merge_into_one_definition() {
    let splits = merge_crds(
        vec![
            split::v1alpha1::TrafficSplit::crd(),
            split::v1alpha2::TrafficSplit::crd(),
            split::v1alpha3::TrafficSplit::crd(),
            split::v1alpha4::TrafficSplit::crd(),
        ],
        "v1alpha4",
    )
    .unwrap();
    let groups = merge_crds(
        vec![
            specs::v1alpha1::HTTPRouteGroup::crd(),
            specs::v1alpha2::HTTPRouteGroup::crd(),
            specs::v1alpha3::HTTPRouteGroup::crd(),
            specs::v1alpha4::HTTPRouteGroup::crd(),
        ],
        "v1alpha4",
    )
    .unwrap();
    for crd in [&splits, &groups] {
        let versions: Vec<_> =
            crd.spec.versions.iter().map(|v| (v.name.as_str(), v.storage, v.deprecated)).collect();
        assert_eq!(
            versions,
            [
                ("v1alpha4", true, None),
                ("v1alpha3", false, None),
                ("v1alpha2", false, Some(true)),
                ("v1alpha1", false, Some(true)),
            ]
        );
    }
    let crd = serde_json::to_value(&splits).unwrap();
    let columns = |version: usize| crd["spec"]["versions"][version]["additionalPrinterColumns"].clone();
    assert_eq!(columns(3)[0], json!({"name": "Service", "type": "string", "jsonPath": ".spec.service"}));
    assert_eq!(columns(0)[1]["name"], "Age");
    let crd = serde_json::to_value(&groups).unwrap();
    let schema =
        |version: usize| crd["spec"]["versions"][version]["schema"]["openAPIV3Schema"]["properties"].clone();
    assert!(schema(2)["matches"].is_object() && schema(2)["spec"].is_null(), "{}", schema(2));
    let headers = &schema(0)["spec"]["properties"]["matches"]["items"]["properties"]["headers"];
    assert_eq!(headers["x-kubernetes-preserve-unknown-fields"], true);
    assert!(headers["type"].is_null(), "{headers}");
}

/// Nothing is required that some upstream schema does not require, and nothing is filled in.
#[test]
fn schemas_set_no_default() {
    fn visit(value: &Value) {
        match value {
            Value::Object(map) => {
                assert!(!map.contains_key("default"), "{map:?}");
                map.values().for_each(visit);
            }
            Value::Array(list) => list.iter().for_each(visit),
            _ => {}
        }
    }
    visit(&serde_json::to_value(split::v1alpha1::TrafficSplit::crd()).unwrap());
    visit(&serde_json::to_value(specs::v1alpha2::HTTPRouteGroup::crd()).unwrap());
}

/// `written` through the kube kind and through [`Object`], both ways.
fn round_trip<R, B>(written: Value)
where
    R: Serialize + DeserializeOwned + TryFrom<Object<B>, Error = serde_json::Error>,
    Object<B>: From<R> + Serialize + DeserializeOwned,
{
    let resource: R = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(serde_json::to_value(&resource).unwrap(), written);
    let object = Object::<B>::from(resource);
    assert_eq!(serde_json::to_value(&object).unwrap(), written);
    assert_eq!(serde_json::to_value(R::try_from(object).unwrap()).unwrap(), written);
}

fn metadata() -> Value {
    json!({
        "name": "web", "namespace": "shop", "uid": "u", "creationTimestamp": "2026-11-21T10:00:00Z",
        "labels": {"a": "b"}, "finalizers": ["f"],
    })
}

#[test]
fn both_forms_are_the_same_json() {
    let backends = json!([{"service": "a", "weight": 90}, {"service": "b"}]);
    let matches = json!([{"apiGroup": "specs.smi-spec.io", "kind": "HTTPRouteGroup", "name": "g"}]);
    let split = |version: &str, spec: Value| {
        json!({
            "apiVersion": format!("split.smi-spec.io/{version}"), "kind": "TrafficSplit",
            "metadata": metadata(), "spec": spec,
        })
    };
    round_trip::<split::v1alpha1::TrafficSplit, _>(split(
        "v1alpha1",
        json!({"service": "web", "backends": [{"service": "a", "weight": "500m"}]}),
    ));
    round_trip::<split::v1alpha2::TrafficSplit, _>(split(
        "v1alpha2",
        json!({"service": "web", "backends": backends}),
    ));
    let spec = json!({"service": "web", "backends": backends, "matches": matches});
    round_trip::<split::v1alpha3::TrafficSplit, _>(split("v1alpha3", spec.clone()));
    round_trip::<split::v1alpha4::TrafficSplit, _>(split("v1alpha4", spec));

    let matches =
        json!([{"name": "m", "pathRegex": "/", "methods": ["GET"], "headers": [{"x": "1"}, {"x": "2"}]}]);
    let root = |version: &str| {
        json!({
            "apiVersion": format!("specs.smi-spec.io/{version}"), "kind": "HTTPRouteGroup",
            "metadata": metadata(), "matches": matches,
        })
    };
    round_trip::<specs::v1alpha1::HTTPRouteGroup, _>(root("v1alpha1"));
    round_trip::<specs::v1alpha2::HTTPRouteGroup, _>(root("v1alpha2"));
    let nested = |version: &str| {
        json!({
            "apiVersion": format!("specs.smi-spec.io/{version}"), "kind": "HTTPRouteGroup",
            "metadata": metadata(), "spec": {"matches": matches},
        })
    };
    round_trip::<specs::v1alpha3::HTTPRouteGroup, _>(nested("v1alpha3"));
    round_trip::<specs::v1alpha4::HTTPRouteGroup, _>(nested("v1alpha4"));
}

#[test]
fn metadata_that_kubernetes_does_not_accept_is_an_error() {
    let object: Object<split::v1alpha4::TrafficSplitSpec> = serde_json::from_value(json!({
        "apiVersion": "split.smi-spec.io/v1alpha4", "kind": "TrafficSplit",
        "metadata": {"name": "web", "creationTimestamp": "yesterday"}, "spec": {},
    }))
    .unwrap();
    assert!(split::v1alpha4::TrafficSplit::try_from(object).is_err());
}
