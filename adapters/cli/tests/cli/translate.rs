//! `smi translate`.

use std::process::Stdio;

use insta::assert_snapshot;
use serde_json::Value;

use crate::run::{Folder, Run};
use crate::{ACCESS, BROKEN, PODS, ROLLOUT, SHOP, TLS, folder};

#[test]
fn the_main_job() {
    let folder = folder(&[("shop.yaml", SHOP)]);
    assert_snapshot!(folder.smi("translate --to istio shop.yaml"));
}

#[test]
fn what_an_author_wrote_without_the_services() {
    let folder = folder(&[("rollout.yaml", ROLLOUT)]);
    assert_snapshot!(folder.smi("translate --to istio rollout.yaml"));
}

#[test]
fn verbose_unfolds() {
    let folder = folder(&[("rollout.yaml", ROLLOUT)]);
    assert_snapshot!(folder.smi("translate --to istio -v rollout.yaml").stderr);
}

#[test]
fn as_json() {
    let folder = folder(&[("shop.yaml", SHOP)]);
    let run = folder.smi("translate --to istio -o json -q shop.yaml");
    let list: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((&list["kind"], &list["apiVersion"]), (&"List".into(), &"v1".into()));
    assert_eq!(list["items"][0]["kind"], "VirtualService");
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
}

#[test]
fn from_standard_input() {
    let folder = Folder::new();
    let run = folder.smi_with_input("translate --to istio -", BROKEN.as_bytes());
    assert!(run.stderr.contains(" --> <stdin>:"), "{run}");
    let shop = folder.smi_with_input("translate --to istio -", SHOP.as_bytes());
    let same = crate::folder(&[("shop.yaml", SHOP)]).smi("translate --to istio shop.yaml");
    assert_eq!(shop.stdout, same.stdout);
}

#[test]
fn directories_are_searched_and_nothing_is_read_twice() {
    let folder = folder(&[
        ("all/b/shop.yml", SHOP),
        ("all/a.yaml", ROLLOUT),
        ("all/.hidden.yaml", BROKEN),
        ("all/notes.txt", "not: [a manifest"),
    ]);
    let run = folder.smi("translate --to istio all all/b/shop.yml");
    assert_eq!(run.status, 0, "{run}");
    assert!(run.stderr.contains("2 objects from 3 TrafficSplits"), "{run}");
}

#[test]
fn a_broken_object_stops_no_other() {
    let folder = folder(&[("broken.yaml", BROKEN), ("shop.yaml", SHOP)]);
    let run = folder.smi("translate --to istio broken.yaml shop.yaml");
    assert!(run.stdout.contains("name: smi-website"), "{run}");
    assert_snapshot!(format!("{}exit status: {}\n", run.stderr, run.status));
}

#[test]
fn a_loss_is_refused_and_then_allowed() {
    let folder = folder(&[("tls.yaml", TLS)]);
    let refused = folder.smi("translate --to istio tls.yaml");
    assert_eq!((refused.status, refused.stdout.as_str()), (2, ""));
    assert_snapshot!("loss_refused", refused);
    assert_snapshot!("loss_allowed", folder.smi("translate --to istio --allow ISTIO-PORT-1 tls.yaml"));
}

#[test]
fn fail_on_decides_what_is_clean() {
    let folder = folder(&[("shop.yaml", SHOP)]);
    let status = |options: &str| folder.smi(&format!("translate --to istio {options} shop.yaml")).status;
    assert_eq!((status(""), status("--fail-on warning"), status("--fail-on error")), (0, 1, 0));
    assert_eq!(status("--fail-on warning --allow SMI-VAL-35,SMI-VAL-36,SMI-VAL-45"), 0);
}

#[test]
fn an_output_directory_is_kept_free_of_stale_files() {
    let folder =
        folder(&[("shop.yaml", SHOP), ("rollout.yaml", ROLLOUT), ("mesh/mine.yaml", "kind: Mine\n")]);
    let first = folder.smi("translate --to istio --output-dir mesh shop.yaml rollout.yaml");
    assert_snapshot!(
        "output_directory_first",
        format!("{}{}", first.stdout, first.stderr.lines().last().unwrap())
    );
    assert_eq!(
        folder.smi("translate --to istio --check mesh -q shop.yaml rollout.yaml").to_string(),
        "exit status: 0\n"
    );

    let second = folder.smi("translate --to istio --output-dir mesh rollout.yaml");
    assert_snapshot!("output_directory_second", second);
    assert_eq!(folder.list("mesh"), ["mine.yaml", "virtualservice_default_smi-checkout.yaml"]);
}

