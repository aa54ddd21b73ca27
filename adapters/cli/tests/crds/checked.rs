//! `smi crds --check`.

use std::fmt::Write;

use insta::assert_snapshot;
use serde_json::{Value, json};
use smi_types::Kind;
use smi_types::crd::{Serving, definition};

use crate::run::{Folder, Run};
use crate::upstream;

/// Every upstream set, one line a finding.
#[test]
fn upstream_sets() {
    let Some(folder) = upstream::folder() else { return };
    for set in upstream::sets(&folder) {
        let mut command = crate::run::smi();
        command.current_dir(&folder).args(["crds", "--check", &set, "--report", "json", "-"]);
        let run = Run::of(command.output().unwrap());
        let mut text = String::new();
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        for finding in report["diagnostics"].as_array().unwrap() {
            let word = |key: &str| finding[key].as_str().unwrap_or_default();
            let place = format!("{}:{}", word("file"), finding["line"]);
            let (severity, code) = (word("severity"), word("code"));
            writeln!(text, "{severity}[{code}] {place}\n  {}\n  {}", word("message"), word("effect"))
                .unwrap();
        }
        let summary = run.stderr.lines().last().unwrap();
        assert_snapshot!(
            format!("upstream_{set}"),
            format!("{text}\n{summary}\nexit status: {}", run.status)
        );
    }
}

fn ours(kind: Kind) -> Value {
    definition(kind, &Serving::OneVersion).unwrap()
}

fn check(definition: &Value) -> Run {
    let folder = Folder::new();
    folder.write("crd.json", &serde_json::to_string_pretty(definition).unwrap());
    folder.smi("crds --check crd.json")
}

#[test]
fn ours_lack_nothing() {
    let folder = Folder::new();
    let webhook = folder.smi("crds --conversion-webhook smi/webhook").stdout;
    folder.write("every.yaml", &webhook);
    let run = folder.smi("crds --check every.yaml -q --fail-on warning");
    assert_eq!(run.to_string(), "exit status: 0\n");
    folder.write("one.yaml", &folder.smi("crds --one-version").stdout);
    assert_snapshot!(folder.smi("crds --check one.yaml"));
}

/// Both forms of lists that come from a cluster, and what `jq .items` leaves of them.
#[test]
fn lists_are_checked_one_by_one() {
    let folder = Folder::new();
    let list = folder.smi("crds -o json").stdout;
    let run = folder.smi_with_input("crds --check -", list.as_bytes());
    assert!(run.stderr.ends_with("6 definitions checked: a controller misses nothing\n"), "{run}");

    let mut list: Value = serde_json::from_str(&list).unwrap();
    let run = folder.smi_with_input("crds --check -", list["items"].to_string().as_bytes());
    assert!(run.stderr.ends_with("6 definitions checked: a controller misses nothing\n"), "{run}");
    list["apiVersion"] = "apiextensions.k8s.io/v1".into();
    list["kind"] = "CustomResourceDefinitionList".into();
    for item in list["items"].as_array_mut().unwrap() {
        let item = item.as_object_mut().unwrap();
        item.remove("apiVersion");
        item.remove("kind");
    }
    let run = folder.smi_with_input("crds --check -", list.to_string().as_bytes());
    assert!(run.stderr.ends_with("6 definitions checked: a controller misses nothing\n"), "{run}");
}

#[test]
fn what_is_no_definition_is_skipped() {
    let folder = Folder::new();
    folder.write("a.yaml", "kind: Service\napiVersion: v1\nmetadata: {name: a}\n");
    let foreign = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: tcproutes.gateway.networking.k8s.io}\n\
                   spec: {group: gateway.networking.k8s.io, names: {kind: TCPRoute, plural: tcproutes}, versions: []}\n";
    folder.write("b.yaml", foreign);
    assert_snapshot!(folder.smi("crds --check a.yaml b.yaml"));
}

#[test]
fn what_cannot_be_read_is_told() {
    let folder = Folder::new();
    folder.write("chart.yaml", "kind: CustomResourceDefinition\nmetadata: {{ .Values.x }}\n---\na: [\n");
    let run = folder.smi("crds --check chart.yaml");
    assert_eq!(run.status, 2, "{run}");
    assert!(run.stderr.contains("error[SMI-READ-1]"), "{run}");
    assert_eq!(folder.smi("crds --check nowhere.yaml").status, 3);
}

