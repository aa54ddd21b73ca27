//! Every scenario of `fixtures/`: what is printed for it, what SMI says of its requests, what the mesh then does with them, and what
//! there is to report.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use smi_tests::fixture::{self, Answer, Expected, ExpectedAccess, Fixture};
use smi_tests::mesh::{MESHES, TestedMesh};
use smi_translate::intent::RoutingIntent;
use smi_translate::read::{ReadOptions, Reader};
use smi_translate::testing::Snapshot;
use smi_translate::{Inventory, UnitKey, decide, resolve_access, resolve_routing, translate, yaml};

#[path = "fixtures/access.rs"]
mod access;
#[path = "fixtures/installations.rs"]
mod installations;
#[path = "fixtures/openness.rs"]
mod openness;
#[path = "fixtures/routing.rs"]
mod routing;
#[path = "fixtures/world.rs"]
mod world;

fn snapshots() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots")
}

fn snapshot_name(fixture: &str, mesh: &str) -> String {
    format!("{fixture}.{mesh}")
}

#[test]
fn translations_are_the_reviewed_ones() {
    insta::glob!("../../fixtures", "*/input.yaml", |path| {
        let name = path.parent().and_then(Path::file_name).expect("each scenario has a folder");
        let fixture = Fixture::read(&name.to_string_lossy());
        for mesh in MESHES {
            let snapshot = Snapshot::with(&fixture.input, &*mesh.backend(&fixture), fixture.options());
            insta::with_settings!({
                description => fixture.shows.as_str(),
                omit_expression => true,
                prepend_module_to_snapshot => false,
                snapshot_path => snapshots(),
                snapshot_suffix => "",
            }, {
                insta::assert_snapshot!(snapshot_name(&fixture.name, mesh.name), snapshot);
            });
        }
    });
}

#[test]
fn no_snapshot_is_left_of_a_scenario_that_is_gone() {
    let fixtures = Fixture::all();
    let expected: BTreeSet<String> = fixtures
        .iter()
        .flat_map(|fixture| MESHES.map(|mesh| format!("{}.snap", snapshot_name(&fixture.name, mesh.name))))
        .collect();
    let files = fs::read_dir(snapshots()).expect("scenarios have snapshots");
    let names = files.map(|file| file.expect("a folder that was opened can be listed").file_name());
    let found: BTreeSet<String> = names
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| Path::new(name).extension().is_some_and(|extension| extension == "snap"))
        .collect();
    let stale: Vec<_> = found.difference(&expected).collect();
    assert!(stale.is_empty(), "snapshots without a scenario: {stale:?}");
    let missing: Vec<_> = expected.difference(&found).collect();
    assert!(missing.is_empty(), "scenarios without a snapshot: {missing:?}");
}

/// Folders are scenarios and hold nothing else: a file that no test reads would look like a test.
#[test]
fn scenarios_are_complete() {
    for fixture in Fixture::all() {
        let files = fs::read_dir(fixture::folder().join(&fixture.name)).expect("a scenario is a folder");
        let mut names: Vec<_> =
            files.map(|file| file.expect("a folder that was opened can be listed").file_name()).collect();
        names.sort();
        assert_eq!(names, ["expect.yaml", "input.yaml"], "{}", fixture.name);
        let asked = fixture.expect.requests.len() + fixture.expect.access.len();
        assert!(asked > 0, "{}: no request", fixture.name);
    }
}

