//! `smi translate`.

use std::process::Stdio;

use insta::assert_snapshot;
use serde_json::Value;

use crate::run::{Folder, Run};
use crate::{BROKEN, ROLLOUT, SHOP, TLS, folder};

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
    assert!(run.stderr.contains("2 objects from 3 splits"), "{run}");
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
fn objects_of_a_kind_that_is_not_translated_share_one_line() {
    let two = format!("{}---\n{}", TARGET.replace("NAME", "a"), TARGET.replace("NAME", "b"));
    let folder = folder(&[("two.yaml", &two), ("one.yaml", &TARGET.replace("NAME", "c"))]);
    let folded = folder.smi("translate --to istio two.yaml");
    assert!(folded.stderr.contains("error[SMI-KIND-1]: 2 TrafficTargets are not translated"), "{folded}");
    assert_eq!((folded.stderr.matches("SMI-KIND-1").count(), folded.status), (1, 2), "{folded}");
    let quiet = folder.smi("translate --to istio -q two.yaml");
    assert_eq!(quiet.stderr.matches("SMI-KIND-1").count(), 1, "{quiet}");
    let each = folder.smi("translate --to istio -v two.yaml");
    assert_eq!(each.stderr.matches("SMI-KIND-1").count(), 2, "{each}");
    assert!(folder.smi("translate --to istio one.yaml").stderr.contains(" --> one.yaml:"));
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
