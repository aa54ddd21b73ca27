//! Real manifests, read where they lie: every file of `../shared/cases` parses or fails with a documented code, and becomes what its
//! index says.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;
use smi_tests::cases::{self, rows, text};
use smi_tests::fixture::documents;
use smi_tests::mesh::{MESHES, TestedMesh};
use smi_translate::intent::{Ports, RoutingIntent};
use smi_translate::inventory::Split;
use smi_translate::read::{Input, ReadOptions, Reader};
use smi_translate::weights::Share;
use smi_translate::{Diagnostic, Inventory, Options, Severity, Translation, resolve_routing, translate};

/// The folder of cases, or the end of the test.
macro_rules! cases_or_skip {
    ($folder:literal) => {
        match cases::folder() {
            Some(cases) => cases.join($folder),
            None => return,
        }
    };
}

#[path = "corpus/access.rs"]
mod access;

/// A translated text, for Istio where no mesh is named: what is asked of it does not depend on the mesh.
struct Translated {
    inventory: Inventory,
    translation: Translation,
    /// What there was to say.
    diagnostics: Vec<Diagnostic>,
}

fn translated(name: &str, text: &str) -> Translated {
    let mut reader = Reader::new(ReadOptions::default());
    reader.add(name, text.as_bytes());
    finish(reader)
}

fn finish(reader: Reader) -> Translated {
    finish_with(reader, Options::default())
}

fn finish_with(reader: Reader, options: Options) -> Translated {
    finish_for(TestedMesh::named("istio"), reader, options)
}

fn finish_for(mesh: TestedMesh, reader: Reader, options: Options) -> Translated {
    let Input { inventory, sources: _, mut diagnostics } = reader.finish(options);
    let translation = translate(&inventory, &*mesh.default_backend());
    diagnostics.extend(translation.diagnostics.iter().cloned());
    let undocumented = diagnostics.iter().find(|diagnostic| !is_documented(mesh, diagnostic.code.0));
    assert!(undocumented.is_none(), "a code without documentation: {undocumented:?}");
    for manifest in &translation.manifests {
        let object = serde_json::to_value(manifest).expect("a rendered object is JSON");
        assert_eq!((mesh.admission)(&object), Vec::<String>::new(), "{}: {object}", mesh.name);
    }
    Translated { inventory, translation, diagnostics }
}

fn is_documented(mesh: TestedMesh, code: &str) -> bool {
    mesh.has_code(code) || smi_translate::codes::CODES.iter().any(|documented| documented.code.0 == code)
}

/// What there is to say about SMI, without what a mesh has to say about access: the files rarely hold the workloads that it selects. Of
/// splits Istio needs to know nothing but the splits.
fn without_mesh_codes(diagnostics: &[Diagnostic]) -> impl Iterator<Item = &Diagnostic> {
    let about_access = |d: &&Diagnostic| d.object.as_ref().is_none_or(|object| object.kind != "TrafficSplit");
    let istio = TestedMesh::named("istio");
    let of_mesh = move |code: &str| istio.has_code(code) || code == "SMI-UNIT-1";
    diagnostics.iter().filter(move |d| !(of_mesh(d.code.0) && about_access(d)))
}

/// The intent of a root Service.
fn routing(inventory: &Inventory, namespace: &str, root: &str) -> RoutingIntent {
    resolve_routing(inventory, namespace, root).intent
}

/// The shares of the first rule of a root, in the order of its split, without those that get nothing.
fn split_shares(inventory: &Inventory, namespace: &str, root: &str) -> Vec<(String, String)> {
    let routing = routing(inventory, namespace, root);
    let port = match &routing.ports {
        Ports::Known(ports) => ports.first(),
        Ports::Assumed => None,
    };
    let effective = routing.rules.first().and_then(|rule| rule.effective(port));
    let effective = effective.unwrap_or_else(|| panic!("no split of {namespace}/{root} has an effect"));
    let shares = effective.backends().iter().map(|b| (b.service.name.clone(), effective.share(b)));
    shares.filter(|(_, share)| !share.is_zero()).map(|(name, share)| (name, share.to_string())).collect()
}

