//! Without features the crate stays light: serde and serde_json, and what they bring.

use std::collections::BTreeSet;
use std::process::Command;

#[test]
fn at_most_twelve_crates_without_features() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "-p", "smi-types", "-e", "normal,build", "--no-default-features"])
        .args(["--prefix", "none", "--format", "{p}"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let text = String::from_utf8(tree.stdout).unwrap();
    let name = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let crates: BTreeSet<String> = text.lines().filter(|line| !line.is_empty()).map(name).collect();
    assert!(crates.iter().any(|name| name.starts_with("smi-types ")), "{crates:?}");
    assert!(crates.len() <= 12, "{} crates: {crates:?}", crates.len());
}
