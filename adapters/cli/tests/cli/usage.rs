//! Help, errors of usage, input that cannot be read.

use insta::assert_snapshot;

use crate::run::Folder;
use crate::{SHOP, folder};

#[test]
fn help() {
    let folder = Folder::new();
    for command in ["", "translate", "lint", "convert", "decide", "explain", "capabilities", "completions"] {
        let run = folder.smi(&format!("{command} --help"));
        assert_eq!((run.status, run.stderr.as_str()), (0, ""));
        assert_snapshot!(format!("help_{command}"), run.stdout);
    }
}

#[test]
fn version() {
    let run = Folder::new().smi("--version");
    assert_eq!((run.status, run.stdout), (0, format!("smi {}\n", env!("CARGO_PKG_VERSION"))));
}

#[cfg(unix)]
#[test]
fn as_a_kubectl_plugin() {
    let folder = Folder::new();
    let plugin = folder.path("kubectl-smi");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_smi"), &plugin).unwrap();
    let output = std::process::Command::new(plugin).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(help.contains("Usage: kubectl smi [OPTIONS] <COMMAND>"), "{help}");
    assert!(help.contains("  kubectl smi translate --to istio manifests/"), "{help}");
}

#[test]
fn errors_of_usage_exit_with_3() {
    let folder = folder(&[("shop.yaml", SHOP)]);
    let mut text = String::new();
    for line in [
        "",
        "translte",
        "translate shop.yaml",
        "translate --to istio",
        "translate --to consul shop.yaml",
        "translate --to istio --allow ISTIO-PROT-1 shop.yaml",
        "translate --to istio --fail-on nothing shop.yaml",
        "translate --to istio --istio-gateway public shop.yaml",
        "translate --to istio --report xml out.xml shop.yaml",
        "translate --to istio --report json",
        "translate --to istio -n Shop shop.yaml",
        "translate --to istio --output-dir a --check b shop.yaml",
        "convert --to-version v2 shop.yaml",
        "decide shop.yaml",
        "decide shop.yaml --host shop/website --header x",
        "decide shop.yaml --host shop/website --to shop/api",
        "decide shop.yaml --host shop/website --from shop/web",
        "decide shop.yaml --to api --port 80",
        "decide shop.yaml --to shop/api --port 80 --from web",
        "decide shop.yaml --to shop/api --port 80 --from spiffe://Shop/web",
        "decide shop.yaml --to shop/api --port 80 --from-label app=web",
        "decide shop.yaml --to shop/api --port 80 --to-label app",
        "decide shop.yaml --to shop/api",
        "decide shop.yaml --to shop/api --port 80 --protocol udp --method GET",
        "explain shop.yaml --to shop",
        "explain shop.yaml --to shop/api --workload shop/api",
        "explain shop.yaml --workload shop/api",
        "lint shop.yaml --profile open-service-mesh",
        "lint shop.yaml --trust-domain spiffe://cluster.local",
        "lint shop.yaml --access-scope everything",
        "lint shop.yaml --service-account-label app.",
        "lint shop.yaml --osm-permissive yes",
        "lint shop.yaml --istio-exact",
        "translate shop.yaml --to istio --istio-identities names",
        "translate shop.yaml --to istio --istio-trust-domain-alias a/b",
        "translate shop.yaml --to istio --istio-waypoint waypoint",
        "lint shop.yaml --istio-identities principals",
        "lint shop.yaml --linkerd-routing http-route",
        "lint shop.yaml --to linkerd --istio-gateway public/gateway",
        "translate shop.yaml --to linkerd --istio-exact",
        "translate shop.yaml --to istio --linkerd-per-identity-routes true",
        "translate shop.yaml --to linkerd --linkerd-routing httproute",
        "translate shop.yaml --to linkerd --linkerd-outbound-routes gateway.networking.k8s.io",
        "translate shop.yaml --to linkerd --linkerd-control-plane-namespace linkerd.io",
        "translate shop.yaml --to linkerd --linkerd-per-identity-routes no",
        "translate shop.yaml --to linkerd --linkerd-probe-path healthz",
        "translate shop.yaml --to linkerd --linkerd-probe-network 10.0.0.1",
        "translate shop.yaml --to linkerd --linkerd-probe-network none --linkerd-probe-network 10.0.0.0/8",
        "translate shop.yaml --to linkerd --linkerd-probe-network none --linkerd-probe-path /healthz",
        "decide - --requests -",
        "completions klingon",
    ] {
        let run = folder.smi(line);
        assert_eq!((run.status, run.stdout.as_str()), (3, ""), "{line}: {run}");
        text.push_str(&format!("$ smi {line}\n{}\n", run.stderr));
    }
    assert_snapshot!(text);
}

