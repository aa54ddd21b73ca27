//! Every scenario of `fixtures/`: what is printed for it, what SMI says of its requests, what the mesh then does with them, and what
//! there is to report.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use smi_tests::fixture::{self, Answer, Expected, ExpectedAccess, Fixture, documents};
use smi_tests::istio_model::{Call, Mesh, Outcome, Port, Service};
use smi_tests::istio_view;
use smi_translate::intent::RoutingIntent;
use smi_translate::read::{Input, ReadOptions, Reader};
use smi_translate::testing::Snapshot;
use smi_translate::{
    Backend, Inventory, Severity, Translation, UnitKey, decide, resolve_access, resolve_routing, translate,
    yaml,
};

#[path = "fixtures/istio_access.rs"]
mod istio_access;

/// The meshes that scenarios are translated for: name, and how the backend is set up. A further mesh is a further line.
const MESHES: [(&str, SetUp); 1] = [("istio", istio)];

type SetUp = fn(&Fixture) -> Box<dyn Backend>;

fn istio(fixture: &Fixture) -> Box<dyn Backend> {
    Box::new(fixture.istio())
}

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
        for (mesh, set_up) in MESHES {
            let snapshot = Snapshot::with(&fixture.input, &*set_up(&fixture), fixture.options());
            insta::with_settings!({
                description => fixture.shows.as_str(),
                omit_expression => true,
                prepend_module_to_snapshot => false,
                snapshot_path => snapshots(),
                snapshot_suffix => "",
            }, {
                insta::assert_snapshot!(snapshot_name(&fixture.name, mesh), snapshot);
            });
        }
    });
}