/// Notices that do not change a verdict (wild/INDEX.md): old versions, destinations that are their own source, matches without a
/// condition, two surprises about patterns, self-references and single backends, and groups that are not in the file.
const ROUTINE: [&str; 7] =
    ["SMI-VAL-4", "SMI-VAL-17", "SMI-VAL-34", "SMI-VAL-35", "SMI-VAL-36", "SMI-VAL-45", "SMI-VAL-48"];

fn verdict(translated: &Translated) -> &'static str {
    let worst = without_mesh_codes(&translated.diagnostics)
        .filter(|d| !ROUTINE.contains(&d.code.0))
        .map(|d| d.severity)
        .max();
    match worst {
        Some(Severity::Error | Severity::Loss) => "ERROR",
        Some(Severity::Warning) => "WARN",
        Some(Severity::Info) | None => "OK",
    }
}

/// Files whose objects have no namespace, and the one that their authors used (wild/INDEX.md).
const NAMESPACES: [(&str, &str); 1] = [("153-fsm-default-account-any-path-get.yaml", "httpbin")];

fn read_wild(wild: &Path, file: &str) -> Translated {
    let own = NAMESPACES.iter().find(|(own, _)| *own == file);
    let options = ReadOptions::default();
    let namespace = own.map_or_else(|| options.namespace.clone(), |(_, namespace)| (*namespace).to_owned());
    let mut reader = Reader::new(ReadOptions { namespace, ..options });
    reader.add(file, text(&wild.join(file)).as_bytes());
    finish(reader)
}

#[test]
fn wild_manifests_get_their_verdict() {
    let wild = cases_or_skip!("wild");
    let index = text(&wild.join("INDEX.md"));
    let mut seen = BTreeSet::new();
    let mut failures = Vec::new();
    for row in rows(&index) {
        let Some(file) =
            row.get(1).and_then(|cell| cell.split_once("](")).map(|(_, link)| link.trim_end_matches(')'))
        else {
            continue;
        };
        let expected = ["OK", "WARN", "ERROR", "SKIP"]
            .into_iter()
            .find(|verdict| row[5].starts_with(&format!("**{verdict}**")));
        let expected = expected.unwrap_or_else(|| panic!("{file}: no verdict in {}", row[5]));
        seen.insert(file.to_owned());
        let translated = read_wild(&wild, file);
        let verdict = match verdict(&translated) {
            "OK" if expected == "SKIP" && translated.translation.manifests.is_empty() => "SKIP",
            verdict => verdict,
        };
        if verdict != expected {
            let said: Vec<_> =
                translated.diagnostics.iter().map(|d| format!("{} {}", d.severity, d.code)).collect();
            failures.push(format!("{file}: expected {expected}, got {verdict}: {said:?}"));
        }
    }
    assert!(failures.is_empty(), "{} of {} rows\n{}", failures.len(), seen.len(), failures.join("\n"));
    assert_eq!(seen, files(&wild, "yaml"), "the index and the folder differ");
}

fn files(folder: &Path, extension: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let names = entries.map(|entry| entry.expect("a folder that was opened can be listed").file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        .filter(|name| Path::new(name).extension().is_some_and(|own| own == extension))
        .collect()
}

#[test]
fn wild_splits_have_their_shares() {
    let wild = cases_or_skip!("wild");
    let table = text(&wild.join("SPLITS.tsv"));
    let mut failures = Vec::new();
    let mut rows = 0;
    for line in table.lines().skip(2) {
        rows += 1;
        let cells: Vec<&str> = line.split('\t').collect();
        let translated = translated(cells[0], &text(&wild.join(cells[0])));
        let problem = match cells[5].strip_prefix("not applied: ") {
            Some(checks) => not_applied(&translated, &cells, checks),
            None => share(&translated, &cells),
        };
        failures.extend(problem.map(|problem| format!("{line}\n  {problem}")));
    }
    assert!(failures.is_empty(), "{} of {rows} rows\n{}", failures.len(), failures.join("\n"));
    assert!(rows > 40, "{rows} rows");
}

fn split<'t>(translated: &'t Translated, cells: &[&str]) -> Option<&'t Split> {
    let namespace = if cells[2] == "-" { "default" } else { cells[2] };
    let mut splits = translated.inventory.splits();
    splits.find(|split| {
        (split.reference().namespace.as_str(), split.reference().name.as_str()) == (namespace, cells[3])
    })
}

