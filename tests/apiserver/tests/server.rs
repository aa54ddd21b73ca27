//! The harness itself: what it promises to tests that are built on it.

use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::api::{Api, DeleteParams, ObjectMeta, Patch, PatchParams, PostParams, WatchEvent, WatchParams};
use kube::{Client, Error, ResourceExt};
use serde_json::{Value, json};
use smi_apiserver::{ApiServer, Assets, Cluster, Options, Resources, assets_of_ours, install};

#[path = "server/end.rs"]
mod end;

/// A ConfigMap of a name.
fn config_map(name: &str) -> ConfigMap {
    let metadata = ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() };
    ConfigMap { metadata, ..ConfigMap::default() }
}

/// A client that may do everything.
async fn admin(server: &ApiServer) -> Client {
    let config = server.admin().await.expect("a server has an administrator");
    Client::try_from(config).expect("its address is right")
}

/// The ConfigMaps of the namespace `default`, as the administrator sees them.
async fn config_maps(server: &ApiServer) -> Api<ConfigMap> {
    Api::namespaced(admin(server).await, "default")
}

/// The status of an answer that is no success.
fn refused<T: std::fmt::Debug>(answer: Result<T, Error>) -> u16 {
    match answer {
        Err(Error::Api(status)) => status.code,
        other => panic!("not refused: {other:?}"),
    }
}

/// The next event of a watch of `default` from a version on.
async fn next_event(config_maps: &Api<ConfigMap>, version: &str) -> WatchEvent<ConfigMap> {
    let watch = config_maps.watch(&WatchParams::default().timeout(30), version).await;
    let next = std::pin::pin!(watch.expect("it can be watched")).next().await;
    next.expect("there is an event to be seen").expect("an event can be read")
}

#[tokio::test]
async fn a_server_that_is_killed_comes_back_with_its_objects() {
    let Some(assets) = assets_of_ours() else { return };
    let mut server = ApiServer::start(&assets, &Options::default()).await.unwrap();
    let before = config_maps(&server).await;
    let first = before.create(&PostParams::default(), &config_map("first")).await.unwrap();
    let version = first.resource_version().unwrap();
    let second = before.create(&PostParams::default(), &config_map("second")).await.unwrap();
    match next_event(&before, &version).await {
        WatchEvent::Added(seen) => assert_eq!(seen.uid(), second.uid()),
        other => panic!("{other:?}"),
    }

    server.kill();
    assert!(before.get("first").await.is_err(), "nobody is there to answer");
    server.restart().await.unwrap();
    let after = config_maps(&server).await;
    assert_eq!(after.get("first").await.unwrap().uid(), first.uid());
    // The same clients go on: it is where it was.
    assert_eq!(before.get("second").await.unwrap().uid(), second.uid());
}

#[tokio::test]
async fn a_watch_from_a_forgotten_version_is_told_so() {
    let Some(assets) = assets_of_ours() else { return };
    let mut server = ApiServer::start(&assets, &Options::default()).await.unwrap();
    let config_maps = config_maps(&server).await;
    let first = config_maps.create(&PostParams::default(), &config_map("first")).await.unwrap();
    let version = first.resource_version().unwrap();
    config_maps.create(&PostParams::default(), &config_map("second")).await.unwrap();

    server.forget_history().await.unwrap();
    server.restart().await.unwrap();
    match next_event(&config_maps, &version).await {
        WatchEvent::Error(status) => assert_eq!(status.code, 410, "{status:?}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn with_controllers_a_namespace_goes() {
    let Some(assets) = assets_of_ours().and_then(Assets::with_controllers) else { return };
    let server = ApiServer::start(&assets, &Options::default()).await.unwrap();
    server.start_controllers().await.unwrap();
    let namespaces: Api<Namespace> = Api::all(admin(&server).await);
    let metadata = ObjectMeta { name: Some("short-lived".to_owned()), ..ObjectMeta::default() };
    let namespace = Namespace { metadata, ..Namespace::default() };
    namespaces.create(&PostParams::default(), &namespace).await.unwrap();
    namespaces.delete("short-lived", &DeleteParams::default()).await.unwrap();
    for _ in 0..600 {
        if namespaces.get_opt("short-lived").await.unwrap().is_none() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the namespace is still there");
}

#[tokio::test]
async fn a_server_that_does_not_start_says_why() {
    let Some(assets) = assets_of_ours() else { return };
    let options = Options { arguments: vec!["--no-such-flag".to_owned()] };
    let error = ApiServer::start(&assets, &options).await.err().expect("such a server does not start");
    let message = error.to_string();
    assert!(
        message.starts_with("kube-apiserver ended with exit status: 1; its log ends with\n"),
        "{message}"
    );
    assert!(message.contains("unknown flag: --no-such-flag"), "{message}");
}

/// Lets everyone of a group read and write ConfigMaps.
async fn let_write_config_maps(client: &Client, group: &str) {
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": {"name": group},
        "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "create", "delete"]}],
    });
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": group},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": group},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group}],
    });
    let installed = install(client, &format!("{role}\n---\n{binding}")).await;
    installed.expect("the administrator may do everything");
}