#[test]
fn no_snapshot_is_left_of_a_scenario_that_is_gone() {
    let fixtures = Fixture::all();
    let expected: BTreeSet<String> = fixtures
        .iter()
        .flat_map(|fixture| MESHES.map(|(mesh, _)| format!("{}.snap", snapshot_name(&fixture.name, mesh))))
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
fn routing(inventory: &Inventory, key: &UnitKey) -> Option<RoutingIntent> {
    let UnitKey::Routing { namespace, root } = key else { return None };
    Some(resolve_routing(inventory, namespace, root).intent)
}

#[test]
fn requests_go_where_smi_says() {
    for_each_fixture(|fixture| {
        let inventory = fixture.inventory(&[]).inventory;
        let failure = |expected: &Expected| {
            let (shares, by) = match unit(&inventory, expected).and_then(|key| routing(&inventory, &key)) {
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
        for (mesh, set_up) in MESHES {
            let backend = set_up(fixture);
            let Input { inventory, mut diagnostics, .. } = fixture.inventory(backend.foreign_kinds());
            let translation = translate(&inventory, &*backend);
            diagnostics.extend(translation.diagnostics);
            diagnostics.retain(|diagnostic| diagnostic.severity >= Severity::Warning);
            let mut codes: Vec<&str> = diagnostics.iter().map(|diagnostic| diagnostic.code.0).collect();
            codes.sort_unstable();
            if codes != fixture.expect.diagnostics {
                failures.push(format!(
                    "{mesh}\n  expected {:?}\n  said     {codes:?}",
                    fixture.expect.diagnostics
                ));
            }
            let rendered = !translation.manifests.is_empty();
            if rendered != fixture.expect.rendered {
                failures.push(format!("{mesh}: rendered is {rendered}"));
            }
        }
        failures
    });
}

/// Decisions depend on the set of objects, never on the order in which they are read (SMI-GEN-5).
#[test]
fn the_order_of_the_input_does_not_matter() {
    for_each_fixture(|fixture| {
        let backend = istio(fixture);
        let rendered = |input: &str| {
            let mut reader =
                Reader::new(ReadOptions { foreign_kinds: backend.foreign_kinds(), ..ReadOptions::default() });
            reader.add("input.yaml", input.as_bytes());
            let translation = translate(&reader.finish(fixture.options()).inventory, &*backend);
            yaml::write_documents(&translation.manifests).expect("a rendered object is YAML")
        };
        let mut documents: Vec<&str> = fixture.input.split("\n---\n").collect();
        documents.reverse();
        let (forth, back) = (rendered(&fixture.input), rendered(&documents.join("\n---\n")));
        (forth != back).then(|| format!("forth\n{forth}back\n{back}")).into_iter().collect()
    });
}

#[test]
fn istio_does_what_smi_says() {
    let (mut through_sidecars, mut through_gateways) = (0, 0);
    let mut failures = Vec::new();
    for fixture in Fixture::all() {
        let world = match IstioWorld::new(&fixture) {
            Ok(world) => world,
            Err(refused) => {
                failures.push(format!("{}: {refused}", fixture.name));
                continue;
            }
        };
        for expected in &fixture.expect.requests {
            let ways = [
                (world.through_sidecar(expected), &mut through_sidecars),
                (world.through_gateway(expected), &mut through_gateways),
            ];
            for (way, count) in ways {
                let Some((outcome, wanted)) = way else { continue };
                *count += 1;
                if outcome != wanted {
                    failures.push(format!(
                        "{}: {expected}\n  expected {wanted}\n  Istio    {outcome}",
                        fixture.name
                    ));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} failures\n{}", failures.len(), failures.join("\n"));
    println!("{through_sidecars} requests through sidecars, {through_gateways} through gateways");
    assert!(through_gateways >= 3 && through_sidecars > 200, "{through_sidecars}, {through_gateways}");
}

/// A scenario as Istio sees it.
struct IstioWorld {
    inventory: Inventory,
    translation: Translation,
    sidecars: Mesh,
    gateways: Option<Mesh>,
}

impl IstioWorld {
    fn new(fixture: &Fixture) -> Result<IstioWorld, String> {
        let backend = istio(fixture);
        let inventory = fixture.inventory(backend.foreign_kinds()).inventory;
        let translation = translate(&inventory, &*backend);
        let value = |manifest| serde_json::to_value(manifest).expect("a rendered object is JSON");
        let objects: Vec<Value> = translation.manifests.iter().map(value).collect();
        let mut objects = istio_view::in_model_domain(&objects, &fixture.options().cluster_domain);
        objects.iter_mut().for_each(istio_view::without_quotations);
        let mut services = istio_view::services(&documents(&fixture.input));
        services.extend(fixture.assumed_services(&inventory, &services));
        services.extend(inventory.units().filter_map(|key| gateway(&key, fixture)));
        let mesh =
            |objects: &[Value]| Mesh::new(objects, &services).map_err(|refusals| refusals[0].to_string());
        let seen: Vec<Value> = objects.iter().filter_map(istio_view::at_gateway).collect();
        let gateways = if seen.is_empty() { None } else { Some(mesh(&seen)?) };
        Ok(IstioWorld { sidecars: mesh(&objects)?, gateways, inventory, translation })
    }

    /// What becomes of a request of a client in the mesh, and what should.
    fn through_sidecar(&self, expected: &Expected) -> Option<(Outcome, Outcome)> {
        let (namespace, service) = expected.service()?;
        let call = Call::new(namespace, namespace, service, expected.port, expected.payload());
        Some((self.sidecars.route(&call), self.wanted(namespace, service, expected)))
    }

    /// The same through a gateway, where an object of the unit binds to one. Only hosts and Services that are roots are known there.
    fn through_gateway(&self, expected: &Expected) -> Option<(Outcome, Outcome)> {
        // What becomes of a host that no split takes is for the gateway to know.
        let known = expected.service().is_some() || expected.by.is_some();
        let gateways = self.gateways.as_ref().filter(|_| known)?;
        let UnitKey::Routing { namespace, root } = unit(&self.inventory, expected)? else { return None };
        let mut call =
            Call::new(&namespace, &namespace, istio_view::GATEWAY, expected.port, expected.payload());
        call.caller_namespace = "a-gateway".to_owned();
        Some((gateways.route(&call), self.wanted(&namespace, &root, expected)))
    }

    /// The shares that were asked for; where the unit was refused, the root as without a split.
    fn wanted(&self, namespace: &str, root: &str, expected: &Expected) -> Outcome {
        let refused =
            unit(&self.inventory, expected).is_some_and(|key| self.translation.refused.contains(&key));
        expected.outcome("istio", (namespace, root), refused)
    }
}

/// A Service that stands for the gateways.
fn gateway(key: &UnitKey, fixture: &Fixture) -> Option<Service> {
    let UnitKey::Routing { namespace, .. } = key else { return None };
    let asked: BTreeSet<u16> = fixture.expect.requests.iter().map(|expected| expected.port).collect();
    let http = asked.iter().map(|number| Port::named(*number, "http")).collect();
    Some(Service::new(namespace, istio_view::GATEWAY, http))
}
