//! TrafficTarget between versions (reference, section 6.3): the destination port ends with v1alpha2, UDPRoute comes with v1alpha3,
//! IdentityBinding and `group` with v1alpha4.
//!
//! Every version writes an empty `matches` of a rule as an empty list, so nothing is carried for it (SMI-CONV-11).

use std::collections::HashSet;

use super::carrier::{self, Carrier, Data, Key, RESTORED};
use super::{Converted, Loss, LossClass};
use crate::access::{destination_path, rules_path, sources_path};
use crate::hub::{Rule, Source, Subject, TrafficTarget};
use crate::quote::quoted;
use crate::{FieldPath, Metadata, Port, Version};

mod carried;
mod versions;

use carried::{CarriedGroup, CarriedPort, CarriedSourcePort, Identity, restore_groups};

/// Carrier keys of this kind.
pub(super) const DESTINATION_PORT: &str = "destinationPort";
const GROUPS: &str = "groups";
const SOURCE_PORTS: &str = "sourcePorts";
pub(super) const KEYS: &[Key] = &[
    Key::restrictive::<CarriedPort>(DESTINATION_PORT),
    Key::restrictive::<Vec<CarriedGroup>>(GROUPS),
    Key::descriptive::<Vec<CarriedSourcePort>>(SOURCE_PORTS),
];

/// The fields of a TrafficTarget of any version.
struct Fields {
    destination: Subject,
    port: Option<Port>,
    rules: Vec<Rule>,
    sources: Vec<Source>,
}

const fn has_port(version: Version) -> bool {
    matches!(version, Version::V1Alpha1 | Version::V1Alpha2)
}

const fn has_udp(version: Version) -> bool {
    matches!(version, Version::V1Alpha3 | Version::V1Alpha4)
}

const fn has_group(version: Version) -> bool {
    matches!(version, Version::V1Alpha4)
}

fn into_hub(version: Version, metadata: Metadata, fields: Fields) -> Converted<TrafficTarget> {
    let Fields { mut destination, port: own, rules, mut sources } = fields;
    let carrier = Carrier::of(&metadata);
    let mut losses = carrier.losses(version, KEYS);
    // The own port comes first. Having none does not lift a carried one: removing the annotation does (SMI-CONV-7).
    let port = own.or(carrier.item::<CarriedPort>(DESTINATION_PORT).map(|carried| carried.port));
    let groups: Vec<CarriedGroup> = carrier.item(GROUPS).unwrap_or_default();
    let (left_out, orphans) = restore_groups(&groups, &mut destination, &mut sources);
    losses.extend(orphans.into_iter().map(|name| group_is_orphaned(version, name)));
    for source_port in carrier.item::<Vec<CarriedSourcePort>>(SOURCE_PORTS).unwrap_or_default() {
        source_port.restore(&mut sources);
    }
    if !left_out.is_empty() {
        losses.push(sources_are_left_out(version, left_out.len()));
        let mut index = 0;
        sources.retain(|_| {
            index += 1;
            !left_out.contains(&(index - 1))
        });
    }
    if carrier.is_closed() {
        sources.clear();
    }
    Converted { object: TrafficTarget { metadata, version, destination, port, rules, sources }, losses }
}

/// Never fails: a port that is no port number is kept as it was written, in its field or in the carrier. It grants nothing
/// (SMI-VAL-12), while leaving it out would open every port (SMI-CONV-13).
fn from_hub(hub: &TrafficTarget, to: Version) -> Converted<(Metadata, Fields)> {
    let TrafficTarget { metadata, version, destination, port, rules, sources } = hub;
    let from = *version;
    let data = carried(hub, to);
    let mut metadata = metadata.clone();
    // Where nothing changes version and nothing is carried, the annotation is not ours to judge.
    if to != from || !data.is_empty() {
        carrier::write(&mut metadata, from, data, KEYS);
    }
    let subject = |subject: &Subject| Subject { group: written_group(subject, from, to), ..subject.clone() };
    let source =
        |Source { subject: source, port }: &Source| Source { subject: subject(source), port: port.clone() };
    let fields = Fields {
        destination: subject(destination),
        port: port.clone(),
        rules: rules.clone(),
        sources: sources.iter().map(source).collect(),
    };
    Converted { object: (metadata, fields), losses: losses(hub, to) }
}

