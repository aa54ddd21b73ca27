//! `smi explain`.

use insta::assert_snapshot;

use serde_json::Value;

use crate::{ACCESS, BROKEN, PODS, ROLLOUT, SHOP, folder};

#[test]
fn for_people() {
    assert_snapshot!(
        folder(&[("shop.yaml", SHOP), ("broken.yaml", BROKEN)]).smi("explain -q shop.yaml broken.yaml")
    );
}

#[test]
fn for_programs() {
    let folder = folder(&[("shop.yaml", SHOP), ("rollout.yaml", ROLLOUT), ("broken.yaml", BROKEN)]);
    assert_snapshot!(folder.smi("explain -q -o json shop.yaml rollout.yaml broken.yaml").stdout);
}

#[test]
fn ports_with_different_backends_stand_apart() {
    let ports = SHOP.replace("port: 80, name: http", "port: 80, name: http}, {port: 81, name: http-b")
        + "---\napiVersion: v1\nkind: Service\nmetadata: {name: website-v1, namespace: shop}\n\
           spec: {selector: {app: v1}, ports: [{port: 80}]}\n";
    assert_snapshot!(folder(&[("ports.yaml", &ports)]).smi("explain -q ports.yaml").stdout);
}

#[test]
fn rounded_shares_have_one_sign() {
    let nine = SHOP.replace("weight: 90", "weight: 80");
    let run = folder(&[("shop.yaml", &nine)]).smi("explain -q shop.yaml");
    assert!(run.stdout.contains("  8/9 ≈ 88.9 %\n") && !run.stdout.contains("= ≈"), "{run}");
}

#[test]
fn services_of_other_namespaces_have_theirs() {
    let other = SHOP.replace("service: website-v1", "service: other/website-v1");
    let folder = folder(&[("shop.yaml", &other)]);
    let run = folder.smi("explain -q --profile fsm shop.yaml");
    assert!(run.stdout.contains("  other/website-v1  weight 90  9/10 = 90 %\n"), "{run}");
    let run = folder.smi("explain -q --profile fsm -o json shop.yaml");
    assert!(run.stdout.contains(r#""service": "other/website-v1""#), "{run}");
    assert!(run.stdout.contains(r#""service": "website-v2""#), "{run}");
}

#[test]
fn access_for_people() {
    let folder = folder(&[("access.yaml", ACCESS), ("pods.yaml", PODS)]);
    let run = folder.smi("explain -q access.yaml pods.yaml");
    assert!(run.stdout.lines().all(|line| line.chars().count() <= 120), "{run}");
    assert_snapshot!("access_for_people", run);
}

#[test]
fn access_for_programs() {
    let folder = folder(&[("access.yaml", ACCESS), ("pods.yaml", PODS)]);
    assert_snapshot!("access_for_programs", folder.smi("explain -q -o json access.yaml pods.yaml").stdout);
}

#[test]
fn one_destination() {
    let broken =
        ACCESS.replace("name: prometheus, namespace: default", "name: Prometheus, namespace: default");
    let folder = folder(&[("access.yaml", &broken), ("pods.yaml", PODS), ("shop.yaml", SHOP)]);
    let mut text = String::new();
    for line in [
        "--to default/api-service",
        "--workload shop/api",
        "--workload shop/api-canary",
        "--workload shop/database",
        "--workload shop/web",
        "--workload shop/mixed-front",
        "--to shop/vault",
        "--to shop/nobody",
        "--workload shop/nothing",
        "--workload nowhere/nothing",
    ] {
        let run = folder.smi(&format!("explain -q {line} access.yaml pods.yaml shop.yaml"));
        text.push_str(&format!("$ smi explain -q {line} …\n{run}\n"));
    }
    assert_snapshot!("one_destination", text);
    let run = folder.smi("explain -q -o json --workload shop/api-canary access.yaml pods.yaml shop.yaml");
    let json: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        (&json["routing"], &json["access"][0]["destination"]),
        (&Value::Array(Vec::new()), &"shop/api".into())
    );
}

#[test]
fn namespaces_that_deny_by_default() {
    let namespace = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: default, labels: \
                     {adapters.smi-spec.io/deny-by-default: 'true'}}\n";
    let folder = folder(&[("access.yaml", &format!("{ACCESS}{namespace}"))]);
    let run = folder.smi("explain -q --access-scope namespaces access.yaml");
    assert!(run.stdout.ends_with("who may call the other workloads of default\n  nobody: the namespace denies what no TrafficTarget allows\n"), "{run}");
    let run = folder.smi("explain -q --access-scope namespaces -o json access.yaml");
    assert!(run.stdout.contains("\"denyByDefault\": [\n    \"default\"\n  ]"), "{run}");
}

#[test]
fn a_target_of_another_namespace_is_named_in_full() {
    let elsewhere =
        ACCESS.replace("name: api-service, namespace: default", "name: api-service, namespace: other");
    let folder = folder(&[("access.yaml", &elsewhere)]);
    let refused = folder.smi("explain -q access.yaml");
    assert!(refused.stdout.contains("TrafficTarget default/api-service-api: SMI-VAL-15\n"), "{refused}");
    let allowed = folder.smi("explain -q --allow-foreign-destination access.yaml");
    assert!(allowed.stdout.starts_with("who may call other/api-service\n"), "{allowed}");
    assert!(allowed.stdout.contains("  8080   default/api-service-api      path /api\n"), "{allowed}");
    assert_eq!(allowed.status, 0);
}
