//! Help, errors of usage, input that cannot be read.

use insta::assert_snapshot;

use crate::run::Folder;
use crate::{SHOP, folder};

#[test]
fn help() {
    let folder = Folder::new();
    for command in ["", "translate", "lint", "convert", "decide", "explain", "capabilities", "completions"] {
        let run = folder.smi(&format!("{command} --help"));
        assert_eq!((run.status, run.stderr.as_str()), (0, ""));
        assert_snapshot!(format!("help_{command}"), run.stdout);
    }
}

#[test]
fn version() {
    let run = Folder::new().smi("--version");
    assert_eq!((run.status, run.stdout), (0, format!("smi {}\n", env!("CARGO_PKG_VERSION"))));
}

#[cfg(unix)]
#[test]
fn as_a_kubectl_plugin() {
    let folder = Folder::new();
    let plugin = folder.path("kubectl-smi");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_smi"), &plugin).unwrap();
    let output = std::process::Command::new(plugin).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(help.contains("Usage: kubectl smi [OPTIONS] <COMMAND>"), "{help}");
    assert!(help.contains("  kubectl smi translate --to istio manifests/"), "{help}");
}

#[test]
fn errors_of_usage_exit_with_3() {
    let folder = folder(&[("shop.yaml", SHOP)]);
    let mut text = String::new();
    for line in [
        "",
        "translte",
        "translate shop.yaml",
        "translate --to istio",
        "translate --to linkerd shop.yaml",
        "translate --to istio --allow ISTIO-PROT-1 shop.yaml",
        "translate --to istio --fail-on nothing shop.yaml",
        "translate --to istio --istio-gateway public shop.yaml",
        "translate --to istio --report xml out.xml shop.yaml",
        "translate --to istio --report json",
        "translate --to istio -n Shop shop.yaml",
        "translate --to istio --output-dir a --check b shop.yaml",
        "convert --to-version v2 shop.yaml",
        "decide shop.yaml",
        "decide shop.yaml --host shop/website --header x",
        "decide - --requests -",
        "completions klingon",
    ] {
        let run = folder.smi(line);
        assert_eq!((run.status, run.stdout.as_str()), (3, ""), "{line}: {run}");
        text.push_str(&format!("$ smi {line}\n{}\n", run.stderr));
    }
    assert_snapshot!(text);
}

#[test]
fn unreadable_input_exits_with_3() {
    let folder = folder(&[("shop.yaml", SHOP), ("empty/notes.txt", "")]);
    let mut text = String::new();
    for line in [
        "lint nowhere.yaml",
        "lint shop.yaml nowhere/",
        "lint shop.yaml/deeper",
        "lint empty",
        "decide shop.yaml --requests nowhere.jsonl",
        "lint shop.yaml --report json nowhere/out.json",
    ] {
        let run = folder.smi(line);
        assert_eq!((run.status, run.stdout.as_str()), (3, ""), "{line}: {run}");
        text.push_str(&format!("$ smi {line}\n{}\n", run.stderr));
    }
    assert_snapshot!(text);
}
