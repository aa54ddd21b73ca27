//! `--to linkerd`: what it prints, and what its options change.

use insta::assert_snapshot;
use serde_json::Value;

use crate::{ACCESS, BROKEN, ROLLOUT, SHOP, folder};

const SERVICES: &str = include_str!("data/services.yaml");
const WEIGHTS: &str = "apiVersion: split.smi-spec.io/v1alpha4\nkind: TrafficSplit\nmetadata: {name: big, namespace: shop}\nspec:\n  \
                       service: website\n  backends: [{service: website-v1, weight: 1000003}, {service: website-v2, weight: 999983}]\n";
const PATTERN: &str = "pathRegex: /(api|metrics)/v[0-9]+";

#[test]
fn weights_become_a_service_profile() {
    let folder = folder(&[("rollout.yaml", ROLLOUT)]);
    assert_snapshot!(folder.smi("translate --to linkerd rollout.yaml"));
}

#[test]
fn conditions_become_a_route() {
    let folder = folder(&[("shop.yaml", SHOP)]);
    assert_snapshot!(folder.smi("translate --to linkerd shop.yaml"));
}

#[test]
fn access() {
    let folder = folder(&[("access.yaml", ACCESS)]);
    assert_snapshot!(folder.smi("translate --to linkerd access.yaml"));
}

#[test]
fn a_loss_is_refused_and_then_allowed() {
    let folder = folder(&[("weights.yaml", WEIGHTS)]);
    let refused = folder.smi("translate --to linkerd weights.yaml");
    assert_eq!((refused.status, refused.stdout.as_str()), (2, ""));
    assert_snapshot!("linkerd_loss_refused", refused);
    let allowed = folder.smi("translate --to linkerd --allow LINKERD-WEIGHT-1 weights.yaml");
    assert_eq!(allowed.status, 1, "{allowed}");
    assert!(allowed.stdout.contains("    weight: 214750\n"), "{allowed}");

    let annotated = WEIGHTS.replace(
        "namespace: shop}",
        "namespace: shop, annotations: {adapters.smi-spec.io/allow: LINKERD-WEIGHT-1}}",
    );
    folder.write("weights.yaml", &annotated);
    assert_eq!(folder.smi("translate --to linkerd weights.yaml").stdout.matches("dstOverrides").count(), 1);
}

#[test]
fn routing_takes_the_form_that_is_asked_for() {
    let folder = folder(&[("rollout.yaml", ROLLOUT), ("services.yaml", SERVICES), ("shop.yaml", SHOP)]);
    let run = |line: &str| folder.smi(&format!("translate --to linkerd {line}"));
    let kinds = |line: &str| -> Vec<String> {
        let text = run(line).stdout;
        let lines =
            text.lines().filter_map(|line| line.strip_prefix("apiVersion: ").or(line.strip_prefix("kind: ")));
        lines.map(str::to_owned).collect()
    };
    let profile = ["linkerd.io/v1alpha2", "ServiceProfile"];
    let route = ["gateway.networking.k8s.io/v1", "HTTPRoute"];
    assert_eq!(kinds("rollout.yaml services.yaml"), profile);
    assert_eq!(kinds("--linkerd-routing service-profile rollout.yaml services.yaml"), profile);
    assert_eq!(kinds("--linkerd-routing http-route rollout.yaml services.yaml"), route);
    assert_eq!(
        kinds("--linkerd-routing http-route --linkerd-outbound-routes policy rollout.yaml services.yaml"),
        ["policy.linkerd.io/v1beta3", "HTTPRoute"]
    );
    let elsewhere = run("--cluster-domain k8s.example rollout.yaml");
    assert!(elsewhere.stdout.contains("name: checkout.default.svc.k8s.example\n"), "{elsewhere}");
    // A ServiceProfile has no conditions, and without the Services no port is known that a route could name.
    let conditions = run("--linkerd-routing service-profile shop.yaml");
    assert!(conditions.status == 2 && conditions.stderr.contains("error[LINKERD-ROUTING-2]"), "{conditions}");
    let unknown = run("--linkerd-routing http-route rollout.yaml");
    assert!(unknown.status == 2 && unknown.stderr.contains("error[LINKERD-PORT-1]"), "{unknown}");
}

