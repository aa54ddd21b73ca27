//! What an object says, so that two spellings of the same are equal.

use serde_json::Value;
use smi_types::convert::{self, CARRIER_ANNOTATION};
use smi_types::{Metadata, Weight, hub};

use super::world::TOUCHED;

/// What an object says; or why it cannot be read.
pub(crate) type Meaning = Result<hub::Object, String>;

/// What an object says, whatever the server has filled in, and without the annotation that only carries what a version cannot say.
pub(crate) fn meaning(object: &Value) -> Meaning {
    let read = convert::read(object).map_err(|error| error.to_string())?;
    Ok(match read.object {
        hub::Object::TrafficTarget(target) => {
            hub::TrafficTarget { metadata: own(&target.metadata), ..target }.into()
        }
        hub::Object::IdentityBinding(binding) => {
            hub::IdentityBinding { metadata: own(&binding.metadata), ..binding }.into()
        }
        hub::Object::HTTPRouteGroup(group) => {
            hub::HTTPRouteGroup { metadata: own(&group.metadata), ..group }.into()
        }
        hub::Object::TCPRoute(route) => hub::TCPRoute { metadata: own(&route.metadata), ..route }.into(),
        hub::Object::UDPRoute(route) => hub::UDPRoute { metadata: own(&route.metadata), ..route }.into(),
        hub::Object::TrafficSplit(split) => {
            let split = hub::TrafficSplit { metadata: own(&split.metadata), ..split };
            with_plain_weights(split).into()
        }
        other => panic!("a cluster stores no {}", other.kind()),
    })
}

/// Whether it is an object of its version at all: the weights of a split must say shares.
pub(crate) fn says_something(object: &Value) -> bool {
    match convert::read(object).map(|read| read.object) {
        Ok(hub::Object::TrafficSplit(split)) => split.weights().is_ok(),
        read => read.is_ok(),
    }
}

fn own(metadata: &Metadata) -> Metadata {
    let Metadata { name, namespace, labels, annotations, .. } = metadata.clone();
    let mut own = Metadata { name, namespace, labels, annotations, ..Metadata::default() };
    own.annotations.retain(|name, _| ![CARRIER_ANNOTATION, TOUCHED].contains(&name.as_str()));
    own
}

/// The shares of the backends, however they were spelt; weights that say no shares stay as they are.
fn with_plain_weights(mut split: hub::TrafficSplit) -> hub::TrafficSplit {
    let Ok(weights) = split.weights() else { return split };
    let divisor = weights.iter().fold(0, |divisor, weight| gcd(divisor, *weight)).max(1);
    for (backend, weight) in split.backends.iter_mut().zip(weights) {
        backend.weight = Some(Weight::Integer(weight / divisor));
    }
    split
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
