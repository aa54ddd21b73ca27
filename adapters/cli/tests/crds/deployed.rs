//! The definitions in `deploy/crds` are those that `smi crds` prints.

use std::fs;
use std::path::{Path, PathBuf};

use crate::run::Folder;

/// The folders, and how each is made.
const SETS: [(&str, &str); 2] =
    [("", "crds --conversion-webhook smi-system/smi-webhook"), ("one-version", "crds --one-version")];

const COMMAND: &str = "UPDATE_CRDS=1 cargo test -p smi-cli --test crds deployed";

#[test]
fn deployed_definitions_are_up_to_date() {
    for (name, command) in SETS {
        let deployed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/crds").join(name);
        let folder = Folder::new();
        let run = folder.smi(&format!("{command} --output-dir made"));
        assert_eq!(run.status, 0, "{run}");
        let made = folder.list("made");
        assert_eq!(made.len(), 6);
        if std::env::var_os("UPDATE_CRDS").is_some_and(|value| value == "1") {
            update(&folder, &made, &deployed);
        }
        assert_eq!(definitions(&deployed), made, "{} holds other files: {COMMAND}", deployed.display());
        for name in made {
            let path = deployed.join(&name);
            let is_same = fs::read_to_string(&path).unwrap() == folder.read(&format!("made/{name}"));
            assert!(is_same, "{} is out of date: {COMMAND}", path.display());
        }
    }
}

fn update(folder: &Folder, made: &[String], deployed: &Path) {
    fs::create_dir_all(deployed).unwrap();
    for stale in definitions(deployed).iter().filter(|name| !made.contains(name)) {
        fs::remove_file(deployed.join(stale)).unwrap();
    }
    for name in made {
        fs::write(deployed.join(name), folder.read(&format!("made/{name}"))).unwrap();
    }
}

/// Names of the definitions in a folder, sorted.
fn definitions(folder: &Path) -> Vec<String> {
    let paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    let is_yaml = |path: &&PathBuf| path.extension().is_some_and(|extension| extension == "yaml");
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    let mut names: Vec<String> = paths.iter().filter(is_yaml).map(name).collect();
    names.sort();
    names
}