/// What `to` has no field for.
fn carried(hub: &TrafficTarget, to: Version) -> Data {
    let TrafficTarget { metadata: _, version: _, destination, port, rules: _, sources } = hub;
    let mut data = Data::new();
    if let Some(port) = port.as_ref().filter(|_| !has_port(to)) {
        data.insert(DESTINATION_PORT.to_owned(), carrier::item(&CarriedPort::of(port, destination)));
    }
    let subjects = sources.iter().enumerate().map(|(index, source)| (Some(index), &source.subject));
    let groups: Vec<_> = std::iter::once((None, destination))
        .chain(subjects)
        .filter(|(_, subject)| loses_group(subject, to))
        .map(|(source, subject)| CarriedGroup::of(source, subject))
        .collect();
    if !groups.is_empty() {
        data.insert(GROUPS.to_owned(), carrier::item(&groups));
    }
    let source_port = |(index, source): (usize, &Source)| {
        source.port.as_ref().map(|port| CarriedSourcePort::of(index, &source.subject, port))
    };
    let source_ports: Vec<_> = sources.iter().enumerate().filter_map(source_port).collect();
    if !has_port(to) && !source_ports.is_empty() {
        data.insert(SOURCE_PORTS.to_owned(), carrier::item(&source_ports));
    }
    data
}

fn losses(hub: &TrafficTarget, to: Version) -> Vec<Loss> {
    let TrafficTarget { metadata, version, destination, port, rules, sources } = hub;
    let from = *version;
    let mut losses = Vec::new();
    let held = if to == from { Held::by(metadata) } else { Held::default() };
    let path = destination_path(from);
    let is_held = |port: &Port| held.port.as_ref().is_some_and(|held| held.is(port, destination));
    if let Some(port) = port.as_ref().filter(|port| !has_port(to) && !is_held(port)) {
        losses.push(port_is_carried(path.clone().key("port"), port, from, to));
    }
    losses.extend(of_subject(&path, destination, from, to, &held));
    for (index, rule) in rules.iter().enumerate() {
        losses.extend(unknown_rule(rules_path(from).index(index), rule, from, to));
    }
    for (index, Source { subject, port }) in sources.iter().enumerate() {
        let path = sources_path(from).index(index);
        losses.extend(of_subject(&path, subject, from, to, &held));
        let is_held = |port: &Port| held.source_ports.contains(&(Identity::of(subject), port.clone()));
        if port.as_ref().is_some_and(|port| !has_port(to) && !is_held(port)) {
            losses.push(source_port_is_carried(path.key("port"), from, to));
        }
    }
    losses
}

/// What the annotation of a target holds already, and of whom: written in its own version, the target loses nothing more. Said of
/// somebody else, it would be new.
#[derive(Default)]
struct Held {
    port: Option<CarriedPort>,
    groups: HashSet<(Identity, String)>,
    source_ports: HashSet<(Identity, Port)>,
}

impl Held {
    fn by(metadata: &Metadata) -> Held {
        let carrier = Carrier::of(metadata);
        let groups: Vec<CarriedGroup> = carrier.item(GROUPS).unwrap_or_default();
        let source_ports: Vec<CarriedSourcePort> = carrier.item(SOURCE_PORTS).unwrap_or_default();
        Held {
            port: carrier.item(DESTINATION_PORT),
            groups: groups.into_iter().map(|carried| (carried.subject, carried.group)).collect(),
            source_ports: source_ports.into_iter().map(|carried| (carried.subject, carried.port)).collect(),
        }
    }
}