#[test]
fn a_file_of_somebody_else_is_never_overwritten() {
    let folder =
        folder(&[("shop.yaml", SHOP), ("mesh/virtualservice_shop_smi-website.yaml", "kind: Mine\n")]);
    assert_snapshot!(folder.smi("translate --to istio --output-dir mesh -q shop.yaml"));
}

#[test]
fn check_shows_what_would_change() {
    let folder = folder(&[("shop.yaml", SHOP), ("rollout.yaml", ROLLOUT)]);
    folder.smi("translate --to istio --output-dir mesh shop.yaml rollout.yaml");
    folder.write("shop.yaml", &SHOP.replace("weight: 90", "weight: 80"));
    assert_snapshot!(folder.smi("translate --to istio --check mesh shop.yaml"));
}

#[test]
fn check_wants_a_directory() {
    let folder = folder(&[("shop.yaml", SHOP)]);
    assert_snapshot!(folder.smi("translate --to istio --check nowhere -q shop.yaml"));
}

#[test]
fn nobody_reading_on_is_no_error() {
    let folder = folder(&[("shop.yaml", SHOP)]);
    let mut child = folder
        .command("translate --to istio shop.yaml")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let run = Run::of(child.wait_with_output().unwrap());
    assert_eq!(run.status, 0, "{run}");
    assert!(!run.stderr.contains("panicked"), "{run}");
}

#[test]
fn a_loss_fails_the_run_whoever_allows_it() {
    let annotated = TLS.replace(
        "{name: bank, namespace: money}\nspec:\n  service",
        "{name: bank, namespace: money, annotations: {adapters.smi-spec.io/allow: ISTIO-PORT-1}}\nspec:\n  service",
    );
    let folder = folder(&[("tls.yaml", &annotated)]);
    let run = folder.smi("translate --to istio tls.yaml");
    assert!(run.stdout.contains("kind: VirtualService"), "{run}");
    assert_eq!(run.status, 1, "{run}");
    assert_eq!(folder.smi("translate --to istio --allow ISTIO-PORT-1 tls.yaml").status, 1);
    assert_eq!(folder.smi("translate --to istio --fail-on error tls.yaml").status, 0);
}

#[test]
fn a_host_is_split_at_gateways_that_the_operator_names() {
    let split = "apiVersion: split.smi-spec.io/v1alpha4\nkind: TrafficSplit\nmetadata:\n  name: edge\n  namespace: shop\n  annotations:\n    \
                 VirtualService.v1alpha3.networking.istio.io/spec.gateways: '[\"istio-system/public\"]'\nspec:\n  service: shop.example.com\n  \
                 backends: [{service: a, weight: 1}, {service: b, weight: 1}]\n---\napiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: \
                 shop}\nspec: {selector: {app: a}, ports: [{port: 80, name: http}]}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: b, \
                 namespace: shop}\nspec: {selector: {app: b}, ports: [{port: 80, name: http}]}\n";
    let folder = folder(&[("edge.yaml", split)]);
    let closed = folder.smi("translate --to istio edge.yaml");
    assert!(closed.status == 2 && closed.stdout.is_empty(), "{closed}");
    let open = folder.smi("translate --to istio --istio-gateway istio-system/public edge.yaml");
    assert!(open.stdout.contains("  - shop.example.com\n  gateways:\n  - istio-system/public\n"), "{open}");
}

const TARGET: &str = "apiVersion: access.smi-spec.io/v1alpha3\nkind: TrafficTarget\nmetadata: {name: NAME}\nspec:\n  \
                      destination: {kind: ServiceAccount, name: web}\n";

