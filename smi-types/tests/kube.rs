//! The kinds of the `kube` feature: names, merged definitions, and the same JSON as [`Object`].
// Helpers of tests are tests: `unwrap` says at the right line what failed.
#![allow(clippy::unwrap_used)]

use kube::client::Body;
use kube::core::crd::merge_crds;
use kube::core::object::HasStatus;
use kube::core::{NamespaceResourceScope, ObjectList};
use kube::{Api, Client, CustomResourceExt, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use smi_types::convert::ConvertOptions;
use smi_types::status::{Condition, ConditionStatus, ConditionType, Reason, Status};
use smi_types::{Object, access, review, specs, split};

/// What `Api`, watches and stores of `kube` ask of a type.
fn is_ready_for_clients<K>()
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope> + Serialize + DeserializeOwned,
    K: Clone + std::fmt::Debug + PartialEq + Send + Sync + 'static,
{
    let service = tower_test::mock::pair::<http::Request<Body>, http::Response<Body>>().0;
    let url = Api::<K>::namespaced(Client::new(service, "default"), "shop").resource_url().to_owned();
    let (group, version, plural) = (K::group(&()), K::version(&()), K::plural(&()));
    assert_eq!(url, format!("/apis/{group}/{version}/namespaces/shop/{plural}"));
}

#[tokio::test]
async fn every_kind_in_every_version_is_ready_for_clients() {
    is_ready_for_clients::<split::v1alpha1::TrafficSplit>();
    is_ready_for_clients::<split::v1alpha2::TrafficSplit>();
    is_ready_for_clients::<split::v1alpha3::TrafficSplit>();
    is_ready_for_clients::<split::v1alpha4::TrafficSplit>();
    is_ready_for_clients::<access::v1alpha1::TrafficTarget>();
    is_ready_for_clients::<access::v1alpha2::TrafficTarget>();
    is_ready_for_clients::<access::v1alpha3::TrafficTarget>();
    is_ready_for_clients::<access::v1alpha4::TrafficTarget>();
    is_ready_for_clients::<access::v1alpha4::IdentityBinding>();
    is_ready_for_clients::<specs::v1alpha1::HTTPRouteGroup>();
    is_ready_for_clients::<specs::v1alpha2::HTTPRouteGroup>();
    is_ready_for_clients::<specs::v1alpha3::HTTPRouteGroup>();
    is_ready_for_clients::<specs::v1alpha4::HTTPRouteGroup>();
    is_ready_for_clients::<specs::v1alpha1::TCPRoute>();
    is_ready_for_clients::<specs::v1alpha2::TCPRoute>();
    is_ready_for_clients::<specs::v1alpha3::TCPRoute>();
    is_ready_for_clients::<specs::v1alpha4::TCPRoute>();
    is_ready_for_clients::<specs::v1alpha4::UDPRoute>();
}

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
fn names_of_access_and_port_routes() {
    for (crd, name, short, versions) in [
        (access::v1alpha4::TrafficTarget::crd(), "traffictargets.access.smi-spec.io", "tt", "v1alpha4"),
        (access::v1alpha1::TrafficTarget::crd(), "traffictargets.access.smi-spec.io", "tt", "v1alpha1"),
        (access::v1alpha4::IdentityBinding::crd(), "identitybindings.access.smi-spec.io", "ib", "v1alpha4"),
        (specs::v1alpha1::TCPRoute::crd(), "tcproutes.specs.smi-spec.io", "tr", "v1alpha1"),
        (specs::v1alpha4::UDPRoute::crd(), "udproutes.specs.smi-spec.io", "ur", "v1alpha4"),
    ] {
        assert_eq!(crd.metadata.name.as_deref(), Some(name));
        assert_eq!(crd.spec.names.short_names.as_deref(), Some(&[short.to_owned()][..]));
        assert_eq!(crd.spec.names.categories.as_deref(), Some(&["smi".to_owned()][..]));
        assert_eq!((crd.spec.scope.as_str(), crd.spec.versions[0].name.as_str()), ("Namespaced", versions));
    }
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
    let targets = merge_crds(
        vec![
            access::v1alpha1::TrafficTarget::crd(),
            access::v1alpha2::TrafficTarget::crd(),
            access::v1alpha3::TrafficTarget::crd(),
            access::v1alpha4::TrafficTarget::crd(),
        ],
        "v1alpha4",
    )
    .unwrap();
    let routes = merge_crds(
        vec![
            specs::v1alpha1::TCPRoute::crd(),
            specs::v1alpha2::TCPRoute::crd(),
            specs::v1alpha3::TCPRoute::crd(),
            specs::v1alpha4::TCPRoute::crd(),
        ],
        "v1alpha4",
    )
    .unwrap();
    for crd in [&splits, &groups, &targets, &routes] {
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
    let crd = serde_json::to_value(&targets).unwrap();
    let schema =
        |version: usize| crd["spec"]["versions"][version]["schema"]["openAPIV3Schema"]["properties"].clone();
    let root = schema(3);
    assert!(root["specs"].is_object() && root["spec"].is_null(), "{root}");
    let port = &root["destination"]["properties"]["port"];
    assert_eq!((&port["x-kubernetes-preserve-unknown-fields"], port.get("type")), (&json!(true), None));
    assert!(schema(2)["spec"]["properties"]["destination"]["properties"]["port"].is_object());
    assert!(schema(1)["spec"]["properties"]["destination"]["properties"]["port"].is_null());
    assert!(schema(0)["spec"]["properties"]["destination"]["properties"]["group"].is_object());
    let crd = serde_json::to_value(&routes).unwrap();
    let ports = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]
        ["matches"]["properties"]["ports"];
    assert_eq!((&ports["type"], &ports["items"]["type"]), (&json!("array"), &json!("integer")));
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
    for crd in [
        access::v1alpha1::TrafficTarget::crd(),
        access::v1alpha4::TrafficTarget::crd(),
        access::v1alpha4::IdentityBinding::crd(),
        specs::v1alpha3::TCPRoute::crd(),
        specs::v1alpha4::TCPRoute::crd(),
        specs::v1alpha4::UDPRoute::crd(),
    ] {
        let crd = serde_json::to_value(crd).unwrap();
        visit(&crd);
        // Of the fields of SMI nothing is required: `spec` is kube's own.
        let schema = &crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"];
        assert_eq!(schema.get("required"), None, "{schema}");
    }
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
fn both_forms_of_access_and_port_routes_are_the_same_json() {
    let object = |group: &str, kind: &str, version: &str| json!({"apiVersion": format!("{group}.smi-spec.io/{version}"), "kind": kind, "metadata": metadata()});
    let with_spec = |group: &str, kind: &str, version: &str, spec: Value| {
        let mut object = object(group, kind, version);
        object["spec"] = spec;
        object
    };
    let subject = || json!({"kind": "ServiceAccount", "name": "api", "namespace": "shop"});
    let with = |key: &str, value: Value| {
        let mut subject = subject();
        subject[key] = value;
        subject
    };
    let rules =
        || json!([{"kind": "HTTPRouteGroup", "name": "r", "matches": []}, {"kind": "TCPRoute", "name": "t"}]);
    let spec =
        |destination: Value| json!({"destination": destination, "rules": rules(), "sources": [subject()]});
    let mut root = object("access", "TrafficTarget", "v1alpha1");
    root["destination"] = with("port", json!(8080));
    root["specs"] = rules();
    root["sources"] = json!([with("port", json!(70000))]);
    round_trip::<access::v1alpha1::TrafficTarget, _>(root);
    let target =
        |version: &str, destination: Value| with_spec("access", "TrafficTarget", version, spec(destination));
    round_trip::<access::v1alpha2::TrafficTarget, _>(target("v1alpha2", with("port", json!("80abc"))));
    round_trip::<access::v1alpha3::TrafficTarget, _>(target("v1alpha3", subject()));
    round_trip::<access::v1alpha4::TrafficTarget, _>(target("v1alpha4", with("group", json!(""))));

    let schemes = json!({
        "podLabelSelector": {"matchLabels": {"app": "web"}}, "spiffeIdentities": ["td/a"], "serviceAccount": "web",
    });
    round_trip::<access::v1alpha4::IdentityBinding, _>(with_spec(
        "access",
        "IdentityBinding",
        "v1alpha4",
        json!({"schemes": schemes}),
    ));
    round_trip::<specs::v1alpha1::TCPRoute, _>(object("specs", "TCPRoute", "v1alpha1"));
    round_trip::<specs::v1alpha2::TCPRoute, _>(object("specs", "TCPRoute", "v1alpha2"));
    round_trip::<specs::v1alpha3::TCPRoute, _>(with_spec("specs", "TCPRoute", "v1alpha3", json!({})));
    let matches = |ports: Value| json!({"matches": {"ports": ports}});
    round_trip::<specs::v1alpha4::TCPRoute, _>(with_spec(
        "specs",
        "TCPRoute",
        "v1alpha4",
        matches(json!([0, 1])),
    ));
    round_trip::<specs::v1alpha4::UDPRoute, _>(with_spec(
        "specs",
        "UDPRoute",
        "v1alpha4",
        matches(json!([])),
    ));
    // Nothing given is written as all ports, which the upstream schema wants (D-S5).
    let empty: specs::v1alpha4::UDPRoute =
        serde_json::from_value(with_spec("specs", "UDPRoute", "v1alpha4", json!({}))).unwrap();
    assert_eq!(serde_json::to_value(&empty).unwrap()["spec"], matches(json!([])));
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

/// What an API server may have stored of a kind (D-A9), and what a webhook answers for an object that it cannot convert.
fn is_read_without_spec<K>()
where
    K: Resource<DynamicType = ()> + Serialize + DeserializeOwned + Clone + std::fmt::Debug,
{
    let object = |name: &str| {
        json!({
            "apiVersion": K::api_version(&()), "kind": K::kind(&()),
            "metadata": {"name": name, "namespace": "shop", "annotations": {"a": "b"}},
        })
    };
    let list = json!({
        "apiVersion": K::api_version(&()), "kind": format!("{}List", K::kind(&())), "metadata": {},
        "items": [object("one"), object("two")],
    });
    let read: ObjectList<K> = serde_json::from_value(list).unwrap();
    assert_eq!(read.items[1].meta().name.as_deref(), Some("two"));
    let written = serde_json::to_value(&read.items[0]).unwrap();
    assert_eq!(written["metadata"]["annotations"], json!({"a": "b"}));
}

#[test]
fn an_object_without_spec_hides_no_other() {
    is_read_without_spec::<split::v1alpha1::TrafficSplit>();
    is_read_without_spec::<split::v1alpha2::TrafficSplit>();
    is_read_without_spec::<split::v1alpha3::TrafficSplit>();
    is_read_without_spec::<split::v1alpha4::TrafficSplit>();
    is_read_without_spec::<access::v1alpha1::TrafficTarget>();
    is_read_without_spec::<access::v1alpha2::TrafficTarget>();
    is_read_without_spec::<access::v1alpha3::TrafficTarget>();
    is_read_without_spec::<access::v1alpha4::TrafficTarget>();
    is_read_without_spec::<access::v1alpha4::IdentityBinding>();
    is_read_without_spec::<specs::v1alpha1::HTTPRouteGroup>();
    is_read_without_spec::<specs::v1alpha2::HTTPRouteGroup>();
    is_read_without_spec::<specs::v1alpha3::HTTPRouteGroup>();
    is_read_without_spec::<specs::v1alpha4::HTTPRouteGroup>();
    is_read_without_spec::<specs::v1alpha1::TCPRoute>();
    is_read_without_spec::<specs::v1alpha2::TCPRoute>();
    is_read_without_spec::<specs::v1alpha3::TCPRoute>();
    is_read_without_spec::<specs::v1alpha4::TCPRoute>();
    is_read_without_spec::<specs::v1alpha4::UDPRoute>();
}

/// Whatever stands under `status` is read, and no status is written where there is none.
fn has_a_status<K>()
where
    K: Resource<DynamicType = ()> + HasStatus<Status = Status> + Serialize + DeserializeOwned + Clone,
    K: CustomResourceExt + std::fmt::Debug,
{
    let crd = serde_json::to_value(K::crd()).unwrap();
    let version = &crd["spec"]["versions"][0];
    assert_eq!(version["subresources"], json!({"status": {}}), "{}", version["name"]);
    let conditions =
        &version["schema"]["openAPIV3Schema"]["properties"]["status"]["properties"]["conditions"];
    assert_eq!(conditions["x-kubernetes-list-map-keys"], json!(["type"]));

    let object = |status: Value| {
        json!({
            "apiVersion": K::api_version(&()), "kind": K::kind(&()), "metadata": {"name": "web"}, "spec": {}, "status": status,
        })
    };
    let written = |status: &Value| {
        let mut read: K = serde_json::from_value(object(status.clone())).unwrap();
        let written = serde_json::to_value(&read).unwrap();
        *read.status_mut() = None;
        assert_eq!(serde_json::to_value(&read).unwrap().get("status"), None);
        (read, written.get("status").cloned())
    };
    let condition = json!({
        "type": "Accepted", "status": "True", "reason": "Accepted", "message": "", "lastTransitionTime": "2026-11-21T17:00:00Z",
    });
    let good = json!({"conditions": [condition], "observedGeneration": 1});
    assert_eq!(written(&good).1, Some(good));
    assert_eq!(written(&Value::Null).1, None);
    for garbage in [json!("ready"), json!([1]), json!({"conditions": {"type": "Accepted"}, "phase": 1e300})] {
        assert_eq!(written(&garbage).1, Some(json!({})));
        let list = json!({
            "apiVersion": K::api_version(&()), "kind": format!("{}List", K::kind(&())), "metadata": {},
            "items": [object(garbage), object(json!({"observedGeneration": 7}))],
        });
        let read: ObjectList<K> = serde_json::from_value(list).unwrap();
        assert_eq!(read.items[1].status().unwrap().observed_generation, Some(7));
    }
}

#[test]
fn every_kind_in_every_version_has_a_status() {
    has_a_status::<split::v1alpha1::TrafficSplit>();
    has_a_status::<split::v1alpha2::TrafficSplit>();
    has_a_status::<split::v1alpha3::TrafficSplit>();
    has_a_status::<split::v1alpha4::TrafficSplit>();
    has_a_status::<access::v1alpha1::TrafficTarget>();
    has_a_status::<access::v1alpha2::TrafficTarget>();
    has_a_status::<access::v1alpha3::TrafficTarget>();
    has_a_status::<access::v1alpha4::TrafficTarget>();
    has_a_status::<access::v1alpha4::IdentityBinding>();
    has_a_status::<specs::v1alpha1::HTTPRouteGroup>();
    has_a_status::<specs::v1alpha2::HTTPRouteGroup>();
    has_a_status::<specs::v1alpha3::HTTPRouteGroup>();
    has_a_status::<specs::v1alpha4::HTTPRouteGroup>();
    has_a_status::<specs::v1alpha1::TCPRoute>();
    has_a_status::<specs::v1alpha2::TCPRoute>();
    has_a_status::<specs::v1alpha3::TCPRoute>();
    has_a_status::<specs::v1alpha4::TCPRoute>();
    has_a_status::<specs::v1alpha4::UDPRoute>();
}

#[test]
fn an_object_has_no_status() {
    let mut split = split::v1alpha4::TrafficSplit::new("web", split::v1alpha4::TrafficSplitSpec::default());
    let accepted = Condition {
        type_: ConditionType::Accepted,
        status: ConditionStatus::True,
        reason: Reason::Accepted,
        message: String::new(),
        last_transition_time: "2026-11-21T17:00:00Z".to_owned(),
        observed_generation: Some(1),
    };
    split.status = Some(Status { conditions: vec![accepted], ..Status::default() });
    let object = Object::from(split.clone());
    assert_eq!(serde_json::to_value(&object).unwrap().get("status"), None);
    let back = split::v1alpha4::TrafficSplit::try_from(object).unwrap();
    assert_eq!(back, split::v1alpha4::TrafficSplit { status: None, ..split });
}

#[test]
fn the_answer_of_the_conversion_webhook_is_read_as_a_list() {
    let stored = |name: &str, weight: Value| {
        json!({
            "apiVersion": "split.smi-spec.io/v1alpha1", "kind": "TrafficSplit", "metadata": {"name": name, "namespace": "shop"},
            "spec": {"service": name, "backends": [{"service": "a", "weight": weight}]},
        })
    };
    let asked = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "ConversionReview",
        "request": {
            "uid": "u", "desiredAPIVersion": "split.smi-spec.io/v1alpha4",
            "objects": [stored("one", json!("1")), stored("poison", json!("-1")), stored("two", json!("500m"))],
        },
    });
    let answered = review::conversion(&asked, &ConvertOptions::default()).unwrap().review;
    let list = json!({
        "apiVersion": "split.smi-spec.io/v1alpha4", "kind": "TrafficSplitList", "metadata": {},
        "items": answered["response"]["convertedObjects"],
    });
    let read: ObjectList<split::v1alpha4::TrafficSplit> = serde_json::from_value(list).unwrap();
    let roots: Vec<_> = read.items.iter().map(|split| split.spec.service.as_str()).collect();
    assert_eq!(roots, ["one", "", "two"], "what stands for an object that cannot be converted means nothing");
}