/// A row about a split that has no effect, and the checks that it fails.
fn not_applied(translated: &Translated, cells: &[&str], checks: &str) -> Option<String> {
    if let Some(split) = split(translated, cells)
        && split.is_applied()
    {
        return Some("it is applied".to_owned());
    }
    let of_this = translated
        .diagnostics
        .iter()
        .filter(|d| d.object.as_ref().is_some_and(|object| object.name == cells[3]));
    let said: BTreeSet<String> = of_this.map(|d| d.code.0.replace("SMI-", "")).collect();
    let missing: Vec<&str> = checks.split("; ").filter(|check| !said.contains(*check)).collect();
    (!missing.is_empty()).then(|| format!("not reported: {missing:?}; reported: {said:?}"))
}

/// A row about one backend: its integer, its percentage and the condition of its split.
fn share(translated: &Translated, cells: &[&str]) -> Option<String> {
    let Some(split) = split(translated, cells) else { return Some("no such split".to_owned()) };
    let object = split.object();
    let weights = object.weights().expect("a split that is applied has weights");
    let Some(at) = object.backends.iter().position(|backend| backend.service == cells[5]) else {
        return Some("no such backend".to_owned());
    };
    let total: i64 = weights.iter().sum();
    let part = |weight: i64| u128::try_from(weight).expect("weights that are applied are not negative");
    let share = Share::new(part(weights[at]), part(total));
    let groups: Vec<&str> = object.matches.iter().flatten().map(|group| group.name.as_str()).collect();
    let condition = if groups.is_empty() { "-".to_owned() } else { groups.join(",") };
    let found = (object.service.as_str(), weights[at].to_string(), percent(share), condition);
    let expected = (cells[4], cells[6].to_owned(), cells[7].to_owned(), cells[8].to_owned());
    if found != expected {
        return Some(format!("found {found:?}"));
    }
    effective_share(translated, split, cells[5])
        .filter(|effective| *effective != share)
        .map(|effective| format!("the intent has {effective} for it"))
}

/// The share that the intent has for a backend; `None` where the condition of the split never holds.
fn effective_share(translated: &Translated, split: &Split, service: &str) -> Option<Share> {
    let routing = routing(&translated.inventory, &split.reference().namespace, split.root()?.unit_name());
    let port = match &routing.ports {
        Ports::Known(ports) => ports.first(),
        Ports::Assumed => None,
    };
    let rule = routing.rules.iter().find(|rule| rule.split == *split.reference())?;
    let effective = rule.effective(port)?;
    let backend = effective.backends().iter().find(|backend| backend.service.name == service)?;
    Some(effective.share(backend))
}

/// Four decimals, rounded half up.
fn percent(share: Share) -> String {
    let scaled = (share.numerator() * 2_000_000 / share.denominator()).div_ceil(2);
    format!("{}.{:04}", scaled / 10_000, scaled % 10_000)
}

/// Which version of the specs group goes with a version of another one (smi-spec/INDEX.md).
const COMPATIBLE: [(&str, &str, &str); 8] = [
    ("access", "v1alpha1", "v1alpha1"),
    ("access", "v1alpha2", "v1alpha3"),
    ("access", "v1alpha3", "v1alpha4"),
    ("access", "v1alpha4", "v1alpha4"),
    ("split", "v1alpha1", "v1alpha1"),
    ("split", "v1alpha2", "v1alpha2"),
    ("split", "v1alpha3", "v1alpha3"),
    ("split", "v1alpha4", "v1alpha4"),
];

const GROUPS: [(&str, &str); 8] = [
    ("TrafficTarget", "access"),
    ("IdentityBinding", "access"),
    ("HTTPRouteGroup", "specs"),
    ("TCPRoute", "specs"),
    ("UDPRoute", "specs"),
    ("TrafficSplit", "split"),
    ("TrafficMetrics", "metrics"),
    ("TrafficMetricsList", "metrics"),
];

/// The documents of an example, with the version that its file name stands for where they name none.
fn example(path: &Path) -> Vec<Value> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let name = name.trim_start_matches("v0.6.0-");
    let mut parts = name.split('-');
    let (api, version) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let mut documents = documents(&text(path));
    for document in &mut documents {
        let kind = document["kind"].as_str().unwrap_or_default();
        let complete = document["apiVersion"].as_str().is_some_and(|version| version.contains('/'));
        let Some((_, group)) = GROUPS.iter().find(|(own, _)| *own == kind).filter(|_| !complete) else {
            continue;
        };
        let compatible =
            COMPATIBLE.iter().find(|(own, from, _)| *group == "specs" && (*own, *from) == (api, version));
        let version = compatible.map_or(version, |(_, _, specs)| specs);
        document["apiVersion"] = Value::from(format!("{group}.smi-spec.io/{version}"));
    }
    documents
}

