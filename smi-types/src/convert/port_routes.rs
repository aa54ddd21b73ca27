//! TCPRoute and UDPRoute between versions (reference, section 6.6): before v1alpha4 a TCPRoute has no ports and means all of them;
//! UDPRoute has one version.

use super::carrier::{self, Carrier, Data, Key};
use super::{ConvertOptions, Converted, Convertible, Invalid, Loss, LossClass};
use crate::hub::{Ports, TCPRoute, UDPRoute};
use crate::specs::{PortMatch, ports_path, v1alpha1, v1alpha2, v1alpha3, v1alpha4};
use crate::{Body, FieldPath, Metadata, Object, Port, Version};

/// Carrier keys of this kind. The ports are restrictive: they stay in force whatever else is edited (SMI-CONV-31). Without the name,
/// a rule that lists it grants nothing.
pub(crate) const PORTS: &str = "ports";
const NAME: &str = "matches.name";
pub(super) const KEYS: &[Key] = &[Key::restrictive::<Vec<Port>>(PORTS), Key::identifying::<String>(NAME)];

macro_rules! without_ports {
    ($($version:ident)*) => {$(
        impl Convertible for $version::TCPRouteSpec {
            type Hub = TCPRoute;

            fn into_hub(object: Object<Self>) -> Converted<TCPRoute> {
                let Object { metadata, spec: $version::TCPRouteSpec {} } = object;
                into_hub(Self::VERSION, metadata, None)
            }

            fn from_hub(hub: &TCPRoute, _: &ConvertOptions) -> Result<Converted<Object<Self>>, Invalid> {
                // The ports are in the carrier.
                let converted = from_hub(hub, Self::VERSION);
                Ok(converted.map(|(metadata, _)| Object { metadata, spec: $version::TCPRouteSpec {} }))
            }
        }
    )*};
}

without_ports!(v1alpha1 v1alpha2 v1alpha3);

impl Convertible for v1alpha4::TCPRouteSpec {
    type Hub = TCPRoute;

    fn into_hub(object: Object<Self>) -> Converted<TCPRoute> {
        let Object { metadata, spec: v1alpha4::TCPRouteSpec { matches } } = object;
        into_hub(Self::VERSION, metadata, matches)
    }

    fn from_hub(hub: &TCPRoute, _: &ConvertOptions) -> Result<Converted<Object<Self>>, Invalid> {
        Ok(from_hub(hub, Self::VERSION).map(|(metadata, matches)| Object {
            metadata,
            spec: v1alpha4::TCPRouteSpec { matches: Some(matches) },
        }))
    }
}

impl Convertible for v1alpha4::UDPRouteSpec {
    type Hub = UDPRoute;

    fn into_hub(object: Object<Self>) -> Converted<UDPRoute> {
        let Object { metadata, spec: v1alpha4::UDPRouteSpec { matches } } = object;
        let PortMatch { name, ports } = matches.unwrap_or_default();
        let ports = Ports::listed(ports.unwrap_or_default());
        let object = UDPRoute { metadata, version: Self::VERSION, match_name: name, ports };
        Converted { object, losses: Vec::new() }
    }

    fn from_hub(hub: &UDPRoute, _: &ConvertOptions) -> Result<Converted<Object<Self>>, Invalid> {
        let UDPRoute { metadata, version: _, match_name, ports } = hub;
        let spec = v1alpha4::UDPRouteSpec { matches: Some(written(match_name.as_ref(), ports)) };
        Ok(Converted { object: Object { metadata: metadata.clone(), spec }, losses: Vec::new() })
    }
}

fn written(name: Option<&String>, ports: &Ports) -> PortMatch {
    PortMatch { name: name.cloned(), ports: Some(ports.as_written().to_vec()) }
}

const fn has_ports(version: Version) -> bool {
    matches!(version, Version::V1Alpha4)
}

fn into_hub(version: Version, metadata: Metadata, own: Option<PortMatch>) -> Converted<TCPRoute> {
    let PortMatch { name, ports } = own.unwrap_or_default();
    let carrier = Carrier::of(&metadata);
    let carried_ports = carrier.item::<Vec<Port>>(PORTS).unwrap_or_default();
    let carried_name: Option<String> = carrier.item(NAME);
    let losses = carrier.losses(version, KEYS);
    // Own ports come first. Naming none does not lift carried ones: removing the annotation does (SMI-CONV-7).
    let ports = match Ports::listed(ports.unwrap_or_default()) {
        _ if carrier.is_closed() => Ports::listed(vec![Port::from(0)]),
        Ports::All => Ports::listed(carried_ports),
        own => own,
    };
    Converted { object: TCPRoute { metadata, version, match_name: name.or(carried_name), ports }, losses }
}

fn from_hub(hub: &TCPRoute, to: Version) -> Converted<(Metadata, PortMatch)> {
    let TCPRoute { metadata, version, match_name, ports } = hub;
    let from = *version;
    let mut losses = Vec::new();
    let mut data = Data::new();
    if !has_ports(to) {
        let held = if to == from { Carrier::of(metadata) } else { Carrier::default() };
        if let Ports::Listed(list) = ports {
            if held.item::<Vec<Port>>(PORTS).as_deref() != Some(list.entries()) {
                losses.push(ports_are_carried(from, to));
            }
            data.insert(PORTS.to_owned(), carrier::item(&list.entries()));
        }
        if let Some(name) = match_name {
            if held.item::<String>(NAME).as_ref() != Some(name) {
                losses.push(name_is_carried(from, to));
            }
            data.insert(NAME.to_owned(), carrier::item(name));
        }
    }
    let mut metadata = metadata.clone();
    // Where nothing changes version and nothing is carried, the annotation is not ours to judge.
    if to != from || !data.is_empty() {
        carrier::write(&mut metadata, from, data, KEYS);
    }
    Converted { object: (metadata, written(match_name.as_ref(), ports)), losses }
}

fn ports_are_carried(from: Version, to: Version) -> Loss {
    let text = format!(
        "{to} has no ports; a reader that does not know the annotation takes the route for all ports"
    );
    Loss { path: ports_path(), from, to, class: LossClass::Widening, text, carried: true }
}

/// A rule that lists matches applies only to a route that has one of these names (SMI-L4-5).
fn name_is_carried(from: Version, to: Version) -> Loss {
    let path = FieldPath::of("spec").key("matches").key("name");
    let text = format!(
        "{to} has no name of the matches; without the annotation, a rule that lists the name grants nothing"
    );
    Loss { path, from, to, class: LossClass::Narrowing, text, carried: true }
}