/// What a controller would miss without any status.
#[test]
fn fields_that_get_lost() {
    let mut split = ours(Kind::TrafficSplit);
    let version = &mut split["spec"]["versions"][0];
    let spec = &mut version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"];
    spec.as_object_mut().unwrap().remove("matches");
    version["schema"]["openAPIV3Schema"]["properties"]["status"] = json!({"type": "object"});
    assert_snapshot!(check(&split));

    // Where nothing is dropped, nothing gets lost.
    split["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["x-kubernetes-preserve-unknown-fields"] =
        true.into();
    assert!(
        check(&split).stderr.contains("spec.matches of TrafficSplit v1alpha4 is dropped"),
        "only the root is open"
    );
    split["spec"]["preserveUnknownFields"] = true.into();
    let run = check(&split);
    assert!(!run.stderr.contains("DROPPED") && !run.stderr.contains("STATUS"), "{run}");
}

#[test]
fn stricter_schemas() {
    let mut target = ours(Kind::TrafficTarget);
    let spec = &mut target["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"];
    spec["required"] = json!(["destination", "owner"]);
    let fields = &mut spec["properties"];
    fields["rules"]["items"]["properties"]["kind"]["enum"] = json!(["HTTPRouteGroup", "TCPRoute"]);
    fields["sources"]["minItems"] = 1.into();
    fields["sources"]["maxItems"] = 16.into();
    fields["sources"]["items"]["properties"]["kind"]["enum"] =
        json!(["ServiceAccount", "IdentityBinding", "User"]);
    fields["rules"]["items"]["properties"]["matches"]["x-kubernetes-list-type"] = "set".into();
    assert_snapshot!(check(&target));
}

#[test]
fn conversion() {
    let mut text = String::new();
    for (kind, versions) in [
        (Kind::TrafficSplit, &["v1alpha2", "v1alpha4"][..]),
        (Kind::TrafficSplit, &["v1alpha3", "v1alpha4"]),
        (Kind::TrafficTarget, &["v1alpha1", "v1alpha2"]),
        (Kind::TrafficTarget, &["v1alpha2", "v1alpha3"]),
        (Kind::TrafficTarget, &["v1alpha3", "v1alpha4"]),
        (Kind::HTTPRouteGroup, &["v1alpha1", "v1alpha2"]),
        (Kind::HTTPRouteGroup, &["v1alpha2", "v1alpha3"]),
        (Kind::TCPRoute, &["v1alpha1", "v1alpha3"]),
        (Kind::TCPRoute, &["v1alpha3", "v1alpha4"]),
    ] {
        let mut crd = every_version(kind);
        crd["spec"]["conversion"] = json!({"strategy": "None"});
        for version in crd["spec"]["versions"].as_array_mut().unwrap() {
            version["served"] = versions.contains(&version["name"].as_str().unwrap()).into();
            version["storage"] = (version["name"] == versions[1]).into();
        }
        let run = check(&crd);
        let effect = run.stderr.split("error[SMI-CRD-CONVERSION]: ").nth(1);
        let effect = effect.and_then(|text| text.lines().find_map(|line| line.split_once("effect: ")));
        let effect = effect.map_or("nothing goes wrong", |(_, effect)| effect);
        writeln!(text, "{kind} {}: {effect}", versions.join(", ")).unwrap();
    }
    assert_snapshot!(text);
}

/// Objects that were stored long ago are converted as well.
#[test]
fn versions_that_are_only_stored() {
    let mut split = every_version(Kind::TrafficSplit);
    split["spec"]["conversion"] = json!({"strategy": "None"});
    for version in split["spec"]["versions"].as_array_mut().unwrap() {
        version["served"] = (version["name"] == "v1alpha4").into();
    }
    assert!(!check(&split).stderr.contains("SMI-CRD-CONVERSION"));
    split["status"]["storedVersions"] = json!(["v1alpha1", "v1alpha4"]);
    let run = check(&split);
    assert!(run.stderr.contains("nothing converts between TrafficSplit v1alpha1 and v1alpha4"), "{run}");
    assert!(run.stderr.contains("objects are stored in v1alpha1\n"), "{run}");
}

fn every_version(kind: Kind) -> Value {
    let folder = Folder::new();
    let list = folder.smi("crds --conversion-webhook smi/webhook --old-tcp-routes -o json").stdout;
    let list: Value = serde_json::from_str(&list).unwrap();
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|crd| crd["spec"]["names"]["kind"] == kind.as_str())
        .unwrap()
        .clone()
}

