//! `smi decide`.

use insta::assert_snapshot;

use crate::{SHOP, folder};

#[test]
fn many_requests() {
    let requests = r#"{"from":"shop/client","host":"shop/website","protocol":"http","port":80,"method":"GET","path":"/","headers":{}}
{"host":"shop/website","protocol":"http","port":80,"method":"GET","path":"/api/x","headers":{"x-user":["alpha","beta"]}}
{"host":"shop/website","protocol":"tcp","port":80}
{"host":"shop/website","protocol":"http","port":9999}
{"host":"shop/nobody","protocol":"http","port":80}
{"from":"shop/client","to":"shop/website","protocol":"http","port":80}
{"host":"shop/website","prot":"http"}

not json
"#;
    let folder = folder(&[("shop.yaml", SHOP), ("requests.jsonl", requests)]);
    let run = folder.smi("decide shop.yaml --requests requests.jsonl -q");
    assert_eq!(run.stdout.lines().count(), requests.lines().count());
    let piped = folder.smi_with_input("decide shop.yaml --requests - -q", requests.as_bytes());
    assert_eq!(piped.stdout, run.stdout);
    assert_snapshot!(run);
}

#[test]
fn one_request() {
    let folder = folder(&[("shop.yaml", SHOP)]);
    assert_snapshot!("decide_sentence", folder.smi("decide -q shop.yaml --host shop/website --path /x"));
    assert_snapshot!(
        "decide_condition",
        folder.smi(
            "decide -q shop.yaml --host shop/website --port 80 --path /api --header x-user=beta -o json"
        )
    );
    assert_snapshot!("decide_nobody", folder.smi("decide -q shop.yaml --host shop/nobody --protocol tcp"));
}

#[test]
fn a_request_names_a_service_and_a_port_that_are_there() {
    let ports = "---\napiVersion: v1\nkind: Service\nmetadata: {name: two, namespace: shop}\nspec:\n  selector: {app: two}\n  \
                 ports: [{port: 80, name: a}, {port: 81, name: b}]\n";
    let requests = "\u{feff}{\"host\":\"shop/website\"}
{\"host\":\"website.shop.svc.cluster.local\",\"protocol\":\"tcp\"}
{\"host\":\"shop/two\"}
{\"host\":\"website\"}
{\"host\":\"shop/nobody\",\"port\":80}
{\"host\":\"shop/website\",\"port\":81}
{\"host\":\"shop/website\",\"port\":0}
{\"host\":\"shop/website\",\"protocol\":\"grpc\"}
";
    let folder = folder(&[("shop.yaml", &format!("{SHOP}{ports}")), ("requests.jsonl", requests)]);
    let run = folder.smi("decide shop.yaml --requests requests.jsonl -q --missing-services exclude");
    assert_snapshot!("requests_that_make_no_sense", run);

    for (line, message, status) in [
        ("--host shop/website --port 81", "error: the Service shop/website has no port 81\n", 2),
        ("--host website", "write NAMESPACE/SERVICE\n", 3),
        ("--host shop/two", "  help: name one with --port: 80, 81\n", 3),
        ("--host shop/website --protocol tcp --path /x", "error: --path is about HTTP", 3),
        ("--requests requests.jsonl --port 80", "cannot be used with", 3),
        ("--requests requests.jsonl --method GET", "cannot be used with", 3),
        ("--requests requests.jsonl --path /", "cannot be used with", 3),
        ("--requests requests.jsonl --header a=b", "cannot be used with", 3),
    ] {
        let run = folder.smi(&format!("decide shop.yaml -q {line}"));
        assert!(run.stderr.contains(message) && run.status == status, "{line}: {run}");
    }
    let run = folder.smi("decide shop.yaml -q -o json --host shop/website --port 81");
    assert_eq!(run.stdout, "{\"error\":\"the Service shop/website has no port 81\"}\n");
}
