//! The crate stays light: without features serde and serde_json, and what they bring; with `kube` no client.
// Helpers of tests are tests: `unwrap` says at the right line what failed.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::process::Command;

/// `name version` of every crate that a program gets with these features, this one included.
fn crates(features: &str) -> BTreeSet<String> {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "-p", "smi-types", "-e", "normal,build", "--features", features])
        .args(["--prefix", "none", "--format", "{p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let text = String::from_utf8(tree.stdout).unwrap();
    let name = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let crates: BTreeSet<String> = text.lines().filter(|line| !line.is_empty()).map(name).collect();
    assert!(crates.iter().any(|name| name.starts_with("smi-types ")), "{crates:?}");
    crates
}

#[test]
fn at_most_twelve_crates_without_features() {
    let crates = crates("");
    assert!(crates.len() <= 12, "{} crates: {crates:?}", crates.len());
}

#[test]
fn no_client_with_kube() {
    let crates = crates("kube");
    assert!(crates.len() <= 45, "{} crates: {crates:?}", crates.len());
    for client in ["kube-client ", "kube-runtime ", "tokio ", "hyper ", "rustls ", "tower "] {
        assert!(!crates.iter().any(|name| name.starts_with(client)), "{client}");
    }
    assert!(crates.iter().any(|name| name.starts_with("kube-core ")));
}
