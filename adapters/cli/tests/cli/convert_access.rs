//! `smi convert` of access control: targets, bindings, and the routes that they name.

use insta::assert_snapshot;

use crate::folder;

const PORTS: &str = include_str!("data/ports.yaml");
const BINDINGS: &str = include_str!("data/bindings.yaml");

#[test]
fn to_the_last_version() {
    assert_snapshot!(
        "access_to_the_last_version",
        folder(&[("ports.yaml", PORTS)]).smi("convert ports.yaml")
    );
}

#[test]
fn to_a_version_that_cannot_say_it() {
    let folder = folder(&[("bindings.yaml", BINDINGS)]);
    assert_snapshot!("access_refused", folder.smi("convert --to-version v1alpha2 bindings.yaml"));
    let run = folder.smi("convert --to-version v1alpha3 --force -q bindings.yaml");
    // What has no other version is refused even then.
    assert_eq!((run.status, run.stderr.matches("error[SMI-CONV-VERSION]").count()), (2, 2), "{run}");
    assert!(run.stdout.contains(r#"\"ports\":[8301]"#), "{run}");
}

#[test]
fn there_and_back_is_the_same() {
    let folder = folder(&[("ports.yaml", PORTS), ("bindings.yaml", BINDINGS)]);
    let meaning = |file: &str| folder.smi(&format!("explain -q -o json {file}")).stdout;
    for (file, old, new) in [
        ("ports.yaml", "v1alpha2", "v1alpha4"),
        ("ports.yaml", "v1alpha2", "v1alpha3"),
        ("bindings.yaml", "v1alpha4", "v1alpha4"),
    ] {
        let there = folder.smi(&format!("convert --force --to-version {new} {file}"));
        folder.write("new.yaml", &there.stdout);
        assert_eq!(meaning("new.yaml"), meaning(file));
        let back = folder.smi(&format!("convert --force --to-version {old} new.yaml"));
        folder.write("back.yaml", &back.stdout);
        assert_eq!(meaning("back.yaml"), meaning(file));
        assert!(!back.stdout.contains("smi-conversion"), "{back}");
    }
    let run = folder.smi("convert bindings.yaml");
    assert_eq!((run.status, run.stdout.as_str()), (0, BINDINGS));
}

#[test]
fn a_body_where_its_version_does_not_have_it_is_never_dropped() {
    let osm = "apiVersion: access.smi-spec.io/v1alpha1\nkind: TrafficTarget\nmetadata: {name: a}\n\
               spec: {destination: {kind: ServiceAccount, name: b}}\n";
    let run = folder(&[("osm.yaml", osm)]).smi("convert osm.yaml");
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("help: write destination, specs and sources at the root"), "{run}");
    let empty = "apiVersion: specs.smi-spec.io/v1alpha2
kind: HTTPRouteGroup
metadata: {name: a}
spec: {}
";
    assert_eq!(folder(&[("empty.yaml", empty)]).smi("convert empty.yaml").status, 0);
}

#[test]
fn lists_of_an_api_server() {
    let list = "# All of them.\napiVersion: access.smi-spec.io/v1alpha2\nkind: TrafficTargetList\nmetadata: {resourceVersion: '7'}\nitems:\n\
                - metadata: {name: a} # the first\n  spec: {destination: {kind: ServiceAccount, name: a, port: 80}, rules: [{kind: HTTPRouteGroup, name: r}]}\n\
                - metadata: {name: b}\n  spec: {destination: {kind: ServiceAccount, name: b}}\n";
    let folder = folder(&[("list.yaml", list)]);
    assert_snapshot!("access_list", folder.smi("convert --materialize list.yaml"));
    let same = folder.smi("convert --to-version v1alpha2 list.yaml");
    assert_eq!(
        same.to_string(),
        format!(
            "--- stdout ---\n{}\n--- stderr ---\n0 objects converted to v1alpha2, 2 unchanged\nexit status: 0\n",
            list.trim_end()
        )
    );
    let json = folder.smi("convert --to-version v1alpha2 -o json -q list.yaml");
    assert_eq!(json.stdout.matches(r#""kind": "TrafficTarget""#).count(), 2, "{json}");
    let others = "apiVersion: v1\nkind: SecretList\nitems:\n- metadata: {name: a}\n";
    folder.write("others.yaml", others);
    assert_eq!(folder.smi("convert others.yaml").stdout, others);
}

#[test]
fn lists_in_lists_are_not_passed_on_unconverted() {
    let list = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items:\n  \
                - {apiVersion: access.smi-spec.io/v1alpha3, kind: TrafficTarget, metadata: {name: a}}\n";
    let run = folder(&[("list.yaml", list)]).smi("convert list.yaml");
    assert_eq!((run.status, run.stderr.matches("SMI-READ-10").count()), (2, 1), "{run}");
    assert!(!run.stdout.contains("TrafficTarget"), "{run}");
}

#[test]
fn objects_where_nobody_looks_for_them_are_not_passed_on_unconverted() {
    let object = "{apiVersion: access.smi-spec.io/v1alpha3, kind: TrafficTarget, metadata: {name: a}}";
    let template = "apiVersion: template.openshift.io/v1\nkind: Template\nobjects:\n";
    for before in ["", template, "apiVersion: v1\nkind: List\nitems:\n- "] {
        let run = folder(&[("list.yaml", &format!("{before}- {object}\n"))]).smi("convert list.yaml");
        assert_eq!((run.status, run.stderr.matches("SMI-READ-11").count()), (2, 1), "{before}: {run}");
        assert!(run.stderr.contains("effect: the object is left out of the output"), "{run}");
        assert!(!run.stdout.contains("TrafficTarget"), "{run}");
    }
}

#[test]
fn metrics_pass_through() {
    let metrics =
        "apiVersion: metrics.smi-spec.io/v1alpha1\nkind: TrafficMetrics\nresource: {kind: Pod, name: a}\n";
    let run = folder(&[("metrics.yaml", metrics)]).smi("convert --to-version v1alpha2 metrics.yaml");
    assert_eq!((run.status, run.stdout.as_str()), (0, metrics));
    assert!(run.stderr.contains("info[SMI-CONV-UNCONVERTED]: TrafficMetrics is not converted"), "{run}");
}