fn read_example(path: &Path) -> Translated {
    let mut reader = Reader::new(ReadOptions::default());
    for document in example(path) {
        reader.add_value(&path.display().to_string(), &document);
    }
    finish(reader)
}

/// Examples that are text rather than YAML, and what is said of them.
const TEXT_ONLY: [(&str, &str); 1] = [("metrics-v1alpha1-9.yaml", "SMI-READ-8")];

/// Examples with an error: a binding that breaks a rule of its own prose (D-A12), and targets whose destination is a binding that no
/// example defines.
const ERRORS: [(&str, &str); 4] = [
    ("access-v1alpha4-1.yaml", "SMI-VAL-22"),
    ("access-v1alpha4-3.yaml", "SMI-VAL-19"),
    ("access-v1alpha4-4.yaml", "SMI-VAL-19"),
    ("access-v1alpha4-5.yaml", "SMI-VAL-19"),
];

#[test]
fn examples_of_the_specification_parse() {
    let folder = cases_or_skip!("smi-spec");
    let index = text(&folder.join("INDEX.md"));
    let (mut examples, mut splits) = (0, 0);
    for row in rows(&index) {
        let (Some(file), Some(loads)) = (row.first(), row.get(2)) else { continue };
        if !file.ends_with(".yaml") || file.starts_with("draft/") {
            continue;
        }
        examples += 1;
        let excepted = TEXT_ONLY.iter().find(|(excepted, _)| excepted == file);
        assert_eq!(*loads == "NO", excepted.is_some(), "{file}");
        if let Some((_, code)) = excepted {
            let translated = translated(file, &text(&folder.join(file)));
            let codes: Vec<&str> = translated.diagnostics.iter().map(|d| d.code.0).collect();
            assert_eq!(codes, [*code], "{file}");
            continue;
        }
        let translated = read_example(&folder.join(file));
        let error = without_mesh_codes(&translated.diagnostics).find(|d| d.severity >= Severity::Loss);
        let expected = ERRORS.iter().find(|(excepted, _)| excepted == file).map(|(_, code)| *code);
        assert_eq!(error.map(|d| d.code.0), expected, "{file}: {error:?}");
        for split in translated.inventory.splits() {
            splits += 1;
            assert!(split.is_applied(), "{file}: {} is not applied", split.reference());
            assert_eq!(translated.translation.manifests.len(), 1, "{file}");
        }
    }
    assert!(examples > 90 && splits > 20, "{examples} examples, {splits} splits");
}

/// The port layouts of the specification (smi.md 12.2): the blocks with Services of each version, valid and invalid, and who takes
/// part on which port of `birds`.
const BIRDS: [(&str, &[(u16, &str)]); 8] = [
    ("split-v1alpha1-2.yaml", BOTH),
    ("split-v1alpha1-3.yaml", GREEN),
    ("split-v1alpha2-2.yaml", BOTH),
    ("split-v1alpha2-3.yaml", GREEN),
    ("split-v1alpha3-3.yaml", BOTH),
    ("split-v1alpha3-4.yaml", GREEN),
    ("split-v1alpha4-3.yaml", BOTH),
    ("split-v1alpha4-4.yaml", GREEN),
];
const BOTH: &[(u16, &str)] =
    &[(8080, "blue-birds 1/2, green-birds 1/2"), (9090, "blue-birds 1/2, green-birds 1/2")];
const GREEN: &[(u16, &str)] = &[(8080, "green-birds 1/1")];

