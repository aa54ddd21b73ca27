//! TrafficSplit between versions (reference, section 6.7): weights are quantities in v1alpha1 and integers later, and conditions
//! exist from v1alpha3 on.

use serde::{Deserialize, Serialize};

use super::carrier::{self, Carrier, Data, Key};
use super::{Converted, Invalid, Loss, LossClass};
use crate::hub::{Backend, RouteRef, TrafficSplit, WeightError};
use crate::quantity::Quantity;
use crate::{FieldPath, Metadata, Version, Weight};

mod versions;

/// Carrier keys of this kind.
const MATCHES: &str = "matches";
const QUANTITIES: &str = "quantities";
pub(super) const KEYS: &[Key] =
    &[Key::restrictive::<CarriedMatches>(MATCHES), Key::descriptive::<Vec<CarriedQuantity>>(QUANTITIES)];

/// The conditions of a split in a version without conditions. Restrictive: they stay in force whatever else is edited
/// (SMI-CONV-7).
#[derive(PartialEq, Serialize, Deserialize)]
struct CarriedMatches {
    /// The root they were written for.
    service: String,
    refs: Vec<RouteRef>,
}

/// A weight as it was written before it became an integer. Descriptive: used only where all weights of the split still give the
/// integers they gave then.
#[derive(PartialEq, Serialize, Deserialize)]
struct CarriedQuantity {
    service: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quantity: Option<String>,
}

/// The fields of a split of any version.
struct Fields {
    service: String,
    matches: Option<Vec<RouteRef>>,
    backends: Vec<Backend>,
}

const fn has_matches(version: Version) -> bool {
    matches!(version, Version::V1Alpha3 | Version::V1Alpha4)
}

fn into_hub(version: Version, metadata: Metadata, fields: Fields) -> Converted<TrafficSplit> {
    let Fields { service, matches, mut backends } = fields;
    let carrier = Carrier::of(&metadata);
    if carrier.is_closed() {
        backends.clear();
    }
    let carried = carrier.item::<CarriedMatches>(MATCHES).map(|CarriedMatches { service: _, refs }| refs);
    // Own conditions come first. Having none does not lift carried ones: removing the annotation does.
    let own = matches.filter(|own| !own.is_empty() || carried.is_none());
    let losses = carrier.losses(version, KEYS);
    let object = TrafficSplit { metadata, version, service, backends, matches: own.or(carried) };
    Converted { object, losses }
}

fn from_hub(hub: &TrafficSplit, to: Version) -> Result<Converted<(Metadata, Fields)>, Invalid> {
    let TrafficSplit { metadata, version, service, backends, matches } = hub;
    let from = *version;
    let mut metadata = metadata.clone();
    let mut losses = Vec::new();
    let mut data = Data::new();
    let held = Carrier::of(&metadata);
    let existing = held.item::<Vec<CarriedQuantity>>(QUANTITIES);

    let backends = if to == from {
        if let Some(quantities) = existing {
            data.insert(QUANTITIES.to_owned(), carrier::item(&quantities));
        }
        backends.clone()
    } else {
        let integers = hub.weights().map_err(|error| invalid(&error, from, to))?;
        // The weights of v1alpha1 are the spelling themselves, whatever else is carried.
        let fit = |carried: &Vec<CarriedQuantity>| {
            from != Version::V1Alpha1 && still_fit(carried, backends, &integers)
        };
        let spellings = spellings(hub, &integers).or(existing.filter(fit));
        if to == Version::V1Alpha1 {
            with_quantities(backends, &integers, spellings)
        } else {
            losses.extend(scaled(hub, &integers, to));
            if let Some(spellings) = spellings {
                data.insert(QUANTITIES.to_owned(), carrier::item(&spellings));
            }
            with_integers(backends, &integers)
        }
    };

    if let Some(refs) = matches
        && !has_matches(to)
    {
        let item = CarriedMatches { service: service.clone(), refs: refs.clone() };
        if to != from || held.item(MATCHES).as_ref() != Some(&item) {
            losses.push(unconditional(refs, from, to));
        }
        data.insert(MATCHES.to_owned(), carrier::item(&item));
    }

    // Where nothing changes version and nothing is carried, the annotation is not ours to judge.
    if to != from || !data.is_empty() {
        carrier::write(&mut metadata, from, data, KEYS);
    }
    let fields = Fields { service: service.clone(), matches: matches.clone(), backends };
    Ok(Converted { object: (metadata, fields), losses })
}