#[test]
fn overlapping_grants_become_a_route_per_caller_unless_that_is_forbidden() {
    let folder = folder(&[("access.yaml", &ACCESS.replace("pathRegex: /metrics", PATTERN))]);
    let run = |options: &str| folder.smi(&format!("translate --to linkerd {options} access.yaml"));
    let identity =
        |domain: &str| format!("        value: prometheus.default.serviceaccount.identity.{domain}\n");
    let exact = run("");
    assert!(exact.status == 0 && exact.stdout.contains(&identity("linkerd.cluster.local")), "{exact}");
    let renamed = run("--linkerd-control-plane-namespace l5d --trust-domain td.example");
    assert!(renamed.stdout.contains(&identity("l5d.td.example")), "{renamed}");

    let forbidden = run("--linkerd-per-identity-routes false");
    assert!(forbidden.status == 2 && forbidden.stderr.contains("loss[LINKERD-OVERLAP-1]"), "{forbidden}");
    assert!(!forbidden.stdout.contains("l5d-client-id"), "{forbidden}");
}

#[test]
fn probes_stay_open_to_kubelets() {
    let ports = "ports: [{containerPort: 8080}]";
    let probed =
        ACCESS.replace(ports, &format!("{ports}, readinessProbe: {{httpGet: {{path: /ready, port: 8080}}}}"));
    let folder = folder(&[("access.yaml", &probed)]);
    let run = |options: &str| folder.smi(&format!("translate --to linkerd {options} access.yaml")).stdout;
    let (anywhere, own) = (["  - cidr: 0.0.0.0/0\n", "  - cidr: \"::/0\"\n"], "        value: /ready\n");
    let open = run("");
    assert!(open.contains(own) && anywhere.iter().all(|range| open.contains(range)), "{open}");
    let more = run("--linkerd-probe-path /login --linkerd-probe-path /healthz?full");
    for path in ["/ready", "/login", "/healthz"] {
        assert!(more.contains(&format!("        value: {path}\n")), "{path}: {more}");
    }
    let nodes = run("--linkerd-probe-network 10.0.0.0/8 --linkerd-probe-network fd00::/8");
    assert!(
        nodes.contains(own) && nodes.contains("  networks:\n  - cidr: 10.0.0.0/8\n  - cidr: fd00::/8\n"),
        "{nodes}"
    );
    let closed = run("--linkerd-probe-network none");
    assert!(closed.contains("kind: Server") && !closed.contains("NetworkAuthentication"), "{closed}");
}

#[test]
fn servers_can_wait_for_their_routes() {
    let folder = folder(&[("access.yaml", ACCESS)]);
    let count = |options: &str| {
        let run = folder.smi(&format!("translate --to linkerd {options} access.yaml"));
        run.stdout.matches("    adapters.smi-spec.io/until-accepted: all-unauthenticated\n").count()
    };
    assert_eq!((count(""), count("--linkerd-no-outage")), (0, 1));
}

#[test]
fn a_namespace_cannot_deny_by_default() {
    let namespace = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: default, labels: \
                     {adapters.smi-spec.io/deny-by-default: 'true'}}\n";
    let folder = folder(&[("access.yaml", &format!("{ACCESS}{namespace}"))]);
    let run = folder.smi("translate --to linkerd --access-scope namespaces access.yaml");
    assert!(run.status == 2 && run.stderr.contains("error[LINKERD-NAMESPACE-1]"), "{run}");
    assert_eq!(folder.smi("translate --to linkerd access.yaml").status, 0);
}