/// Runs a check over all scenarios and reports all that fail.
fn for_each_fixture(check: impl Fn(&Fixture) -> Vec<String>) {
    let failures: Vec<String> = Fixture::all()
        .iter()
        .flat_map(|fixture| {
            check(fixture)
                .into_iter()
                .map(|failure| format!("{}: {failure}", fixture.name))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
}

/// The unit that routes a request, if any does.
fn unit(inventory: &Inventory, expected: &Expected) -> Option<UnitKey> {
    match expected.service() {
        Some((namespace, root)) => {
            Some(UnitKey::Routing { namespace: namespace.to_owned(), root: root.to_owned() })
        }
        None => inventory
            .units()
            .find(|key| matches!(key, UnitKey::Routing { root, .. } if *root == expected.host)),
    }
}

/// The intent of a unit of routing.
fn intent(inventory: &Inventory, key: &UnitKey) -> Option<RoutingIntent> {
    let UnitKey::Routing { namespace, root } = key else { return None };
    Some(resolve_routing(inventory, namespace, root).intent)
}

#[test]
fn requests_go_where_smi_says() {
    for_each_fixture(|fixture| {
        let inventory = fixture.inventory(&[]).inventory;
        let failure = |expected: &Expected| {
            let (shares, by) = match unit(&inventory, expected).and_then(|key| intent(&inventory, &key)) {
                Some(intent) => {
                    let decision = decide(&intent, &expected.request());
                    let shares = decision.shares.into_iter().map(|(name, share)| (name, share.to_string()));
                    (shares.collect(), decision.by.map(|split| split.to_string()))
                }
                None => (BTreeMap::from([(expected.host.clone(), "1/1".to_owned())]), None),
            };
            let wanted = (&expected.shares, &expected.by);
            (wanted != (&shares, &by))
                .then(|| format!("{expected}\n  expected {wanted:?}\n  decide   {:?}", (shares, by)))
        };
        fixture.expect.requests.iter().filter_map(failure).collect()
    });
}

#[test]
fn requests_are_allowed_as_smi_says() {
    for_each_fixture(|fixture| {
        let inventory = fixture.inventory(&[]).inventory;
        let trust_domain = &inventory.options().trust_domain;
        let failure = |expected: &ExpectedAccess| {
            let intent = resolve_access(&inventory, &expected.destination()).intent;
            let verdict = decide(&intent, &expected.request(trust_domain));
            let wanted = (expected.decision, expected.by.clone());
            let found = (Answer::of(verdict.allowed), verdict.by.map(|target| target.to_string()));
            let rule = expected.rule.as_deref().unwrap_or(verdict.rule);
            (wanted != found || rule != verdict.rule).then(|| {
                format!("{expected}\n  expected {wanted:?} {rule}\n  decide   {found:?} {}", verdict.rule)
            })
        };
        fixture.expect.access.iter().filter_map(failure).collect()
    });
}

#[test]
fn what_there_is_to_say_is_said() {
    for_each_fixture(|fixture| {
        let mut failures = Vec::new();
        for mesh in MESHES {
            let translated = fixture.translated(&*mesh.backend(fixture));
            let (expected, said) = (fixture.expect.diagnostics(mesh.name), translated.codes());
            if said != expected {
                failures.push(format!("{}\n  expected {expected:?}\n  said     {said:?}", mesh.name));
            }
            let rendered = !translated.translation.manifests.is_empty();
            if rendered != fixture.expect.rendered(mesh.name) {
                failures.push(format!("{}: rendered is {rendered}", mesh.name));
            }
        }
        failures
    });
}

/// What is expected of all meshes is written once, so that a further mesh costs its own differences only.
#[test]
fn what_all_meshes_have_in_common_is_written_once() {
    for_each_fixture(|fixture| {
        let expect = &fixture.expect;
        let mut failures = Vec::new();
        let all = MESHES.map(|mesh| expect.diagnostics(mesh.name));
        let count = |codes: &[&str], code: &str| codes.iter().filter(|other| **other == code).count();
        for code in all.concat().into_iter().collect::<BTreeSet<_>>() {
            let said = all.iter().map(|codes| count(codes, code)).min().unwrap_or_default();
            let written = expect.diagnostics.iter().filter(|other| **other == code).count();
            if said != written {
                failures
                    .push(format!("every mesh says {code} {said} times, and {written} times it is written"));
            }
        }
        failures
    });
}

/// Decisions depend on the set of objects, never on the order in which they are read (SMI-GEN-5).
#[test]
fn the_order_of_the_input_does_not_matter() {
    for_each_fixture(|fixture| {
        let mut documents: Vec<&str> = fixture.input.split("\n---\n").collect();
        documents.reverse();
        let reversed = documents.join("\n---\n");
        let differs = |mesh: &TestedMesh| {
            let backend = mesh.backend(fixture);
            let rendered = |input: &str| {
                let mut reader = Reader::new(ReadOptions {
                    foreign_kinds: backend.foreign_kinds(),
                    ..ReadOptions::default()
                });
                reader.add("input.yaml", input.as_bytes());
                let translation = translate(&reader.finish(fixture.options()).inventory, &*backend);
                yaml::write_documents(&translation.manifests).expect("a rendered object is YAML")
            };
            let (forth, back) = (rendered(&fixture.input), rendered(&reversed));
            (forth != back).then(|| format!("{}\nforth\n{forth}back\n{back}", mesh.name))
        };
        MESHES.iter().filter_map(differs).collect()
    });
}
