//! The status of a TrafficSplit: wait until a mesh has it, and say so as a controller.
//!
//! ```sh
//! cargo run -p smi-types --example status --features kube -- shop web
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to its user")]

use kube::api::{Patch, PatchParams};
use kube::runtime::wait::{self, await_condition};
use kube::{Api, Client, Resource};
use serde_json::json;
use smi_types::split::v1alpha4::TrafficSplit;
use smi_types::status::{Condition, ConditionType, Status};

/// Waits until the mesh does what the split says now. Has no end where no controller writes a status: give it a time.
pub async fn programmed(
    client: Client,
    namespace: &str,
    name: &str,
) -> Result<Option<TrafficSplit>, wait::Error> {
    let api: Api<TrafficSplit> = Api::namespaced(client, namespace);
    await_condition(api, name, |split: Option<&TrafficSplit>| split.is_some_and(is_programmed)).await
}

/// Not by a condition about what the split said before it was changed.
fn is_programmed(split: &TrafficSplit) -> bool {
    let status = split.status.as_ref();
    let condition =
        status.and_then(|status| status.current(ConditionType::Programmed, split.metadata.generation));
    condition.is_some_and(Condition::is_true)
}

/// What a controller does with a split it has looked at: server-side apply owns its conditions, and leaves alone those of others.
pub async fn report(
    client: Client,
    split: &TrafficSplit,
    conditions: &[Condition],
) -> kube::Result<TrafficSplit> {
    let metadata = split.meta();
    let (namespace, name) = (metadata.namespace.as_deref(), metadata.name.as_deref());
    let api: Api<TrafficSplit> = Api::namespaced(client, namespace.unwrap_or_default());
    let about =
        |condition: &Condition| Condition { observed_generation: metadata.generation, ..condition.clone() };
    let status = Status {
        conditions: conditions.iter().map(about).collect(),
        observed_generation: metadata.generation,
        ..Status::default()
    };
    // Only the status: a spec would be of no effect here.
    let body = json!({
        "apiVersion": TrafficSplit::api_version(&()), "kind": TrafficSplit::kind(&()), "status": status,
    });
    let params = PatchParams::apply("smi-types-example").force();
    api.patch_status(name.unwrap_or_default(), &params, &Patch::Apply(&body)).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(namespace), Some(name)) = (arguments.next(), arguments.next()) else {
        return Err("usage: status NAMESPACE NAME".into());
    };
    if let Some(split) = programmed(Client::try_default().await?, &namespace, &name).await? {
        println!("{name}, generation {}, is programmed", split.metadata.generation.unwrap_or_default());
    }
    Ok(())
}
