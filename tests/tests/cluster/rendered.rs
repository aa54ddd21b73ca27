//! Every object that we render is taken by the API server: schemas, unknown fields, rules in CEL and admission policies, by its own code.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use kube::Client;
use serde_json::{Value, json};
use smi_apiserver::{ApiServer, InstallError, Options, Resources, accepts, assets_of_ours, install};
use smi_tests::fixture::{Fixture, documents};
use smi_tests::mesh::MESHES;

use super::{AT_ONCE, GATEWAY_API, cluster, manifests, shared};

struct Rendered {
    object: Value,
    mesh: &'static str,
    /// One of the scenarios that it is rendered for.
    fixture: String,
}

impl fmt::Display for Rendered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for {}", self.fixture, self.mesh)
    }
}

/// The objects that all scenarios have for all meshes, each once.
static RENDERED: LazyLock<Vec<Rendered>> = LazyLock::new(|| {
    let mut objects = BTreeMap::new();
    for fixture in Fixture::all() {
        for mesh in MESHES {
            for object in fixture.translated(&*mesh.backend(&fixture)).objects() {
                let rendered = |object| Rendered { object, mesh: mesh.name, fixture: fixture.name.clone() };
                objects.entry(object.to_string()).or_insert_with(|| rendered(object));
            }
        }
    }
    objects.into_values().collect()
});

fn kind_of(object: &Value) -> String {
    format!("{} {}", object["apiVersion"], object["kind"])
}

/// Makes the namespaces of all rendered objects.
async fn with_namespaces(client: &Client) {
    let namespaces = RENDERED.iter().filter_map(|rendered| rendered.object["metadata"]["namespace"].as_str());
    let namespaces: BTreeSet<&str> = namespaces.collect();
    let namespace =
        |name| json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}).to_string();
    let manifests: Vec<String> = namespaces.into_iter().map(namespace).collect();
    install(client, &manifests.join("\n---\n")).await.expect("namespaces are taken");
}

/// What a server says of objects: `None` for one whose version it does not serve.
async fn verdicts<'r>(
    resources: &Resources,
    objects: impl Iterator<Item = &'r Rendered>,
) -> Vec<(&'r Rendered, Option<Result<(), InstallError>>)> {
    let asked = objects.map(async |rendered| match accepts(resources, &rendered.object).await {
        Err(InstallError::Resource(_)) => (rendered, None),
        verdict => (rendered, Some(verdict)),
    });
    stream::iter(asked).buffer_unordered(AT_ONCE).collect().await
}

fn is_route(rendered: &&Rendered) -> bool {
    rendered.object["apiVersion"]
        .as_str()
        .is_some_and(|version| version.starts_with("gateway.networking.k8s.io/"))
}

fn assert_none(refusals: &[String]) {
    let shown = refusals.iter().take(20).cloned().collect::<Vec<_>>().join("\n");
    assert!(refusals.is_empty(), "{} objects\n{shown}", refusals.len());
}

#[tokio::test]
async fn every_rendered_object_is_taken() {
    let Some((cluster, resources)) = cluster().await else { return };
    with_namespaces(&cluster.admin().await.unwrap()).await;
    // Clusters have one edition or another of the Gateway API; the next test has them all.
    let verdicts = verdicts(&resources, RENDERED.iter().filter(|rendered| !is_route(rendered))).await;
    let refusals = verdicts.iter().filter_map(|(rendered, verdict)| match verdict {
        Some(Ok(())) => None,
        Some(Err(error)) => Some(format!("{rendered}: {error}")),
        None => Some(format!("{rendered}: no such kind")),
    });
    assert_none(&refusals.collect::<Vec<_>>());
    for mesh in MESHES {
        let objects = verdicts.iter().filter(|(rendered, _)| rendered.mesh == mesh.name).count();
        println!("{objects} objects for {}", mesh.name);
        assert!(objects > 200, "{objects} for {}", mesh.name);
    }
}

/// The editions of the Gateway API that clusters may have.
const EDITIONS: [&str; 3] = [GATEWAY_API, "gateway-api/experimental", "linkerd/bundled-gateway-api-v1.1.1"];

