//! TrafficMetrics of any server of `metrics.smi-spec.io`: they are no stored objects, and their URLs name what is measured.
//!
//! ```sh
//! cargo run -p smi-types --example metrics --features kube -- shop web
//! ```
#![allow(clippy::print_stdout, reason = "a program talks to its user")]

use kube::core::{ApiResource, DynamicObject, GroupVersionKind};
use kube::{Api, Client};
use smi_types::metrics::{MetricName, ResourceKind};
use smi_types::{METRICS_GROUP, convert, hub};

/// How the traffic to one resource went, from everybody.
pub async fn of(
    client: Client,
    kind: ResourceKind,
    namespace: &str,
    name: &str,
) -> Result<hub::TrafficMetrics, Box<dyn std::error::Error>> {
    let metrics = GroupVersionKind::gvk(METRICS_GROUP, "v1alpha1", "TrafficMetrics");
    let resource = ApiResource::from_gvk_with_plural(&metrics, kind.plural());
    let api: Api<DynamicObject> = match kind.is_namespaced() {
        true => Api::namespaced_with(client, namespace, &resource),
        false => Api::all_with(client, &resource),
    };
    let object = serde_json::to_value(api.get(name).await?)?;
    match convert::read(&object)?.object {
        hub::Object::TrafficMetrics(metrics) => Ok(metrics),
        other => Err(format!("the server answered with a {}", other.kind()).into()),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || arguments.next().unwrap_or_else(|| "default".to_owned());
    let (namespace, name) = (argument(), argument());
    let metrics = of(Client::try_default().await?, ResourceKind::Deployment, &namespace, &name).await?;
    for name in MetricName::ALL {
        if let Some(value) = metrics.value(name) {
            println!("{name}: {value}");
        }
    }
    Ok(())
}
