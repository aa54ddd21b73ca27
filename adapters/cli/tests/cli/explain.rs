//! `smi explain`.

use insta::assert_snapshot;

use crate::{BROKEN, ROLLOUT, SHOP, folder};

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
