//! The laws of `smi_tests::fuzz`, on generated input and on every input that a fuzzer once broke one with.
//!
//! `fuzz/run` lets libFuzzer look for more; what it finds is kept under `fuzz/regressions/TARGET/`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proptest::prelude::*;
use smi_tests::fuzz::{self, TARGETS};

fn folder(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(below)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry of a folder").path()).collect();
    paths.sort();
    paths
}

fn stems(folder: &Path) -> BTreeSet<String> {
    let stem = |path: PathBuf| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    entries(folder).into_iter().filter_map(stem).collect()
}

#[test]
fn every_body_has_a_target() {
    let names: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(stems(&folder("fuzz/targets")), names);
    assert_eq!(stems(&folder("fuzz/regressions")), names);
}

#[test]
fn what_once_broke_a_law_does_not_any_more() {
    for target in TARGETS {
        for path in entries(&folder("fuzz/regressions").join(target.name)) {
            let input = fs::read(&path).expect("a regression can be read");
            let outcome = std::panic::catch_unwind(|| (target.body)(&input));
            assert!(outcome.is_ok(), "{} breaks a law of {}", path.display(), target.name);
        }
    }
}

/// The inputs of all scenarios: what a fuzzer starts from.
static SEEDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let inputs = entries(&folder("fixtures")).into_iter().map(|scenario| scenario.join("input.yaml"));
    inputs.filter_map(|path| fs::read_to_string(path).ok()).filter(|text| text.len() < 4000).collect()
});

/// Bytes for choices, whichever the body makes of them.
fn choices() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..200).prop_map(|mut bytes| {
        bytes.insert(0, 1);
        bytes
    })
}

/// What means something to a reader of YAML.
const WORDS: [&str; 18] = [
    "---\n", "\t", "- ", ": ", "{", "]", "&a ", "*a", "<<: ", "|\n", "\"", "\u{feff}", "é", "\0", "0",
    "null", "...\n", "items",
];

/// A scenario after a few accidents.
fn accident() -> impl Strategy<Value = Vec<u8>> {
    let change =
        (any::<prop::sample::Index>(), any::<prop::sample::Index>(), prop::sample::select(&WORDS[..]), 0..4);
    (any::<prop::sample::Index>(), prop::collection::vec(change, 0..5)).prop_map(|(seed, changes)| {
        let mut bytes = seed.get(&SEEDS[..]).clone().into_bytes();
        for (from, to, word, change) in changes {
            let (from, to) = (from.index(bytes.len() + 1), to.index(bytes.len() + 1));
            let part = from.min(to)..from.max(to).min(from.min(to) + 80);
            match change {
                0 => drop(bytes.drain(part)),
                1 => {
                    let copy = bytes[part].to_vec();
                    bytes.splice(to..to, copy);
                }
                2 => drop(bytes.splice(from..from, word.bytes())),
                _ => drop(bytes.splice(part.start..(part.start + 1).min(bytes.len()), word.bytes())),
            }
        }
        bytes
    })
}

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn conversion(data in choices()) {
        fuzz::conversion(&data);
    }

    #[test]
    fn validation(data in choices()) {
        fuzz::validation(&data);
    }

    #[test]
    fn review(data in choices()) {
        fuzz::review(&data);
    }

    #[test]
    fn definition(data in choices()) {
        fuzz::definition(&data);
    }

    #[test]
    fn quantity(text in "([-+]?[0-9]{0,20}(\\.[0-9]{0,12})?([numkMGTPE]|[KMGTPE]i|[eE][-+]?[0-9]{1,3}|\\PC)? ?){1,5}") {
        fuzz::quantity(text.as_bytes());
    }
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn text_of_objects(data in accident()) {
        fuzz::conversion(&data);
        fuzz::validation(&data);
        fuzz::review(&data);
        fuzz::definition(&data);
    }

    #[test]
    fn manifests(data in accident()) {
        fuzz::manifests(&data);
    }

    #[test]
    fn patterns_of_known_meaning(data in choices()) {
        fuzz::pattern(&data);
    }

    #[test]
    fn patterns(text in "([a-c/.*+?()|^$\\[\\]{}\\\\\\-0-3é]|\\[\\^?[a-c/-]{1,3}\\]|\\\\[dsbQEAz.]|\\(\\?[imsU-]{1,2}[:)]|\\{[0-3](,[0-3]?)?\\}|\n){0,24}") {
        fuzz::pattern(text.as_bytes());
    }
}