#[test]
fn webhooks_of_others() {
    let mut split = every_version(Kind::TrafficSplit);
    split["spec"]["conversion"]["webhook"]["clientConfig"]["service"] =
        json!({"namespace": "osm-system", "name": "osm-bootstrap"});
    let run = check(&split);
    assert!(
        run.stderr
            .contains("the Service \"osm-system/osm-bootstrap\" converts between versions of TrafficSplit"),
        "{run}"
    );
}

#[test]
fn definitions_of_no_kind() {
    let mut text = String::new();
    for (group, kind) in [
        ("spec.smi-spec.io", "HTTPRouteGroup"),
        ("split.smi-spec.io", "TrafficTarget"),
        ("access.smi-spec.io", "ClusterTrafficTarget"),
        ("metrics.smi-spec.io", "TrafficMetrics"),
        ("smi-spec.io", "MeshPolicy"),
    ] {
        let mut crd = ours(Kind::TrafficSplit);
        crd["spec"]["group"] = group.into();
        crd["spec"]["names"]["kind"] = kind.into();
        let run = check(&crd);
        let finding = run.stderr.split("\n\n").next().unwrap();
        writeln!(text, "{group} {kind}\n{finding}\n").unwrap();
    }
    assert_snapshot!(text);
}

#[test]
fn definitions_under_another_address() {
    let mut split = ours(Kind::TrafficSplit);
    split["spec"]["scope"] = "Cluster".into();
    let run = check(&split);
    assert!(run.stderr.contains("the scope of TrafficSplit is \"Cluster\", and not Namespaced"), "{run}");
    split["spec"]["scope"] = "Namespaced".into();
    split["spec"]["names"]["plural"] = "splits".into();
    split["spec"]["versions"][0]["name"] = "v1".into();
    assert_snapshot!(check(&split));
}

/// Whatever stands in a definition, there is an answer, and soon.
#[test]
fn hostile_definitions() {
    let split = ours(Kind::TrafficSplit);
    let kinds = [
        json!(null),
        json!(5),
        json!("x"),
        json!([]),
        json!([[]]),
        json!({}),
        json!({"a": [1]}),
        json!(true),
    ];
    for pointer in pointers(&split, String::new()) {
        for value in &kinds {
            let mut crd = split.clone();
            *crd.pointer_mut(&pointer).unwrap() = value.clone();
            drop(smi_types::crd::check(&crd));
        }
    }
    let names: Vec<String> = (0..100_000).map(|name| format!("field{name}")).collect();
    let mut crd = split.clone();
    crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]["required"] = json!(names);
    assert!(smi_types::crd::check(&crd).unwrap().findings.len() < 300);
    crd["spec"]["versions"] = (0..200).map(|_| crd["spec"]["versions"][0].clone()).collect();
    assert!(smi_types::crd::check(&crd).unwrap().findings.len() < 300);

    let folder = Folder::new();
    let deep =
        format!("kind: CustomResourceDefinition\nspec: {}{}\n", "[".repeat(20_000), "]".repeat(20_000));
    folder.write("deep.yaml", &deep);
    let mut bomb = "kind: CustomResourceDefinition\na0: &a0 [x]\n".to_owned();
    for level in 1..20 {
        let items = vec![format!("*a{}", level - 1); 10].join(", ");
        writeln!(bomb, "a{level}: &a{level} [{items}]").unwrap();
    }
    folder.write("bomb.yaml", &bomb);
    folder.write(
        "item.yaml",
        "kind: CustomResourceDefinitionList\napiVersion: x\nitems: [5, null, [a], {kind: 7}]\n",
    );
    let run = folder.smi("crds --check deep.yaml bomb.yaml item.yaml");
    assert_eq!(run.status, 2, "{run}");
    assert_eq!(run.stderr.matches("error[SMI-READ-2]").count(), 2, "{run}");
}

/// Where everything in a value stands.
fn pointers(value: &Value, at: String) -> Vec<String> {
    let below: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(key, value)| (format!("{at}/{key}"), value)).collect(),
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, item)| (format!("{at}/{index}"), item)).collect()
        }
        _ => Vec::new(),
    };
    let below = below.into_iter().flat_map(|(at, value)| pointers(value, at));
    std::iter::once(at.clone()).chain(below.collect::<Vec<_>>()).collect()
}
