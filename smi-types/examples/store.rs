//! TrafficTargets kept in memory, as the informer and lister of the Go SDK do: asked as often as one likes, without a request.
//!
//! ```sh
//! cargo run -p smi-types --example store --features kube
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to its user")]

use std::time::Duration;

use futures::{Stream, StreamExt};
use kube::core::DeserializeGuard;
use kube::runtime::reflector::{self, Store};
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client};
use smi_types::access::v1alpha4::{TrafficTarget, TrafficTargetSpec};
use smi_types::convert::Convertible;
use smi_types::{Object, hub};

/// A store of all TrafficTargets, and the stream that fills it. Poll the stream for as long as the store is used.
///
/// Without [`DeserializeGuard`], one object that cannot be read keeps the store empty for ever.
pub fn targets(
    client: Client,
) -> (Store<DeserializeGuard<TrafficTarget>>, impl Stream<Item = watcher::Result<()>> + Send) {
    let (store, writer) = reflector::store();
    let api: Api<DeserializeGuard<TrafficTarget>> = Api::all(client);
    let filling = watcher(api, watcher::Config::default())
        .default_backoff()
        // The bookkeeping of fields is the larger part of most objects.
        .modify(|guarded| {
            if let Ok(target) = &mut guarded.0 {
                target.metadata.managed_fields = None;
            }
        })
        .reflect(writer)
        .applied_objects()
        .map(|applied| applied.map(drop));
    (store, filling)
}

/// The targets that protect a ServiceAccount, without their version.
pub fn protecting(
    store: &Store<DeserializeGuard<TrafficTarget>>,
    namespace: &str,
    service_account: &str,
) -> Vec<hub::TrafficTarget> {
    // What cannot be read protects nobody knows whom, and is told of.
    let readable = store.state().into_iter().filter_map(|guarded| match &guarded.0 {
        Ok(target) => Some(target.clone()),
        Err(unreadable) => {
            eprintln!("TrafficTarget {:?}: {unreadable}", unreadable.metadata.name);
            None
        }
    });
    let without_version =
        readable.map(|target| TrafficTargetSpec::into_hub(Object::<TrafficTargetSpec>::from(target)).object);
    without_version
        .filter(|target| {
            let hub::Subject { kind, name, .. } = &target.destination;
            let own = target.metadata.namespace();
            (kind.as_str(), name.as_str()) == ("ServiceAccount", service_account)
                && target.destination.namespace(own) == namespace
        })
        .collect()
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (store, filling) = targets(Client::try_default().await?);
    let fill = filling.for_each(async |filled| {
        if let Err(error) = filled {
            eprintln!("{error}");
        }
    });
    let ask = async {
        store.wait_until_ready().await?;
        loop {
            let protecting = protecting(&store, "default", "default");
            println!("{} TrafficTargets, {} protect default/default", store.len(), protecting.len());
            tokio::time::sleep(Duration::from_secs(10)).await;
        }
    };
    tokio::select! {
        () = fill => Ok(()),
        asked = ask => asked,
    }
}
