//! What `smi crds` prints and writes.

use insta::assert_snapshot;
use serde_json::Value;
use smi_translate::yaml::{self, Limits};

use crate::run::Folder;

const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

fn documents(text: &str) -> Vec<Value> {
    yaml::read(text, &Limits::default()).map(|document| document.content.unwrap().to_json()).collect()
}

#[test]
fn help() {
    let run = Folder::new().smi("crds --help");
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    assert_snapshot!(run.stdout);
}

/// Without a webhook only one version is safe, and whoever did not ask for it is told.
#[test]
fn one_version_without_a_webhook() {
    let folder = Folder::new();
    let run = folder.smi("crds");
    assert_eq!(run.status, 0);
    assert_eq!(
        run.stderr,
        "every kind is served as v1alpha4 alone; programs that write older versions need --conversion-webhook\n"
    );
    assert_eq!(folder.smi("crds -q").stderr, "");
    let asked = folder.smi("crds --one-version");
    assert_eq!((asked.stdout.as_str(), asked.stderr.as_str()), (run.stdout.as_str(), ""));
    for crd in documents(&run.stdout) {
        assert_eq!(crd["spec"]["conversion"]["strategy"], "None");
        let versions = crd["spec"]["versions"].as_array().unwrap();
        assert_eq!(versions.len(), 1);
        assert_eq!((&versions[0]["name"], &versions[0]["served"]), (&"v1alpha4".into(), &true.into()));
        assert_eq!(versions[0].get("deprecated"), None);
    }
}

/// Kind, versions (served, stored, deprecated), names, columns.
#[test]
fn every_version_with_a_webhook() {
    let folder = Folder::new();
    let mut text = String::new();
    for options in ["", " --old-tcp-routes"] {
        let run = folder.smi(&format!("crds --conversion-webhook smi/webhook:8443{options}"));
        assert_eq!((run.status, run.stderr.as_str()), (0, ""));
        text.push_str(&documents(&run.stdout).iter().map(summary).collect::<String>());
        text.push('\n');
    }
    assert_snapshot!(text);
}

fn summary(crd: &Value) -> String {
    let names = &crd["spec"]["names"];
    let mut text = format!("{} {}\n", crd["metadata"]["name"].as_str().unwrap(), names);
    for version in crd["spec"]["versions"].as_array().unwrap() {
        let columns = version["additionalPrinterColumns"].as_array().unwrap();
        let columns: Vec<&str> = columns.iter().map(|column| column["name"].as_str().unwrap()).collect();
        let flags =
            [("served", "served"), ("storage", "stored")].map(|(key, word)| match version[key] == true {
                true => word,
                false => "-",
            });
        assert_eq!(version["subresources"]["status"], serde_json::json!({}));
        text.push_str(&format!("  {} {} {columns:?}", version["name"].as_str().unwrap(), flags.join(" ")));
        if let Some(warning) = version["deprecationWarning"].as_str() {
            assert!(version["deprecated"] == true && warning.len() <= 256 && warning.is_ascii());
            text.push_str(&format!("\n    {warning}"));
        }
        text.push('\n');
    }
    text
}

#[test]
fn webhooks() {
    let folder = Folder::new();
    folder.write("ca.pem", CERTIFICATE);
    let conversion = |line: &str| {
        let run = folder.smi(&format!("crds -o json {line}"));
        assert_eq!(run.status, 0, "{run}");
        let list: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((list["kind"].as_str(), list["items"].as_array().unwrap().len()), (Some("List"), 6));
        let conversions: Vec<&Value> =
            list["items"].as_array().unwrap().iter().map(|crd| &crd["spec"]["conversion"]).collect();
        assert!(conversions.iter().all(|conversion| *conversion == conversions[0]));
        serde_json::to_string_pretty(conversions[0]).unwrap()
    };
    assert_snapshot!(
        [
            conversion("--one-version"),
            conversion("--conversion-webhook smi/webhook --ca-bundle ca.pem"),
            conversion("--conversion-webhook https://127.0.0.1:8443/convert"),
        ]
        .join("\n")
    );
}