fn of_subject(
    path: &FieldPath,
    subject: &Subject,
    from: Version,
    to: Version,
    held: &Held,
) -> impl Iterator<Item = Loss> {
    let is_held = || held.groups.contains(&(Identity::of(subject), subject.group().to_owned()));
    let is_lost = loses_group(subject, to) && !is_held();
    let group = is_lost.then(|| group_is_carried(path.clone().key("group"), subject, from, to));
    unknown_subject(path.clone().key("kind"), subject, from, to).into_iter().chain(group)
}

/// The group as `to` writes it: set from the kind where the source has none (D-A8).
fn written_group(subject: &Subject, from: Version, to: Version) -> Option<String> {
    if from == to {
        return subject.group.clone();
    }
    Some(subject.group()).filter(|group| has_group(to) && !group.is_empty()).map(str::to_owned)
}

/// Whether the group is one that `to` cannot write and that the kind does not imply.
fn loses_group(subject: &Subject, to: Version) -> bool {
    !has_group(to) && subject.group() != subject.implied_group()
}

/// Carried rather than widening, as section 6.3 has it: every reader of this project's reads the carrier (SMI-CONV-8). For others
/// there is [`materialize`](super::materialize()).
fn port_is_carried(path: FieldPath, port: &Port, from: Version, to: Version) -> Loss {
    let text = format!(
        "{to} has no destination port; a reader that does not know the annotation opens every port, not {port} alone"
    );
    Loss { path, from, to, class: LossClass::Carried, text, carried: true }
}

fn source_port_is_carried(path: FieldPath, from: Version, to: Version) -> Loss {
    let text = format!("{to} has no port of a source; it had no effect, and is kept in the annotation");
    Loss { path, from, to, class: LossClass::Carried, text, carried: true }
}

/// A group that contradicts its kind makes the subject match nobody (SMI-VAL-14). Only a ServiceAccount matches somebody without
/// it: readers of the earlier versions do not know any other kind.
fn group_is_carried(path: FieldPath, subject: &Subject, from: Version, to: Version) -> Loss {
    let (class, text) = if subject.kind == "ServiceAccount" {
        let text = "a reader that does not know the annotation takes the subject for a ServiceAccount of the core group";
        (LossClass::Widening, format!("{to} has no group; {text}"))
    } else {
        (LossClass::Carried, format!("{to} has no group; it is kept in the annotation"))
    };
    Loss { path, from, to, class, text, carried: true }
}

fn group_is_orphaned(version: Version, name: &str) -> Loss {
    let text = format!("a carried group belongs to the source {}, which is gone", quoted(name));
    let class = LossClass::Widening;
    Loss { path: sources_path(version), from: version, to: version, class, text, carried: false }
}

fn sources_are_left_out(version: Version, count: usize) -> Loss {
    let text = format!(
        "the carried groups of {count} equal sources would be more than {RESTORED} bytes; the sources are left out, as those with \
         such a group match nobody"
    );
    let class = LossClass::Narrowing;
    Loss { path: sources_path(version), from: version, to: version, class, text, carried: false }
}

fn unknown_subject(path: FieldPath, subject: &Subject, from: Version, to: Version) -> Option<Loss> {
    let newer = subject.kind == "IdentityBinding" && has_group(from) && !has_group(to);
    newer.then(|| Loss {
        path,
        from,
        to,
        class: LossClass::Narrowing,
        text: format!("{to} does not know IdentityBinding; its readers take the subject to match nobody"),
        carried: false,
    })
}

fn unknown_rule(path: FieldPath, rule: &Rule, from: Version, to: Version) -> Option<Loss> {
    let newer = rule.kind == "UDPRoute" && has_udp(from) && !has_udp(to);
    newer.then(|| Loss {
        path: path.key("kind"),
        from,
        to,
        class: LossClass::Narrowing,
        text: format!("{to} does not know UDPRoute; its readers may grant nothing for the rule"),
        carried: false,
    })
}