#[test]
fn nothing_is_removed_where_something_was_refused() {
    let folder = folder(&[("shop.yaml", SHOP), ("rollout.yaml", ROLLOUT), ("empty.yaml", "# nothing\n")]);
    folder.smi("translate --to istio --output-dir mesh shop.yaml rollout.yaml");
    let both = folder.list("mesh");
    assert_eq!(both.len(), 2);
    let kept = "kept mesh/virtualservice_shop_smi-website.yaml, because 1 document or object was refused\n";

    let (first, _) = SHOP.split_once("---").unwrap();
    let negative = first.replace("weight: 90", "weight: -90");
    let unreadable = "this: [is not YAML\n";
    let refused = TARGET.replace("NAME", "grant");
    for broken in [negative.as_str(), unreadable, refused.as_str()] {
        folder.write("shop.yaml", broken);
        let check = folder.smi("translate --to istio --check mesh shop.yaml rollout.yaml");
        assert_eq!((check.status, check.stdout.as_str()), (2, ""), "{check}");
        let run = folder.smi("translate --to istio --output-dir mesh shop.yaml rollout.yaml");
        assert_eq!(run.status, 2, "{run}");
        assert!(check.stderr.contains(kept) && run.stderr.contains(kept), "{check}{run}");
        assert!(run.stderr.ends_with("wrote 0 files in mesh, 1 unchanged, 1 kept\n"), "{run}");
        assert!(check.stderr.ends_with("no file in mesh would change, 1 kept\n"), "{check}");
        assert_eq!(folder.list("mesh"), both);
    }

    let empty = folder.smi("translate --to istio --output-dir mesh -");
    assert_eq!(
        empty.to_string(),
        "--- stderr ---\nerror: standard input is empty; did the command before the pipe fail?\nexit status: 3\n"
    );
    let empty = folder.smi("translate --to istio --output-dir mesh empty.yaml");
    assert_eq!(empty.to_string(), "--- stderr ---\nerror: empty.yaml holds no document\nexit status: 3\n");
    assert_eq!(folder.list("mesh"), both);
}

#[test]
fn access() {
    let folder = folder(&[("access.yaml", ACCESS)]);
    let run = folder.smi("translate --to istio access.yaml");
    assert!(run.stdout.contains("kind: AuthorizationPolicy"), "{run}");
    assert_snapshot!("access", run);
}

#[test]
fn access_that_cannot_be_said_is_denied_and_the_rest_rendered() {
    // Two targets of one destination; one has a path that only EnvoyFilter can say.
    let regex = ACCESS.replace("pathRegex: /metrics", "pathRegex: '/metrics/[0-9]+x'");
    let folder = folder(&[("access.yaml", &regex)]);
    let run = folder.smi("translate --to istio access.yaml");
    assert!(run.stdout.contains("/ns/default/sa/website-service"), "{run}");
    assert!(!run.stdout.contains("/ns/default/sa/prometheus"), "{run}");
    assert_eq!(run.status, 2, "{run}");
    assert!(run.stderr.contains("from 2 TrafficTargets; 1 refused"), "{run}");
    let exact = folder.smi("translate --to istio --istio-exact access.yaml");
    assert!(exact.stdout.contains("kind: EnvoyFilter"), "{exact}");
    assert_eq!(exact.status, 0, "{exact}");
}

#[test]
fn access_in_an_output_directory() {
    let folder = folder(&[("access.yaml", ACCESS), ("shop.yaml", SHOP)]);
    let run = folder.smi("translate --to istio --output-dir mesh -q access.yaml shop.yaml");
    assert_eq!(run.to_string(), "exit status: 0\n");
    let both = folder.list("mesh");
    assert!(
        both.iter().any(|name| name.starts_with("authorizationpolicy_default_smi-api-service-")),
        "{both:?}"
    );
    assert_eq!(folder.smi("translate --to istio --check mesh -q access.yaml shop.yaml").status, 0);

    // A target that is broken grants nothing any more, and its destination stays protected.
    folder.write("access.yaml", &ACCESS.replace("name: prometheus,", "name: Prometheus,"));
    let run = folder.smi("translate --to istio --check mesh access.yaml shop.yaml");
    assert_eq!(run.status, 2, "{run}");
    assert!(run.stdout.contains("-        - cluster.local/ns/default/sa/prometheus\n"), "{run}");
    assert!(run.stderr.ends_with("; 1 refused, 5 warnings; 1 file in mesh would change\n"), "{run}");
    folder.smi("translate --to istio --output-dir mesh -q access.yaml shop.yaml");
    assert_eq!(folder.list("mesh"), both);
}