#[tokio::test]
async fn every_rendered_route_is_taken_by_the_editions_that_have_it() {
    let Some(crds) = shared() else { return };
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for edition in EDITIONS {
        let Some(assets) = assets_of_ours() else { return };
        let server = ApiServer::start(&assets, &Options::default()).await.unwrap();
        let client = Client::try_from(server.admin().await.unwrap()).unwrap();
        install(&client, &manifests(&crds.join(edition))).await.unwrap();
        with_namespaces(&client).await;
        let resources = Resources::new(&client);
        let verdicts = verdicts(&resources, RENDERED.iter().filter(is_route)).await;
        let refusals = verdicts.iter().filter_map(|(rendered, verdict)| {
            let error = verdict.as_ref()?.as_ref().err()?;
            Some(format!("{rendered}: {edition}: {error}"))
        });
        assert_none(&refusals.collect::<Vec<_>>());
        let served =
            || verdicts.iter().filter(|(_, verdict)| verdict.is_some()).map(|(rendered, _)| *rendered);
        refuses_misspelt_fields(&resources, served()).await;
        println!("{} routes in {edition}", served().count());
        assert!(served().count() > 0, "{edition}");
        taken.extend(served().map(|rendered| rendered.object.to_string()));
    }
    let untaken =
        RENDERED.iter().filter(is_route).filter(|rendered| !taken.contains(&rendered.object.to_string()));
    assert_none(&untaken.map(|rendered| format!("{rendered}: no edition has the kind")).collect::<Vec<_>>());
}

/// Of every kind, one object with one more field.
async fn refuses_misspelt_fields(resources: &Resources, objects: impl Iterator<Item = &Rendered>) {
    let one_of_each: BTreeMap<String, &Value> =
        objects.map(|rendered| (kind_of(&rendered.object), &rendered.object)).collect();
    for (kind, object) in one_of_each {
        let mut object = object.clone();
        object["spec"]["wieght"] = json!(90);
        let error = accepts(resources, &object).await.expect_err(&kind).to_string();
        assert!(error.contains("wieght"), "{kind}: {error}");
    }
}

#[tokio::test]
async fn a_misspelt_field_is_refused() {
    let Some((cluster, resources)) = cluster().await else { return };
    with_namespaces(&cluster.admin().await.unwrap()).await;
    refuses_misspelt_fields(&resources, RENDERED.iter().filter(|rendered| !is_route(rendered))).await;
}

/// Objects that have the right fields, and break a rule of their mesh.
const BREACHES: [(&str, &str); 5] = [
    (
        "only one of targetRefs or selector can be set",
        "
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: two-targets, namespace: default}
spec:
  selector: {matchLabels: {app: website}}
  targetRefs: [{group: '', kind: Service, name: website}]
",
    ),
    (
        "must be a valid duration greater than 1ms",
        "
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: hasty, namespace: default}
spec: {hosts: [website], http: [{timeout: 1us, route: [{destination: {host: website}}]}]}
",
    ),
    (
        "only one of targetRefs or workloadSelector can be set",
        "
apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata: {name: two-targets, namespace: default}
spec:
  workloadSelector: {labels: {app: website}}
  targetRefs: [{group: '', kind: Service, name: website}]
",
    ),
    (
        "must validate one and only one schema (oneOf)",
        "
apiVersion: policy.linkerd.io/v1alpha1
kind: MeshTLSAuthentication
metadata: {name: nobody, namespace: default}
spec: {}
",
    ),
    (
        "must not contain '//' when type one of ['Exact', 'PathPrefix']",
        "
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: double-slash, namespace: default}
spec: {rules: [{matches: [{path: {type: PathPrefix, value: /a//b}}]}]}
",
    ),
];

#[tokio::test]
async fn what_breaks_a_rule_is_refused() {
    let Some((cluster, resources)) = cluster().await else { return };
    cluster.named_namespace("default").await.unwrap();
    for (rule, manifest) in BREACHES {
        for object in documents(manifest) {
            let error = accepts(&resources, &object).await.expect_err(rule).to_string();
            assert!(error.contains(rule), "expected {rule}, got {error}");
        }
    }
}

/// The standard channel comes with a policy that keeps the experimental one out.
#[tokio::test]
async fn admission_policies_are_in_force() {
    let Some((_, resources)) = cluster().await else { return };
    let experimental = shared().unwrap().join("gateway-api/experimental");
    let crds = documents(&manifests(&experimental));
    let route = |crd: &&Value| crd["metadata"]["name"] == "httproutes.gateway.networking.k8s.io";
    let route = crds.iter().find(route).expect("the experimental channel has HTTPRoute");
    let begin = Instant::now();
    // It takes the server a moment to learn of a policy.
    loop {
        match accepts(&resources, route).await {
            Err(error) if error.to_string().contains("safe-upgrades.gateway.networking.k8s.io") => return,
            other => assert!(begin.elapsed() < Duration::from_secs(60), "{other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