#[test]
fn unreadable_input_exits_with_3() {
    let folder = folder(&[("shop.yaml", SHOP), ("empty/notes.txt", "")]);
    let mut text = String::new();
    for line in [
        "lint nowhere.yaml",
        "lint shop.yaml nowhere/",
        "lint shop.yaml/deeper",
        "lint empty",
        "decide shop.yaml --requests nowhere.jsonl",
        "lint shop.yaml --report json nowhere/out.json",
    ] {
        let run = folder.smi(line);
        assert_eq!((run.status, run.stdout.as_str()), (3, ""), "{line}: {run}");
        text.push_str(&format!("$ smi {line}\n{}\n", run.stderr));
    }
    assert_snapshot!(text);
}

#[test]
fn reports_never_replace_manifests() {
    let folder = folder(&[("shop.yaml", SHOP), ("shop.json", "{}"), ("other.yml", "a: 1\n")]);
    for (line, message) in [
        ("lint shop.yaml --report json ./shop.yaml", "--report would overwrite the input ./shop.yaml"),
        ("lint shop.yaml shop.json --report json shop.json", "--report would overwrite the input shop.json"),
        ("lint shop.yaml --report json out --report sarif ./out", "two reports would be written to ./out"),
        (
            "explain shop.yaml --report json other.yml",
            "--report would overwrite other.yml, which may be a manifest",
        ),
        (
            "decide shop.yaml --requests shop.json --report json shop.json",
            "--report would overwrite the input shop.json",
        ),
    ] {
        let run = folder.smi(line);
        assert_eq!((run.status, run.stdout.as_str()), (3, ""), "{line}: {run}");
        assert!(run.stderr.starts_with(&format!("error: {message}\n")), "{line}: {run}");
    }
    assert_eq!((folder.read("shop.yaml").as_str(), folder.read("other.yml").as_str()), (SHOP, "a: 1\n"));
    assert_eq!(folder.smi("lint shop.yaml --report json shop.json").status, 0);
    assert_eq!(folder.smi("lint shop.yaml --report json shop.json").status, 0);
}

#[test]
fn errors_cannot_be_allowed() {
    let folder = folder(&[("shop.yaml", SHOP)]);
    let run = folder.smi("lint --allow SMI-VAL-1 shop.yaml");
    assert_eq!(run.status, 3);
    assert!(run.stderr.contains("SMI-VAL-1 is always an error and cannot be allowed"), "{run}");
    assert_eq!(folder.smi("lint --allow ISTIO-GATEWAY-2,SMI-REF-1 shop.yaml").status, 0);
}

#[test]
fn every_input_that_cannot_be_read_is_named() {
    let folder = folder(&[("shop.yaml", SHOP), ("text.yaml", "a\0b")]);
    std::fs::write(folder.path("packed.yaml"), b"\x1F\x8B\x08\0").unwrap();
    let run = folder.smi("lint nowhere.yaml shop.yaml text.yaml packed.yaml nobody/");
    assert_eq!(
        run.to_string(),
        "--- stderr ---\nerror: cannot read nowhere.yaml: no such file or directory\n\
         error: cannot read nobody/: no such file or directory\nerror: cannot read text.yaml: this is not text\n\
         error: cannot read packed.yaml: this is a gzip file: unpack it first\nexit status: 3\n"
    );
    let utf16: Vec<u8> = "\u{feff}kind: A\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(folder.smi_with_input("lint -", &utf16).status, 0);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_read() {
    let folder = folder(&[("all/shop.yaml", SHOP), ("links/a.yaml", SHOP)]);
    let pipe = folder.path("all/pipe.yaml");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let run = folder.smi("lint -q all");
    assert_eq!(
        (run.status, run.stderr.as_str()),
        (0, "warning: skipped all/pipe.yaml: it is a named pipe\n")
    );
    let run = folder.smi("lint all/pipe.yaml");
    assert_eq!(run.status, 3);
    assert!(run.stderr.starts_with("error: cannot read all/pipe.yaml: it is a named pipe\n"), "{run}");

    std::os::unix::fs::symlink("../nowhere.yaml", folder.path("links/b.yaml")).unwrap();
    for input in ["links", "links/b.yaml"] {
        let run = folder.smi(&format!("lint {input}"));
        let message =
            "error: cannot read links/b.yaml: it is a link to ../nowhere.yaml, which does not exist\n";
        assert_eq!((run.status, run.stderr.as_str()), (3, message));
    }
}

#[cfg(unix)]
#[test]
fn completions_are_for_the_name_of_the_file() {
    let folder = Folder::new();
    let plugin = folder.path("kubectl-smi");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_smi"), &plugin).unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = std::process::Command::new(&plugin).args(["completions", shell]).output().unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{shell}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(script.contains("kubectl-smi") && !script.contains("kubectl smi "), "{shell}");
    }
}