#[test]
fn choices_of_an_istio_installation() {
    let folder = folder(&[("access.yaml", ACCESS)]);
    let run = |options: &str| folder.smi(&format!("translate --to istio -q {options} access.yaml")).stdout;
    assert!(run("--trust-domain td.example").contains("td.example/ns/default/sa/prometheus"));
    assert!(run("--istio-identities service-accounts").contains("serviceAccounts:"));
    assert_eq!(run("--access-scope off"), "");
    let (objects, _) = ACCESS.split_once("apiVersion: apps/v1").unwrap();
    folder.write("access.yaml", objects);
    assert_eq!(run(""), "");
    let labelled = run("--service-account-label example.com/account");
    assert!(labelled.contains("      example.com/account: api-service\n"), "{labelled}");
    folder.write("access.yaml", ACCESS);
    let service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: api}\nspec: {selector: {app: api}, ports: [{port: 80, name: \
                   http, targetPort: 8080}]}\n";
    folder.write("access.yaml", &format!("{ACCESS}{service}"));
    let waypoint = run("--istio-ambient --istio-waypoint way");
    assert!(
        waypoint.contains("  targetRefs:\n  - group: \"\"\n    kind: Service\n    name: api\n"),
        "{waypoint}"
    );
    assert!(waypoint.contains("cluster.local/ns/default/sa/way\n"), "{waypoint}");

    folder.write("pods.yaml", PODS);
    let losses = |options: &str| folder.smi(&format!("translate --to istio -q {options} pods.yaml")).stderr;
    assert!(!losses("").contains("ISTIO-SOURCE-2"));
    assert!(losses("--istio-trust-domain-alias partner.example").contains("loss[ISTIO-SOURCE-2]"));
}

#[test]
fn a_namespace_denies_by_default_where_its_label_asks_for_it() {
    let namespace = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: default, labels: \
                     {adapters.smi-spec.io/deny-by-default: 'true'}}\n";
    let folder = folder(&[("access.yaml", &format!("{ACCESS}{namespace}"))]);
    let count = |options: &str| {
        let run = folder.smi(&format!("translate --to istio -q {options} access.yaml"));
        run.stdout.matches("kind: AuthorizationPolicy").count()
    };
    assert_eq!(count("--access-scope namespaces"), count("") + 1);
}

#[test]
fn what_fails_the_run_is_shown_in_spite_of_quiet() {
    let folder = folder(&[("shop.yaml", SHOP)]);
    let run = folder.smi("translate --to istio -q --fail-on warning --allow SMI-VAL-36 shop.yaml");
    assert_eq!(run.status, 1, "{run}");
    assert!(run.stderr.contains("warning[SMI-VAL-45]") && !run.stderr.contains("SMI-VAL-36"), "{run}");
    assert!(run.stderr.ends_with("; fails because of --fail-on warning\n"), "{run}");
    assert_eq!(folder.smi("translate --to istio -q shop.yaml").stderr, "");
}

#[test]
fn a_host_is_split_inside_the_mesh_where_the_operator_wants_it() {
    let split = "apiVersion: split.smi-spec.io/v1alpha4\nkind: TrafficSplit\nmetadata:\n  name: edge\n  namespace: shop\n  annotations:\n    \
                 VirtualService.v1alpha3.networking.istio.io/spec.gateways: '[\"istio-system/public\", \"mesh\"]'\nspec:\n  service: \
                 shop.example.com\n  backends: [{service: a, weight: 1}]\n---\napiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: \
                 shop}\nspec: {selector: {app: a}, ports: [{port: 80, name: http}]}\n";
    let folder = folder(&[("edge.yaml", split)]);
    let closed = folder.smi("translate --to istio --istio-gateway istio-system/public edge.yaml");
    let open =
        folder.smi("translate --to istio --istio-gateway istio-system/public --istio-mesh-hosts edge.yaml");
    assert!(!closed.stdout.contains("  - mesh\n"), "{closed}");
    assert!(open.stdout.contains("  gateways:\n  - istio-system/public\n  - mesh\n"), "{closed} {open}");
    assert_eq!(open.status, 0, "{open}");
}
