//! Every object we render against the CRDs its mesh publishes, and against what its webhooks refuse.

// The checks need `jsonschema` and `kube-cel`, which only tests depend on, so the module is not part of the library.
#[path = "../src/schema.rs"]
mod schema;

use std::collections::BTreeMap;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use schema::{Schemas, shared};
use serde_json::{Value, json};
use smi_tests::fixture::Fixture;
use smi_tests::mesh::{Installation, MESHES, TestedMesh};
use smi_tests::project::{Choices, TranslatedAccess};
use smi_tests::world::{access, world};
use smi_translate::read::{ReadOptions, Reader};
use smi_translate::{Backend, Options, translate};

/// The schemas, or a line that says what is left out.
macro_rules! schemas_or_skip {
    () => {
        match Schemas::load(&shared()) {
            Some(schemas) => schemas,
            None => {
                println!("left out: no CRDs in ../shared/crds beside the workspace");
                return;
            }
        }
    };
}

#[path = "schemas/linkerd.rs"]
mod linkerd;

fn virtual_service() -> Value {
    json!({
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"namespace": "shop", "name": "smi-website", "labels": {"app.kubernetes.io/managed-by": "istio-adapter"}},
        "spec": {
            "hosts": ["website.shop.svc.cluster.local"],
            "http": [{
                "name": "ab.80",
                "match": [{"port": 80, "uri": {"regex": "(?:/a|/b$).*"}, "headers": {"x-debug": {"exact": "1"}}}],
                "route": [
                    {"destination": {"host": "website-v1.shop.svc.cluster.local", "port": {"number": 80}}, "weight": 90},
                    {"destination": {"host": "website-v2.shop.svc.cluster.local", "port": {"number": 80}}, "weight": 10},
                ],
            }],
            "tcp": [{"match": [{"port": 80}], "route": [{"destination": {"host": "website-v1.shop.svc.cluster.local"}}]}],
        },
    })
}

/// The problems of an object that was right before `change`.
fn problems(schemas: &Schemas, pointer: &str, change: impl FnOnce(&mut Value)) -> String {
    let mut object = virtual_service();
    change(object.pointer_mut(pointer).unwrap_or_else(|| panic!("no {pointer} in the object")));
    match schemas.check(&object) {
        Ok(()) => panic!("passed: {object}"),
        Err(problems) => problems.join("; "),
    }
}

#[test]
fn an_object_as_it_should_be_passes() {
    let schemas = schemas_or_skip!();
    assert_eq!(schemas.check(&virtual_service()), Ok(()));
    let mut older = virtual_service();
    older["apiVersion"] = json!("networking.istio.io/v1beta1");
    assert_eq!(schemas.check(&older), Ok(()));
}

#[test]
fn misspelt_fields_are_caught_at_every_depth() {
    let schemas = schemas_or_skip!();
    for pointer in [
        "",
        "/spec",
        "/spec/http/0",
        "/spec/http/0/match/0",
        "/spec/http/0/route/0",
        "/spec/http/0/route/0/destination/port",
    ] {
        let found = problems(&schemas, pointer, |object| object["wieght"] = json!(90));
        assert!(found.contains("wieght"), "{pointer}: {found}");
    }
}

#[test]
fn values_of_the_wrong_type_are_caught() {
    let schemas = schemas_or_skip!();
    for weight in [json!("90"), json!(0.5), json!(null), json!(2_147_483_648_u64)] {
        let found = problems(&schemas, "/spec/http/0/route/0/weight", |value| *value = weight.clone());
        assert!(found.contains("/spec/http/0/route/0/weight"), "{weight}: {found}");
    }
    for port in [json!("80"), json!(-1), json!(80.5)] {
        let found = problems(&schemas, "/spec/http/0/match/0/port", |value| *value = port.clone());
        assert!(found.contains("/spec/http/0/match/0/port"), "{port}: {found}");
    }
    problems(&schemas, "/spec/http/0/match/0/uri", |uri| uri["exact"] = json!("/both"));
    problems(&schemas, "/spec/http/0/route/0", |route| {
        route.as_object_mut().expect("a route is an object").remove("destination");
    });
}

#[test]
fn kinds_and_versions_that_no_crd_serves_are_caught() {
    let schemas = schemas_or_skip!();
    assert!(problems(&schemas, "/kind", |kind| *kind = json!("VirtualServices")).contains("no CRD serves"));
    assert!(
        problems(&schemas, "/apiVersion", |version| *version = json!("networking.istio.io/v2"))
            .contains("no CRD serves")
    );
}

#[test]
fn rules_in_cel_run() {
    let schemas = schemas_or_skip!();
    let policy = |spec: Value| {
        json!({
            "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy",
            "metadata": {"namespace": "shop", "name": "smi-api"}, "spec": spec,
        })
    };
    let api = json!({"matchLabels": {"app": "api"}});
    assert_eq!(schemas.check(&policy(json!({"selector": api}))), Ok(()));
    let target = json!({"kind": "Service", "name": "api", "group": ""});
    let both = schemas
        .check(&policy(json!({"selector": api, "targetRefs": [target]})))
        .expect_err("a rule in CEL forbids both");
    assert!(both[0].contains("selector") || both[0].contains("targetRefs"), "{both:?}");
}

#[test]
fn every_object_rendered_for_a_fixture_passes() {
    let schemas = schemas_or_skip!();
    let fixtures = Fixture::all();
    for mesh in MESHES {
        let mut checked = BTreeMap::new();
        for fixture in &fixtures {
            for object in fixture.translated(&*mesh.backend(fixture)).objects() {
                count(&mut checked, &object);
                assert_passes(&schemas, mesh, &object, &fixture.name);
            }
            for Installation { options, backend } in mesh.installations() {
                for object in objects(&fixture.input, options, &*backend) {
                    count(&mut checked, &object);
                    assert_passes(&schemas, mesh, &object, &fixture.name);
                }
            }
        }
        println!("{}: {checked:?}", mesh.name);
        assert!(checked.len() >= 2 && checked.values().all(|number| *number >= 5), "{checked:?}");
    }
}

