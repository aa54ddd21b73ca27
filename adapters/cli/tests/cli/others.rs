//! The small commands.

use std::fs;
use std::io::Write;
use std::process::Stdio;

use serde_json::Value;

use crate::run::{Folder, smi};
use crate::{SHOP, folder};

#[test]
fn capabilities() {
    let folder = Folder::new();
    let text = folder.smi("capabilities");
    assert!(text.stdout.starts_with("istio\n  TrafficSplit weights "), "{text}");
    assert!(text.stdout.contains("\n\nlinkerd\n  TrafficSplit weights "), "{text}");
    for mesh in ["istio", "linkerd"] {
        let run = folder.smi(&format!("capabilities --to {mesh} -o json"));
        let json: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((&json[0]["mesh"], json.as_array().unwrap().len()), (&mesh.into(), 1));
        assert_eq!(json[0]["capabilities"][0]["support"], "exact");
    }
}

#[test]
fn completions() {
    let folder = Folder::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = folder.smi(&format!("completions {shell}"));
        for word in ["translate", "linkerd-probe-path"] {
            assert!(run.status == 0 && run.stdout.contains(word), "{shell}: {run}");
        }
    }
}

#[test]
fn requests_can_come_while_manifests_are_read() {
    // Standard input is read to its end only once, by whoever was told to.
    let folder = folder(&[("shop.yaml", SHOP)]);
    let mut child = folder
        .command("decide shop.yaml --requests - -q")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"{\"host\":\"shop/website\",\"port\":80}").unwrap();
    assert!(child.wait_with_output().unwrap().status.success());
}

#[test]
fn nothing_changes_in_the_input() {
    let folder = folder(&[("shop.yaml", SHOP)]);
    folder.smi("translate --to istio --output-dir out shop.yaml");
    assert_eq!(fs::read_to_string(folder.path("shop.yaml")).unwrap(), SHOP);
    assert_eq!(smi().arg("--version").status().unwrap().code(), Some(0));
}