#[test]
fn errors_of_usage_exit_with_3() {
    let folder = Folder::new();
    folder.write("ca.pem", CERTIFICATE);
    folder.write("key.pem", &format!("{CERTIFICATE}-----BEGIN EC PRIVATE KEY-----\n"));
    folder.write("none.pem", "hello");
    folder.write("cut.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n");
    folder.write("broken.pem", &CERTIFICATE.replace("AAAA", "A!AA"));
    folder.write("large.pem", &CERTIFICATE.repeat(5000));
    let mut text = String::new();
    for line in [
        "crds x",
        "crds --one-version --conversion-webhook smi/webhook",
        "crds --conversion-webhook webhook",
        "crds --conversion-webhook http://webhook",
        "crds --conversion-webhook https://a@b/",
        "crds --ca-bundle ca.pem",
        "crds --old-tcp-routes",
        "crds --conversion-webhook smi/webhook --ca-bundle nowhere.pem",
        "crds --conversion-webhook smi/webhook --ca-bundle key.pem",
        "crds --conversion-webhook smi/webhook --ca-bundle none.pem",
        "crds --conversion-webhook smi/webhook --ca-bundle cut.pem",
        "crds --conversion-webhook smi/webhook --ca-bundle broken.pem",
        "crds --conversion-webhook smi/webhook --ca-bundle large.pem",
        "crds --output-dir a -o json",
        "crds --check",
        "crds --check ca.pem --one-version",
        "crds --check ca.pem --output-dir a",
        "crds --fail-on warning",
        "crds --report json out.json",
    ] {
        let run = folder.smi(line);
        assert_eq!((run.status, run.stdout.as_str()), (3, ""), "{line}: {run}");
        text.push_str(&format!("$ smi {line}\n{}\n", run.stderr));
    }
    assert_snapshot!(text);
}

#[test]
fn a_folder_with_one_file_each() {
    let folder = Folder::new();
    let run = folder.smi("crds --one-version --output-dir crds");
    assert_eq!(
        (run.status, run.stdout.as_str(), run.stderr.as_str()),
        (0, "", "wrote 6 files in crds, 0 unchanged\n")
    );
    let text: Vec<String> = documents(&folder.smi("crds").stdout)
        .iter()
        .map(|crd| folder.read(&format!("crds/{}.yaml", crd["metadata"]["name"].as_str().unwrap())))
        .collect();
    assert_eq!(text.join("---\n"), folder.smi("crds").stdout);
    assert_eq!(
        folder.smi("crds --one-version --output-dir crds").stderr,
        "wrote 0 files in crds, 6 unchanged\n"
    );

    // Definitions are replaced, whoever wrote them; nothing else is.
    let name = "crds/udproutes.specs.smi-spec.io.yaml";
    folder.write(name, "kind: CustomResourceDefinition\nmetadata: {name: udproutes.specs.smi-spec.io}\n");
    assert_eq!(
        folder.smi("crds --one-version --output-dir crds").stderr,
        "wrote 1 file in crds, 5 unchanged\n"
    );
    for text in ["", "# mine\n", "kind: CustomResourceDefinition\nmetadata: {name: other}\n", "a: [\n"] {
        folder.write(name, text);
        let run = folder.smi("crds --conversion-webhook smi/webhook --output-dir crds");
        assert_eq!(run.status, 3, "{run}");
        assert!(run.stderr.contains(&format!("{name} exists, and is not the definition udproutes")), "{run}");
        assert_eq!(folder.read(name), text);
        assert_eq!(
            documents(&folder.read("crds/tcproutes.specs.smi-spec.io.yaml"))[0]["spec"]["versions"][1],
            Value::Null
        );
    }
}
