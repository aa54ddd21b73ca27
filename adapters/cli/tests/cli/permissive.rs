//! Source profiles, and permissive mode: it is asked for, never guessed.

use insta::assert_snapshot;

use crate::{ACCESS, SHOP, folder};

#[test]
fn permissive_mode_is_asked_for() {
    let folder = folder(&[("access.yaml", ACCESS), ("shop.yaml", SHOP)]);
    let mut text = String::new();
    for line in [
        "translate --to istio --profile osm access.yaml",
        "explain --profile fsm access.yaml",
        "lint --to istio --profile osm access.yaml",
        "translate --to istio --osm-permissive true access.yaml",
        "translate --to istio --profile nginx --osm-permissive false access.yaml",
        "translate --to istio --profile osm --osm-permissive true --access-scope namespaces access.yaml",
    ] {
        let run = folder.smi(line);
        assert_eq!((run.status, run.stdout.as_str()), (3, ""), "{line}: {run}");
        text.push_str(&format!("$ smi {line}\n{}\n", run.stderr));
    }
    assert_snapshot!(text);
    for line in [
        "translate --to istio --profile osm shop.yaml",
        "lint --profile osm access.yaml",
        "translate --to istio --profile osm --access-scope off access.yaml",
        "translate --to istio --profile osm --osm-permissive false access.yaml",
        "decide --profile osm access.yaml --to default/api-service --port 8080",
    ] {
        let run = folder.smi(line);
        assert_eq!(run.status, 0, "{line}: {run}");
    }
}

#[test]
fn in_permissive_mode_targets_have_no_effect() {
    let folder = folder(&[("access.yaml", ACCESS)]);
    let run = folder.smi("translate --to istio --profile osm --osm-permissive true access.yaml");
    assert_snapshot!("targets_without_effect", run);
    let run = folder.smi("explain --profile osm --osm-permissive true access.yaml");
    assert_snapshot!("targets_without_effect_explained", run);
}

#[test]
fn a_profile_reads_as_its_mesh_did_and_other_options_win() {
    let folder = folder(&[("access.yaml", ACCESS)]);
    let allowed = |options: &str| {
        let question =
            "--from default/website-service --to default/api-service --port 8080 --path /apix -o json";
        folder.smi(&format!("decide access.yaml {question} {options}")).stdout.contains("\"allow\"")
    };
    assert!(allowed("") && allowed("--profile traefik"));
    assert!(!allowed("--profile osm") && !allowed("--path-anchoring full"));
    assert!(allowed("--profile osm --path-anchoring start"));
}
