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
    assert_snapshot!("decide_nobody", folder.smi("decide -q shop.yaml --host nobody --protocol tcp"));
}