#[test]
fn an_output_directory_belongs_to_one_mesh() {
    let folder = folder(&[("access.yaml", ACCESS), ("rollout.yaml", ROLLOUT)]);
    folder.smi("translate --to istio -q --output-dir mesh rollout.yaml");
    let istio = folder.list("mesh");
    let run = folder.smi("translate --to linkerd -q --output-dir mesh access.yaml rollout.yaml");
    assert_eq!(run.to_string(), "exit status: 0\n");
    let both = folder.list("mesh");
    assert!(istio.iter().all(|name| both.contains(name)), "{both:?}");
    assert!(
        both.contains(&"serviceprofile_default_checkout.default.svc.cluster.local.yaml".to_owned()),
        "{both:?}"
    );
    assert_eq!(folder.smi("translate --to linkerd -q --check mesh access.yaml rollout.yaml").status, 0);

    let fewer = folder.smi("translate --to linkerd --check mesh access.yaml");
    assert!(fewer.status == 1 && fewer.stderr.ends_with("; 1 file in mesh would change\n"), "{fewer}");
    folder.smi("translate --to linkerd -q --output-dir mesh rollout.yaml");
    assert_eq!(folder.list("mesh").len(), istio.len() + 1);
}

#[test]
fn lint_and_reports() {
    let folder = folder(&[("weights.yaml", WEIGHTS), ("broken.yaml", BROKEN)]);
    let run = folder
        .smi("lint --to linkerd --report json out.json --report sarif out.sarif weights.yaml broken.yaml");
    assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{run}");
    let report: Value = serde_json::from_str(&folder.read("out.json")).unwrap();
    let diagnostics = report["diagnostics"].as_array().unwrap();
    let loss = diagnostics.iter().find(|diagnostic| diagnostic["code"] == "LINKERD-WEIGHT-1").unwrap();
    assert_eq!((&loss["severity"], &loss["object"]), (&"loss".into(), &"TrafficSplit shop/big".into()));
    assert_eq!(
        (&loss["file"], &loss["line"], &loss["path"]),
        (&"weights.yaml".into(), &6.into(), &"spec.backends".into())
    );
    let sarif: Value = serde_json::from_str(&folder.read("out.sarif")).unwrap();
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let rule = rules.iter().find(|rule| rule["id"] == "LINKERD-WEIGHT-1").unwrap();
    assert!(rule["shortDescription"]["text"].as_str().unwrap().starts_with("weights are larger"), "{rule}");
    assert_eq!(folder.smi("lint weights.yaml").status, 0);
}

#[test]
fn what_comes_by_the_dozen_shares_one_line() {
    let more = ROLLOUT.replace("checkout", "cart");
    let folder = folder(&[("rollout.yaml", ROLLOUT), ("more.yaml", &more)]);
    let line = "info[LINKERD-PROFILE-1]: 2 splits become ServiceProfiles: ";
    let run = |options: &str| folder.smi(&format!("translate --to linkerd {options}")).stderr;
    let both = run("rollout.yaml more.yaml");
    assert!(both.contains(line) && both.matches("[LINKERD-PROFILE-1]").count() == 1, "{both}");
    assert_eq!(run("-v rollout.yaml more.yaml").matches("[LINKERD-PROFILE-1]: a proxy looks").count(), 2);
    assert_eq!(run("rollout.yaml").matches("[LINKERD-PROFILE-1]: a proxy looks").count(), 1);
}

#[test]
fn a_service_profile_of_the_users_own_keeps_routes_away_and_takes_weights() {
    let profile = "apiVersion: linkerd.io/v1alpha2\nkind: ServiceProfile\nmetadata: {name: checkout.default.svc.cluster.local}\nspec: \
                   {routes: [{name: all, condition: {pathRegex: /.*}}]}\n";
    let folder = folder(&[("rollout.yaml", ROLLOUT), ("profile.yaml", profile)]);
    let run = folder.smi("translate --to linkerd --linkerd-routing http-route rollout.yaml profile.yaml");
    assert!(
        run.status == 2 && run.stdout.is_empty() && run.stderr.contains("error[SMI-CONFLICT-1]"),
        "{run}"
    );
}
