//! What findings look like.

use insta::assert_snapshot;
use serde_json::Value;

use crate::{ACCESS, BROKEN, SHOP, folder};

#[test]
fn colours_only_where_they_are_wanted() {
    let folder = folder(&[("broken.yaml", BROKEN)]);
    let colored = |line: &str, variables: &[(&str, &str)]| {
        let mut command = folder.command(line);
        command.envs(variables.iter().copied());
        String::from_utf8(command.output().unwrap().stderr).unwrap().contains('\u{1b}')
    };
    assert!(!colored("lint broken.yaml", &[]));
    assert!(colored("lint --color always broken.yaml", &[("NO_COLOR", "1")]));
    assert!(colored("lint broken.yaml", &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored("lint broken.yaml", &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!colored("lint --color never broken.yaml", &[("CLICOLOR_FORCE", "1")]));
}

#[test]
fn names_cannot_move_the_cursor() {
    let text = "apiVersion: split.smi-spec.io/v1alpha4\nkind: TrafficSplit\nmetadata: {name: \"\\e[2Ja\"}\nspec: {}\n";
    let run = folder(&[("evil.yaml", text)]).smi("explain evil.yaml");
    assert!(!run.stderr.contains('\u{1b}') && !run.stdout.contains('\u{1b}'), "{run}");
}

#[test]
fn long_lines_are_shown_in_part() {
    let mut split: Value = serde_json::json!({
        "apiVersion": "split.smi-spec.io/v1alpha4", "kind": "TrafficSplit", "metadata": {"name": "long"},
        "spec": {"service": "web", "backends": [{"service": "web-v1", "weight": -1}]},
    });
    split["metadata"]["annotations"]["note"] = "x".repeat(100_000).into();
    let run = folder(&[("long.json", &split.to_string())]).smi("lint long.json");
    assert!(run.stderr.len() < 5_000, "{}", run.stderr.len());
    assert_snapshot!(run);
}

#[test]
fn columns_count_characters_in_every_form() {
    let text = "apiVersion: split.smi-spec.io/v1alpha4\r\nkind: TrafficSplit\r\nmetadata: {name: x}\r\n\
                spec: {service: web,\tbackends: [{service: \"日本\", weight: 1}]}\r\n";
    let folder = folder(&[("wide.yaml", text)]);
    let run = folder.smi("lint --report json out.json wide.yaml");
    let report: Value = serde_json::from_str(&folder.read("out.json")).unwrap();
    let places: Vec<String> = report["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|diagnostic| diagnostic["severity"] == "error")
        .map(|diagnostic| format!(" --> wide.yaml:{}:{}\n", diagnostic["line"], diagnostic["column"]))
        .collect();
    assert_eq!(places, [" --> wide.yaml:4:43\n"]);
    assert!(places.iter().all(|place| run.stderr.contains(place)), "{run}");
}

#[test]
fn file_names_cannot_move_the_cursor() {
    let evil = "a\u{1b}[2J\nerror.yaml";
    let folder = folder(&[(evil, BROKEN)]);
    let run = |command: &str, options: &[&str]| {
        let output = folder.command(command).arg(evil).args(options).output().unwrap();
        let text = output.stdout.into_iter().chain(output.stderr).collect();
        String::from_utf8(text).unwrap()
    };
    for (command, options) in [
        ("lint", &[][..]),
        ("explain", &[]),
        ("lint", &["--report", "json", evil]),
        ("lint", &["gone\u{1b}[2J.yaml"]),
        ("translate --to istio --check", &["."]),
        ("translate --to istio --output-dir", &["."]),
    ] {
        let text = run(command, options);
        assert!(!text.contains('\u{1b}'), "{command}: {text:?}");
    }
    assert!(run("lint", &[]).contains(" --> a\\u{1b}[2J\\nerror.yaml:"), "{}", run("lint", &[]));
}

#[test]
fn old_versions_share_one_line() {
    let old = |name: &str| {
        SHOP.split("---").next().unwrap().replace("v1alpha4", "v1alpha2").replace("canary", name)
    };
    let folder = folder(&[("one.yaml", &old("a")), ("two.yaml", &format!("{}---\n{}", old("b"), old("c")))]);
    let one = folder.smi("lint one.yaml");
    assert!(
        one.stderr.contains("warning[SMI-VAL-4]: v1alpha2 of TrafficSplit is deprecated\n --> one.yaml:1:13"),
        "{one}"
    );
    let two = folder.smi("lint two.yaml");
    let line =
        "warning[SMI-VAL-4]: 2 objects have deprecated versions, and work as they are (-v shows each)\n";
    assert!(two.stderr.contains(line) && two.stderr.matches("[SMI-VAL-4]").count() == 1, "{two}");
    assert_eq!(folder.smi("lint -v two.yaml").stderr.matches("[SMI-VAL-4]").count(), 2);
}

#[test]
fn a_finding_without_a_place_has_no_gutter() {
    let folder = folder(&[("access.yaml", ACCESS)]);
    for options in ["", " --color always"] {
        let run = folder.smi(&format!("lint --access-scope off access.yaml{options}"));
        let mut lines = run.stderr.lines().skip_while(|line| !line.contains("SMI-ACCESS-26")).skip(1);
        assert!(lines.next().unwrap().contains("effect"), "{run}");
    }
}
