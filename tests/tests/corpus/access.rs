//! Who may call whom in real manifests: the requests that an independent evaluator decided, the tables of the specification, and the
//! demos of Open Service Mesh.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use smi_tests::cases::{self, text};
use smi_translate::intent::Account;
use smi_translate::read::{ReadOptions, Reader};
use smi_translate::{
    AccessRequest, HttpRequest, Identity, Inventory, Options, Peer, Profile, Severity, Traffic, decide,
    resolve_access,
};

use super::{Translated, example, finish, finish_with, read_wild, split_shares, without_mesh_codes};

/// A request between service accounts, `namespace/name`.
struct Question<'a> {
    from: &'a str,
    to: &'a str,
    port: u16,
    traffic: Traffic,
}

fn get(path: &str) -> Traffic {
    http("GET", path, &[])
}

fn http(method: &str, path: &str, headers: &[(&str, &str)]) -> Traffic {
    let line = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let headers = headers.iter().map(line).collect();
    Traffic::Http(HttpRequest { method: method.to_owned(), path: path.to_owned(), headers })
}

fn account(text: &str) -> Account {
    let (namespace, name) = text.split_once('/').unwrap_or_else(|| panic!("{text:?} is not NAMESPACE/NAME"));
    Account::new(namespace, name)
}

/// The TrafficTarget that allows a request, by name.
fn allowed_by(inventory: &Inventory, question: &Question<'_>) -> Option<String> {
    let request = AccessRequest {
        source: Some(Peer { identity: Identity::Account(account(question.from)), labels: None }),
        destination: None,
        port: question.port,
        traffic: question.traffic.clone(),
    };
    let verdict = decide(&resolve_access(inventory, &account(question.to)).intent, &request);
    assert_eq!(verdict.allowed, verdict.by.is_some(), "who is allowed is allowed by somebody");
    verdict.by.map(|target| target.name)
}

#[test]
fn wild_requests_are_decided() {
    let wild = cases_or_skip!("wild");
    let table = text(&wild.join("REQUESTS.tsv"));
    let mut inventories: BTreeMap<&str, Inventory> = BTreeMap::new();
    let mut failures = Vec::new();
    let mut rows = 0;
    for line in table.lines().skip(2) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [file, from, to, protocol, port, method, path, headers, decision, note] = cells[..] else {
            panic!("a row has ten cells: {line}")
        };
        rows += 1;
        let inventory = inventories.entry(file).or_insert_with(|| read_wild(&wild, file).inventory);
        let headers: BTreeMap<String, String> = match headers {
            "-" => BTreeMap::new(),
            json => serde_json::from_str(json).unwrap_or_else(|error| panic!("{line}: {error}")),
        };
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let traffic = match protocol {
            "http" => http(method, path, &headers),
            "tcp" => Traffic::Tcp,
            "udp" => Traffic::Udp,
            other => panic!("{line}: protocol {other}"),
        };
        let port = port.parse().unwrap_or_else(|error| panic!("{line}: {error}"));
        let found = allowed_by(inventory, &Question { from, to, port, traffic });
        let expected = (decision == "allow").then(|| note.to_owned());
        if found != expected {
            failures.push(format!("{line}\n  decided {found:?}"));
        }
    }
    assert!(failures.is_empty(), "{} of {rows} rows\n{}", failures.len(), failures.join("\n"));
    assert!(rows > 300, "{rows} rows");
}

/// Blocks of the specification, read as one input, with bindings for the subjects of v1alpha4 that the prose leaves to the reader.
fn specification(folder: &Path, files: &[&str], bound: &[&str]) -> Translated {
    let mut reader = Reader::new(ReadOptions::default());
    for document in files.iter().flat_map(|file| example(&folder.join(file))) {
        reader.add_value("example", &document);
    }
    for name in bound {
        let binding = json!({
            "apiVersion": "access.smi-spec.io/v1alpha4", "kind": "IdentityBinding", "metadata": {"name": name},
            "spec": {"schemes": {"serviceAccount": name}},
        });
        reader.add_value("bindings", &binding);
    }
    finish(reader)
}

/// A request and the target that allows it, all in namespace `default`.
type Row<'a> = (&'a str, u16, Traffic, Option<&'a str>);

