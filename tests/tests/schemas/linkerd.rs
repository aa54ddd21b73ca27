//! What the CRDs of Linkerd and of the Gateway API refuse.

use serde_json::{Value, json};

use super::schema::{Schemas, shared};

fn object(api_version: &str, kind: &str, spec: &Value) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"namespace": "shop", "name": "smi-api"}, "spec": spec})
}

fn profile() -> Value {
    let overrides = json!([{"authority": "website-v1.shop.svc.cluster.local", "weight": 9}]);
    object("linkerd.io/v1alpha2", "ServiceProfile", &json!({"dstOverrides": overrides}))
}

fn server() -> Value {
    let spec = json!({
        "podSelector": {"matchLabels": {"app": "api"}}, "port": 8080, "proxyProtocol": "unknown", "accessPolicy": "deny",
    });
    object("policy.linkerd.io/v1beta3", "Server", &spec)
}

fn route(api_version: &str) -> Value {
    let spec = json!({
        "parentRefs": [{"group": "", "kind": "Service", "name": "website", "port": 80}],
        "rules": [{
            "matches": [{
                "path": {"type": "RegularExpression", "value": "^(?:/a.*)$"}, "method": "GET",
                "headers": [{"type": "Exact", "name": "x-debug", "value": "1"}],
            }],
            "backendRefs": [{"group": "", "kind": "Service", "name": "website-v1", "port": 80, "weight": 9}],
        }],
    });
    object(api_version, "HTTPRoute", &spec)
}

fn tcp_route() -> Value {
    let spec = json!({
        "parentRefs": [{"group": "", "kind": "Service", "name": "db", "port": 5432}],
        "rules": [{"backendRefs": [{"group": "", "kind": "Service", "name": "db-v1", "port": 5432, "weight": 1}]}],
    });
    object("gateway.networking.k8s.io/v1alpha2", "TCPRoute", &spec)
}

fn policy() -> Value {
    let spec = json!({
        "targetRef": {"group": "policy.linkerd.io", "kind": "HTTPRoute", "name": "smi-api"},
        "requiredAuthenticationRefs": [{"group": "policy.linkerd.io", "kind": "MeshTLSAuthentication", "name": "smi-api"}],
    });
    object("policy.linkerd.io/v1alpha1", "AuthorizationPolicy", &spec)
}

fn mesh_tls() -> Value {
    let references = json!([{"kind": "ServiceAccount", "name": "web", "namespace": "shop"}]);
    object("policy.linkerd.io/v1alpha1", "MeshTLSAuthentication", &json!({"identityRefs": references}))
}

fn network() -> Value {
    let networks = json!([{"cidr": "0.0.0.0/0"}]);
    object("policy.linkerd.io/v1alpha1", "NetworkAuthentication", &json!({"networks": networks}))
}

const GATEWAY: &str = "gateway.networking.k8s.io/v1";
const POLICY: &str = "policy.linkerd.io/v1beta3";

#[test]
fn objects_of_linkerd_as_they_should_be_pass() {
    let schemas = schemas_or_skip!();
    for good in
        [profile(), server(), route(GATEWAY), route(POLICY), tcp_route(), policy(), mesh_tls(), network()]
    {
        assert_eq!(schemas.check(&good), Ok(()), "{good}");
    }
}

/// The Gateway API is installed by the user, in whatever edition.
#[test]
fn routes_are_checked_against_every_edition() {
    let schemas = schemas_or_skip!();
    assert_eq!(schemas.editions(GATEWAY, "HTTPRoute"), 3);
    assert!(schemas.editions("gateway.networking.k8s.io/v1alpha2", "TCPRoute") >= 2);
    assert_eq!(schemas.editions(POLICY, "HTTPRoute"), 1);
    let mut nine = route(GATEWAY);
    let one = nine["spec"]["rules"][0]["matches"][0].clone();
    nine["spec"]["rules"][0]["matches"] = json!(vec![one; 9]);
    let found = schemas.check(&nine).expect_err("an older edition takes eight").join("; ");
    assert!(found.contains("v1.1.1") && !found.contains("standard"), "{found}");
}

#[test]
fn misspelt_fields_of_linkerds_objects_are_caught() {
    let schemas = schemas_or_skip!();
    for (good, pointers) in [
        (profile(), ["", "/spec", "/spec/dstOverrides/0"].as_slice()),
        (server(), &["", "/spec", "/spec/podSelector"]),
        (route(GATEWAY), &["/spec/parentRefs/0", "/spec/rules/0", "/spec/rules/0/matches/0/headers/0"]),
        (
            route(POLICY),
            &["/spec/parentRefs/0", "/spec/rules/0/matches/0/path", "/spec/rules/0/backendRefs/0"],
        ),
        (tcp_route(), &["/spec", "/spec/rules/0", "/spec/rules/0/backendRefs/0"]),
        (policy(), &["/spec", "/spec/targetRef", "/spec/requiredAuthenticationRefs/0"]),
        (mesh_tls(), &["/spec", "/spec/identityRefs/0"]),
        (network(), &["/spec", "/spec/networks/0"]),
    ] {
        for pointer in pointers {
            let mut broken = good.clone();
            broken.pointer_mut(pointer).expect("a pointer into the object")["wieght"] = json!(1);
            let found = schemas.check(&broken).expect_err(pointer).join("; ");
            assert!(found.contains("wieght"), "{pointer}: {found}");
        }
    }
}

#[test]
fn values_that_linkerds_crds_do_not_take_are_caught() {
    let schemas = schemas_or_skip!();
    let both = json!({"identities": ["*"], "identityRefs": [{"kind": "ServiceAccount", "name": "web"}]});
    for (mut broken, pointer, value) in [
        (profile(), "/spec/dstOverrides/0/weight", json!("nine")),
        (server(), "/spec/port", json!(80.5)),
        (server(), "/spec/podSelector", json!(null)),
        (route(GATEWAY), "/spec/rules/0/matches/0/method", json!("PROPFIND")),
        (route(POLICY), "/spec/rules/0/matches/0/method", json!("PROPFIND")),
        (route(GATEWAY), "/spec/rules/0/matches/0/headers/0/name", json!("a b")),
        (route(GATEWAY), "/spec/rules/0/backendRefs/0/weight", json!(1_000_001)),
        (route(POLICY), "/spec/rules/0/backendRefs/0/weight", json!(1_000_001)),
        (route(GATEWAY), "/spec/rules/0/matches/0/path", json!({"type": "Exact", "value": "a"})),
        (tcp_route(), "/spec/rules", json!([])),
        (policy(), "/spec/targetRef/kind", json!(1)),
        (mesh_tls(), "/spec", both),
        (mesh_tls(), "/spec/identityRefs", json!([])),
        (network(), "/spec/networks/0", json!("0.0.0.0/0")),
    ] {
        *broken.pointer_mut(pointer).expect("a pointer into the object") = value.clone();
        assert!(schemas.check(&broken).is_err(), "{pointer} = {value}");
    }
    let mut without_port = route(GATEWAY);
    without_port["spec"]["rules"][0]["backendRefs"][0].as_object_mut().expect("a backend").remove("port");
    let found = schemas.check(&without_port).expect_err("a rule in CEL asks for the port").join("; ");
    assert!(found.to_lowercase().contains("port"), "{found}");
}