#[test]
fn every_object_rendered_for_a_generated_world_passes() {
    let schemas = schemas_or_skip!();
    let mut runner = TestRunner::deterministic();
    let mut checked = BTreeMap::new();
    for _ in 0..200 {
        let world = world().new_tree(&mut runner).expect("worlds can be generated").current();
        check_world(&schemas, &world.yaml(), &mut checked);
    }
    println!("{checked:?}");
    for kind in ["VirtualService", "ServiceProfile", "HTTPRoute"] {
        assert!(checked.get(kind).is_some_and(|number| *number > 50), "{kind}: {checked:?}");
    }
    assert!(checked.contains_key("TCPRoute"), "{checked:?}");
}

#[test]
fn every_object_rendered_for_a_generated_world_of_access_passes() {
    let schemas = schemas_or_skip!();
    let mut runner = TestRunner::deterministic();
    let mut checked = BTreeMap::new();
    for _ in 0..100 {
        let world = access::world().new_tree(&mut runner).expect("worlds can be generated").current();
        check_world(&schemas, &world.json(), &mut checked);
        for choices in Choices::ALL {
            for one in TranslatedAccess::of(&world, choices).rendered {
                assert_eq!(schemas.check(&one.object), Ok(()), "{}", one.object);
            }
        }
    }
    println!("{checked:?}");
    for (kind, least) in [
        ("AuthorizationPolicy", 200),
        ("EnvoyFilter", 10),
        ("Server", 200),
        ("HTTPRoute", 50),
        ("MeshTLSAuthentication", 50),
        ("NetworkAuthentication", 5),
    ] {
        assert!(checked.get(kind).is_some_and(|number| *number >= least), "{kind}: {checked:?}");
    }
}

/// Checks what every installation of every mesh makes of some manifests.
fn check_world(schemas: &Schemas, text: &str, checked: &mut BTreeMap<String, usize>) {
    for mesh in MESHES {
        for Installation { options, backend } in mesh.installations() {
            for object in objects(text, options, &*backend) {
                count(checked, &object);
                assert_passes(schemas, mesh, &object, text);
            }
        }
    }
}

fn objects(text: &str, options: Options, backend: &dyn Backend) -> Vec<Value> {
    let mut reader =
        Reader::new(ReadOptions { foreign_kinds: backend.foreign_kinds(), ..ReadOptions::default() });
    reader.add("input.yaml", text.as_bytes());
    let translation = translate(&reader.finish(options).inventory, backend);
    let value = |manifest| serde_json::to_value(manifest).expect("a rendered object is JSON");
    translation.manifests.iter().map(value).collect()
}

fn count(checked: &mut BTreeMap<String, usize>, object: &Value) {
    *checked.entry(object["kind"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
}

/// The CRDs of the mesh take an object, and so do its webhooks.
fn assert_passes(schemas: &Schemas, mesh: TestedMesh, object: &Value, of: &str) {
    assert_eq!(schemas.check(object), Ok(()), "{of}: {object:#}");
    assert_eq!((mesh.admission)(object), Vec::<String>::new(), "{of}: {object:#}");
}

#[test]
fn misspelt_fields_of_policies_and_filters_are_caught() {
    let schemas = schemas_or_skip!();
    let policy = json!({
        "apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy", "metadata": {"namespace": "shop", "name": "smi-api"},
        "spec": {"action": "ALLOW", "selector": {"matchLabels": {"app": "api"}}, "rules": [{
            "from": [{"source": {"principals": ["cluster.local/ns/shop/sa/web"]}}],
            "to": [{"operation": {"ports": ["80"], "paths": ["/a"]}}],
            "when": [{"key": "request.headers[x]", "values": ["1"]}],
        }]},
    });
    assert_eq!(schemas.check(&policy), Ok(()));
    for pointer in [
        "",
        "/spec",
        "/spec/selector",
        "/spec/rules/0",
        "/spec/rules/0/from/0",
        "/spec/rules/0/from/0/source",
        "/spec/rules/0/to/0/operation",
        "/spec/rules/0/when/0",
    ] {
        let mut broken = policy.clone();
        broken.pointer_mut(pointer).expect("a pointer into the policy")["pathes"] = json!(["/"]);
        assert!(schemas.check(&broken).is_err(), "{pointer}");
    }
    let filter = json!({
        "apiVersion": "networking.istio.io/v1alpha3", "kind": "EnvoyFilter", "metadata": {"namespace": "shop", "name": "smi-api"},
        "spec": {"workloadSelector": {"labels": {"app": "api"}}, "configPatches": [
            {"applyTo": "HTTP_FILTER", "match": {"context": "SIDECAR_INBOUND"}, "patch": {"operation": "INSERT_FIRST", "value": {"name": "any"}}},
        ]},
    });
    assert_eq!(schemas.check(&filter), Ok(()));
    for (pointer, value) in [
        ("/spec/configPatches/0/applyTo", "HTTP_FILTERS"),
        ("/spec/configPatches/0/patch/operation", "FIRST"),
        ("/spec/configPatches/0/match/context", "INBOUND"),
    ] {
        let mut broken = filter.clone();
        *broken.pointer_mut(pointer).expect("a pointer into the filter") = json!(value);
        assert!(schemas.check(&broken).is_err(), "{pointer}");
    }
}
