//! The examples against a scripted API server: what they ask, and what they make of the answers.
// Helpers of tests are tests: `unwrap` says at the right line what failed.
#![allow(clippy::unwrap_used)]

#[path = "../examples/metrics.rs"]
#[allow(dead_code, unreachable_pub, reason = "a program of its own, whose main is not called")]
mod metrics;
#[path = "../examples/splits.rs"]
#[allow(dead_code, unreachable_pub, reason = "a program of its own, whose main is not called")]
mod splits;
#[path = "../examples/status.rs"]
#[allow(dead_code, unreachable_pub, reason = "a program of its own, whose main is not called")]
mod status;
#[path = "../examples/store.rs"]
#[allow(dead_code, unreachable_pub, reason = "a program of its own, whose main is not called")]
mod store;

use std::pin::pin;

use futures::StreamExt;
use http::{Request, Response};
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use smi_types::metrics::{MetricName, ResourceKind};
use smi_types::status::{Condition, ConditionStatus, ConditionType, Reason};
use tower_test::mock::{self, Handle};

type ApiServer = Handle<Request<Body>, Response<Body>>;

/// A client, and the server that it talks to.
fn scripted() -> (Client, ApiServer) {
    let (service, server) = mock::pair();
    (Client::new(service, "default"), server)
}

/// Takes the next request, which must be this one, and answers it; returns its body.
async fn answer(server: &mut ApiServer, line: &str, answer: &str) -> Value {
    let (request, respond) = server.next_request().await.expect("a request");
    assert_eq!(format!("{} {}", request.method(), request.uri()), line);
    let body = request.into_body().collect_bytes().await.unwrap();
    respond.send_response(Response::new(Body::from(answer.as_bytes().to_vec())));
    if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() }
}

fn split(name: &str, weight: Value) -> Value {
    json!({
        "apiVersion": "split.smi-spec.io/v1alpha4", "kind": "TrafficSplit",
        "metadata": {"name": name, "namespace": "shop", "resourceVersion": "7"},
        "spec": {"service": name, "backends": [{"service": "a", "weight": weight}]},
    })
}

#[tokio::test]
async fn a_list_leaves_out_what_cannot_be_read() {
    let (client, mut server) = scripted();
    let list = json!({
        "apiVersion": "split.smi-spec.io/v1alpha4", "kind": "TrafficSplitList", "metadata": {"resourceVersion": "7"},
        "items": [split("one", json!(1)), split("poison", json!({"a": 1})), split("two", json!(1.5))],
    })
    .to_string();
    let path = "GET /apis/split.smi-spec.io/v1alpha4/namespaces/shop/trafficsplits?";
    let (splits, _) = tokio::join!(splits::list(client, "shop"), answer(&mut server, path, &list));
    let names: Vec<_> = splits.unwrap().into_iter().map(|split| split.metadata.name.unwrap()).collect();
    assert_eq!(names, ["one", "two"], "a weight of 1.5 is wrong, and can be read");
}

#[tokio::test]
async fn traffic_is_moved_by_server_side_apply() {
    let (client, mut server) = scripted();
    let stored = split("web", json!(1)).to_string();
    let path = "PATCH /apis/split.smi-spec.io/v1alpha4/namespaces/shop/trafficsplits/web?&force=true&fieldManager=smi-types-example&fieldValidation=Strict";
    let (applied, body) = tokio::join!(
        splits::shift(client, "shop", "web", &[("web-v1", 90), ("web-v2", 0)]),
        answer(&mut server, path, &stored)
    );
    assert_eq!(applied.unwrap().metadata.resource_version.as_deref(), Some("7"));
    assert_eq!(
        body,
        json!({
            "apiVersion": "split.smi-spec.io/v1alpha4", "kind": "TrafficSplit", "metadata": {"name": "web"},
            "spec": {"service": "web", "backends": [
                {"service": "web-v1", "weight": 90}, {"service": "web-v2", "weight": 0},
            ]},
        })
    );
}

#[tokio::test]
async fn changes_go_on_after_what_cannot_be_read() {
    let (client, mut server) = scripted();
    let list = json!({
        "apiVersion": "split.smi-spec.io/v1alpha4", "kind": "TrafficSplitList", "metadata": {"resourceVersion": "7"},
        "items": [split("one", json!({})), split("two", json!(1))],
    })
    .to_string();
    let event = |kind: &str, object: Value| json!({"type": kind, "object": object}).to_string() + "\n";
    let events = event("MODIFIED", split("one", json!([]))) + &event("MODIFIED", split("one", json!(5)));
    let mut changes = pin!(splits::changes(client, "shop"));
    let serve = async {
        let path = "/apis/split.smi-spec.io/v1alpha4/namespaces/shop/trafficsplits?";
        answer(&mut server, &format!("GET {path}&limit=500"), &list).await;
        let (request, respond) = server.next_request().await.unwrap();
        let line = request.uri().to_string();
        assert!(
            line.starts_with(path) && line.contains("watch=true") && line.contains("resourceVersion=7"),
            "{line}"
        );
        respond.send_response(Response::new(Body::from(events.into_bytes())));
    };
    let see = async { [changes.next().await.unwrap().unwrap(), changes.next().await.unwrap().unwrap()] };
    let ([first, second], ()) = tokio::join!(see, serve);
    assert_eq!(first.metadata.name.as_deref(), Some("two"));
    assert_eq!(second.metadata.name.as_deref(), Some("one"));
}