fn check(files: &[&str], translated: &Translated, to: &str, rows: &[Row<'_>]) {
    let error = without_mesh_codes(&translated.diagnostics).find(|d| d.severity >= Severity::Loss);
    assert!(error.is_none(), "{files:?}: {error:?}");
    let to = format!("default/{to}");
    for (from, port, traffic, expected) in rows {
        let (from, traffic) = (format!("default/{from}"), traffic.clone());
        let found =
            allowed_by(&translated.inventory, &Question { from: &from, to: &to, port: *port, traffic });
        assert_eq!(found.as_deref(), *expected, "{files:?}: {from} to {to}:{port}, {:?}", rows);
    }
}

/// The first example of each version of the document: Prometheus may read the metrics of one port.
#[test]
fn the_path_specific_example_of_every_version() {
    let folder = cases_or_skip!("smi-spec");
    let examples: [(&[&str], &[&str]); 4] = [
        (&["access-v1alpha1-1.yaml", "access-v1alpha1-2.yaml"], &[]),
        (&["access-v1alpha2-1.yaml", "access-v1alpha2-2.yaml"], &[]),
        (&["access-v1alpha3-1.yaml", "access-v1alpha3-2.yaml"], &[]),
        (&["access-v1alpha4-2.yaml", "access-v1alpha4-3.yaml"], &["service-a", "prometheus"]),
    ];
    for (files, bound) in examples {
        let translated = specification(&folder, files, bound);
        let by = Some("path-specific");
        check(
            files,
            &translated,
            "service-a",
            &[
                ("prometheus", 8080, get("/metrics"), by),
                ("prometheus", 8080, get("/metrics/cpu"), by),
                ("prometheus", 8080, get("/other"), None),
                ("prometheus", 8080, http("POST", "/metrics", &[]), None),
                ("prometheus", 9090, get("/metrics"), None),
                ("prometheus", 8080, Traffic::Tcp, None),
                ("other", 8080, get("/metrics"), None),
            ],
        );
    }
}

/// The table of each version of the document (smi.md 12.1). Without a port of its own, the target of the first two versions that is for
/// Prometheus is for every port.
#[test]
fn the_allowed_traffic_of_every_version() {
    let folder = cases_or_skip!("smi-spec");
    let subjects = ["api-service", "website-service", "payments-service", "prometheus"];
    let examples: [(&str, &[&str], bool); 4] = [
        ("access-v1alpha1-3.yaml", &[], true),
        ("access-v1alpha2-3.yaml", &[], true),
        ("access-v1alpha3-3.yaml", &[], false),
        ("access-v1alpha4-4.yaml", &subjects, false),
    ];
    for (file, bound, metrics_everywhere) in examples {
        let translated = specification(&folder, &[file], bound);
        let (api, metrics) = (Some("api-service-api"), Some("api-service-metrics"));
        check(
            &[file],
            &translated,
            "api-service",
            &[
                ("website-service", 8080, get("/api"), api),
                ("payments-service", 8080, http("POST", "/api/v1", &[]), api),
                ("website-service", 8080, get("/apix"), api),
                ("website-service", 8080, get("/v2/api"), None),
                ("website-service", 8080, get("/metrics"), None),
                ("website-service", 9090, get("/api"), None),
                ("prometheus", 8080, get("/metrics"), metrics),
                ("prometheus", 8080, http("POST", "/metrics", &[]), None),
                ("prometheus", 9090, get("/metrics"), metrics.filter(|_| metrics_everywhere)),
                ("prometheus", 8080, Traffic::Tcp, None),
                ("other", 8080, get("/api"), None),
            ],
        );
    }
}

#[test]
fn the_ports_of_every_version() {
    let folder = cases_or_skip!("smi-spec");
    let examples: [(&str, &[&str]); 2] =
        [("access-v1alpha3-4.yaml", &[]), ("access-v1alpha4-5.yaml", &["server", "client"])];
    for (file, bound) in examples {
        let translated = specification(&folder, &[file], bound);
        let by = Some("protocal-specific");
        let mut rows: Vec<Row<'_>> = [8300, 8301, 8302].map(|port| ("client", port, Traffic::Tcp, by)).into();
        rows.extend([8301, 8302].map(|port| ("client", port, Traffic::Udp, by)));
        rows.extend([
            ("client", 8300, Traffic::Udp, None),
            ("client", 8300, get("/any"), by),
            ("client", 8303, Traffic::Tcp, None),
            ("other", 8300, Traffic::Tcp, None),
        ]);
        check(&[file], &translated, "server", &rows);
    }
}

/// The prose breaks two of its own rules (D-A11, D-A12): the binding is read, and is nobody.
#[test]
fn the_binding_of_the_specification_is_nobody() {
    let folder = cases_or_skip!("smi-spec");
    let target = json!({
        "apiVersion": "access.smi-spec.io/v1alpha4", "kind": "TrafficTarget",
        "metadata": {"name": "everything", "namespace": "default"},
        "spec": {
            "destination": {"kind": "ServiceAccount", "name": "server"},
            "rules": [{"kind": "TCPRoute", "name": "everything"}],
            "sources": [{"kind": "IdentityBinding", "name": "service-a"}],
        },
    });
    let route = json!({
        "apiVersion": "specs.smi-spec.io/v1alpha4", "kind": "TCPRoute",
        "metadata": {"name": "everything", "namespace": "default"}, "spec": {"matches": {"ports": []}},
    });
    let mut reader = Reader::new(ReadOptions::default());
    reader.add("binding", text(&folder.join("access-v1alpha4-1.yaml")).as_bytes());
    reader.add_value("target", &target);
    reader.add_value("route", &route);
    let translated = finish(reader);
    let errors: Vec<&str> = without_mesh_codes(&translated.diagnostics)
        .filter(|d| d.severity >= Severity::Loss)
        .map(|d| d.code.0)
        .collect();
    assert_eq!(errors, ["SMI-VAL-22"]);
    let question =
        Question { from: "default/service-a", to: "default/server", port: 8080, traffic: Traffic::Tcp };
    assert_eq!(allowed_by(&translated.inventory, &question), None);
}

/// The apps of the bookstore, and what is said about access to them.
const APPS: [&str; 5] =
    ["bookbuyer.yaml", "bookstore.yaml", "bookthief.yaml", "bookwarehouse.yaml", "mysql.yaml"];

fn read_osm(profile: Profile, files: &[&str]) -> Translated {
    read_osm_with(profile, files, &[])
}

fn read_osm_with(profile: Profile, files: &[&str], objects: &[Value]) -> Translated {
    let folder = cases::folder().expect("whoever asks has looked").join("osm");
    let mut reader = Reader::new(ReadOptions::default());
    for file in files {
        reader.add(file, text(&folder.join(file)).as_bytes());
    }
    for object in objects {
        reader.add_value("added", object);
    }
    finish_with(reader, Options::for_profile(profile))
}

fn codes(translated: &Translated) -> Vec<&str> {
    let mut codes: Vec<&str> = without_mesh_codes(&translated.diagnostics)
        .filter(|d| d.severity >= Severity::Warning)
        .map(|d| d.code.0)
        .collect();
    codes.sort_unstable();
    codes
}

const CLIENT: [(&str, &str); 2] = [("user-agent", "Go-http-client/1.1"), ("client-app", "bookbuyer")];

#[test]
fn the_bookstore_is_as_open_as_its_demo_says() {
    cases_or_skip!("osm");
    let apps = APPS.map(|app| format!("bookstore/{app}"));
    for (file, thief) in [
        ("bookstore/traffic-access-v1.yaml", false),
        ("bookstore/traffic-access-v1-allow-bookthief.yaml", true),
    ] {
        let files: Vec<&str> = apps.iter().map(String::as_str).chain([file]).collect();
        let translated = read_osm(Profile::Osm, &files);
        assert_eq!(
            codes(&translated),
            ["SMI-ACCESS-26", "SMI-VAL-35"],
            "{file}: `client-app: bookbuyer` is no anchored pattern"
        );
        let (shop, house, mysql) = (Some("bookstore"), Some("bookstore-access-bookwarehouse"), Some("mysql"));
        let client = || http("GET", "/books-bought", &CLIENT);
        let rows: [(&str, &str, u16, Traffic, Option<&str>); 12] = [
            ("bookbuyer/bookbuyer", "bookstore/bookstore", 14001, get("/buy-a-book/new"), shop),
            ("bookbuyer/bookbuyer", "bookstore/bookstore", 14001, get("/buy-a-book/new/1"), None),
            ("bookbuyer/bookbuyer", "bookstore/bookstore", 14001, http("POST", "/buy-a-book/new", &[]), None),
            ("bookbuyer/bookbuyer", "bookstore/bookstore", 14001, client(), shop),
            ("bookbuyer/bookbuyer", "bookstore/bookstore", 14001, get("/books-bought"), None),
            (
                "bookthief/bookthief",
                "bookstore/bookstore",
                14001,
                get("/buy-a-book/new"),
                shop.filter(|_| thief),
            ),
            ("bookthief/bookthief", "bookwarehouse/bookwarehouse", 14001, http("POST", "/", &[]), None),
            ("bookstore/bookstore", "bookwarehouse/bookwarehouse", 14001, http("POST", "/any", &[]), house),
            ("bookstore/bookstore", "bookwarehouse/bookwarehouse", 14001, get("/any"), None),
            ("bookwarehouse/bookwarehouse", "bookwarehouse/mysql", 3306, Traffic::Tcp, mysql),
            ("bookwarehouse/bookwarehouse", "bookwarehouse/mysql", 33060, Traffic::Tcp, None),
            ("bookstore/bookstore", "bookwarehouse/mysql", 3306, Traffic::Tcp, None),
        ];
        for (from, to, port, traffic, expected) in rows {
            let found = allowed_by(&translated.inventory, &Question { from, to, port, traffic });
            assert_eq!(found.as_deref(), expected, "{file}: {from} to {to}:{port}");
        }
    }
}

/// The second version of the bookstore refers to a group that another file defines: alone it grants nothing.
#[test]
fn the_second_bookstore_alone_grants_nothing() {
    cases_or_skip!("osm");
    let question = || Question {
        from: "bookbuyer/bookbuyer",
        to: "bookstore/bookstore-v2",
        port: 14001,
        traffic: get("/buy-a-book/new"),
    };
    let alone = read_osm(Profile::Osm, &["bookstore/bookstore-v2.yaml"]);
    assert_eq!(codes(&alone), ["SMI-REF-5", "SMI-VAL-19"]);
    assert_eq!(allowed_by(&alone.inventory, &question()), None);
    let both = read_osm(Profile::Osm, &["bookstore/bookstore-v2.yaml", "bookstore/traffic-access-v1.yaml"]);
    assert_eq!(allowed_by(&both.inventory, &question()).as_deref(), Some("bookstore-v2"));
}

/// Files, the namespace and name of their root, and its shares.
type Shares<'a> = (&'a [&'a str], &'a str, &'a str, &'a [(&'a str, &'a str)]);

/// Shares of the demos' splits, by root.
#[test]
fn the_splits_of_the_demos_have_their_shares() {
    cases_or_skip!("osm");
    let splits: [Shares<'_>; 6] = [
        (&["bookstore/traffic-split-v1.yaml"], "bookstore", "bookstore", &[("bookstore-v1", "1/1")]),
        (
            &["bookstore/traffic-split-50-50.yaml"],
            "bookstore",
            "bookstore",
            &[("bookstore-v1", "1/2"), ("bookstore-v2", "1/2")],
        ),
        (&["bookstore/traffic-split-v2.yaml"], "bookstore", "bookstore", &[("bookstore-v2", "1/1")]),
        (
            &[
                "canary/httpbin-split.yaml",
                "canary/httpbin-v1.yaml",
                "canary/httpbin-v2.yaml",
                "canary/httpbin.yaml",
            ],
            "httpbin",
            "httpbin",
            &[("httpbin-v1", "1/2"), ("httpbin-v2", "1/2")],
        ),
        (
            &["split-fqdn-apex.yaml"],
            "default",
            "bookstore",
            &[("bookstore-v1", "9/10"), ("bookstore-v2", "1/10")],
        ),
        (
            &["arc_devops/traffic-split.yaml"],
            "bookstore",
            "bookstore",
            &[("bookstore", "3/4"), ("bookstore-v2", "1/4")],
        ),
    ];
    for (files, namespace, root, expected) in splits {
        let translated = read_osm(Profile::Osm, files);
        let errors: Vec<_> = translated.diagnostics.iter().filter(|d| d.severity >= Severity::Loss).collect();
        assert!(errors.is_empty(), "{files:?}: {errors:?}");
        let expected: Vec<(String, String)> =
            expected.iter().map(|(service, share)| ((*service).to_owned(), (*share).to_owned())).collect();
        assert_eq!(split_shares(&translated.inventory, namespace, root), expected, "{files:?}");
        assert!(!translated.translation.manifests.is_empty(), "{files:?}");
    }
}

/// As published the documents name no version; with versions supplied, the rule names no match, which meant nothing in that mesh.
#[test]
fn the_demo_of_protocols_differs_between_the_mesh_and_the_specification() {
    let folder = cases_or_skip!("osm");
    let file = "app-protocol-target.yaml";
    let as_published = read_osm(Profile::Osm, &[file]);
    assert_eq!(codes(&as_published), ["SMI-REF-5", "SMI-VAL-1", "SMI-VAL-1", "SMI-VAL-1"]);
    let version = |kind: &str| match kind {
        "TrafficTarget" => "access.smi-spec.io/v1alpha3",
        _ => "specs.smi-spec.io/v1alpha4",
    };
    let mut documents = smi_tests::fixture::documents(&text(&folder.join(file)));
    for document in &mut documents {
        document["apiVersion"] = Value::from(version(document["kind"].as_str().unwrap_or_default()));
    }
    let service = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": "service-1", "namespace": "default"},
        "spec": {"selector": {"app": "sa-1"}, "ports": [{"name": "http", "port": 8080}]},
    });
    documents.push(service);
    let question =
        || Question { from: "default/sa-2", to: "default/sa-1", port: 8080, traffic: get("/version") };
    let osm = read_osm_with(Profile::Osm, &[], &documents);
    assert_eq!(codes(&osm), ["OSM-TT-NOMATCH", "SMI-REF-5"]);
    assert_eq!(allowed_by(&osm.inventory, &question()), None);
    let spec = read_osm_with(Profile::Spec, &[], &documents);
    assert_eq!(codes(&spec), ["SMI-VAL-36"]);
    assert_eq!(allowed_by(&spec.inventory, &question()).as_deref(), Some("test"));
}