#[test]
fn ports_of_the_specification_decide_who_takes_part() {
    let folder = cases_or_skip!("smi-spec");
    let birds = serde_json::json!({
        "apiVersion": "split.smi-spec.io/v1alpha4", "kind": "TrafficSplit", "metadata": {"name": "birds"},
        "spec": {"service": "birds", "backends": [{"service": "blue-birds", "weight": 50}, {"service": "green-birds", "weight": 50}]},
    });
    for (file, expected) in BIRDS {
        let mut reader = Reader::new(ReadOptions::default());
        reader.add_value("birds", &birds);
        reader.add(file, text(&folder.join(file)).as_bytes());
        let translated = finish(reader);
        let routing = routing(&translated.inventory, "default", "birds");
        let Ports::Known(ports) = &routing.ports else { panic!("{file}: no Service birds") };
        let shares = |effective: smi_translate::intent::Effective<'_>| {
            let backends = effective.backends().iter();
            backends
                .map(|b| format!("{} {}", b.service.name, effective.share(b)))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let found: Vec<(u16, String)> = ports
            .iter()
            .filter_map(|port| Some((port.port, shares(routing.rules[0].effective(Some(port))?))))
            .collect();
        let expected: Vec<(u16, String)> =
            expected.iter().map(|(port, shares)| (*port, (*shares).to_owned())).collect();
        assert_eq!(found, expected, "{file}");
        let mismatches = translated.diagnostics.iter().filter(|d| d.code.0 == "SMI-VAL-50").count();
        assert_eq!(
            mismatches,
            usize::from(expected.len() == 1),
            "{file}: the port mismatch is reported once"
        );
    }
}

/// The specification's own example of a condition (smi.md 12.2), as it stands there: with the matches at the root, and as a list.
#[test]
fn conditions_of_the_specification_are_conditions() {
    let folder = cases_or_skip!("smi-spec");
    for file in [
        "split-v1alpha3-2.yaml",
        "split-v1alpha4-2.yaml",
        "history/v0.6.0-split-v1alpha3-2.yaml",
        "history/v0.6.0-split-v1alpha4-2.yaml",
    ] {
        let translated = read_example(&folder.join(file));
        let codes: Vec<&str> = translated
            .diagnostics
            .iter()
            .filter(|d| d.severity >= Severity::Warning)
            .map(|d| d.code.0)
            .collect();
        assert_eq!(codes, ["SMI-READ-9"], "{file}");
        let object =
            serde_json::to_value(&translated.translation.manifests[0]).expect("a rendered object is JSON");
        let routes = &object["spec"]["http"];
        assert_eq!(
            routes[0]["match"][0]["headers"]["user-agent"]["regex"], ".*Firefox.*",
            "{file}: {routes}"
        );
        assert_eq!(
            routes[1]["route"][0]["destination"]["host"], "website.default.svc.cluster.local",
            "{file}: {routes}"
        );
    }
}

/// Drafts that were never released: they are refused by their version, or read like the release they became.
#[test]
fn drafts_parse_or_say_why_not() {
    let folder = cases_or_skip!("smi-spec").join("draft");
    let names = files(&folder, "yaml");
    assert!(names.len() > 10, "{names:?}");
    for name in names {
        let path = folder.join(&name);
        let as_written = translated(&name, &text(&path));
        let supplied = read_example(&path);
        let is_metrics = name.starts_with("metrics");
        let refused = |translated: &Translated| {
            translated
                .diagnostics
                .iter()
                .any(|d| d.severity == Severity::Error && ["SMI-VAL-1", "SMI-READ-1"].contains(&d.code.0))
        };
        assert!(
            is_metrics || (refused(&as_written) && refused(&supplied)),
            "{name} is read as if it had been released"
        );
        assert!(
            as_written.translation.manifests.is_empty() && supplied.translation.manifests.is_empty(),
            "{name}"
        );
    }
}

/// Every other manifest that lies there: read without panic, for every mesh, and every code is documented.
#[test]
fn everything_else_is_read() {
    let cases = cases_or_skip!("");
    let mut read = 0;
    for folder in
        ["osm", "osm/bookstore", "osm/canary", "osm/arc_devops", "smi-spec", "smi-spec/history", "wild"]
    {
        for name in files(&cases.join(folder), "yaml") {
            let text = text(&cases.join(folder).join(&name));
            for mesh in MESHES {
                let foreign_kinds = mesh.default_backend().foreign_kinds();
                let mut reader = Reader::new(ReadOptions { foreign_kinds, ..ReadOptions::default() });
                reader.add(&name, text.as_bytes());
                finish_for(mesh, reader, Options::default());
            }
            read += 1;
        }
    }
    assert!(read > 150, "{read} files");
}