#[tokio::test]
async fn who_waits_sees_only_what_is_about_the_split_as_it_is() {
    let (client, mut server) = scripted();
    let stored = |programmed: &str, generation: i64, observed: i64| {
        let mut split = split("web", json!(1));
        split["metadata"]["generation"] = generation.into();
        split["status"] = json!({"observedGeneration": observed, "conditions": [{
            "type": "Programmed", "status": programmed, "reason": "Programmed", "message": "",
            "lastTransitionTime": "2026-11-21T17:00:00Z",
        }]});
        split
    };
    let list = json!({
        "apiVersion": "split.smi-spec.io/v1alpha4", "kind": "TrafficSplitList", "metadata": {"resourceVersion": "7"},
        "items": [stored("True", 2, 1)],
    })
    .to_string();
    let event = |object: Value| json!({"type": "MODIFIED", "object": object}).to_string() + "\n";
    let events = event(stored("False", 2, 2)) + &event(stored("True", 3, 2)) + &event(stored("True", 3, 3));
    let serve = async {
        let path = "/apis/split.smi-spec.io/v1alpha4/namespaces/shop/trafficsplits?";
        let field = "fieldSelector=metadata.name%3Dweb";
        answer(&mut server, &format!("GET {path}&{field}&limit=500"), &list).await;
        let (_, respond) = server.next_request().await.unwrap();
        respond.send_response(Response::new(Body::from(events.into_bytes())));
    };
    let (seen, ()) = tokio::join!(status::programmed(client, "shop", "web"), serve);
    assert_eq!(seen.unwrap().unwrap().metadata.generation, Some(3));
}

#[tokio::test]
async fn a_controller_writes_the_status_alone() {
    let (client, mut server) = scripted();
    let mut stored = split("web", json!(1));
    stored["metadata"]["generation"] = 2.into();
    let (read, stored) = (serde_json::from_value(stored.clone()).unwrap(), stored.to_string());
    let conditions = [Condition {
        type_: ConditionType::Programmed,
        status: ConditionStatus::False,
        reason: Reason::Pending,
        message: "istiod has not answered yet".to_owned(),
        last_transition_time: "2026-11-21T17:00:00Z".to_owned(),
        observed_generation: None,
    }];
    let path = "PATCH /apis/split.smi-spec.io/v1alpha4/namespaces/shop/trafficsplits/web/status?&force=true&fieldManager=smi-types-example";
    let (written, body) =
        tokio::join!(status::report(client, &read, &conditions), answer(&mut server, path, &stored));
    assert_eq!(written.unwrap().status, None);
    assert_eq!(
        body,
        json!({
            "apiVersion": "split.smi-spec.io/v1alpha4", "kind": "TrafficSplit",
            "status": {"observedGeneration": 2, "conditions": [{
                "type": "Programmed", "status": "False", "reason": "Pending", "message": "istiod has not answered yet",
                "lastTransitionTime": "2026-11-21T17:00:00Z", "observedGeneration": 2,
            }]},
        })
    );
}

#[tokio::test]
async fn a_store_answers_without_a_request() {
    let (client, mut server) = scripted();
    let target = |name: &str, account: &str| {
        json!({
            "apiVersion": "access.smi-spec.io/v1alpha4", "kind": "TrafficTarget",
            "metadata": {"name": name, "namespace": "shop", "managedFields": [{"manager": "kubectl"}]},
            "spec": {"destination": {"kind": "ServiceAccount", "name": account}, "rules": [], "sources": []},
        })
    };
    let mut poison = target("poison", "api");
    poison["spec"]["rules"] = json!("all");
    let list = json!({
        "apiVersion": "access.smi-spec.io/v1alpha4", "kind": "TrafficTargetList", "metadata": {"resourceVersion": "7"},
        "items": [target("one", "api"), poison, target("two", "web")],
    })
    .to_string();
    let (kept, filling) = store::targets(client);
    let mut filling = pin!(filling);
    let path = "GET /apis/access.smi-spec.io/v1alpha4/traffictargets?&limit=500";
    let drive = async {
        tokio::select! {
            ready = kept.wait_until_ready() => ready.unwrap(),
            () = async { while filling.next().await.is_some() {} } => panic!("a watch does not end"),
        }
    };
    tokio::join!(drive, answer(&mut server, path, &list));
    let protecting = store::protecting(&kept, "shop", "api");
    assert_eq!(protecting.iter().map(|target| target.metadata.name()).collect::<Vec<_>>(), ["one"]);
    assert!(!protecting[0].metadata.other.contains_key("managedFields"));
    assert_eq!(store::protecting(&kept, "other", "api"), []);
}

#[tokio::test]
async fn metrics_are_asked_for_under_the_name_of_what_is_measured() {
    let (client, mut server) = scripted();
    let written = json!({
        "apiVersion": "metrics.smi-spec.io/v1alpha1", "kind": "TrafficMetrics", "metadata": {"name": "web", "namespace": "shop"},
        "timestamp": "2026-11-21T17:00:00Z", "window": "30s",
        "resource": {"kind": "Deployment", "namespace": "shop", "name": "web"}, "edge": null,
        "metrics": [{"name": "success_count", "value": "1k"}],
    })
    .to_string();
    let path = "GET /apis/metrics.smi-spec.io/v1alpha1/namespaces/shop/deployments/web";
    let (metrics, _) = tokio::join!(
        metrics::of(client, ResourceKind::Deployment, "shop", "web"),
        answer(&mut server, path, &written)
    );
    assert_eq!(metrics.unwrap().value(MetricName::SuccessCount), Some(1000.into()));

    let (client, mut server) = scripted();
    let path = "GET /apis/metrics.smi-spec.io/v1alpha1/nodes/one";
    let (metrics, _) =
        tokio::join!(metrics::of(client, ResourceKind::Node, "shop", "one"), answer(&mut server, path, "{}"));
    assert!(metrics.is_err());
}