/// Ports of two targets for one destination do not mix. Open Service Mesh opened only those that a Service declares as TCP.
#[test]
fn the_demo_of_stateful_sets_keeps_its_ports_apart() {
    cases_or_skip!("osm");
    let file = "statefulset-tcp-targets.yaml";
    let ports =
        [2181, 3181, 2888, 3888].map(|port: u16| json!({"name": format!("tcp-{port}"), "port": port}));
    let declared = [
        json!({
            "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "zookeeper", "namespace": "zookeeper"},
            "spec": {
                "selector": {"matchLabels": {"app": "zookeeper"}},
                "template": {
                    "metadata": {"labels": {"app": "zookeeper"}},
                    "spec": {"serviceAccountName": "zookeeper", "containers": [{"name": "zookeeper"}]},
                },
            },
        }),
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "zookeeper", "namespace": "zookeeper"},
            "spec": {"selector": {"app": "zookeeper"}, "ports": ports},
        }),
    ];
    let ask = |translated: &Translated, from: &str, port: u16| {
        let question = Question { from, to: "zookeeper/zookeeper", port, traffic: Traffic::Tcp };
        allowed_by(&translated.inventory, &question)
    };
    for translated in [read_osm(Profile::Spec, &[file]), read_osm_with(Profile::Osm, &[file], &declared)] {
        assert_eq!(codes(&translated), ["SMI-VAL-17"]);
        for (port, kafka) in [(2181, true), (3181, true), (2888, false), (3888, false)] {
            let expected = kafka.then_some("zookeeper");
            assert_eq!(ask(&translated, "kafka/kafka", port).as_deref(), expected, "{port}");
            let own = ask(&translated, "zookeeper/zookeeper", port);
            assert_eq!(own.as_deref(), Some("zookeeper-internal"), "{port}");
        }
    }
    let undeclared = read_osm(Profile::Osm, &[file]);
    assert_eq!(codes(&undeclared), ["OSM-TT-TCPONLY", "OSM-TT-TCPONLY", "SMI-REF-5", "SMI-VAL-17"]);
    assert_eq!(ask(&undeclared, "kafka/kafka", 2181), None);
}

/// Kinds of that mesh's own are not SMI: they are passed over, and so are plain applications.
#[test]
fn what_is_not_smi_in_the_demos_is_named_and_passed_over() {
    let folder = cases_or_skip!("osm");
    let with_smi = ["app-protocol-target.yaml", "split-fqdn-apex.yaml", "statefulset-tcp-targets.yaml"];
    let (mut passed, mut named) = (0, 0);
    for file in super::files(&folder, "yaml") {
        if with_smi.contains(&file.as_str()) {
            continue;
        }
        let translated = read_osm(Profile::Osm, &[&file]);
        // The route group of an Egress is one like any other; nothing of SMI refers to it.
        let severe: Vec<_> =
            translated.diagnostics.iter().filter(|d| d.severity >= Severity::Warning).collect();
        assert!(severe.iter().all(|d| d.code.0 == "SMI-KIND-3"), "{file}: {severe:?}");
        named += severe.len();
        assert!(translated.translation.manifests.is_empty(), "{file}");
        passed += 1;
    }
    assert!(passed > 20 && named > 15, "{passed} files, {named} objects of the mesh's own kinds");
}
