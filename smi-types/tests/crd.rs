//! The definitions agree with the types on the wire: a field that one of them lacked would be dropped, or not be read.
// Helpers of tests are tests: `unwrap` says at the right line what failed.
#![allow(clippy::unwrap_used)]
#![cfg(feature = "kube")]

use std::collections::BTreeSet;

use kube::CustomResourceExt;
use serde_json::Value;
use smi_types::crd::{self, KINDS, Serving};
use smi_types::{Kind, Version, access, specs, split};

/// The definitions that derive from the types, one for each version.
fn derived() -> Vec<Value> {
    let definitions = [
        access::v1alpha1::TrafficTarget::crd(),
        access::v1alpha2::TrafficTarget::crd(),
        access::v1alpha3::TrafficTarget::crd(),
        access::v1alpha4::TrafficTarget::crd(),
        access::v1alpha4::IdentityBinding::crd(),
        specs::v1alpha1::HTTPRouteGroup::crd(),
        specs::v1alpha2::HTTPRouteGroup::crd(),
        specs::v1alpha3::HTTPRouteGroup::crd(),
        specs::v1alpha4::HTTPRouteGroup::crd(),
        specs::v1alpha1::TCPRoute::crd(),
        specs::v1alpha2::TCPRoute::crd(),
        specs::v1alpha3::TCPRoute::crd(),
        specs::v1alpha4::TCPRoute::crd(),
        specs::v1alpha4::UDPRoute::crd(),
        split::v1alpha1::TrafficSplit::crd(),
        split::v1alpha2::TrafficSplit::crd(),
        split::v1alpha3::TrafficSplit::crd(),
        split::v1alpha4::TrafficSplit::crd(),
    ];
    definitions.iter().map(|definition| serde_json::to_value(definition).unwrap()).collect()
}

#[test]
fn fields_are_those_of_the_types() {
    // Fields without meaning, which some upstream schema has.
    const WITHOUT_TYPE: [&str; 2] = ["TrafficTarget v1alpha1 specs[].status", "TCPRoute v1alpha3 spec"];
    let mut compared = BTreeSet::new();
    for definition in derived() {
        let kind = Kind::parse(definition["spec"]["names"]["kind"].as_str().unwrap()).unwrap();
        let version = Version::parse(definition["spec"]["versions"][0]["name"].as_str().unwrap()).unwrap();
        let named = |schema: &Value| -> BTreeSet<String> {
            let mut fields = BTreeSet::new();
            collect(schema, "", &mut fields);
            fields.iter().map(|field| format!("{kind} {version} {field}")).collect()
        };
        let types = named(&definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]);
        let mut ours = named(&crd::schema(kind, version).unwrap());
        ours.retain(|field| !WITHOUT_TYPE.contains(&field.as_str()) || types.contains(field));
        assert_eq!(ours, types);
        compared.insert((kind, version));
    }
    let all = KINDS.into_iter().flat_map(|kind| kind.versions().iter().map(move |version| (kind, *version)));
    assert_eq!(compared, all.collect());
}

/// Every field below a schema, without what all objects have.
fn collect(schema: &Value, at: &str, fields: &mut BTreeSet<String>) {
    for (name, below) in schema["properties"].as_object().into_iter().flatten() {
        if at.is_empty() && ["apiVersion", "kind", "metadata"].contains(&name.as_str()) {
            continue;
        }
        let point = if at.is_empty() { "" } else { "." };
        let path = format!("{at}{point}{name}");
        collect(below, &path, fields);
        fields.insert(path);
    }
    if let Some(items) = schema.get("items") {
        collect(items, &format!("{at}[]"), fields);
    }
}

#[test]
fn names_are_those_of_the_types() {
    for definition in derived() {
        let (spec, metadata) = (&definition["spec"], &definition["metadata"]);
        let kind = Kind::parse(spec["names"]["kind"].as_str().unwrap()).unwrap();
        let ours = crd::definition(kind, &Serving::OneVersion).unwrap();
        assert_eq!(ours["metadata"]["name"], metadata["name"]);
        for name in ["group", "scope"] {
            assert_eq!(ours["spec"][name], spec[name]);
        }
        for name in ["plural", "singular", "shortNames", "categories"] {
            assert_eq!(ours["spec"]["names"][name], spec["names"][name], "{kind}");
        }
    }
}

/// The type of definitions in Kubernetes clients takes ours, and writes the same again.
#[test]
fn clients_can_read_them() {
    use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;

    for definition in crd::definitions(&Serving::OneVersion) {
        let read: CustomResourceDefinition = serde_json::from_value(definition.clone()).unwrap();
        // Clients hold bounds as floats.
        let written =
            serde_json::to_value(read).unwrap().to_string().replace("\"minimum\":0.0", "\"minimum\":0");
        assert_eq!(written, definition.to_string());
    }
}

#[test]
fn kinds_that_are_served_have_no_definition() {
    for kind in [Kind::TrafficMetrics, Kind::TrafficMetricsList] {
        assert_eq!(crd::definition(kind, &Serving::OneVersion), None);
        assert_eq!(crd::schema(kind, Version::V1Alpha1), None);
    }
    assert_eq!(crd::schema(Kind::UDPRoute, Version::V1Alpha3), None);
}
