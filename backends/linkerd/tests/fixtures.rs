//! Every scenario of the project through this backend: what it renders, Linkerd takes.

use std::collections::BTreeSet;
use std::path::Path;

use smi_linkerd::{CODES, Linkerd, LinkerdOptions, RouteGroup, RoutingForm, admission};
use smi_translate::read::{ReadOptions, Reader};
use smi_translate::{Backend, MissingServices, Options, Translation, translate};

/// Options that make the most of the backend appear.
fn installations() -> Vec<(Options, LinkerdOptions)> {
    let losses = CODES.iter().map(|doc| doc.code.0.to_owned());
    let everything = Options { allow: losses.collect(), ..Options::default() };
    let cluster = Options { missing_services: MissingServices::Exclude, ..Options::default() };
    let routes = LinkerdOptions {
        routing: RoutingForm::HttpRoute,
        outbound_routes: RouteGroup::Policy,
        per_identity_routes: false,
        probe_paths: BTreeSet::from(["/healthz".parse().expect("it is a path")]),
        no_outage: true,
        ..LinkerdOptions::default()
    };
    let profiles = LinkerdOptions { routing: RoutingForm::ServiceProfile, ..LinkerdOptions::default() };
    vec![
        (Options::default(), LinkerdOptions::default()),
        (cluster, LinkerdOptions::default()),
        (everything.clone(), routes),
        (everything, profiles),
    ]
}

fn translated(input: &[u8], options: Options, linkerd: LinkerdOptions) -> Translation {
    let linkerd = Linkerd::new(linkerd);
    let mut reader =
        Reader::new(ReadOptions { foreign_kinds: linkerd.foreign_kinds(), ..ReadOptions::default() });
    reader.add("input.yaml", input);
    translate(&reader.finish(options).inventory, &linkerd)
}

#[test]
fn every_object_is_one_that_linkerd_takes() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let known: BTreeSet<_> = CODES.iter().map(|doc| doc.code).collect();
    let mut objects = 0;
    for scenario in std::fs::read_dir(fixtures).expect("the project has fixtures") {
        let folder = scenario.expect("a folder can be listed").path();
        let Ok(input) = std::fs::read(folder.join("input.yaml")) else { continue };
        for (options, linkerd) in installations() {
            let translation = translated(&input, options, linkerd);
            let mut names = BTreeSet::new();
            for manifest in &translation.manifests {
                let object = serde_json::to_value(manifest).expect("objects serialise");
                let problems = admission::check(&object);
                assert!(problems.is_empty(), "{}: {problems:?}\n{object:#}", folder.display());
                let name = (manifest.api_version, manifest.kind, &manifest.namespace, &manifest.name);
                assert!(names.insert(name), "{}: {name:?} twice", folder.display());
                objects += 1;
            }
            for diagnostic in &translation.diagnostics {
                assert_ne!(diagnostic.code.0, "SMI-LOSS-1", "{}: {diagnostic:?}", folder.display());
                let is_ours = diagnostic.code.0.starts_with("LINKERD-");
                assert!(!is_ours || known.contains(&diagnostic.code), "{}", diagnostic.code);
                let is_plain = !diagnostic.message.ends_with('.') && !diagnostic.effect.ends_with('.');
                assert!(is_plain, "{}: {}", diagnostic.code, diagnostic.message);
            }
        }
    }
    assert!(objects > 1_000, "{objects}");
}
