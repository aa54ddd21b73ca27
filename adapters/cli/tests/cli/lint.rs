//! `smi lint`, and reports for machines.

use insta::assert_snapshot;
use serde_json::Value;

use crate::{ACCESS, BROKEN, PODS, ROLLOUT, SHOP, TLS, folder};

#[test]
fn findings_of_all_kinds() {
    let folder = folder(&[("broken.yaml", BROKEN), ("shop.yaml", SHOP)]);
    assert_snapshot!(folder.smi("lint broken.yaml shop.yaml"));
}

#[test]
fn nothing_to_complain_about() {
    let folder = folder(&[("rollout.yaml", ROLLOUT)]);
    assert_snapshot!(folder.smi("lint --fail-on warning rollout.yaml"));
}

#[test]
fn with_a_mesh() {
    let folder = folder(&[("tls.yaml", TLS)]);
    assert_eq!(folder.smi("lint tls.yaml").status, 0);
    let run = folder.smi("lint --to istio tls.yaml");
    assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{run}");
    assert!(run.stderr.contains("ISTIO-PORT-1"), "{run}");
}

#[test]
fn reports() {
    let folder = folder(&[("broken.yaml", BROKEN)]);
    let run = folder.smi("lint --report json out.json --report sarif out.sarif broken.yaml");
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert_snapshot!("report_json", folder.read("out.json"));
    let sarif = folder.read("out.sarif");
    check_sarif(&serde_json::from_str(&sarif).unwrap());
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    assert_snapshot!("report_sarif", sarif.replace(&version, "\"version\": \"0.0.0\""));
    assert_eq!(folder.smi("lint -o json broken.yaml").stdout, folder.read("out.json"));
    assert_eq!(folder.smi("lint --report sarif - -q broken.yaml").stdout, sarif);
    let beside = folder.smi("translate --to istio --report sarif - broken.yaml");
    check_sarif(&serde_json::from_str(&beside.stderr).unwrap());
    let piped = folder.smi_with_input("lint --report sarif - -q -", BROKEN.as_bytes());
    assert!(piped.stdout.contains("\"uri\": \"stdin\""), "{piped}");
}

/// The parts of SARIF 2.1.0 that a reader relies on.
fn check_sarif(log: &Value) {
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().unwrap().ends_with("sarif-2.1.0.json"));
    let run = &log["runs"][0];
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "smi");
    let rules = driver["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert!(!results.is_empty());
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let location = &result["locations"][0]["physicalLocation"];
        assert!(!location["artifactLocation"]["uri"].as_str().unwrap().contains(' '));
        let region = &location["region"];
        let number = |key: &str| region[key].as_u64().unwrap();
        assert!(number("startLine") >= 1 && number("startColumn") >= 1);
        assert!((number("startLine"), number("startColumn")) <= (number("endLine"), number("endColumn")));
    }
    for rule in rules {
        assert!(!rule["shortDescription"]["text"].as_str().unwrap().is_empty(), "{rule}");
    }
}

#[test]
fn access() {
    let folder = folder(&[("access.yaml", ACCESS), ("pods.yaml", PODS)]);
    assert_snapshot!("access", folder.smi("lint access.yaml pods.yaml"));
}