#[tokio::test]
async fn a_user_may_do_what_rbac_allows_and_the_audit_log_has_it() {
    let Some(cluster) = Cluster::shared().await else { return };
    let namespace = cluster.namespace("users").await.unwrap();
    let (nobody, writer) = (format!("{namespace}-nobody"), format!("{namespace}-writer"));
    let_write_config_maps(&cluster.admin().await.unwrap(), &namespace).await;
    let config_maps =
        async |user: &str, group| Api::namespaced(cluster.user(user, group).await.unwrap(), &namespace);

    let without: Api<ConfigMap> = config_maps(&nobody, None).await;
    assert_eq!(refused(without.create(&PostParams::default(), &config_map("a")).await), 403);

    let with: Api<ConfigMap> = config_maps(&writer, Some(&namespace)).await;
    // A new binding is known to the server a moment later.
    while with.get_opt("a").await.is_err() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let names: Vec<String> = (0..40).map(|number| format!("map-{number}")).collect();
    let creations = names.iter().map(|name| {
        let (with, map) = (&with, config_map(name));
        async move { with.create(&PostParams::default(), &map).await }
    });
    futures::stream::iter(creations).buffer_unordered(8).try_collect::<Vec<_>>().await.unwrap();
    let dry = PostParams { dry_run: true, ..PostParams::default() };
    with.create(&dry, &config_map("never")).await.unwrap();
    with.delete(&names[0], &DeleteParams::default()).await.unwrap();
    assert_eq!(refused(with.patch(&names[1], &PatchParams::default(), &Patch::Merge(json!({}))).await), 403);

    let Some(log) = cluster.audit_log() else { return };
    let written: Vec<(String, u16)> = log
        .writes_of(&writer)
        .into_iter()
        .map(|entry| (format!("{} {}", entry.verb, entry.object_ref.clone().unwrap().name), entry.code()))
        .collect();
    let mut expected: Vec<(String, u16)> = names.iter().map(|name| (format!("create {name}"), 201)).collect();
    expected.push((format!("delete {}", names[0]), 200));
    expected.push((format!("patch {}", names[1]), 403));
    let sorted = |mut entries: Vec<(String, u16)>| {
        entries.sort();
        entries
    };
    assert_eq!(sorted(written), sorted(expected));
    let refusals = log.entries_of(&nobody);
    let [refusal] = refusals.as_slice() else { panic!("{refusals:?}") };
    let asked = refusal.object_ref.clone().unwrap();
    assert_eq!((asked.resource.as_str(), asked.namespace), ("configmaps", namespace));
    assert_eq!((refusal.verb.as_str(), refusal.code(), refusal.is_write()), ("create", 403, true));
}

/// A CRD of one field, which must be positive.
fn crd(field_type: &str) -> String {
    let crd = json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "things.harness.example"},
        "spec": {
            "group": "harness.example",
            "scope": "Namespaced",
            "names": {"plural": "things", "singular": "thing", "kind": "Thing"},
            "versions": [{
                "name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {
                    "type": "object",
                    "properties": {"size": {"type": field_type, "minimum": 1}},
                }},
            }],
        },
    });
    crd.to_string()
}

#[tokio::test]
async fn what_is_installed_can_be_used() {
    let Some(cluster) = Cluster::shared().await else { return };
    let namespace = cluster.namespace("install").await.unwrap();
    let client = cluster.admin().await.unwrap();
    let thing = |size: Value| {
        json!({
            "apiVersion": "harness.example/v1", "kind": "Thing",
            "metadata": {"name": "one", "namespace": namespace}, "size": size,
        })
    };
    // The object comes first in the text, and can only be there after its CRD.
    install(&client, &format!("{}\n---\n{}", thing(json!(5)), crd("integer"))).await.unwrap();
    let things = Resources::new(&client).of(&thing(json!(5))).await.unwrap();
    assert_eq!(things.get("one").await.unwrap().data["size"], 5);
    // Installed again, it is replaced.
    install(&client, &thing(json!(6)).to_string()).await.unwrap();
    assert_eq!(things.get("one").await.unwrap().data["size"], 6);

    let error = install(&client, &thing(json!(0)).to_string()).await.unwrap_err().to_string();
    assert!(error.starts_with("Thing one is refused: ") && error.contains("size"), "{error}");
    let error = install(&client, &crd("no-type")).await.unwrap_err().to_string();
    assert!(error.starts_with("CustomResourceDefinition things.harness.example is refused: "), "{error}");
    let unknown = json!({"apiVersion": "harness.example/v2", "kind": "Thing", "metadata": {"name": "two"}});
    let error = install(&client, &unknown.to_string()).await.unwrap_err().to_string();
    assert!(error.starts_with("the server has no place for harness.example/v2 Thing: "), "{error}");
    let error = install(&client, "a: [").await.unwrap_err().to_string();
    assert!(error.starts_with("failed to read YAML: "), "{error}");
}
