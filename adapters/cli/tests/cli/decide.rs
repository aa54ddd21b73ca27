//! `smi decide`.

use insta::assert_snapshot;

use crate::{ACCESS, PODS, SHOP, folder};

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

#[test]
fn who_may_call_whom() {
    // Section 12.1 of the reference.
    let cases = [
        ("default/website-service", 8080, "GET /api", "allow"),
        ("default/payments-service", 8080, "POST /api/v1", "allow"),
        ("default/website-service", 8080, "GET /apix", "allow"),
        ("default/website-service", 8080, "GET /v2/api", "deny"),
        ("default/website-service", 8080, "GET /metrics", "deny"),
        ("default/prometheus", 8080, "GET /metrics", "allow"),
        ("default/prometheus", 8080, "POST /metrics", "deny"),
        ("default/prometheus", 9090, "GET /metrics", "deny"),
        ("default/prometheus", 8080, "", "deny"),
        ("default/other", 8080, "GET /api", "deny"),
        ("other/website-service", 8080, "GET /api", "deny"),
    ];
    let line = |(from, port, request, _): &(&str, u16, &str, &str)| match request.split_once(' ') {
        Some((method, path)) => format!(
            r#"{{"from":"{from}","to":"default/api-service","protocol":"http","port":{port},"method":"{method}","path":"{path}","headers":{{}}}}"#
        ),
        None => format!(r#"{{"from":"{from}","to":"default/api-service","protocol":"tcp","port":{port}}}"#),
    };
    let requests: Vec<String> = cases.iter().map(line).collect();
    let folder = folder(&[("access.yaml", ACCESS), ("requests.jsonl", &requests.join("\n"))]);
    let run = folder.smi("decide access.yaml --requests requests.jsonl -q");
    let decisions: Vec<&str> = run
        .stdout
        .lines()
        .map(|line| if line.contains(r#""decision":"allow""#) { "allow" } else { "deny" })
        .collect();
    assert_eq!(decisions, cases.map(|(.., decision)| decision), "{run}");
    assert_snapshot!("access_lines", run);

    let full = folder.smi("decide access.yaml --requests requests.jsonl -q --path-anchoring full");
    assert!(full.stdout.lines().nth(2).unwrap().contains("deny"), "{full}");
}

#[test]
fn questions_of_both_kinds_in_one_file() {
    let requests = r#"{"host":"shop/api","port":80}
{"to":"shop/api","port":80}
{"from":null,"to":"shop/api","port":80}
{"from":"spiffe://partner.example/billing","to":"shop/api","port":80,"path":"/orders/7"}
{"from":"spiffe://cluster.local/ns/shop/sa/web","to":"shop/api","port":80,"path":"/orders/7"}
{"from":"shop/web","fromLabels":{"tier":"back"},"to":"shop/api","port":80,"path":"/orders/7"}
{"from":"shop/web","to":"shop/api","port":80,"method":"POST","path":"/orders","headers":{"x-tenant":["A","acme"],"x-request-id":"0aaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"}}
{"from":"qa/tester","to":"shop/api","port":80,"path":"/orders"}
{"from":"qa/tester","to":"shop/api","toLabels":{"app":"api","track":"canary"},"port":80,"path":"/orders"}
{"from":"shop/api","to":"shop/database","protocol":"udp","port":8301}
{"from":"shop/api","to":"shop/database","protocol":"udp","port":5432}
{"from":"shop/api","to":"shop/vault","protocol":"tcp","port":1}
{"from":"shop/api","to":"shop/web","port":80}
{"from":"shop/api","to":"shop/api"}
{"from":"api","to":"shop/api","port":80}
{"from":"shop/api","to":"api","port":80}
{"host":"shop/api","to":"shop/api","port":80}
{"host":"shop/api","toLabels":{"app":"api"}}
{"to":"shop/api","fromLabels":{"app":"api"},"port":80}
"#;
    let folder = folder(&[("pods.yaml", PODS), ("requests.jsonl", requests)]);
    let run = folder.smi("decide pods.yaml --requests requests.jsonl -q");
    assert_eq!(run.stdout.lines().count(), requests.lines().count());
    assert_snapshot!("both_kinds", run);
}

#[test]
fn one_question_about_access() {
    let folder = folder(&[("access.yaml", ACCESS), ("pods.yaml", PODS)]);
    let mut text = String::new();
    for line in [
        "--from default/website-service --to default/api-service --port 8080 --path /api",
        "--from default/website-service --to default/api-service --port 8080 --path /metrics",
        "--from default/website-service --to default/api-service --port 8081 --path /api",
        "--from default/website-service --to default/api-service --port 8080 --protocol tcp",
        "--from default/other --to default/api-service --port 8080 --path /api",
        "--to default/api-service --port 8080 --path /api",
        "--from default/website-service --to default/website-service --port 80",
        "--from shop/api --to shop/vault --port 443 --protocol tcp",
        "--from qa/tester --to shop/api --port 80 --path /orders",
        "--from qa/tester --to shop/api --to-label app=api --to-label track=stable --port 80 --path /orders",
        "--from shop/mixed --to shop/api --port 80 --path /orders",
        "--from qa/tester --to shop/api --to-label app=api --to-label track=canary --port 80 --path /orders",
        "--from shop/web --from-label tier=front --to shop/api --port 80 --path /orders",
        "--from spiffe://partner.example/billing --to shop/api --port 80 --path /orders",
        "--from shop/api --to shop/database --port 8301 --protocol udp -o json",
    ] {
        let run = folder.smi(&format!("decide access.yaml pods.yaml -q {line}"));
        assert_eq!((run.status, run.stderr.as_str()), (0, ""), "{line}: {run}");
        text.push_str(&format!("$ smi decide … {line}\n{}", run.stdout));
    }
    assert_snapshot!("access_sentences", text);
}

#[test]
fn what_targets_say_can_be_asked_where_they_are_not_enforced() {
    let folder = folder(&[("access.yaml", ACCESS)]);
    let question = "decide access.yaml --from default/prometheus --to default/api-service --port 8080 --path /metrics -o json";
    let enforced = folder.smi(question).stdout;
    let off = folder.smi(&format!("{question} --access-scope off"));
    assert_eq!(off.stdout, enforced);
    let message = "warning: access control is off, and TrafficTargets have no effect; the answers are what they ask for\n";
    assert!(off.stderr.starts_with(message), "{off}");
}
