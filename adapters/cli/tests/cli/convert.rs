//! `smi convert`.

use insta::assert_snapshot;
use serde_json::Value;

use crate::{BROKEN, SHOP, folder};

const OLD: &str = include_str!("data/old.yaml");

#[test]
fn to_the_last_version() {
    assert_snapshot!(folder(&[("old.yaml", OLD)]).smi("convert old.yaml"));
}

#[test]
fn to_a_version_that_cannot_say_it() {
    let folder = folder(&[("shop.yaml", SHOP)]);
    assert_snapshot!("widening_refused", folder.smi("convert --to-version v1alpha1 shop.yaml"));
    let forced = folder.smi("convert --to-version v1alpha1 --force shop.yaml");
    let allowed = folder.smi("convert --to-version v1alpha1 --allow SMI-CONV-WIDENING shop.yaml");
    assert_eq!(forced.to_string(), allowed.to_string());
    assert_snapshot!("widening_forced", forced);
}

#[test]
fn there_and_back_is_the_same() {
    let folder = folder(&[("old.yaml", OLD)]);
    folder.write("new.yaml", &folder.smi("convert old.yaml").stdout);
    let back = folder.smi("convert --to-version v1alpha1 -q new.yaml");
    assert!(back.stdout.contains("weight: 500m") && !back.stdout.contains("smi-conversion"), "{back}");
}

#[test]
fn the_same_version_is_the_same_text() {
    let folder = folder(&[("shop.yaml", SHOP)]);
    let run = folder.smi("convert shop.yaml");
    assert_eq!((run.status, run.stdout.as_str()), (0, SHOP));
}

#[test]
fn broken_documents_are_left_out_and_named() {
    assert_snapshot!(folder(&[("broken.yaml", BROKEN)]).smi("convert --to-version v1alpha3 broken.yaml"));
}

#[test]
fn lists_are_converted_one_by_one() {
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: split.smi-spec.io/v1alpha2\n  kind: TrafficSplit\n  metadata: {name: a}\n  \
                spec: {service: a, backends: [{service: b, weight: 1}]}\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: s}\n";
    assert_snapshot!(folder(&[("list.yaml", list)]).smi("convert list.yaml"));
}

#[test]
fn header_style() {
    let folder = folder(&[("shop.yaml", SHOP)]);
    let run = folder.smi("convert --header-style list -q shop.yaml");
    assert!(run.stdout.contains("    headers:\n    - x-user: beta\n"), "{run}");
}

#[test]
fn as_json() {
    let run = folder(&[("old.yaml", OLD)]).smi("convert -o json -q old.yaml");
    let list: Value = serde_json::from_str(&run.stdout).unwrap();
    let kinds: Vec<_> =
        list["items"].as_array().unwrap().iter().map(|item| item["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["TrafficSplit", "ConfigMap", "TrafficTarget"]);
}

#[test]
fn an_indented_document_keeps_its_indent() {
    let indented =
        "---\n  apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: a\n---\n  # comment\n  kind: B\n";
    let run = folder(&[("in.yaml", indented)]).smi("convert in.yaml");
    assert_eq!(format!("---\n{}", run.stdout), indented, "{run}");
    let plain = "  kind: A\n  metadata: {name: a}\n";
    assert_eq!(folder(&[("in.yaml", plain)]).smi("convert in.yaml").stdout, plain);
    let same_line = "--- {kind: A}\n";
    assert_eq!(folder(&[("in.yaml", same_line)]).smi("convert in.yaml").stdout, "{kind: A}\n");
}