fn invalid(error: &WeightError, from: Version, to: Version) -> Invalid {
    let path = FieldPath::of("spec").key("backends").index(error.backend).key("weight");
    Invalid { path, from, to, text: error.to_string() }
}

/// How the weights of the hub are written, where integers alone would not give that back.
fn spellings(hub: &TrafficSplit, integers: &[i64]) -> Option<Vec<CarriedQuantity>> {
    let is_quantity =
        |weight: &Weight| hub.version == Version::V1Alpha1 || !matches!(weight, Weight::Integer(_));
    let differs = |(backend, integer): (&Backend, &i64)| {
        let weight = backend.weight.as_ref().filter(|weight| is_quantity(weight));
        weight.is_some_and(|weight| weight.to_string() != Quantity::from(*integer).to_string())
    };
    let carried = |Backend { service, weight }: &Backend| CarriedQuantity {
        service: service.clone(),
        quantity: weight.as_ref().map(Weight::to_string),
    };
    hub.backends.iter().zip(integers).any(differs).then(|| hub.backends.iter().map(carried).collect())
}

/// Whether carried spellings belong to these backends and still give these integers.
fn still_fit(carried: &[CarriedQuantity], backends: &[Backend], integers: &[i64]) -> bool {
    let same_services = carried.iter().map(|c| &c.service).eq(backends.iter().map(|b| &b.service));
    let weight = |CarriedQuantity { service, quantity }: &CarriedQuantity| Backend {
        service: service.clone(),
        weight: quantity.clone().map(Weight::Quantity),
    };
    let original = TrafficSplit {
        metadata: Metadata::default(),
        version: Version::V1Alpha1,
        service: String::new(),
        backends: carried.iter().map(weight).collect(),
        matches: None,
    };
    same_services && original.weights().is_ok_and(|original| original == integers)
}

fn with_quantities(
    backends: &[Backend],
    integers: &[i64],
    spellings: Option<Vec<CarriedQuantity>>,
) -> Vec<Backend> {
    let weights: Vec<Option<String>> = match spellings {
        Some(spellings) => spellings.into_iter().map(|spelling| spelling.quantity).collect(),
        None => integers.iter().map(|integer| Some(Quantity::from(*integer).to_string())).collect(),
    };
    let backend = |(Backend { service, weight: _ }, weight): (&Backend, Option<String>)| Backend {
        service: service.clone(),
        weight: weight.map(Weight::Quantity),
    };
    backends.iter().zip(weights).map(backend).collect()
}

fn with_integers(backends: &[Backend], integers: &[i64]) -> Vec<Backend> {
    let backend = |(Backend { service, weight: _ }, integer): (&Backend, &i64)| Backend {
        service: service.clone(),
        weight: Some(Weight::Integer(*integer)),
    };
    backends.iter().zip(integers).map(backend).collect()
}

/// Reported where a weight changes its value: its share is the same, but a reader of the number sees another one.
fn scaled(hub: &TrafficSplit, integers: &[i64], to: Version) -> Option<Loss> {
    let changes = |(backend, integer): (&Backend, &i64)| {
        let value =
            backend.weight.as_ref().map_or(Ok(Quantity::default()), |weight| weight.to_string().parse());
        value != Ok(Quantity::from(*integer))
    };
    hub.backends.iter().zip(integers).any(changes).then(|| Loss {
        path: FieldPath::of("spec").key("backends"),
        from: hub.version,
        to,
        class: LossClass::Carried,
        text: format!(
            "{to} has whole weights; all weights are scaled by the same number, so the shares stay"
        ),
        carried: true,
    })
}

fn unconditional(refs: &[RouteRef], from: Version, to: Version) -> Loss {
    let (class, text) = if refs.is_empty() {
        (LossClass::Carried, format!("{to} has no conditions; the empty list is kept in the annotation"))
    } else {
        let text = format!(
            "{to} has no conditions; a reader that does not know the annotation takes the split for an unconditional one"
        );
        (LossClass::Widening, text)
    };
    Loss { path: FieldPath::of("spec").key("matches"), from, to, class, text, carried: true }
}
