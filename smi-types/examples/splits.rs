//! TrafficSplits in a cluster: list them, move traffic with server-side apply, and watch them.
//!
//! ```sh
//! cargo run -p smi-types --example splits --features kube -- shop
//! ```
//!
//! What clientset and informer of the Go SDK do, with [`kube`].
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to its user")]

use futures::{Stream, StreamExt, TryStreamExt};
use kube::api::{ListParams, Patch, PatchParams};
use kube::core::DeserializeGuard;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client, ResourceExt};
use smi_types::split::v1alpha4::{TrafficSplit, TrafficSplitBackend, TrafficSplitSpec};

/// The splits of a namespace. One that cannot be read is told apart, and does not hide the others.
pub async fn list(client: Client, namespace: &str) -> kube::Result<Vec<TrafficSplit>> {
    let api: Api<DeserializeGuard<TrafficSplit>> = Api::namespaced(client, namespace);
    let splits = api.list(&ListParams::default()).await?;
    Ok(splits.into_iter().filter_map(|DeserializeGuard(split)| split.inspect_err(unreadable).ok()).collect())
}

fn unreadable(object: &kube::core::error_boundary::InvalidObject) {
    eprintln!("{} cannot be read: {}", object.metadata.name.as_deref().unwrap_or_default(), object.error);
}

/// Sends these shares of the traffic of a root Service to these backends. Creates the split, or changes the one that is there.
pub async fn shift(
    client: Client,
    namespace: &str,
    service: &str,
    backends: &[(&str, i64)],
) -> kube::Result<TrafficSplit> {
    let backends = backends.iter().map(|(name, weight)| TrafficSplitBackend::new(*name, *weight)).collect();
    let spec = TrafficSplitSpec { service: service.to_owned(), matches: None, backends: Some(backends) };
    let split = TrafficSplit::new(service, spec);
    let api: Api<TrafficSplit> = Api::namespaced(client, namespace);
    // Whoever applies owns the fields; `force` takes them from whoever had them before.
    let params = PatchParams::apply("smi-types-example").force().validation_strict();
    api.patch(service, &params, &Patch::Apply(&split)).await
}

/// Every split there is, and from then on every one that is created or changed. Goes on after errors, with growing pauses.
pub fn changes(client: Client, namespace: &str) -> impl Stream<Item = watcher::Result<TrafficSplit>> {
    let api: Api<DeserializeGuard<TrafficSplit>> = Api::namespaced(client, namespace);
    watcher(api, watcher::Config::default())
        .default_backoff()
        .applied_objects()
        .try_filter_map(async |DeserializeGuard(split)| Ok(split.inspect_err(unreadable).ok()))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let namespace = std::env::args().nth(1).unwrap_or_else(|| "default".to_owned());
    let client = Client::try_default().await?;
    for split in list(client.clone(), &namespace).await? {
        println!("{}: {}", split.name_any(), shares(&split));
    }
    let mut changes = std::pin::pin!(changes(client, &namespace));
    while let Some(change) = changes.next().await {
        match change {
            Ok(split) => println!("{} now: {}", split.name_any(), shares(&split)),
            Err(error) => eprintln!("{error}"),
        }
    }
    Ok(())
}

fn shares(split: &TrafficSplit) -> String {
    let share = |backend: &TrafficSplitBackend| {
        let weight = backend.weight.as_ref().map_or_else(|| "0".to_owned(), ToString::to_string);
        format!("{} {weight}", backend.service)
    };
    split.spec.backends.iter().flatten().map(share).collect::<Vec<_>>().join(", ")
}
