//! `smi convert --materialize`: destination ports become TCPRoutes.

use insta::assert_snapshot;

use crate::folder;
use crate::run::Folder;

const PORTS: &str = include_str!("data/ports.yaml");

fn meaning(folder: &Folder, file: &str) -> String {
    let text = folder.smi(&format!("explain -q -o json {file}")).stdout;
    assert!(text.contains("\"target\""), "{text}");
    text
}

/// A TrafficTarget v1alpha2 with this port and these rules.
fn target(port: &str, rules: &str) -> String {
    format!(
        "apiVersion: access.smi-spec.io/v1alpha2\nkind: TrafficTarget\nmetadata: {{name: api}}\nspec:\n  \
         destination: {{kind: ServiceAccount, name: api, port: {port}}}\n  rules: [{rules}]\n  \
         sources: [{{kind: ServiceAccount, name: web}}]\n"
    )
}

fn route(name: &str, ports: &str) -> String {
    format!(
        "apiVersion: specs.smi-spec.io/v1alpha4\nkind: TCPRoute\nmetadata: {{name: {name}, namespace: default}}\n\
         spec: {{matches: {{ports: [{ports}]}}}}\n"
    )
}

#[test]
fn a_route_follows_its_target() {
    let folder = folder(&[("ports.yaml", PORTS)]);
    let run = folder.smi("convert --materialize ports.yaml");
    assert_snapshot!("materialized", run);
    folder.write("new.yaml", &run.stdout);
    assert_eq!(meaning(&folder, "new.yaml"), meaning(&folder, "ports.yaml"));
    let again = folder.smi("convert --materialize new.yaml");
    assert_eq!(again.stdout, run.stdout);
    // Routes have ports in v1alpha4 only, whatever becomes of the targets.
    let third = folder.smi("convert --materialize --to-version v1alpha3 -q ports.yaml").stdout;
    assert!(third.contains("access.smi-spec.io/v1alpha3") && !third.contains("destinationPort"), "{third}");
    assert_eq!(third.matches("specs.smi-spec.io/v1alpha4").count(), 2, "{third}");
}

#[test]
fn ports_in_the_annotation_become_routes_too() {
    let folder = folder(&[("ports.yaml", PORTS)]);
    folder.write("new.yaml", &folder.smi("convert -q ports.yaml").stdout);
    let run = folder.smi("convert --materialize new.yaml");
    assert!(run.stderr.contains("2 objects converted to v1alpha4, 2 TCPRoutes added, 2 unchanged"), "{run}");
    assert!(!run.stdout.contains("destinationPort"), "{run}");
    folder.write("routes.yaml", &run.stdout);
    assert_eq!(meaning(&folder, "routes.yaml"), meaning(&folder, "ports.yaml"));
    // Converting back has nothing to restore.
    let back = folder.smi("convert --to-version v1alpha2 --force -q routes.yaml");
    assert!(!back.stdout.contains("port: 8080"), "{back}");

    let broken = "apiVersion: access.smi-spec.io/v1alpha4\nkind: TrafficTarget\nmetadata:\n  name: a\n  \
                  annotations: {adapters.smi-spec.io/smi-conversion: '{'}\n";
    folder.write("broken.yaml", broken);
    assert_eq!(folder.smi("convert broken.yaml").stdout, broken);
    let run = folder.smi("convert --materialize broken.yaml");
    assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{run}");
    assert_eq!(folder.smi("convert --materialize --force -q broken.yaml").status, 0);
}

#[test]
fn routes_are_known_wherever_they_stand() {
    let tcp = target("8080", "{kind: TCPRoute, name: r}");
    let folder = folder(&[("a.yaml", &tcp), ("b.yaml", &route("r", "8080, 9090"))]);
    let run = folder.smi("convert --materialize a.yaml b.yaml");
    assert_eq!(run.status, 0, "{run}");
    assert!(run.stdout.contains("name: api-port-8080"), "{run}");
    // The namespace of the target is the same one, though it is not written.
    folder.write("c.yaml", &route("api-port-8080", "8080"));
    let run = folder.smi("convert --materialize a.yaml b.yaml c.yaml");
    assert_eq!(run.stderr, "1 object converted to v1alpha4, 2 unchanged\n");
    let elsewhere = folder.smi("convert -n shop --materialize a.yaml b.yaml");
    assert_eq!(elsewhere.status, 2, "{elsewhere}");
    // What is repeated is written once.
    folder.write("d.yaml", &tcp);
    let run = folder.smi("convert --materialize a.yaml b.yaml d.yaml");
    assert_eq!(run.stderr, "2 objects converted to v1alpha4, 1 TCPRoute added, 1 unchanged\n");
}

#[test]
fn what_cannot_become_a_route() {
    let (tcp, http) = ("{kind: TCPRoute, name: r}", "{kind: HTTPRouteGroup, name: h}");
    let unreadable = route("r", "8080").replace("ports", "port");
    let twice = format!("{}---\n{}", route("r", "8080"), route("r", "9090"));
    let mut text = String::new();
    for (port, rules, routes) in [
        ("8080", tcp, String::new()),
        ("8080", tcp, route("r", "9090")),
        ("8080", tcp, unreadable),
        ("8080", tcp, twice),
        ("8080", http, route("api-port-8080", "8080, 9090")),
        ("80abc", http, String::new()),
        ("8080", "{kind: UDPRoute, name: u}", String::new()),
    ] {
        let folder = folder(&[("in.yaml", &format!("{}---\n{routes}", target(port, rules)))]);
        let run = folder.smi("convert --materialize in.yaml");
        let is_written = run.stdout.contains("kind: TrafficTarget");
        assert_eq!(run.status == 2, !is_written, "{run}");
        let start = run.stderr.find("[SMI-CONV-").unwrap();
        text.push_str(run.stderr[start..].split("\n\n").next().unwrap());
        text.push_str("\n\n");
    }
    assert_snapshot!("not_materialized", text);
}

#[test]
fn versions_that_have_the_port_need_no_route() {
    let run = folder(&[("ports.yaml", PORTS)]).smi("convert --materialize --to-version v1alpha2 ports.yaml");
    assert_eq!(
        run.to_string(),
        "--- stderr ---\nerror: --materialize has nothing to do: v1alpha2 has destination ports\n  \
         help: leave it out, or convert to v1alpha3 or v1alpha4\nexit status: 3\n"
    );
}
