//! The examples of `smi-types`, which do what clientset, informer and lister of the Go SDK do.

use std::time::Duration;

use futures::{Stream, StreamExt};
use serde_json::json;
use smi_apiserver::{Cluster, install};
use smi_types::crd::{self, Serving};
use smi_types::split::v1alpha4::TrafficSplit;
use smi_types::status::{Condition, ConditionStatus, ConditionType, Reason};

#[path = "../../../smi-types/examples/splits.rs"]
#[allow(dead_code, unreachable_pub, reason = "a program of its own, whose main is not called")]
mod splits;
#[path = "../../../smi-types/examples/status.rs"]
#[allow(dead_code, unreachable_pub, reason = "a program of its own, whose main is not called")]
mod status;
#[path = "../../../smi-types/examples/store.rs"]
#[allow(dead_code, unreachable_pub, reason = "a program of its own, whose main is not called")]
mod store;

const PATIENCE: Duration = Duration::from_secs(30);

/// A client of a server with our definitions, and a namespace of its own; `None` where there is no server.
async fn server(namespace: &str) -> Option<(kube::Client, String)> {
    let cluster = Cluster::shared().await?;
    let client = cluster.admin().await.expect("a cluster has an administrator");
    let definitions = crd::definitions(&Serving::OneVersion);
    let definitions: Vec<String> = definitions.iter().map(ToString::to_string).collect();
    install(&client, &definitions.join("\n---\n")).await.unwrap_or_else(|error| panic!("{error}"));
    let namespace = cluster.namespace(namespace).await.expect("a namespace is taken");
    Some((client, namespace))
}

fn weights(split: &TrafficSplit) -> Vec<String> {
    let backends = split.spec.backends.iter().flatten();
    backends.map(|backend| backend.weight.as_ref().map(ToString::to_string).unwrap_or_default()).collect()
}

async fn next<T, E: std::fmt::Debug>(changes: &mut (impl Stream<Item = Result<T, E>> + Unpin)) -> T {
    let change = tokio::time::timeout(PATIENCE, changes.next()).await.expect("a change is seen");
    change.expect("a watch has no end").expect("nothing disturbs it")
}

#[tokio::test]
async fn traffic_is_shifted_listed_and_watched() {
    let Some((client, namespace)) = server("splits").await else { return };
    let first = splits::shift(client.clone(), &namespace, "web", &[("web-v1", 100), ("web-v2", 0)]).await;
    assert_eq!(weights(&first.expect("a split is taken")), ["100", "0"]);
    // One that upstream definitions let in, and no type can read, does not hide the others.
    let poison = json!({
        "apiVersion": "split.smi-spec.io/v1alpha4", "kind": "TrafficSplit", "metadata": {"name": "poison", "namespace": namespace},
        "spec": {"service": "web", "backends": [{"service": "web-v1", "weight": 1.5}]},
    });
    install(&client, &poison.to_string()).await.expect("our definitions take what upstream ones do");
    let listed = splits::list(client.clone(), &namespace).await.expect("splits can be listed");
    assert!(listed.iter().any(|split| split.spec.service == "web" && weights(split) == ["100", "0"]));

    let mut changes = Box::pin(splits::changes(client.clone(), &namespace));
    while weights(&next(&mut changes).await) != ["100", "0"] {}
    let shifted = splits::shift(client, &namespace, "web", &[("web-v1", 90), ("web-v2", 10)]).await;
    assert_eq!(weights(&shifted.expect("a split can be changed")), ["90", "10"]);
    while weights(&next(&mut changes).await) != ["90", "10"] {}
}

fn condition(type_: &str, status: ConditionStatus, reason: Reason) -> Condition {
    Condition {
        type_: type_.into(),
        status,
        reason,
        message: String::new(),
        last_transition_time: "2026-11-21T17:00:00Z".to_owned(),
        observed_generation: None,
    }
}

/// Our definitions take the status that our types write, under the subresource alone, and give back the same.
#[tokio::test]
async fn a_status_is_written_beside_the_spec_and_waited_for() {
    let Some((client, namespace)) = server("status").await else { return };
    let shift = async |weight| {
        splits::shift(client.clone(), &namespace, "web", &[("web-v1", weight)])
            .await
            .expect("a split is taken")
    };
    let split = shift(1).await;
    let programmed = condition("Programmed", ConditionStatus::True, Reason::Programmed);
    let conditions =
        [programmed.clone(), condition("example.com/Audited", ConditionStatus::Unknown, "ByHand".into())];
    let reported = status::report(client.clone(), &split, &conditions).await.expect("a status is taken");
    assert_eq!(reported.spec, split.spec);
    assert_eq!(reported.metadata.generation, split.metadata.generation, "a status is no other generation");
    let written = reported.status.clone().expect("it was written");
    let about = Condition { observed_generation: split.metadata.generation, ..programmed.clone() };
    assert_eq!(written.condition(ConditionType::Programmed), Some(&about));
    assert_eq!(written.condition("example.com/Audited").expect("of others").reason.as_str(), "ByHand");
    let waited = async || {
        let waited =
            tokio::time::timeout(PATIENCE, status::programmed(client.clone(), &namespace, "web")).await;
        waited.expect("it is seen in time").expect("nothing disturbs the watch").expect("it is there")
    };
    assert_eq!(waited().await.status, Some(written.clone()));

    // Whoever applies the spec, as always without a status, leaves the status alone: it is about an older generation now.
    let changed = shift(2).await;
    assert_eq!(changed.status, Some(written));
    assert!(changed.metadata.generation > split.metadata.generation);
    let early =
        tokio::time::timeout(Duration::from_secs(1), status::programmed(client.clone(), &namespace, "web"));
    assert!(early.await.is_err(), "it is not programmed yet");
    let (seen, ()) = tokio::join!(waited(), async {
        status::report(client.clone(), &changed, &[programmed]).await.expect("a status is taken");
    });
    assert_eq!(seen.metadata.generation, changed.metadata.generation);
    let status = seen.status.expect("it was waited for");
    assert_eq!(status.conditions.len(), 1, "what a controller does not say any more is gone");
}

#[tokio::test]
async fn targets_are_kept_in_a_store() {
    let Some((client, namespace)) = server("targets").await else { return };
    let target = json!({
        "apiVersion": "access.smi-spec.io/v1alpha4", "kind": "TrafficTarget", "metadata": {"name": "t", "namespace": namespace},
        "spec": {
            "destination": {"kind": "ServiceAccount", "name": "api", "namespace": namespace},
            "sources": [{"kind": "ServiceAccount", "name": "web", "namespace": namespace}],
            "rules": [{"kind": "TCPRoute", "name": "tcp"}],
        },
    });
    install(&client, &target.to_string()).await.expect("a target is taken");
    let (store, filling) = store::targets(client);
    let filling = filling.for_each(async |filled| filled.expect("nothing disturbs the watch"));
    tokio::select! {
        () = filling => panic!("a watch has no end"),
        ready = tokio::time::timeout(PATIENCE, store.wait_until_ready()) => {
            ready.expect("the store is filled").expect("its stream is polled");
        }
    }
    assert_eq!(store::protecting(&store, &namespace, "api")[0].metadata.name(), "t");
    assert!(store::protecting(&store, &namespace, "web").is_empty());
}
